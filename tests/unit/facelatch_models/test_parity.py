"""Our SCRFD and ArcFace against InsightFace's own package, on the same files and pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.evaluation.insightface_zoo import ZooUnfit, zoo_networks
from facelatch_models.face import Picture
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import PackDamaged, Role
from tests.unit.facelatch_models.real import RETAIL_0095, SCRFD, W600K, YUNET, changed, pack_of

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("insightface") is None, reason="the insightface package is not installed"
    ),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def both(shared_models: Path) -> tuple[Networks, Networks]:
    """Ours and the package's."""
    pack = pack_of(shared_models, SCRFD, W600K)
    return load_networks(pack, threads=1), zoo_networks(pack)


@pytest.fixture(scope="module")
def pictures(shared: Path) -> list[Picture]:
    """A group photograph that comes with the package, portraits, and one of a shape that does not divide evenly."""
    spec = importlib.util.find_spec("insightface")
    assert spec is not None
    assert spec.origin is not None
    group = Path(spec.origin).parent / "data/images/t1.jpg"
    portraits = sorted((shared / "data/lfw/train").glob("*/*_0001.jpg"))[:120:12]
    read = [np.asarray(cv2.imread(str(path)), np.uint8) for path in (group, *portraits)]
    return [*read, np.ascontiguousarray(read[0][:667, :1001])]


def test_boxes_and_points_agree_within_a_pixel(both: tuple[Networks, Networks], pictures: list[Picture]) -> None:
    ours, theirs = both
    seen = 0
    for picture in pictures:
        mine, their = ours.detector.detect(picture), theirs.detector.detect(picture)
        assert len(mine) == len(their)
        for one, other in zip(mine, their, strict=True):
            assert np.abs(np.array(one.box) - other.box).max() < 1
            assert np.abs(one.points - other.points).max() < 1
            assert one.confidence == pytest.approx(other.confidence, abs=1e-3)
            seen += 1
    assert seen >= 15


def test_vectors_agree_from_detection_to_embedding(both: tuple[Networks, Networks], pictures: list[Picture]) -> None:
    ours, theirs = both
    for picture in pictures:
        for one, other in zip(ours.detector.detect(picture), theirs.detector.detect(picture), strict=True):
            assert ours.embedder.embed(picture, one) @ theirs.embedder.embed(picture, other) >= 0.999


def test_a_pack_of_others_is_not_for_the_package(shared_models: Path) -> None:
    with pytest.raises(ZooUnfit, match="SCRFD"):
        zoo_networks(pack_of(shared_models, YUNET, RETAIL_0095))


def test_the_package_too_gets_verified_files_only(shared_models: Path) -> None:
    with pytest.raises(PackDamaged, match="SHA-256"):
        zoo_networks(changed(pack_of(shared_models, SCRFD, W600K), Role.EMBEDDER, sha256="0" * 64))
