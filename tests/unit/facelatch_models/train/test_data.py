"""What is trained on, and who never is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_models.face import Face, Picture
from facelatch_models.train.data import DataError, FaceSet, Source, divided, people_in, read_source, split
from facelatch_models.train.mixtures import LAYOUT, SIDE
from tests.unit.facelatch_models.train.made_up import made_up_faces, write_archive


class CentreDetector:
    """Sees one face in the middle of every picture that is not black."""

    def detect(self, picture: Picture) -> list[Face]:
        height, width = picture.shape[:2]
        points = np.array(LAYOUT, np.float32) * (width, height)
        return [Face((0.0, 0.0, float(width), float(height)), points, 0.9)] if picture.any() else []


def test_nobody_is_both_learnt_from_and_held_out() -> None:
    trained, held = split(made_up_faces(60, 2), 5)
    assert not set(trained.people) & set(held.people)
    assert len(trained.people) + len(held.people) == 120
    assert 4 <= len(set(held.people)) <= 22


def test_who_is_held_out_does_not_change_when_others_come() -> None:
    few, more = (split(made_up_faces(people, 1), 5)[1] for people in (30, 60))
    assert set(few.people) == set(more.people) & set(made_up_faces(30, 1).people)


def test_without_names_every_so_many_pictures_are_held_out() -> None:
    faces = made_up_faces(10, 1)
    nameless = FaceSet(faces.faces, np.array([""] * 10))
    trained, held = split(nameless, 5)
    assert (held.faces == faces.faces[[4, 9]]).all()
    assert len(trained.people) == 8


def test_nothing_is_held_out_where_nothing_is_asked_for() -> None:
    trained, held = split(made_up_faces(5, 1), 0)
    assert (len(trained.people), len(held.people)) == (5, 0)


@pytest.mark.parametrize("held", [1, -2])
def test_all_or_a_negative_share_cannot_be_held_out(held: int) -> None:
    with pytest.raises(ValueError, match="cannot be held out"):
        split(made_up_faces(5, 1), held)


def test_who_is_held_out_of_one_source_is_taken_from_every_other() -> None:
    sources = (Source(path="a", share=1, held=3), Source(path="b", share=1))
    sets, held = divided([made_up_faces(30, 2), made_up_faces(40, 1, seed=9)], sources)
    assert held.people.size
    for one in sets:
        assert not set(one.people) & set(held.people)


def test_who_figures_are_stated_on_is_taken_from_every_source() -> None:
    sources = (Source(path="a", share=1, held=3), Source(path="b", share=1))
    apart = {"person 3", "person 17"}
    sets, _ = divided([made_up_faces(30, 2), made_up_faces(40, 1, seed=9)], sources, apart)
    assert all(not set(one.people) & apart for one in sets)


def test_a_source_of_which_nobody_may_be_learnt_from_is_named() -> None:
    sources = (Source(path="a", share=1, held=3), Source(path="b", share=1))
    with pytest.raises(DataError, match="b: nobody is left"):
        divided([made_up_faces(30, 2), made_up_faces(2, 1)], sources, {"person 0", "person 1"})


def test_the_people_of_a_folder_are_its_folders_with_pictures(tmp_path: Path) -> None:
    for name in ("ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "cy/note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert people_in(tmp_path) == {"ann", "bob"}
    with pytest.raises(DataError, match="none"):
        people_in(tmp_path / "none")


def test_a_run_that_watches_nobody_is_refused() -> None:
    with pytest.raises(DataError, match="nobody is held out"):
        divided([made_up_faces(5, 2)], (Source(path="a", share=1),))


def test_an_archive_is_read_with_and_without_names(tmp_path: Path) -> None:
    faces = made_up_faces(3, 2)
    write_archive(tmp_path / "some.zip", faces.faces, faces.people)
    named = read_source(Source(path="some.zip", share=1, named=True), tmp_path, CentreDetector())
    assert named.people.tolist() == faces.people.tolist()
    assert np.abs(named.faces.astype(int) - faces.faces).mean() < 8  # JPEG
    nameless = read_source(Source(path="some.zip", share=1), tmp_path, CentreDetector())
    assert set(nameless.people.tolist()) == {""}


def test_a_file_that_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "some.zip").write_text("no zip")
    with pytest.raises(DataError, match=r"some\.zip: expected a zip of 96x96 pictures"):
        read_source(Source(path="some.zip", share=1), tmp_path, CentreDetector())


def test_an_archive_of_other_sizes_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / "some.zip", np.zeros((2, 50, 50, 3), np.uint8), ["a", "b"])
    with pytest.raises(DataError, match="expected 2 faces of 96x96"):
        read_source(Source(path="some.zip", share=1), tmp_path, CentreDetector())


def test_a_folder_of_people_is_aligned_and_what_shows_no_face_left_out(tmp_path: Path) -> None:
    face = made_up_faces(1, 1).faces[0]
    for name, picture in (("ann/1.png", face), ("bob/1.png", face), ("bob/2.png", np.zeros_like(face))):
        (tmp_path / "some" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "some" / name), picture)
    (tmp_path / "some/bob/3.jpg").write_text("no picture")
    seen: list[tuple[int, int]] = []
    found = read_source(
        Source(path="some", share=1), tmp_path, CentreDetector(), lambda done, of: seen.append((done, of))
    )
    assert found.people.tolist() == ["ann", "bob"]
    assert found.faces.shape == (2, SIDE, SIDE, 3)
    assert np.abs(found.faces[0].astype(int) - face).mean() < 1
    assert seen[-1] == (4, 4) or seen[-1] == (3, 4)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    with pytest.raises(DataError, match="some"):
        read_source(Source(path="some", share=1), tmp_path, CentreDetector())


def test_a_set_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    faces = made_up_faces(3, 2)
    faces.save(tmp_path / "0")
    found = FaceSet.load(tmp_path / "0")
    assert (found.faces == faces.faces).all()
    assert found.people.tolist() == faces.people.tolist()
