"""Files of settings: read whole, believed only where none but root and the judge can write, and searched for lines."""

from __future__ import annotations

import bisect
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

DROP_INS: Final = "conf.d"
"""The folder beside the settings whose files lie on top of them, in the order of their names."""

LARGEST_FILE: Final = 256 * 1024
"""Bytes. The whole of the settings, with comments, has 4 KiB."""

Place = tuple[str, ...]
"""Where in a document something stands: the keys that lead there."""

_AT_LINE: Final = re.compile(r" \(at line (\d+), column (\d+)\)")
_TOKEN: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|#[^\n]*|[][{}\n]''', re.DOTALL
)
"""What decides where a statement ends, in a text that is TOML: texts in quotes, comments, brackets, line ends."""

_AT_END: Final = " (at end of document)"


class SettingsError(ValueError):
    """Settings that cannot be used; the text names file, line and place, and says what was expected."""


class SettingsFile(msgspec.Struct, frozen=True):
    """One file of settings, unchecked: what it is called, what it says, and its text where that lies on the disk."""

    name: str
    document: dict[str, Any]
    text: str = ""

    @classmethod
    def parse(cls, name: str, content: bytes) -> SettingsFile:
        """Return what a file says; raises `SettingsError` where that is no TOML."""
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise SettingsError(f"{name}:{line}: expected UTF-8, not the byte 0x{content[error.start]:02x}") from error
        try:
            return cls(name, tomllib.loads(text), text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(_syntax_error(name, text, str(error))) from error
        except RecursionError as error:
            raise SettingsError(f"{name}: brackets are nested too deeply") from error
        except ValueError as error:  # a number of thousands of digits
            raise SettingsError(f"{name}: {error}") from error

    def says(self, place: Place) -> bool:
        """Whether the file says anything about a place."""
        return _is_in(self.document, place)

    def at(self, place: Place) -> str:
        """Return the file's name with the line that says something about a place, else about what is around it."""
        if not self.text:
            return self.name
        while not self.says(place):
            place = place[:-1]
        return f"{self.name}:{_line_of(self.text, place)}"


def _syntax_error(name: str, text: str, fault: str) -> str:
    """Put the line where other messages have it."""
    if found := _AT_LINE.search(fault):
        return f"{name}:{found[1]}: {fault[: found.start()]} (column {found[2]})"
    lines = len(text.rstrip("\n").split("\n"))
    return f"{name}:{lines}: {fault.removesuffix(_AT_END)}, and there the file ends"


def _is_in(document: Any, place: Place) -> bool:
    for key in place:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True


def _line_of(text: str, place: Place) -> int:
    """Return the number of the line on which the statement begins that first says something about a place.

    TOML's own parser tells: the beginning of a file up to the end of a statement is a document, too, and all those say
    something about the place that end behind the statement. So few need to be tried.
    """
    lines = text.split("\n")
    starts = list(_starts(text))

    def says(before: int) -> bool:
        return _is_in(tomllib.loads("\n".join([*lines[:before], ""])), place)

    return starts[bisect.bisect_left(starts[1:], True, key=says)] + 1


def _starts(text: str) -> Iterator[int]:
    """Give the indices of the lines on which a statement may begin: those within lists and texts are left out."""
    yield 0
    line = depth = 0
    for token in _TOKEN.finditer(text):
        line += token[0].count("\n")
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if token[0] == "\n" and depth == 0:
            yield line


def read_file(path: Path) -> SettingsFile | None:
    """Return a file of settings, None where there is none. Raises `SettingsError`."""
    try:
        _want_closed(path.parent, path.parent.stat())
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SettingsError(f"{path}: expected a regular file")
            _want_closed(path, status)
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise SettingsError(f"{path}: is a link to what is not there") from error
        return None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_FILE:
        raise SettingsError(f"{path}: is larger than {LARGEST_FILE // 1024} KiB")
    return SettingsFile.parse(str(path), content)


def files_of(path: Path) -> list[SettingsFile]:
    """Return the administrator's settings, lowest first: the file and the drop-ins beside it, as far as there are any.

    Raises `SettingsError`; a folder of drop-ins that cannot be read is not taken for an empty one.
    """
    folder = path.parent / DROP_INS
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".toml") and not name.startswith("."))
    except FileNotFoundError as error:
        if folder.is_symlink():
            raise SettingsError(f"{folder}: is a link to what is not there") from error
        names = []
    except OSError as error:
        raise SettingsError(f"{folder}: cannot be read ({error.strerror})") from error
    files = [read_file(path)]
    for name in names:
        files.append(read_file(folder / name))
    return [file for file in files if file is not None]


def _want_closed(path: Path, status: os.stat_result) -> None:
    """Raise `SettingsError` where somebody else than root and the judge could write what is believed.

    Of a folder in which everybody writes, the sticky bit keeps what is one's own.
    """
    mode, ours = status.st_mode, (0, os.getuid())
    if status.st_uid not in ours:
        raise SettingsError(f"{path}: belongs to uid {status.st_uid}, who could change it; chown root {path}")
    if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:
        return
    if mode & stat.S_IWOTH or (mode & stat.S_IWGRP and status.st_gid not in (0, os.getgid())):
        raise SettingsError(f"{path}: others may write there (mode {stat.S_IMODE(mode):04o}); chmod go-w {path}")
