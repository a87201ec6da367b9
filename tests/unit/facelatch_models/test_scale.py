"""What a pack says its scores are worth: which levels it supports, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from facelatch_models.scale import (
    MISSED,
    PASSED,
    Calibration,
    Cohort,
    Figure,
    calibration_faults,
    figure_faults,
    supported,
)
from tests.unit.facelatch_models.samples import CALIBRATION

COHORT = Cohort(name="cohort.f16", sha256="a" * 64, bytes=2 * 8 * 50, count=50, nearest=10)


def figure(name: str, value: float, high: float | None) -> Figure:
    return Figure(name=name, value=value, low=0.0, high=high, data="made up", command="none")


def level(name: str, passed: float, missed: float) -> list[Figure]:
    return [figure(PASSED + name, passed / 2, passed), figure(MISSED + name, missed, 1.0)]


def test_a_level_is_supported_where_its_rate_was_shown_and_its_owner_gets_in() -> None:
    figures = level("convenient", 1e-4, 0.1) + level("balanced", 9e-6, 0.5) + level("strict", 9e-7, 0.51)
    assert supported(figures) == ("convenient", "balanced")


def test_a_rate_that_is_low_by_chance_supports_nothing() -> None:
    assert supported(level("strict", 1.1e-6, 0.1)) == ()


@pytest.mark.parametrize("missing", [PASSED, MISSED])
def test_what_was_not_measured_is_not_supported(missing: str) -> None:
    assert supported([one for one in level("strict", 1e-7, 0.1) if not one.name.startswith(missing)]) == ()
    assert supported([]) == ()


def test_a_rate_without_an_interval_shows_nothing() -> None:
    assert supported([figure(PASSED + "strict", 0.0, None), figure(MISSED + "strict", 0.1, 0.2)]) == ()


def test_a_valid_cohort_has_no_fault() -> None:
    assert list(calibration_faults(msgspec.structs.replace(CALIBRATION, cohort=COHORT), 8)) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "../cohort"}, "cohort.name"),
        ({"sha256": "A" * 64}, "cohort.sha256"),
        ({"bytes": 2 * 8 * 50 - 2}, "cohort.bytes"),
        ({"nearest": 0}, "cohort.nearest"),
        ({"nearest": 51}, "cohort.nearest"),
        ({"count": 5000, "bytes": 2 * 8 * 5000}, "cohort.nearest, count"),
        ({"count": 0, "nearest": 0, "bytes": 0}, "cohort.nearest"),
    ],
)
def test_a_cohort_that_makes_no_sense_is_refused(changes: dict[str, Any], fault: str) -> None:
    made = msgspec.structs.replace(CALIBRATION, cohort=msgspec.structs.replace(COHORT, **changes))
    assert [text for text in calibration_faults(made, 8) if text.startswith(fault)]


@pytest.mark.parametrize(
    "shown",
    [
        ((0.0, 1.0), (0.0, 2.0)),
        ((0.0, 1.0), (1.0, 0.5)),
        ((0.0, float("nan")),),
        ((float("-inf"), 0.0), (0.0, 1.0)),
        tuple((float(step), 0.0) for step in range(300)),
    ],
)
def test_points_between_which_no_line_can_be_drawn_are_refused(shown: tuple[tuple[float, float], ...]) -> None:
    made: Calibration = msgspec.structs.replace(CALIBRATION, shown=shown)
    assert any(text.startswith("shown") for text in calibration_faults(made, 8))


@pytest.mark.parametrize(
    "changes", [{"value": 0.3}, {"value": -0.1}, {"low": 0.15, "value": 0.1}, {"high": -1.0}, {"value": float("nan")}]
)
def test_a_figure_outside_its_own_interval_is_refused(changes: dict[str, float]) -> None:
    plain = Figure(name="FTA", value=0.1, low=0.0, high=0.2, data="made up", command="none")
    assert list(figure_faults(plain)) == list(figure_faults(msgspec.structs.replace(plain, low=None, high=None))) == []
    assert list(figure_faults(msgspec.structs.replace(plain, **changes)))
