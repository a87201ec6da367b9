"""Evidence: what frames add up to."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Band
from facelatchd.evidence import band, look_evidence

ratios = st.floats(-50, 50)
correlations = st.floats(0, 1)


@given(ratios, st.integers(1, 1000), st.floats(0.05, 1))
def test_a_look_alike_never_climbs_over_the_bound_by_staying(ratio: float, frames: int, correlation: float) -> None:
    assert abs(look_evidence([ratio] * frames, correlation)) <= abs(ratio) / correlation + 1e-6


@given(st.lists(ratios, min_size=1, max_size=50))
def test_frames_that_only_repeat_each_other_count_once(frames: list[float]) -> None:
    assert look_evidence(frames, 1.0) == pytest.approx(math.fsum(frames) / len(frames), abs=1e-9)


@given(st.lists(ratios, min_size=1, max_size=50), correlations)
def test_the_order_of_frames_does_not_matter(frames: list[float], correlation: float) -> None:
    assert look_evidence(frames, correlation) == pytest.approx(look_evidence(frames[::-1], correlation), abs=1e-9)


@given(st.lists(ratios, min_size=1, max_size=20), correlations, st.floats(0.1, 10))
def test_a_better_frame_never_lowers_the_evidence(frames: list[float], correlation: float, more: float) -> None:
    better = [frames[0] + more, *frames[1:]]
    assert look_evidence(better, correlation) > look_evidence(frames, correlation)


def test_nothing_seen_is_no_evidence() -> None:
    assert look_evidence([], 0.5) == 0.0


@pytest.mark.parametrize(
    ("evidence", "expected"), [(12, Band.MATCH), (11.9, Band.NEAR), (0, Band.NEAR), (-1, Band.FAR)]
)
def test_the_band_is_coarse(evidence: float, expected: Band) -> None:
    assert band(evidence, 12.0) is expected
