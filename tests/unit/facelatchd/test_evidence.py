"""Evidence: what frames add up to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Band
from facelatchd.evidence import band, frame_evidence, look_evidence

SLOPE, INTERCEPT = 40.0, -12.0
ratios = st.floats(-50, 50)
correlations = st.floats(0, 1)


def test_one_template_gives_the_calibrated_ratio() -> None:
    assert frame_evidence(np.float32([0.5]), SLOPE, INTERCEPT) == pytest.approx(8.0)


def test_more_templates_of_which_one_fits_do_not_lower_the_bar() -> None:
    alone = frame_evidence(np.float32([0.6]), SLOPE, INTERCEPT)
    among = frame_evidence(np.float32([0.6] + [-0.1] * 7), SLOPE, INTERCEPT)
    assert among == pytest.approx(alone - math.log(8))


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=16))
def test_a_mixture_is_never_above_its_best_template(cosines: list[float]) -> None:
    assert frame_evidence(np.float32(cosines), SLOPE, INTERCEPT) <= SLOPE * max(cosines) + INTERCEPT + 1e-4


def test_no_template_is_an_error_and_no_match() -> None:
    with pytest.raises(ValueError, match="no templates"):
        frame_evidence(np.float32([]), SLOPE, INTERCEPT)


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
