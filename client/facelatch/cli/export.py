"""`facelatch export`: what is stored about somebody, for him to read and to keep."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from facelatch.cli.answers import ExportedFile
from facelatch.cli.newfile import want_new, write_new
from facelatch.cli.options import JsonOption, UserOption, daemon_of, user_or_self
from facelatch.cli.output import counted, emit, plain, readable, say, sentence
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
        want_new(to)
    with daemon_of(context).connected(asks=True) as daemon:
        report = daemon.export(name)
    if to is None:
        if as_json:
            emit(report)
        else:
            sys.stdout.write(readable(report))
            sys.stdout.flush()
            sys.stderr.write(f"{plain(_withheld(report))}\n")
        return
    write_new(to, readable(report))
    if as_json:
        emit(ExportedFile(str(to), report.withheld))
    else:
        what = f"{counted(len(report.faces), 'face')} and {counted(len(report.attempts), 'attempt')}"
        say(f"Written to {to}: {what} of {report.user}.")
        say(_withheld(report))


def _withheld(report: ExportReport) -> str:
    return f"Withheld: {sentence(report.withheld)}" if report.withheld else "Nothing is withheld."
