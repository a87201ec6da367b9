"""Measuring a detector against another: what counts as found, how far points are off, what is a false alarm."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from facelatch_models.cli.detection import detection
from facelatch_models.evaluation.backdrops import backdrop
from facelatch_models.evaluation.detection import (
    Alarms,
    beside_the_faces,
    distances,
    false_alarms,
    look_for_faces,
    overlap,
    paces,
    same_face,
    sighting,
    summary,
    turned_back,
)
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.face import Face, Picture
from facelatch_models.pack import MANIFEST, InputSpec, Kind, Role, write_manifest
from tests.unit.facelatch_models.dots import Dots, dotted
from tests.unit.facelatch_models.real import constant_network, pack_of
from tests.unit.facelatch_models.samples import POINTS

EYES = 40.0
"""Pixels between the eyes of the face in `gallery_of`."""


def face_at(x: float, y: float, side: float = 100, confidence: float = 0.9) -> Face:
    points = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], np.float32)
    return Face((x, y, side, side), points * np.float32(side) + np.float32((x, y)), confidence)


def gallery_of(folder: Path, *pictures: Picture) -> Path:
    for index, picture in enumerate(pictures):
        (folder / f"person{index}").mkdir(parents=True)
        cv2.imwrite(str(folder / f"person{index}" / "1.png"), picture)
    return folder


def test_the_face_that_overlaps_most_is_the_same_one() -> None:
    near, far = face_at(10, 0), face_at(25, 0)
    assert same_face([far, near], face_at(8, 0)) is near
    assert same_face([face_at(70, 0)], face_at(0, 0)) is None
    assert same_face([], face_at(0, 0)) is None


def test_overlap_is_one_for_the_same_box_and_nothing_for_boxes_that_only_touch() -> None:
    assert overlap(face_at(3, 4), face_at(3, 4)) == 1
    assert overlap(face_at(0, 0), face_at(100, 0)) == 0
    assert overlap(face_at(0, 0), face_at(50, 0)) == pytest.approx(1 / 3)


def test_errors_are_shares_of_the_references_eye_distance() -> None:
    reference = face_at(0, 0)
    off = Face(reference.box, reference.points + np.float32((3, 4)), 0.9)
    seen = sighting([off], reference)
    assert seen.size == pytest.approx(100)
    assert seen.errors == pytest.approx([5 / 40] * 5)
    assert distances(off, reference.points) == pytest.approx([5 / 40] * 5)


def test_a_face_of_the_mirrored_picture_is_turned_back_with_its_points_in_order() -> None:
    face = face_at(10, 20)
    mirrored = Face((90, 20, 100, 100), face.points[[1, 0, 2, 4, 3]] * (-1, 1) + np.float32((200, 0)), 0.9)
    back = turned_back(mirrored, 200)
    assert back.box == face.box
    assert back.points == pytest.approx(face.points)


def test_a_detector_is_compared_picture_by_picture(tmp_path: Path) -> None:
    face = dotted(200, (50, 50, 100, 100))
    data = gallery_of(tmp_path, face, face, np.zeros((200, 200, 3), np.uint8))
    (data / "person3").mkdir()
    (data / "person3" / "broken.jpg").write_bytes(b"no picture")
    found = look_for_faces(data, Dots(shift=2), Dots())
    assert (found.pictures, found.without, found.unreadable, found.faces, found.found) == (3, 1, 1, 2, 2)
    assert found.mean_error == pytest.approx(2 / EYES, rel=0.02)
    assert found.point_errors == pytest.approx([2 / EYES] * 5, rel=0.02)
    assert found.smallest == pytest.approx(100, rel=0.02)


def test_a_detector_can_be_shown_faces_smaller_than_the_reference_sees_them(tmp_path: Path) -> None:
    data = gallery_of(tmp_path, dotted(400, (100, 100, 200, 200), radius=16))
    found = look_for_faces(data, Dots(shift=2), Dots(), scale=0.5)
    assert (found.found, found.smallest) == (1, pytest.approx(100, rel=0.02))
    assert found.mean_error == pytest.approx(2 / EYES, rel=0.1)


def test_a_detector_that_drifts_one_way_is_told_by_the_mirror(tmp_path: Path) -> None:
    found = look_for_faces(gallery_of(tmp_path, dotted(200, (50, 50, 100, 100))), Dots(shift=2), Dots())
    assert found.own_doubt == pytest.approx(4 / EYES, rel=0.02)
    assert found.reference_doubt == pytest.approx(0, abs=1e-3)
    assert found.settled_error == pytest.approx(2 / EYES, rel=0.02)


def test_a_detector_that_sees_nobody_finds_nothing_and_has_no_errors(tmp_path: Path) -> None:
    found = look_for_faces(gallery_of(tmp_path, dotted(200, (50, 50, 100, 100))), Dots(blind=True), Dots())
    assert (found.faces, found.found, found.recall.value) == (1, 0, 0)
    assert found.mean_error is None
    assert found.point_errors == ()
    assert found.own_doubt is None


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match=str(tmp_path)):
        look_for_faces(tmp_path, Dots(), Dots())


def test_the_percentile_is_of_faces_not_of_points() -> None:
    errors = np.zeros((100, 5))
    errors[:, 0] = 0.5  # every face has one bad point: the mean of each is 0.1
    seen = [sighting([face_at(0, 0)], face_at(0, 0)) for _ in errors]
    for one, row in zip(seen, errors, strict=True):
        assert one.errors is not None
        one.errors[:] = row
    assert summary("made up", 100, 0, 0, seen).error_95 == pytest.approx(0.1)


def test_alarms_are_counted_by_scene_and_in_all() -> None:
    class Nervous:
        def detect(self, picture: Picture) -> list[Face]:
            return [face_at(0, 0)] * int(picture[0, 0, 0])

    scenes = [np.full((8, 8, 3), count, np.uint8) for count in (0, 2, 0, 1)]
    alarms = false_alarms("scenes", Nervous(), scenes)
    assert (alarms.count, alarms.alarmed, alarms.detections) == (4, 2, 3)
    assert alarms.rate.low < alarms.rate.value == 0.5 < alarms.rate.high


def test_what_lies_beside_a_face_holds_none_of_it(tmp_path: Path) -> None:
    data = gallery_of(tmp_path, dotted(400, (150, 150, 100, 100)), dotted(200, (60, 60, 80, 80)))
    left, right = beside_the_faces(data, Dots())  # beside the second face there is too little
    assert left.shape == right.shape == (400, 100, 3)
    assert not left.any()
    assert not right.any()


def test_of_a_picture_in_which_nobody_is_seen_nothing_is_taken_for_empty(tmp_path: Path) -> None:
    data = gallery_of(tmp_path, np.zeros((200, 200, 3), np.uint8))
    assert list(beside_the_faces(data, Dots())) == []


def test_every_detector_is_timed_on_the_same_frames() -> None:
    shapes: list[tuple[int, ...]] = []

    class Watching(Dots):
        def detect(self, picture: Picture) -> list[Face]:
            shapes.append(picture.shape)
            return []

    found = paces((Watching(), Watching()), np.zeros((480, 640, 3), np.uint8), frames=3)
    assert shapes == [(240, 320, 3)] * 6
    assert all(0 <= pace.median <= pace.high for pace in found)


def test_made_up_places_follow_from_their_seed_and_differ() -> None:
    first, again = (backdrop(np.random.default_rng(5), 64, 48) for _ in range(2))
    assert first.shape == (48, 64, 3)
    assert (first == again).all()
    assert (first != backdrop(np.random.default_rng(6), 64, 48)).any()


def made_up_pack(folder: Path, *, sees: bool) -> Path:
    """Write a pack whose detector sees a face of 32 pixels in the middle of any 64x64, or nobody."""
    answers = {
        f"{part}_{stride}": np.zeros((1, (64 // stride) ** 2, columns))
        for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))
        for stride in (8, 16, 32)
    }
    if sees:
        answers["cls_32"][0, 3], answers["obj_32"][0, 3] = 1, 1
        answers["kps_32"][0, 3] = np.ravel(np.array([(-2, -2), (2, -2), (0, 0), (-1.5, 2), (1.5, 2)]) / 8)
    folder.mkdir()
    constant_network(folder / "detector.onnx", 64, **answers)
    constant_network(folder / "embedder.onnx", 32, vector=np.array([[3.0, 0, 4, 0]]))
    pack = pack_of(
        folder,
        ("detector.onnx", Role.DETECTOR, Kind.YUNET, InputSpec(width=64, height=64), 0.5, 0),
        ("embedder.onnx", Role.EMBEDDER, Kind.VECTOR, InputSpec(width=32, height=32, points=POINTS), 0.5, 4),
    )
    (folder / MANIFEST).write_text(write_manifest(pack.manifest))
    return folder


def measured(tmp_path: Path, *words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(detection)
    data = gallery_of(tmp_path / "data", np.full((64, 64, 3), 90, np.uint8))
    result = CliRunner().invoke(app, ["--data", str(data), *words])
    return result.exit_code, result.stdout


def test_the_command_says_what_it_measured_and_on_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelatch_models.cli.detection.MADE_UP", 3)
    sees, blind = (made_up_pack(tmp_path / name, sees=name == "sees") for name in ("sees", "blind"))
    code, told = measured(tmp_path, "--pack", str(sees), "--reference", str(sees), "--json")
    result = json.loads(told)
    assert code == 0
    assert result["findings"][0]["found"] == 1
    assert result["findings"][0]["mean_error"] == 0
    assert [one["alarmed"] for one in result["alarms"]] == [3, 0]
    assert result["circumstances"]["threads"] == 1
    (tmp_path / "again").mkdir()
    code, told = measured(tmp_path / "again", "--pack", str(blind), "--reference", str(sees))
    assert code == 0
    assert "0 of 1" in told
    assert "0.00% [0.00, 97.50]" in told
    assert "points" not in told


def test_the_command_needs_the_packs_that_it_is_told(tmp_path: Path) -> None:
    code, _ = measured(tmp_path, "--pack", str(tmp_path / "no"), "--reference", str(tmp_path / "no"))
    assert code == 3


def test_of_nothing_nothing_is_known() -> None:
    found = summary("nothing", 0, 0, 0, [])
    assert (found.recall.low, found.recall.high) == (0, 1)
    assert (found.mean_error, found.error_95) == (None, None)
    assert false_alarms("none", Dots(), []) == Alarms("none", 0, 0, found.recall, 0)
