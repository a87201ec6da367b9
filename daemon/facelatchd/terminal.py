"""Texts for terminals and dialogs: one line, nothing that controls them, no wider than there is room for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and signs that show nothing: a long row of them would look like the end of the text."""

MOST_MARKS: Final = 2
"""Marks on one character: more pile up over other lines, and some scripts need two."""


def printable(text: str, width: int) -> str:
    """Return a text that is safe to print on one line: no control characters, no marks stacked up, no runs of blanks.

    width: columns, at least 16. One that is too wide loses its middle: what is to be approved must not hide behind a
    long beginning.
    """
    if width < 16:
        raise ValueError(f"a width of {width} columns: expected at least 16")
    plain = "".join(_shown(" ".join(text.split())))
    if columns(plain) <= width:
        return plain
    half = (width - 3) // 2
    return f"{_beginning(plain, half)} … {_beginning(plain[::-1], half)[::-1]}"


def columns(text: str) -> int:
    """Return how many columns a text of `printable` takes."""
    return sum(map(_columns, text))


def _shown(text: str) -> Iterator[str]:
    """Yield what stands for each character."""
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        shown = character.isprintable() and character not in _BLANK and marks <= MOST_MARKS
        yield character if shown else "?"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _columns(character: str) -> int:
    if _is_mark(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _beginning(text: str, width: int) -> str:
    room = width
    for position, character in enumerate(text):
        room -= _columns(character)
        if room < 0:
            return text[:position]
    return text
