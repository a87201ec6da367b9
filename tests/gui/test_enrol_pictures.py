"""Enrolling from picture files: which are used, which are left out and why, and what can go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from facelatch.bus import BusError
from facelatch.limits import MOST_PICTURES
from facelatch.types import EnrollShot, EnrollStep, Hint, Reason
from facelatch_gui.pages.enrol import Stage
from facelatch_gui.report import Report
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.gui.samples import FACE

KEPT = ("a.jpg", "b.png", "c.jpg")
STRANGER = EnrollStep(3, 16, False, Hint.ANOTHER_FACE, "Another person.", "d.jpg")
SAME = tuple(EnrollStep(3, 16, False, Hint.ALIKE, "Too much like a.jpg.", name) for name in ("e.jpg", "f.jpg"))


def shot(number: int, name: str, box: tuple[float, float, float, float] = (60, 40, 40, 40)) -> EnrollShot:
    return EnrollShot(number, box, 0.1, 0.5, None, b"", name)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Six pictures that are red where the face is."""
    image = QImage(160, 120, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(60, 100):
        for y in range(40, 80):
            image.setPixelColor(x, y, QColor("red"))
    paths = [tmp_path / name for name in (*KEPT, "d.jpg", "e.jpg", "f.jpg")]
    for path in paths:
        assert image.save(str(path))
    return paths


@pytest.fixture
def choosing(daemon: DoubleDaemon) -> DoubleDaemon:
    """A daemon that keeps three of six pictures."""
    daemon.judged = (
        *(EnrollStep(3, 16, True, name=name, shot=number) for number, name in enumerate(KEPT, 1)),
        STRANGER,
        *SAME,
    )
    daemon.shots = tuple(shot(number, name) for number, name in enumerate(KEPT, 1))
    return daemon


def review(house: WindowHouse, files: list[Path]) -> None:
    house.open("enrol")
    house.enrol.start_from_pictures(files)
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)


def test_the_kept_pictures_are_shown_by_name_and_the_others_with_the_reason(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    review(house, files)
    view = house.enrol.review_view
    assert [tile.text() for tile in view.tiles] == list(KEPT)
    assert view.left_out.splitlines() == ["Another person: d.jpg", "Too much like another picture: 2 pictures"]
    assert [call[1] for call in choosing.called("add_picture")] == [path.name for path in files]
    assert not choosing.called("save"), "nothing is stored before that is wanted"


def test_a_tile_shows_the_face_in_the_persons_own_file(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    choosing.shots = (shot(1, "b.png"), shot(2, "a.jpg"), shot(3, "c.jpg"))
    review(house, files)
    tile = house.enrol.review_view.tiles[0]
    middle = tile.grab().toImage().pixelColor(tile.width() // 2, tile.width() // 2)
    assert (middle.red() > 200, middle.green() < 60) == (True, True)


def test_a_kept_picture_can_be_dropped_before_saving(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    house.open("enrol")
    house.enrol.improve(FACE)
    house.enrol.start_from_pictures(files)
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.enrol.review_view.tiles[1].click()
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    assert choosing.called("save") == [("save", frozenset({2}))]
    assert choosing.called("enroll") == [("enroll", "", FACE.id)]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_sent(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path], tmp_path: Path
) -> None:
    files[3].unlink()
    review(house, [*files, tmp_path])
    assert [call[1] for call in choosing.called("add_picture")] == [*KEPT, "e.jpg", "f.jpg"]
    assert f"Cannot be read: d.jpg, {tmp_path.name}" in house.enrol.review_view.left_out


def test_a_file_that_is_gone_at_the_review_has_no_picture_and_ends_nothing(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    choosing.hold.is_open = False
    house.open("enrol")
    house.enrol.start_from_pictures(files)
    house.wait(lambda: choosing.called("add_picture"))
    files[0].unlink()
    choosing.hold.is_open = True
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    assert len(house.enrol.review_view.tiles) == 3
    house.window.grab()


def test_files_of_one_name_in_two_folders_are_told_apart(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    other = tmp_path / "more" / "a.jpg"
    other.write_bytes(files[0].read_bytes())
    review(house, [*files, other])
    assert [call[1] for call in choosing.called("add_picture")][-1] == "a (2).jpg"


def test_while_pictures_are_looked_at_the_progress_is_shown_and_can_be_cancelled(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    choosing.hold.is_open = False
    house.open("enrol")
    house.enrol.start_from_pictures(files)
    house.wait(lambda: house.enrol.looking_view.bar.maximum() == 6)
    assert house.enrol.stage is Stage.LOOKING
    house.press("Cancel")
    assert house.enrol.stage is Stage.START
    choosing.hold.is_open = True
    house.wait(lambda: choosing.claims == 0)
    assert "nothing was stored" in house.enrol.notice.text
    assert not choosing.called("save")


@pytest.mark.parametrize(
    ("reason", "hint", "said"),
    [
        (Reason.SEVERAL_FACES, Hint.UNDECIDED, ("It is not clear who is meant", "One of several people: a.jpg, b.jpg")),
        (Reason.UNCLEAR, Hint.HOLD_STILL, ("Too few of your pictures", "The face is blurred: a.jpg, b.jpg")),
        (Reason.STORE_FAILED, Hint.HOLD_STILL, ("disk full", "")),
    ],
)
def test_pictures_of_which_nothing_can_be_enrolled_say_why_and_what_became_of_each(
    house: WindowHouse, daemon: DoubleDaemon, files: list[Path], reason: Reason, hint: Hint, said: tuple[str, str]
) -> None:
    steps = (EnrollStep(0, 16, False, hint, "…", name) for name in ("a.jpg", "b.jpg"))
    daemon.judged = (*steps, BusError(reason, "disk full"))
    house.open("enrol")
    house.enrol.start_from_pictures(files[:2])
    house.wait(lambda: house.enrol.notice.text)
    assert house.enrol.stage is Stage.START
    for text in said:
        assert text in house.enrol.notice.text
    house.wait(lambda: daemon.claims == 0)


def test_more_pictures_than_may_be_are_refused_before_the_password(
    house: WindowHouse, daemon: DoubleDaemon, files: list[Path]
) -> None:
    house.open("enrol")
    house.enrol.start_from_pictures(files[:1] * (MOST_PICTURES + 1))
    assert f"At most {MOST_PICTURES} pictures" in house.enrol.notice.text
    assert house.enrol.stage is Stage.START
    assert not daemon.called("enroll")


def test_after_pictures_the_camera_can_be_used_again(
    house: WindowHouse, choosing: DoubleDaemon, files: list[Path]
) -> None:
    review(house, files)
    house.press("Cancel")
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    assert not house.enrol.review_view.left_out
    assert house.buttons("Take them again")


def test_many_pictures_of_one_kind_are_named_in_part(house: WindowHouse) -> None:
    steps = [EnrollStep(0, 16, False, Hint.HOLD_STILL, "", f"{number}.jpg") for number in range(9)]
    assert Report(steps).lines == ["The face is blurred: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, 5.jpg and 3 more"]


def test_pictures_of_several_people_are_listed_person_by_person() -> None:
    steps = [
        EnrollStep(0, 16, False, Hint.UNDECIDED, f"Person {number} of 2.", f"{name}.jpg")
        for number, name in ((2, "a"), (1, "b"), (2, "c"))
    ]
    steps.append(EnrollStep(0, 16, False, Hint.ANOTHER_FACE, "", "d.jpg"))
    assert Report(steps).lines == ["Another person: d.jpg", "Person 1: b.jpg", "Person 2: a.jpg, c.jpg"]
