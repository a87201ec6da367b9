"""Finding faces in pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.detect import suppressed
from facelatch_models.face import Detector, Face, Picture
from facelatch_models.networks import load_networks
from facelatch_models.pack import open_pack
from facelatch_models.picture import decode
from facelatch_models.search import tree_packs
from tests.unit.facelatch_models.real import RETAIL_0095, SCRFD, YUNET, YUNET_640, pack_of

KINDS = {"yunet": YUNET, "yunet-640": YUNET_640, "scrfd": SCRFD}


@pytest.fixture(scope="module", params=list(KINDS))
def detector(request: pytest.FixtureRequest, shared_models: Path) -> Detector:
    return load_networks(pack_of(shared_models, KINDS[request.param], RETAIL_0095), threads=1).detector


@pytest.fixture(scope="module")
def portrait(shared: Path) -> Picture:
    picture = cv2.imread(str(shared / "data/lfw/train/AJ_Lamas/AJ_Lamas_0001.jpg"))
    assert picture is not None
    return np.asarray(picture, np.uint8)


def overlap(one: Face, other: Face) -> float:
    (x, y, w, h), (a, b, c, d) = one.box, other.box
    common = max(0.0, min(x + w, a + c) - max(x, a)) * max(0.0, min(y + h, b + d) - max(y, b))
    return common / (w * h + c * d - common)


@pytest.mark.real
def test_a_portrait_has_one_face_with_its_points_in_order(detector: Detector, portrait: Picture) -> None:
    (face,) = detector.detect(portrait)
    right_eye, left_eye, nose, right_mouth, left_mouth = face.points
    x, y, width, height = face.box
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < nose[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert (face.points > (x, y)).all()
    assert (face.points < (x + width, y + height)).all()
    assert 0.6 < face.confidence <= 1
    assert face.points.dtype == np.float32


@pytest.mark.real
@pytest.mark.parametrize("scale", [0.5, 2.0, 5.0])
def test_a_face_is_found_in_the_same_place_at_any_size_of_picture(
    detector: Detector, portrait: Picture, scale: float
) -> None:
    (face,) = detector.detect(portrait)
    scaled = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    (found,) = detector.detect(scaled)
    assert overlap(face, Face(tuple(v / scale for v in found.box), found.points, 1.0)) > 0.75  # type: ignore[arg-type]
    assert np.abs(found.points / scale - face.points).max() < 8


@pytest.mark.real
def test_a_face_moves_with_the_picture(detector: Detector, portrait: Picture) -> None:
    (face,) = detector.detect(portrait)
    wide = np.zeros((300, 400, 3), np.uint8)
    wide[30:280, 96:346] = portrait
    found = max(detector.detect(wide), key=lambda one: one.confidence)
    assert np.abs(found.points - face.points - (96, 30)).max() < 6


@pytest.mark.real
def test_two_people_are_two_faces_most_confident_first(detector: Detector, portrait: Picture) -> None:
    dimmed = (portrait * 0.5).astype(np.uint8)
    faces = detector.detect(np.ascontiguousarray(np.hstack((dimmed, portrait))))
    assert len(faces) == 2
    assert faces[0].confidence >= faces[1].confidence
    assert {face.box[0] > 250 for face in faces} == {True, False}


@pytest.mark.real
def test_no_face_is_seen_in_a_plain_or_noisy_picture(detector: Detector) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    for picture in (np.zeros((240, 320, 3), np.uint8), np.full((240, 320, 3), 255, np.uint8), noise):
        assert detector.detect(picture) == []


@pytest.mark.real
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 4000), (33, 31)])
def test_a_picture_of_any_shape_is_taken(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 100, np.uint8)) == []


@pytest.mark.real
def test_yunet_agrees_with_opencvs_own_decoder(shared: Path, shared_models: Path) -> None:
    if not hasattr(cv2, "FaceDetectorYN"):
        pytest.skip("this OpenCV has no FaceDetectorYN")
    ours = load_networks(pack_of(shared_models, YUNET_640, RETAIL_0095), threads=1).detector
    theirs = cv2.FaceDetectorYN.create(str(shared_models / YUNET_640[0]), "", (640, 640), 0.6, 0.3)
    for path in sorted((shared / "data/nuaa/live").glob("*/*.jpg"))[::90]:
        picture = np.zeros((640, 640, 3), np.uint8)
        picture[:480] = cv2.imread(str(path))
        _, rows = theirs.detect(picture)
        faces = ours.detect(picture)
        assert len(faces) == (0 if rows is None else len(rows))
        for face, row in zip(faces, () if rows is None else rows, strict=True):
            assert np.abs(np.array(face.box) - row[:4]).max() < 1
            assert np.abs(face.points.ravel() - row[4:14]).max() < 1
            assert face.confidence == pytest.approx(row[14], abs=1e-3)


BOX = st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(1, 50), st.floats(1, 50))


@given(st.lists(BOX, max_size=20))
def test_what_is_kept_overlaps_little_and_what_is_dropped_much(boxes: list[tuple[float, float, float, float]]) -> None:
    faces = [Face(box, np.zeros((5, 2), np.float32), 1.0) for box in boxes]
    edges = np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], np.float32).reshape(-1, 4)
    kept = suppressed(edges, 0.4)
    for place, index in enumerate(kept):
        assert all(overlap(faces[index], faces[other]) <= 0.4 + 1e-3 for other in kept[:place])
    for index in set(range(len(boxes))) - set(kept):
        assert any(overlap(faces[index], faces[other]) > 0.4 - 1e-3 for other in kept if other < index)


@pytest.mark.real
def test_whoever_searches_finds_the_forty_people_of_a_large_picture(shared: Path) -> None:
    people = sorted((shared / "data" / "lfw" / "dev").glob("*/*_0001.jpg"))[:40]
    tiles = [decode(path.read_bytes()) for path in people]
    crowd = np.vstack([np.hstack(tiles[row * 8 : row * 8 + 8]) for row in range(5)])
    detector = load_networks(open_pack(tree_packs() / "starter"), threads=1).detector
    found = detector.search(crowd)
    boxes = [face.box for face in found]
    middles = {(int((y + height / 2) // 250), int((x + width / 2) // 250)) for x, y, width, height in boxes}
    assert len(middles) == 40
    assert len(detector.detect(crowd)) < 30
    assert [face.confidence for face in found] == sorted((face.confidence for face in found), reverse=True)


@pytest.mark.real
def test_in_a_picture_no_larger_than_the_input_searching_is_detecting(shared: Path) -> None:
    picture = decode(sorted((shared / "data" / "lfw" / "dev").glob("*/*_0001.jpg"))[0].read_bytes())
    detector = load_networks(open_pack(tree_packs() / "starter"), threads=1).detector
    assert [face.box for face in detector.search(picture)] == [face.box for face in detector.detect(picture)]
