"""Whether a face is bright, near and sharp enough to be worth embedding.

The bounds were set on 200 pictures of `lfw/train`, by what a fault does to the cosine between a picture and itself made
worse (face-reidentification-retail-0095, YuNet at 320); they name the fault to the person, they do not decide anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Face, Picture

DARKEST: Final = 20.0
"""Mean luma of a face. With a sensor's noise of 2 levels added, the median cosine was 0.95 at 37, 0.92 at 25, 0.88 at
19, 0.80 at 12; below 8 the detector found 15 % of the faces."""

SMALLEST: Final = 32.0
"""Width of the box in pixels. Median cosine 0.97 at 47, 0.96 at 38, 0.91 at 28, 0.86 at 23, 0.75 at 19."""

LEAST_SHARP: Final = 0.010
"""Sharpness. Untouched pictures: 0.054 (5th percentile) to 0.26. Blurred with a deviation of 0.06 eye distances: median
0.015, cosine 0.89; of 0.10 eye distances: 0.008, cosine 0.59."""

LEAST_STRUCTURE: Final = 0.08
"""Structure of a frame, under which nothing but a cover is seen.

Made-up covers with a sensor's noise of up to 8 levels, 60 of each, have in 95 of 100 frames at most: a black shutter
0.09, one that leaks light 0.11, a grey one 0.05, a sticker 0.02, a lit thumb 0.08. Of 144 pictures of `lfw/train` the
plainest has 0.16; made darker, with noise, none lies under the bound at a luma of 6, 1 % at 5, 2 % at 4, 27 % at 3,
where a cover and the dark cannot be told apart."""

_SIDE: Final = 96

_BLOCKS: Final = 16
_FINE: Final = 4 * _BLOCKS
_LEAST_LIGHT: Final = 12.0

_ACROSS, _DOWN = (axis.ravel() for axis in np.meshgrid(*[np.linspace(-1, 1, _BLOCKS)] * 2))
_SMOOTH: Final = np.stack(
    (np.ones_like(_ACROSS), _ACROSS, _DOWN, _ACROSS**2, _ACROSS * _DOWN, _DOWN**2), axis=1
)  # fmt: skip
_ROUGH: Final = np.eye(_BLOCKS**2) - _SMOOTH @ np.linalg.pinv(_SMOOTH)
"""Takes the blocks of a picture to what is left of them without the parabola that fits them best."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a face is to be had.

    light: mean luma of the face, 0 to 255. sharpness: see `sharpness_of`, about 0 to 1. size: width of the box, pixels.
    """

    light: float
    sharpness: float
    size: float

    @property
    def dark(self) -> bool:
        """Whether the face is too dark."""
        return self.light < DARKEST

    @property
    def far(self) -> bool:
        """Whether the face is too small."""
        return self.size < SMALLEST

    @property
    def blurred(self) -> bool:
        """Whether the face is not sharp enough."""
        return self.sharpness < LEAST_SHARP


def quality_of(picture: Picture, face: Face) -> Quality:
    """Return how good a face is to be had; of the part of its box that lies in the picture."""
    height, width = picture.shape[:2]
    x, y, box_width, box_height = face.box
    left, top = (min(max(0, int(start)), length - 1) for start, length in ((x, width), (y, height)))
    right, bottom = max(left + 1, int(x + box_width)), max(top + 1, int(y + box_height))
    grey = np.asarray(cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY), np.uint8)
    return Quality(light=float(grey.mean()), sharpness=sharpness_of(grey), size=box_width)


def light_of(picture: Picture) -> float:
    """Return the mean luma of a frame, 0 to 255 (ITU-R BT.601 weights)."""
    blue, green, red, _ = cv2.mean(picture)
    return float(0.114 * blue + 0.587 * green + 0.299 * red)


def structure_of(picture: Picture) -> float:
    """Return how much there is to see in a frame: the spread of its 16x16 blocks over its light, 0.0 for a plain one.

    A cover shows light that falls off smoothly, and a sensor's noise, of which a block's mean is nearly free: the
    spread is that of the three colours about the parabolas that fit the blocks best. A room keeps its share of
    structure however dark it is. Below a luma of 12 the light counts as 12, because the noise has no share to be
    compared with.
    """
    fine = np.asarray(cv2.resize(picture, (_FINE, _FINE), interpolation=cv2.INTER_AREA), np.float64)
    blocks = fine.reshape(_BLOCKS, 4, _BLOCKS, 4, 3).mean(axis=(1, 3)).reshape(_BLOCKS**2, 3)  # finer: OpenCV rounds
    spread = math.sqrt(((_ROUGH @ blocks) ** 2).mean())
    return spread / max(light_of(picture), _LEAST_LIGHT)


def sharpness_of(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian over the variance of the luma, of a face scaled to 96 pixels.

    The variance of the Laplacian is the usual measure (J. Pech-Pacheco et al., "Diatom autofocusing in brightfield
    microscopy", ICPR 2000). The fixed size takes the distance out of it, the division takes out light and contrast: at
    0.4 of the light the one falls to a sixth, the quotient stays. 0.0 for a face of one tone.
    """
    scale = _SIDE / max(grey.shape)
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    face = np.asarray(cv2.resize(grey, size, interpolation=way), np.float32)
    contrast = float(face.var())
    return float(cv2.Laplacian(face, cv2.CV_32F).var()) / contrast if contrast > 1e-3 else 0.0
