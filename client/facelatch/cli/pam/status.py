"""`facelatch pam status`: what PAM does with the face, in every service, and whether a change waits to be confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import typer

from facelatch.cli.failure import ExitCode
from facelatch.cli.options import JsonOption
from facelatch.cli.output import emit, local_time, paint, say, show_table
from facelatch.cli.pam.apply import failed
from facelatch.cli.pam.options import RootOption
from facelatch.pam.wiring import Wired, Wiring, explain, services, taken_in

if TYPE_CHECKING:
    from rich.text import Text

SHARED: Final = re.compile(r"(?:common|system|password|smartcard|fingerprint|switchable)-.+|postlogin(?:-.+)?")
"""Files that are there to be taken in by services, and are none themselves."""

NAMED: Final = "A face opens only what the settings allow (facelatch status names it); elsewhere it is refused at once."

STYLES: Final = {
    Wired.FIRST: "green",
    Wired.AFTER: "green",
    Wired.BESIDE: "green",
    Wired.IDLE: "yellow",
    Wired.UNREACHED: "yellow",
    Wired.UNCLEAR: "yellow",
    Wired.LOCKOUT: "bold red",
    Wired.OPEN: "bold red",
}
DANGER: Final = frozenset({Wired.LOCKOUT, Wired.OPEN})


class PendingChange(msgspec.Struct, frozen=True):
    """A change of PAM's files that nobody has confirmed yet.

    `until` is when everything is put back, UTC in ISO 8601; empty where nothing does it but a restart or a person.
    """

    services: tuple[str, ...]
    paths: tuple[str, ...]
    until: str


class PamStatus(msgspec.Struct, frozen=True):
    """What PAM does with the face; `pending` is None where nothing waits, or it may not be seen (`hidden`)."""

    services: tuple[Wiring, ...]
    pending: PendingChange | None
    hidden: bool = False


def status(root: RootOption = Path("/"), as_json: JsonOption = False) -> None:
    """Say what PAM does with the face: which services try one, where the line is, and what follows if it fails.

    Exits 1 where a service keeps people out who know the password, or opens to anybody, else 0.
    """
    cases = told_services(root)
    pending, hidden = _pending(root)
    if as_json:
        emit(PamStatus(cases, pending, hidden))
    else:
        _show(cases)
        _show_pending(pending, hidden)
    raise typer.Exit(ExitCode.NOTHING if any(case.wired in DANGER for case in cases) else ExitCode.DONE)


def told_services(root: Path) -> tuple[Wiring, ...]:
    """Return what each service does; files that are only taken in are told with those that take them in."""
    cases = tuple(explain(name, root) for name in services(root))
    shared = taken_in(cases)
    return tuple(case for case in cases if case.service not in shared or not SHARED.fullmatch(case.service))


def _pending(root: Path) -> tuple[PendingChange | None, bool]:
    """Return the change that waits to be confirmed, and whether that may not be seen by this user.

    Raises `CommandFailed` where its notes cannot be read.
    """
    from facelatch.pam.backup import Backups, Damaged, Shelf

    backups = Backups(root)
    try:
        if not backups.holds(Shelf.PENDING):
            return None, False
        record, written = backups.record(Shelf.PENDING), backups.written(Shelf.PENDING)
    except PermissionError:
        return None, True
    except Damaged as error:
        raise failed(error) from error
    return PendingChange(record.services, record.paths, written.until if written is not None else ""), False


def _show(cases: Sequence[Wiring]) -> None:
    def alike(case: Wiring) -> tuple[bool, str, str, int, bool]:
        return case.wired is Wired.NONE, case.sentence, case.file if case.line else "", case.line, case.passed

    rows: list[tuple[str | Text, str | Text, str]] = []
    for _key, group in groupby(sorted(cases, key=alike), key=alike):
        together = list(group)
        first = together[0]
        names = ", ".join(case.service for case in together)
        where = f"{first.file}, line {first.line}" if first.line else ""
        rows.append((paint(names), paint(first.words, STYLES.get(first.wired, "")), where))
        rows += [("", paint(text, "yellow"), "") for text in _drawbacks(together)]
    if rows:
        show_table(("SERVICE", "WHAT IT DOES", "WHERE"), rows)
        if any(case.line for case in cases):
            say(NAMED)
    else:
        say("There are no services here.")


def _drawbacks(cases: list[Wiring]) -> list[str]:
    """Return what is not as it should be in services that are alike otherwise."""
    texts = [
        text
        for case in cases
        for wrong, text in (
            (case.above_faillock, "It opens an account that pam_faillock has locked: it stands above it."),
            (case.again, "A face that fails is tried once more, by another line."),
            (case.passed_early, "The daemon is told of a password where it was wrong, too."),
        )
        if wrong
    ]
    return list(dict.fromkeys([*texts, *(f"PAM cannot follow: {fault}." for case in cases for fault in case.faults)]))


def _show_pending(pending: PendingChange | None, hidden: bool) -> None:
    if hidden:
        say("Whether a change waits to be confirmed only root can see: sudo facelatch pam status")
    if pending is None:
        return
    when = f"at {local_time(pending.until)}" if pending.until else "when the machine is started anew"
    say(f"A change of {', '.join(pending.paths)} is not confirmed: everything is put back {when}.")
    say("To keep it, log in anew, and there: sudo facelatch pam confirm. To undo it at once: sudo facelatch pam revert")
