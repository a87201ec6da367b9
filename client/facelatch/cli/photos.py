"""Picture files named on the command line, read one at a time when their turn comes."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facelatch.cli.failure import wrong_use
from facelatch.cli.pictures import EXTENSIONS, FORMATS
from facelatch.limits import LARGEST_PICTURE

MEBIBYTE: Final = 1024 * 1024


class PhotoUnusable(Exception):
    """One picture cannot be read, or its marked copy not be written; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture under the name that it is told by: a file, or bytes that are there already."""

    name: str
    source: Path | bytes

    def read(self) -> bytes:
        """Return the encoded picture; raises `PhotoUnusable`."""
        return self.source if isinstance(self.source, bytes) else _read(self.source)


def photos(paths: Sequence[Path]) -> tuple[list[Photo], list[str]]:
    """Return the pictures that files and folders name, and what else is in a folder, subfolders with a slash behind.

    A file that is named is taken whatever it is called, a folder's by its ending; what is hidden is left
    alone. Raises `CommandFailed` for a folder that cannot be looked into or holds no picture.
    """
    found: list[Photo] = []
    skipped: list[str] = []
    for path in paths:
        if not path.is_dir():
            found.append(Photo(shown(path), path))
            continue
        inside = _inside(path)
        taken = [one for one in inside if one.suffix.lower() in EXTENSIONS and not one.is_dir()]
        if not taken:
            raise wrong_use(f"{path}: no {FORMATS} in it (looked for {', '.join(EXTENSIONS)})")
        found += [Photo(shown(one), one) for one in taken]
        skipped += [shown(one) + "/" * one.is_dir() for one in inside if one not in set(taken)]
    return found, skipped


def shown(path: Path) -> str:
    """Return a path as text that can travel: bytes that are not UTF-8 become `\\\\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise wrong_use(f"{folder}: {error.strerror}; name a folder of pictures") from error


def _read(path: Path) -> bytes:
    """Read a regular file; a pipe under a picture's name is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PhotoUnusable("this is no regular file; name a picture")
            content = file.read(LARGEST_PICTURE + 1)
    except OSError as error:
        raise PhotoUnusable(f"it cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_PICTURE:
        raise PhotoUnusable(f"it has more than {LARGEST_PICTURE // MEBIBYTE} MiB; scale it down")
    if not content:
        raise PhotoUnusable("it is empty")
    return content
