"""Whether the colour and the infrared camera are believed to see one living face."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch_eye.messages import Observation, SeenFace, View
from facelatchd import agreement as rules
from facelatchd.agreement import Agreement
from tests.unit.facelatchd.seen import YARDSTICK, face, seen, unit

USER = face(unit(0.9))
STRANGER = face(unit(-0.4))
BRIGHT, DIM = 110.0, 12.0


def scene(
    infrared: SeenFace | None,
    *,
    colour: SeenFace | None = USER,
    pulsed: bool = True,
    background: float = 30.0,
    dark: float = DIM,
    count: int = 24,
    first: int = 0,
    late: float = 0.0,
) -> Iterator[Observation]:
    """Frames of both cameras in turn, 15 of each in a second; a pulsed emitter lights every second infrared one."""
    for number in range(first, first + count):
        captured = number / 15
        shown = seen(View.CLEAR, colour, sequence=number) if colour else seen(View.NO_FACE, sequence=number)
        yield msgspec.structs.replace(shown, captured=captured)
        off = pulsed and number % 2 == 0
        there = None if off else infrared
        yield msgspec.structs.replace(
            seen(View.CLEAR if there else View.DARK if off else View.NO_FACE, *([there] if there else [])),
            captured=captured + 0.03 + late,
            infrared=True,
            light=dark / 2 if off else background,
            lit=None if infrared is None else dark if off else BRIGHT,
            width=480,
            height=480,
        )


def placed(seen_face: SeenFace, x: float, y: float, size: float = 150.0) -> SeenFace:
    return msgspec.structs.replace(seen_face, box=(x, y, size, size))


HERE = placed(face(unit(0.8)), 20.0, 100.0)
"""The user in a frame of 480 x 480 whose middle is 80 pixels to the left of the other's."""


def agreed(observations: Iterable[Observation]) -> Agreement:
    agreement = Agreement(YARDSTICK)
    for observation in observations:
        agreement.add(observation)
    return agreement


def test_a_face_that_both_cameras_see_and_the_emitter_lights_agrees() -> None:
    agreement = agreed(scene(HERE))
    assert agreement.agrees is True
    assert agreement.fault == ""


def test_a_steady_emitter_is_known_by_a_face_that_stands_out() -> None:
    assert agreed(scene(HERE, pulsed=False)).agrees is True


def test_pulses_are_enough_where_the_face_does_not_stand_out() -> None:
    assert agreed(scene(HERE, background=100.0)).agrees is True


def test_by_daylight_alone_the_cameras_do_not_agree() -> None:
    agreement = agreed(scene(HERE, pulsed=False, background=100.0))
    assert agreement.agrees is None
    assert "emitter" in agreement.fault


def test_where_daylight_drowns_the_pulses_the_cameras_do_not_agree() -> None:
    agreement = agreed(scene(HERE, dark=90.0, background=100.0))
    assert agreement.agrees is None


def test_a_light_that_grows_once_is_no_pulse() -> None:
    before = [
        msgspec.structs.replace(one, lit=DIM) if one.infrared else one for one in scene(HERE, pulsed=False, count=20)
    ]
    after = scene(HERE, pulsed=False, first=20, count=28)
    flat = [msgspec.structs.replace(one, light=120.0) for one in (*before, *after)]
    assert agreed(flat).agrees is None


def test_a_face_seen_in_the_dark_frames_alone_is_not_lit_by_the_emitter() -> None:
    swapped = [
        msgspec.structs.replace(one, lit=DIM if one.faces else BRIGHT, light=120.0) if one.infrared else one
        for one in scene(HERE)
    ]
    assert agreed(swapped).agrees is None


@pytest.mark.parametrize("pulsed", [True, False])
def test_a_screen_shows_no_face_in_infrared(pulsed: bool) -> None:
    agreement = agreed(scene(None, pulsed=pulsed))
    assert agreement.agrees is False
    assert "no face" in agreement.fault


def test_another_face_in_infrared_disagrees() -> None:
    agreement = agreed(scene(msgspec.structs.replace(HERE, embedding=STRANGER.embedding)))
    assert agreement.agrees is False
    assert "another face" in agreement.fault


@pytest.mark.parametrize(
    "mask",
    [
        placed(HERE, 250.0, 100.0),
        placed(HERE, 20.0, 300.0),
        placed(HERE, 181.3, 202.7, 40.0),
        placed(HERE, -255.0, -105.0, 360.0),
    ],
)
def test_an_infrared_face_elsewhere_or_of_another_size_disagrees(mask: SeenFace) -> None:
    agreement = agreed(scene(mask))
    assert agreement.agrees is False
    assert "another place" in agreement.fault


