"""Whom pictures show, which of them are kept, and what speaks against each of the others. Pure, no input or output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Hint, Reason
from facelatch_eye.messages import SeenFace
from facelatch_models.yardstick import Yardstick, combined
from facelatchd.grouping import distinct, groups_of, spread
from facelatchd.shots import SAME_FACE, Kept, Shot, pose_of

RIVAL: Final = 0.5
"""Share of the largest group of pictures from which another one leaves it open whom the folder is about."""

COHESION: Final = 0.4
"""Share of the mean evidence among a person's pictures that another one must have with them to be the person's. On
`lfw/train` (254 people with at least 4 pictures, `open` pack) 0.4 took no more of the person's own for another's than
none at all (2.4 %), 0.5 took 3.1 %, 0.6 took 6.0 %. In NUAA, whose pictures of one person are much alike, 0.4 kept out
the look-alikes that passed `SAME_FACE`. `tests.bench.pictures` has the figures."""

SHARP: Final = 0.05
"""Sharpness from which more is not better: 95 % of good pictures have it (`facelatch_models.quality`)."""

NEAR: Final = 80.0
"""Width of a face, in pixels, from which more is not better."""

LIT: Final = 60.0
"""Mean luma of a face from which more is not better, and as far below white from which less is not."""

MOST_NAMED: Final = 3
"""Pictures that are named for each of several people."""

TEXTS: Final = {
    Hint.UNCOVER: "Nothing but a cover to be seen.",
    Hint.MORE_LIGHT: "The face is too dark.",
    Hint.LESS_LIGHT: "The face is too bright.",
    Hint.NO_FACE: "No face to be seen.",
    Hint.ONE_FACE: "Several faces, and it is not clear which one is meant.",
    Hint.CLOSER: "The face is too small.",
    Hint.HOLD_STILL: "The face is blurred.",
    Hint.LESS_TURNED: "The face is turned too far to the side.",
    Hint.OPEN_EYES: "The eyes are closed.",
    Hint.UNCLEAR: "Nothing to be seen clearly.",
    Hint.ANOTHER_FACE: "Another person, as far as can be told.",
    Hint.UNDECIDED: "One of several people, and it is not clear who is meant.",
    Hint.ALIKE: "Too much like another picture.",
    Hint.ENOUGH: "Adds little to those that are kept.",
}
"""What the hints say of a picture, in English; before a camera they tell the person what to do instead."""


STRANGER_TO_FACE: Final = "Not the person of that face, as far as can be told."
"""What is said instead of another person where a face is to be improved."""


class Candidate(msgspec.Struct, frozen=True, eq=False):
    """A face that could be kept, and the picture it is in. `vector`: shape (dimension,), float32, length 1."""

    number: int
    name: str
    face: SeenFace
    vector: NDArray[np.float32]

    @property
    def worth(self) -> float:
        """How good it is to be had, in (0, 1]."""
        face = self.face
        light = min(1.0, face.light / LIT, (255.0 - face.light) / LIT)
        turned = float(np.cos(np.radians(face.yaw)) * np.cos(np.radians(face.pitch)))
        return max(1e-3, min(1.0, face.sharpness / SHARP) * min(1.0, face.box[2] / NEAR) * light * turned)

    @property
    def content(self) -> tuple[bytes, float]:
        """What it is sorted by where the order in which pictures came must not count."""
        return self.vector.tobytes(), self.worth


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """One picture: what can be said of it by itself, and the faces of which one could be kept, of so many in it."""

    name: str
    shot: Shot
    candidates: tuple[Candidate, ...] = ()
    faces: int = 0

    @property
    def alone(self) -> bool:
        """Whether it shows one person, whom it then is about."""
        return self.faces == 1


class Choice(msgspec.Struct, frozen=True, eq=False):
    """What became of each picture, in their order; `trouble` and `reason` say why it could not be decided."""

    kept: tuple[Kept, ...]
    shots: tuple[Shot, ...]
    trouble: str = ""
    reason: Reason = Reason.UNCLEAR


def left_out(hint: Hint, text: str = "") -> Shot:
    """Return what is told of a picture that is not kept."""
    return Shot(taken=False, hint=hint, text=text or TEXTS[hint])


class Undecided(Exception):
    """It is not clear whom the pictures are about; the text says why, `people` are the groups in question."""

    def __init__(self, reason: Reason, text: str, people: Sequence[Sequence[Candidate]] = ()) -> None:
        super().__init__(text)
        self.reason = reason
        self.people = people


class Selection:
    """The rules by which pictures are chosen; arguments as in `Album`, at most `wanted` are kept."""

    def __init__(self, yardstick: Yardstick, known: NDArray[np.float32] | None, like: str, wanted: int) -> None:
        self._yardstick = yardstick
        self._known = known
        self._like = like
        self._wanted = wanted

    def choose(self, sheets: Sequence[Sheet]) -> Choice:
        """Return what becomes of the pictures; raises `ValueError` for vectors of different lengths."""
        told = {number: sheet.shot for number, sheet in enumerate(sheets, 1)}
        alone = sorted((sheet.candidates[0] for sheet in sheets if sheet.alone), key=lambda one: one.content)
        originals, copies = _without_copies(alone, self._yardstick.copies_from)
        try:
            person = self._person(originals, alone)
        except Undecided as undecided:
            hint = Hint.ANOTHER_FACE if undecided.people else Hint.UNDECIDED
            told |= {one.number: left_out(hint) for one in alone}
            told |= _whom(undecided.people, copies)
            told |= {number: left_out(Hint.ONE_FACE) for number, sheet in enumerate(sheets, 1) if sheet.faces > 1}
            return Choice((), tuple(told.values()), str(undecided), undecided.reason)
        ours = {one.number for one in person}
        for one in alone:
            original = copies.get(one.number, one)
            if original.number not in ours:
                told[one.number] = left_out(Hint.ANOTHER_FACE, "" if self._known is None else STRANGER_TO_FACE)
            elif original is not one:
                told[one.number] = left_out(Hint.ALIKE, f"Too much like {original.name}.")
        found, verdicts = self._among_others(sheets, person)
        told |= verdicts
        chosen, verdicts = self._spread([*person, *found])
        told |= verdicts
        kept = (Kept(one.number, one.vector, one.face, pose_of(one.face), name=one.name) for one in chosen)
        return Choice(tuple(sorted(kept, key=lambda one: one.number)), tuple(told.values()))

    def _person(self, originals: Sequence[Candidate], alone: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the candidates that show whom the pictures are about; raises `Undecided`."""
        if self._known is not None:
            return [originals[index] for index in self._known_among(originals)]
        if not originals:
            return []
        groups = groups_of(self._evidence(originals, originals), SAME_FACE, COHESION)
        people = [[originals[index] for index in group] for group in groups]
        if self._like:
            return self._named(people, alone)
        rivals = [group for group in people if len(group) > RIVAL * len(people[0])]
        if len(rivals) > 1 and len(people[0]) == 1:
            text = "no two of the pictures show the same person, as far as can be told; nothing is stored"
            raise Undecided(Reason.SEVERAL_FACES, text)
        if len(rivals) > 1:
            rivals.sort(key=lambda group: (-len(group), min(one.number for one in group)))
            raise Undecided(Reason.SEVERAL_FACES, _of_several(rivals), rivals)
        return people[0]

    def _named(self, people: Sequence[Sequence[Candidate]], alone: Sequence[Candidate]) -> Sequence[Candidate]:
        """Return the group of the picture that was named; raises `Undecided` where that says nothing."""
        pictures = [one for one in alone if one.name == self._like]
        if not pictures:
            text = f"{self._like!r} is none of the pictures that show one person clearly"
            raise Undecided(Reason.BAD_REQUEST, f"{text}; nothing is stored")
        groups = [group for group in people if any(self._same(one, other) for other in group for one in pictures)]
        if len(groups) != 1:
            raise Undecided(Reason.BAD_REQUEST, f"the pictures named {self._like!r} show different people", groups)
        return groups[0]

    def _among_others(
        self, sheets: Sequence[Sheet], person: Sequence[Candidate]
    ) -> tuple[list[Candidate], dict[int, Shot]]:
        """Return the person's face in each picture of several where exactly one is, and what is told of these."""
        found, told = [], {}
        crowds = [(number, sheet) for number, sheet in enumerate(sheets, 1) if sheet.faces > 1 and sheet.shot.taken]
        faces = [one for _number, sheet in crowds for one in sheet.candidates]
        ours = {id(faces[index]) for index in self._belonging(faces, person)}
        for number, sheet in crowds:
            fitting = [one for one in sheet.candidates if id(one) in ours]
            if len(fitting) == 1:
                found += fitting
                told[number] = Shot(taken=True, hint=Hint.ONE_FACE, text=f"One of the {sheet.faces} faces in it.")
            elif fitting or not person:
                told[number] = left_out(Hint.ONE_FACE)
            else:
                told[number] = left_out(Hint.ANOTHER_FACE, f"None of the {sheet.faces} faces in it is the person's.")
        return found, told

    def _spread(self, pool: Sequence[Candidate]) -> tuple[list[Candidate], dict[int, Shot]]:
        """Return what is kept of the person's pictures, and what is told of the others."""
        if not pool:
            return [], {}
        pool = sorted(pool, key=lambda one: one.content)
        vectors = np.stack([one.vector for one in pool])
        known = np.empty((0, vectors.shape[1]), np.float32) if self._known is None else self._known
        worths = np.array([one.worth for one in pool])
        there = len(known)
        stands_for = distinct(
            np.concatenate((known, vectors)),
            np.concatenate((np.full(there, np.inf), worths)),
            self._yardstick.copies_from,
        )
        told = {}
        for index, one in enumerate(pool):
            original = stands_for[there + index]
            if original < there:
                told[one.number] = left_out(Hint.ALIKE, "Too much like what the face has already.")
            elif original != there + index:
                told[one.number] = left_out(Hint.ALIKE, f"Too much like {pool[original - there].name}.")
        left = [index for index, one in enumerate(pool) if one.number not in told]
        chosen = [pool[left[index]] for index in spread(vectors[left], worths[left], self._wanted, known)]
        numbers = {one.number for one in chosen}
        told |= {pool[index].number: left_out(Hint.ENOUGH) for index in left if pool[index].number not in numbers}
        return chosen, told

    def _belonging(self, faces: Sequence[Candidate], person: Sequence[Candidate]) -> set[int]:
        """Return the indices of those faces that are the person's."""
        if self._known is not None:
            return set(self._known_among(faces))
        if not person or not faces:
            return set()
        within = self._evidence(person, person)[np.triu_indices(len(person), 1)]
        wanted = max(SAME_FACE, COHESION * float(within.mean())) if within.size else SAME_FACE
        return set(np.flatnonzero(self._evidence(faces, person).mean(axis=1) >= wanted).tolist())

    def _same(self, one: Candidate, other: Candidate) -> bool:
        return one.number == other.number or float(one.vector @ other.vector) > self._yardstick.copies_from

    def _known_among(self, faces: Sequence[Candidate]) -> list[int]:
        """Return the indices of the faces that are the one to be improved."""
        if not faces:
            return []
        assert self._known is not None
        yardstick = self._yardstick
        vectors = np.stack([one.vector for one in faces])
        ratios = yardstick.all_ratios(yardstick.hold(vectors), yardstick.hold(self._known))
        return [index for index, with_known in enumerate(ratios) if combined(with_known) >= SAME_FACE]

    def _evidence(self, some: Sequence[Candidate], others: Sequence[Candidate]) -> NDArray[np.float64]:
        """Return the evidence, in nats, that each of some shows the same person as each of others."""
        yardstick = self._yardstick
        held = [yardstick.hold(np.stack([one.vector for one in group])) for group in (some, others)]
        return yardstick.all_ratios(*held)


