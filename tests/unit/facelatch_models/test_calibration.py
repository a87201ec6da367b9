"""From cosines to evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch_models.calibration import (
    CalibrationError,
    Line,
    bound_for,
    fit_line,
    intraclass_correlation,
)
from facelatch_models.scale import LEVELS
from facelatch_models.statistics import clopper_pearson


def two_normals(
    genuine: int = 20_000, impostors: int = 400_000, distance: float = 4.0, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, Line]:
    """Return cosines of two normal populations of one deviation, and the line that is the true ratio of the two."""
    random = np.random.default_rng(seed)
    deviation, low, high = 0.1, 0.0, 0.1 * distance
    slope = (high - low) / deviation**2
    intercept = (low**2 - high**2) / (2 * deviation**2)
    return random.normal(high, deviation, genuine), random.normal(low, deviation, impostors), Line(slope, intercept)


@pytest.mark.parametrize("prior", [0.5, 1e-2, 1e-4])
def test_the_true_line_is_found_where_there_is_one(prior: float) -> None:
    genuine, impostors, true = two_normals()
    found = fit_line(genuine, np.arange(len(genuine)), impostors, prior)
    assert found.slope == pytest.approx(true.slope, rel=0.1)
    assert found.intercept == pytest.approx(true.intercept, rel=0.1)


def test_a_person_of_many_pictures_weighs_as_much_as_any_other() -> None:
    genuine, impostors, _ = two_normals(2000)
    strange = np.full(50_000, 0.05)
    owner = np.concatenate((np.arange(2000), np.full(50_000, 2000)))
    with_strange = fit_line(np.concatenate((genuine, strange)), owner, impostors, 1e-2)
    without = fit_line(genuine, np.arange(2000), impostors, 1e-2)
    assert with_strange.slope == pytest.approx(without.slope, rel=0.03)


def test_pairs_that_could_not_be_compared_do_not_bend_the_line() -> None:
    genuine, impostors, _ = two_normals(2000)
    holed = np.concatenate((genuine, np.full(500, -np.inf)))
    found = fit_line(holed, np.arange(2500), impostors)
    assert found == fit_line(genuine, np.arange(2000), impostors)


def test_scores_that_tell_nobody_apart_are_refused() -> None:
    genuine, impostors, _ = two_normals(distance=-2.0)
    with pytest.raises(CalibrationError, match="nothing can be fitted"):
        fit_line(genuine, np.arange(len(genuine)), impostors)


@pytest.mark.parametrize(("genuine", "impostors"), [(99, 10_000), (100, 9_999)])
def test_too_few_pairs_are_refused(genuine: int, impostors: int) -> None:
    with pytest.raises(CalibrationError, match="too few"):
        fit_line(np.full(genuine, 0.5), np.arange(genuine), np.zeros(impostors))


def test_a_bound_is_never_below_theory_and_keeps_the_rate_it_is_for() -> None:
    genuine, impostors, _ = two_normals(impostors=1_000_000)
    impostors = np.sort(impostors)
    line = fit_line(genuine, np.arange(len(genuine)), impostors)
    for rate in (1e-3, 1e-4, 1e-5):
        bound = bound_for(line, impostors, rate)
        assert bound.shown
        assert bound.evidence >= -math.log(rate)
        errors = int((line.slope * impostors + line.intercept > bound.evidence).sum())
        assert clopper_pearson(errors, len(impostors)).high <= rate


@pytest.mark.parametrize("rate", [1e-3, 1e-4, 1e-5])
def test_a_bound_above_theory_is_the_lowest_whose_interval_keeps_the_rate(rate: float) -> None:
    impostors = np.sort(np.random.default_rng(4).normal(0, 0.1, 1_000_000))
    bound = bound_for(Line(1000.0, 0.0), impostors, rate)
    evidence = 1000 * impostors
    errors = int((evidence > bound.evidence).sum())
    assert clopper_pearson(errors, len(impostors)).high <= rate
    assert clopper_pearson(errors + 1, len(impostors)).high > rate


def test_impostors_that_come_nearer_than_the_line_says_raise_the_bound() -> None:
    line = Line(100.0, -30.0)
    bulk = np.random.default_rng(1).normal(0, 0.05, 1_000_000)
    twins = np.full(500, 0.6)  # evidence 30, five in ten thousand
    bound = bound_for(line, np.sort(np.concatenate((bulk, twins))), 1e-4)
    assert bound.evidence == pytest.approx(30)


def test_a_rate_that_the_impostors_cannot_show_falls_back_to_theory_and_says_so() -> None:
    bound = bound_for(Line(50.0, -15.0), np.linspace(-0.2, 0.2, 100_000), 1e-6)
    assert bound.evidence == pytest.approx(-math.log(1e-6))
    assert not bound.shown


def test_a_rate_is_shown_from_as_many_impostors_as_the_interval_needs() -> None:
    enough = next(count for count in range(3000, 4000) if clopper_pearson(0, count).high <= 1e-3)
    line, impostors = Line(50.0, -15.0), np.linspace(-0.2, 0.2, enough)
    assert bound_for(line, impostors, 1e-3).shown
    assert not bound_for(line, impostors[1:], 1e-3).shown


def test_the_levels_are_those_of_the_design() -> None:
    assert LEVELS == {"convenient": 1e-4, "balanced": 1e-5, "strict": 1e-6}


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8, 0.97])
def test_a_known_correlation_is_found(correlation: float) -> None:
    random = np.random.default_rng(1)
    scores = math.sqrt(correlation) * random.normal(size=(20_000, 1))
    scores = scores + math.sqrt(1 - correlation) * random.normal(size=(20_000, 6))
    assert intraclass_correlation(scores) == pytest.approx(correlation, abs=0.015)


def test_frames_that_are_the_same_are_wholly_correlated() -> None:
    assert intraclass_correlation(np.repeat(np.arange(5.0)[:, np.newaxis], 3, axis=1)) == pytest.approx(1)
    assert intraclass_correlation(np.zeros((4, 3))) == 1.0


@settings(max_examples=50)
@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=2, max_size=20))
def test_a_correlation_is_within_its_range(scores: list[list[float]]) -> None:
    assert 0 <= intraclass_correlation(np.array(scores)) <= 1


@pytest.mark.parametrize("shape", [(1, 5), (5, 1)])
def test_one_look_or_one_frame_shows_no_correlation(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected two"):
        intraclass_correlation(np.zeros(shape))
