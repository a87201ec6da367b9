"""The door's lines: a word and percent-encoded values. Pure, and the mirror of the parser in `pam/line.c`."""

from __future__ import annotations

import string
from typing import Final

import msgspec

LONGEST_LINE: Final = 4096
"""Bytes of a line with its line feed."""

_PLAIN: Final = frozenset((string.ascii_letters + string.digits + "._-/:@+,").encode())
_HEXADECIMAL: Final = frozenset(string.hexdigits.encode())


class LineError(ValueError):
    """A line that is none of the contract's; the text says what is wrong with it."""


class Line(msgspec.Struct, frozen=True):
    """One parsed line."""

    word: str
    values: dict[str, str]

    def get(self, key: str) -> str:
        """Return a value, empty where the key is missing."""
        return self.values.get(key, "")


def read_line(raw: bytes) -> Line:
    """Parse one line, with or without its line feed; raises `LineError`."""
    if len(raw) > LONGEST_LINE:
        raise LineError(f"longer than {LONGEST_LINE} bytes")
    word, *pairs = raw.removesuffix(b"\n").split(b" ")
    if not word or not word.isalpha() or not word.isupper():
        raise LineError("does not begin with a word in capitals")
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        if not equals or not name.isalnum() or not name.islower() or not name[:1].isalpha():
            raise LineError("a value is not written key=value")
        key = name.decode("ascii")
        if key in values:
            raise LineError(f"{key} stands twice")
        values[key] = _decode(value, key)
    return Line(word.decode("ascii"), values)


def write_line(word: str, /, **values: str | int) -> bytes:
    """Return a line as it travels; raises `LineError` where it would be too long, hold a NUL, or be no UTF-8."""
    parts = [word.encode()]
    parts += [name.encode() + b"=" + _encode(str(value)) for name, value in values.items()]
    line = b" ".join(parts) + b"\n"
    if len(line) > LONGEST_LINE:
        raise LineError(f"longer than {LONGEST_LINE} bytes")
    return line


def _encode(value: str) -> bytes:
    if "\0" in value:
        raise LineError("a NUL in a value")
    try:
        raw = value.encode()
    except UnicodeEncodeError as error:
        raise LineError("half a surrogate pair in a value") from error
    return b"".join(bytes([byte]) if byte in _PLAIN else b"%%%02X" % byte for byte in raw)


def _decode(value: bytes, key: str) -> str:
    plain = bytearray()
    position = 0
    while position < len(value):
        byte = value[position]
        if byte == ord("%"):
            digits = value[position + 1 : position + 3]
            if len(digits) != 2 or not set(digits) <= _HEXADECIMAL:
                raise LineError(f"{key}: % without two hexadecimal digits")
            byte = int(digits, 16)
            position += 2
            if byte == 0:
                raise LineError(f"{key}: %00")
        elif byte not in _PLAIN:
            raise LineError(f"{key}: byte {byte:#04x} is not percent-encoded")
        plain.append(byte)
        position += 1
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LineError(f"{key}: not UTF-8") from error
