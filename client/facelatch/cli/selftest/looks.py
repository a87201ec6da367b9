"""The looks at the user himself: how often is the face refused that should open?"""

from __future__ import annotations

from itertools import cycle, islice
from time import sleep
from typing import TYPE_CHECKING, Final

from facelatch.cli.output import bar, paint
from facelatch.cli.selftest.looker import Line, Looker, glance_line, guide
from facelatch.selftest import Fate, Glance

if TYPE_CHECKING:
    from rich.text import Text

GUIDANCE: Final = (
    "look away for a moment",
    "lean back a little",
    "turn your head aside and back",
    "sit as you always do",
    "come a little nearer",
)
"""What is asked for between looks: one after another at a face that keeps still would be one look."""

AWAY: Final = 2.0
"""Seconds for it."""

BACK: Final = 1.0
"""Seconds to look at the camera again before it looks; all that is left between looks where nobody is guided."""

MARKS: Final = {
    Fate.OPENED: ("opened", "green"),
    Fate.REFUSED: ("refused", "bold red"),
    Fate.UNJUDGED: ("not judged", "yellow"),
}


def take_looks(looker: Looker, glances: list[Glance], wanted: int, line: Line, *, guided: bool) -> bool:
    """Take the looks, and tell whether all could be; ends where one more refusal would come too near to a lock.

    glances: where they are put, one by one. Raises `Hindered`.
    """
    for number, task in enumerate(islice(cycle(GUIDANCE), wanted), 1):
        if number > 1 and guided:
            _pause(line, number, wanted, task)
        elif number > 1:
            sleep(BACK)
        line.move(_progress(number, wanted, "looking", "bold"))
        glance = looker.look(line)
        glances.append(glance)
        line.keep(glance_line(number, glance, MARKS))
        if looker.exhausted:
            return number == wanted
    return True


def _pause(line: Line, number: int, wanted: int, task: str) -> None:
    """Have the person move between two looks."""
    guide(line, _progress(number, wanted, task, "cyan"))
    sleep(AWAY)
    guide(line, _progress(number, wanted, "now look at the camera", "bold"))
    sleep(BACK)


def _progress(number: int, wanted: int, text: str, style: str) -> Text:
    words = bar(number - 1, wanted)
    words.append_text(paint(f"  {number} of {wanted}  "))
    words.append_text(paint(text, style))
    return words
