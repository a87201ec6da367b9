"""Vectors of nobody: drawn from a distribution fitted to many people's, so that a pack holds nobody's template.

A mixture of Gaussians: people are put into groups by likeness, each group has its mean, all share the covariance within
groups. A group's mean is of `FEWEST` people at least, and says of each of them about what it says of the others.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import Gallery, GalleryError
from facelatch_models.scale import Cohort

COUNT: Final = 256
NEAREST: Final = 12
GROUPS: Final = 24
FEWEST: Final = 20
"""People of a group; smaller groups go to the nearest other."""

_ROUNDS: Final = 30


def draw_cohort(gallery: Gallery, count: int = COUNT, seed: int = 1) -> NDArray[np.float16]:
    """Return vectors, (count, dimension), like those of the gallery's people, one picture of each person.

    Raises `GalleryError` for fewer than `GROUPS * FEWEST` people.
    """
    acquired = np.flatnonzero(gallery.acquired)
    firsts = acquired[np.unique(gallery.people[acquired], return_index=True)[1]]
    vectors = gallery.vectors[firsts].astype(np.float64)
    if len(vectors) < GROUPS * FEWEST:
        raise GalleryError(f"{gallery.folder}: {len(vectors)} people are too few to draw a cohort like them")
    random = np.random.default_rng(seed)
    means, group = _grouped(vectors, random)
    spread = np.cov((vectors - means[group]).T)
    drawn = random.choice(group, count)
    made = means[drawn] + random.multivariate_normal(np.zeros(vectors.shape[1]), spread, count, method="eigh")
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), "<f2")


def entry(cohort: NDArray[np.float16]) -> Cohort:
    """Return what a manifest says of a cohort's file."""
    content = cohort.tobytes()
    checksum = hashlib.sha256(content).hexdigest()
    return Cohort(
        name=f"cohort-{checksum[:8]}.f16",
        sha256=checksum,
        bytes=len(content),
        count=len(cohort),
        nearest=min(NEAREST, len(cohort)),
    )


def _grouped(
    vectors: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the means of the groups and the group of each vector (spherical k-means; small groups dissolved)."""
    centres = vectors[random.choice(len(vectors), GROUPS, replace=False)]
    for _ in range(_ROUNDS):
        group = np.argmax(vectors @ centres.T, axis=1)
        kept = np.flatnonzero(np.bincount(group, minlength=len(centres)) >= FEWEST)
        group = np.argmax(vectors @ centres[kept].T, axis=1)
        centres = np.stack([vectors[group == number].mean(axis=0) for number in range(len(kept))])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    means = np.stack([vectors[group == number].mean(axis=0) for number in range(len(centres))])
    return means, np.asarray(group, np.int64)
