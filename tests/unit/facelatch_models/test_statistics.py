"""Intervals and error rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from facelatch_models.statistics import (
    bootstrap_mean,
    bootstrap_pairs,
    bootstrap_share,
    calibration_error,
    clopper_pearson,
    detection_error_tradeoff,
    equal_error,
    none_in,
    threshold_at,
)

SCORES = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60)


@given(st.integers(0, 3000), st.integers(1, 3000))
def test_the_exact_interval_is_that_of_the_beta_distribution(errors: int, trials: int) -> None:
    errors = min(errors, trials)
    found = clopper_pearson(errors, trials)
    low = beta.ppf(0.025, errors, trials - errors + 1) if errors else 0.0
    high = beta.ppf(0.975, errors + 1, trials - errors) if errors < trials else 1.0
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-7, abs=1e-12)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(("trials", "high"), [(20, 0.1684), (5_000_000, 7.378e-7)])
def test_no_error_in_many_trials_still_leaves_an_upper_end(trials: int, high: float) -> None:
    assert clopper_pearson(0, trials).high == pytest.approx(high, rel=1e-3)


def test_without_trials_nothing_is_known() -> None:
    assert clopper_pearson(0, 0).high == 1.0
    assert none_in(0) == 1.0


def test_more_errors_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="3 errors in 2 trials"):
        clopper_pearson(3, 2)


@pytest.mark.parametrize(("trials", "bound"), [(20, 0.139), (150, 0.0198), (3000, 1e-3), (300_000, 1e-5)])
def test_the_rule_of_three_is_kept(trials: int, bound: float) -> None:
    assert none_in(trials) == pytest.approx(bound, rel=0.01)
    assert none_in(trials) <= 3 / trials


@given(SCORES, st.floats(0.001, 0.999))
def test_no_more_impostors_than_allowed_are_above_the_threshold(scores: list[float], rate: float) -> None:
    impostors = np.sort(np.array(scores, np.float32))
    threshold = threshold_at(impostors, rate)
    if threshold is None:
        assert rate * len(scores) < 1
    else:
        assert (impostors > threshold).mean() <= rate + 1e-9


def test_the_threshold_is_the_lowest_that_keeps_the_rate() -> None:
    impostors = np.arange(1000) / 1000
    assert threshold_at(impostors, 0.01) == pytest.approx(0.989)
    assert (impostors > 0.988).mean() > 0.01


def test_a_rate_that_so_few_impostors_cannot_show_has_no_threshold() -> None:
    assert threshold_at(np.linspace(0, 1, 999), 1e-3) is None


@given(SCORES, SCORES)
def test_the_equal_error_is_a_rate(genuine: list[float], impostors: list[float]) -> None:
    rate, _ = equal_error(np.sort(np.array(genuine)), np.sort(np.array(impostors)))
    assert 0 <= rate <= 1


def test_the_equal_error_of_two_normal_populations_is_known() -> None:
    random = np.random.default_rng(1)
    genuine, impostors = np.sort(random.normal(2, 1, 40_000)), np.sort(random.normal(0, 1, 40_000))
    rate, threshold = equal_error(genuine, impostors)
    assert rate == pytest.approx(0.1587, abs=0.004)  # P(z > 1)
    assert threshold == pytest.approx(1, abs=0.05)


def test_people_told_apart_have_no_equal_error() -> None:
    assert equal_error(np.array([0.8, 0.9]), np.array([0.1, 0.2]))[0] == 0
    assert detection_error_tradeoff(np.array([0.8, 0.9]), np.linspace(0, 0.5, 100), (0.01,)) == [(0.01, 0.0)]


def test_fewer_false_matches_cost_more_false_non_matches() -> None:
    random = np.random.default_rng(2)
    genuine, impostors = np.sort(random.normal(2, 1, 5000)), np.sort(random.normal(0, 1, 5000))
    points = detection_error_tradeoff(genuine, impostors, (0.1, 0.01, 0.001, 1e-5))
    assert [rate for rate, _ in points] == [0.1, 0.01, 0.001]
    assert [missed for _, missed in points] == sorted(missed for _, missed in points)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30))
def test_a_bootstrap_interval_holds_its_value(groups: list[tuple[int, int]]) -> None:
    totals = np.array([max(group) for group in groups])
    hits = np.array([min(group) for group in groups])
    if not totals.any():
        with pytest.raises(ValueError, match="no trials"):
            bootstrap_share(hits, totals, rounds=50)
        return
    found = bootstrap_share(hits, totals, rounds=50)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx(hits.sum() / totals.sum())


def test_no_miss_among_few_people_is_no_certainty() -> None:
    found = bootstrap_share(np.array([500, 500, 0]), np.array([500, 500, 0]))
    assert found == clopper_pearson(2, 2)
    assert bootstrap_share(np.zeros(20, np.int64), np.full(20, 9)).high == pytest.approx(0.1684, abs=1e-4)


def test_people_who_fail_as_a_whole_widen_the_interval() -> None:
    totals = np.full(50, 100)
    alike = bootstrap_share(np.full(50, 90), totals)
    whole = bootstrap_share(np.array([100] * 45 + [0] * 5), totals)
    assert alike.value == whole.value == 0.9
    assert alike.high - alike.low < 0.001
    assert whole.high - whole.low > 0.1


def two_by_two(errors: int, people: int = 40) -> np.ndarray:
    """Return so many wrong pairs, each of other two people."""
    return np.array([(2 * number % people, (2 * number + 1) % people) for number in range(errors)]).reshape(-1, 2)


def test_pairs_of_people_are_counted_and_those_of_one_person_are_not() -> None:
    found = bootstrap_pairs(two_by_two(6), np.full(40, 3))
    assert found.value == pytest.approx(6 / (120 * 119 / 2 - 40 * 3))
    assert found.low <= found.value <= found.high


def test_errors_that_hang_on_one_person_are_less_sure_than_those_of_many() -> None:
    pictures = np.full(40, 3)
    spread = bootstrap_pairs(two_by_two(20), pictures)
    one = bootstrap_pairs(np.array([(0, other) for other in range(1, 21)]), pictures)
    assert one.value == spread.value
    assert one.high - one.low > 1.3 * (spread.high - spread.low)


def test_the_interval_by_people_is_wider_than_that_of_independent_pairs() -> None:
    errors = np.array([(0, other) for other in range(1, 21)])
    found, naive = bootstrap_pairs(errors, np.full(40, 3)), clopper_pearson(20, 7020)
    assert found.high - found.low > naive.high - naive.low


def test_without_errors_pairs_of_people_are_the_trials() -> None:
    found = bootstrap_pairs(np.empty((0, 2), np.int64), np.array([5, 1, 0, 7]))
    assert (found.low, found.value) == (0.0, 0.0)
    assert found.high == clopper_pearson(0, 3).high


def test_one_person_makes_no_pairs_of_two() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        bootstrap_pairs(np.empty((0, 2), np.int64), np.array([5, 0]))


def test_a_mean_of_people_lies_in_its_interval_and_fewer_people_make_it_wider() -> None:
    shares = np.random.default_rng(1).uniform(0, 1, 400)
    many, few = bootstrap_mean(shares), bootstrap_mean(shares[:20])
    assert many.value == pytest.approx(shares.mean())
    assert many.low < many.value < many.high
    assert few.high - few.low > 2 * (many.high - many.low)


def test_people_who_all_succeed_are_so_many_trials_and_nobody_is_none() -> None:
    assert bootstrap_mean(np.ones(20)).low == clopper_pearson(20, 20).low
    with pytest.raises(ValueError, match="nobody"):
        bootstrap_mean(np.empty(0))


def test_a_probability_that_is_the_share_of_right_answers_has_no_calibration_error() -> None:
    right = np.arange(100) < 70
    assert calibration_error(np.full(100, 0.7), right) == pytest.approx(0, abs=1e-12)
    assert calibration_error(np.full(100, 0.95), right) == pytest.approx(0.25)
    halves = np.concatenate((np.full(50, 0.65), np.full(50, 0.75)))
    assert calibration_error(halves, np.arange(100) % 2 == 0) == pytest.approx(0.2)
    assert calibration_error(np.zeros(0), np.zeros(0, np.bool_)) == 0
    heavy = calibration_error(np.array([0.5, 1.0]), np.array([True, True]), np.array([1.0, 3.0]))
    assert heavy == pytest.approx(0.125), "one of four parts is off by a half"
