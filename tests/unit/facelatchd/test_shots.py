"""Which shots an enrolment keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from facelatch.types import Hint, Pose
from facelatch_eye.messages import Observation, View
from facelatch_models.yardstick import combined
from facelatchd.shots import (
    ANCHORS,
    STRANGERS,
    TEXTS,
    WANTED,
    Kept,
    Shots,
    pose_of,
)
from facelatchd.store import MOST_TEMPLATES
from tests.unit.facelatchd.seen import (
    ALL_POSES,
    ANGLES,
    DIMENSION,
    NOBODY,
    STRANGER,
    YARDSTICK,
    face,
    seen,
    shot,
    unit,
    varied,
)


def posed() -> Shots:
    return Shots(YARDSTICK, 0.5)


def improving(count: int = 1) -> Shots:
    """Shots for a face that has so many templates already."""
    known = np.stack([varied(index) for index in range(count)])
    return Shots(YARDSTICK, 0.5, known)


HINT_OF = {
    View.DARK: Hint.MORE_LIGHT,
    View.NO_FACE: Hint.NO_FACE,
    View.SEVERAL_FACES: Hint.ONE_FACE,
    View.FAR: Hint.CLOSER,
    View.BLURRED: Hint.HOLD_STILL,
    View.TURNED: Hint.LESS_TURNED,
    View.COVERED: Hint.UNCOVER,
    View.EYES_CLOSED: Hint.OPEN_EYES,
}


@pytest.mark.parametrize("view", [view for view in View if view is not View.CLEAR])
def test_an_unclear_frame_is_not_kept_and_its_hint_says_what_to_do(view: View) -> None:
    shots = posed()
    taken = shots.add(seen(view, face(unit())))
    assert (taken.taken, taken.hint) == (False, HINT_OF[view])
    assert taken.text == TEXTS[HINT_OF[view]] == shots.commonest_hint
    assert shots.kept == []


def test_a_face_without_an_embedding_is_no_shot() -> None:
    assert posed().add(seen(View.CLEAR, face(None))).hint is Hint.UNCLEAR


def test_each_pose_has_its_share_and_then_all_is_covered() -> None:
    shots = posed()
    told = [shots.add(observation) for observation in ALL_POSES]
    assert all(one.taken for one in told)
    assert shots.complete
    assert shots.enough
    assert shots.covered == tuple(Pose)
    assert shots.missing_poses == ()
    assert [one.hint for one in told][-5:] == [Hint.LEFT, Hint.RIGHT, Hint.UP, Hint.DOWN, Hint.DONE]
    assert [kept.number for kept in shots.kept] == list(range(1, len(ALL_POSES) + 1))


def test_a_pose_that_has_its_share_asks_for_the_next() -> None:
    shots = posed()
    for index in range(WANTED[Pose.STRAIGHT]):
        shots.add(shot(index))
    refused = shots.add(shot(6))
    assert (refused.taken, refused.hint) == (False, Hint.LEFT)
    assert shots.covered == (Pose.STRAIGHT,)
    assert shots.missing_poses == (Pose.LEFT, Pose.RIGHT, Pose.UP, Pose.DOWN)


def test_what_comes_when_there_is_enough_is_not_kept() -> None:
    shots = posed()
    for observation in ALL_POSES:
        shots.add(observation)
    assert shots.add(shot(9)).hint is Hint.ENOUGH
    assert len(shots.kept) == shots.wanted


def test_somebody_else_stepping_in_is_not_kept() -> None:
    shots = posed()
    shots.add(seen(View.CLEAR, face(unit())))
    assert shots.add(STRANGER).hint is Hint.ANOTHER_FACE
    assert len(shots.kept) == 1


def _between(cosine: float) -> np.ndarray:
    """A vector on the way from the enrolled person to a stranger who shares nothing with him."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[0], vector[-1] = cosine, np.sqrt(1 - cosine * cosine)
    return vector


def test_one_strangers_shot_that_slips_in_does_not_let_his_others_in() -> None:
    shots = posed()
    for index in range(ANCHORS):
        assert shots.add(seen(View.CLEAR, face(varied(index)))).taken
    assert shots.add(seen(View.CLEAR, face(_between(0.65)))).taken
    stranger = shots.add(seen(View.CLEAR, face(_between(0.2))))
    assert (stranger.taken, stranger.hint) == (False, Hint.ANOTHER_FACE)


def test_somebody_else_is_noticed_after_some_frames_and_the_person_again_at_once() -> None:
    shots = posed()
    for index in range(ANCHORS):
        shots.add(seen(View.CLEAR, face(varied(index))))
    for _ in range(STRANGERS):
        assert not shots.of_somebody_else
        shots.add(seen(View.CLEAR, face(_between(0.1))))
    assert shots.of_somebody_else
    shots.add(seen(View.CLEAR, face(varied(3))))
    assert not shots.of_somebody_else


def test_the_same_frame_again_adds_nothing() -> None:
    shots = posed()
    assert shots.add(shot(0)).taken
    again = shots.add(shot(0))
    assert (again.taken, again.hint) == (False, Hint.STRAIGHT)
    assert not shots.enough


