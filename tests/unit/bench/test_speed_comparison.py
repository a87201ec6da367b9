from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.speed.comparison import compared, ratio_of
from tests.bench.speed.record import OURS, Measure, missing

SOME = st.lists(st.floats(0.1, 1e6), min_size=2, max_size=30).map(tuple)


def measured(subject: str, *values: float, what: str = "a frame", unit: str = "ms", section: str = "eye") -> Measure:
    return Measure(section, subject, what, unit, values)


def test_a_peer_is_compared_by_the_medians() -> None:
    (one,) = compared([measured("dlib", 80, 100, 300), measured(OURS, 20, 20, 25)])

    assert (one.section, one.what, one.peer, one.ratio) == ("eye", "a frame", "dlib", 5.0)


def test_only_equal_things_of_one_section_are_compared() -> None:
    others = [measured("dlib", 1, what="a start"), measured("dlib", 1, section="memory")]

    assert compared([measured(OURS, 1), *others]) == []


def test_what_was_not_measured_is_compared_with_nothing() -> None:
    absent = missing("eye", "dlib", "a frame", "ms", "not installed")

    assert compared([measured(OURS, 1), absent]) == []
    assert compared([missing("eye", OURS, "a frame", "ms", "no pack"), measured("dlib", 1)]) == []


def test_a_median_of_nought_is_no_measure_for_others() -> None:
    assert compared([measured(OURS, 0, 0), measured("dlib", 1)]) == []


def test_units_that_differ_are_a_fault_of_the_section() -> None:
    with pytest.raises(ValueError, match="ours is in ms, that of dlib in s"):
        compared([measured(OURS, 1), measured("dlib", 1, unit="s")])


def test_a_single_value_has_a_ratio_and_no_interval() -> None:
    assert ratio_of((6.0,), (2.0, 3.0, 4.0)) == (2.0, None, None)


def test_values_that_are_all_the_same_leave_nothing_in_doubt() -> None:
    assert ratio_of((6.0, 6.0), (3.0, 3.0, 3.0)) == (2.0, 2.0, 2.0)


@given(SOME, SOME)
def test_the_interval_holds_the_ratio_and_lies_between_the_extremes(
    peer: tuple[float, ...], own: tuple[float, ...]
) -> None:
    ratio, low, high = ratio_of(peer, own)

    assert low is not None
    assert high is not None
    assert low <= ratio <= high
    assert low >= 0.999 * min(peer) / max(own)
    assert high <= 1.001 * max(peer) / min(own)


def test_the_interval_is_the_same_in_every_run_and_narrower_with_more_values() -> None:
    few, own = (9.0, 10.0, 14.0, 11.0), (1.0, 2.0, 3.0, 2.0)
    _, low, high = ratio_of(few, own)
    _, lower, higher = ratio_of(few * 20, own * 20)

    assert ratio_of(few, own) == ratio_of(few, own)
    assert None not in (low, high, lower, higher)
    assert higher - lower < high - low  # type: ignore[operator]
