"""Faces that are five coloured dots, and a detector that finds them to a hundredth of a pixel."""

from __future__ import annotations

import cv2
import numpy as np

from facelatch_models.face import Face, Picture

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255))
PLACES = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
"""Of the five points in the face's box."""


def dotted(side: int, box: tuple[int, int, int, int], radius: int = 4) -> Picture:
    """Return a black picture with a face that fills a box (x, y, width, height)."""
    picture = np.zeros((side, side, 3), np.uint8)
    x, y, width, height = box
    for (across, down), colour in zip(PLACES, COLOURS, strict=True):
        cv2.circle(picture, (round(x + across * width), round(y + down * height)), radius, colour, -1)
    return picture


class Dots:
    """Finds the one face there is. `shift`: pixels by which its points are off to the right; `blind`: sees nobody."""

    def __init__(self, shift: float = 0.0, *, blind: bool = False) -> None:
        self._shift, self._blind = shift, blind

    def detect(self, picture: Picture) -> list[Face]:
        points = dots(picture)
        if points is None or self._blind:
            return []
        if points[0, 0] > points[1, 0]:  # a mirrored face: its right eye is what was its left one
            points = points[[1, 0, 2, 4, 3]]
        across, down = points[1, 0] - points[0, 0], points[3, 1] - points[0, 1]
        width, height = across / 0.4, down / 0.4
        box = (points[2, 0] - 0.5 * width, points[2, 1] - 0.6 * height, width, height)
        return [Face(box, points + np.float32((self._shift, 0)), 0.9)]


def dots(picture: Picture) -> np.ndarray | None:
    """Return the middles of the five dots, counted from the picture's edge, None where one is missing."""
    places = []
    for colour in COLOURS:
        weight = np.clip(1 - np.abs(picture.astype(np.float32) - colour).max(axis=2) / 128, 0, None)
        if weight.sum() < 1:
            return None
        rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
        places.append(((columns * weight).sum() / weight.sum() + 0.5, (rows * weight).sum() / weight.sum() + 0.5))
    return np.array(places, np.float32)
