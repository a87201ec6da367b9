"""The active challenge: whether a face did what it was asked to, when it was asked. Pure but for the drawing of lots.

A gesture is a change against the face's own position at rest, since five points cannot tell a lowered head from a long
nose (`facelatch_models.pose`). What is measured is how the nose, which stands out, moves before the plane of eyes and
mouth: a flat print that is waved or tilted has no such parallax. `tests/bench/gestures.py` has the figures.
"""

from __future__ import annotations

import enum
import math
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from facelatch.types import Gesture
from facelatch_eye.messages import Observation, SeenFace, View

TURN: Final = 15.0
"""Degrees of yaw by which a head is turned: six times the deviation with which one that is still slips from frame to
frame (2.5 degrees, 99 % within 7.7; pictures of `lfw/train`, shaken: `tests/bench/gestures.py`)."""

NOD: Final = 0.14
"""Drop of the nose before the face, in distances of the eyes, of a nod: a head bent by 13 degrees, and six times the
deviation of one that is still (0.024, 99 % within 0.077; as above)."""

FACE_HEIGHT: Final = 1.07
"""From the eyes down to the mouth, in distances of the eyes (`facelatch_models.pose`)."""

REST: Final = 0.5
"""Share of a gesture's size up to which a head is at rest: three deviations."""

FRONTAL: Final = 15.0
"""Degrees of yaw up to which a face at rest looks into the camera."""

SHUT: Final = 0.5
"""Share of their own opening at rest under which eyes are closed."""

SETTLED_FRAMES: Final = 3
SETTLED_SECONDS: Final = 0.2
"""What a head must be at rest for before it is asked: a movement that is under way already shall not be its answer."""

REACTION: Final = 0.2
"""Seconds within which nobody begins what he is asked: to see a light takes as long, and an instruction is read."""

PATIENCE: Final = 4.0
"""Seconds after which a gesture that was asked for is not waited for any longer."""

LONGEST: Final = 3.0
"""Seconds that one gesture may take, there and back."""

SHORTEST_BLINK: Final = 0.2
"""Seconds from the first frame with closed eyes to the last: by itself an eye is closed for about a tenth."""

LONGEST_GAP: Final = 0.5
"""Seconds that a face may be out of sight."""

OVERLAP: Final = 0.3
"""Intersection over union of a face's box with the one before: half a width aside is 0.33, half the size is 0.25."""

FOLLOWED: Final = (View.CLEAR, View.TURNED, View.BLURRED, View.EYES_CLOSED)
"""Views of a face that can be followed: a moving head is blurred, and turned in the middle of a turn."""


class Purpose(enum.Enum):
    """What gestures are asked for."""

    LIFE = "life"
    """To show that the face is no picture."""
    INTENT = "intent"
    """To approve what the face would open."""


class _Sight(msgspec.Struct, frozen=True):
    """What one frame says of the head. `time`: seconds since the camera opened."""

    time: float
    clear: bool
    box: tuple[float, float, float, float]
    turn: float
    drop: float
    eyes: float | None

    def differs(self, other: _Sight) -> bool:
        """Whether the head has moved from where it was."""
        return abs(self.turn - other.turn) > REST * TURN or abs(self.drop - other.drop) > REST * NOD


def draw(count: int, eyes: bool) -> tuple[Gesture, ...]:
    """Return so many different gestures, drawn by lot; a blink only where the pack can tell `eyes`.

    Raises `ValueError` where there are not as many.
    """
    choice = [gesture for gesture in Gesture if eyes or gesture is not Gesture.BLINK]
    if not 1 <= count <= len(choice):
        raise ValueError(f"{count} gestures: expected 1 to {len(choice)}")
    return tuple(secrets.SystemRandom().sample(choice, count))