def _without_copies(alone: Sequence[Candidate], alike: float) -> tuple[list[Candidate], dict[int, Candidate]]:
    """Return the candidates without those that are too much like a better one, and these with what they are like.

    A picture and its copies count once: with twenty copies of his picture, a stranger is not the person.
    """
    if not alone:
        return [], {}
    stands_for = distinct(np.stack([one.vector for one in alone]), np.array([one.worth for one in alone]), alike)
    originals = [alone[index] for index, original in sorted(stands_for.items()) if index == original]
    copies = {alone[index].number: alone[original] for index, original in stands_for.items() if index != original}
    return originals, copies


def _whom(people: Sequence[Sequence[Candidate]], copies: dict[int, Candidate]) -> dict[int, Shot]:
    """Return what is told of pictures of which each may be the person's; the groups have numbers."""
    group_of = {one.number: number for number, group in enumerate(people, 1) for one in group}
    group_of |= {copy: group_of[one.number] for copy, one in copies.items() if one.number in group_of}
    return {
        picture: left_out(Hint.UNDECIDED, f"Person {number} of {len(people)}, and it is not clear who is meant.")
        for picture, number in group_of.items()
    }


def _of_several(people: Iterable[Sequence[Candidate]]) -> str:
    shown = []
    for group in people:
        names = sorted(one.name for one in group)
        more = ", …" if len(names) > MOST_NAMED else ""
        shown.append(f"one in {len(group)} ({', '.join(names[:MOST_NAMED])}{more})")
    return (
        f"the pictures show several people, {' and '.join(shown)}; nothing is stored. "
        "Leave the others' out, or say with one picture of the person alone who is meant"
    )
