"""The script that puts PAM's files back: plain sh, so that it works where Python does not, and nobody can log in."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam.change import Change

STATE: Final = PurePosixPath("/var/lib/facelatch-pam")
"""Apart from the judge's own folder: root alone may say what PAM's files were."""

SCRIPT: Final = "restore"
UNDONE: Final = "undone"
"""Where a backup lies that has been put back."""

PATIENCE: Final = 60.0
"""Seconds for the script; it copies a few small files."""

_HEAD: Final = """\
#!/bin/sh
# Puts back the files of PAM as they were before `facelatch pam apply` at @WHEN@.
# Needs no Python. It may be interrupted at any time, and run again: sh @STATE@/pending/restore
set -u
umask 077
PATH=${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}
export PATH

case $0 in
    /*@STATE@/*/restore | @STATE@/*/restore) ;;
    *) echo "facelatch: run this script by its whole path, @STATE@/.../restore" >&2; exit 2 ;;
esac
here=${0%/restore}
state=${here%/*}
# An image's files lie below the image's root, as this script does.
root=${state%@STATE@}
failed=0

tell() { printf 'facelatch: %s\\n' "$*"; }

# What an interrupted run, or apply itself, has left beside a file.
sweep() { rm -f "$1"/.facelatch-new.* "$1"/.facelatch-old.*; }

# put BACKUP FILE MODE OWNER:GROUP: the file changes in one step, to all that it was. (cp -a keeps a SELinux context.)
put() {
    folder=$root${2%/*}
    copy=$folder/.facelatch-old.${2##*/}.$$
    if cp -a "$here/$1" "$copy" && chown "$4" "$copy" && chmod "$3" "$copy" && sync "$copy" && mv -f "$copy" "$root$2"
    then
        tell "put back $2"
    else
        tell "could NOT put back $2, which is kept in $here/$1"
        failed=1
    fi
    sweep "$folder"
}

# drop FILE: it was not there.
drop() {
    if rm -f "$root$1"
    then
        tell "removed $1, which was not there before"
    else
        tell "could NOT remove $1, which was not there before"
        failed=1
    fi
    sweep "$root${1%/*}"
}

# leave FOLDER: it was not there; somebody may have put something into it since.
leave() { [ ! -d "$root$1" ] || rmdir "$root$1" 2>/dev/null || tell "left $1, which is not empty"; }

# settle FOLDER: what was renamed there is on the disk.
settle() { [ ! -d "$root$1" ] || sync "$root$1" || failed=1; }

"""

_TAIL: Final = """\

if [ "$failed" -ne 0 ]
then
    tell "not everything was put back; as root, run: sh $0"
    exit 1
fi
if [ "$here" != "$state/undone" ]
then
    rm -rf "$state/undone" && mv "$here" "$state/undone" && sync "$state" || exit 1
fi
tell "PAM's files are as they were before the change of @WHEN@"
"""


class RestoreFailed(Exception):
    """The script did not put everything back; the text is what it said."""


def backup_name(number: int) -> str:
    """Return the name of a change's backup, beside the script."""
    return f"file-{number}"


def script(changes: Sequence[Change], made: Sequence[PurePosixPath], when: str) -> str:
    """Return the script that undoes changes; `made` are folders that were not there, the outermost first."""
    lines = []
    for number, change in enumerate(changes):
        path = shlex.quote(str(change.path))
        if change.before is None:
            lines.append(f"drop {path}")
        else:
            owner = f"{change.before.owner}:{change.before.group}"
            lines.append(f"put {backup_name(number)} {path} {change.before.mode:04o} {owner}")
    lines += [f"leave {shlex.quote(str(folder))}" for folder in reversed(made)]
    lines += [f"settle {shlex.quote(folder)}" for folder in sorted({str(change.path.parent) for change in changes})]
    return _filled(_HEAD, when) + "\n".join(lines) + "\n" + _filled(_TAIL, when)


def _filled(text: str, when: str) -> str:
    return text.replace("@STATE@", str(STATE)).replace("@WHEN@", when)


def run(folder: Path) -> str:
    """Run the script of a backup's folder and return what it said; raises `RestoreFailed`."""
    command = ["/bin/sh", str(folder / SCRIPT)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RestoreFailed(str(error)) from error
    said = [line.removeprefix("facelatch: ") for line in done.stdout.decode(errors="replace").splitlines()]
    if done.returncode != 0:
        failures = [line for line in said if not line.startswith(("put back ", "removed "))]
        raise RestoreFailed("; ".join(failures) or f"{folder / SCRIPT} ended with {done.returncode}")
    return "\n".join(said)
