"""The pictures of one enrolment. They are judged together, once all are there: whose comes first decides nothing.

What they show is kept in memory until then, they themselves are not. Pure, no input or output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Hint, Pose
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.yardstick import Yardstick
from facelatchd.selection import Candidate, Choice, Selection, Sheet, left_out
from facelatchd.shots import FEWEST_SHOTS, HINT_OF_VIEW, Kept, Shot, vector_of
from facelatchd.store import MOST_TEMPLATES

MOST_FROM_PICTURES: Final = 16
"""Templates from pictures. More add little (the mixture of evidence averages over them) and cost time at each look."""

BRIGHTEST: Final = 210.0
"""Mean luma of a face above which too much of it is white. 200 pictures of `lfw/train` made brighter, the cosine of
each with itself: median 0.95 at 165, 0.90 at 190, 0.81 at 207, 0.67 at 230; untouched they had 178 at most."""


class Album:
    """Chooses from the pictures of one enrolment.

    `known` are the templates of the face to be improved, shape (count, dimension). `like` names a picture that shows
    the person alone, for when it is not clear who is meant.
    """

    def __init__(self, yardstick: Yardstick, known: NDArray[np.float32] | None = None, like: str = "") -> None:
        self._yardstick = yardstick
        self._known = known
        self._like = like
        self._sheets: list[Sheet] = []
        self._dropped: frozenset[int] = frozenset()
        self._decided: tuple[int, Choice] | None = None
        """What becomes of the pictures, and how many these were: they are only added to."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The pictures so far, in the order in which they came."""
        return tuple(self._sheets)

    @property
    def usable(self) -> int:
        """How many of them could be kept, each taken by itself."""
        return sum(sheet.shot.taken for sheet in self._sheets)

    @property
    def wanted(self) -> int:
        """How many shots are kept at most."""
        return min(MOST_FROM_PICTURES, MOST_TEMPLATES - (0 if self._known is None else len(self._known)))

    @property
    def fewest(self) -> int:
        """How many shots can be stored; one is enough to improve a face."""
        return FEWEST_SHOTS if self._known is None else 1

    @property
    def decided(self) -> bool:
        """Whether it is known already what becomes of the pictures that there are."""
        return self._decided is not None and self._decided[0] == len(self._sheets)

    def decide(self) -> None:
        """Find out what becomes of the pictures that there are now; in a thread, too, while others are added.

        Raises `ValueError` for vectors of different lengths.
        """
        sheets = self.sheets
        selection = Selection(self._yardstick, self._known, self._like, self.wanted)
        self._decided = len(sheets), selection.choose(sheets)

    @property
    def choice(self) -> Choice:
        """What becomes of the pictures that there are; `decide` first where a loop must not wait for it."""
        if not self.decided:
            self.decide()
        assert self._decided is not None
        return self._decided[1]

    @property
    def kept(self) -> list[Kept]:
        """The shots that would be stored."""
        return [shot for shot in self.choice.kept if shot.number not in self._dropped]

    @property
    def enough(self) -> bool:
        """Whether what there is can be stored."""
        return len(self.kept) >= self.fewest

    @property
    def looks_alive(self) -> bool:
        """A picture is no living face: it is not asked."""
        return True

    @property
    def missing_poses(self) -> tuple[Pose, ...]:
        """Pictures are asked for no pose."""
        return ()

    @property
    def commonest_hint(self) -> str:
        """What kept most pictures from being shots; empty where nothing did."""
        missed = Counter(shot.text for shot in self.choice.shots if not shot.taken)
        return missed.most_common(1)[0][0] if missed else ""

    def add(self, observation: Observation, name: str = "") -> Shot:
        """Take in what a picture shows, and say what speaks against it by itself."""
        return self._take(self._sheet(observation, name))

    def refuse(self, text: str, name: str = "") -> Shot:
        """Note a picture that could not be looked at, and why."""
        return self._take(Sheet(name, Shot(taken=False, hint=Hint.BAD_PICTURE, text=text)))

    def drop(self, numbers: Collection[int]) -> None:
        """Take shots out again; raises `LookupError` for a number that no shot has."""
        if unknown := set(numbers) - {shot.number for shot in self.choice.kept}:
            raise LookupError(f"there is no shot {min(unknown)}")
        self._dropped = frozenset(numbers)

    def _take(self, sheet: Sheet) -> Shot:
        self._sheets.append(sheet)
        return sheet.shot

    def _sheet(self, observation: Observation, name: str) -> Sheet:
        if observation.view is View.CLEAR and observation.best is not None:
            faces: tuple[SeenFace, ...] = (observation.faces[observation.best],)
        elif observation.view is View.SEVERAL_FACES:
            faces = observation.faces
        else:
            return Sheet(name, left_out(HINT_OF_VIEW.get(observation.view, Hint.UNCLEAR)))
        number, crowd = len(self._sheets) + 1, len(faces) > 1
        faults = [_fault(face) for face in faces]
        usable = tuple(
            Candidate(number, name, face, vector_of(face))
            for face, fault in zip(faces, faults, strict=True)
            if fault is None
        )
        if not usable:
            return Sheet(name, left_out(Hint.ONE_FACE if crowd else faults[0] or Hint.UNCLEAR))
        return Sheet(name, _usable(crowd), usable, len(faces))


def _fault(face: SeenFace) -> Hint | None:
    """Return what speaks against a face by itself, None where nothing does."""
    if face.view is not View.CLEAR:
        return HINT_OF_VIEW[face.view]
    if face.embedding is None:
        return Hint.UNCLEAR
    return Hint.LESS_LIGHT if face.light > BRIGHTEST else None


def _usable(crowd: bool) -> Shot:
    """Return what is told of a picture that may be kept."""
    return Shot(True, Hint.ONE_FACE, "Several faces; one of them may be the person's.") if crowd else Shot(True)
