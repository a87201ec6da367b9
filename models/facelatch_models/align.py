"""Bringing a face to where a network expects it: by its five points, or by its box."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Face, Picture
from facelatch_models.pack import InputSpec

Matrix = NDArray[np.float64]
"""A map of the plane, shape (2, 3): column vectors (x, y, 1) are multiplied from the right."""


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> Matrix:
    """Return the rotation, scale and shift that take `source` to `target` (both (n, 2)) with least squared error.

    Never a reflection: a mirrored face is not the same face. S. Umeyama, "Least-squares estimation of transformation
    parameters between two point patterns", IEEE PAMI 13(4), 1991, equations 38 to 43.
    Raises ValueError where the points of `source` coincide.
    """
    source_mean, target_mean = source.mean(axis=0, dtype=np.float64), target.mean(axis=0, dtype=np.float64)
    source_spread, target_spread = source - source_mean, target - target_mean
    variance = (source_spread**2).sum() / len(source)
    if not variance > 0:
        raise ValueError("a similarity transform needs points that differ")
    left, singular, right = np.linalg.svd(target_spread.T @ source_spread / len(source))
    sign = np.array([1.0, 1.0 if _turns(left) == _turns(right) else -1.0])
    linear = (left * sign) @ right * ((singular * sign).sum() / variance)
    return np.column_stack((linear, target_mean - linear @ source_mean))


def _turns(matrix: Matrix) -> bool:
    """Return whether an orthogonal matrix of two rows is a rotation, and no reflection."""
    return bool(matrix[0, 0] * matrix[1, 1] >= matrix[0, 1] * matrix[1, 0])


def aligned(picture: Picture, points: NDArray[np.floating], spec: InputSpec) -> Picture:
    """Return the face cut out so that its five points lie at `spec.points`; black where the picture ends."""
    target = np.array(spec.points, np.float64) * (spec.width, spec.height)
    return np.asarray(
        cv2.warpAffine(picture, similarity(points, target), (spec.width, spec.height), flags=cv2.INTER_LINEAR), np.uint8
    )


def surroundings(picture: Picture, face: Face, spec: InputSpec) -> Picture:
    """Return the face's box grown by `spec.enlarge` about its centre, scaled to the network's size.

    As MiniFASNet was trained (minivision, Silent-Face-Anti-Spoofing): the box keeps its shape, grows no further than
    the picture is wide and high, and is pushed back inside where it would leave it. Nothing is padded, because a black
    margin would look like the edge of a print.
    """
    height, width = picture.shape[:2]
    x, y, box_width, box_height = face.box
    factor = min(spec.enlarge, (width - 1) / box_width, (height - 1) / box_height)
    left, right = _pushed_inside(x + box_width / 2, box_width * factor, width)
    top, bottom = _pushed_inside(y + box_height / 2, box_height * factor, height)
    return np.asarray(cv2.resize(picture[top : bottom + 1, left : right + 1], (spec.width, spec.height)), np.uint8)


def _pushed_inside(centre: float, length: float, limit: int) -> tuple[int, int]:
    """Return first and last pixel of a span of `length` about `centre`, shifted to lie in 0 to `limit` - 1."""
    first, last = centre - length / 2, centre + length / 2
    if first < 0:
        first, last = 0.0, last - first
    if last > limit - 1:
        first, last = first - (last - (limit - 1)), limit - 1.0
    return max(0, int(first)), min(limit - 1, int(last))
