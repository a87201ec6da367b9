"""Which aligned faces are probably of one person: figures on pictures of people who were learnt from are too good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Embedder, Face
from facelatch_models.train.mixtures import LAYOUT, SIDE

ALIKE: Final = 0.6
"""Cosine above which two pictures are taken for the same person's: the starter's embedder gives fewer than one pair in
100,000 of two people (on `lfw/dev`) more than 0.57. Of children it gives many more, so that few of them count as
strangers."""

FACE: Final = Face((0.0, 0.0, float(SIDE), float(SIDE)), np.array(LAYOUT, np.float32) * SIDE, 1.0)
"""The face of a picture that is aligned already."""

_ROWS: Final = 1024


def vectors_of(
    faces: NDArray[np.uint8], embedder: Embedder, progress: Callable[[int, int], None] | None = None
) -> NDArray[np.float32]:
    """Return the vectors, (n, dimension), of aligned faces, (n, SIDE, SIDE, 3); raises `NetworkFailed`."""
    found = np.zeros((len(faces), embedder.dimension), np.float32)
    for index, face in enumerate(faces):
        found[index] = embedder.embed(face, FACE)
        if progress:
            progress(index + 1, len(faces))
    return found


def nearest(vectors: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return, for each vector, its highest cosine with any of the others, (n,); -1 where there are none."""
    if not len(others):
        return np.full(len(vectors), -1, np.float32)
    parts = [(vectors[begin : begin + _ROWS] @ others.T).max(axis=1) for begin in range(0, len(vectors), _ROWS)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
