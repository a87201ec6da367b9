# What may follow `facelatch`, for fish. The command itself knows; it asks nobody for a password for it and starts nothing.

function __facelatch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l command $words[1]
    set -e words[1]
    for line in (_FACELATCH_COMPLETE=fish $command $words "$current" 2>/dev/null)
        set -l parts (string split -m 1 \t -- $line)
        switch $parts[1]
            case file
                __fish_complete_path "$current"
            case dir
                __fish_complete_directories "$current"
            case plain
                printf '%s\n' $parts[2]
        end
    end
end

complete -c facelatch -f -a '(__facelatch_complete)'
