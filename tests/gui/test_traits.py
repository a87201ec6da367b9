"""The words for what can be told of a face."""

from __future__ import annotations

import msgspec
import pytest

from facelatch_gui import traits
from tests.gui.exhibit import NEAR_FACE


@pytest.mark.parametrize(
    ("yaw", "pitch", "words"),
    [
        (0.0, 0.0, "Straight (0° left, 0° up, 1° tilted)"),
        (9.4, -9.4, "Straight (9° left, 9° down, 1° tilted)"),
        (20.0, 5.0, "Turned left (20° left, 5° up, 1° tilted)"),
        (-20.0, 5.0, "Turned right (20° right, 5° up, 1° tilted)"),
        (3.0, 15.0, "Raised (3° left, 15° up, 1° tilted)"),
        (-3.0, -15.0, "Lowered (3° right, 15° down, 1° tilted)"),
    ],
)
def test_the_turn_of_a_head_is_told_as_its_owner_has_it(yaw: float, pitch: float, words: str) -> None:
    assert traits.turn(msgspec.structs.replace(NEAR_FACE, yaw=yaw, pitch=pitch)) == words


@pytest.mark.parametrize(("value", "word"), [(0.009, "Blurred"), (0.02, "Soft"), (0.06, "Sharp")])
def test_sharpness_has_words(value: float, word: str) -> None:
    assert traits.sharpness(msgspec.structs.replace(NEAR_FACE, sharpness=value)).startswith(f"{word} (")


@pytest.mark.parametrize(
    ("value", "word"), [(0.05, "Too dark"), (0.2, "Dim"), (0.5, "Well lit"), (0.95, "Very bright")]
)
def test_light_has_words(value: float, word: str) -> None:
    assert traits.light(msgspec.structs.replace(NEAR_FACE, light=value)).startswith(f"{word} (")
