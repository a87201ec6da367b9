"""From logits to probabilities that are true of strangers, and to the one from which on a label is told."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.attributes import calibrated
from facelatch_models.evaluation.labelled import UNKNOWN, VOCABULARY, Labelled
from facelatch_models.pack import Attribute
from facelatch_models.train.attributes.network import COLUMNS
from facelatch_models.train.data import DataError

RIGHT: Final = {"gender": 0.98, "age": 0.88, "mask": 0.99}
"""Share of what is told that is to be right, on the calibration's pictures. More of age, and "unsure" would be the
answer for most adults: half of them are within ten years of a band's end. Gender at 0.97 was told of two children in
three, and wrong of every sixth of these."""

LEAST: Final = 50
"""Pictures that calibration needs of each attribute."""

_DIGITS: Final = 4


def attributes_of(logits: NDArray[np.float32], known: Labelled) -> tuple[Attribute, ...]:
    """Return the manifest's entries; logits: (n, labels), of pictures of strangers.

    Raises `DataError` where too few pictures are labelled, or the logits do not tell the labels apart.
    """
    return tuple(_attribute(name, logits[:, columns], known.truth(name)) for name, columns in COLUMNS.items())


def fitted(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """Return slope and intercept for which the logits of all labels are best as log odds of being right.

    logits: (n, labels), truth: (n,). Logistic regression by Newton's method; the targets are drawn in a little, as J.
    Platt, "Probabilistic outputs for support vector machines", 1999, does it: labels that are told apart without an
    error would else have probabilities of 0 and 1.
    """
    right = (np.arange(logits.shape[1]) == truth[:, np.newaxis]).ravel()
    yes, no = int(right.sum()), int((~right).sum())
    targets = np.where(right, (yes + 1) / (yes + 2), 1 / (no + 2))
    design = np.column_stack((logits.ravel(), np.ones(logits.size)))
    line = np.array([0.5, 0.0])
    for _ in range(100):
        share = 1 / (1 + np.exp(-np.clip(design @ line, -60, 60)))
        slope = design.T @ (share - targets)
        curve = (design.T * (share * (1 - share))) @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        line = line - step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(line[0]), float(line[1])


def sure_from(probability: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """Return the lowest probability, from 0.5 in steps of 0.01, from which on `wanted` or more of the labels are right.

    Where none is, the last step, 0.99. probability: of the likeliest label, (n,); right: whether it is, (n,).
    """
    for bound in np.arange(50, 100) / 100:
        told = probability >= bound
        if told.any() and right[told].mean() >= wanted:
            return float(bound)
    return 0.99


def _attribute(name: str, logits: NDArray[np.float32], truth: NDArray[np.int64]) -> Attribute:
    seen = truth != UNKNOWN
    if seen.sum() < LEAST:
        raise DataError(f"{int(seen.sum())} pictures to calibrate {name} on are too few ({LEAST} are wanted)")
    values, truth = logits[seen].astype(np.float64), truth[seen]
    slope, intercept = (round(number, _DIGITS) for number in fitted(values, truth))
    if not slope > 0:
        raise DataError(f"the network does not tell the labels of {name} apart: train it longer")
    attribute = Attribute(name=name, labels=VOCABULARY[name], slope=slope, intercept=intercept, sure=0.5)
    probabilities = calibrated(attribute, values)
    sure = sure_from(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, RIGHT[name])
    return Attribute(name=name, labels=VOCABULARY[name], slope=slope, intercept=intercept, sure=sure)
