"""Whether the colour and the infrared camera of one device see the same face in the same place. Pure.

It may only deny. Against a screen it is strong: a screen shows nothing in infrared. Against a print it is weak, since
ink may look alike there; that is what the liveness network is for.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch_eye.messages import Observation, SeenFace, View
from facelatch_models.yardstick import Yardstick, combined

SAME_FACE: Final = 0.0
"""Evidence, in nats, from which the two frames show one face: likelier so than not. Not more, since an infrared picture
is unlike the colour pictures that the networks were made with; grey ones cost two true matches in a hundred."""

TOGETHER: Final = 0.2
"""Seconds between two frames that are compared: a lit infrared frame comes every 70 ms, a colour frame in dim light,
too; somebody who sits down moves by a fifth of a face meanwhile."""

ASIDE: Final = 0.75
"""Largest difference of a face's place, in its own width, from the middle of its frame. So measured, a place does not
depend on the field of view, and on the distance only by the parallax. A face's box is some 16 cm wide: two lenses up to
5 cm apart make a third of it, axes that differ by 4 degrees another third at 80 cm; the rest is the detector's."""

SCALE: Final = 2.2
"""Largest factor between a face's shares of the two frames' heights: vertical fields of view are 35 to 60 degrees,
which makes 1.83 (the tangents of their halves), and two boxes of one face may differ by a fifth."""

LATELY: Final = 48
"""Frames of the infrared camera that are remembered, some two seconds: who came before must not speak for who is there
now."""

FEWEST_PAIRS: Final = 3
"""Pairs of frames before the two may agree: one may be a slip."""

FEWEST_FRAMES: Final = 15
"""Infrared frames, with a face before the colour camera, before the lack of one means anything: half a second to a
second, since that camera, too, has to find its exposure."""

FEWEST_LIT: Final = 6
"""Infrared frames by which an emitter that lights every second one is known."""

LEAST_SEEN: Final = 0.25
"""Share of the infrared frames that must show the face. An emitter that lights every second frame makes it a half."""

MOST_PAIRS_APART: Final = 0.5
"""Share of the pairs in another place from which the two disagree."""

PULSE: Final = 1.5
"""Factor by which the face's place is brighter in the emitter's frames than in those without: at arm's length and
indoors it is 5 and more; daylight, which holds infrared, brings it to 1."""

STANDS_OUT: Final = 1.5
"""Factor by which a face is brighter than its whole frame where the light is constant. An emitter's light falls with
the square of the distance: a wall at twice the face's has a quarter, and a face that fills a quarter of the frame is
2.3 times as bright as the frame; daylight and lamps light both alike."""


class _Pair(msgspec.Struct, frozen=True):
    """An infrared frame held against the colour frame nearest to it in time."""

    evidence: float
    apart: bool

    @property
    def agrees(self) -> bool:
        return self.evidence >= SAME_FACE and not self.apart


class _Infrared(msgspec.Struct, frozen=True):
    """What is remembered of one infrared frame. `face`: whether it shows one at all, clear or not."""

    face: bool
    lit: float | None
    stands_out: bool
    pair: _Pair | None


