"""What a cohort is worth: the same pictures scored with none, with a drawn one, with real people, and by the S-norm.

The line of each is fitted on some people of `lfw/train`, the cohort is of others there, the figures are on `lfw/dev`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.calibration import fit_line
from facelatch_models.evaluation.cohort import COUNT, NEAREST, draw_cohort
from facelatch_models.evaluation.comparison import Pairs, compare_all
from facelatch_models.evaluation.gallery import Gallery
from facelatch_models.pack import Pack
from facelatch_models.scale import LEVELS
from facelatch_models.statistics import threshold_at
from facelatch_models.yardstick import Yardstick

RATE: Final = 1e-5
EVIDENCE: Final = -math.log(LEVELS["balanced"])

Vectors = NDArray[np.float32]
Scorer = Callable[[Vectors], NDArray[np.float32]]


@dataclass(frozen=True)
class Scoring:
    """What one way of scoring is worth; shares are of genuine comparisons, of all pairs and with people weighing alike.

    found: above the threshold of FMR `RATE`. missed: those whose evidence is not above `EVIDENCE`, at which the FMR was
    `false`. cost: log-likelihood-ratio cost in bits at even odds (0 is perfect, 1 tells nothing).
    """

    name: str
    found: float
    found_by_people: float
    missed: float
    missed_by_people: float
    false: float
    cost: float


def scorings(spare: Gallery, fitted: Gallery, test: Gallery, suspects: Pairs) -> list[Scoring]:
    """Compare the ways of scoring; cohorts are of `spare`, lines of `fitted`, figures of `test`."""
    acquired = np.flatnonzero(spare.acquired)
    firsts = acquired[np.unique(spare.people[acquired], return_index=True)[1]]
    real = spare.vectors[np.random.default_rng(1).permutation(firsts)[:COUNT]]
    drawn = draw_cohort(spare, COUNT).astype(np.float32)
    ways: dict[str, Scorer] = {
        "cosine alone": lambda vectors: vectors @ vectors.T,
        f"cohort of {COUNT} drawn vectors": lambda vectors: _shifted(vectors, drawn),
        f"cohort of {COUNT} real people": lambda vectors: _shifted(vectors, real),
        "S-norm, nearest of the drawn": lambda vectors: _normalised(vectors, drawn, NEAREST),
        "S-norm, all of the drawn": lambda vectors: _normalised(vectors, drawn, COUNT),
    }
    return [_scoring(name, _pairs(fitted, way, suspects), _pairs(test, way, suspects)) for name, way in ways.items()]


def _nearest(vectors: Vectors, cohort: Vectors, nearest: int) -> Vectors:
    return np.sort(vectors @ cohort.T, axis=1)[:, -nearest:]


def _shifted(vectors: Vectors, cohort: Vectors) -> Vectors:
    crowding = _nearest(vectors, cohort, NEAREST).mean(axis=1) / 2
    return np.asarray(vectors @ vectors.T - crowding - crowding[:, np.newaxis], np.float32)


def _normalised(vectors: Vectors, cohort: Vectors, nearest: int) -> Vectors:
    """Return adaptive S-norm: deviations of the nearest of the cohort from their mean, mean of both sides.

    P. Matejka et al., "Analysis of score normalization in multilingual speaker recognition", Interspeech 2017.
    """
    near = _nearest(vectors, cohort, nearest)
    means, deviations = near.mean(axis=1), near.std(axis=1)
    one_side = (vectors @ vectors.T - means) / deviations
    return np.asarray((one_side + one_side.T) / 2, np.float32)


@dataclass(frozen=True)
class Reach:
    """How near a pack's own cohort, drawn from the likes of people, comes to a real one's picture.

    cosine, evidence: the largest of any drawn vector with any picture. nearer: share of the pairs of two people's
    pictures that have a larger cosine than that.
    """

    vectors: int
    pictures: int
    cosine: float
    evidence: float
    nearer: float


def reach(pack: Pack, people: Gallery, suspects: Pairs) -> Reach | None:
    """Hold a pack's cohort against the people that it was drawn from the likes of; None where it has none."""
    content, yardstick = pack.read_cohort(), Yardstick.of(pack)
    if content is None:
        return None
    drawn = np.frombuffer(content, "<f2").reshape(-1, pack.manifest.embedder.dimension).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors = people.vectors[people.acquired]
    cosine = float((drawn @ vectors.T).max())
    evidence = float(yardstick.all_ratios(yardstick.hold(drawn), yardstick.hold(vectors)).max())
    strangers = compare_all(people, suspects).impostors
    return Reach(len(drawn), len(vectors), cosine, evidence, float((strangers > cosine).mean()))


_Pairs = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]


def _pairs(gallery: Gallery, way: Scorer, suspects: Pairs) -> _Pairs:
    """Return scores of genuine pairs, whose they are, and scores of impostors, sorted."""
    gallery = gallery.part(gallery.acquired)
    scores = way(gallery.vectors)
    same = gallery.people[:, np.newaxis] == gallery.people
    later = np.triu(np.ones_like(same), 1)
    impostor = later & ~same
    row_of = {file: row for row, file in enumerate(gallery.files)}
    for first, second in suspects:
        if first in row_of and second in row_of:
            low, high = sorted((row_of[first], row_of[second]))
            impostor[low, high] = False
    genuine = np.nonzero(later & same)
    return scores[genuine].astype(np.float64), gallery.people[genuine[0]], np.sort(scores[impostor]).astype(np.float64)


def _scoring(name: str, fitted: _Pairs, test: _Pairs) -> Scoring:
    span = max(1.0, float(np.abs(np.concatenate((fitted[0], fitted[2], test[0], test[2]))).max()))
    genuine, owner, impostors = test[0] / span, test[1], test[2] / span
    line = fit_line(fitted[0] / span, fitted[1], fitted[2] / span)
    weights = 1 / np.bincount(owner)[owner]
    weights /= weights.sum()
    threshold = threshold_at(impostors, RATE)
    assert threshold is not None, "there are impostors enough on lfw/dev"
    evidence, false = line.slope * genuine + line.intercept, line.slope * impostors + line.intercept
    costs = weights @ np.logaddexp(0, -evidence) + np.logaddexp(0, false).mean()
    return Scoring(
        name=name,
        found=float((genuine > threshold).mean()),
        found_by_people=float(weights @ (genuine > threshold)),
        missed=float((evidence <= EVIDENCE).mean()),
        missed_by_people=float(weights @ (evidence <= EVIDENCE)),
        false=float((false > EVIDENCE).mean()),
        cost=float(costs / 2 / math.log(2)),
    )