def test_what_is_kept_of_a_shot_is_what_a_review_shows() -> None:
    shots = posed()
    shots.add(shot(3, Pose.UP), picture=b"jpeg")
    (kept,) = shots.kept
    assert (kept.number, kept.pose, kept.picture) == (1, Pose.UP, b"jpeg")
    assert np.array_equal(kept.vector, varied(3))


def test_shots_of_a_picture_do_not_look_alive() -> None:
    shots = posed()
    for index in range(4):
        shots.add(shot(index, live=0.02))
    assert shots.enough
    assert not shots.looks_alive


@pytest.mark.parametrize(
    ("yaw", "pitch", "pose"),
    [(0, 0, Pose.STRAIGHT), (15, 5, Pose.LEFT), (-15, 5, Pose.RIGHT), (5, 15, Pose.UP), (-5, -15, Pose.DOWN)],
)
def test_the_larger_angle_names_the_pose(yaw: float, pitch: float, pose: Pose) -> None:
    assert pose_of(face(None, yaw=yaw, pitch=pitch)) is pose


# --- dropping ---------------------------------------------------------------------------------------------------------


def test_a_dropped_shot_is_gone_and_the_others_keep_their_numbers() -> None:
    shots = posed()
    for index in range(4):
        shots.add(shot(index))
    shots.drop([2, 2])
    assert [kept.number for kept in shots.kept] == [1, 3, 4]
    shots.drop([])
    assert len(shots.kept) == 3
    assert shots.enough
    shots.drop([1])
    assert not shots.enough


def test_a_shot_that_is_not_there_cannot_be_dropped_and_nothing_is() -> None:
    shots = posed()
    shots.add(shot(0))
    with pytest.raises(LookupError, match="no shot 7"):
        shots.drop([1, 7])
    assert [kept.number for kept in shots.kept] == [1]


def test_a_pose_whose_shot_was_dropped_is_missing() -> None:
    shots = posed()
    for observation in ALL_POSES:
        shots.add(observation)
    shots.drop([kept.number for kept in shots.kept if kept.pose is Pose.UP])
    assert shots.missing_poses == (Pose.UP,)
    assert Pose.UP not in shots.covered


# --- improving --------------------------------------------------------------------------------------------------------


def test_one_shot_that_adds_something_is_enough_to_improve_a_face() -> None:
    shots = improving()
    assert shots.add(shot(1)).taken
    assert shots.enough
    assert len(shots.kept) == 1, "what the face has already is not stored again"


def test_a_face_is_improved_by_no_other_face() -> None:
    shots = improving()
    assert shots.add(seen(View.CLEAR, face(-unit()))).hint is Hint.ANOTHER_FACE
    assert not shots.enough


@pytest.mark.parametrize("there", [1, MOST_TEMPLATES - 2, MOST_TEMPLATES - 1])
def test_a_face_is_improved_up_to_what_a_face_may_have(there: int) -> None:
    assert improving(there).wanted == min(len(ALL_POSES), MOST_TEMPLATES - there)


# --- whatever comes ---------------------------------------------------------------------------------------------------


def _observation(values: tuple[float, int, Pose, View, bool]) -> Observation:
    cosine, axis, pose, view, embedded = values
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[0], vector[axis] = cosine, np.sqrt(max(0.0, 1 - cosine * cosine))
    yaw, pitch = ANGLES[pose]
    return seen(view, face(vector if embedded else None, yaw=yaw, pitch=pitch))


observations = some.one_of(
    some.just(NOBODY),
    some.tuples(
        some.floats(-1.0, 1.0),
        some.integers(1, DIMENSION - 1),
        some.sampled_from(Pose),
        some.sampled_from([View.CLEAR] * 8 + list(View)),
        some.integers(0, 9).map(bool),
    ).map(_observation),
)
sets_of_shots = some.builds(
    lambda there: improving(there) if there else posed(),
    some.sampled_from([0, 0, 1, 5, MOST_TEMPLATES - 2]),
)


@given(shots=sets_of_shots, frames=some.lists(observations, max_size=60))
def test_whatever_comes_never_more_is_kept_than_wanted_and_never_another_face(
    shots: Shots, frames: list[Observation]
) -> None:
    known = list(shots._known)
    for frame in frames:
        before = len(shots.kept)
        taken = shots.add(frame).taken
        assert len(shots.kept) == before + taken
        assert len(shots.kept) <= shots.wanted
        if taken:
            assert frame.view is View.CLEAR
    for index, kept in enumerate(shots.kept):
        _fits([*known, *(other.vector for other in shots.kept[:index])], kept)
    assert len({kept.number for kept in shots.kept}) == len(shots.kept)


def _fits(before: list[np.ndarray], kept: Kept) -> None:
    """Assert that the shot shows whom those before it show, and is not one of them again."""
    if before:
        cosines = np.stack(before) @ kept.vector
        assert combined(YARDSTICK.of_scores(cosines)) >= 0
        assert cosines.max() <= YARDSTICK.copies_from


@given(frames=some.lists(observations, max_size=40), numbers=some.sets(some.integers(1, len(ALL_POSES)), max_size=6))
def test_what_is_dropped_is_gone_and_nothing_else(frames: list[Observation], numbers: set[int]) -> None:
    shots = posed()
    for frame in frames:
        shots.add(frame)
    there = [kept.number for kept in shots.kept]
    shots.drop(numbers & set(there))
    assert [kept.number for kept in shots.kept] == [number for number in there if number not in numbers]
