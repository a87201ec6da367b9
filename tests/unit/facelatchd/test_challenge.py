"""Whether gestures are recognised, and nothing else is taken for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facelatch.types import Gesture
from facelatch_eye.messages import Observation, View
from facelatchd import challenge as rules
from facelatchd.challenge import Challenge, draw, nose_drop
from tests import head
from tests.head import Course, Posture, frames, observed, points_of, showing, still

OF_THE_HEAD = (Gesture.TURN_LEFT, Gesture.TURN_RIGHT, Gesture.NOD)
LAG = 0.05

slow = settings(deadline=None, max_examples=60)
"""Many frames make one example, and a busy machine is no fault of theirs."""


def asked(gestures: Sequence[Gesture], observations: Iterable[Observation]) -> Challenge:
    challenge = Challenge(gestures)
    for observation in observations:
        challenge.add(observation, observation.captured + LAG)
    return challenge


def after(course: Course, second: float) -> Course:
    """Hold still until a second, then be in the middle of a course."""
    return lambda time: course(time) if time >= second else Posture()


@pytest.mark.parametrize("gesture", Gesture)
@pytest.mark.parametrize("rate", [10, 15, 30])
def test_a_gesture_that_was_asked_for_meets_the_challenge(gesture: Gesture, rate: int) -> None:
    challenge = asked([gesture], frames(showing(gesture, 1.0), 3.0, rate))
    assert challenge.met
    assert not challenge.running
    assert challenge.wanted is None


@pytest.mark.parametrize("gesture", Gesture)
def test_one_who_holds_still_shows_nothing(gesture: Gesture) -> None:
    challenge = asked([gesture], frames(still, 3.0))
    assert challenge.wanted is gesture
    assert challenge.running


@pytest.mark.parametrize("wanted", Gesture)
@pytest.mark.parametrize("shown", OF_THE_HEAD)
def test_another_gesture_spoils_the_challenge_for_good(wanted: Gesture, shown: Gesture) -> None:
    if wanted is shown:
        return
    both = [*frames(showing(shown, 1.0), 2.5), *frames(showing(wanted, 3.5), 2.5, start=2.5)]
    challenge = asked([wanted], both)
    assert challenge.spoiled
    assert not challenge.met
    assert challenge.wanted is None


@pytest.mark.parametrize("wanted", Gesture)
@pytest.mark.parametrize(("shown", "size"), [(Gesture.TURN_LEFT, 12), (Gesture.TURN_RIGHT, 12), (Gesture.NOD, 10)])
def test_a_small_movement_is_no_gesture_and_spoils_nothing(wanted: Gesture, shown: Gesture, size: float) -> None:
    assert asked([wanted], frames(showing(shown, 1.0, size), 3.0)).running


@pytest.mark.parametrize("shown", OF_THE_HEAD)
def test_one_frame_alone_is_no_gesture(shown: Gesture) -> None:
    small, large = (
        list(frames(showing(shown, 1.0, 12 if shown is not Gesture.NOD else 10), 3.0)),
        frames(showing(shown, 1.0, 40), 3.0),
    )
    slipped = [two if one.sequence == 22 else one for one, two in zip(small, large, strict=True)]
    assert asked([shown], slipped).running


def test_eyes_that_close_in_the_middle_of_a_turn_are_no_blink() -> None:
    turn, blink = showing(Gesture.TURN_LEFT, 1.0), showing(Gesture.BLINK, 1.0)
    both = frames(lambda time: msgspec.structs.replace(turn(time), shut=blink(time).shut), 3.0)
    assert asked([Gesture.BLINK], both).spoiled


def test_a_blink_spoils_nothing_since_nobody_can_help_it() -> None:
    course = showing(Gesture.BLINK, 0.8, seconds=0.4)
    then = showing(Gesture.NOD, 1.6)
    challenge = asked([Gesture.NOD], frames(lambda time: course(time) if time < 1.4 else then(time), 3.0, 30))
    assert challenge.met


def test_the_blink_that_eyes_do_by_themselves_is_none() -> None:
    assert asked([Gesture.BLINK], frames(showing(Gesture.BLINK, 1.0, seconds=0.25), 3.0, 30)).running


def test_without_the_eyes_no_blink_is_seen() -> None:
    blind = [
        msgspec.structs.replace(seen, faces=(msgspec.structs.replace(seen.faces[0], eyes=None),))
        for seen in frames(showing(Gesture.BLINK, 1.0), 3.0)
    ]
    assert asked([Gesture.BLINK], blind).running


def test_gestures_are_asked_for_one_after_the_other() -> None:
    first, second = showing(Gesture.TURN_LEFT, 1.0), showing(Gesture.NOD, 3.0)
    challenge = Challenge([Gesture.TURN_LEFT, Gesture.NOD])
    wanted = []
    for seen in frames(lambda time: first(time) if time < 2.5 else second(time), 5.0):
        challenge.add(seen, seen.captured + LAG)
        if challenge.wanted is not None and challenge.wanted not in wanted:
            wanted.append(challenge.wanted)
    assert wanted == [Gesture.TURN_LEFT, Gesture.NOD]
    assert challenge.met


def test_a_recording_of_other_gestures_does_not_meet_it() -> None:
    """A replay: the person nodded and turned left when it was taken, now other gestures are drawn."""
    nod, turn = showing(Gesture.NOD, 1.0), showing(Gesture.TURN_LEFT, 2.5)
    recording = list(frames(lambda time: nod(time) if time < 2.2 else turn(time), 4.5))
    assert asked([Gesture.NOD, Gesture.TURN_LEFT], recording).met
    for other in ([Gesture.TURN_LEFT, Gesture.NOD], [Gesture.NOD, Gesture.TURN_RIGHT], [Gesture.TURN_RIGHT]):
        assert asked(other, recording).spoiled


@pytest.mark.parametrize("gesture", OF_THE_HEAD)
def test_a_gesture_that_began_before_it_was_asked_for_does_not_count(gesture: Gesture) -> None:
    """A replay that was started too soon: the head is away from rest when the judge begins to look."""
    challenge = asked([gesture], frames(showing(gesture, -0.3), 3.0))
    assert not challenge.met


@pytest.mark.parametrize("gesture", OF_THE_HEAD)
def test_nobody_does_what_he_is_asked_at_once(gesture: Gesture) -> None:
    challenge = Challenge([gesture])
    clip = iter(frames(still, 2.0, 30))
    while challenge.wanted is None:
        seen = next(clip)
        challenge.add(seen, seen.captured + LAG)
    now = seen.captured + 0.02
    for seen in frames(showing(gesture, now, size=40, seconds=0.8), 3.0, 30, start=now):
        challenge.add(seen, seen.captured + LAG)
    assert not challenge.met
    assert not challenge.spoiled


def test_frames_that_waited_on_their_way_are_from_before_the_ask() -> None:
    """The nod is over before anything is asked for; its frames come only afterwards."""
    challenge = Challenge([Gesture.NOD])
    for seen in frames(showing(Gesture.NOD, 1.0), 3.0, 30):
        challenge.add(seen, seen.captured + (LAG if seen.sequence == 0 else 2.0))
        assert challenge.wanted is Gesture.NOD or not 0.5 < seen.captured < 0.9
    assert not challenge.met


def test_who_does_nothing_is_not_waited_for_without_end() -> None:
    assert asked([Gesture.NOD], frames(still, rules.PATIENCE + 1)).spoiled


def test_a_head_that_stays_away_is_no_gesture() -> None:
    away = after(lambda _time: Posture(yaw=25), 1.0)
    assert asked([Gesture.TURN_LEFT], frames(away, rules.LONGEST + 2)).spoiled


def test_a_face_that_never_looks_into_the_camera_is_asked_for_nothing() -> None:
    challenge = asked([Gesture.TURN_LEFT], frames(lambda _time: Posture(yaw=22), 3.0))
    assert challenge.wanted is None
    assert not challenge.begun


def test_a_face_that_never_holds_still_is_asked_for_nothing() -> None:
    def restless(time: float) -> Posture:
        return Posture(yaw=14 * np.sin(2 * np.pi * time * 1.2), pitch=9 * np.cos(2 * np.pi * time * 1.2))

    assert not asked([Gesture.NOD], frames(restless, 4.0)).begun


def test_a_head_that_passes_the_camera_is_asked_for_nothing() -> None:
    assert not asked([Gesture.NOD], frames(lambda time: Posture(yaw=60 * time - 25), 0.8, 30)).begun


def jump(size: float = 1.0, aside: float = 0.0) -> Course:
    """Nod, and be somebody nearer or beside at half of it."""

    def course(time: float) -> Posture:
        posture = showing(Gesture.NOD, 1.0)(time)
        return posture if time < 1.5 else msgspec.structs.replace(posture, distance=0.6 * size, aside=aside)

    return course


@pytest.mark.parametrize("course", [jump(size=0.5), jump(size=2.0), jump(aside=0.15), jump(aside=-0.3)])
def test_a_cut_in_the_middle_of_a_gesture_spoils_it(course: Course) -> None:
    assert asked([Gesture.NOD], frames(jump(), 3.0)).met
    assert asked([Gesture.NOD], frames(course, 3.0)).spoiled


@pytest.mark.parametrize("view", [View.NO_FACE, View.SEVERAL_FACES, View.DARK])
def test_a_face_that_is_lost_or_not_alone_for_long_spoils_it(view: View) -> None:
    seen = list(frames(showing(Gesture.NOD, 1.6), 4.0))
    for first, last, spoiled in ((0.7, 1.5, True), (0.7, 0.9, False)):
        hidden = [
            msgspec.structs.replace(one, view=view, best=None) if first < one.captured < last else one for one in seen
        ]
        assert asked([Gesture.NOD], hidden).spoiled is spoiled
        assert asked([Gesture.NOD], hidden).met is not spoiled


def test_a_face_that_was_not_asked_yet_may_come_and_go() -> None:
    nobody = [msgspec.structs.replace(one, view=View.NO_FACE, faces=(), best=None) for one in frames(still, 1.0)]
    assert asked([Gesture.NOD], [*nobody, *frames(showing(Gesture.NOD, 2.0), 3.0, start=1.0)]).met


def test_a_face_that_is_met_stays_so() -> None:
    clip = [*frames(showing(Gesture.NOD, 1.0), 2.5), *frames(showing(Gesture.TURN_LEFT, 3.0), 2.0, start=2.5)]
    assert asked([Gesture.NOD], clip).met


@slow
@example(60.0, 0.0, 0.02, 0.1, Gesture.NOD)
@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(0.02, 0.1), st.floats(-0.1, 0.1), st.sampled_from(OF_THE_HEAD))
def test_a_flat_print_shows_no_gesture_however_it_is_tilted_and_waved(
    yaw: float, pitch: float, aside: float, nose: float, gesture: Gesture
) -> None:
    """The points lie in one plane, whoever's nose is the longer; perspective is that of a print at 60 cm."""
    flat = head.HEAD * [1, 1, 0] - [0, 0.5, 0]
    flat[2, 1] += nose

    def waved(time: float) -> Posture:
        share = (1 - np.cos(2 * np.pi * (time - 0.7) / 1.2)) / 2 if 0.7 < time < 1.9 else 0.0
        return Posture(yaw * share, pitch * share, aside * share, 0.6 - 0.1 * share)

    assert not asked([gesture], frames(waved, 2.5, 10, head=flat)).met


