"""Peers beside us: the ratio of the medians, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from tests.bench.speed.record import OURS, Measure

ROUNDS: Final = 2000
SEED: Final = 1
CONFIDENCE: Final = 0.95

LARGEST_DRAW: Final = 2000
"""Values of each that are drawn from at most: the interval of so many is narrow, and memory is not without end."""


class Comparison(msgspec.Struct, frozen=True):
    """How many times ours a peer's median is; above 1 we need less. `low`, `high`: 95 %, null for a single value."""

    section: str
    what: str
    peer: str
    ratio: float
    low: float | None
    high: float | None


def compared(measures: Iterable[Measure]) -> list[Comparison]:
    """Compare every peer's measure with ours of the same section and what; raises ValueError where units differ."""
    measures = list(measures)
    ours = {(one.section, one.what): one for one in measures if one.subject == OURS}
    found = []
    for peer in measures:
        own = ours.get((peer.section, peer.what))
        if peer.subject == OURS or own is None or not peer.values or not own.values or not own.median:
            continue
        if peer.unit != own.unit:
            raise ValueError(
                f"{peer.section}, {peer.what}: ours is in {own.unit}, that of {peer.subject} in {peer.unit}"
            )
        found.append(Comparison(peer.section, peer.what, peer.subject, *ratio_of(peer.values, own.values)))
    return found


def ratio_of(peer: Sequence[float], own: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Return the ratio of the medians with a percentile interval from drawing the values of each with replacement.

    Both have one value at least, and our median is not 0. The interval is (None, None) where either has but one value,
    which says nothing about the next.
    """
    ratio = float(np.median(peer) / np.median(own))
    if min(len(peer), len(own)) < 2:
        return ratio, None, None
    random = np.random.default_rng(SEED)
    medians = []
    for values in (peer, own):
        few = np.asarray(values, np.float64)[:LARGEST_DRAW]
        medians.append(np.median(few[random.integers(0, len(few), (ROUNDS, len(few)))], axis=1))
    usable = medians[1] != 0
    tails = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    low, high = np.quantile(medians[0][usable] / medians[1][usable], tails)
    return ratio, min(ratio, float(low)), max(ratio, float(high))
