"""Which frames of an infrared camera the emitter lit: the networks are for those."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_eye.camera import Shot
from facelatch_eye.emitter import REMEMBERED, Emitter

FACE = (20.0, 10.0, 20.0, 24.0)


def shot(captured: float, tone: int, face: int | None = None) -> Shot:
    """A frame of one tone, with a face of another where a face is."""
    picture = np.full((48, 64, 3), tone, np.uint8)
    if face is not None:
        picture[10:34, 20:40] = face
    return Shot(picture, captured, 0.0)


def pulsing(frames: int = REMEMBERED) -> Emitter:
    emitter = Emitter()
    for number in range(frames):
        emitter.add(shot(number / 10, 100 if number % 2 else 10))
    return emitter


def told(emitter: Emitter, captured: float) -> list[tuple[float, bool]]:
    return [(glimpse.shot.captured, lit) for glimpse, lit in emitter.nearest(captured)]


def test_of_a_pulsing_light_the_nearest_bright_and_the_nearest_dark_frame_are_told_of_in_order() -> None:
    assert told(pulsing(), 0.32) == [(0.3, True), (0.4, False)]
    assert told(pulsing(), 0.5) == [(0.4, False), (0.5, True)]


def test_nothing_is_told_of_twice_nor_what_is_older() -> None:
    emitter = pulsing()
    assert told(emitter, 0.35) == [(0.3, True), (0.4, False)]
    assert told(emitter, 0.0) == [(0.5, True), (0.6, False)]
    assert told(emitter, 9.9) == [(0.7, True)]
    assert told(emitter, 9.9) == []


def test_of_a_constant_light_every_frame_is_a_lit_one() -> None:
    emitter = Emitter()
    for number in range(6):
        emitter.add(shot(number / 10, 100 + number))
    assert told(emitter, 0.2) == [(0.2, True)]


def test_a_single_frame_is_a_lit_one_and_none_at_all_is_none() -> None:
    emitter = Emitter()
    assert told(emitter, 0.0) == []
    emitter.add(shot(0.0, 0))
    assert told(emitter, 0.0) == [(0.0, True)]


def test_the_light_is_that_of_the_place_where_a_face_was_seen() -> None:
    emitter = Emitter()
    assert emitter.lit(shot(0, 10, face=200).picture) is None
    emitter.saw(FACE)
    assert emitter.lit(shot(0, 10, face=200).picture) == pytest.approx(200)
    emitter.add(shot(0, 10, face=80))
    ((glimpse, _lit),) = emitter.nearest(0)
    assert glimpse.lit == pytest.approx(80)
    assert glimpse.light < 40


def test_before_a_bright_room_the_face_tells_lit_frames_from_unlit_ones() -> None:
    emitter = Emitter()
    emitter.saw(FACE)
    for number in range(6):
        emitter.add(shot(number / 10, 220, face=160 if number % 2 else 90))
    assert told(emitter, 0.31) == [(0.3, True), (0.4, False)]


@given(st.tuples(*[st.floats(-1e6, 1e6)] * 4))
def test_a_face_outside_of_the_frame_has_no_light_or_that_of_its_part_inside(box: tuple[float, ...]) -> None:
    emitter = Emitter()
    emitter.saw((box[0], box[1], box[2], box[3]))
    light = emitter.lit(shot(0, 50).picture)
    assert light is None or light == pytest.approx(50)