@pytest.mark.parametrize("radius", [4.0, 2.0, 1.5])
@pytest.mark.parametrize("angle", [-60, -30, 30, 60])
@pytest.mark.parametrize("gesture", OF_THE_HEAD)
def test_a_bent_print_shows_no_gesture_however_it_is_turned(radius: float, angle: float, gesture: Gesture) -> None:
    """Bent towards the camera about the axis that it turns about; radii in distances of the eyes: 25 to 9 cm."""
    turns = gesture is not Gesture.NOD
    x, y = head.HEAD[:, 0], head.HEAD[:, 1] - 0.5
    arc = (x if turns else y) / radius
    across, away = radius * np.sin(arc), radius * (1 - np.cos(arc))
    bent = np.stack([across, y, away] if turns else [x, across, away], axis=1)

    def turned(time: float) -> Posture:
        share = (1 - np.cos(2 * np.pi * (time - 0.7) / 1.2)) / 2 if 0.7 < time < 1.9 else 0.0
        return Posture(yaw=angle * share) if turns else Posture(pitch=angle * share)

    assert asked([gesture], frames(turned, 2.5, 10, head=bent)).running


random_walks = st.lists(st.tuples(st.floats(-60, 60), st.floats(-30, 30), st.booleans()), max_size=40)


@slow
@given(random_walks, st.lists(st.sampled_from(Gesture), min_size=1, max_size=3))
def test_whatever_is_seen_a_challenge_is_either_met_or_spoiled_or_goes_on(
    walk: list[tuple[float, float, bool]], gestures: list[Gesture]
) -> None:
    challenge = Challenge(gestures)
    for number, (yaw, pitch, shut) in enumerate(walk):
        seen = observed(points_of(Posture(yaw, pitch)), number / 10, shut=shut)
        challenge.add(seen, number / 10)
        assert not (challenge.met and challenge.spoiled)
        assert (challenge.wanted is None) or challenge.running


