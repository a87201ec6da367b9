"""What a look adds up to."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Band, Gesture, Level, Liveness, Reason, Verdict
from facelatch_eye.messages import Observation, View
from facelatchd.challenge import Challenge, Purpose
from facelatchd.look import LIVE_FRAMES, MATCH_FRAMES, REFUSAL_FRAMES, Bar, Look, Step
from facelatchd.settings import ClassRule
from tests.head import Course, frames, showing, still
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, YARDSTICK, face, seen, unit
from tests.unit.facelatchd.test_agreement import HERE, scene

TEMPLATES = unit()[None, :]
RULE = ClassRule(services=("screenlock",), no_face_seconds=2.5)
BAR = Bar.of(MANIFEST, YARDSTICK, RULE)
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


def test_the_wait_for_the_first_frame_is_the_cameras_opening() -> None:
    waited = msgspec.structs.replace(USER, took={"wait": 300.0, "eyes": 10.0})
    assert looked(waited).took == {"eyes": 10.0}
    assert looked(waited, waited).took == {"wait": 300.0, "eyes": 20.0}


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
        (View.COVERED, Reason.COVERED),
        (View.EYES_CLOSED, Reason.EYES_CLOSED),
        (View.SEVERAL_FACES, Reason.SEVERAL_FACES),
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


def test_a_covered_camera_ends_the_look_early() -> None:
    assert Look(TEMPLATES, BAR).add(seen(View.COVERED), 2.6) is Step.END


@pytest.mark.parametrize("view", [View.SEVERAL_FACES, View.TURNED, View.EYES_CLOSED, View.BLURRED, View.DARK])
def test_only_a_clear_view_is_judged_whatever_else_the_eye_says(view: View) -> None:
    """The user's own face, embedded and alive: what is wrong with the view alone keeps it from being judged."""
    told = msgspec.structs.replace(USER, view=view)
    look = looked(*[told] * 20)
    assert look.judged == 0
    assert look.conclude().verdict is Verdict.UNAVAILABLE


def test_a_second_person_in_view_for_a_while_keeps_the_look_going() -> None:
    crowd = seen(View.SEVERAL_FACES, face(unit(1.0)), face(unit(0.0)))
    look = looked(*[crowd] * 20)
    assert look.add(USER, 1.0) is Step.GO_ON
    assert looked(*[crowd] * 20, *[USER] * LIVE_FRAMES).conclude() is Reason.MATCHED


def test_no_frame_at_all_is_a_timeout() -> None:
    assert Look(TEMPLATES, BAR).conclude() is Reason.TIMEOUT


