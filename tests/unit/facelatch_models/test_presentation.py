"""Whom the thresholds of liveness and of the eyes would refuse."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.lids import LEAST, Lids, read_lids, shut, threshold_closing
from facelatch_models.evaluation.presentation import Presentations, read_presentations, refusals, threshold_refusing
from facelatch_models.face import Face, Openness, Picture
from facelatch_models.train.mixtures import LAYOUT, SIDE
from tests.unit.facelatch_models.coloured import BlueLiveness, BrightDetector, paint

# --- liveness ---------------------------------------------------------------------------------------------------------


def test_an_error_is_a_live_person_refused_or_an_attack_taken() -> None:
    nan = float("nan")
    live = Presentations("live", ("a", "a", "b", "b"), np.array([0.9, 0.1, 0.8, nan]))
    attack = Presentations("print", ("a", "b", "b"), np.array([0.6, 0.1, nan]))
    refused, taken = refusals(live, 0.5), refusals(attack, 0.5)
    assert (refused.errors, refused.pictures, refused.subjects, refused.worst) == (2, 4, 2, 0.5)
    assert (taken.errors, taken.pictures, taken.subjects, taken.of) == (1, 3, 1, 2)
    assert taken.rate.low < taken.rate.value < taken.rate.high


def test_a_score_at_the_threshold_counts_as_live() -> None:
    assert refusals(Presentations("print", ("a",), np.array([0.5])), 0.5).errors == 1
    assert refusals(Presentations("live", ("a",), np.array([0.5])), 0.5).errors == 0


def test_presentations_are_read_by_kind_live_first(tmp_path: Path) -> None:
    paint(tmp_path / "bent" / "ann" / "1.png", (20, 90, 90))
    paint(tmp_path / "live" / "ann" / "1.png", (230, 90, 90))
    paint(tmp_path / "live" / "ben" / "1.png", (0, 0, 0))
    found = read_presentations(tmp_path, BrightDetector(), BlueLiveness())
    assert [one.kind for one in found] == ["live", "bent"]
    assert found[0].scores[0] == pytest.approx(0.9, abs=0.01)
    assert np.isnan(found[0].scores[1])


@pytest.mark.parametrize("place", ["live/ann", "ann"])
def test_without_attacks_everybody_is_alive(tmp_path: Path, place: str) -> None:
    paint(tmp_path / place / "1.png", (230, 90, 90))
    (found,) = read_presentations(tmp_path, BrightDetector(), BlueLiveness())
    assert (found.kind, found.people) == ("live", ("ann",))
    assert found.scores == pytest.approx(0.9, abs=0.01)


def test_a_folder_of_attacks_alone_is_refused(tmp_path: Path) -> None:
    paint(tmp_path / "print" / "ann" / "1.png", (230, 90, 90))
    with pytest.raises(GalleryError, match="PERSON/PICTURE"):
        read_presentations(tmp_path, BrightDetector(), BlueLiveness())


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(0.001, 1)), min_size=1), st.floats(0, 0.5))
def test_the_threshold_of_a_wanted_bpcer_refuses_no_more_and_the_next_one_does(
    scores: list[float], share: float
) -> None:
    live = Presentations("live", ("a",) * len(scores), np.array(scores))
    threshold = threshold_refusing(live, share)
    allowed = share * len(scores) * (1 + 1e-9)
    if threshold is None:
        assert np.isnan(live.scores).sum() > allowed - 1e-9
        return
    assert refusals(live, threshold).errors <= allowed
    assert refusals(live, np.nextafter(threshold, 2)).errors > allowed - 1e-9


# --- eyes -------------------------------------------------------------------------------------------------------------


class GreenEyes:
    """Takes green for open: the right eye by a picture's left half, the left one by its right half."""

    threshold = 0.3

    def openness(self, picture: Picture, face: Face) -> Openness:
        left, right = np.array_split(picture[..., 1], 2, axis=1)
        return float(left.mean() / 255), float(right.mean() / 255)


class GoodDetector:
    """Sees one frontal face in the middle, unless the picture is black."""

    def detect(self, picture: Picture) -> list[Face]:
        points = np.float32(LAYOUT) * picture.shape[0]
        return [Face((0.0, 0.0, *map(float, picture.shape[1::-1])), points, 0.9)] if picture.mean() > 10 else []


def paint_sharp(path: Path, green: int) -> None:
    """Write a picture that is sharp, bright and that green."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(1).integers(60, 200, (120, 120, 3)).astype(np.uint8)
    picture[..., 1] = green
    cv2.imwrite(str(path), picture)


def test_only_faces_that_the_eye_would_look_at_count(tmp_path: Path) -> None:
    for number, green in enumerate((250, 200, 30)):
        paint_sharp(tmp_path / "ann" / f"{number}.png", green)
    paint(tmp_path / "ben" / "black.png", (0, 0, 0))
    paint(tmp_path / "ben" / "blurred.png", (90, 90, 90))
    (tmp_path / "ben" / "broken.png").write_bytes(b"no picture")
    lids = read_lids(tmp_path, GoodDetector(), GreenEyes(), lambda done, of: None)
    assert lids.openness == pytest.approx([250 / 255, 200 / 255, 30 / 255])
    assert lids.unclear == 3
    (row,) = shut(lids, GreenEyes.threshold)
    assert (row.group, row.pictures, row.closed) == ("all", 3, 1)


def test_pictures_without_any_clear_face_are_said(tmp_path: Path) -> None:
    paint(tmp_path / "ben" / "black.png", (0, 0, 0))
    with pytest.raises(GalleryError, match="in none of the pictures"):
        read_lids(tmp_path, GoodDetector(), GreenEyes(), lambda done, of: None)


def test_aligned_faces_are_told_apart_by_group_and_age(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        rows = []
        for number, (age, group, green) in enumerate([(30, 0, 250), (70, 2, 20), (5, 2, 120)]):
            picture = np.full((SIDE, SIDE, 3), 90, np.uint8)
            picture[..., 1] = green
            archive.writestr(f"{number}.png", cv2.imencode(".png", picture)[1].tobytes())
            rows.append(f"{number}.png\t{age}\t1\t{group}")
        archive.writestr("index.tsv", "\n".join(rows))
    lids = read_lids(path, GoodDetector(), GreenEyes(), lambda done, of: None)
    assert lids.groups["Asian"].tolist() == [False, True, True]
    assert lids.groups["senior"].tolist() == [False, True, False]
    assert lids.openness == pytest.approx([250 / 255, 20 / 255, 120 / 255])
    assert [row.group for row in shut(lids, 0.3)] == ["all"]  # no group is large enough to say anything of


def test_the_threshold_that_is_wanted_holds_in_the_worst_group() -> None:
    random = np.random.default_rng(4)
    wide, narrow = random.uniform(0.3, 0.5, 1000), random.uniform(0.1, 0.5, LEAST)
    few = np.zeros(LEAST - 1)
    openness = np.concatenate([wide, narrow, few])
    sizes = (len(wide), len(narrow), len(few))
    groups = {name: np.repeat(np.arange(3), sizes) == index for index, name in enumerate(("wide", "narrow", "few"))}
    threshold = threshold_closing(Lids(openness, groups, 0), 0.05)
    rows = {row.group: row for row in shut(Lids(openness, groups, 0), threshold)}
    assert set(rows) == {"wide", "narrow"}
    assert rows["narrow"].rate.value <= 0.05
    assert (narrow < threshold + 0.002).mean() > 0.05
    assert rows["wide"].closed == 0