class Challenge:
    """Recognises gestures in the observations of one face, one after the other.

    A face must settle before each, and is then asked: `wanted`. One that does something else, is lost or jumps
    meanwhile has spoiled the challenge for good, since whoever may try again may play one recording after another.
    """

    def __init__(self, gestures: Sequence[Gesture], purpose: Purpose = Purpose.LIFE) -> None:
        """Take the gestures in the order in which they are asked for; raises `ValueError` for none."""
        if not gestures:
            raise ValueError("a challenge needs at least one gesture")
        self.purpose = purpose
        self.spoiled = False
        self.begun = False
        """Whether anything was asked for yet."""
        self._left = list(gestures)
        self._run: list[_Sight] = []
        """Frames with the head at rest, until it is asked."""
        self._rest: _Sight | None = None
        self._asked = 0.0
        self._moved: list[_Sight] = []
        self._last: _Sight | None = None
        self._delay = math.inf

    @property
    def met(self) -> bool:
        """Whether all gestures were shown, in order."""
        return not self._left

    @property
    def wanted(self) -> Gesture | None:
        """The gesture to be shown now; None until the face has settled, and when all is over."""
        return self._left[0] if self._rest is not None and not self.spoiled else None

    @property
    def running(self) -> bool:
        """Whether something was asked for, and the challenge may still be met."""
        return self.begun and not self.met and not self.spoiled

    @property
    def moving(self) -> bool:
        """Whether the head has left its place of rest."""
        return bool(self._moved)

    def add(self, observation: Observation, elapsed: float) -> None:
        """Take one frame into account; `elapsed` is seconds since the camera opened, when the judge had the frame.

        A frame that waited on its way shows what was before: its time is when it was captured, by the shortest way
        that any frame had.
        """
        if self.met or self.spoiled:
            return
        self._delay = min(self._delay, elapsed - observation.captured)
        time = observation.captured + self._delay
        sight = _sight_of(observation, time)
        if self._last is not None and self._is_lost(self._last, sight, time):
            self._last = None
            self.spoiled = self.begun
            self._unsettle()
        if sight is None:
            return
        self._last = sight
        if self._rest is None:
            self._settle(sight, elapsed)
        else:
            self._follow(sight, self._rest)

    def _is_lost(self, last: _Sight, sight: _Sight | None, time: float) -> bool:
        return time - last.time > LONGEST_GAP or (sight is not None and _overlap(last.box, sight.box) < OVERLAP)

    def _unsettle(self) -> None:
        self._run, self._rest, self._moved = [], None, []

    def _settle(self, sight: _Sight, elapsed: float) -> None:
        """Ask for the next gesture as soon as the head was at rest for long enough."""
        if not sight.clear or abs(sight.turn) > FRONTAL:
            self._run = []
            return
        if self._run and sight.differs(self._run[0]):
            self._run = []
        self._run.append(sight)
        if len(self._run) >= SETTLED_FRAMES and sight.time - self._run[0].time >= SETTLED_SECONDS:
            self._rest = _middle(self._run)
            self._asked = elapsed
            self.begun = True

    def _follow(self, sight: _Sight, rest: _Sight) -> None:
        away = sight.differs(rest) or (self.wanted is Gesture.BLINK and _are_shut(sight, rest))
        if away and not self._moved and sight.time - self._asked < REACTION:
            self._unsettle()
        elif away:
            self._moved.append(sight)
            self.spoiled = sight.time - self._moved[0].time > LONGEST
        elif self._moved:
            self._conclude(rest)
        else:
            self.spoiled = sight.time - self._asked > PATIENCE

    def _conclude(self, rest: _Sight) -> None:
        """Judge a movement that is over: one that is too small to be a gesture is none."""
        shown = _gesture_in(self._moved, rest)
        if shown is None and self._left[0] is Gesture.BLINK and _blinked(self._moved, rest):
            shown = Gesture.BLINK
        self._moved = []
        if shown is self._left[0]:
            del self._left[0]
            self._unsettle()
        elif shown is not None:
            self.spoiled = True


def _sight_of(observation: Observation, time: float) -> _Sight | None:
    """Return what a frame says of the head; None where it has no face, several, or one that cannot be followed."""
    if observation.view not in FOLLOWED or not observation.faces:
        return None
    face = observation.faces[observation.best or 0]
    drop = nose_drop(face)
    if drop is None:
        return None
    eyes = None if face.eyes is None else max(face.eyes)
    return _Sight(time, observation.view is View.CLEAR, face.box, face.yaw, drop, eyes)


def nose_drop(face: SeenFace) -> float | None:
    """Return how far the nose is below the middle of eyes and mouth, along the face, in distances of the eyes.

    It grows by 0.64 times the sine of the angle by which a head is bent, and is much the same on a flat print however
    it is held. The height of the face stands in for the distance of the eyes where a turn makes that shorter. None
    where the eyes coincide.
    """
    right_eye, left_eye, nose, right_mouth, left_mouth = np.asarray(face.landmarks, np.float64)
    across = left_eye - right_eye
    distance = float(np.hypot(*across))
    if not distance > 0:
        return None
    down = np.array([-across[1], across[0]]) / distance
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    return float((nose - (eyes + mouth) / 2) @ down) / max(distance, float((mouth - eyes) @ down) / FACE_HEIGHT)


def _middle(run: Sequence[_Sight]) -> _Sight:
    """Return the position at rest: the median of what was seen."""
    eyes = [sight.eyes for sight in run if sight.eyes is not None]
    return msgspec.structs.replace(
        run[-1],
        turn=float(np.median([sight.turn for sight in run])),
        drop=float(np.median([sight.drop for sight in run])),
        eyes=float(np.median(eyes)) if eyes else None,
    )


def _gesture_in(moved: Sequence[_Sight], rest: _Sight) -> Gesture | None:
    """Return the gesture of the head that a movement was, by its largest part; None where it was none.

    The second largest of all frames counts, so that one frame's slip is no gesture.
    """
    if len(moved) < 2:
        return None
    sizes = {
        Gesture.TURN_LEFT: sorted((sight.turn - rest.turn) / TURN for sight in moved)[-2],
        Gesture.TURN_RIGHT: sorted((rest.turn - sight.turn) / TURN for sight in moved)[-2],
        Gesture.NOD: sorted((sight.drop - rest.drop) / NOD for sight in moved)[-2],
    }
    largest = max(sizes, key=lambda gesture: sizes[gesture])
    return largest if sizes[largest] >= 1 else None


def _are_shut(sight: _Sight, rest: _Sight) -> bool:
    return sight.eyes is not None and rest.eyes is not None and sight.eyes < SHUT * rest.eyes


def _blinked(moved: Sequence[_Sight], rest: _Sight) -> bool:
    times = [sight.time for sight in moved if _are_shut(sight, rest)]
    return len(times) >= 2 and times[-1] - times[0] >= SHORTEST_BLINK


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Return the intersection over union of two boxes (x, y, width, height)."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    union = one[2] * one[3] + other[2] * other[3] - common
    return common / union if union > 0 else 0.0
