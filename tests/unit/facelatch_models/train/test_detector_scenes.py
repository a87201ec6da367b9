"""The scenes that a detector learns from: what is painted is where the labels say it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.face import Face, Picture
from facelatch_models.train.data import DataError
from facelatch_models.train.detector import scenes
from facelatch_models.train.detector.labels import SIDE, Labelled, labelled, looked_at
from facelatch_models.train.detector.scenes import MOST_FACES, SCENE, Painter, Scene
from facelatch_models.train.detector.weather import weathered
from tests.unit.facelatch_models.dots import Dots, dots, dotted

BOX = (75, 75, 100, 100)


def labelled_dots(count: int = 4) -> Labelled:
    """Return pictures of one dotted face each, every other one held out."""
    picture = dotted(SIDE, BOX, radius=7)
    faces = looked_at(picture, Dots())
    rows = np.concatenate([np.hstack((np.full((1, 1), index, np.float32), faces)) for index in range(count)])
    return Labelled(np.stack([picture] * count), rows, np.arange(count) % 2 == 1)


def painted(seed: int, *, held: bool = False) -> Scene:
    return Painter(labelled_dots(), held=held).scene(np.random.default_rng(seed))


def test_points_lie_where_the_picture_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "weathered", lambda picture, random: picture)
    monkeypatch.setattr(scenes, "backdrop", lambda random, width, height: np.zeros((height, width, 3), np.uint8))
    compared = 0
    for seed in range(30):
        scene = painted(seed)
        sure = scene.faces[scene.faces[:, 14] == 1]
        found = dots(scene.picture)
        if len(sure) != 1 or found is None or not (0.5 < sure[0, 2] / BOX[2] < 1.5):
            continue
        points = sure[0, 4:14].reshape(5, 2)
        if (points < 12).any() or (points > SCENE - 26).any():
            continue  # a dot that is cut off has its middle elsewhere
        if np.linalg.det(points[[1, 3]] - points[0]) < 0:
            raise AssertionError("the right eye is not on the left of the picture")
        colours = found if np.linalg.norm(points[0] - found[0]) < np.linalg.norm(points[0] - found[1]) else None
        if colours is None:  # mirrored: the right eye has the colour that was the left one's
            colours = found[[1, 0, 2, 4, 3]]
        assert points == pytest.approx(colours, abs=0.35)
        compared += 1
    assert compared >= 4


def test_a_scene_follows_from_its_seed() -> None:
    one, again, other = painted(3), painted(3), painted(4)
    assert (one.picture == again.picture).all()
    assert (one.faces == again.faces).all()
    assert (one.picture != other.picture).any()


def test_scenes_have_a_picture_and_a_table_of_one_size_and_some_have_nobody() -> None:
    made = [painted(seed) for seed in range(40)]
    assert {scene.picture.shape for scene in made} == {(SCENE, SCENE, 3)}
    assert {scene.faces.shape for scene in made} == {(MOST_FACES, 15)}
    assert {scene.picture.dtype for scene in made} == {np.dtype(np.uint8)}
    counts = [(scene.faces[:, 14] == 1).sum() for scene in made]
    assert min(counts) == 0
    assert max(counts) >= 2


def test_faces_that_are_sure_are_for_the_greater_part_in_the_scene() -> None:
    for seed in range(40):
        faces = painted(seed).faces
        for x, y, width, height in faces[faces[:, 14] == 1, :4]:
            seen = (min(x + width / 2, SCENE) - max(x - width / 2, 0)) * (
                min(y + height / 2, SCENE) - max(y - height / 2, 0)
            )
            assert seen >= 0.7 * width * height


def test_nobody_who_is_held_out_is_painted_into_what_is_learnt_from() -> None:
    found = labelled_dots(6)
    learnt, watched = Painter(found, held=False).pictures, Painter(found, held=True).pictures
    assert (learnt, watched) == ([0, 2, 4], [1, 3, 5])


def test_pictures_without_a_face_that_is_sure_are_not_painted() -> None:
    found = labelled_dots()
    found.faces[:, -1] = 0
    with pytest.raises(ValueError, match="no picture"):
        Painter(found, held=False)


def test_weather_changes_the_picture_and_nothing_else() -> None:
    picture = dotted(64, (10, 10, 40, 40))
    made = [weathered(picture, np.random.default_rng(seed)) for seed in range(12)]
    assert {one.shape for one in made} == {picture.shape}
    assert sum((one != picture).any() for one in made) >= 8
    assert (weathered(picture, np.random.default_rng(1)) == made[1]).all()
    assert (picture == dotted(64, (10, 10, 40, 40))).all()


def test_three_looks_agree_on_where_a_face_is() -> None:
    (face,) = looked_at(dotted(SIDE, BOX, radius=7), Dots())
    assert face[14] == 1
    assert face[:4] == pytest.approx((125.5, 125.5, 100, 100), abs=1)
    assert face[4:14].reshape(5, 2) == pytest.approx(dots(dotted(SIDE, BOX, radius=7)), abs=0.3)


def test_a_face_that_one_look_in_three_misses_is_not_sure() -> None:
    class Once(Dots):
        calls = 0

        def detect(self, picture: Picture) -> list[Face]:
            self.calls += 1
            return [] if self.calls == 2 else super().detect(picture)

    (face,) = looked_at(dotted(SIDE, BOX, radius=7), Once())
    assert face[14] == 0


def test_a_detector_that_drifts_one_way_is_set_right_by_the_mirror() -> None:
    picture = dotted(SIDE, BOX, radius=7)
    (still,), (drifting,) = looked_at(picture, Dots()), looked_at(picture, Dots(shift=3))
    assert abs(drifting[4:14:2] - still[4:14:2]).max() < 2  # of three looks two drift to the right, one to the left


def people(folder: Path, count: int) -> Path:
    for index in range(count):
        (folder / f"person{index}").mkdir(parents=True)
        cv2.imwrite(str(folder / f"person{index}" / "1.png"), dotted(2 * SIDE, (150, 150, 200, 200), radius=14))
    return folder


def test_a_folder_is_labelled_at_one_size_and_people_are_held_out_by_name(tmp_path: Path) -> None:
    folder = people(tmp_path / "data", 12)
    (folder / "person3" / "broken.png").write_bytes(b"no picture")
    told: list[tuple[int, int]] = []
    found = labelled(folder, Dots(), 3, lambda done, of: told.append((done, of)))
    assert found.pictures.shape == (12, SIDE, SIDE, 3)
    assert told[-1] == (13, 13)
    assert 0 < found.held.sum() < 12
    assert found.faces_of(5)[0, 3:5] == pytest.approx((100, 100), abs=1)
    found.save(tmp_path / "kept")
    again = Labelled.load(tmp_path / "kept")
    assert (again.pictures == found.pictures).all()
    assert (again.faces == found.faces).all()
    assert (again.held == found.held).all()


def test_a_folder_in_which_nobody_is_seen_is_named(tmp_path: Path) -> None:
    folder = people(tmp_path / "data", 2)
    with pytest.raises(DataError, match=r"data: no face was found in any of 2 pictures"):
        labelled(folder, Dots(blind=True), 3, lambda done, of: None)
    with pytest.raises(DataError, match="nothing"):
        labelled(tmp_path / "nothing", Dots(), 3, lambda done, of: None)
