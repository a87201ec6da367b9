"""The door's line parser, called from Python, and a reference of what it should say."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

SOURCE = Path(__file__).resolve().parents[2] / "pam" / "line.c"
LIMIT = 4096
GRAMMAR = re.compile(rb"[A-Z]+(?: [a-z][a-z0-9]*=(?:[A-Za-z0-9._\-/:@+,]|%[0-9A-Fa-f]{2})*)*\n")


class Line(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("length", ctypes.c_size_t), ("word_length", ctypes.c_size_t)]


class Writer(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * LIMIT), ("used", ctypes.c_size_t), ("spoilt", ctypes.c_bool)]


def reference(raw: bytes) -> tuple[str, dict[str, str]] | None:
    """Read a line as the contract says; None where it is none."""
    if len(raw) > LIMIT or not GRAMMAR.fullmatch(raw):
        return None
    word, *pairs = raw[:-1].split(b" ")
    keys = [pair.split(b"=")[0].decode() for pair in pairs]
    plain = [unquote_to_bytes(pair.split(b"=")[1]) for pair in pairs]
    if len(set(keys)) != len(keys) or any(b"\0" in value for value in plain):
        return None
    try:
        return word.decode(), dict(zip(keys, (value.decode("utf-8") for value in plain), strict=True))
    except UnicodeDecodeError:
        return None


def compile_parser(compiler: str, folder: Path) -> Path:
    """Make a library of the parser with all its functions visible."""
    library = folder / "libline.so"
    command = [compiler, "-std=c11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True)
    return library


class Parser:
    """The C functions, called with buffers of the exact size."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        for name in ("line_read", "line_is", "line_get"):
            getattr(library, name).restype = ctypes.c_bool
        library.line_read.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(Line)]
        library.line_is.argtypes = [ctypes.POINTER(Line), ctypes.c_char_p]
        library.line_get.argtypes = [ctypes.POINTER(Line), ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t]
        library.line_end.restype = ctypes.c_size_t
        library.line_start.argtypes = [ctypes.POINTER(Writer), ctypes.c_char_p]
        for name in ("line_add", "line_add_cut"):
            getattr(library, name).argtypes = [ctypes.POINTER(Writer), ctypes.c_char_p, ctypes.c_char_p]

    def read(self, raw: bytes, expected: tuple[str, dict[str, str]] | None) -> tuple[str, dict[str, str]] | None:
        """Read a line and ask it for the word and keys that are expected of it."""
        line = Line()
        text = ctypes.create_string_buffer(raw, max(len(raw), 1))
        if not self._library.line_read(text, len(raw), line):
            return None
        assert expected is not None, f"taken for a line: {raw!r}"
        word, values = expected
        assert self._library.line_is(line, word.encode())
        assert not self._library.line_is(line, word.encode()[:-1])
        assert not self._library.line_is(line, word.encode() + b"X")
        return word, {key: value for key in values if (value := self.get(line, key)) is not None}

    def get(self, line: Line, key: str, size: int = LIMIT) -> str | None:
        value = ctypes.create_string_buffer(max(size, 1))
        return value.value.decode("utf-8") if self._library.line_get(line, key.encode(), value, size) else None

    def write(self, word: str, values: dict[str, bytes], cut: str | None = None) -> bytes | None:
        writer = Writer()
        self._library.line_start(writer, word.encode())
        for key, value in values.items():
            add = self._library.line_add_cut if key == cut else self._library.line_add
            add(writer, key.encode(), value)
        length = self._library.line_end(ctypes.byref(writer))
        return bytes(ctypes.string_at(ctypes.addressof(writer), length)) if length else None
