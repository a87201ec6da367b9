"""What the pack commands say, and how they end."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import typer

from facelatch_models.build import BuildError, UnknownRecipeError
from facelatch_models.convert import ConvertError
from facelatch_models.download import DownloadError
from facelatch_models.install import InstallError
from facelatch_models.pack import PackDamaged, PackMissing
from facelatch_models.shelf import NotPermittedError, ShelfError


class Code(enum.IntEnum):
    """Exit codes, as docs/contracts.md has them."""

    DONE = 0
    NOTHING = 1
    WRONG_USE = 2
    UNABLE = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


PIPE_WIDTH: Final = 4096
"""Columns of a line that no terminal shows: what is written for `grep` is not wrapped."""

_usage_error: type[Exception] = typer.BadParameter.__mro__[2]
"""What Typer raises for wrong use. Up to 0.25 it is Click's, later Typer's own copy: no import names both."""


@contextmanager
def reported(as_json: bool) -> Iterator[None]:
    """Turn the errors of this package into one line (or one JSON object) and the exit code that belongs to them."""
    try:
        yield
    except (PackMissing, UnknownRecipeError) as error:
        fail(as_json, Code.UNABLE, "no-pack", error)
    except PackDamaged as error:
        fail(as_json, Code.NOTHING, "pack-damaged", error)
    except NotPermittedError as error:
        fail(as_json, Code.NOT_PERMITTED, "not-permitted", error)
    except (BuildError, ConvertError, DownloadError, InstallError, ShelfError) as error:
        fail(as_json, Code.NOTHING, "failed", error)
    except KeyboardInterrupt:
        fail(as_json, Code.INTERRUPTED, "interrupted", "interrupted; nothing was changed")


def ended(app: typer.Typer, program: str, arguments: Sequence[str]) -> int:
    """Run a program's commands and return its exit code; wrong use is told on one line, as `facelatch` tells it."""
    try:
        code = app(arguments, prog_name=program, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        note(f"{program}: interrupted")
        return Code.INTERRUPTED
    except _usage_error as error:
        _tell_usage(error, program, "--json" in arguments)
        return Code.WRONG_USE
    return code if isinstance(code, int) else Code.DONE


def _tell_usage(error: Any, program: str, as_json: bool) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":  # by now the help has been written
        return
    where = error.ctx.command_path if error.ctx else program
    text = f"{error.format_message().rstrip('.')}; see: {where} --help"
    if as_json:
        answer({"error": "bad-request", "text": text})
    else:
        note(f"{program}: {text}")


def fail(as_json: bool, code: Code, reason: str, text: object) -> NoReturn:
    """Say what went wrong and exit."""
    if as_json:
        answer({"error": reason, "text": str(text)})
    else:
        note(f"facelatch: {text}")
    raise typer.Exit(code)


def answer(value: dict[str, Any]) -> None:
    """Write the command's one JSON object."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def say(text: str) -> None:
    """Write a line of the result; what came out of files can move no cursor."""
    typer.echo(_printable(text))


def show_pairs(pairs: Sequence[tuple[str, str, str]]) -> None:
    """Write names, values and the values' styles in two columns, folded to the terminal where there is one."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value, style in pairs:
        table.add_row(name, Text(_printable(value), style))
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():  # without the spaces that pad the last column
        typer.echo(line.rstrip())


def note(text: str) -> None:
    """Write a line beside the result, to standard error."""
    typer.echo(_printable(text), err=True)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
