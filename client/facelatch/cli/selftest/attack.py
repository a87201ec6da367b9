"""Pictures that are held before the camera: how often does one get in?"""

from __future__ import annotations

import enum
import math
from time import sleep
from typing import Final

from facelatch.cli.output import paint, say
from facelatch.cli.progress import LiveLine
from facelatch.cli.selftest.looker import Looker, asked, glance_line
from facelatch.selftest import LOCKS_AT, STOP_AT, Fate, Glance
from facelatch.types import Attack

MEANT: Final = {Attack.PHOTO: "printed photo", Attack.PHONE: "phone"}

_CHOICES: Final = {"p": Attack.PHOTO, "photo": Attack.PHOTO, "s": Attack.PHONE, "phone": Attack.PHONE}

MARKS: Final = {
    Fate.OPENED: ("GOT IN", "bold red"),
    Fate.REFUSED: ("refused", "green"),
    Fate.UNJUDGED: ("no answer", "yellow"),
}


class Way(enum.Enum):
    """How a test goes on that has left as many refusals on record as it may unasked."""

    CLEARED = enum.auto()
    """The password was typed."""
    ON = enum.auto()
    """Into the lock: it is waited for."""
    END = enum.auto()


def chosen_attack() -> Attack | None:
    """Ask whether somebody shall try to get in with a picture, and with which; None for none."""
    reply = asked("Try it with a picture of you, too? p: photo, s: phone or screen, Enter: no.")
    return _CHOICES.get(reply or "")


def agreed(attack: Attack, presentations: int) -> bool:
    """Say what an attack costs, and ask for it."""
    times = "once" if presentations == 1 else f"{presentations} times"
    say(f"A {MEANT[attack]} with your face is held up {times}. Each one that is")
    say(f"refused counts like a face refused at a login: {LOCKS_AT} in a row lock the face for")
    say("30 s, then twice as long each time, and the password is wanted first.")
    say(f"At {STOP_AT} on record you are asked before it goes on.")
    return asked("Begin? [y/N]") in ("y", "yes")


def present(looker: Looker, glances: list[Glance], attack: Attack, wanted: int) -> None:
    """Have the picture presented and looked at again and again; ends sooner where the person wants that.

    glances: where the looks are put, one by one. Raises `Hindered`.
    """
    way = Way.CLEARED
    for number in range(1, wanted + 1):
        if looker.exhausted and way is not Way.ON:
            way = _chosen_way(looker)
            if way is Way.END:
                return
        _wait_for_lock(looker)
        task = f"{number} of {wanted}: hold up the {attack.value}, your face out of view."
        if asked(f"{task} Enter: look. q: end.") != "":
            return
        with LiveLine() as line:
            line.move(paint("looking", "bold"))
            glance = looker.look(line)
            glances.append(glance)
            line.keep(glance_line(number, glance, MARKS))


def _chosen_way(looker: Looker) -> Way:
    """Ask what to do about the refusals on record, again while they are said to be gone and are not."""
    while looker.ask_standing().mismatches >= STOP_AT:
        say(f"{looker.standing.mismatches} refused faces in a row are on record, and {LOCKS_AT} lock the face. The")
        say("password clears them: type it in another terminal (sudo -k true).")
        match asked("Enter: it is done. l: go on, and wait until locks end. q: end."):
            case "":
                continue
            case "l":
                return Way.ON
            case _:
                return Way.END
    return Way.CLEARED


def _wait_for_lock(looker: Looker) -> None:
    """Wait for a lock to end, if there is one; Ctrl-C ends the test."""
    while (left := looker.standing.locked_seconds) > 0:
        with LiveLine() as line:
            while left > 0:
                line.move(paint(f"the face is locked for {math.ceil(left)} s more", "yellow"))
                sleep(min(1.0, left))
                left -= 1.0
        looker.ask_standing()
