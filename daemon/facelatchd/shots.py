"""Which shots of a face are kept at an enrolment, and what the person is told meanwhile. Pure, no input or output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Hint, Pose
from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.yardstick import Yardstick, combined
from facelatchd.store import MOST_TEMPLATES

FEWEST_SHOTS: Final = 3
STRAIGHT_SHOTS: Final = 4
ANCHORS: Final = 3
"""Shots at the beginning that all others are compared with. Later ones must not vouch for each other: one shot of a
stranger's that slipped in would let all his others in."""

SAME_FACE: Final = 6.9
"""Evidence, in nats, from which a shot shows the same face: odds of a thousand to one. Measured on the 72 pairs of
NUAA's nine people, one before the camera after the other: shots of the second got in with 17 pairs at 0 nats, with 5 at
4.6, with 2 at 7 (two people whom the `open` pack takes for each other at a login); the owners' own had 9.2 or more.
"""

STRANGERS: Final = 5
"""Frames in a row with another face after which an enrolment from a camera ends: somebody else sits there."""

TURN: Final = 12.0
"""Degrees of yaw or pitch from which a head counts as turned."""


def pose_of(face: SeenFace) -> Pose:
    """Return where a face points, by its larger angle."""
    if max(abs(face.yaw), abs(face.pitch)) < TURN:
        return Pose.STRAIGHT
    if abs(face.yaw) >= abs(face.pitch):
        return Pose.LEFT if face.yaw > 0 else Pose.RIGHT
    return Pose.UP if face.pitch > 0 else Pose.DOWN


WANTED: Final = {Pose.STRAIGHT: STRAIGHT_SHOTS, Pose.LEFT: 1, Pose.RIGHT: 1, Pose.UP: 1, Pose.DOWN: 1}

HINT_OF_VIEW: Final = {
    View.COVERED: Hint.UNCOVER,
    View.DARK: Hint.MORE_LIGHT,
    View.NO_FACE: Hint.NO_FACE,
    View.SEVERAL_FACES: Hint.ONE_FACE,
    View.FAR: Hint.CLOSER,
    View.BLURRED: Hint.HOLD_STILL,
    View.TURNED: Hint.LESS_TURNED,
    View.EYES_CLOSED: Hint.OPEN_EYES,
}

TEXTS: Final = {
    Hint.STRAIGHT: "Look straight at the camera.",
    Hint.LEFT: "Turn your head a little to the left.",
    Hint.RIGHT: "Turn your head a little to the right.",
    Hint.UP: "Raise your chin a little.",
    Hint.DOWN: "Lower your chin a little.",
    Hint.UNCOVER: "The camera is covered.",
    Hint.MORE_LIGHT: "More light, please.",
    Hint.NO_FACE: "No face to be seen.",
    Hint.ONE_FACE: "Only one face, please.",
    Hint.CLOSER: "Come closer.",
    Hint.HOLD_STILL: "Hold still.",
    Hint.LESS_TURNED: "Not so far to the side.",
    Hint.OPEN_EYES: "Open your eyes.",
    Hint.UNCLEAR: "Nothing to be seen clearly.",
    Hint.ANOTHER_FACE: "This is not the same face as before.",
    Hint.ENOUGH: "There are enough shots already.",
    Hint.DONE: "That is all.",
}
"""What the hints are in English before a camera; the window has its own words for them, pictures too (`selection`)."""


class Shot(msgspec.Struct, frozen=True):
    """Whether an observation became a template, and what to tell the person."""

    taken: bool
    hint: Hint | None = None
    text: str = ""


class Kept(msgspec.Struct, frozen=True, eq=False):
    """One shot that was kept. `vector`: shape (dimension,), float32, length 1; `picture`: JPEG, or empty."""

    number: int
    vector: NDArray[np.float32]
    face: SeenFace
    pose: Pose
    picture: bytes = b""
    name: str = ""


