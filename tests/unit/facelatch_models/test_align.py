"""Alignment by points and by box."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.align import aligned, similarity, surroundings
from facelatch_models.face import Face
from facelatch_models.pack import InputSpec

FIVE = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]], np.float32)
POINTS = tuple((float(x) / 112, float(y) / 112) for x, y in FIVE)


@given(
    angle=st.floats(-3.1, 3.1), scale=st.floats(0.05, 20), x=st.floats(-500, 500), y=st.floats(-500, 500)
)  # fmt: skip
def test_a_similarity_is_found_again_exactly(angle: float, scale: float, x: float, y: float) -> None:
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = similarity(FIVE, FIVE @ linear.T + (x, y))
    np.testing.assert_allclose(found[:, :2], linear, rtol=1e-4, atol=1e-4 * scale)
    np.testing.assert_allclose(found[:, 2], (x, y), atol=1e-3 * (1 + scale))


@given(
    st.lists(st.floats(-100, 100), min_size=10, max_size=10), st.lists(st.floats(-100, 100), min_size=10, max_size=10)
)
def test_a_similarity_never_mirrors_and_scales_both_axes_alike(source: list[float], target: list[float]) -> None:
    points = np.array(source).reshape(5, 2)
    if points.var() < 1e-3:
        return
    linear = similarity(points, np.array(target).reshape(5, 2))[:, :2]
    assert np.linalg.det(linear) >= -1e-9
    np.testing.assert_allclose(linear[0, 0], linear[1, 1], atol=1e-6)
    np.testing.assert_allclose(linear[0, 1], -linear[1, 0], atol=1e-6)


def test_mirrored_points_are_met_by_the_nearest_rotation() -> None:
    mirrored = FIVE * (-1, 1)
    found = similarity(FIVE, mirrored)
    assert np.linalg.det(found[:, :2]) > 0
    assert np.abs(FIVE @ found[:, :2].T + found[:, 2] - mirrored).max() > 5


def test_no_other_similarity_near_by_has_a_smaller_error() -> None:
    random = np.random.default_rng(1)
    target = FIVE + random.normal(0, 5, FIVE.shape)
    best = similarity(FIVE, target)

    def error(matrix: np.ndarray) -> float:
        return float(((FIVE @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

    for _ in range(200):
        scale, turn, x, y = random.normal(0, 0.01, 4)
        step = np.array([[scale, -turn, 10 * x], [turn, scale, 10 * y]])
        assert error(best) <= error(best + step)


def test_points_that_coincide_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        similarity(np.full((5, 2), 7.0), FIVE)


def test_an_aligned_face_has_its_points_where_the_network_wants_them() -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    turn = cv2.getRotationMatrix2D((56, 72), 25, 1.7)
    turn[:, 2] += (140, 80)
    points = (FIVE @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    for x, y in points:
        cv2.circle(picture, (round(float(x)), round(float(y))), 5, (255, 255, 255), -1)
    crop = aligned(picture, points, InputSpec(width=112, height=112, points=POINTS))
    assert crop.shape == (112, 112, 3)
    assert crop.dtype == np.uint8
    for x, y in FIVE:
        assert crop[round(float(y)), round(float(x))].min() > 200


@pytest.mark.parametrize(
    ("box", "columns", "rows"),
    [
        ((100.0, 100.0, 40.0, 50.0), (70, 170), (62, 187)),  # 2.5 times about its centre
        ((0.0, 0.0, 40.0, 50.0), (0, 100), (0, 125)),  # pushed back inside at the upper left
        ((360.0, 250.0, 40.0, 50.0), (299, 399), (174, 299)),  # and at the lower right
        ((100.0, 100.0, 200.0, 50.0), (0, 399), (75, 174)),  # no wider than the picture, and still of the box's shape
    ],
)
def test_the_surroundings_are_the_grown_box_pushed_inside(
    box: tuple[float, float, float, float], columns: tuple[int, int], rows: tuple[int, int]
) -> None:
    height, width = 300, 400
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    picture[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, np.newaxis]
    crop = surroundings(picture, Face(box, FIVE, 1.0), InputSpec(width=80, height=80, enlarge=2.5))
    expected = cv2.resize(picture[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1], (80, 80))
    assert np.abs(crop.astype(int) - expected).max() <= 2


@given(
    x=st.floats(-50, 250), y=st.floats(-50, 150), width=st.floats(4, 900), height=st.floats(4, 900)
)  # fmt: skip
def test_surroundings_of_any_box_have_the_networks_size(x: float, y: float, width: float, height: float) -> None:
    picture = np.full((160, 240, 3), 9, np.uint8)
    crop = surroundings(picture, Face((x, y, width, height), FIVE, 1.0), InputSpec(width=80, height=80, enlarge=2.7))
    assert crop.shape == (80, 80, 3)
    assert (crop == 9).all()  # nothing was padded