class Agreement:
    """Compares the frames of the two cameras as they come."""

    def __init__(self, yardstick: Yardstick) -> None:
        self._yardstick = yardstick
        self._colour: Observation | None = None
        self._frames: deque[_Infrared] = deque(maxlen=LATELY)

    def add(self, observation: Observation) -> int | None:
        """Take one frame of either camera; return the number of the colour frame with which it agrees by itself.

        That is None for colour frames, and for infrared ones that agree with none.
        """
        if not observation.infrared:
            if _face_of(observation) is not None:
                self._colour = observation
            return None
        colour, face = self._colour, _face_of(observation)
        if colour is None or abs(observation.captured - colour.captured) > TOGETHER:
            return None
        pair = None if face is None else self._compare(colour, observation)
        stands_out = face is not None and face.light >= STANDS_OUT * max(observation.light, 1.0)
        self._frames.append(_Infrared(bool(observation.faces), observation.lit, stands_out, pair))
        return colour.sequence if pair is not None and pair.agrees else None

    def _compare(self, colour: Observation, infrared: Observation) -> _Pair:
        one, other = _face_of(colour), _face_of(infrared)
        assert one is not None, "a colour frame is kept only where it has a face"
        assert other is not None, "an infrared frame is compared only where it has a face"
        evidence = combined(self._yardstick.ratios(_vector(one), self._yardstick.hold(_vector(other)[np.newaxis])))
        return _Pair(evidence, _are_apart(colour, one, infrared, other))

    @property
    def agrees(self) -> bool | None:
        """Whether the cameras see one living face; None where too little was seen, or the emitter's light was not."""
        pairs = self._pairs
        if self._disagreement:
            return False
        if len(pairs) < FEWEST_PAIRS or not self._is_lit:
            return None
        return True

    @property
    def fault(self) -> str:
        """What keeps the two from agreeing, in words for the log; empty where nothing does."""
        if disagreement := self._disagreement:
            return disagreement
        if not self._frames:
            return "no frame came from the infrared camera while the other saw a face"
        if len(self._pairs) < FEWEST_PAIRS:
            return "too few frames of both cameras show a face at the same time"
        return "" if self._is_lit else "the light of the infrared emitter does not show in the picture"

    @property
    def _pairs(self) -> list[_Pair]:
        return [frame.pair for frame in self._frames if frame.pair is not None]

    @property
    def _disagreement(self) -> str:
        pairs = self._pairs
        if len(pairs) >= FEWEST_PAIRS:
            if sum(pair.apart for pair in pairs) / len(pairs) > MOST_PAIRS_APART:
                return "the infrared camera sees a face in another place"
            if math.fsum(pair.evidence for pair in pairs) / len(pairs) < SAME_FACE:
                return "the infrared camera sees another face"
        seen = sum(frame.face for frame in self._frames)
        if len(self._frames) >= FEWEST_FRAMES and seen < LEAST_SEEN * len(self._frames):
            return "the infrared camera sees no face where the other does"
        return ""

    @property
    def _is_lit(self) -> bool:
        """Whether the face is lit by the emitter: bright and dark in turn, or else brighter than what is around it."""
        return _is_pulsed(self._frames) or sum(frame.stands_out for frame in self._frames) >= FEWEST_PAIRS


def _face_of(observation: Observation) -> SeenFace | None:
    """Return the one clear face of a frame that can be compared."""
    if observation.view is not View.CLEAR or observation.best is None:
        return None
    face = observation.faces[observation.best]
    return face if face.embedding is not None else None


def _vector(face: SeenFace) -> NDArray[np.float32]:
    assert face.embedding is not None, "only faces with an embedding are compared"
    return np.frombuffer(face.embedding, dtype="<f4")


def _are_apart(colour: Observation, one: SeenFace, infrared: Observation, other: SeenFace) -> bool:
    """Whether two faces cannot be in the same place, as far as two lenses side by side can tell."""
    first, second = _place(colour, one), _place(infrared, other)
    aside = max(abs(first[0] - second[0]), abs(first[1] - second[1]))
    scale = first[2] / second[2]
    return not (aside <= ASIDE and 1 / SCALE <= scale <= SCALE)


def _place(observation: Observation, face: SeenFace) -> tuple[float, float, float]:
    """Return how far a face is from the middle of its frame, in its own width, and its share of the frame's height."""
    left, top, width, height = face.box
    size = max(width, 1.0)
    right_of = (left + width / 2 - observation.width / 2) / size
    below = (top + height / 2 - observation.height / 2) / size
    return right_of, below, max(height, 1.0) / observation.height


def _is_pulsed(frames: Sequence[_Infrared]) -> bool:
    """Whether the face's place is bright and dark in turn, and the face is seen where it is bright."""
    lit = [(frame.lit, frame.face) for frame in frames if frame.lit is not None]
    if len(lit) < FEWEST_LIT:
        return False
    levels = sorted(level for level, _face in lit)
    low, high = statistics.median(levels[: len(levels) // 2]), statistics.median(levels[len(levels) // 2 :])
    if not high >= PULSE * max(low, 1.0):
        return False
    bright = [level > (low + high) / 2 for level, _face in lit]
    changes = sum(one != other for one, other in pairwise(bright))
    seen = [is_bright for is_bright, (_level, face) in zip(bright, lit, strict=True) if face]
    return changes >= len(lit) / 3 and bool(seen) and sum(seen) > len(seen) / 2
