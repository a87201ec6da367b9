"""A file that is replaced whole: after a power cut there is the old one or the new one."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path


def fresh_of(path: Path) -> Path:
    """Return where a file is written before it takes its place."""
    return path.with_name(f"{path.name}.new")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[io.BufferedWriter]:
    """Give a new file that nobody else may read; at the end of the block it is on disk in the place of the one there.

    Raises `OSError`; whatever is raised, what was there stays.
    """
    fresh = fresh_of(path)
    fresh.unlink(missing_ok=True)  # left by a process that was killed
    try:
        with open(fresh, "xb", opener=for_us) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        take_place(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def take_place(fresh: Path, path: Path) -> None:
    """Put a file that is on disk in the place of another."""
    fresh.replace(path)
    keep_entry(path.parent)


def for_us(path: str, flags: int) -> int:
    """Open a file that is no link, for `open`; one that is made is nobody else's to read."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def keep_entry(folder: Path) -> None:
    """Have a folder's entries on disk: what is sealed with a key that a power cut takes away is lost."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
