"""What a camera does to a scene: light, colour, blur, noise, compression."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Picture


def weathered(picture: Picture, random: np.random.Generator) -> Picture:
    """Return a scene as some webcam would deliver it; a sixth are grey, as infrared cameras are."""
    made = _lit(picture.astype(np.float32), random)
    if random.random() < 0.3:
        made = _blurred(made, random)
    if random.random() < 0.15:
        made = np.repeat(made.mean(axis=2, keepdims=True), 3, axis=2)
    if random.random() < 0.4:
        made = made + _noise(random, made.shape[0]) * random.gamma(1.5, 3)
    result = np.clip(made, 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        quality = int(random.integers(30, 95))
        result = np.asarray(
            cv2.imdecode(cv2.imencode(".jpg", result, (cv2.IMWRITE_JPEG_QUALITY, quality))[1], cv2.IMREAD_COLOR),
            np.uint8,
        )
    return result


def _lit(values: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Return it brighter or darker, flatter or harder, warmer or colder, lit from a side."""
    if random.random() < 0.7:
        gain = random.uniform(0.5, 1.35) * np.exp(random.normal(0, 0.06, 3))
        values = np.asarray(values * gain + random.normal(0, 15), np.float32)
    if random.random() < 0.2:
        values = np.asarray(255 * (np.clip(values, 0, 255) / 255) ** random.uniform(0.5, 1.8), np.float32)
    if random.random() < 0.25:
        height, width = values.shape[:2]
        field = cv2.resize(random.uniform(0.35, 1.3, (2, 2)).astype(np.float32), (width, height))
        values = values * field[..., np.newaxis]
    return np.asarray(values, np.float32)


def _blurred(values: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Return it out of focus, in motion, or from a sensor of few pixels."""
    kind = random.random()
    if kind < 0.4:
        made = cv2.GaussianBlur(values, (0, 0), random.uniform(0.4, 1.8))
    elif kind < 0.7:
        made = cv2.blur(values, (int(random.integers(1, 6)), int(random.integers(1, 4))))
    else:
        height, width = values.shape[:2]
        share = random.uniform(0.4, 0.9)
        few = cv2.resize(values, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
        made = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(made, np.float32)


@functools.cache
def _tile() -> NDArray[np.float32]:
    """Return noise to cut from: drawing it anew would take as long as all else."""
    return np.random.default_rng(0).normal(0, 1, (1024, 1024, 3)).astype(np.float32)


def _noise(random: np.random.Generator, side: int) -> NDArray[np.float32]:
    row, column = (int(value) for value in random.integers(0, 1024 - side, 2))
    return _tile()[row : row + side, column : column + side]
