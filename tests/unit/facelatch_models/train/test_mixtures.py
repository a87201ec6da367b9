"""Faces that nobody has."""

from __future__ import annotations

import numpy as np
import pytest

from facelatch_models.train.mixtures import SIDE, Mixer, lit, region_mask, swapped, warped
from tests.unit.facelatch_models.train.made_up import made_up_faces

FACES = made_up_faces(4, 2).faces


def test_the_same_seed_draws_the_same_mixtures() -> None:
    first, second, other = (
        [Mixer([FACES], [1]).draw(random) for _ in range(20)]
        for seed in (7, 7, 8)
        for random in [np.random.default_rng(seed)]
    )
    assert all((one == two).all() for one, two in zip(first, second, strict=True))
    assert not all((one == two).all() for one, two in zip(first, other, strict=True))


def test_mixtures_are_faces_of_the_same_size_and_no_two_are_alike() -> None:
    random = np.random.default_rng(1)
    drawn = [Mixer([FACES], [1]).draw(random) for _ in range(60)]
    assert {(one.shape, one.dtype) for one in drawn} == {((SIDE, SIDE, 3), np.dtype(np.uint8))}
    assert len({one.tobytes() for one in drawn}) == 60


def test_sets_are_drawn_from_as_their_weights_say() -> None:
    dark, bright = np.full((3, SIDE, SIDE, 3), 40, np.uint8), np.full((3, SIDE, SIDE, 3), 220, np.uint8)
    mixer, random = Mixer([dark, bright], [3, 1]), np.random.default_rng(2)
    dark_draws = sum(mixer.draw(random).mean() < 130 for _ in range(400))
    assert 220 < dark_draws < 380


@pytest.mark.parametrize(
    ("faces", "weight"),
    [(FACES[:, :50], 1.0), (FACES[:0], 1.0), (FACES, 0.0), (FACES, float("nan"))],
    ids=["other size", "none", "weight of 0", "no number"],
)
def test_a_set_that_cannot_be_drawn_from_is_refused(faces: np.ndarray, weight: float) -> None:
    with pytest.raises(ValueError, match="expected faces of 96x96"):
        Mixer([faces], [weight])


def test_regions_have_soft_edges_and_neither_fill_nor_miss_the_face() -> None:
    random = np.random.default_rng(3)
    for _ in range(100):
        mask = region_mask(random)
        assert mask.min() >= 0
        assert mask.max() <= 1 + 1e-6
        assert 0.01 < mask.mean() < 0.99
        assert np.abs(np.diff(mask, axis=0)).max() < 0.25


def test_a_swap_takes_each_face_where_the_mask_says() -> None:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:, :30] = 1
    both = swapped(FACES[0], FACES[2], mask, match=False)
    assert (both[:, :30] == FACES[2][:, :30]).all()
    assert (both[:, 30:] == FACES[0][:, 30:]).all()


def test_a_matched_swap_has_the_colours_of_the_first_face() -> None:
    everything = np.ones((SIDE, SIDE), np.float32)
    dark = (FACES[0] * 0.4).astype(np.uint8)
    assert abs(swapped(dark, FACES[2], everything, match=True).mean() - dark.mean()) < 12
    assert abs(swapped(dark, FACES[2], everything, match=False).mean() - dark.mean()) > 30


def test_bending_moves_the_face_by_a_few_pixels_only() -> None:
    mark = np.zeros((SIDE, SIDE, 3), np.uint8)
    mark[45:51, 45:51] = 255
    random = np.random.default_rng(4)
    for _ in range(50):
        rows, columns = np.nonzero(warped(mark, random)[..., 0] > 60)
        assert abs(rows.mean() - 47.5) < 12
        assert abs(columns.mean() - 47.5) < 12


def test_light_changes_brightness_and_not_where_things_are() -> None:
    random = np.random.default_rng(5)
    for _ in range(30):
        changed = lit(FACES[1], random)
        grey, before = changed.mean(axis=2).ravel(), FACES[1].mean(axis=2).ravel()
        assert np.corrcoef(grey, before)[0, 1] > 0.5
