"""How fast to learn, and how long."""

from __future__ import annotations

import math

import pytest

from facelatch_models.train.schedule import Clock, Patience, Samples, cosine_rate, found_rate


def test_the_rate_rises_to_its_highest_and_ends_at_nothing() -> None:
    rates = [cosine_rate(0.01, step / 1000, 0.02) for step in range(1001)]
    assert max(rates) == pytest.approx(0.01, rel=0.01)
    assert rates.index(max(rates)) <= 20
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert cosine_rate(0.01, 1.3, 0.02) == pytest.approx(0, abs=1e-9)


def test_a_run_of_samples_is_over_when_they_are_learnt() -> None:
    assert [Samples(1000).progress(samples) for samples in (0, 250, 1000)] == [0, 0.25, 1]


def test_a_run_by_the_clock_is_over_when_its_time_is_however_few_samples_that_were() -> None:
    now = 100.0
    clock = Clock(60, now=lambda: now)
    assert clock.progress(0) == 0
    now = 130.0
    assert clock.progress(5) == 0.5
    now = 160.0
    assert clock.progress(5) == 1


def test_a_run_taken_up_again_has_its_time_for_what_was_left() -> None:
    now = 0.0
    clock = Clock(60, done=0.4, now=lambda: now)
    assert clock.progress(0) == 0.4
    now = 30.0
    assert clock.progress(0) == pytest.approx(0.7)
    now = 60.0
    assert clock.progress(0) == pytest.approx(1)


def test_the_rate_found_is_below_the_one_at_which_learning_breaks() -> None:
    level = 1.0

    def losses(rate: float) -> float:
        nonlocal level
        level *= 1 - 20 * rate if rate < 0.01 else 3
        return level

    assert 1e-4 < found_rate(losses) < 0.01


def test_a_loss_that_becomes_no_number_ends_the_search() -> None:
    asked = []

    def losses(rate: float) -> float:
        asked.append(rate)
        return math.nan if rate > 1e-3 else 1 / (1 + len(asked))

    assert 0 < found_rate(losses) <= 1e-3 / 3
    assert asked[-2] <= 1e-3


def test_a_loss_that_never_was_a_number_is_told() -> None:
    with pytest.raises(ValueError, match="lowest learning rate"):
        found_rate(lambda rate: math.inf)


def test_patience_is_over_after_so_many_measurements_without_a_better_one() -> None:
    patience = Patience(2)
    assert [patience.improved(figure) for figure in (0.1, 0.3, 0.2)] == [True, True, False]
    assert not patience.over
    patience.improved(0.3)
    assert patience.over


def test_no_patience_asked_for_is_endless() -> None:
    patience = Patience(0)
    for _ in range(50):
        patience.improved(0.0)
    assert not patience.over
