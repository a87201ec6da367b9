"""What became of the pictures that were sent for an enrolment, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject

from facelatch.types import EnrollStep, Hint
from facelatch_gui import words

MOST_NAMED: Final = 6
"""Pictures that are named for one reason; a hundred file names are read by nobody."""

COUNTED: Final = (Hint.ALIKE, Hint.ENOUGH)
"""What is no fault of the picture's: these are counted, not named."""


class Report(QObject):
    """Tells of the pictures that were not kept. (A `QObject`, since lupdate finds plural forms in `tr` alone.)"""

    def __init__(self, steps: Iterable[EnrollStep]) -> None:
        super().__init__()
        self._names: dict[tuple[Hint, str], list[str]] = {}
        for step in steps:
            if not step.taken:
                hint = step.hint or Hint.UNCLEAR
                person = step.text if hint is Hint.UNDECIDED else ""
                self._names.setdefault((hint, person), []).append(step.name)

    @property
    def lines(self) -> list[str]:
        """A line for each reason, those with a fault first; where it is not clear who is meant, one for each person."""
        people = sorted(person for hint, person in self._names if hint is Hint.UNDECIDED)
        lines = []
        for hint, person in sorted(self._names, key=lambda key: (key[0] in COUNTED, key[1])):
            reason = words.picture_hint(hint)
            if len(people) > 1 and hint is Hint.UNDECIDED:
                reason = self.tr("Person {number}").format(number=people.index(person) + 1)
            pictures = self._shown(self._names[hint, person], named=hint not in COUNTED)
            lines.append(self.tr("{reason}: {pictures}").format(reason=reason, pictures=pictures))
        return lines

    def _shown(self, names: list[str], *, named: bool) -> str:
        if not named:
            return self.tr("%n pictures", "", len(names))
        first = ", ".join(names[:MOST_NAMED])
        if len(names) <= MOST_NAMED:
            return first
        return self.tr("{names} and %n more", "", len(names) - MOST_NAMED).format(names=first)
