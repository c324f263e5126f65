# Completion of llmops for bash, as `llmops --show-completion bash` prints it.
_llmops_completion() {
    local IFS=$'\n'
    # shellcheck disable=SC2207 # no answer holds what a shell would expand; mapfile is newer than macOS' bash
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD="$COMP_CWORD" \
                   _LLMOPS_COMPLETE=complete_bash "${1/#\~/$HOME}" 2>/dev/null ) )
    return 0
}

complete -o default -F _llmops_completion llmops
