"""`facelatch export`: what is stored about somebody, for him to read and to keep."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from facelatch.cli.answers import ExportedFile
from facelatch.cli.failure import CommandFailed, ExitCode, Trouble, wrong_use
from facelatch.cli.options import JsonOption, UserOption, daemon_of, user_or_self
from facelatch.cli.output import counted, emit, plain, say, sentence
from facelatch.types import ExportReport


def export(
    context: typer.Context,
    user: UserOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            show_default=False,
            help="Write to this file, which only you can read then. Never over one that is there. Default: show it.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write all that is stored about you as JSON: faces, history, standing.

    The numbers of the templates are withheld: with them somebody could make a face that is taken for yours.
    """
    name = user_or_self(user)
    if to is not None:
        _check_place(to)
    with daemon_of(context).connected(asks=True) as daemon:
        report = daemon.export(name)
    if to is None:
        if as_json:
            emit(report)
        else:
            sys.stdout.write(_readable(report))
            sys.stdout.flush()
            sys.stderr.write(f"{plain(_withheld(report))}\n")
        return
    _write(to, _readable(report))
    if as_json:
        emit(ExportedFile(str(to), report.withheld))
    else:
        what = f"{counted(len(report.faces), 'face')} and {counted(len(report.attempts), 'attempt')}"
        say(f"Written to {to}: {what} of {report.user}.")
        say(_withheld(report))


def _withheld(report: ExportReport) -> str:
    return f"Withheld: {sentence(report.withheld)}" if report.withheld else "Nothing is withheld."


def _readable(report: ExportReport) -> str:
    """Return the report as JSON over many lines, with what `emit` would say first."""
    whole = {"is": "export-report", **msgspec.to_builtins(report)}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"


def _check_place(path: Path) -> None:
    """Refuse a place that cannot be, before anybody types a password for it."""
    if path.exists() or path.is_symlink():
        raise _taken(path)
    if not path.parent.is_dir():
        raise wrong_use(f"--to {path}: there is no folder {path.parent}; make it, or name another place")


def _taken(path: Path) -> CommandFailed:
    return wrong_use(f"--to: {path} is there already; name another place, or remove it")


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else can read, and leave none behind where that fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink()
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> CommandFailed:
    text = f"{path} cannot be written ({error.strerror}); name another place with --to"
    return CommandFailed(Trouble.UNWRITTEN, text, ExitCode.NOTHING)
