#compdef llmops
# Completion of llmops for zsh, as `llmops --show-completion zsh` prints it.
_llmops() {
    local line word
    local -a described
    while IFS= read -r line; do
        word=${line%%$'\t'*}
        word=${word//:/\\:}
        [[ $line == *$'\t'* ]] && word+=":${line#*$'\t'}"
        described+=("$word")
    done < <(env _LLMOPS_COMPLETE=complete_lines _TYPER_COMPLETE_ARGS="${(j: :)words[1,CURRENT]}" \
        "${(e)words[1]/#\~/$HOME}" 2>/dev/null)
    if (( ${#described} )); then
        _describe -V 'llmops' described
    else
        _files
    fi
}

# Where it is a file of $fpath, zsh runs this file in the place of the function at the first completion.
if [[ "${funcstack[1]}" == _llmops ]]; then
    _llmops "$@"
elif (( $+functions[compdef] )); then
    compdef _llmops llmops
else
    print -u2 'llmops: completion needs compinit: autoload -Uz compinit; compinit'
fi