@slow
@given(random_walks)
def test_nothing_is_met_before_a_head_could_settle_and_react(walk: list[tuple[float, float, bool]]) -> None:
    challenge = Challenge([Gesture.NOD])
    for number, (yaw, pitch, shut) in enumerate(walk):
        challenge.add(observed(points_of(Posture(yaw, pitch)), number / 30, shut=shut), number / 30)
        if challenge.met:
            assert number / 30 >= rules.SETTLED_SECONDS + rules.REACTION


def test_points_that_coincide_are_no_face() -> None:
    seen = observed(np.full((5, 2), 100.0), 0.0)
    assert nose_drop(seen.faces[0]) is None
    assert not asked([Gesture.NOD], [seen] * 5).begun


@given(st.integers(1, 4))
def test_gestures_are_drawn_without_repeating_one(count: int) -> None:
    assert len(set(draw(count, eyes=True))) == count


def test_every_gesture_is_drawn_and_a_blink_only_where_eyes_can_be_told() -> None:
    assert {draw(1, eyes=True) for _ in range(200)} == {(gesture,) for gesture in Gesture}
    assert {draw(1, eyes=False) for _ in range(200)} == {(gesture,) for gesture in OF_THE_HEAD}


@pytest.mark.parametrize(("count", "eyes"), [(0, True), (5, True), (4, False)])
def test_more_gestures_than_there_are_cannot_be_drawn(count: int, eyes: bool) -> None:
    with pytest.raises(ValueError, match="expected 1 to"):
        draw(count, eyes)


def test_a_challenge_without_gestures_cannot_begin() -> None:
    with pytest.raises(ValueError, match="at least one gesture"):
        Challenge([])
