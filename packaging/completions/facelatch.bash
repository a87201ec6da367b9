# What may follow `facelatch`, for bash. The command itself knows; it asks nobody for a password for it and starts nothing.

_facelatch() {
    local kind word
    COMPREPLY=()
    while IFS=$'\t' read -r kind word; do
        case $kind in
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
            plain) COMPREPLY+=("$word") ;;
        esac
    done < <(_FACELATCH_COMPLETE=bash "$1" "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

complete -F _facelatch facelatch