@pytest.mark.parametrize("vector", [unit()[:4], unit() * 2, np.full(DIMENSION, np.nan, dtype=np.float32)])
def test_an_embedding_that_is_no_unit_vector_is_an_error(vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no unit vector"):
        Look(TEMPLATES, BAR).add(seen(View.CLEAR, face(vector)), 0.1)


def test_a_look_without_templates_cannot_begin() -> None:
    with pytest.raises(ValueError, match="at least one template"):
        Look(np.empty((0, DIMENSION), dtype=np.float32), BAR)


def bar_of(liveness: Liveness, level: Level = Level.BALANCED) -> Bar:
    return Bar.of(MANIFEST, YARDSTICK, msgspec.structs.replace(RULE, liveness=liveness, level=level))


def test_the_bar_is_the_rules() -> None:
    assert bar_of(Liveness.OFF).live_threshold is None
    assert bar_of(Liveness.PASSIVE).live_threshold == bar_of(Liveness.ACTIVE).live_threshold == 0.5
    assert bar_of(Liveness.OFF, Level.STRICT).bound > bar_of(Liveness.OFF, Level.CONVENIENT).bound
    assert not BAR.infrared
    assert Bar.of(MANIFEST, YARDSTICK, RULE, infrared=True).infrared


# --- the infrared camera beside ---

BOTH = Bar.of(MANIFEST, YARDSTICK, RULE, infrared=True)
PERSON = face(unit(0.9))


def test_the_user_before_both_cameras_is_matched() -> None:
    look = looked(*scene(HERE), bar=BOTH)
    assert look.agrees is True
    assert look.conclude() is Reason.MATCHED


def test_a_screen_is_refused_where_there_is_an_infrared_camera() -> None:
    """It shows the user, alive by the network, and nothing in infrared."""
    screen = list(scene(None))
    assert looked(*screen, bar=BAR).conclude() is Reason.MATCHED
    look = Look(TEMPLATES, BOTH)
    steps = [look.add(one, 0.5) for one in screen]
    assert Step.END in steps
    assert look.conclude() is Reason.NOT_LIVE


def test_a_mask_of_light_elsewhere_is_refused() -> None:
    mask = msgspec.structs.replace(HERE, box=(300.0, 100.0, 150.0, 150.0))
    assert looked(*scene(mask), bar=BOTH).conclude() is Reason.NOT_LIVE


def test_where_the_infrared_camera_says_nothing_the_password_is_wanted() -> None:
    silent = [one for one in scene(HERE) if not one.infrared]
    assert looked(*silent, bar=BOTH).conclude() is Reason.TIMEOUT
    daylight = scene(HERE, pulsed=False, background=100.0)
    assert looked(*daylight, bar=BOTH).conclude() is Reason.TIMEOUT


def test_a_stranger_before_both_cameras_does_not_lend_a_photo_the_infrared_one() -> None:
    """He is seen by both, then a photo of the user by one; the frames with which infrared agreed are his."""
    stranger, his_own = face(unit(0.4)), msgspec.structs.replace(HERE, embedding=face(unit(0.4)).embedding)
    look = looked(*scene(his_own, colour=stranger, count=10), *scene(None, count=8, first=10), bar=BOTH)
    assert look.evidence >= BOTH.bound
    assert look.agrees is True
    assert not look.matched


def test_infrared_frames_are_no_evidence() -> None:
    infrared = [msgspec.structs.replace(USER, infrared=True)] * 20
    look = looked(*infrared)
    assert look.judged == look.frames == 0
    assert looked(*infrared, bar=BOTH).conclude() is Reason.TIMEOUT


# --- gestures ---


def acted(course: Course, seconds: float, vector: np.ndarray | None = None) -> list[Observation]:
    """Frames of the user, or another, who moves."""
    shown = unit(0.9) if vector is None else vector
    embedding = shown.astype("<f4").tobytes()
    return [
        msgspec.structs.replace(one, faces=(msgspec.structs.replace(one.faces[0], embedding=embedding, live=0.99),))
        for one in frames(course, seconds)
    ]


def asked(observations: list[Observation], *gestures: Gesture, purpose: Purpose = Purpose.LIFE) -> Look:
    look = Look(TEMPLATES, BAR, Challenge(gestures, purpose))
    for observation in observations:
        if look.add(observation, observation.captured) is Step.END:
            break
    return look


@pytest.mark.parametrize("gesture", Gesture)
def test_a_gesture_that_was_asked_for_lets_the_user_in(gesture: Gesture) -> None:
    look = asked(acted(showing(gesture, 1.2), 3.0), gesture)
    assert look.conclude() is Reason.MATCHED


@pytest.mark.parametrize(("purpose", "reason"), [(Purpose.LIFE, Reason.NOT_LIVE), (Purpose.INTENT, Reason.NO_INTENT)])
@pytest.mark.parametrize("course", [still, showing(Gesture.TURN_LEFT, 1.2)])
def test_without_the_gesture_nobody_gets_in(course: Course, purpose: Purpose, reason: Reason) -> None:
    look = asked(acted(course, 3.0), Gesture.NOD, purpose=purpose)
    assert look.evidence >= BAR.bound
    assert look.conclude() is reason


def test_a_wrong_gesture_ends_the_look() -> None:
    look = asked(acted(showing(Gesture.TURN_LEFT, 1.2), 6.0), Gesture.NOD)
    assert look.frames < 6.0 * 15
    assert look.conclude() is Reason.NOT_LIVE


def test_the_user_is_asked_only_when_all_else_stands() -> None:
    look = Look(TEMPLATES, BAR, Challenge([Gesture.NOD]))
    told = []
    for observation in acted(still, 1.0):
        look.add(observation, observation.captured)
        told.append(look.instruction)
    assert told[:LIVE_FRAMES] == [None] * LIVE_FRAMES
    assert told[-1] is Gesture.NOD
    assert Look(TEMPLATES, BAR).instruction is None


@pytest.mark.parametrize(
    "faces",
    [face(unit(0.0)), face(unit(0.9), live=0.01)],
    ids=["a stranger", "a photo"],
)
def test_who_would_not_get_in_is_asked_for_nothing(faces: msgspec.Struct) -> None:
    told = [
        msgspec.structs.replace(one, faces=(msgspec.structs.replace(one.faces[0], **{
            name: getattr(faces, name) for name in ("embedding", "live")
        }),))
        for one in frames(still, 3.0)
    ]  # fmt: skip
    look = asked(told, Gesture.NOD)
    assert look.instruction is None
    assert look.frames < len(told)
    assert look.conclude().verdict is Verdict.MISMATCH


def test_who_was_not_asked_in_time_is_no_attack() -> None:
    """The look ends, or the person hangs up, before the head has settled."""
    look = asked(acted(still, LIVE_FRAMES / 15), Gesture.NOD)
    assert look.evidence >= BAR.bound
    assert look.conclude() is Reason.TIMEOUT


def test_a_look_goes_on_while_a_gesture_may_still_come() -> None:
    """The nod comes long after as many frames as would refuse a face, and the match is not told before it."""
    observations = acted(showing(Gesture.NOD, 3.0), 5.0)
    look = Look(TEMPLATES, BAR, Challenge([Gesture.NOD]))
    for observation in observations:
        step = look.add(observation, observation.captured)
        assert look.matched is (step is Step.END)
        assert not (look.matched and observation.captured < 3.5)
        if step is Step.END:
            break
    assert look.conclude() is Reason.MATCHED


def test_a_look_goes_on_while_a_gesture_may_still_come_even_where_life_is_in_doubt() -> None:
    """The network doubts for a second; by the time of the nod it does no longer."""
    doubted = [
        msgspec.structs.replace(one, faces=(msgspec.structs.replace(one.faces[0], live=0.0),))
        if one.faces[0].live is not None and 0.8 < one.captured < 2.0
        else one
        for one in acted(showing(Gesture.NOD, 3.6), 6.0)
    ]
    assert asked(doubted, Gesture.NOD).conclude() is Reason.MATCHED


def test_a_stranger_does_not_nod_for_a_photo() -> None:
    """The photo looks alive and is held until the nod is asked for; he takes its place, and puts it back."""
    photo, stranger = acted(still, 9.0), acted(showing(Gesture.NOD, 1.6), 9.0, unit(0.0))
    mixed = [other if 1.2 < one.captured < 3.0 else one for one, other in zip(photo, stranger, strict=True)]
    challenge = Challenge([Gesture.NOD])
    look = Look(TEMPLATES, BAR, challenge)
    for observation in mixed:
        assert look.add(observation, observation.captured) is Step.GO_ON
    assert challenge.met
    assert look.evidence >= BAR.bound
    assert look.conclude() is Reason.NOT_LIVE


def test_frames_from_before_the_gesture_do_not_vouch_for_who_shows_it() -> None:
    """The user's photo first; then, in its place, another one who shows the gesture and stays."""
    photo, other = acted(still, 9.0), acted(showing(Gesture.NOD, 1.6), 9.0, unit(0.35))
    look = asked([two if one.captured > 1.2 else one for one, two in zip(photo, other, strict=True)], Gesture.NOD)
    assert look.conclude() is not Reason.MATCHED


pictures = st.builds(
    lambda cosine, live, view: seen(view, face(unit(cosine), live=live)),
    st.floats(-1, 1, width=32),
    st.floats(0, 1) | st.none(),
    st.sampled_from(View),
)


@given(st.lists(pictures, max_size=30))
def test_a_match_always_has_evidence_over_the_bound_and_liveness_behind_it(observations: list[Observation]) -> None:
    look = looked(*observations)
    if look.conclude() is Reason.MATCHED:
        assert look.evidence >= BAR.bound
        assert look.live is True
        assert look.judged >= MATCH_FRAMES


@given(st.lists(pictures.filter(lambda o: o.faces[0].embedding is not None), max_size=30))
def test_dead_faces_never_match(observations: list[Observation]) -> None:
    dead = [msgspec.structs.replace(o, faces=(msgspec.structs.replace(o.faces[0], live=0.2),)) for o in observations]
    assert looked(*dead).conclude() is not Reason.MATCHED
