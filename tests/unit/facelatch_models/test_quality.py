"""Light, sharpness and size of a face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.face import Face, Picture
from facelatch_models.quality import (
    DARKEST,
    LEAST_SHARP,
    LEAST_STRUCTURE,
    SMALLEST,
    light_of,
    quality_of,
    sharpness_of,
    structure_of,
)

POINTS = np.zeros((5, 2), np.float32)


def textured(side: int = 192) -> Picture:
    """Return a picture with detail at many scales, as skin, eyes and hair have it."""
    random = np.random.default_rng(1)
    layers = [
        cv2.resize(random.normal(0, 60 / steps**0.5, (steps, steps)), (side, side), interpolation=cv2.INTER_CUBIC)
        for steps in (4, 8, 16, 32, 64)
    ]
    return np.repeat(np.clip(128 + sum(layers), 0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


def whole(picture: Picture) -> Face:
    return Face((0.0, 0.0, float(picture.shape[1]), float(picture.shape[0])), POINTS, 1.0)


def test_more_blur_is_less_sharp_and_much_blur_is_blurred() -> None:
    picture = textured()
    found = [quality_of(cv2.GaussianBlur(picture, (0, 0), sigma), whole(picture)) for sigma in (0.5, 2.0, 4.0, 10.0)]
    assert sorted((one.sharpness for one in found), reverse=True) == [one.sharpness for one in found]
    assert not found[0].blurred
    assert found[-1].blurred


def test_sharpness_does_not_depend_on_light_and_contrast() -> None:
    grey = textured()[..., 0]
    dimmed = (grey * 0.4).astype(np.uint8)
    assert sharpness_of(dimmed) == pytest.approx(sharpness_of(grey), rel=0.1)


def test_sharpness_does_not_depend_on_the_distance_of_a_face_shown_in_full() -> None:
    grey = textured(384)[..., 0]
    nearer = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    assert sharpness_of(np.asarray(nearer)) == pytest.approx(sharpness_of(grey), rel=0.2)


def test_a_face_of_one_tone_is_not_sharp() -> None:
    assert sharpness_of(np.full((50, 50), 77, np.uint8)) == 0.0
    assert LEAST_SHARP > 0


def test_light_is_that_of_the_face_and_not_of_the_frame() -> None:
    picture = np.full((200, 200, 3), 240, np.uint8)
    picture[50:150, 50:150] = 12
    found = quality_of(picture, Face((50.0, 50.0, 100.0, 100.0), POINTS, 1.0))
    assert found.light == pytest.approx(12)
    assert found.dark
    assert light_of(picture) > DARKEST


def test_green_counts_most_in_the_light_of_a_frame() -> None:
    blue, green, red = (np.zeros((9, 9, 3), np.uint8) for _ in range(3))
    blue[..., 0] = green[..., 1] = red[..., 2] = 255
    assert light_of(green) > light_of(red) > light_of(blue) > 0


def test_a_small_face_is_far() -> None:
    picture = textured()
    assert quality_of(picture, Face((10.0, 10.0, SMALLEST - 1, 60.0), POINTS, 1.0)).far
    assert not quality_of(picture, Face((10.0, 10.0, SMALLEST + 1, 60.0), POINTS, 1.0)).far


@pytest.mark.parametrize("box", [(-90.0, -90.0, 100.0, 100.0), (180.0, 180.0, 90.0, 90.0), (-9.0, -9.0, 9.0, 9.0)])
def test_a_box_that_leaves_the_picture_is_judged_by_what_is_in_it(box: tuple[float, float, float, float]) -> None:
    found = quality_of(np.full((192, 192, 3), 60, np.uint8), Face(box, POINTS, 1.0))
    assert found.light == pytest.approx(60)


# --- covers -----------------------------------------------------------------------------------------------------------

DOWN, ACROSS = np.mgrid[-1:1:480j, -1:1:640j]
COVERS = {
    "a black shutter": np.full((480, 640), 2.0),
    "a grey shutter in the light of a window": 60 * (1 + 0.3 * ACROSS) * (1 - 0.2 * DOWN**2),
    "a white sticker": np.full((480, 640), 210.0),
    "a thumb before a lamp": 150 * np.exp(-((ACROSS - 0.5) ** 2 + DOWN**2) / 4),
}


def sensed(light: np.ndarray, noise: float = 6.0) -> Picture:
    """Return a grey picture as a sensor with that much noise has it."""
    random = np.random.default_rng(2)
    shown = light if light.ndim == 3 else np.repeat(light[..., np.newaxis], 3, axis=2)
    return np.clip(shown + random.normal(0, noise, shown.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("cover", COVERS)
def test_a_cover_shows_next_to_nothing_in_spite_of_noise(cover: str) -> None:
    assert structure_of(sensed(COVERS[cover])) < LEAST_STRUCTURE


@pytest.mark.parametrize("light", [1.0, 0.3, 0.1, 0.05])
def test_a_room_shows_something_however_dark(light: float) -> None:
    assert structure_of(sensed(textured(480) * light, noise=3.0)) > LEAST_STRUCTURE


def test_colours_of_the_same_light_are_something_to_see() -> None:
    picture = np.full((480, 640, 3), 140, np.uint8)
    picture[80:400, 100:300] = (60, 120, 200)
    assert structure_of(picture) > LEAST_STRUCTURE


def test_a_plain_picture_of_any_size_has_no_structure() -> None:
    for shape in ((1, 1), (1, 700), (30, 20), (1080, 1920)):
        assert structure_of(np.full((*shape, 3), 90, np.uint8)) == pytest.approx(0, abs=1e-9)


@pytest.mark.real
def test_no_real_picture_is_taken_for_a_cover_down_to_where_nothing_can_be_seen(shared: Path) -> None:
    for path in sorted((shared / "data/lfw/train").glob("*/*_0001.jpg"))[::40]:
        picture = cv2.resize(np.asarray(cv2.imread(str(path)), np.uint8), (640, 480)).astype(np.float64)
        assert structure_of(sensed(picture * (8 / picture.mean()), noise=3.0)) > LEAST_STRUCTURE, path
