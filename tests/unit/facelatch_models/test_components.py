"""The quality components: in range whatever comes, and lower where the fault is larger."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelatch_models import components
from facelatch_models.components import Component, components_of
from facelatch_models.face import Face, Picture
from facelatch_models.pose import pose_of
from facelatch_models.quality import quality_of
from tests.unit.facelatch_models.test_quality import textured

SHAPE = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.563], [-0.446, 1.07], [0.446, 1.07]], np.float32)


def face_at(x: float, y: float, eyes: float, degrees: float = 0.0) -> Face:
    """Return a face whose eyes lie so far apart about (x, y), tilted by so many degrees."""
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = (SHAPE @ rotation * eyes + (x, y)).astype(np.float32)
    return Face((x - eyes, y - 0.7 * eyes, 2 * eyes, 2.6 * eyes), points, 0.9)


def measured(picture: Picture, face: Face, other: float = 0.0) -> dict[Component, float]:
    return components_of(picture, face, quality_of(picture, face), pose_of(face.points), other)


def skin(side: int = 400) -> Picture:
    """Return a bright picture of skin's colour with detail in it."""
    shade = textured(side)[..., :1].astype(np.float32) / 255 - 0.5
    return np.clip((140, 160, 200) + shade * 400, 0, 255).astype(np.uint8)


def falling(values: Sequence[float]) -> bool:
    return all(before >= after for before, after in itertools.pairwise(values)) and values[0] > values[-1] + 5


def test_a_good_picture_of_one_face_is_good_in_every_component() -> None:
    found = measured(skin(640), face_at(320, 290, 100))
    assert set(found) == set(Component)
    # OFIQ wants the head so large, and so much room above and below it, that no picture can have both.
    assert [component for component, value in found.items() if value < 45] == [Component.HEAD_SIZE], found
    assert measured(skin(400), face_at(200, 160, 100))[Component.HEAD_SIZE] > 90


@settings(max_examples=200, deadline=None)
@given(
    width=st.integers(1, 60),
    height=st.integers(1, 60),
    at=st.tuples(st.floats(-80, 140), st.floats(-80, 140)),
    eyes=st.floats(2, 200),
    degrees=st.floats(-180, 180),
    other=st.floats(0, 1e9),
    tone=st.sampled_from([0, 128, 255, None]),
)
def test_every_component_is_a_number_between_0_and_100_whatever_the_picture_and_wherever_the_face(
    width: int, height: int, at: tuple[float, float], eyes: float, degrees: float, other: float, tone: int | None
) -> None:
    picture = np.full((height, width, 3), tone or 0, np.uint8)
    if tone is None:
        picture = np.random.default_rng(width).integers(0, 256, picture.shape, np.uint8)
    found = measured(picture, face_at(*at, eyes, degrees), other)
    assert set(found) == set(Component)
    assert all(0 <= value <= 100 for value in found.values()), found  # false for what is not a number


def test_a_face_of_which_nothing_is_in_the_picture_has_no_tones_to_be_good() -> None:
    found = measured(skin(50), face_at(900, 900, 40))
    tones = [Component.LUMINANCE_MEAN, Component.DYNAMIC_RANGE, Component.UNDER_EXPOSURE, Component.OVER_EXPOSURE]
    assert [found[each] for each in (*tones, Component.ILLUMINATION_UNIFORMITY, Component.NATURAL_COLOUR)] == [0.0] * 6


def test_what_lies_outside_the_picture_is_not_measured_as_black() -> None:
    found = measured(np.full((100, 100, 3), 128, np.uint8), face_at(5, 40, 40))
    assert found[Component.UNDER_EXPOSURE] > 99
    assert found[Component.LUMINANCE_MEAN] > 95


def test_more_blur_is_less_sharpness() -> None:
    face = face_at(200, 160, 100)
    blurred = [np.asarray(cv2.GaussianBlur(skin(), (0, 0), sigma)) for sigma in (0.5, 2, 5, 12)]
    assert falling([measured(picture, face)[Component.SHARPNESS] for picture in blurred])


