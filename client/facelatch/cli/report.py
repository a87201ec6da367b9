"""What became of each picture that was sent for an enrolment, in lines and in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from facelatch.cli.answers import LeftOut, PictureSummary
from facelatch.cli.output import paint
from facelatch.types import EnrollStep, Hint

if TYPE_CHECKING:
    from rich.text import Text

REASONS: Final = {
    Hint.ANOTHER_FACE: "another person",
    Hint.UNDECIDED: "one of several people",
    Hint.BAD_PICTURE: "unreadable",
    Hint.NO_FACE: "no face",
    Hint.ONE_FACE: "several faces",
    Hint.HOLD_STILL: "blurred",
    Hint.UNCOVER: "covered",
    Hint.MORE_LIGHT: "too dark",
    Hint.LESS_LIGHT: "too bright",
    Hint.CLOSER: "too small",
    Hint.LESS_TURNED: "turned too far",
    Hint.OPEN_EYES: "eyes closed",
    Hint.UNCLEAR: "unclear",
    Hint.ALIKE: "too much alike",
    Hint.ENOUGH: "adding little",
}
"""Why pictures are not kept, in a word or two, in the order in which they are told."""

FINE: Final = (Hint.ALIKE, Hint.ENOUGH)
"""What is no fault of the picture's: these are counted, not named."""

MOST_NAMED: Final = 5
"""Pictures that are named for one reason."""


class Report:
    """Gathers what is told of pictures."""

    def __init__(self) -> None:
        self.steps: list[EnrollStep] = []

    def add(self, step: EnrollStep) -> None:
        """Take in what became of a picture."""
        self.steps.append(step)

    def add_unusable(self, picture: LeftOut) -> EnrollStep:
        """Take in a picture that could not be sent, and return what is told of it."""
        step = EnrollStep(self.kept, self.kept, False, Hint.BAD_PICTURE, picture.text, picture.name)
        self.add(step)
        return step

    @property
    def kept(self) -> int:
        """How many pictures are kept."""
        return sum(step.taken for step in self.steps)

    @property
    def left_out(self) -> dict[Hint, list[str]]:
        """The names of the others by why they are not."""
        names: dict[Hint, list[str]] = {}
        for step in self.steps:
            if not step.taken:
                names.setdefault(step.hint or Hint.UNCLEAR, []).append(step.name)
        return names

    @property
    def summary(self) -> PictureSummary:
        """The whole for programs."""
        left_out = {hint.value: tuple(names) for hint, names in self.left_out.items()}
        return PictureSummary(len(self.steps), self.kept, left_out)

    @property
    def sentence(self) -> str:
        """The whole in a sentence; the pictures that have a fault are named, as far as they are few."""
        names = self.left_out
        parts = [f"{self.kept} of {len(self.steps)} kept"]
        for hint in (*REASONS, *(hint for hint in names if hint not in REASONS)):
            if hint in names:
                parts.append(_part(REASONS.get(hint, hint.value), names[hint], named=hint not in FINE))
        return "; ".join(parts) + "."


def _part(reason: str, names: list[str], *, named: bool) -> str:
    if not named:
        return f"{len(names)} {reason}"
    more = ", …" if len(names) > MOST_NAMED else ""
    return f"{len(names)} {reason}: {', '.join(names[:MOST_NAMED])}{more}"


def line_of(step: EnrollStep) -> Text:
    """Return `kept` or `not kept`, the picture's name, and what there is to say of it."""
    words = paint("kept      ", "green") if step.taken else paint("not kept  ", "yellow")
    words.append_text(paint(step.name))
    if step.text:
        words.append_text(paint(f"  ({step.text})"))
    return words
