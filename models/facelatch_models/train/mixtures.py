"""Faces that nobody has: endless mixtures of aligned ones, for a teacher to label.

Where a teacher says what each picture's vector is, no picture needs a name, and one that shows nobody teaches as much
as one that shows somebody (L. Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", CVPR
2022: distillation is function matching). What limits a student is the variety of faces it sees.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Picture

SIDE: Final = 96
"""Pixels of the side of an aligned face that is mixed."""

LAYOUT: Final = ((0.3156, 0.4616), (0.6827, 0.4616), (0.5003, 0.6405), (0.3495, 0.8247), (0.6534, 0.8247))
"""Where an aligned face has its five points, as fractions of the side."""

Mask = NDArray[np.float32]


class Region(enum.Enum):
    """What of the second face is put into the first."""

    HALF = enum.auto()
    LEVEL = enum.auto()
    EYES = enum.auto()
    NOSE = enum.auto()
    MOUTH = enum.auto()


_REGIONS: Final = tuple(Region)
_ROWS, _COLUMNS = (axis.astype(np.float32) for axis in np.mgrid[:SIDE, :SIDE])


class Mixer:
    """Draws mixtures from sets of aligned faces; the same seed draws the same ones."""

    def __init__(self, sets: Sequence[NDArray[np.uint8]], weights: Sequence[float]) -> None:
        """Take sets of faces, (n, SIDE, SIDE, 3), and how often each set is drawn from.

        Raises ValueError where a set has another shape or is empty, or a weight is not above 0.
        """
        for faces, weight in zip(sets, weights, strict=True):
            if not len(faces) or faces.shape[1:] != (SIDE, SIDE, 3) or not weight > 0:
                raise ValueError(f"expected faces of {SIDE}x{SIDE} and a weight above 0: {faces.shape}, {weight}")
        self._sets = sets
        self._shares = np.cumsum(weights) / np.sum(weights)

    def draw(self, random: np.random.Generator) -> Picture:
        """Return one mixture: 45 % swaps of a region, 35 % blends, 20 % one face alone, then warped and lit.

        A third of the swaps and blends get a region of a third face: the fewer people there are, the more they have to
        be mixed, or the student knows them better than strangers.
        """
        face, kind = self._face(random), random.random()
        if kind >= 0.80:
            return lit(warped(face, random), random)
        if kind < 0.45:
            face = self._swapped(face, random)
        else:
            face = cv2.addWeighted(face, share := random.uniform(0.25, 0.75), self._face(random), 1 - share, 0)
        if random.random() < 0.35:
            face = self._swapped(face, random)
        return lit(warped(face, random), random)

    def _swapped(self, face: Picture, random: np.random.Generator) -> Picture:
        return swapped(face, self._face(random), region_mask(random), match=random.random() < 0.6)

    def _face(self, random: np.random.Generator) -> Picture:
        faces = self._sets[int(np.searchsorted(self._shares, random.random(), "right"))]
        face = faces[random.integers(len(faces))]
        return np.ascontiguousarray(face[:, ::-1] if random.random() < 0.5 else face)


def region_mask(random: np.random.Generator) -> Mask:
    """Return a random region, (SIDE, SIDE) in [0, 1], with a soft edge of 3 to 8 pixels."""
    region = _REGIONS[random.integers(len(_REGIONS))]
    if region is Region.HALF:
        mask = SIDE * random.uniform(0.42, 0.58) > _COLUMNS
    elif region is Region.LEVEL:
        mask = SIDE * random.uniform(0.40, 0.75) > _ROWS
    elif region is Region.EYES:
        mask = np.abs(_ROWS - SIDE * random.uniform(0.43, 0.49)) < SIDE * random.uniform(0.08, 0.16)
    elif region is Region.NOSE:
        mask = _ellipse(0.60, random.uniform(0.10, 0.17), random.uniform(0.12, 0.20))
    else:
        mask = _ellipse(0.82, random.uniform(0.20, 0.30), random.uniform(0.08, 0.14))
    if random.random() < 0.5:
        mask = ~mask
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), random.uniform(3, 8)), np.float32)


def swapped(first: Picture, second: Picture, mask: Mask, *, match: bool) -> Picture:
    """Return `first` with `second` where the mask is 1; `match` gives `second` the colours of `first`."""
    base, other = first.astype(np.float32), second.astype(np.float32)
    if match:
        (mean, spread), (other_mean, other_spread) = (_colours(face) for face in (base, other))
        other = (other - other_mean) * np.clip(spread / other_spread, 0.5, 2.0) + mean
    return np.clip(base + (other - base) * mask[..., np.newaxis], 0, 255).astype(np.uint8)


def warped(face: Picture, random: np.random.Generator) -> Picture:
    """Return the face turned by up to 6 degrees, scaled by up to 10 % in each axis and, in 70 %, smoothly bent."""
    angle = np.deg2rad(random.uniform(-6, 6))
    across, down = random.uniform(0.9, 1.1, 2)
    centre = (SIDE - 1) / 2
    x, y = _COLUMNS - centre, _ROWS - centre
    columns = (np.cos(angle) * x - np.sin(angle) * y) / across + centre + random.uniform(-2, 2)
    rows = (np.sin(angle) * x + np.cos(angle) * y) / down + centre + random.uniform(-2, 2)
    if random.random() < 0.7:
        field = random.normal(0, random.uniform(0.7, 2.8), (4, 4, 2)).astype(np.float32)
        bend = cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        columns, rows = columns + bend[..., 0], rows + bend[..., 1]
    moved = cv2.remap(
        face, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)


def lit(face: Picture, random: np.random.Generator) -> Picture:
    """Return the face in another light (gain 0.7 to 1.25, offset 20 levels), in 15 % blurred, in 10 % without colour.

    The channels differ by up to 12 % in a fifth (white balance).
    """
    gain = random.uniform(0.7, 1.25) * (random.uniform(0.88, 1.12, 3) if random.random() < 0.2 else 1.0)
    if random.random() < 0.10:
        face = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if random.random() < 0.15:
        face = cv2.GaussianBlur(face, (0, 0), random.uniform(0.5, 1.6))
    return np.asarray(np.clip(face * gain + random.uniform(-20, 20), 0, 255), np.uint8)


def _ellipse(row: float, width: float, height: float) -> NDArray[np.bool_]:
    x, y = (_COLUMNS / SIDE - 0.5) / width, (_ROWS / SIDE - row) / height
    return np.asarray(x * x + y * y < 1, np.bool_)


def _colours(face: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and spread of each channel over the middle of a face, where there is no background."""
    middle = face[SIDE // 4 :, SIDE // 5 : -SIDE // 5].reshape(-1, 3)
    return middle.mean(axis=0), middle.std(axis=0) + 1
