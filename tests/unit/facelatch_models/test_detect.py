"""Finding faces in pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.detect import SMALLEST, STRIDES, Scrfd, YuNet, suppressed
from facelatch_models.face import Detector, Face, Picture
from facelatch_models.networks import load_networks
from facelatch_models.pack import InputSpec, Kind, Role, open_pack
from facelatch_models.picture import decode
from facelatch_models.runtime import Network
from facelatch_models.search import tree_packs
from tests.unit.facelatch_models.real import RETAIL_0095, SCRFD, YUNET, YUNET_640, pack_of
from tests.unit.facelatch_models.samples import part

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


# --- against the plain reading of the outputs, one candidate after the other ---

SIDE = 96
THRESHOLD = 0.5
Candidate = tuple[float, list[float], list[list[float]]]
"""Score, box (left, top, right, bottom) and points."""


class Said:
    """A network that answers what it was made to say."""

    where = "said.onnx"

    def __init__(self, answers: dict[str, np.ndarray]) -> None:
        self.outputs = tuple(answers)
        self.answers = answers
        self.shape = (1, 3, None, None)

    def accepts(self, width: int, height: int) -> bool:
        return True

    def run(self, planes: np.ndarray) -> dict[str, np.ndarray]:
        return self.answers


def said_by_yunet(generator: np.random.Generator) -> tuple[dict[str, np.ndarray], list[Candidate]]:
    """Return random outputs and what they mean, cell by cell."""
    answers: dict[str, np.ndarray] = {}
    meant: list[Candidate] = []
    for stride in STRIDES:
        cells = (SIDE // stride) ** 2
        likely, there = generator.uniform(-0.2, 1.2, (2, cells, 1)).astype(np.float32)
        box = generator.uniform(-1, 1.5, (cells, 4)).astype(np.float32)
        points = generator.uniform(-2, 2, (cells, 10)).astype(np.float32)
        for name, values in (("cls", likely), ("obj", there), ("bbox", box), ("kps", points)):
            answers[f"{name}_{stride}"] = values[np.newaxis]
        for cell in range(cells):
            row, column = divmod(cell, SIDE // stride)
            score = math.sqrt(min(max(likely[cell, 0], 0), 1) * min(max(there[cell, 0], 0), 1))
            x, y = (column + box[cell, 0]) * stride, (row + box[cell, 1]) * stride
            half = [math.exp(size) * stride / 2 for size in box[cell, 2:]]
            five = [[(column + at[0]) * stride, (row + at[1]) * stride] for at in points[cell].reshape(5, 2)]
            meant.append((score, [x - half[0], y - half[1], x + half[0], y + half[1]], five))
    return answers, meant


def said_by_scrfd(generator: np.random.Generator) -> tuple[dict[str, np.ndarray], list[Candidate]]:
    """Return random outputs and what they mean, anchor by anchor."""
    groups: list[list[np.ndarray]] = [[], [], []]
    meant: list[Candidate] = []
    for stride in STRIDES:
        anchors = 2 * (SIDE // stride) ** 2
        score = generator.uniform(0, 1, (anchors, 1)).astype(np.float32)
        box = generator.uniform(0, 3, (anchors, 4)).astype(np.float32)
        points = generator.uniform(-2, 2, (anchors, 10)).astype(np.float32)
        for group, values in zip(groups, (score, box, points), strict=True):
            group.append(values)
        for anchor in range(anchors):
            row, column = divmod(anchor // 2, SIDE // stride)
            x, y, edges = column * stride, row * stride, box[anchor] * stride
            five = [[x + at[0] * stride, y + at[1] * stride] for at in points[anchor].reshape(5, 2)]
            meant.append((score[anchor, 0], [x - edges[0], y - edges[1], x + edges[2], y + edges[3]], five))
    values = [each for group in groups for each in group]
    return {f"out{index}": each for index, each in enumerate(values)}, meant


def is_face(candidate: Candidate) -> bool:
    score, (left, top, right, bottom), points = candidate
    spans = [max(at[axis] for at in points) - min(at[axis] for at in points) for axis in (0, 1)]
    inside = 0 <= (left + right) / 2 < SIDE and 0 <= (top + bottom) / 2 < SIDE
    return score >= THRESHOLD and min(right - left, bottom - top) >= SMALLEST and min(spans) >= 1 and inside


def covers(one: Candidate, other: Candidate, most: float) -> bool:
    (a, b, c, d), (e, f, g, h) = one[1], other[1]
    common = max(0.0, min(c, g) - max(a, e)) * max(0.0, min(d, h) - max(b, f))
    return common > most * ((c - a) * (d - b) + (g - e) * (h - f) - common)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("kind", "maker", "said"), [(YuNet, Kind.YUNET, said_by_yunet), (Scrfd, Kind.SCRFD, said_by_scrfd)]
)
def test_the_likely_candidates_are_read_as_all_would_be(kind, maker, said, seed: int) -> None:  # type: ignore[no-untyped-def]
    answers, meant = said(np.random.default_rng(seed))
    entry = part(Role.DETECTOR, kind=maker, input=InputSpec(width=SIDE, height=SIDE), threshold=THRESHOLD)
    detector = kind(cast(Network, Said(answers)), entry)

    expected: list[Candidate] = []
    for candidate in sorted(filter(is_face, meant), key=lambda one: -one[0]):
        if not any(covers(better, candidate, kind.overlap) for better in expected):
            expected.append(candidate)
    found = detector.detect(np.zeros((SIDE, SIDE, 3), np.uint8))

    assert len(found) == len(expected) > 1
    for face, (score, (left, top, right, bottom), points) in zip(found, expected, strict=True):
        assert face.confidence == pytest.approx(score, abs=1e-6)
        assert face.box == pytest.approx((left, top, right - left, bottom - top), abs=1e-3)
        np.testing.assert_allclose(face.points, points, atol=1e-3)
        assert face.points.dtype == np.float32
