"""The pipelines beside ours: they find and tell faces, and one that is not here says why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.bench.speed.footage import spread
from tests.bench.speed.peers import Offer, PeerMissing, Place, howdy, insightface, offers, opencv, shapes

MILLION = 1e6
BILLION = 1e9

HERE = [offer for offer in offers() if insightface.LARGE not in offer.name]
LARGE = next(offer for offer in offers() if insightface.LARGE in offer.name)


@pytest.fixture
def drawn(tmp_path: Path) -> Iterator[Path]:
    """A folder for networks of 200 MB, which are not kept."""
    yield tmp_path
    for path in tmp_path.rglob("*.onnx"):
        path.unlink()


def test_the_recognition_networks_shape_has_the_size_that_is_published_of_it(drawn: Path) -> None:
    sketch = shapes.draw_iresnet50(drawn / "r50.onnx")

    assert sketch.parameters == pytest.approx(43.59 * MILLION, rel=0.002)
    assert sketch.work * 112 * 112 == pytest.approx(6.3 * BILLION, rel=0.01)


def test_the_detectors_shape_has_the_size_that_is_published_of_it(drawn: Path) -> None:
    sketch = shapes.draw_scrfd10g(drawn / "det.onnx")

    assert sketch.parameters == pytest.approx(4.23 * MILLION, rel=0.002)
    assert sketch.work * 640 * 480 == pytest.approx(10 * BILLION, rel=0.01)


def test_the_large_packs_stand_in_runs_and_its_numbers_are_neither_infinite_nor_tiny(drawn: Path) -> None:
    pytest.importorskip("insightface")
    picture = np.random.default_rng(1).integers(0, 256, (480, 640, 3)).astype(np.uint8)

    peer = LARGE.load(Place(None, drawn, threads=1))
    numbers = np.abs(peer.embed(picture, peer.find(picture)))

    assert numbers.shape == (512,)
    assert np.isfinite(numbers).all()
    assert np.median(numbers) > 1e-3


@pytest.mark.real
@pytest.mark.parametrize("offer", HERE, ids=[offer.name for offer in HERE])
def test_a_peer_finds_the_face_of_a_webcam_frame_and_nobody_in_an_empty_one(
    offer: Offer, shared: Path, tmp_path: Path
) -> None:
    (path,) = spread(sorted((shared / "data" / "nuaa" / "live").glob("*/*.jpg")), 1)
    picture = cv2.imread(str(path))
    try:
        peer = offer.load(Place(shared / "models", tmp_path, threads=1))
    except PeerMissing as why:
        pytest.skip(str(why))

    numbers = np.ravel(peer.embed(picture, peer.find(picture)))

    assert len(numbers) in (128, 512)
    assert np.linalg.norm(numbers) > 0
    assert peer.find(np.full_like(picture, 128)) is None


@pytest.mark.parametrize("offer", [*insightface.OFFERS[:1], *opencv.OFFERS], ids=lambda offer: str(offer.name))
def test_a_peer_whose_networks_are_not_here_names_one_and_says_where_it_is_looked_for(
    offer: Offer, tmp_path: Path
) -> None:
    if offer in insightface.OFFERS:
        pytest.importorskip("insightface")

    for models in (None, tmp_path):
        with pytest.raises(PeerMissing, match=r"network \w+\.onnx .* FACELATCH_SHARED"):
            offer.load(Place(models, tmp_path, threads=1))


@pytest.mark.parametrize(
    ("offer", "package", "users"),
    [
        (howdy.OFFERS[0], "dlib", ["tests.bench.howdy_eye"]),
        (insightface.OFFERS[0], "insightface.app", ["insightface"]),
        (LARGE, "insightface.app", ["insightface"]),
    ],
    ids=["howdy", "buffalo_sc", "buffalo_l"],
)
def test_a_peer_that_is_not_installed_says_what_to_install(
    offer: Offer, package: str, users: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in users:
        monkeypatch.delitem(sys.modules, user, raising=False)
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(PeerMissing, match="pip install"):
        offer.load(Place(None, tmp_path, threads=1))


def test_howdys_frames_are_brought_down_to_its_rows_and_never_up() -> None:
    seen: list[tuple[int, ...]] = []

    class Eye:
        def faces(self, picture: np.ndarray, doubled: int) -> list[str]:
            seen.append((*picture.shape, doubled))
            return ["face", "another"]

    picture = np.zeros((480, 640, 3), np.uint8)
    found = [howdy.Howdy(Eye(), rows, 1).find(picture) for rows in (320, 480, 720)]

    assert seen == [(320, 427, 3, 1), (480, 640, 3, 1), (480, 640, 3, 1)]
    assert [face for _frame, face in found] == ["face"] * 3
