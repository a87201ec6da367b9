"""What an infrared camera's emitter does, as its last frames tell: it lights what is near, in many cameras every other
frame. The networks are for the frames that it lights; of the dark ones it is enough to know how dark they are.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from facelatch_eye.camera import Shot
from facelatch_models.face import Picture
from facelatch_models.quality import light_of

Box = tuple[float, float, float, float]

REMEMBERED: Final = 8
"""Frames that may still be asked for: a quarter of a second, which is longer than the networks take for one."""

PULSE: Final = 1.5
"""Factor between the brightest and the darkest of the frames remembered from which some of them count as unlit. Indoors
an emitter makes it 5 and more; what changes by less is the room, or the camera's exposure."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A frame of an infrared camera. light: its mean luma, 0 to 255. lit: that of the last face's place."""

    shot: Shot
    light: float
    lit: float | None


class Emitter:
    """Keeps the last frames of one infrared camera, and tells those that its emitter lit from those that it did not."""

    def __init__(self) -> None:
        self._place: Box | None = None
        self._glimpses: deque[Glimpse] = deque(maxlen=REMEMBERED)
        self._told: dict[bool, float] = {}

    def add(self, shot: Shot) -> None:
        """Take a frame."""
        self._glimpses.append(Glimpse(shot, light_of(shot.picture), self.lit(shot.picture)))

    def saw(self, box: Box) -> None:
        """Note where a face is: x, y, width and height in pixels."""
        self._place = box

    def lit(self, picture: Picture) -> float | None:
        """Return the mean luma of the place where a face was seen last; None where there is no such place in it."""
        if self._place is None:
            return None
        left, top, width, height = (round(number) for number in self._place)
        part = picture[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
        return light_of(part) if part.size else None

    def nearest(self, captured: float) -> list[tuple[Glimpse, bool]]:
        """Return the lit and the unlit frame nearest in time to `captured`, of those newer than what was told of.

        In the order of capture; the flag says that it is a lit one. Where the light does not pulse, all are lit.
        """
        glimpses = list(self._glimpses)  # the camera's thread goes on adding
        levels = _levels(glimpses)
        middle = _middle(levels)
        chosen: list[tuple[Glimpse, bool]] = []
        for lit in (True, False):
            told = self._told.get(lit, float("-inf"))
            those = [
                glimpse
                for glimpse, level in zip(glimpses, levels, strict=True)
                if (level >= middle) is lit and glimpse.shot.captured > told
            ]
            if those:
                glimpse = min(those, key=lambda each: abs(each.shot.captured - captured))
                self._told[lit] = glimpse.shot.captured
                chosen.append((glimpse, lit))
        return sorted(chosen, key=lambda each: each[0].shot.captured)


def _levels(glimpses: list[Glimpse]) -> list[float]:
    """Return how bright the frames are: where the face is, once that is known in all of them."""
    lit = [glimpse.lit for glimpse in glimpses if glimpse.lit is not None]
    return lit if len(lit) == len(glimpses) else [glimpse.light for glimpse in glimpses]


def _middle(levels: list[float]) -> float:
    """Return the level that parts lit frames from unlit ones; 0 where there is nothing to be parted."""
    if not levels or max(levels) < PULSE * max(min(levels), 1.0):
        return 0.0
    return (max(levels) + min(levels)) / 2
