"""What a teacher says of a face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.embed import VectorEmbedder
from facelatch_models.pack import PackDamaged, Role
from facelatch_models.runtime import Network
from facelatch_models.train.teacher import Teacher, shrunk
from tests.unit.facelatch_models.real import RETAIL_0095, pack_of
from tests.unit.facelatch_models.train.made_up import SPEC, made_up_faces, made_up_teacher, teacher_bytes

FACE = made_up_faces(1, 1).faces[0]


def test_a_label_is_a_unit_vector_and_two_maps_of_the_students_sizes() -> None:
    label = made_up_teacher().label(FACE)
    assert np.linalg.norm(label.vector) == pytest.approx(1, abs=1e-5)
    assert (label.coarse.shape, label.fine.shape) == ((12, 5, 5), (8, 10, 10))


def test_a_network_without_residual_blocks_cannot_teach() -> None:
    with pytest.raises(PackDamaged, match=r"teacher\.onnx: cannot teach"):
        Teacher(teacher_bytes(residual=False), "teacher.onnx", SPEC)


@pytest.mark.parametrize(("cells", "side"), [(8, 5), (16, 10), (5, 5)])
def test_maps_are_made_smaller_without_gain_or_loss(cells: int, side: int) -> None:
    maps = np.random.default_rng(1).normal(size=(3, cells, cells)).astype(np.float32)
    small = shrunk(maps, side)
    assert small.shape == (3, side, side)
    assert small.mean(axis=(1, 2)) == pytest.approx(maps.mean(axis=(1, 2)), abs=1e-5)
    assert shrunk(np.ones_like(maps), side) == pytest.approx(1, abs=1e-5)


def test_where_a_feature_is_stays_where_it_is() -> None:
    maps = np.zeros((1, 8, 8), np.float32)
    maps[0, 7, 0] = 1
    assert np.unravel_index(shrunk(maps, 5).argmax(), (1, 5, 5)) == (0, 4, 0)


@pytest.mark.real
def test_the_real_teacher_says_what_the_embedder_says(shared_models: Path) -> None:
    pack = pack_of(shared_models, RETAIL_0095)
    content, part = pack.read(Role.EMBEDDER), pack.manifest.embedder
    assert content is not None
    label = Teacher(content, part.name, part.input).label(FACE)
    embedder = VectorEmbedder(Network(content, part.name, threads=1), part)
    large = np.asarray(cv2.resize(FACE, (part.input.width, part.input.height)), np.uint8)
    assert float(label.vector @ embedder.embed_aligned(large)) == pytest.approx(1, abs=1e-5)
    assert (label.coarse.shape, label.fine.shape) == ((128, 5, 5), (128, 10, 10))
