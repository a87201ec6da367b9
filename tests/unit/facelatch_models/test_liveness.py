"""Live faces and prints."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.face import Face
from facelatch_models.liveness import MiniFasNet
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import InputSpec, Kind, PackDamaged, PackFile, Role
from facelatch_models.runtime import Network
from tests.unit.facelatch_models.real import MINIFASNET, RETAIL_0095, YUNET, constant_network, pack_of

FACE = Face((10.0, 10.0, 30.0, 30.0), np.zeros((5, 2), np.float32), 1.0)


def made_up(folder: Path, logits: list[float], enlarge: float = 2.0) -> MiniFasNet:
    content = constant_network(folder / "live.onnx", 32, logits=np.array([logits])).read_bytes()
    part = PackFile(
        role=Role.LIVENESS, kind=Kind.MINIFASNET, name="live.onnx", sha256="0" * 64, bytes=1, licence="none",
        source="none", input=InputSpec(width=32, height=32, enlarge=enlarge),
    )  # fmt: skip
    return MiniFasNet(Network(content, "live.onnx", 1), part)


@pytest.mark.parametrize(
    ("logits", "live"),
    [([0.0, 0.0, 0.0], 1 / 3), ([0.0, 800.0, 0.0], 1.0), ([900.0, 0.0, 0.0], 0.0), ([0.0, 0.0, 900.0], 0.0)],
)
def test_the_middle_class_is_the_live_one(tmp_path: Path, logits: list[float], live: float) -> None:
    assert made_up(tmp_path, logits).live(np.zeros((50, 50, 3), np.uint8), FACE) == pytest.approx(live)


def test_a_box_that_would_shrink_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackDamaged, match=r"input\.enlarge is 0\.5"):
        made_up(tmp_path, [0.0, 0.0, 0.0], enlarge=0.5)


@pytest.fixture(scope="module")
def networks(shared_models: Path) -> Networks:
    return load_networks(pack_of(shared_models, YUNET, RETAIL_0095, MINIFASNET), threads=1)


def scores(networks: Networks, files: list[Path]) -> np.ndarray:
    found = []
    for path in files:
        picture = np.asarray(cv2.imread(str(path)), np.uint8)
        assert networks.liveness is not None
        found.append(networks.liveness.live(picture, networks.detector.detect(picture)[0]))
    return np.array(found)


@pytest.mark.real
def test_webcam_frames_are_told_from_prints_before_the_same_webcam(networks: Networks, shared: Path) -> None:
    live = scores(networks, sorted((shared / "data/nuaa/live").glob("*/*.jpg"))[::10])
    prints = scores(networks, sorted((shared / "data/nuaa/print").glob("*/*.jpg"))[::16])
    assert (live[:, np.newaxis] > prints).mean() > 0.995  # area under the ROC; 0.9997 on all
    assert (live < 0.2).mean() < 0.06  # BPCER 1.3 % on all
    assert (prints >= 0.2).mean() < 0.03  # APCER 0.3 % on all


@pytest.mark.real
def test_the_network_looks_at_the_surroundings_and_not_at_the_face_alone(networks: Networks, shared: Path) -> None:
    picture = np.asarray(cv2.imread(str(sorted((shared / "data/nuaa/live").glob("0001/*.jpg"))[0])), np.uint8)
    face = networks.detector.detect(picture)[0]
    x, y, width, height = map(int, face.box)
    alone = np.zeros_like(picture)
    alone[y : y + height, x : x + width] = picture[y : y + height, x : x + width]
    assert networks.liveness is not None
    assert abs(networks.liveness.live(picture, face) - networks.liveness.live(alone, face)) > 0.2
