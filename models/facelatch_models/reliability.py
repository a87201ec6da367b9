"""Whether a probability that is shown holds: its fit by pool-adjacent-violators, and its calibration error.

Evidence is right where decisions are made, at odds of one to ten thousand and more. What a person is shown is a
probability, and there most comparisons fall elsewhere: so that has a fit of its own, which decides nothing.
All here is at even odds beforehand: the masses of genuine and of impostor comparisons are each 1, people weigh alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15
"""Bins of probability, of equal width, as is usual (M. Naeini et al., "Obtaining well calibrated probabilities using
Bayesian binning", AAAI 2015)."""

_STEP: Final = 0.25
_EDGE: Final = 30.0
"""Evidence, in nats, is counted in steps up to this; beyond, the probability is as at the edge."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often what was shown came true. shown, true: (BINS,), 0 in empty bins. mass: (BINS,), sums to 1.

    error: expected calibration error, the mean distance of the two. worst: the largest, of bins with 1 % of the mass.
    """

    shown: NDArray[np.float64]
    true: NDArray[np.float64]
    mass: NDArray[np.float64]
    error: float
    worst: float


def pool(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the never falling values nearest to the given ones (pool adjacent violators; weighted squares).

    M. Ayer et al., "An empirical distribution function for sampling with incomplete information", Annals of
    Mathematical Statistics 26, 1955. values, weights: (n,), weights above 0.
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (low, low_weight, low_count), (high, high_weight, high_count) = blocks[-2:]
            both = low_weight + high_weight
            blocks[-2:] = [((low * low_weight + high * high_weight) / both, both, low_count + high_count)]
    return np.repeat([block[0] for block in blocks], [block[2] for block in blocks])


def odds_to_show(
    genuine: NDArray[np.float64], weights: NDArray[np.float64], impostors: NDArray[np.float64], digits: int = 3
) -> tuple[tuple[float, float], ...]:
    """Return points (evidence, log odds at even odds beforehand) between which a line is to be drawn.

    genuine, weights, impostors: evidence of genuine comparisons and how much each weighs, and of impostors'. In each
    block half of one comparison is added on both sides, so that no odds are infinite.
    """
    edges = np.arange(-_EDGE, _EDGE + _STEP, _STEP)
    matched, _ = np.histogram(np.clip(genuine, -_EDGE, _EDGE), edges, weights=weights / weights.sum())
    mismatched, _ = np.histogram(np.clip(impostors, -_EDGE, _EDGE), edges)
    mismatched = mismatched / len(impostors)
    mass = matched + mismatched
    filled = mass > 0
    matched, mass, centres = matched[filled], mass[filled], ((edges[:-1] + edges[1:]) / 2)[filled]
    share = pool(matched / mass, mass)
    points = []
    for level in np.unique(share):
        block = share == level
        odds = math.log(matched[block].sum() + 0.5 * (weights / weights.sum()).min()) - math.log(
            (mass - matched)[block].sum() + 0.5 / len(impostors)
        )
        points.append((round(float(np.average(centres[block], weights=mass[block])), digits), odds))
    rising = np.maximum.accumulate([odds for _evidence, odds in points])
    return tuple((evidence, round(float(odds), digits)) for (evidence, _), odds in zip(points, rising, strict=True))


def reliability(
    genuine: NDArray[np.float64], weights: NDArray[np.float64], impostors: NDArray[np.float64], prior: float = 0.5
) -> Reliability:
    """Return how often matches shown with a probability were matches.

    genuine, impostors: probabilities shown, (pairs,); weights: how much each genuine one weighs. prior: the share of
    genuine comparisons that is held to be there.
    """
    edges = np.linspace(0, 1, BINS + 1)
    share = weights / weights.sum()
    matched = prior * np.histogram(genuine, edges, weights=share)[0]
    mismatched = (1 - prior) * np.histogram(impostors, edges)[0] / len(impostors)
    summed = prior * np.histogram(genuine, edges, weights=share * genuine)[0]
    summed = summed + (1 - prior) * np.histogram(impostors, edges, weights=impostors)[0] / len(impostors)
    mass = matched + mismatched
    shown, true = (np.divide(part, mass, out=np.zeros(BINS), where=mass > 0) for part in (summed, matched))
    gaps = np.abs(shown - true)
    worst = float(gaps[mass >= 0.01].max(initial=0.0))
    return Reliability(shown, true, mass, float((gaps * mass).sum()), worst)
