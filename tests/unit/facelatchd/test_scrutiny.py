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
from facelatch_eye.messages import SeenAttribute, View
from facelatch_models.components import Component
from facelatchd import scrutiny
from facelatchd.scrutiny import fault
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
