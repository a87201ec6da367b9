"""Takes one look after another, and keeps an eye on how many refusals stand on record."""

from __future__ import annotations

import sys
import termios
from collections.abc import Mapping
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, Protocol

from facelatch.cli.daemon import broken
from facelatch.cli.output import paint
from facelatch.cli.question import reply_to
from facelatch.cli.words import EXPLANATIONS
from facelatch.instructions import INSTRUCTIONS
from facelatch.selftest import STOP_AT, Fate, Glance, Part
from facelatch.types import Reason, StandingReport, Tried

if TYPE_CHECKING:
    from rich.text import Text

    from facelatch.sync import Claim, Daemon

TRIES: Final = 3
"""Looks that are taken again in a row because a login needed the camera."""

TRY_AGAIN: Final = 2.0
"""Seconds before such a look is taken again."""


class Hindered(Exception):
    """No look can be taken, and it is not for the face that it cannot."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or EXPLANATIONS[reason].sentence)
        self.reason = reason


class Line(Protocol):
    """Where a test shows how it goes: `facelatch.cli.progress.LiveLine`, or nowhere."""

    moving: bool

    def move(self, text: Text) -> None:
        """Replace the line that moves."""

    def keep(self, text: Text) -> None:
        """Write a line that stays."""


class Silence:
    """Shows nothing: standard output is for a program."""

    moving = True

    def move(self, text: Text) -> None:
        """Show nothing."""

    def keep(self, text: Text) -> None:
        """Write nothing."""


class Looker:
    """Looks at the user whom a camera is claimed for. `standing` is how he stood when that was asked last."""

    def __init__(self, daemon: Daemon, claim: Claim, user: str, standing: StandingReport) -> None:
        self._daemon = daemon
        self._claim = claim
        self._user = user
        self.standing = standing

    def ask_standing(self) -> StandingReport:
        """Return how the user stands now."""
        self.standing = self._daemon.standing(self._user)
        return self.standing

    @property
    def exhausted(self) -> bool:
        """Whether as many refusals stand on record as a test may leave there unasked."""
        return self.standing.mismatches >= STOP_AT

    def look(self, line: Line) -> Glance:
        """Take a look that says something of who is there; raises `Hindered` where none can be taken."""
        for _ in range(TRIES):
            tried, seconds = self._verify(line)
            glance = Glance.of(tried, seconds)
            match glance.fate:
                case Fate.REFUSED:
                    self.ask_standing()
                    return glance
                case Fate.OPENED | Fate.UNJUDGED:
                    return glance
                case Fate.BROKEN:
                    raise Hindered(tried.reason, tried.text)
            line.move(paint("a login needs the camera", "yellow"))
            sleep(TRY_AGAIN)
        raise Hindered(tried.reason)

    def _verify(self, line: Line) -> tuple[Tried, float]:
        """Return the verdict, and the seconds until it was known here."""
        began = monotonic()
        with closing(self._claim.verify()) as steps:
            for step in steps:
                if isinstance(step, Tried):
                    return step, monotonic() - began
                if step.instruction is not None:
                    guide(line, paint(INSTRUCTIONS[step.instruction], "bold cyan"))
        raise broken("no verdict")


def guide(line: Line, text: Text) -> None:
    """Tell the person what to do now, on a terminal without a line that moves, too."""
    if line.moving:
        line.move(text)
    else:
        line.keep(text)


def asked(question: str) -> str | None:
    """Return what is typed in answer to a question on the terminal, in small letters; None for Ctrl-D.

    What was typed before it is thrown away: a second Enter would look before a picture is held up.
    """
    if sys.stdin.isatty():
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    return reply_to(question)


def glance_line(number: int, glance: Glance, marks: Mapping[Fate, tuple[str, str]]) -> Text:
    """Return how a look went, as a line; `marks` are words and styles."""
    word, style = marks[glance.fate]
    words = paint(f"{number:3d}  ", "dim")
    words.append_text(paint(f"{word:<12}", style))
    words.append_text(paint(f"{glance.spent[Part.TOTAL.value] / 1000:.1f} s  {EXPLANATIONS[glance.reason].sentence}"))
    return words