@pytest.mark.parametrize("component", [Component.LUMINANCE_MEAN, Component.UNDER_EXPOSURE, Component.DYNAMIC_RANGE])
def test_less_light_is_worse(component: Component) -> None:
    face = face_at(200, 160, 100)
    dimmed = [(skin() * light).astype(np.uint8) for light in (0.8, 0.3, 0.1, 0.02)]
    assert falling([measured(picture, face)[component] for picture in dimmed])


@pytest.mark.parametrize("component", [Component.LUMINANCE_MEAN, Component.OVER_EXPOSURE])
def test_light_that_burns_out_is_worse(component: Component) -> None:
    face = face_at(200, 160, 100)
    burnt = [np.clip(skin() * np.float32(light), 0, 255).astype(np.uint8) for light in (1, 1.3, 2, 5)]
    assert falling([measured(picture, face)[component] for picture in burnt])


def test_less_contrast_than_a_face_has_is_less_variance() -> None:
    face = face_at(200, 160, 100)
    flat = [np.clip(150 + (skin() - 150.0) * share, 0, 255).astype(np.uint8) for share in (1, 0.5, 0.2, 0.0)]
    assert falling([measured(picture, face)[Component.LUMINANCE_VARIANCE] for picture in flat])


def test_light_from_one_side_is_less_uniform() -> None:
    face = face_at(200, 160, 100)
    across = np.linspace(1, 0, 400)[np.newaxis, :, np.newaxis]
    alike = np.maximum(skin(), skin()[:, ::-1])
    lit = [np.asarray(alike * (1 - share * across), np.uint8) for share in (0, 0.4, 0.8)]
    assert falling([measured(picture, face)[Component.ILLUMINATION_UNIFORMITY] for picture in lit])


def test_skin_that_is_blue_or_green_is_not_natural() -> None:
    face = face_at(200, 160, 100)
    natural = measured(skin(), face)[Component.NATURAL_COLOUR]
    grey = measured(np.repeat(skin()[..., 1:2], 3, axis=2), face)[Component.NATURAL_COLOUR]
    blue = measured(skin()[..., ::-1], face)[Component.NATURAL_COLOUR]
    assert natural == pytest.approx(100)
    assert 60 < grey < 70
    assert blue < 1


def test_a_face_farther_away_has_a_smaller_inter_eye_distance() -> None:
    found = [measured(skin(), face_at(200, 160, eyes))[Component.INTER_EYE_DISTANCE] for eyes in (150, 90, 60, 20)]
    assert falling(found)


@pytest.mark.parametrize("eyes", [(100, 60, 30, 5), (100, 200, 400)])
def test_a_head_that_is_too_small_or_too_large_for_the_picture_is_worse(eyes: Sequence[float]) -> None:
    assert falling([measured(skin(), face_at(200, 160, one))[Component.HEAD_SIZE] for one in eyes])


@pytest.mark.parametrize(
    ("component", "way"),
    [
        (Component.LEFTWARD_CROP, (-1, 0)),
        (Component.RIGHTWARD_CROP, (1, 0)),
        (Component.DOWNWARD_CROP, (0, -1)),
        (Component.UPWARD_CROP, (0, 1)),
    ],
)
def test_a_face_nearer_to_an_edge_has_less_room_on_that_side(component: Component, way: tuple[int, int]) -> None:
    found = [
        measured(skin(), face_at(200 + way[0] * step, 200 + way[1] * step, 40))[component]
        for step in (0, 120, 150, 180)
    ]
    assert falling(found)


@given(st.floats(0, 180), st.floats(0, 180))
def test_a_larger_angle_is_never_better_and_the_side_does_not_matter(one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert components.head_pose(smaller) >= components.head_pose(larger)
    assert components.head_pose(one) == components.head_pose(-one)


@given(st.floats(1, 1e8), st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_larger_face_beside_it_is_never_better(area: float, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert components.single_face(area, smaller) >= components.single_face(area, larger)
    assert components.single_face(area, 0.0) == 100
    assert components.single_face(area, area) == 0


@given(st.lists(st.integers(0, 255), min_size=1, max_size=300))
def test_the_order_of_pixels_tells_nothing_of_light(tones: list[int]) -> None:
    luma = np.array(tones, np.uint8)
    for measure in (components.dynamic_range, components.under_exposure, components.over_exposure):
        assert measure(luma) == pytest.approx(measure(luma[::-1]))
