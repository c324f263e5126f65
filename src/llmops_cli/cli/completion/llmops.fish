# Completion of llmops for fish, as `llmops --show-completion fish` prints it.
function __llmops_complete
    set -l typed (commandline -opc)
    set -l answers (env _LLMOPS_COMPLETE=complete_lines _TYPER_COMPLETE_ARGS=(commandline -cp | string collect) $typed[1] 2>/dev/null)
    if test (count $answers) -gt 0
        printf '%s\n' $answers
    else
        __fish_complete_path (commandline -ct)
    end
end

complete --command llmops --no-files --keep-order --arguments '(__llmops_complete)'
