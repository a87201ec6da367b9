"""A new file that nobody but its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from facelatch.cli.failure import CommandFailed, ExitCode, Trouble, wrong_use


def want_new(path: Path) -> None:
    """Refuse a place that cannot be, before anybody works for what is to stand there; raises `CommandFailed`."""
    # By os.path: what may not be looked at is no error there, and the last question tells of it.
    if os.path.isdir(path):
        raise wrong_use(f"--to {path}: is a folder; name a new file in it")
    if os.path.lexists(path):
        raise _taken(path)
    if not os.path.isdir(path.parent):
        raise wrong_use(f"--to {path}: there is no folder {path.parent}; make it, or name another place")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise wrong_use(f"--to {path}: nothing can be written in {path.parent}; name another place")


def write_new(path: Path, text: str) -> None:
    """Write the file, never over one, and leave none behind where that fails; raises `CommandFailed`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink()
        raise _unwritten(path, error) from error


def _taken(path: Path) -> CommandFailed:
    return wrong_use(f"--to: {path} is there already; name another place, or remove it")


def _unwritten(path: Path, error: OSError) -> CommandFailed:
    text = f"{path} cannot be written ({error.strerror}); name another place with --to"
    return CommandFailed(Trouble.UNWRITTEN, text, ExitCode.NOTHING)
