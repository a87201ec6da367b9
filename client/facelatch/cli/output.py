"""What the command writes: JSON for programs, text and tables for people.

Rich is imported where something is laid out, not before: `--json` and errors do without its 30 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

PIPE_WIDTH: Final = 4096
"""Columns of a line that no terminal shows: tables are not wrapped for `grep`."""


def plain(text: str) -> str:
    """Return the text with everything escaped that could steer a terminal or hide in a line.

    Labels, camera names and services come from others; control and bidirectional characters are not printable.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def emit(value: msgspec.Struct, **more: msgspec.Struct | None) -> None:
    """Write a structure as one line of JSON to standard output, now; `is` says which, as `enroll-step`.

    `more` are put beside its fields.
    """
    _write_json({**_told(value), **more})


def readable(value: msgspec.Struct) -> str:
    """Return a structure as `emit` would write it, over many lines, for a file or a person."""
    return msgspec.json.format(msgspec.json.encode(_told(value)), indent=2).decode() + "\n"


def _told(value: msgspec.Struct) -> dict[str, object]:
    kind = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in type(value).__name__)
    return {"is": kind.lstrip("-"), **msgspec.to_builtins(value)}


def emit_error(error: str, text: str) -> None:
    """Write an error as one line of JSON to standard output, now."""
    _write_json({"error": error, "text": text})


def _write_json(value: dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"facelatch: {plain(' '.join(text.split()))}\n")
    sys.stderr.flush()


def say(text: str) -> None:
    """Write one line of text to standard output, now."""
    sys.stdout.write(plain(text) + "\n")
    sys.stdout.flush()


def console() -> Console:
    """Return a console for standard output as it is now; colours on a terminal only, none with NO_COLOR."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, markup=False, emoji=False)


def paint(text: str, style: str = "") -> Text:
    """Return made-safe text in a style."""
    from rich.text import Text

    return Text(plain(text), style)


def bar(done: int, whole: int, width: int = 20) -> Text:
    """Return a bar that is filled to `done` of `whole`; without colours, and without Unicode, it still shows."""
    full, empty = ("█", "░") if (sys.stdout.encoding or "").lower().startswith("utf") else ("#", "-")
    filled = round(width * min(max(done, 0), whole) / whole) if whole > 0 else 0
    words = paint(full * filled, "green")
    words.append_text(paint(empty * (width - filled), "dim"))
    return words


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Write rows in columns under headings; where they are too wide for the terminal, the widest columns fold first."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(paint(cell) if isinstance(cell, str) else cell for cell in row))
    _write(table)


def show_pairs(pairs: Sequence[tuple[str, str | Text]]) -> None:
    """Write names and values in two columns."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, paint(value) if isinstance(value, str) else value)
    _write(table)


def _write(table: Table) -> None:
    """Write a table without the spaces that pad its last column."""
    target = console()
    with target.capture() as capture:
        target.print(table)
    sys.stdout.writelines(line.rstrip() + "\n" for line in capture.get().splitlines())
    sys.stdout.flush()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an s for all but one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sentence(text: str) -> str:
    """Return a text that stands in a line of its own as a sentence: a capital first, a full stop last."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def local_time(stamp: str) -> str:
    """Return a UTC time in ISO 8601 as local time to the second; what is no such time stays as it is."""
    try:
        return datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return stamp
