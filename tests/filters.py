"""Runs a program under the system-call filters of a unit, where there is no systemd to start it.

python -m tests.filters facelatchd.service COMMAND …
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from tests.places import TREE

LIBSECCOMP: Final = "libseccomp.so.2"
"""Systemd itself is linked with it."""

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_UNEQUAL: Final = 1
_EQUAL: Final = 4
_MASKED: Final = 7
_SHM_EXEC: Final = 0o100000
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_MDWE: Final = 65
"""Since Linux 6.3; the filter alone does on older ones."""


class _Condition(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def obstacle() -> str:
    """Return why no program can be run under filters here, empty where one can."""
    if shutil.which("systemd-analyze") is None:
        return "systemd-analyze is not installed: apt-get install systemd"
    try:
        ctypes.CDLL(LIBSECCOMP)
    except OSError as error:
        return f"{error}: apt-get install libseccomp2"
    return ""


def lines_of(unit: str, key: str) -> list[str]:
    """Return what a unit of ours says of a key, line by line."""
    lines = (TREE / "systemd" / unit).read_text().splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def allowed_calls(unit: str) -> set[str]:
    """Return the names of the system calls that a unit's lines leave."""
    sets = _sets()
    allowed: set[str] = set()
    for line in lines_of(unit, "SystemCallFilter"):
        names = {call for word in line.lstrip("~").split() for call in _calls(word, sets)}
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed


def _sets() -> dict[str, list[str]]:
    """Return systemd's sets of system calls: each name with its calls, and the sets in it."""
    command = ["systemd-analyze", "--no-pager", "syscall-filter"]
    sets: dict[str, list[str]] = {}
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("@"):
            inside = sets[line] = []
        elif (word := line.strip()) and not word.startswith("#") and line.startswith(" "):
            inside.append(word)
    return sets


def _calls(word: str, sets: dict[str, list[str]]) -> Iterator[str]:
    """Return the calls that a word of a filter stands for: itself, or all of a set."""
    if not word.startswith("@"):
        yield word
        return
    for inner in sets[word]:
        yield from _calls(inner, sets)


def confine(unit: str) -> None:
    """Put this process, and all that it becomes, under the filters of a unit."""
    calls = allowed_calls(unit)
    families = lines_of(unit, "RestrictAddressFamilies")
    assert families == ["AF_UNIX"], "other families are not written here"
    assert lines_of(unit, "MemoryDenyWriteExecute") == ["yes"]
    library = ctypes.CDLL(LIBSECCOMP, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | errno.EPERM))

    def rule(action: int, call: str, *conditions: tuple[int, int, int, int]) -> None:
        number = library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # none of this machine's
            return
        array = (_Condition * len(conditions))(*(_Condition(*condition) for condition in conditions))
        if (failed := library.seccomp_rule_add_array(context, action, number, len(conditions), array)) != 0:
            raise OSError(-failed, f"no rule for {call}")

    executable = mmap.PROT_EXEC
    conditional: dict[str, list[tuple[int, int, int, int]]] = {
        "socket": [(0, _EQUAL, socket.AF_UNIX, 0)],
        "mmap": [(2, _MASKED, executable, 0), (2, _MASKED, mmap.PROT_WRITE, 0)],
        "mprotect": [(2, _MASKED, executable, 0)],
        "pkey_mprotect": [(2, _MASKED, executable, 0)],
        "shmat": [(2, _MASKED, _SHM_EXEC, 0)],
    }
    rule(_ERRNO | errno.EAFNOSUPPORT, "socket", (0, _UNEQUAL, socket.AF_UNIX, 0))
    for call in calls:
        for condition in conditional.get(call, []):
            rule(_ALLOW, call, condition)
        if call not in conditional:
            rule(_ALLOW, call)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    libc.prctl(_PR_SET_MDWE, 1, 0, 0, 0)
    if (failed := library.seccomp_load(context)) != 0:
        raise OSError(-failed, "the filters cannot be loaded")


def confined(unit: str, command: list[str]) -> list[str]:
    """Return how to run a command under the filters of a unit."""
    return [sys.executable, "-m", "tests.filters", unit, *command]


def main() -> None:
    """Run a command under the filters of a unit."""
    unit, program, *arguments = sys.argv[1:]
    confine(unit)
    os.execvp(program, [program, *arguments])


if __name__ == "__main__":
    main()
