"""The course of a self-test: what comes after what, and why it ends."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import typer

from facelatch.cli.failure import CommandFailed, ExitCode, trial_code
from facelatch.cli.output import counted, say
from facelatch.cli.progress import LiveLine
from facelatch.cli.selftest.attack import agreed, chosen_attack, present
from facelatch.cli.selftest.looker import Hindered, Looker, Silence, asked
from facelatch.cli.selftest.looks import take_looks
from facelatch.cli.selftest.setting import setting_of
from facelatch.cli.words import EXPLANATIONS
from facelatch.selftest import (
    LOCKS_AT,
    STOP_AT,
    Ending,
    Glance,
    Looks,
    Presentations,
    SelftestReport,
    Setting,
    times_of,
)
from facelatch.standing import locked
from facelatch.types import Attack, Reason, StandingReport

if TYPE_CHECKING:
    from facelatch.sync import Daemon

CLEAR: Final = "type your password once, at a login or for sudo (sudo -k true), and start again"


@dataclass(frozen=True)
class Wish:
    """Who and what is to be tested. `attack` None: he is asked, where he is `guided`. `silent`: nothing is shown."""

    user: str
    camera: str
    looks: int
    attack: Attack | None
    presentations: int
    guided: bool
    silent: bool


@dataclass
class Course:
    """What has been seen so far: Ctrl-C loses none of it."""

    glances: list[Glance] = field(default_factory=list)
    attacks: list[tuple[Attack, list[Glance]]] = field(default_factory=list)
    mismatches: int = 0
    ended: Ending = Ending.DONE
    failure: Reason | None = None

    def run(self, looker: Looker, wish: Wish) -> None:
        """Go through the test, and note how it ended; raises `CommandFailed` where not one look could be taken."""
        try:
            if not self._look(looker, wish):
                self.ended = Ending.MISMATCHES
            elif wish.guided:
                self._attack(looker, wish)
        except Hindered as hindered:
            if not self.glances:
                raise _cannot(hindered.reason, str(hindered)) from hindered
            self.ended, self.failure = Ending.FAILED, hindered.reason
        except KeyboardInterrupt:
            self.ended = Ending.INTERRUPTED
        # Asked anew: a look that was interrupted may have counted, too.
        self.mismatches = looker.ask_standing().mismatches

    def _look(self, looker: Looker, wish: Wish) -> bool:
        if wish.guided:
            say(f"{counted(wish.looks, 'look')} at you, as a screen lock takes them; nothing is opened. Sit as you")
            say("always do, and look at the camera when you are told to. A refusal counts like")
            say(f"one at a login: at {STOP_AT} on record the test ends. Ctrl-C ends it with a report.")
            if asked("Enter begins. q: end.") in (None, "q"):
                raise typer.Abort
        with nullcontext(Silence()) if wish.silent else LiveLine() as line:
            return take_looks(looker, self.glances, wish.looks, line, guided=wish.guided)

    def _attack(self, looker: Looker, wish: Wish) -> None:
        attack = wish.attack or chosen_attack()
        if attack is None or not agreed(attack, wish.presentations):
            return
        glances: list[Glance] = []
        self.attacks.append((attack, glances))
        present(looker, glances, attack, wish.presentations)

    def report(self, wanted: int, setting: Setting, tested: datetime) -> SelftestReport:
        """Return what it comes to."""
        return SelftestReport(
            setting=setting,
            tested=tested.isoformat(timespec="seconds"),
            looks=Looks.of(wanted, self.glances),
            times=times_of(self.glances),
            attacks=tuple(Presentations.of(attack, glances) for attack, glances in self.attacks if glances),
            mismatches=self.mismatches,
            ended=self.ended,
            failure=self.failure,
        )


def take_test(daemon: Daemon, wish: Wish) -> SelftestReport:
    """Test, and return the report; raises `CommandFailed` where no test can begin."""
    setting, tested, course = setting_of(daemon, wish.user, wish.camera), datetime.now(UTC), Course()
    standing = daemon.standing(wish.user)
    _want_room(standing)
    looker: Looker | None = None
    try:
        with daemon.claim(wish.user, wish.camera) as claim:
            looker = Looker(daemon, claim, wish.user, standing)
            course.run(looker, wish)
    except ConnectionError:  # the daemon is gone, as after an upgrade: what has been seen is worth its report
        if looker is None or not course.glances:
            raise
        course.ended, course.mismatches = Ending.BROKEN_OFF, looker.standing.mismatches
    return course.report(wish.looks, setting, tested)


def code_of(report: SelftestReport) -> ExitCode:
    """Return how the command ends."""
    if report.ended is Ending.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if report.ended is Ending.BROKEN_OFF:
        return ExitCode.CANNOT_WORK
    if report.failure is not None:
        return trial_code(report.failure)
    got_in = any(tried.accepted.count for tried in report.attacks)
    refused = report.ended is Ending.MISMATCHES or not report.looks.opened
    return ExitCode.NOTHING if got_in or refused else ExitCode.DONE


def _want_room(standing: StandingReport) -> None:
    """Raise `CommandFailed` where no test can begin, or where it would soon lock the face."""
    if not standing.faces:
        raise _cannot(Reason.NOT_ENROLLED, EXPLANATIONS[Reason.NOT_ENROLLED].sentence)
    if lock := locked(standing):
        raise CommandFailed(Reason.LOCKED_OUT, f"{lock} Wait, or {CLEAR}", ExitCode.CANNOT_WORK)
    if standing.mismatches >= STOP_AT:
        said = f"{standing.mismatches} refused faces in a row are on record, and {LOCKS_AT} lock the face; {CLEAR}"
        raise CommandFailed(Reason.PASSWORD_WANTED, said, ExitCode.CANNOT_WORK)


def _cannot(reason: Reason, text: str) -> CommandFailed:
    return CommandFailed(reason, f"{text}; {EXPLANATIONS[reason].remedy}", trial_code(reason))
