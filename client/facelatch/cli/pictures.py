"""Pictures of a folder, for `facelatch enroll --from-pictures`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from facelatch.cli.failure import CommandFailed, wrong_use
from facelatch.limits import LARGEST_PICTURE, MOST_PICTURES

FORMATS: Final = "JPEG, PNG, WebP or BMP"
EXTENSIONS: Final = (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp")
"""Of the formats that the eye takes; it refuses every other decoder's."""

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folder:
    """The pictures of a folder in the order of their names, and the names of the files that are not sent."""

    pictures: tuple[Path, ...]
    skipped: tuple[str, ...]

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield each picture's name and bytes; raises `CommandFailed` where one has become unusable since."""
        for path in self.pictures:
            with _open(path) as file:
                content = file.read(LARGEST_PICTURE + 1)
            if len(content) > LARGEST_PICTURE:
                raise _too_large(path, len(content))
            yield shown_name(path), content


def open_folder(folder: Path) -> Folder:
    """Look through a folder, not its subfolders; hidden files are left alone.

    Raises `CommandFailed` where there is no picture, or one that cannot be sent: before the daemon is asked, so that
    a bad folder leaves no half enrolment.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise wrong_use(f"{folder}: {error.strerror}; give a folder of pictures") from error
    pictures = tuple(path for path in paths if path.suffix.lower() in EXTENSIONS)
    skipped = tuple(shown_name(path) for path in paths if path not in set(pictures) and not path.is_dir())
    if not pictures:
        raise wrong_use(f"{folder}: no {FORMATS} in it (looked for {', '.join(EXTENSIONS)})")
    if len(pictures) > MOST_PICTURES:
        raise wrong_use(f"{folder}: {len(pictures)} pictures, at most {MOST_PICTURES} are taken; choose the best ones")
    faults = [str(fault) for path in pictures if (fault := _fault(path)) is not None]
    if faults:
        others = f" (and {len(faults) - 1} more like it)" if faults[1:] else ""
        raise wrong_use(f"{faults[0]}{others}")
    return Folder(pictures, skipped)


def shown_name(path: Path) -> str:
    """Return a file's name as text that can travel: bytes that are not UTF-8 become `\\\\xNN`."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _fault(path: Path) -> CommandFailed | None:
    try:
        _open(path).close()
    except CommandFailed as fault:
        return fault
    return None


def _open(path: Path) -> BinaryIO:
    """Open a picture; a pipe under a picture's name is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise wrong_use(f"{path}: cannot be read ({error.strerror}); mend it or take it out of the folder") from error
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST_PICTURE:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISREG(found.st_mode):
        raise _too_large(path, found.st_size)
    raise wrong_use(f"{path}: not a regular file; take it out of the folder")


def _too_large(path: Path, size: int) -> CommandFailed:
    limit = f"at most {LARGEST_PICTURE // MEBIBYTE} MiB"
    return wrong_use(f"{path}: {size / MEBIBYTE:.1f} MiB, {limit}; scale it down or take it out of the folder")