class Shots:
    """Chooses the shots of one enrolment before a camera.

    Heads are asked to turn, and each pose has its share. `known` are the templates of the face to be improved, shape
    (count, dimension): shots must show the same face, and add something.
    """

    def __init__(
        self,
        yardstick: Yardstick,
        live_threshold: float | None,
        known: NDArray[np.float32] | None = None,
    ) -> None:
        self._yardstick = yardstick
        self._live_threshold = live_threshold
        self._known = [] if known is None else list(known)
        self._live: list[float] = []
        self._strangers = 0
        self._hints: Counter[str] = Counter()
        self.kept: list[Kept] = []

    @property
    def wanted(self) -> int:
        """How many shots make the enrolment complete."""
        return min(sum(WANTED.values()), MOST_TEMPLATES - len(self._known))

    @property
    def fewest(self) -> int:
        """How many shots can be stored; one is enough to improve a face."""
        return 1 if self._known else FEWEST_SHOTS

    @property
    def complete(self) -> bool:
        """Whether nothing more is wanted."""
        return len(self.kept) >= self.wanted

    @property
    def enough(self) -> bool:
        """Whether what there is can be stored."""
        return len(self.kept) >= self.fewest

    @property
    def looks_alive(self) -> bool:
        """Whether the shots are of a living face, as far as the pack can tell; where it can, its silence is a no."""
        if self._live_threshold is None:
            return True
        return bool(self._live) and sum(self._live) / len(self._live) >= self._live_threshold

    @property
    def commonest_hint(self) -> str:
        """What kept most frames from being a shot; empty where nothing did."""
        return self._hints.most_common(1)[0][0] if self._hints else ""

    @property
    def _poses(self) -> Counter[Pose]:
        """How many shots there are of each pose."""
        return Counter(shot.pose for shot in self.kept)

    @property
    def covered(self) -> tuple[Pose, ...]:
        """The poses of which there are shots enough."""
        return tuple(pose for pose, count in WANTED.items() if self._poses[pose] >= count)

    @property
    def missing_poses(self) -> tuple[Pose, ...]:
        """The poses that were asked for and of which there is no shot."""
        return tuple(pose for pose in WANTED if not self._poses[pose])

    @property
    def of_somebody_else(self) -> bool:
        """Whether somebody else than at the beginning sits there."""
        return self._strangers >= STRANGERS

    def drop(self, numbers: Collection[int]) -> None:
        """Take shots out again; raises `LookupError` for a number that no shot has."""
        if unknown := set(numbers) - {shot.number for shot in self.kept}:
            raise LookupError(f"there is no shot {min(unknown)}")
        self.kept = [shot for shot in self.kept if shot.number not in numbers]

    def add(self, observation: Observation, picture: bytes = b"") -> Shot:
        """Keep the observation's face, or say why not; `picture` is kept with it."""
        hint = self._fault(observation)
        if hint is not None:
            shot = Shot(False, hint, TEXTS[hint])
            self._hints[shot.text] += 1
            return shot
        assert observation.best is not None
        face = observation.faces[observation.best]
        pose = pose_of(face)
        self.kept.append(Kept(self._next_number(), vector_of(face), face, pose, picture))
        hint = self._next_hint()
        return Shot(True, hint, TEXTS[hint])

    def _fault(self, observation: Observation) -> Hint | None:
        """Return why an observation is no shot to keep, None where it is one."""
        if observation.view is not View.CLEAR or observation.best is None:
            return HINT_OF_VIEW.get(observation.view, Hint.UNCLEAR)
        if self.complete:
            return Hint.ENOUGH
        face = observation.faces[observation.best]
        if face.embedding is None:
            return Hint.UNCLEAR
        if face.live is not None:
            self._live.append(face.live)
        vector = vector_of(face)
        if not self._is_same_face(vector):
            self._strangers += 1
            return Hint.ANOTHER_FACE
        self._strangers = 0
        pose = pose_of(face)
        if self._poses[pose] >= WANTED[pose] or self._adds_nothing(vector):
            return self._next_hint()
        return None

    def _is_same_face(self, vector: NDArray[np.float32]) -> bool:
        anchors = self._known or [shot.vector for shot in self.kept[:ANCHORS]]
        if not anchors:
            return True
        ratios = self._yardstick.ratios(vector, self._yardstick.hold(np.stack(anchors)))
        return combined(ratios) >= SAME_FACE

    def _adds_nothing(self, vector: NDArray[np.float32]) -> bool:
        others = [*self._known, *(shot.vector for shot in self.kept)]
        return bool(others) and float((np.stack(others) @ vector).max()) > self._yardstick.copies_from

    def _next_number(self) -> int:
        return self.kept[-1].number + 1 if self.kept else 1

    def _next_hint(self) -> Hint:
        missing = (Hint(pose.value) for pose, count in WANTED.items() if self._poses[pose] < count)
        return next(missing, Hint.DONE)


def vector_of(face: SeenFace) -> NDArray[np.float32]:
    """Return the face's embedding, which it must have: shape (dimension,), float32, length 1."""
    assert face.embedding is not None
    return np.frombuffer(face.embedding, dtype="<f4")
