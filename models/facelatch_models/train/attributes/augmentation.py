"""The same face as another camera, another detector or another day would show it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.labelled import shuffled
from facelatch_models.face import Picture
from facelatch_models.train.attributes.network import SIDE
from facelatch_models.train.mixtures import SIDE as ALIGNED
from facelatch_models.train.mixtures import lit

CLOTHS: Final = ((240, 240, 240), (225, 205, 170), (215, 215, 150), (30, 30, 30), (70, 65, 60), (120, 80, 50))
"""Colours of masks, blue-green-red: white, surgical blue and green, black, grey, navy."""

_DOWN, _ACROSS = np.mgrid[:ALIGNED, :ALIGNED] / ALIGNED


def shown(face: Picture, random: np.random.Generator) -> Picture:
    """Return an aligned face in the network's size: moved, relit, half of the time mirrored, at times coarse or noisy.

    Turned by 6 degrees, scaled by 6 % and shifted by 2 % (standard deviations): by so much two detectors' points
    differ.
    """
    size = SIDE / ALIGNED * np.exp(random.normal(0, 0.06))
    turn = cv2.getRotationMatrix2D((ALIGNED / 2, ALIGNED / 2), random.normal(0, 6), size)
    turn[0] *= np.exp(random.normal(0, 0.04))
    turn[:, 2] = SIDE / 2 - turn[:, :2] @ (ALIGNED / 2, ALIGNED / 2) + random.normal(0, 0.02 * SIDE, 2)
    if random.random() < 0.5:
        turn[0] = -turn[0] + (0, 0, SIDE)
    border = cv2.BORDER_REPLICATE if random.random() < 0.7 else cv2.BORDER_CONSTANT
    if random.random() < 0.2:
        face = _coarse(face, random)
    moved = np.asarray(cv2.warpAffine(face, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)
    if random.random() < 0.15:
        moved = _covered(moved, random)
    found = lit(moved, random)
    if random.random() < 0.2:
        noise = random.normal(0, random.uniform(2, 10), found.shape)
        found = np.clip(found + noise, 0, 255).astype(np.uint8)
    return found


def masked(face: Picture, random: np.random.Generator) -> Picture:
    """Return an aligned face with a mask drawn over nose, mouth and chin, in a random colour with folds and shade."""
    top, side = random.uniform(0.53, 0.64), random.uniform(0.53, 0.68)
    left, right = random.uniform(0.12, 0.24), random.uniform(0.76, 0.88)
    middle = random.uniform(0.46, 0.54)
    outline = np.array(
        [
            (left, side), ((left + middle) / 2, (top + side) / 2 - 0.02), (middle, top),
            ((right + middle) / 2, (top + side) / 2 - 0.02), (right, side), (right - 0.03, 0.9),
            (0.66, random.uniform(1.0, 1.15)), (0.34, random.uniform(1.0, 1.15)), (left + 0.03, 0.9),
        ]
    )  # fmt: skip
    cover = np.zeros((ALIGNED, ALIGNED), np.float32)
    cv2.fillPoly(cover, [np.asarray(outline * ALIGNED * 16, np.int32)], 1.0, cv2.LINE_AA, 4)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), random.uniform(0.4, 1.2)), np.float32)
    colour = np.array(CLOTHS[random.integers(len(CLOTHS))]) + random.normal(0, 20, 3)
    if random.random() < 0.2:
        colour = random.uniform(0, 255, 3)
    folds = random.uniform(0, 12) * np.sin(2 * np.pi * (_DOWN * random.uniform(4, 12) + random.random()))
    shade = 1 - random.uniform(0, 0.5) * np.abs(_ACROSS - random.uniform(0.3, 0.7))
    light = random.uniform(0.55, 1.0) if random.random() < 0.5 else 1.0
    cloth = (colour * light + folds[..., np.newaxis]) * shade[..., np.newaxis]
    return np.asarray(np.clip(face + (cloth - face) * cover[..., np.newaxis], 0, 255), np.uint8)


def faceless(face: Picture, random: np.random.Generator) -> Picture:
    """Return a picture of the network's size that shows no face to be judged, made of one that does.

    Shuffled tiles, a small part enlarged, the face upside down, or noise.
    """
    kind = random.random()
    if kind < 0.35:
        return lit(_small(shuffled(face, random)), random)
    if kind < 0.7:
        size = int(random.integers(16, 36))
        x, y = random.integers(0, ALIGNED - size, 2)
        return lit(_small(face[y : y + size, x : x + size]), random)
    if kind < 0.85:
        return lit(_small(face[::-1]), random)
    cells = int(random.integers(2, SIDE))
    noise = random.normal(random.uniform(0, 255), random.uniform(0, 90), (cells, cells, 3))
    return _small(np.clip(noise, 0, 255).astype(np.uint8))


def _coarse(face: Picture, random: np.random.Generator) -> Picture:
    """Return the face as if it had been taken from afar."""
    size = int(random.integers(24, 64))
    small = cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (ALIGNED, ALIGNED), interpolation=cv2.INTER_LINEAR), np.uint8)


def _covered(face: Picture, random: np.random.Generator) -> Picture:
    """Return the face with something before a part of it that is no mask."""
    width, height = random.integers(SIDE // 10, SIDE // 3, 2)
    x, y = random.integers(0, SIDE - width), random.integers(0, SIDE - height)
    covered: NDArray[np.uint8] = face.copy()
    covered[y : y + height, x : x + width] = random.integers(0, 256, 3)
    return covered


def _small(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
