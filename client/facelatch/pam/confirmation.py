"""Whether a change of PAM's files may stay: if somebody who came in after it says so, and the password still opens."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facelatch.pam.backup import Backups, Shelf, Written
from facelatch.pam.cast import CONDITIONS, MODULE, PASSWORDS, known
from facelatch.pam.password import End, Trial
from facelatch.pam.rollback import NoRollback, Rollback
from facelatch.pam.stack import Entry, Kind, Reading, Stack, read_stack
from facelatch.pam.wiring import BESIDE

FAMILIAR: Final = ("sudo", "login", "gdm-password", "sddm", "lightdm", "polkit-1", "kde", "su", "sshd")
"""Of services that ask alike, one that people know is tried."""

NEW_LOGIN: Final = "log in anew (at a console: Ctrl+Alt+F3; by ssh; or to a desktop), and confirm it from there"


class NotConfirmed(Exception):
    """The change does not stay; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login as logind knows it: `began` in microseconds since the start of the machine; `terminal` may be empty."""

    user: str
    kind: str
    began: int
    terminal: str


def check_new(session: Session, written: Written, boot: str) -> None:
    """Raise `NotConfirmed` unless a person's session began after a change was written."""
    if not session.kind.startswith("user"):
        raise NotConfirmed(f"this is no person's login, but a session of the kind {session.kind}; {NEW_LOGIN}")
    if written.boot == boot and session.began <= written.moment:
        raise NotConfirmed(
            f"this session of {session.user} is older than the change, and does not show that one can still log in; "
            f"{NEW_LOGIN}"
        )


def to_try(services: Sequence[str], root: Path = Path("/")) -> tuple[str, ...]:
    """Return the services whose password is to be tried: one of those that ask alike, the familiar ones first.

    What libpam refuses, or nobody can read, is among them: a service that is broken shall be found so. Where none of
    the services asks for a password, it is the one beside it that is tried, else a familiar one: something has to show
    that the password works.
    """
    beside = [BESIDE[service] for service in services if service in BESIDE]
    return _asking(services, root) or _asking(beside, root) or _asking(FAMILIAR, root)[:1]


def _asking(services: Sequence[str], root: Path) -> tuple[str, ...]:
    groups: dict[object, list[str]] = {}
    for service in services:
        stack = read_stack(service, root)
        if stack.fallback:
            continue
        if stack.reading is not Reading.WHOLE:
            groups[service] = [service]
        elif any(_asks(entry) for entry in stack.entries):
            groups.setdefault(stack.manner, []).append(service)
    return tuple(sorted((min(group, key=_rank) for group in groups.values()), key=_rank))


def _rank(service: str) -> tuple[int, str]:
    return (FAMILIAR.index(service) if service in FAMILIAR else len(FAMILIAR), service)


def _asks(entry: Entry) -> bool:
    """Whether a line may take a password; of a module that is not known it is believed."""
    if entry.kind is not Kind.MODULE or entry.name == MODULE or entry.name in CONDITIONS:
        return False
    return entry.name in PASSWORDS or known(entry) is None


class Outcome(enum.Enum):
    """What a try says of the password."""

    RIGHT = "right"
    LEFT_OUT = "left out"
    """It says nothing: the service looks at something else first."""
    WRONG = "wrong"


def judge(trial: Trial, root: Path = Path("/")) -> tuple[Outcome, str]:
    """Return what a try says of the password, and a sentence for a person."""
    service = trial.service
    if trial.end is End.OPENED and trial.asked:
        return Outcome.RIGHT, f"{service} takes the password."
    if trial.end is End.OPENED:
        return Outcome.LEFT_OUT, f"{service} lets in without asking for a password, which says nothing of it."
    if trial.end is not End.REFUSED:
        return Outcome.WRONG, f"{service} cannot be used: {trial.text}."
    if trial.asked:
        return Outcome.WRONG, f"{service} does not take the password ({trial.text})."
    if conditions := _conditions(read_stack(service, root)):
        return Outcome.LEFT_OUT, f"{service} refuses you before it asks ({', '.join(conditions)}: {trial.text})."
    return Outcome.WRONG, f"{service} refuses without having asked for a password ({trial.text})."


def _conditions(stack: Stack) -> list[str]:
    """Return the modules above the first that takes a password that may refuse somebody for what he is."""
    found: list[str] = []
    for entry in stack.entries:
        if _asks(entry):
            return found
        if entry.kind is Kind.MODULE and entry.name in CONDITIONS and entry.name not in found:
            found.append(entry.name)
    return found


def try_all(services: Sequence[str], try_one: Callable[[str], Trial], root: Path = Path("/")) -> Iterator[str]:
    """Try the password with each service and yield a sentence of each; one try a service, none after a failure.

    Raises `NotConfirmed` at the first that fails, since tries may be counted (`pam_faillock`), and where none took it.
    """
    passed = 0
    for service in services:
        outcome, sentence = judge(try_one(service), root)
        if outcome is Outcome.WRONG:
            raise NotConfirmed(sentence.rstrip("."))
        passed += outcome is Outcome.RIGHT
        yield sentence
    if not passed:
        raise NotConfirmed("no service that was changed has asked for a password, so that none is known to work")


def settle(backups: Backups, written: Written, rollback: Rollback) -> None:
    """Make the change stay that was tried; raises `NotConfirmed`, and `Busy`, `Damaged` of `facelatch.pam.backup`."""
    with backups.locked():
        try:
            rollback.disarm()
        except NoRollback as error:
            raise NotConfirmed(f"the rollback cannot be stopped: {error}") from error
        # After the timer: until then it may have come.
        if not backups.holds(Shelf.PENDING) or backups.written(Shelf.PENDING) != written:
            raise NotConfirmed("it is too late: the change was undone meanwhile, every file is as it was")
        backups.settle_pending()
