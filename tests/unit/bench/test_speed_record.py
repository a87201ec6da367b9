from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.speed.record import FEW, Measure, missing

VALUES = st.lists(st.floats(0, 1e9), min_size=FEW, max_size=300).map(tuple)


def measured(*values: float) -> Measure:
    return Measure("eye", "facelatch", "a frame", "ms", values)


def test_a_measure_knows_its_median_and_how_many_it_is_of() -> None:
    measure = measured(3, 1, 8, 2)

    assert (measure.median, measure.count) == (2.5, 4)


def test_few_values_have_no_95th_percentile() -> None:
    assert measured(*range(FEW - 1)).p95 is None
    assert measured(*range(FEW)).p95 is not None


def test_the_95th_percentile_of_a_hundred_values_is_the_95th() -> None:
    assert measured(*reversed(range(1, 101))).p95 == 95


@given(VALUES)
def test_the_95th_percentile_is_a_value_that_95_percent_do_not_exceed_and_no_lower_one_is(
    values: tuple[float, ...],
) -> None:
    p95 = measured(*values).p95

    assert p95 in values
    assert sum(value <= p95 for value in values) >= 0.95 * len(values)
    assert sum(value < p95 for value in values) < 0.95 * len(values)


def test_what_could_not_be_measured_has_neither_median_nor_percentile_and_says_why() -> None:
    measure = missing("eye", "dlib", "a frame", "ms", "not installed")

    assert (measure.median, measure.p95, measure.count, measure.note) == (None, None, 0, "not installed")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="eye, facelatch, a frame"):
        measured(1.0, value)


def test_a_measure_of_nothing_that_does_not_say_why_is_refused() -> None:
    with pytest.raises(ValueError, match="that says why"):
        measured()
