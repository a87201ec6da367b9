"""Pictures of a folder, for `facelatch enroll --from-pictures` and `facelatch import`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from facelatch.cli.answers import LeftOut
from facelatch.cli.failure import wrong_use
from facelatch.limits import LARGEST_PICTURE, MOST_PICTURES

FORMATS: Final = "JPEG, PNG, WebP or BMP"
EXTENSIONS: Final = (".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp")
"""Of the formats that the eye takes; it refuses every other decoder's."""

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folder:
    """The pictures of a folder in the order of their names, and what of it is not sent.

    `skipped` are the names of subfolders, with a slash behind, and of files that are no pictures by their names;
    `unusable` are pictures that cannot be sent.
    """

    pictures: tuple[Path, ...]
    skipped: tuple[str, ...]
    unusable: tuple[LeftOut, ...] = ()

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Yield each picture's name and bytes; raises `CommandFailed` where one has become unusable since."""
        for path in self.pictures:
            try:
                content = read_picture(path)
            except PictureUnusable as fault:
                raise wrong_use(f"{path}: {fault}; mend it or take it out of the folder") from fault
            yield shown_name(path), content


class PictureUnusable(Exception):
    """A file that cannot be sent as a picture; the text says why."""


def open_folder(folder: Path) -> Folder:
    """Look through a folder, not its subfolders; what is hidden is left alone.

    Raises `CommandFailed` where there is no folder, no picture in it, none that can be sent, or too many: before
    the daemon is asked, so that a folder that was mistyped leaves no half enrolment.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise wrong_use(f"{folder}: {error.strerror}; give a folder of pictures") from error
    named = [path for path in paths if path.suffix.lower() in EXTENSIONS]
    skipped = tuple(shown_name(path) + "/" * path.is_dir() for path in paths if path not in set(named))
    if not named:
        raise wrong_use(f"{folder}: no {FORMATS} in it (looked for {', '.join(EXTENSIONS)})")
    if len(named) > MOST_PICTURES:
        raise wrong_use(f"{folder}: {len(named)} pictures, at most {MOST_PICTURES} are taken; choose the best ones")
    pictures, unusable = [], []
    for path in named:
        try:
            _open(path).close()
        except PictureUnusable as fault:
            unusable.append(LeftOut(shown_name(path), str(fault)))
        else:
            pictures.append(path)
    if not pictures:
        first, more = unusable[0], f", and {len(unusable) - 1} more like it" if unusable[1:] else ""
        raise wrong_use(f"{folder}: no picture in it can be used ({first.name}: {first.text}{more})")
    return Folder(tuple(pictures), skipped, tuple(unusable))


def why_skipped(name: str, no_picture: str = f"no {FORMATS} by its name") -> str:
    """Return why something in a folder is left out, which `skipped` names."""
    return "a subfolder, which is not looked into" if name.endswith("/") else no_picture


def shown_name(path: Path) -> str:
    """Return a file's name as text that can travel: bytes that are not UTF-8 become `\\\\xNN`."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def read_picture(path: Path) -> bytes:
    """Return a picture's bytes; raises `PictureUnusable`."""
    with _open(path) as file:
        try:
            content = file.read(LARGEST_PICTURE + 1)
        except OSError as error:
            raise PictureUnusable(f"cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_PICTURE:
        raise _too_large(len(content))
    return content


def _open(path: Path) -> BinaryIO:
    """Open a picture; a pipe under a picture's name is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise PictureUnusable(f"cannot be read ({error.strerror})") from error
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST_PICTURE:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISREG(found.st_mode):
        raise _too_large(found.st_size)
    raise PictureUnusable("not a regular file")


def _too_large(size: int) -> PictureUnusable:
    return PictureUnusable(f"{size / MEBIBYTE:.1f} MiB, at most {LARGEST_PICTURE // MEBIBYTE} MiB are taken")
