"""What a cosine is worth: with and without a cohort, of several templates, and as a probability to be shown."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from facelatch_models.pack import Pack, PackDamaged
from facelatch_models.scale import Calibration, Cohort
from facelatch_models.yardstick import Yardstick, combined
from tests.unit.facelatch_models.samples import CALIBRATION, manifest

DIMENSION = 8
PLAIN = Yardstick(CALIBRATION)

ratio_lists = some.lists(some.floats(-50, 50), min_size=1, max_size=16)


def unit_rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    """Return random rows of unit length."""
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def with_cohort(cohort: NDArray[np.float32], nearest: int) -> tuple[Calibration, bytes]:
    """Return the sample calibration with a cohort, and the bytes of its file."""
    content = cohort.astype("<f2").tobytes()
    entry = Cohort(
        name="cohort.f16",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        count=len(cohort),
        nearest=nearest,
    )
    return msgspec.structs.replace(CALIBRATION, cohort=entry), content


def pack_with(folder: Path, calibration: Calibration, content: bytes) -> Pack:
    """Return a pack of which nothing but the cohort is on disk."""
    (folder / "cohort.f16").write_bytes(content)
    return Pack(folder, manifest(calibration=calibration))


def test_without_a_cohort_the_ratio_is_the_line() -> None:
    vectors = unit_rows(5)
    probe = unit_rows(1, seed=2)[0]
    expected = CALIBRATION.slope * (vectors @ probe) + CALIBRATION.intercept
    assert PLAIN.ratios(probe, PLAIN.hold(vectors)) == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_a_cohort_takes_the_crowding_of_both_sides_from_the_cosine(tmp_path: Path) -> None:
    cohort, vectors, probe = unit_rows(40, seed=3), unit_rows(6, seed=4), unit_rows(1, seed=5)[0]
    yardstick = Yardstick.of(pack_with(tmp_path, *with_cohort(cohort, nearest=7)))
    stored = cohort.astype(np.float16).astype(np.float64)
    around = [np.sort(stored @ vector)[-7:].mean() for vector in (*vectors, probe)]
    scores = vectors @ probe - (np.array(around[:-1]) + around[-1]) / 2
    expected = CALIBRATION.slope * scores + CALIBRATION.intercept
    assert yardstick.ratios(probe, yardstick.hold(vectors)) == pytest.approx(expected, abs=1e-3)


def test_many_vectors_are_held_as_few_are(tmp_path: Path) -> None:
    yardstick = Yardstick.of(pack_with(tmp_path, *with_cohort(unit_rows(16, seed=3), nearest=3)))
    vectors = unit_rows(10_000, seed=6)
    held = yardstick.hold(vectors)
    assert len(held) == len(vectors)
    for row in (0, 4095, 4096, 9999):
        assert held.crowding[row] == pytest.approx(yardstick.hold(vectors[row : row + 1]).crowding[0], abs=1e-6)


def test_ratios_of_many_probes_are_those_of_each(tmp_path: Path) -> None:
    yardstick = Yardstick.of(pack_with(tmp_path, *with_cohort(unit_rows(16, seed=3), nearest=3)))
    probes, held = unit_rows(4, seed=7), yardstick.hold(unit_rows(9, seed=8))
    together = yardstick.all_ratios(yardstick.hold(probes), held)
    for probe, row in zip(probes, together, strict=True):
        assert yardstick.ratios(probe, held) == pytest.approx(row, abs=1e-4)


def test_a_line_fitted_with_a_cohort_is_not_used_without_it() -> None:
    calibration, _content = with_cohort(unit_rows(4), nearest=2)
    with pytest.raises(ValueError, match="cohort"):
        Yardstick(calibration)


def test_a_cohort_whose_bytes_are_not_the_manifests_is_damage(tmp_path: Path) -> None:
    calibration, content = with_cohort(unit_rows(4), nearest=2)
    turned = bytes([content[0] ^ 1]) + content[1:]
    with pytest.raises(PackDamaged, match="SHA-256"):
        Yardstick.of(pack_with(tmp_path, calibration, turned))


@pytest.mark.parametrize("value", [0.0, 9.0, float("nan"), float("inf")])
def test_a_cohort_that_is_no_unit_vectors_is_damage(tmp_path: Path, value: float) -> None:
    cohort = unit_rows(4)
    cohort[2, :] = value
    with pytest.raises(PackDamaged, match="unit length"):
        Yardstick.of(pack_with(tmp_path, *with_cohort(cohort, nearest=2)))


# --- several templates ------------------------------------------------------------------------------------------------


def test_more_templates_of_which_one_fits_do_not_lower_the_bar() -> None:
    assert combined(np.array([12.0] + [-16.0] * 7)) == pytest.approx(12.0 - math.log(8))


@given(ratio_lists)
def test_a_mixture_is_never_above_its_best_template(ratios: list[float]) -> None:
    assert combined(np.array(ratios)) <= max(ratios) + 1e-9


def test_no_template_is_an_error_and_no_match() -> None:
    with pytest.raises(ValueError, match="no templates"):
        combined(np.array([]))


# --- a probability to be shown ----------------------------------------------------------------------------------------


@given(some.floats(-2000, 2000), some.floats(1e-9, 1 - 1e-9))
def test_a_probability_is_one_however_much_evidence_there_is(evidence: float, prior: float) -> None:
    assert 0 <= PLAIN.probability(evidence, prior) <= 1


def test_no_evidence_leaves_the_prior() -> None:
    assert PLAIN.probability(0.0, 0.01) == pytest.approx(0.01)


def test_what_is_shown_goes_along_the_points_and_not_beyond_them() -> None:
    yardstick = Yardstick(msgspec.structs.replace(CALIBRATION, shown=((-5.0, -4.0), (5.0, 2.0))))
    assert yardstick.probability(0.0) == pytest.approx(1 / (1 + math.exp(1)))
    assert yardstick.probability(100.0) == yardstick.probability(5.0) == pytest.approx(1 / (1 + math.exp(-2)))


@pytest.mark.parametrize("prior", [0.0, 1.0, -1.0, float("nan")])
def test_certainty_beforehand_is_no_prior(prior: float) -> None:
    with pytest.raises(ValueError, match="prior"):
        PLAIN.probability(1.0, prior)


@pytest.mark.parametrize(("slope", "intercept", "expected"), [(44.19, -14.19, 0.985), (216.8, -197.2, 0.998)])
def test_copies_are_nearer_to_each_other_where_all_cosines_are_high(
    slope: float, intercept: float, expected: float
) -> None:
    yardstick = Yardstick(msgspec.structs.replace(CALIBRATION, slope=slope, intercept=intercept))
    assert yardstick.copies_from == pytest.approx(expected, abs=5e-4)
