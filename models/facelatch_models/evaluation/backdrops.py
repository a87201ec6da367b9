"""Made-up places without anybody: what is behind faces while learning, and alone to count false alarms on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Picture

SKIN: Final = np.array([[80, 110, 160], [110, 140, 200], [140, 170, 225], [60, 80, 120], [40, 55, 85]], np.float64)
"""Blue, green, red of the colours that a detector is most tempted by."""


def backdrop(random: np.random.Generator, width: int, height: int) -> Picture:
    """Return a scene without a face."""
    ground = GROUNDS[int(random.integers(len(GROUNDS)))](random, width, height)
    picture = np.clip(ground, 0, 255).astype(np.uint8)
    for _ in range(int(random.integers(0, 7))):
        THINGS[int(random.integers(len(THINGS)))](random, picture)
    if random.random() < 0.5:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 4)), np.uint8)
    return picture


def _colour(random: np.random.Generator) -> tuple[float, float, float]:
    """Return any colour, or one of skin, or a grey."""
    kind = random.random()
    if kind < 0.3:
        colour = SKIN[int(random.integers(len(SKIN)))] + random.normal(0, 15, 3)
    elif kind < 0.6:
        colour = np.full(3, random.uniform(0, 255)) + random.normal(0, 12, 3)
    else:
        colour = random.uniform(0, 255, 3)
    blue, green, red = np.clip(colour, 0, 255).tolist()
    return blue, green, red


def _smooth(random: np.random.Generator, width: int, height: int, cells: int) -> NDArray[np.float32]:
    """Return a field of colours that changes over about a `cells`-th of the picture."""
    coarse = random.uniform(0, 255, (cells, cells, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _light(random: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Return a wall that is lit from somewhere."""
    corners = np.array([_colour(random)] * 4).reshape(2, 2, 3) + random.normal(0, 35, (2, 2, 1))
    return np.asarray(cv2.resize(corners.astype(np.float32), (width, height)), np.float32)


def _texture(random: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Return detail at several sizes, as leaves, cloth or a shelf seen from afar have it."""
    made = _light(random, width, height)
    for cells in (6, 14, 40, 90):
        made += (_smooth(random, width, height, cells) - 127) * random.uniform(0, 0.5)
    return made


def _pattern(random: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Return stripes, checks or dots on a wall."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle, length = random.uniform(0, np.pi), random.uniform(6, 60)
    along = (columns * np.cos(angle) + rows * np.sin(angle)) * (2 * np.pi / length)
    across = (rows * np.cos(angle) - columns * np.sin(angle)) * (2 * np.pi / length / random.uniform(0.5, 2))
    wave = np.sin(along) if random.random() < 0.4 else np.sin(along) * np.sin(across)
    if random.random() < 0.5:
        wave = np.sign(wave - random.uniform(-0.5, 0.5))
    first, second = np.array(_colour(random), np.float32), np.array(_colour(random), np.float32)
    return np.asarray(first + (second - first) * ((wave[..., np.newaxis] + 1) / 2), np.float32)


def _box(random: np.random.Generator, picture: Picture) -> None:
    """Put in a door, a screen or a picture frame."""
    (x, y), (width, height) = _place(random, picture), random.uniform(0.05, 0.6, 2) * picture.shape[1::-1]
    thick = -1 if random.random() < 0.6 else int(random.integers(1, 8))
    cv2.rectangle(picture, (x, y), (x + int(width), y + int(height)), _colour(random), thick)


def _ellipse(random: np.random.Generator, picture: Picture) -> None:
    """Put in a ball, a lamp or a head without a face; sometimes with two dark spots, which do not make one."""
    centre = _place(random, picture)
    axes = random.uniform(0.02, 0.25, 2) * picture.shape[1]
    colour = _colour(random)
    cv2.ellipse(
        picture, centre, (int(axes[0]) + 1, int(axes[1]) + 1), random.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA
    )
    if random.random() < 0.3:
        for _ in range(2):
            spot = (int(centre[0] + random.normal(0, axes[0] / 2)), int(centre[1] + random.normal(0, axes[1] / 2)))
            cv2.circle(picture, spot, int(max(axes.min() * 0.15, 1)), _colour(random), -1, cv2.LINE_AA)


def _line(random: np.random.Generator, picture: Picture) -> None:
    """Put in a cable, an edge or a limb."""
    thick = int(random.integers(1, max(2, picture.shape[1] // 10)))
    cv2.line(picture, _place(random, picture), _place(random, picture), _colour(random), thick, cv2.LINE_AA)


def _place(random: np.random.Generator, picture: Picture) -> tuple[int, int]:
    return int(random.integers(-20, picture.shape[1])), int(random.integers(-20, picture.shape[0]))


GROUNDS: Final[tuple[Callable[[np.random.Generator, int, int], NDArray[np.float32]], ...]] = (
    _light,
    _texture,
    _pattern,
)
THINGS: Final[tuple[Callable[[np.random.Generator, Picture], None], ...]] = (_box, _ellipse, _line)
