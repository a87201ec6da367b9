"""What a cosine is worth as evidence, by a pack's calibration: the one place of this, for judge and figures.

Some vectors lie where many people's lie, and have high cosines with strangers. How crowded it is around a vector is
told by the pack's cohort: the mean cosine with the nearest of it. The mean of this for probe and template is taken from
their cosine (adaptive normalisation of both sides, without the division by deviations of the usual "S-norm": on LFW
that division lost true matches at false match rates of 1e-5 and below; docs/evaluation.md has the figures).

Imports NumPy and the manifest, no network: the judge works with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from facelatch_models.pack import Pack, PackDamaged
from facelatch_models.scale import Calibration

COPY: Final = 0.022
"""Share of the way from a cosine of 1 to that of even odds within which two vectors are copies: 0.985 with `open`."""

_ROWS: Final = 4096
"""Vectors that are held against the cohort at a time: 8 MB of cosines with a cohort of 512."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Vectors ready to be compared, and how crowded it is around each.

    vectors: (n, dimension) float32, rows of unit length. crowding: (n,) float32, 0 where the pack has no cohort.
    """

    vectors: NDArray[np.float32]
    crowding: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many vectors are held."""
        return len(self.vectors)


class Yardstick:
    """Makes log-likelihood ratios, in nats, of cosines between vectors of one pack."""

    def __init__(self, calibration: Calibration, cohort: NDArray[np.float32] | None = None) -> None:
        """Take a calibration and its cohort, (count, dimension) float32, where it has one.

        Raises ValueError where there is one and not the other.
        """
        if (calibration.cohort is None) != (cohort is None):
            raise ValueError("a calibration's line holds with its cohort only")
        self.calibration = calibration
        self._cohort = cohort

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """Return the yardstick of a pack; reads the cohort from disk. Raises `PackDamaged`."""
        content, cohort = pack.read_cohort(), None
        if content is not None:
            dimension = pack.manifest.embedder.dimension
            cohort = np.frombuffer(content, "<f2").reshape(-1, dimension).astype(np.float32)
            if not np.allclose(np.linalg.norm(cohort, axis=1), 1.0, atol=1e-2):
                raise PackDamaged(f"{pack.folder}: the cohort holds rows that are not of unit length")
        return cls(pack.manifest.calibration, cohort)

    def hold(self, vectors: NDArray[np.float32]) -> Held:
        """Return vectors, (n, dimension), rows of unit length, ready to be compared; once for many probes."""
        crowding = np.zeros(len(vectors), np.float32)
        if self._cohort is not None and self.calibration.cohort is not None:
            nearest = self.calibration.cohort.nearest
            for start in range(0, len(vectors), _ROWS):
                cosines = vectors[start : start + _ROWS] @ self._cohort.T
                cosines.partition(cosines.shape[1] - nearest, axis=1)
                crowding[start : start + _ROWS] = cosines[:, -nearest:].mean(axis=1)
        return Held(vectors, crowding)

    def ratios(self, probe: NDArray[np.float32], held: Held) -> NDArray[np.float64]:
        """Return the ratio of one probe, (dimension,), with each of the vectors held, (n,)."""
        return np.asarray(self.all_ratios(self.hold(probe[np.newaxis]), held)[0])

    def all_ratios(self, probes: Held, held: Held) -> NDArray[np.float64]:
        """Return the ratio of each probe with each of the vectors held, (probes, n)."""
        return self.of_scores(self.scores(probes, held))

    def scores(self, probes: Held, held: Held) -> NDArray[np.float32]:
        """Return the cosine of each probe with each of the vectors held, less how crowded it is there, (probes, n)."""
        crowding = (probes.crowding[:, np.newaxis] + held.crowding) / 2
        return np.asarray(probes.vectors @ held.vectors.T - crowding, np.float32)

    @property
    def copies_from(self) -> float:
        """The cosine above which a second vector of a person adds nothing to the first.

        It lies near 1 by a share of the way to even odds, not by a fixed distance: all cosines of dlib's network lie
        close together, and at the distance that suits `open` most frames of one sitting would be copies to it, so that
        nobody could be enrolled (docs/evaluation.md, FTE).
        """
        even = -self.calibration.intercept / self.calibration.slope
        return 1 - COPY * (1 - even)

    def of_scores(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the ratios of scores, of the same shape."""
        return self.calibration.slope * scores.astype(np.float64) + self.calibration.intercept

    def probability(self, evidence: float, prior: float = 0.5) -> float:
        """Return the probability, to be shown, of a match that has this evidence and was `prior` likely before it.

        Raises ValueError for a prior outside (0, 1). No decision is made of it: `shown` was fitted where most
        comparisons fall, the bounds where hardly any does.
        """
        return float(self.probabilities(np.array([evidence]), prior)[0])

    def probabilities(self, evidence: NDArray[np.float64], prior: float = 0.5) -> NDArray[np.float64]:
        """Return the probability of each, as `probability` does, of the same shape."""
        if not 0 < prior < 1:
            raise ValueError(f"prior {prior}: expected a number between 0 and 1")
        if self.calibration.shown:
            known, odds = np.array(self.calibration.shown).T
            evidence = np.interp(evidence, known, odds)
        odds = evidence + math.log(prior) - math.log1p(-prior)
        return np.asarray(np.exp(-np.logaddexp(0, -odds)))


def combined(ratios: NDArray[np.float64]) -> float:
    """Return one frame's log-likelihood ratio in nats, of its ratios with each of a user's templates, at least one.

    Which template fits is unknown, so their ratios are averaged (a mixture with equal weights): whoever enrols more
    templates does not get a lower bar, as the maximum of them would give him. Raises ValueError for none.
    """
    if ratios.size == 0:
        raise ValueError("no templates to compare with")
    highest = float(ratios.max())
    return highest + math.log(float(np.exp(ratios - highest).mean()))
