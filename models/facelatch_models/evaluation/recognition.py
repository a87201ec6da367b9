"""How well a detector and an embedder tell people apart: FNMR at given FMRs, EER, accuracy on balanced pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.comparison import Comparisons, scored
from facelatch_models.evaluation.gallery import Gallery
from facelatch_models.statistics import (
    Rate,
    bootstrap_mean,
    bootstrap_pairs,
    bootstrap_share,
    clopper_pearson,
    equal_error,
    threshold_at,
)
from facelatch_models.yardstick import Held, Yardstick

RATES: Final = (1e-3, 1e-4, 1e-5)
FOLDS: Final = 10
PAIRS_A_FOLD: Final = 300
"""Matched and as many mismatched pairs in each fold, as the LFW protocol has them."""


@dataclass(frozen=True, slots=True)
class Point:
    """One operating point. rate: the wanted FMR; threshold: the score above which a comparison matches.

    match: TAR = 1 - FNMR, failures to acquire counted as non-matches, interval from drawing people. per_person: the
    same with every person weighing as much as any other, instead of every pair. false: the FMR there; its interval
    takes comparisons for independent, which they are not. by_people: its interval from drawing people, None where more
    than one pair in `comparison.NEAREST` matches. errors: false matches it rests on.
    """

    rate: float
    threshold: float
    match: Rate
    per_person: Rate
    false: Rate
    by_people: Rate | None
    errors: int


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was measured on a gallery. accuracy and its standard error are None where there are too few people."""

    pictures: int
    people: int
    people_with_pairs: int
    failures: Rate
    genuine: int
    impostors: int
    lost: int
    suspect: int
    largest_share: float
    points: tuple[Point, ...]
    equal_error: float
    accuracy: float | None
    accuracy_error: float | None


def recognise(
    gallery: Gallery, comparisons: Comparisons, yardstick: Yardstick | None = None, seed: int = 1
) -> Recognition:
    """Measure a gallery, compared by the same yardstick; `seed` draws the balanced pairs and the bootstrap."""
    counts = np.bincount(comparisons.owner)
    genuine = np.sort(comparisons.genuine)
    balanced = balanced_accuracy(gallery, yardstick, seed)
    return Recognition(
        pictures=len(gallery.files),
        people=len(np.unique(gallery.people)),
        people_with_pairs=int((counts > 0).sum()),
        failures=clopper_pearson(int((~gallery.acquired).sum()), len(gallery.files)),
        genuine=len(genuine),
        impostors=len(comparisons.impostors),
        lost=comparisons.lost,
        suspect=comparisons.suspect,
        largest_share=float(counts.max(initial=0) / max(1, len(genuine))),
        points=tuple(point for rate in RATES if (point := operating_point(comparisons, rate, seed)) is not None),
        equal_error=equal_error(genuine, comparisons.impostors)[0],
        accuracy=None if balanced is None else balanced[0],
        accuracy_error=None if balanced is None else balanced[1],
    )


def operating_point(comparisons: Comparisons, rate: float, seed: int = 1) -> Point | None:
    """Return the point at an FMR, None where there are too few impostor comparisons to show it."""
    threshold = threshold_at(comparisons.impostors, rate)
    return None if threshold is None else point_at(comparisons, threshold, rate, seed)


def point_at(comparisons: Comparisons, threshold: float, rate: float, seed: int = 1) -> Point:
    """Return what a threshold does; `rate` is the FMR it was meant for."""
    impostors = comparisons.impostors
    errors = len(impostors) - int(np.searchsorted(impostors, threshold, "right"))
    totals = np.bincount(comparisons.owner)
    seen = totals > 0
    hits = np.bincount(comparisons.owner, weights=comparisons.genuine > threshold)[seen].astype(np.int64)
    match = bootstrap_share(hits, totals[seen], seed=seed)
    per_person = bootstrap_mean(hits / totals[seen], seed=seed)
    near = comparisons.nearest_people[comparisons.nearest > threshold]
    by_people = bootstrap_pairs(near, comparisons.pictures, seed=seed) if len(near) == errors else None
    return Point(rate, threshold, match, per_person, clopper_pearson(errors, len(impostors)), by_people, errors)


def balanced_accuracy(
    gallery: Gallery, yardstick: Yardstick | None = None, seed: int = 1
) -> tuple[float, float] | None:
    """Return mean accuracy and its standard error over ten folds of people, in the manner of LFW's view 2.

    People are dealt into ten folds; in each, 300 pairs of one person (drawn person first, so that nobody with many
    pictures rules) and 300 pairs of two; the threshold of each fold comes from the nine others. A pair with a picture
    that could not be acquired counts as a non-match. None with fewer than 20 people of two pictures.
    """
    random = np.random.default_rng(seed)
    held = scored(gallery, yardstick)
    rows_of = [np.flatnonzero(gallery.people == person) for person in range(int(gallery.people.max()) + 1)]
    if sum(len(rows) >= 2 for rows in rows_of) < 2 * FOLDS:
        return None
    plural = random.permutation([person for person, rows in enumerate(rows_of) if len(rows) >= 2])
    single = random.permutation([person for person, rows in enumerate(rows_of) if len(rows) == 1])
    folds = []
    for fold in range(FOLDS):
        twice = [rows_of[person] for person in plural[fold::FOLDS]]
        everybody = twice + [rows_of[person] for person in single[fold::FOLDS]]
        matched = _pairs(gallery, held, twice, random, same=True)
        folds.append((matched, _pairs(gallery, held, everybody, random, same=False)))
    accuracies = []
    for fold in range(FOLDS):
        matched = np.concatenate([pair[0] for index, pair in enumerate(folds) if index != fold])
        mismatched = np.concatenate([pair[1] for index, pair in enumerate(folds) if index != fold])
        bar = _best_threshold(matched, mismatched)
        accuracies.append(((folds[fold][0] > bar).mean() + (folds[fold][1] <= bar).mean()) / 2)
    return float(np.mean(accuracies)), float(np.std(accuracies, ddof=1) / np.sqrt(FOLDS))


def _pairs(
    gallery: Gallery, held: Held, rows_of: list[NDArray[np.intp]], random: np.random.Generator, *, same: bool
) -> NDArray[np.float32]:
    """Return the scores of 300 random pairs of one person or of two, minus infinity where one was not acquired."""
    scores = []
    for _ in range(PAIRS_A_FOLD):
        if same:
            first, second = random.choice(rows_of[random.integers(len(rows_of))], 2, replace=False)
        else:
            one, other = random.choice(len(rows_of), 2, replace=False)
            first, second = random.choice(rows_of[one]), random.choice(rows_of[other])
        score = held.vectors[first] @ held.vectors[second] - (held.crowding[first] + held.crowding[second]) / 2
        scores.append(score if gallery.acquired[[first, second]].all() else -np.inf)
    return np.array(scores, np.float32)


def _best_threshold(matched: NDArray[np.float32], mismatched: NDArray[np.float32]) -> float:
    """Return the threshold of the highest accuracy on two lists of equal length; 1 where nothing was acquired."""
    candidates = np.unique(np.concatenate((matched, mismatched)))
    candidates = np.append(candidates[np.isfinite(candidates)], np.float32(1))
    hits = len(matched) - np.searchsorted(np.sort(matched), candidates, "right")
    refused = np.searchsorted(np.sort(mismatched), candidates, "right")
    return float(candidates[int(np.argmax(hits + refused))])
