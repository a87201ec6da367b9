"""What a score is worth as evidence: fitting `[calibration]` of a pack.

A score is a cosine, less how crowded it is around the two vectors where the pack has a cohort.

Fit on people that the embedder was not trained on, and quote error rates on yet others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.statistics import clopper_pearson

PRIOR: Final = 1e-5
"""Prior probability of a match in the fit. It puts the weight where the decision at FMR 1e-4 to 1e-6 falls: at
evidence ln(1 / PRIOR) a match becomes likelier than not."""

_BINS: Final = 40_000
_LIMIT: Final = 2.0
"""Scores lie between minus and plus this: a cosine less a mean cosine."""


class CalibrationError(Exception):
    """Scores from which no calibration can be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """Log-likelihood ratio (natural logarithm) of a score: slope * score + intercept."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class Bound:
    """The evidence to ask for. `shown`: whether the impostors were enough to show the rate; if not, theory alone."""

    evidence: float
    shown: bool


def fit_line(
    genuine: NDArray[np.floating], owner: NDArray[np.int64], impostors: NDArray[np.floating], prior: float = PRIOR
) -> Line:
    """Fit the line by prior-weighted logistic regression.

    genuine, owner: (pairs,) scores and whose they are; every person weighs the same, or one with 500 pictures would be
    three quarters of the data. impostors: (pairs,). Pairs that could not be compared are left out.
    N. Bruemmer and J. du Preez, "Application-independent evaluation of speaker detection", Computer Speech and Language
    20, 2006; the weighted objective is that of Bruemmer and de Villiers, "The BOSARIS toolkit", 2013.
    Raises `CalibrationError` where the scores are too few or do not tell people apart.
    """
    compared = np.isfinite(genuine)
    genuine, owner = genuine[compared], owner[compared]
    if len(genuine) < 100 or len(impostors) < 10_000:
        raise CalibrationError(
            f"{len(genuine)} genuine and {len(impostors)} impostor pairs are too few (100 and 10,000 are wanted)"
        )
    weights = 1 / np.bincount(owner)[owner]
    matched, centres = np.histogram(genuine, _BINS, (-_LIMIT, _LIMIT), weights=weights / weights.sum())
    mismatched, _ = np.histogram(impostors, _BINS, (-_LIMIT, _LIMIT))
    centres = (centres[:-1] + centres[1:]) / 2
    slope, intercept = _newton(centres, prior * matched, (1 - prior) * mismatched / len(impostors), _logit(prior))
    if not (math.isfinite(slope) and math.isfinite(intercept) and slope > 0):
        raise CalibrationError("the scores of one person are not above those of two: nothing can be fitted")
    return Line(slope, intercept)


def bound_for(line: Line, impostors: NDArray[np.floating], rate: float) -> Bound:
    """Return the evidence above which the false match rate of a comparison is at most `rate`.

    The larger of two: -ln(rate), which holds for any calibrated ratio, since P(ratio > t | impostor) < 1 / t; and the
    lowest evidence at which the upper end of the 95 % interval of the measured FMR is within `rate`. The interval takes
    comparisons for independent; those of one gallery are not, so it is too narrow by an unknown amount.
    impostors: (pairs,) scores, sorted, lowest first.
    """
    theory = -math.log(rate)
    if clopper_pearson(0, len(impostors)).high > rate:
        return Bound(theory, False)
    allowed = _most_errors(len(impostors), rate)
    score = float(impostors[len(impostors) - 1 - allowed])
    return Bound(max(theory, line.slope * score + line.intercept), True)


def intraclass_correlation(scores: NDArray[np.floating]) -> float:
    """Return how much the frames of a look repeat each other, clipped to [0, 1].

    scores: (looks, frames), at least two of each. One-way random effects, single score: ICC(1,1) of P. Shrout and
    J. Fleiss, "Intraclass correlations", Psychological Bulletin 86, 1979. Raises ValueError for too few.
    """
    looks, frames = scores.shape
    if looks < 2 or frames < 2:
        raise ValueError(f"{looks} looks of {frames} frames: expected two of each at least")
    means = scores.mean(axis=1, dtype=np.float64)
    between = frames * float(means.var(ddof=1))
    within = float(((scores - means[:, np.newaxis]) ** 2).sum(dtype=np.float64)) / (looks * (frames - 1))
    total = between + (frames - 1) * within
    return 1.0 if total == 0 else min(1.0, max(0.0, (between - within) / total))


def _most_errors(trials: int, rate: float) -> int:
    """Return the most errors in `trials` whose interval ends within `rate` (none must already do)."""
    low, high = 0, math.floor(rate * trials)
    while low < high:
        middle = (low + high + 1) // 2
        if clopper_pearson(middle, trials).high <= rate:
            low = middle
        else:
            high = middle - 1
    return low


def _newton(
    scores: NDArray[np.float64], matched: NDArray[np.float64], mismatched: NDArray[np.float64], offset: float
) -> tuple[float, float]:
    """Minimise the weighted logistic loss of slope * score + intercept + offset by damped Newton steps."""
    design = np.column_stack((scores, np.ones_like(scores)))
    weights = np.array([20.0, -offset - 10.0])

    def loss(trial: NDArray[np.float64]) -> float:
        odds = design @ trial + offset
        return float(matched @ np.logaddexp(0, -odds) + mismatched @ np.logaddexp(0, odds))

    for _ in range(200):
        odds = np.clip(design @ weights + offset, -700, 700)
        share = 1 / (1 + np.exp(-odds))
        slope = design.T @ (mismatched * share - matched * (1 - share))
        curve = (design.T * ((matched + mismatched) * share * (1 - share))) @ design + 1e-15 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while loss(weights - size * step) > loss(weights) and size > 1e-6:
            size /= 2
        weights = weights - size * step
        if float(np.abs(size * step).max()) < 1e-9:
            break
    return float(weights[0]), float(weights[1])


def _logit(probability: float) -> float:
    return math.log(probability) - math.log1p(-probability)
