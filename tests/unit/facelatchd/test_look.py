"""What a look adds up to."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Band, Level, Reason, Verdict
from facelatch_eye.messages import Observation, View
from facelatchd.look import LIVE_FRAMES, MATCH_FRAMES, REFUSAL_FRAMES, Bar, Look, Step
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, YARDSTICK, face, seen, unit

TEMPLATES = unit()[None, :]
BAR = Bar.of(MANIFEST, YARDSTICK, Level.BALANCED, liveness=True, no_face_seconds=2.5)
USER = seen(View.CLEAR, face(unit(0.9)))
STRANGER = seen(View.CLEAR, face(unit(0.0)))
PHOTO = seen(View.CLEAR, face(unit(0.9), live=0.01))


def looked(*observations: Observation, bar: Bar = BAR, elapsed: float = 0.5) -> Look:
    look = Look(TEMPLATES, bar)
    for observation in observations:
        look.add(observation, elapsed)
    return look


def test_the_user_is_matched_as_soon_as_liveness_has_its_frames() -> None:
    look = Look(TEMPLATES, BAR)
    steps = [look.add(USER, 0.1) for _ in range(LIVE_FRAMES)]
    assert steps == [Step.GO_ON] * (LIVE_FRAMES - 1) + [Step.END]
    assert look.conclude() is Reason.MATCHED
    assert look.band is Band.MATCH


def test_one_frame_alone_never_matches() -> None:
    bar = msgspec.structs.replace(BAR, live_threshold=None)
    assert looked(USER, bar=bar).conclude() is not Reason.MATCHED
    assert looked(*[USER] * MATCH_FRAMES, bar=bar).conclude() is Reason.MATCHED


def test_a_stranger_is_refused_before_the_deadline() -> None:
    look = Look(TEMPLATES, BAR)
    steps = [look.add(STRANGER, 0.1) for _ in range(REFUSAL_FRAMES)]
    assert steps[-1] is Step.END
    assert look.conclude() is Reason.ANOTHER_FACE
    assert look.band is Band.FAR


def test_the_users_photo_is_refused_as_not_live() -> None:
    look = looked(*[PHOTO] * REFUSAL_FRAMES)
    assert look.conclude() is Reason.NOT_LIVE
    assert look.conclude().verdict is Verdict.MISMATCH


def test_a_stranger_does_not_lend_a_photo_his_life() -> None:
    stranger = seen(View.CLEAR, face(unit(0.4), live=1.0))
    photo = seen(View.CLEAR, face(unit(1.0), live=0.1))
    look = looked(photo, photo, stranger, stranger)
    assert look.evidence >= BAR.bound
    assert look.live is True
    assert not look.matched
    assert look.conclude().verdict is Verdict.MISMATCH


def test_too_little_to_match_is_too_little_to_count() -> None:
    two = looked(STRANGER, STRANGER)
    assert not two.counts
    assert two.conclude().verdict is Verdict.UNAVAILABLE
    without_liveness = looked(STRANGER, STRANGER, bar=msgspec.structs.replace(BAR, live_threshold=None))
    assert without_liveness.counts
    assert without_liveness.conclude() is Reason.ANOTHER_FACE


@pytest.mark.parametrize("live", [-0.1, 1.1, float("inf"), float("nan")])
def test_a_probability_of_life_that_is_none_is_an_error(live: float) -> None:
    with pytest.raises(ValueError, match="probability of life"):
        Look(TEMPLATES, BAR).add(seen(View.CLEAR, face(unit(), live=live)), 0.1)


def test_stages_that_nobody_knows_are_not_kept() -> None:
    odd = msgspec.structs.replace(USER, took={"detect": 1.0, "x" * 1000: 1.0})
    assert set(looked(odd).took) == {"detect"}


def test_where_liveness_is_asked_for_a_face_without_an_answer_never_matches() -> None:
    silent = seen(View.CLEAR, face(unit(0.99), live=None))
    assert looked(*[silent] * 20).conclude() is Reason.ANOTHER_FACE


def test_frames_with_several_faces_are_not_judged() -> None:
    crowd = seen(View.SEVERAL_FACES, face(unit(1.0)), face(unit(0.0)))
    look = looked(*[crowd] * 20)
    assert look.judged == 0
    assert look.conclude() is Reason.SEVERAL_FACES


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (View.DARK, Reason.TOO_DARK),
        (View.NO_FACE, Reason.NO_FACE),
        (View.FAR, Reason.UNCLEAR),
        (View.BLURRED, Reason.UNCLEAR),
        (View.TURNED, Reason.UNCLEAR),
    ],
)
def test_what_kept_most_frames_from_being_judged_is_the_reason(view: View, reason: Reason) -> None:
    assert looked(*[seen(view)] * 5).conclude() is reason


def test_an_empty_room_ends_the_look_early_and_a_face_keeps_it_going() -> None:
    assert Look(TEMPLATES, BAR).add(seen(View.NO_FACE), 2.6) is Step.END
    look = looked(STRANGER)
    assert look.add(seen(View.NO_FACE), 2.6) is Step.GO_ON


def test_no_frame_at_all_is_a_timeout() -> None:
    assert Look(TEMPLATES, BAR).conclude() is Reason.TIMEOUT


@pytest.mark.parametrize("vector", [unit()[:4], unit() * 2, np.full(DIMENSION, np.nan, dtype=np.float32)])
def test_an_embedding_that_is_no_unit_vector_is_an_error(vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no unit vector"):
        Look(TEMPLATES, BAR).add(seen(View.CLEAR, face(vector)), 0.1)


def test_a_look_without_templates_cannot_begin() -> None:
    with pytest.raises(ValueError, match="at least one template"):
        Look(np.empty((0, DIMENSION), dtype=np.float32), BAR)


frames = st.builds(
    lambda cosine, live, view: seen(view, face(unit(cosine), live=live)),
    st.floats(-1, 1, width=32),
    st.floats(0, 1) | st.none(),
    st.sampled_from(View),
)


@given(st.lists(frames, max_size=30))
def test_a_match_always_has_evidence_over_the_bound_and_liveness_behind_it(observations: list[Observation]) -> None:
    look = looked(*observations)
    if look.conclude() is Reason.MATCHED:
        assert look.evidence >= BAR.bound
        assert look.live is True
        assert look.judged >= MATCH_FRAMES


@given(st.lists(frames.filter(lambda o: o.faces[0].embedding is not None), max_size=30))
def test_dead_faces_never_match(observations: list[Observation]) -> None:
    dead = [msgspec.structs.replace(o, faces=(msgspec.structs.replace(o.faces[0], live=0.2),)) for o in observations]
    assert looked(*dead).conclude() is not Reason.MATCHED
