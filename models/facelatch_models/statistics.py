"""The statistics behind the figures: how sure a rate is, and what error rates a list of scores gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONFIDENCE: Final = 0.95
FEW: Final = 10
BINS: Final = 10

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion with its interval: `low` <= `value` <= `high`, all in [0, 1]."""

    value: float
    low: float
    high: float


def clopper_pearson(errors: int, trials: int, confidence: float = CONFIDENCE) -> Rate:
    """Return the rate with its exact two-sided interval for independent trials.

    C. Clopper and E. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26, 1934. With no trials nothing is known: (0, 0, 1). Raises ValueError for impossible counts.
    """
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} errors in {trials} trials")
    if trials == 0:
        return Rate(0.0, 0.0, 1.0)
    tail = (1 - confidence) / 2
    low = 0.0 if errors == 0 else _beta_quantile(tail, errors, trials - errors + 1)
    high = 1.0 if errors == trials else _beta_quantile(1 - tail, errors + 1, trials - errors)
    return Rate(errors / trials, low, high)


def none_in(trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper bound of a rate of which no case was seen in that many independent trials.

    1 - (1 - confidence)^(1 / trials); at 95 % the "rule of three", about 3 / trials.
    """
    return 1.0 if trials < 1 else -math.expm1(math.log(1 - confidence) / trials)


def threshold_at(impostors: Scores, rate: float) -> float | None:
    """Return the lowest threshold that at most `rate` of the impostor scores exceed, None where too few are there.

    A comparison matches where its score is above the threshold. `impostors` are sorted, lowest first. Fewer than
    1 / rate scores cannot show the rate.
    """
    allowed = math.floor(rate * len(impostors) * (1 + 1e-12))
    return None if allowed < 1 else float(impostors[len(impostors) - 1 - allowed])


def equal_error(genuine: Scores, impostors: Scores) -> tuple[float, float]:
    """Return the equal error rate and its threshold; both lists sorted, lowest first, and not empty.

    The mean of the two rates at the genuine score just below which they are nearest to each other.
    """
    candidates = np.unique(genuine)
    missed = np.searchsorted(genuine, candidates, "left") / len(genuine)
    matched = 1 - np.searchsorted(impostors, candidates, "left") / len(impostors)
    nearest = int(np.argmin(np.abs(missed - matched)))
    return float(missed[nearest] + matched[nearest]) / 2, float(candidates[nearest])


def detection_error_tradeoff(genuine: Scores, impostors: Scores, rates: tuple[float, ...]) -> list[tuple[float, float]]:
    """Return (FMR, FNMR) at the thresholds of the given FMRs, those that the impostors can show; sorted scores."""
    points = []
    for rate in rates:
        threshold = threshold_at(impostors, rate)
        if threshold is not None:
            points.append((rate, float(np.searchsorted(genuine, threshold, "right") / len(genuine))))
    return points


def bootstrap_share(
    hits: NDArray[np.int64],
    totals: NDArray[np.int64],
    rounds: int = 2000,
    seed: int = 1,
    confidence: float = CONFIDENCE,
) -> Rate:
    """Return the share of hits with a percentile interval from drawing whole groups (people) with replacement.

    hits, totals: (groups,). Pairs of one person succeed and fail together, so that people, not pairs, are what was
    sampled (ISO/IEC 19795-1; B. Efron and R. Tibshirani, "An introduction to the bootstrap", 1993, chapter 13). Where
    all trials end alike there is nothing to draw from: then the exact interval for as many trials as there are people.
    Raises ValueError where there is nothing in the totals.
    """
    if not totals.sum() > 0:
        raise ValueError("no trials in any group")
    if hits.sum() in (0, totals.sum()):
        seen = int((totals > 0).sum())
        return clopper_pearson(seen if hits.any() else 0, seen, confidence)
    draws = np.random.default_rng(seed).integers(0, len(totals), (rounds, len(totals)))
    drawn = totals[draws].sum(axis=1)
    shares = hits[draws].sum(axis=1)[drawn > 0] / drawn[drawn > 0]
    value = float(hits.sum() / totals.sum())
    low, high = np.quantile(shares, ((1 - confidence) / 2, (1 + confidence) / 2))
    return Rate(value, min(value, float(low)), max(value, float(high)))


def bootstrap_mean(
    shares: NDArray[np.floating], rounds: int = 2000, seed: int = 1, confidence: float = CONFIDENCE
) -> Rate:
    """Return the mean of people's shares, (people,), with a percentile interval from drawing people.

    Where all have the same there is nothing to draw from: then, for 0 and 1, the exact interval for as many trials as
    there are people. Raises ValueError for nobody.
    """
    if len(shares) == 0:
        raise ValueError("nobody has a share")
    value = float(shares.mean())
    if value in (0.0, 1.0):
        return clopper_pearson(len(shares) if value else 0, len(shares), confidence)
    draws = np.random.default_rng(seed).integers(0, len(shares), (rounds, len(shares)))
    low, high = np.quantile(shares[draws].mean(axis=1), ((1 - confidence) / 2, (1 + confidence) / 2))
    return Rate(value, min(value, float(low)), max(value, float(high)))


def bootstrap_pairs(
    errors: NDArray[np.int64],
    pictures: NDArray[np.int64],
    rounds: int = 2000,
    seed: int = 1,
    confidence: float = CONFIDENCE,
) -> Rate:
    """Return the share of pairs of two people's pictures that err, with an interval from drawing people.

    errors: (errors, 2), whose pictures a wrong pair is of; pictures: (people,), how many each has. Pairs of one person
    with all others stand and fall together, so that an interval which takes pairs for independent is too narrow. A
    person drawn twice is not compared with himself. Where fewer than `FEW` pairs of people err, drawing says little:
    then the exact interval of these among all pairs of people. Raises ValueError for fewer than two people.
    """
    people = int((pictures > 0).sum())
    if people < 2:
        raise ValueError(f"{people} people make no pairs of two")
    value = len(errors) / _pairs_of_two(pictures.astype(np.float64))
    erring = len({(min(pair), max(pair)) for pair in errors.tolist()})
    if erring < FEW:
        exact = clopper_pearson(erring, people * (people - 1) // 2, confidence)
        return Rate(value, min(value, exact.low), max(value, exact.high))
    random, shares = np.random.default_rng(seed), []
    for _ in range(rounds):
        drawn = np.bincount(random.integers(0, len(pictures), len(pictures)), minlength=len(pictures))
        shares.append((drawn[errors[:, 0]] * drawn[errors[:, 1]]).sum() / max(1.0, _pairs_of_two(drawn * pictures)))
    low, high = np.quantile(shares, ((1 - confidence) / 2, (1 + confidence) / 2))
    return Rate(value, min(value, float(low)), max(value, float(high)))


def calibration_error(
    probability: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64] | None = None
) -> float:
    """Return the expected calibration error over `BINS` bins of equal width, in [0, 1]; 0 where there is nothing.

    probability, right, weight: (n,), the weight of each being 1 where none are given.
    """
    weight = np.ones(len(probability)) if weight is None else weight
    if not weight.sum() > 0:
        return 0.0
    bins = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weight * (probability - right), BINS)
    return float(np.abs(gaps).sum() / weight.sum())


def _pairs_of_two(pictures: NDArray[np.floating] | NDArray[np.integer]) -> float:
    """Return how many pairs of pictures are of two people."""
    return float(pictures.sum() ** 2 - (pictures**2).sum()) / 2


def _beta_quantile(share: float, first: float, second: float) -> float:
    """Return where the beta distribution reaches `share`, by bisection down to neighbouring numbers."""
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high:
        if _beta_share(middle, first, second) < share:
            low = middle
        else:
            high = middle
    return middle


def _beta_share(point: float, first: float, second: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if point > (first + 1) / (first + second + 2):
        return 1 - _beta_share(1 - point, second, first)
    logarithm = (
        math.lgamma(first + second) - math.lgamma(first) - math.lgamma(second)
        + first * math.log(point) + second * math.log1p(-point)
    )  # fmt: skip
    return math.exp(logarithm) / first / _fraction(point, first, second)


def _fraction(point: float, first: float, second: float) -> float:
    """Evaluate the continued fraction 1 + d1/(1 + d2/(1 + ...)) forwards (Lentz's method)."""
    value = above = 1.0
    below = 0.0
    for step in range(1, 1_000_000):
        half = step // 2
        odd = -(first + half) * (first + second + half)
        numerator = (odd if step % 2 else half * (second - half)) * point
        term = numerator / ((first + step - 1) * (first + step))
        below = 1 / (1 + term * below)
        above = 1 + term / above
        value *= above * below
        if abs(above * below - 1) < 1e-15:
            break
    return value
