"""`facelatch doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import typer

from facelatch.cli.failure import ExitCode
from facelatch.cli.options import JsonOption, daemon_of, user_or_self
from facelatch.cli.output import emit, paint, show_table

if TYPE_CHECKING:
    from rich.text import Text

    from facelatch.doctor import Finding

STYLES: Final = {"ok": "green", "note": "cyan", "warning": "yellow", "bad": "bold red"}
NAMES: Final = {"pam": "PAM", "tpm": "TPM", "polkit": "polkit"}
CODES: Final = {
    "ok": ExitCode.DONE,
    "note": ExitCode.DONE,
    "warning": ExitCode.NOTHING,
    "bad": ExitCode.CANNOT_WORK,
}


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look at everything that a login by face needs, and say what is wrong and what to do.

    Exits 0 where all is well or worth a note, 1 for a warning, 3 where no face can log in or a login is in danger.

    As root it sees more: under sudo it looks at the faces of the user who called sudo.
    """
    # Here, not above: other commands do without the bus and the time that loading it takes.
    from facelatch.doctor import examine

    user = user_or_self(None) if os.getuid() == 0 else ""
    report = examine(daemon_of(context).address, user)
    if as_json:
        emit(report)
    else:
        show_table(("VERDICT", "PART", "FINDING"), [row for finding in report.findings for row in _rows(finding)])
    raise typer.Exit(CODES[report.worst.value])


def _rows(finding: Finding) -> list[tuple[str | Text, str, str | Text]]:
    """Return a finding as lines of a table: what is so, what to do, and the command for it."""
    state, part = finding.state.value, finding.part.value
    rows: list[tuple[str | Text, str, str | Text]] = [
        (paint(state, STYLES[state]), NAMES.get(part, part.capitalize()), finding.text)
    ]
    if finding.remedy:
        rows.append(("", "", finding.remedy))
    if finding.command:
        rows.append(("", "", paint(finding.command, "bold")))
    return rows