@pytest.mark.parametrize("distance", [0.4, 0.6, 0.8])
@pytest.mark.parametrize("lenses", [-0.05, 0.05])
@pytest.mark.parametrize("focal", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("axes", [-4.0, 4.0])
def test_lenses_side_by_side_see_one_face_in_one_place(
    distance: float, lenses: float, focal: float, axes: float
) -> None:
    """A face 16 cm wide, 10 cm off the middle; lenses 5 cm apart, other focal lengths, axes that differ a little."""

    def box(width: float, height: float, pixels: float, aside: float) -> tuple[float, float, float, float]:
        size = pixels * 0.16 / distance
        return width / 2 + pixels * aside / distance - size / 2, height / 2 - size / 2, size, size

    tilt = distance * axes * 3.1416 / 180
    colour = msgspec.structs.replace(USER, box=box(640, 480, 550, 0.10))
    infrared = msgspec.structs.replace(HERE, box=box(480, 480, 550 * focal, 0.10 + lenses + tilt))
    assert agreed(scene(infrared, colour=colour)).agrees is True


def test_too_few_frames_say_nothing() -> None:
    assert Agreement(YARDSTICK).agrees is None
    assert Agreement(YARDSTICK).fault
    few = agreed(scene(HERE, pulsed=False, count=rules.FEWEST_PAIRS - 1))
    assert few.agrees is None
    assert few.fault
    assert agreed(scene(None, count=rules.FEWEST_FRAMES - 1)).agrees is None
    assert agreed(scene(None, count=rules.FEWEST_FRAMES)).agrees is False


def test_frames_of_different_moments_are_not_compared() -> None:
    agreement = agreed(scene(HERE, late=rules.TOGETHER))
    assert agreement.agrees is None
    assert "no frame" in agreement.fault


def test_an_infrared_camera_that_sends_nothing_does_not_agree() -> None:
    assert agreed(one for one in scene(HERE) if not one.infrared).agrees is None


def test_nobody_before_the_colour_camera_is_no_disagreement() -> None:
    assert agreed(scene(None, colour=None)).agrees is None


def test_two_faces_in_infrared_are_not_compared() -> None:
    crowd = [msgspec.structs.replace(one, view=View.SEVERAL_FACES, best=None) if one.infrared and one.faces else one
             for one in scene(HERE)]  # fmt: skip
    assert agreed(crowd).agrees is None


def test_who_was_there_before_does_not_speak_for_a_screen() -> None:
    person = list(scene(HERE, count=60))
    screen = list(scene(None, first=60, count=rules.LATELY))
    assert agreed(person).agrees is True
    assert agreed([*person, *screen]).agrees is False


def test_a_frame_is_said_to_agree_by_itself() -> None:
    agreement = Agreement(YARDSTICK)
    colour, infrared = scene(HERE, pulsed=False, first=7, count=1)
    assert agreement.add(colour) is None
    assert agreement.add(infrared) == 7
    mask = msgspec.structs.replace(infrared, faces=(placed(HERE, 300.0, 100.0),))
    stranger = msgspec.structs.replace(infrared, faces=(msgspec.structs.replace(HERE, embedding=STRANGER.embedding),))
    assert agreement.add(mask) is None
    assert agreement.add(stranger) is None


observations = st.builds(
    lambda cosine, infrared, lit, x, there, captured: msgspec.structs.replace(
        seen(View.CLEAR if there else View.NO_FACE, *([placed(face(unit(cosine)), x, 100.0)] if there else [])),
        infrared=infrared,
        lit=lit if infrared else None,
        captured=captured,
    ),
    st.floats(-1, 1, width=32),
    st.booleans(),
    st.floats(0, 255) | st.none(),
    st.floats(-100, 700),
    st.booleans(),
    st.floats(0, 3),
)


@settings(deadline=None)
@given(st.lists(observations, max_size=60))
def test_agreement_always_says_why_not(frames: list[Observation]) -> None:
    agreement = agreed(frames)
    assert (agreement.agrees is True) == (agreement.fault == "")


@settings(deadline=None)
@given(st.lists(observations, max_size=60))
def test_without_a_face_in_infrared_nothing_ever_agrees(frames: list[Observation]) -> None:
    blind = [
        msgspec.structs.replace(one, faces=(), best=None, view=View.NO_FACE) if one.infrared else one for one in frames
    ]
    assert agreed(blind).agrees is not True
