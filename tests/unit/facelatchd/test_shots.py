"""Which shots an enrolment keeps."""

from __future__ import annotations

import numpy as np
import pytest

from facelatch_eye.messages import View
from facelatchd.shots import FEWEST_SHOTS, HINTS, WANTED, Pose, Shots
from tests.unit.facelatchd.seen import CALIBRATION, DIMENSION, face, seen, unit


def varied(index: int) -> np.ndarray:
    """Vectors of one person: near `unit()`, and each a little elsewhere."""
    vector = unit(0.9)
    vector = vector.copy()
    vector[1] = 0
    vector[1 + index % (DIMENSION - 1)] = np.sqrt(1 - 0.81)
    return vector


def posed() -> Shots:
    return Shots(CALIBRATION, 0.5)


def from_pictures(most: int = 16) -> Shots:
    return Shots(CALIBRATION, None, most=most)


@pytest.mark.parametrize("view", [view for view in View if view is not View.CLEAR])
def test_an_unclear_frame_is_not_kept_and_its_hint_says_what_to_do(view: View) -> None:
    shot = posed().add(seen(view))
    assert not shot.taken
    assert shot.hint == HINTS[view]


def test_each_pose_has_its_share_and_then_all_is_covered() -> None:
    shots = posed()
    angles = [(0, 0)] * WANTED[Pose.STRAIGHT] + [(20, 0), (-20, 0), (0, 20), (0, -20)]
    for index, (yaw, pitch) in enumerate(angles):
        assert shots.add(seen(View.CLEAR, face(varied(index), yaw=yaw, pitch=pitch))).taken
    assert shots.complete
    assert shots.enough


def test_a_pose_that_has_its_share_asks_for_the_next() -> None:
    shots = posed()
    for index in range(WANTED[Pose.STRAIGHT]):
        shots.add(seen(View.CLEAR, face(varied(index))))
    shot = shots.add(seen(View.CLEAR, face(varied(6))))
    assert not shot.taken
    assert shot.hint == Pose.LEFT.value


def test_somebody_else_stepping_in_is_not_kept() -> None:
    shots = posed()
    shots.add(seen(View.CLEAR, face(unit())))
    stranger = np.zeros(DIMENSION, dtype=np.float32)
    stranger[3] = 1.0
    shot = shots.add(seen(View.CLEAR, face(stranger)))
    assert not shot.taken
    assert "not the same face" in shot.hint
    assert len(shots.kept) == 1


def test_the_same_picture_again_adds_nothing() -> None:
    shots = from_pictures()
    assert shots.add(seen(View.CLEAR, face(unit()))).taken
    assert not shots.add(seen(View.CLEAR, face(unit()))).taken
    assert not shots.enough


def test_no_more_than_the_most_is_kept() -> None:
    shots = from_pictures(most=FEWEST_SHOTS)
    taken = [shots.add(seen(View.CLEAR, face(varied(index)))).taken for index in range(5)]
    assert taken == [True] * FEWEST_SHOTS + [False] * 2


def test_shots_of_a_picture_do_not_look_alive() -> None:
    shots = posed()
    for index in range(4):
        shots.add(seen(View.CLEAR, face(varied(index), live=0.02)))
    assert shots.enough
    assert not shots.looks_alive


@pytest.mark.parametrize(
    ("yaw", "pitch", "pose"),
    [(0, 0, Pose.STRAIGHT), (15, 5, Pose.LEFT), (-15, 5, Pose.RIGHT), (5, 15, Pose.UP), (-5, -15, Pose.DOWN)],
)
def test_the_larger_angle_names_the_pose(yaw: float, pitch: float, pose: Pose) -> None:
    assert Pose.of(face(None, yaw=yaw, pitch=pitch)) is pose
