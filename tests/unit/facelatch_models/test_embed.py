"""Vectors of faces."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.embed import VectorEmbedder
from facelatch_models.face import Face
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import InputSpec, Kind, PackFile, Role
from facelatch_models.runtime import Network, NetworkFailed
from tests.unit.facelatch_models.real import RETAIL_0095, W600K, YUNET, constant_network, pack_of
from tests.unit.facelatch_models.samples import POINTS


@pytest.fixture(scope="module", params=[RETAIL_0095, W600K], ids=["retail", "w600k"])
def networks(request: pytest.FixtureRequest, shared_models: Path) -> Networks:
    return load_networks(pack_of(shared_models, YUNET, request.param), threads=1)


def vector(networks: Networks, path: Path) -> np.ndarray:
    picture = np.asarray(cv2.imread(str(path)), np.uint8)
    return networks.embedder.embed(picture, networks.detector.detect(picture)[0])


@pytest.mark.real
def test_a_face_gives_a_unit_vector_of_the_networks_dimension(networks: Networks, shared: Path) -> None:
    found = vector(networks, shared / "data/lfw/train/AJ_Lamas/AJ_Lamas_0001.jpg")
    assert found.shape == (networks.embedder.dimension,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)


@pytest.mark.real
def test_two_pictures_of_one_person_are_nearer_than_those_of_two(networks: Networks, shared: Path) -> None:
    people = [sorted(folder.glob("*.jpg"))[:2] for folder in sorted((shared / "data/lfw/train").glob("G*_*"))]
    first, second = (
        np.stack([vector(networks, pair[index]) for pair in people if len(pair) == 2][:12]) for index in (0, 1)
    )
    cosines = first @ second.T
    same = np.diag(cosines)
    other = cosines[~np.eye(len(cosines), dtype=bool)]
    assert np.median(same) > 0.45
    assert np.percentile(other, 95) < np.median(same)
    assert abs(np.median(other)) < 0.15


@pytest.mark.real
def test_the_vector_hardly_depends_on_where_in_the_picture_the_face_is(networks: Networks, shared: Path) -> None:
    picture = np.asarray(cv2.imread(str(shared / "data/lfw/train/AJ_Lamas/AJ_Lamas_0001.jpg")), np.uint8)
    face = networks.detector.detect(picture)[0]
    turn = cv2.getRotationMatrix2D((125, 125), 12, 0.9)
    turned = np.asarray(cv2.warpAffine(picture, turn, (250, 250)), np.uint8)
    moved = Face(face.box, (face.points @ turn[:, :2].T + turn[:, 2]).astype(np.float32), 1.0)
    assert networks.embedder.embed(picture, face) @ networks.embedder.embed(turned, moved) > 0.9


def test_a_vector_that_points_nowhere_is_a_failure_and_no_answer(tmp_path: Path) -> None:
    spec = InputSpec(width=32, height=32, points=POINTS)
    part = PackFile(
        role=Role.EMBEDDER, kind=Kind.VECTOR, name="zero.onnx", sha256="0" * 64, bytes=1, licence="none",
        source="none", input=spec, dimension=4,
    )  # fmt: skip
    content = constant_network(tmp_path / "zero.onnx", 32, vector=np.zeros((1, 4))).read_bytes()
    embedder = VectorEmbedder(Network(content, "zero.onnx", 1), part)
    with pytest.raises(NetworkFailed, match=r"zero\.onnx: made a vector of length 0"):
        embedder.embed_aligned(np.zeros((32, 32, 3), np.uint8))
