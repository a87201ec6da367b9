"""Yaw, pitch and roll from five points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.pose import _HEAD, pose_of


def seen(yaw: float, pitch: float, roll: float, size: float = 60.0) -> np.ndarray:
    """Return the points of the model head, turned by degrees and seen from afar."""
    a, b, c = np.radians((-yaw, pitch, roll))
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]).T
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turned = _HEAD @ (about_y @ about_x @ about_z).T
    return (turned[:, :2] * size + (320, 240)).astype(np.float32)


@given(yaw=st.floats(-60, 60), pitch=st.floats(-50, 50), roll=st.floats(-80, 80), size=st.floats(20, 300))
def test_the_pose_of_a_turned_head_is_found_again(yaw: float, pitch: float, roll: float, size: float) -> None:
    pose = pose_of(seen(yaw, pitch, roll, size))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=0.1)


def test_a_nose_towards_the_pictures_right_is_a_turn_to_the_persons_left() -> None:
    points = seen(0, 0, 0)
    points[2, 0] += 15
    assert pose_of(points).yaw > 10


def test_a_nose_nearer_to_the_eyes_is_a_look_upwards() -> None:
    points = seen(0, 0, 0)
    points[2, 1] -= 12
    assert pose_of(points).pitch > 10


def test_a_persons_left_eye_lower_in_the_picture_is_a_tilt_to_the_left_shoulder() -> None:
    points = seen(0, 0, 0)
    turned = (points - points.mean(0)) @ np.array([[0.9, 0.435], [-0.435, 0.9]])
    assert turned[1, 1] > turned[0, 1]
    assert pose_of(turned).roll == pytest.approx(25.8, abs=0.5)


@pytest.mark.parametrize(
    ("angles", "turned"), [((0, 0, 0), False), ((50, 0, 0), True), ((0, 45, 0), True), ((0, 0, 60), True)]
)
def test_a_face_is_turned_from_a_bound_on_in_any_direction(angles: tuple[float, float, float], turned: bool) -> None:
    assert pose_of(seen(*angles)).turned is turned


@pytest.mark.parametrize("points", [np.full((5, 2), 3.0), np.array([[x, 2.0 * x] for x in range(5)])])
def test_points_in_one_place_or_on_one_line_count_as_turned(points: np.ndarray) -> None:
    assert pose_of(points).turned
