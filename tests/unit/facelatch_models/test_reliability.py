"""Probabilities that are shown: their fit, and whether they come true."""

from __future__ import annotations

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from facelatch_models.reliability import odds_to_show, pool, reliability
from facelatch_models.scale import calibration_faults
from facelatch_models.yardstick import Yardstick
from tests.unit.facelatch_models.samples import CALIBRATION

values = some.lists(some.tuples(some.floats(-5, 5), some.floats(0.01, 10)), min_size=1, max_size=30)


@given(values)
def test_pooled_values_never_fall_and_keep_the_mean(pairs: list[tuple[float, float]]) -> None:
    given_values, weights = np.array(pairs).T
    pooled = pool(given_values, weights)
    assert (np.diff(pooled) >= -1e-12).all()
    assert np.average(pooled, weights=weights) == pytest.approx(np.average(given_values, weights=weights), abs=1e-9)


@given(some.lists(some.integers(-8, 8), min_size=2, max_size=7))
def test_no_never_falling_values_are_nearer(numbers: list[int]) -> None:
    wanted = np.array(numbers, float)
    pooled = pool(wanted, np.ones(len(wanted)))
    best = ((pooled - wanted) ** 2).sum()
    for trial in itertools.combinations_with_replacement(sorted(set(numbers)), len(numbers)):
        assert ((np.array(trial) - wanted) ** 2).sum() >= best - 1e-9


def two_normals(seed: int = 1, gap: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Return true evidence of genuine and of impostor pairs: two normal populations, `gap` deviations apart."""
    random = np.random.default_rng(seed)
    genuine, impostors = random.normal(gap / 2, 1, 20_000), random.normal(-gap / 2, 1, 200_000)
    return gap * genuine, gap * impostors


def shown_error(points: tuple[tuple[float, float], ...], bend: float, prior: float = 0.5) -> float:
    """Return the calibration error on new pairs whose evidence is bent, with the points of a fit, or without."""
    genuine, impostors = two_normals(seed=2)
    yardstick = Yardstick(msgspec.structs.replace(CALIBRATION, shown=points))
    shown = [yardstick.probabilities(bend * evidence, prior) for evidence in (genuine, impostors)]
    return reliability(shown[0], np.ones(len(genuine)), shown[1], prior).error


@pytest.mark.parametrize("bend", [0.3, 1.0, 3.0])
def test_the_fit_makes_shown_probabilities_come_true_however_the_evidence_is_bent(bend: float) -> None:
    genuine, impostors = two_normals()
    points = odds_to_show(bend * genuine, np.ones(len(genuine)), bend * impostors)
    assert list(calibration_faults(msgspec.structs.replace(CALIBRATION, shown=points), 8)) == []
    assert shown_error(points, bend) < 0.01
    assert shown_error(points, bend, prior=0.01) < 0.005
    if bend != 1.0:
        assert shown_error((), bend) > 0.02


def test_no_odds_are_infinite_where_nobody_of_the_other_kind_was_seen() -> None:
    points = odds_to_show(np.array([5.0, 6.0]), np.ones(2), np.array([-5.0, -6.0]))
    assert all(math.isfinite(odds) for _evidence, odds in points)


def test_a_person_of_many_pairs_weighs_as_much_as_any_other() -> None:
    genuine, impostors = two_normals()
    strange = np.full(100_000, -4.0)
    weights = np.concatenate((np.ones(len(genuine)), np.full(len(strange), 1 / len(strange))))
    with_strange = Yardstick(
        msgspec.structs.replace(CALIBRATION, shown=odds_to_show(np.concatenate((genuine, strange)), weights, impostors))
    )
    without = Yardstick(
        msgspec.structs.replace(CALIBRATION, shown=odds_to_show(genuine, np.ones(len(genuine)), impostors))
    )
    assert with_strange.probability(0.0) == pytest.approx(without.probability(0.0), abs=0.02)


def test_what_is_always_wrong_by_a_tenth_has_an_error_of_a_tenth() -> None:
    found = reliability(np.full(50, 0.6), np.ones(50), np.full(50, 0.6))
    assert found.error == pytest.approx(0.1)
    assert found.worst == pytest.approx(0.1)
    assert found.mass.sum() == pytest.approx(1)
