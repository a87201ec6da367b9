"""Which shots of a face are kept at an enrolment, and what the person is told meanwhile. Pure, no input or output."""

from __future__ import annotations

import enum
from collections import Counter
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.pack import Calibration
from facelatchd.evidence import frame_evidence

FEWEST_SHOTS: Final = 3
STRAIGHT_SHOTS: Final = 4
TOO_ALIKE: Final = 0.985
"""Cosine above which a shot adds nothing to one already kept."""

LENIENCE: Final = 0.5
"""Share of the liveness threshold that an enrolment asks for. Whoever enrols was let in by other means, so only what
is clearly a picture is refused: one of nine people, alive, had a mean of 0.48 in a session; a login asks for 0.5."""

TURN: Final = 12.0
"""Degrees of yaw or pitch from which a head counts as turned."""


class Pose(enum.Enum):
    """Where a head points; the value is what the person is asked to do."""

    STRAIGHT = "Look straight at the camera."
    LEFT = "Turn your head a little to the left."
    RIGHT = "Turn your head a little to the right."
    UP = "Raise your chin a little."
    DOWN = "Lower your chin a little."

    @classmethod
    def of(cls, face: SeenFace) -> Pose:
        """Return where a face points, by its larger angle."""
        if max(abs(face.yaw), abs(face.pitch)) < TURN:
            return cls.STRAIGHT
        if abs(face.yaw) >= abs(face.pitch):
            return cls.LEFT if face.yaw > 0 else cls.RIGHT
        return cls.UP if face.pitch > 0 else cls.DOWN


WANTED: Final = {Pose.STRAIGHT: STRAIGHT_SHOTS, Pose.LEFT: 1, Pose.RIGHT: 1, Pose.UP: 1, Pose.DOWN: 1}

HINTS: Final = {
    View.DARK: "More light, please.",
    View.NO_FACE: "No face to be seen.",
    View.SEVERAL_FACES: "Only one face, please.",
    View.FAR: "Come closer.",
    View.BLURRED: "Hold still.",
    View.TURNED: "Not so far to the side.",
}


class Shot(msgspec.Struct, frozen=True):
    """Whether an observation became a template, and what to tell the person."""

    taken: bool
    hint: str


class Shots:
    """Chooses the shots of one enrolment.

    Heads are asked to turn, and each pose has its share; with `most`, shots are taken from pictures as they come.
    """

    def __init__(self, calibration: Calibration, live_threshold: float | None, *, most: int | None = None) -> None:
        self._calibration = calibration
        self._live_threshold = live_threshold
        self._most = most
        self._poses: Counter[Pose] = Counter()
        self._live: list[float] = []
        self._hints: Counter[str] = Counter()
        self.kept: list[NDArray[np.float32]] = []

    @property
    def _posed(self) -> bool:
        return self._most is None

    @property
    def wanted(self) -> int:
        """How many shots make the enrolment complete."""
        return sum(WANTED.values()) if self._most is None else self._most

    @property
    def complete(self) -> bool:
        """Whether nothing more is wanted."""
        return len(self.kept) >= self.wanted

    @property
    def enough(self) -> bool:
        """Whether what there is can be stored."""
        return len(self.kept) >= FEWEST_SHOTS

    @property
    def looks_alive(self) -> bool:
        """Whether the shots are of a living face, as far as the pack can tell; where it can, its silence is a no."""
        if self._live_threshold is None:
            return True
        return bool(self._live) and sum(self._live) / len(self._live) >= self._live_threshold * LENIENCE

    @property
    def commonest_hint(self) -> str:
        """What kept most frames from being a shot; empty where nothing did."""
        return self._hints.most_common(1)[0][0] if self._hints else ""

    @property
    def missing_poses(self) -> tuple[Pose, ...]:
        """The poses that were asked for and never shown."""
        return tuple(pose for pose in WANTED if not self._poses[pose]) if self._posed else ()

    def refuse(self, hint: str) -> Shot:
        """Note a shot that could not be taken, and why."""
        self._hints[hint] += 1
        return Shot(False, hint)

    def add(self, observation: Observation) -> Shot:
        """Keep the observation's face, or say why not."""
        shot = self._judge(observation)
        return shot if shot.taken else self.refuse(shot.hint)

    def _judge(self, observation: Observation) -> Shot:
        if observation.view is not View.CLEAR or observation.best is None:
            return Shot(False, HINTS.get(observation.view, "Nothing to be seen clearly."))
        if self.complete:
            return Shot(False, "There are enough shots already.")
        face = observation.faces[observation.best]
        if face.embedding is None:
            return Shot(False, "Nothing to be seen clearly.")
        if face.live is not None:
            self._live.append(face.live)
        vector = np.frombuffer(face.embedding, dtype="<f4")
        pose = Pose.of(face)
        if self._posed and self._poses[pose] >= WANTED[pose]:
            return Shot(False, self._next_hint())
        if self.kept:
            cosines = np.stack(self.kept) @ vector
            if frame_evidence(cosines, self._calibration.slope, self._calibration.intercept) < 0:
                return Shot(False, "This is not the same face as before.")
            if float(cosines.max()) > TOO_ALIKE:
                return Shot(False, self._next_hint() if self._posed else "Adds nothing to a picture kept before.")
        self.kept.append(vector)
        self._poses[pose] += 1
        return Shot(True, self._next_hint())

    def _next_hint(self) -> str:
        if not self._posed:
            return ""
        return next((pose.value for pose, count in WANTED.items() if self._poses[pose] < count), "That is all.")
