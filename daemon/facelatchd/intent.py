"""How a person approves what a face would open, and what he is asked to do before the camera."""

from __future__ import annotations

from typing import Final

from facelatch.types import Gesture, Intent, Liveness
from facelatchd.challenge import Challenge, Purpose, draw
from facelatchd.gates import Ask
from facelatchd.settings import ClassRule
from facelatchd.terminal import printable

SHOWN_COMMAND: Final = 120
"""Columns of a command line that a prompt shows: two lines of a terminal with the question."""

SHOWN_ASKER: Final = 40
"""Columns of who asks, and where."""

GESTURES: Final = 2
"""Gestures of an active challenge: of three, without blinking, that makes six; of four, twelve."""


def subject_of(ask: Ask) -> str:
    """Return what would be approved, and who asks for it where, on one line that is safe to print.

    Whoever asks has chosen the words of his command, and a door that runs as an ordinary user all of them.
    """
    what = printable(ask.command, SHOWN_COMMAND) or printable(ask.service, SHOWN_COMMAND)
    terminal = ask.terminal.removeprefix("/dev/")
    who = printable(" at ".join(text for text in (ask.asker, terminal) if text.strip()), SHOWN_ASKER)
    return f"{what} (asked by {who})" if who else what


def question_of(ask: Ask) -> str:
    """Return what is put to the person before a camera opens."""
    return f"{subject_of(ask)}: Enter to approve by face, or type the password: "


def invitation_of(ask: Ask, rule: ClassRule) -> str:
    """Return what the person is told when the camera has opened."""
    if rule.intent is Intent.GESTURE:
        return f"{subject_of(ask)}: look at the camera, and nod to approve when you are told to."
    return "Look at the camera."


def wants_question(ask: Ask, rule: ClassRule) -> bool:
    """Return whether the person is asked before a camera opens; who tries his face has said what he wants."""
    return rule.intent is Intent.KEY and not ask.opens_nothing


def challenge_of(rule: ClassRule, *, eyes: bool) -> Challenge | None:
    """Return what the person has to do before the camera; where he approves by a gesture, a nod is always the last.

    eyes: whether the pack can tell how far eyes are open.
    """
    nod = (Gesture.NOD,) if rule.intent is Intent.GESTURE else ()
    if rule.liveness is Liveness.ACTIVE:
        drawn = draw(GESTURES, eyes)
        return Challenge((*(gesture for gesture in drawn if gesture not in nod), *nod))
    return Challenge(nod, Purpose.INTENT) if nod else None
