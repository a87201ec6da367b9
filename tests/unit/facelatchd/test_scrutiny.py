"""What the eye may say: everything that it does say, and nothing that is out of range, too much or no word."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from facelatch_eye.gaze import MOST_ANALYSED
from facelatch_eye.messages import CameraInfo, Description, SeenAttribute, View
from facelatch_models.components import Component
from facelatchd import scrutiny
from facelatchd.scrutiny import description_fault, fault, opened_fault
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.seen import ALL_POSES, DIMENSION, NOBODY, STRANGER, USER, face, seen, unit

FACE = face(unit())
WORD = "sharpness"


def test_what_an_honest_eye_says_is_believed() -> None:
    full = replace(
        FACE,
        quality={component.value: 50.0 for component in Component},
        attributes=(SeenAttribute("age", "20-39", 0.7), SeenAttribute("mask", "unsure", 0.0)),
    )
    for observation in (NOBODY, USER, STRANGER, *ALL_POSES, seen(View.SEVERAL_FACES, *[full] * MOST_ANALYSED)):
        assert fault(observation) == ""
    assert scrutiny.MOST_FACES == MOST_ANALYSED


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.001, 1e9])
@pytest.mark.parametrize(
    "change",
    [
        lambda number: {"confidence": number},
        lambda number: {"live": number},
        lambda number: {"light": number},
        lambda number: {"quality": {WORD: number}},
        lambda number: {"attributes": (SeenAttribute("age", "old", number),)},
        lambda number: {"eyes": (0.3, number)},
        lambda number: {"eyes": (number, 0.3)},
    ],
)
def test_a_number_out_of_range_is_a_fault(change: Any, number: float) -> None:
    assert fault(seen(View.CLEAR, replace(FACE, **change(number))))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "change",
    [
        lambda number: {"box": (0.0, 0.0, number, 1.0)},
        lambda number: {"landmarks": ((0.0, 0.0),) * 4 + ((number, 0.0),)},
        lambda number: {"yaw": number},
        lambda number: {"sharpness": number},
    ],
)
def test_a_place_that_is_no_number_is_a_fault(change: Any, number: float) -> None:
    assert fault(seen(View.CLEAR, replace(FACE, **change(number))))


@pytest.mark.parametrize(
    "change",
    [
        {"landmarks": ((0.0, 0.0),) * 6},
        {"landmarks": ()},
        {"embedding": bytes(scrutiny.LONGEST_EMBEDDING + 1)},
        {"quality": {f"{WORD}-{number}": 1.0 for number in range(scrutiny.MOST_WORDS + 1)}},
        {"quality": {"x" * 65: 1.0}},
        {"quality": {"\x1b[2J": 1.0}},
        {"attributes": (SeenAttribute("age", "old", 0.5),) * (scrutiny.MOST_WORDS + 1)},
        {"attributes": (SeenAttribute("age", "two\nlines", 0.5),)},
        {"attributes": (SeenAttribute("", "old", 0.5),)},
    ],
    ids=lambda change: f"{change}"[:40],
)
def test_what_is_too_much_or_no_word_is_a_fault(change: dict[str, Any]) -> None:
    assert fault(seen(View.CLEAR, replace(FACE, **change)))


@pytest.mark.parametrize(
    "change",
    [
        {"faces": (FACE,) * (MOST_ANALYSED + 1)},
        {"best": 1},
        {"best": -1},
        {"faces": ()},
        {"more": -1},
        {"width": 0},
        {"height": -5},
        {"light": 256.0},
        {"captured": math.nan},
        {"took": {"detect": -1.0}},
        {"took": {"detect": math.nan}},
        {"took": {"x y": 1.0}},
    ],
    ids=lambda change: f"{change}"[:40],
)
def test_a_picture_that_cannot_be_is_a_fault(change: dict[str, Any]) -> None:
    assert fault(replace(seen(View.CLEAR, FACE), **change))


@given(st.floats(0, 1), st.floats(0, 100), st.floats(-180, 180))
def test_every_number_in_range_is_believed(share: float, quality: float, angle: float) -> None:
    told = replace(FACE, live=share, confidence=share, quality={WORD: quality}, yaw=angle, pitch=angle, roll=angle)
    assert fault(seen(View.CLEAR, told)) == ""


@pytest.mark.parametrize(
    "embedding",
    [
        b"",
        unit()[:4].tobytes(),
        unit().tobytes() + b"\0",
        (unit() * 2).tobytes(),
        (unit() * math.nan).tobytes(),
        np.full(DIMENSION, math.inf, np.float32).tobytes(),
        (unit() * 0).tobytes(),
    ],
    ids=["none", "short", "odd", "long", "nan", "infinite", "zero"],
)
def test_an_embedding_that_is_to_be_compared_is_a_unit_vector_of_the_pack(embedding: bytes) -> None:
    observation = seen(View.CLEAR, FACE, replace(FACE, embedding=embedding))
    assert fault(observation, DIMENSION) == "an embedding that is no unit vector of the pack's dimension"
    assert fault(seen(View.CLEAR, FACE, replace(FACE, embedding=None)), DIMENSION) == ""


# --- infrared, and cameras --------------------------------------------------------------------------------------------


def test_only_an_infrared_frame_can_be_lit_by_the_emitter() -> None:
    assert fault(replace(USER, infrared=True, lit=110.0)) == ""
    assert fault(replace(USER, infrared=True)) == ""
    assert fault(replace(USER, lit=110.0))


@pytest.mark.parametrize("lit", [math.nan, math.inf, -1.0, 256.0])
def test_a_light_of_the_emitter_out_of_range_is_a_fault(lit: float) -> None:
    assert fault(replace(NOBODY, infrared=True, lit=lit))


COLOUR = replace(CAMERA, companion="infrared", vendor_product="04f2:b6d9", serial="1")
INFRARED = replace(COLOUR, id="infrared", infrared=True, companion="")
BOTH = replace(OPENED, camera=COLOUR, infrared=INFRARED)


def test_cameras_that_an_honest_eye_tells_of_are_believed() -> None:
    assert opened_fault(OPENED, companion=False) == opened_fault(OPENED, companion=True) == ""
    assert opened_fault(BOTH, companion=True) == ""
    assert description_fault(Description((COLOUR, INFRARED))) == ""
    long = replace(CAMERA, id="file:/" + "x" * 4095, path="/" + "x" * 4095)
    assert opened_fault(replace(OPENED, camera=long), companion=False) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "\x1b[31m"},
        {"id": "x" * 5000},
        {"path": "/dev/video0\n"},
        {"companion": "\u202e"},
        {"name": "\x07"},
        {"name": "x" * 257},
        {"driver": "\0"},
        {"serial": "\r"},
        {"vendor_product": "\x9b"},
        {"bus": "a\tb"},
        {"formats": ("YUYV", "\x1b")},
        {"formats": ("YUYV",) * 257},
    ],
    ids=lambda change: f"{change}"[:30],
)
def test_a_camera_that_calls_itself_what_cannot_be_shown_is_a_fault(change: dict[str, Any]) -> None:
    camera = replace(CAMERA, **change)
    assert opened_fault(replace(OPENED, camera=camera), companion=False)
    assert description_fault(Description((CAMERA, camera)))
    infrared = replace(INFRARED, **change)
    assert opened_fault(replace(BOTH, infrared=infrared), companion=True)


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"height": -1}, {"width": 2**20}, {"rate": math.nan}, {"rate": -1.0}, {"rate": math.inf}],
    ids=str,
)
def test_a_camera_of_no_size_or_rate_is_a_fault(change: dict[str, Any]) -> None:
    assert opened_fault(replace(OPENED, **change), companion=False)


def test_too_many_cameras_are_a_fault() -> None:
    assert description_fault(Description((CAMERA,) * 65))


@pytest.mark.parametrize(
    "infrared",
    [
        replace(INFRARED, infrared=False),
        replace(INFRARED, id=COLOUR.id),
        replace(INFRARED, id="of another device"),
        replace(INFRARED, serial="2"),
        replace(INFRARED, vendor_product="046d:085e"),
    ],
)
def test_an_infrared_camera_of_another_device_is_a_fault(infrared: CameraInfo) -> None:
    assert "same device" in opened_fault(replace(BOTH, infrared=infrared), companion=True)


def test_an_infrared_camera_that_nobody_asked_for_is_a_fault() -> None:
    assert opened_fault(BOTH, companion=False)


texts = st.text(max_size=12)
cameras = st.builds(
    CameraInfo,
    id=st.sampled_from((COLOUR.id, INFRARED.id)) | texts,
    name=texts,
    path=texts,
    driver=texts,
    bus=texts,
    vendor_product=st.sampled_from((COLOUR.vendor_product, "")),
    serial=st.sampled_from((COLOUR.serial, "")),
    formats=st.lists(texts, max_size=2).map(tuple),
    infrared=st.booleans(),
    companion=st.sampled_from((INFRARED.id, "")) | texts,
)


@given(cameras, st.none() | cameras, st.booleans(), st.floats())
def test_whatever_the_eye_opens_is_judged_and_what_is_believed_can_be_shown(
    camera: CameraInfo, infrared: CameraInfo | None, companion: bool, rate: float
) -> None:
    opened = replace(OPENED, camera=camera, infrared=infrared, rate=rate)
    if opened_fault(opened, companion=companion):
        return
    for each in (camera, *([infrared] if infrared else [])):
        assert each.id
        assert "".join((each.id, each.name, each.path, each.driver, *each.formats)).isprintable()
    assert infrared is None or (companion and infrared.infrared and infrared.id == camera.companion != camera.id)
