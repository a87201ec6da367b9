"""The page that shows what is seen in a picture or before the camera."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError
from facelatch.types import Reason, Told
from facelatch_gui import traits
from facelatch_gui.pages.inspect import InspectPage
from facelatch_gui.widgets.drop import DropArea
from facelatch_gui.widgets.live import LiveView
from facelatch_gui.widgets.switch import Switch
from facelatch_gui.widgets.table import Table
from facelatch_models.components import Component
from facelatch_models.evaluation.labelled import VOCABULARY
from tests.gui.exhibit import LOOKED_INTO, NEAR_FACE, NOBODY, ONE_PERSON, QUALITY, TWO_PEOPLE, Exhibit, drawing
from tests.gui.showcase import Showcase


@pytest.fixture
def case(qtbot: QtBot) -> Iterator[Showcase[InspectPage]]:
    """The page, opened."""
    case = Showcase(qtbot, InspectPage, Exhibit())
    case.open()
    yield case
    case.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of two people."""
    path = tmp_path / "holiday.jpg"
    path.write_bytes(drawing(TWO_PEOPLE))
    return path


def view(case: Showcase[InspectPage]) -> LiveView:
    (shown,) = case.visible(LiveView)
    return shown


def rows(case: Showcase[InspectPage]) -> list[list[str]]:
    """Return the table as it is to be seen."""
    found = []
    for table in case.visible(Table):
        model = table.model()
        columns = [column for column in range(model.columnCount()) if not table.isColumnHidden(column)]
        found += [[str(model.index(row, column).data()) for column in columns] for row in range(model.rowCount())]
    return found


def buttons(case: Showcase[InspectPage]) -> set[str]:
    return {button.text().replace("&", "") for button in case.visible(QAbstractButton)}


def drop(case: Showcase[InspectPage], *addresses: QUrl) -> None:
    data = QMimeData()
    data.setUrls(addresses)
    (area,) = case.visible(DropArea)
    area.take(data)


def save_as(case: Showcase[InspectPage], path: Path) -> None:
    case.press("Save with marks…")
    (dialog,) = case.page.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()


def open_and_wait(case: Showcase[InspectPage], path: Path) -> None:
    case.page.open(path)
    case.wait(lambda: case.button("Save with marks…").isEnabled())


def test_every_face_is_boxed_and_told_of_in_words_and_figures(case: Showcase[InspectPage], photo: Path) -> None:
    open_and_wait(case, photo)
    assert view(case).analysis == TWO_PEOPLE
    assert "2 faces were found." in case.text
    assert rows(case) == [
        ["1", "Sharp (0.120)", "Well lit (50 %)", "Straight (3° left, 2° down, 1° tilted)"],
        ["2", "Blurred (0.008)", "Dim (17 %)", "Turned right (24° right, 6° up, 4° tilted)"],
    ]


def test_a_screen_reader_hears_each_cell_with_its_heading(case: Showcase[InspectPage], photo: Path) -> None:
    open_and_wait(case, photo)
    (table,) = case.visible(Table)
    assert table.accessibleName() == "Faces in the picture"
    heard = table.model().index(1, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert heard == "Sharpness: Blurred (0.008)"


def findings(case: Showcase[InspectPage]) -> dict[str, str]:
    """Return what is told of the face that is chosen."""
    return {name: found for name, found, *more in rows(case) if not more}


def test_of_a_face_everything_is_told_with_its_weakest_quality_first(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = LOOKED_INTO
    open_and_wait(case, photo)
    told = findings(case)
    assert list(told.items())[:7] == [
        ("Life", "Looks alive"),
        ("Person", "anna (99 % likely)"),
        ("Guessed age", "Young (82 % likely)"),
        ("Guessed gender", "Unsure"),
        ("Guess: a mask", "Not worn (99 % likely)"),
        ("Size of the head, as on a passport", "4 of 100"),
        ("Distance between the eyes", "38 of 100"),
    ]
    assert len(told) == 5 + len(QUALITY)
    assert "Face 1" in case.text


def test_the_face_that_is_chosen_is_the_one_that_is_told_of(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = LOOKED_INTO
    open_and_wait(case, photo)
    case.visible(Table)[0].selectRow(1)
    told = findings(case)
    assert (told["Life"], told["Person"]) == ("Looks like a picture", "Nobody who is enrolled (99 % likely)")
    assert (told["Sharpness"], told["Guessed age"]) == ("15 of 100", "Unsure")
    assert "Face 2" in case.text


def test_one_face_alone_has_no_number(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = msgspec.structs.replace(LOOKED_INTO, faces=LOOKED_INTO.faces[:1], more=0)
    open_and_wait(case, photo)
    assert "This face" in case.text
    assert "Face 1" not in case.text


def test_a_component_and_a_guess_that_are_not_known_here_are_told_as_they_are_called(
    case: Showcase[InspectPage], photo: Path
) -> None:
    face = msgspec.structs.replace(NEAR_FACE, quality={"mood-present": 50.0}, attributes=(Told("hat", "tall", 0.9),))
    case.daemon.analysed = msgspec.structs.replace(ONE_PERSON, faces=(face,))
    open_and_wait(case, photo)
    assert findings(case) == {"Guess: hat": "tall (90 % likely)", "mood-present": "50 of 100"}


def test_every_component_and_every_guess_of_ours_has_words_of_its_own() -> None:
    assert not {component.value for component in Component} & set(map(traits.component, QUALITY))
    assert set(QUALITY) == {component.value for component in Component}
    for name, labels in VOCABULARY.items():
        for label in labels:
            face = msgspec.structs.replace(NEAR_FACE, attributes=(Told(name, label, 0.9),))
            ((what, found),) = traits.all_of(face)
            assert what != f"Guess: {name}"
            assert not found.startswith(label)


def test_faces_that_were_not_looked_at_are_counted(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = LOOKED_INTO
    open_and_wait(case, photo)
    assert "2 faces were found. 3 smaller ones were not looked at." in case.text


def test_nothing_is_guessed_unless_it_is_switched_on_with_a_word_of_caution(
    case: Showcase[InspectPage], photo: Path
) -> None:
    open_and_wait(case, photo)
    assert [call[2:] for call in case.daemon.called("analyse")] == [(False, False)]
    assert "often wrong" not in case.text
    (switch,) = case.visible(Switch)
    assert not switch.isChecked()
    case.daemon.analysed = LOOKED_INTO
    switch.setChecked(True)
    case.wait(lambda: "Guessed age" in findings(case))
    assert [call[2:] for call in case.daemon.called("analyse")] == [(False, False), (True, False)]
    assert "often wrong" in case.text
    switch.setChecked(False)
    assert "often wrong" not in case.text
    case.wait(lambda: len(case.daemon.called("analyse")) == 3)
    assert case.daemon.called("analyse")[-1][2:] == (False, False)


def test_the_switch_alone_asks_nothing(case: Showcase[InspectPage]) -> None:
    (switch,) = case.visible(Switch)
    switch.setChecked(True)
    assert case.daemon.called("analyse") == []


def test_who_it_is_is_asked_only_when_wanted(case: Showcase[InspectPage], photo: Path) -> None:
    assert not case.button("Who is it…").isEnabled()
    open_and_wait(case, photo)
    case.daemon.analysed = LOOKED_INTO
    case.press("Who is it…")
    case.wait(lambda: "Person" in findings(case))
    assert [call[2:] for call in case.daemon.called("analyse")] == [(False, False), (False, True)]


def test_who_may_not_ask_who_it_is_is_told_so_and_keeps_what_was_found(
    case: Showcase[InspectPage], photo: Path
) -> None:
    open_and_wait(case, photo)
    case.daemon.identify_error = BusError(Reason.NOT_PERMITTED, "the password was not given")
    case.press("Who is it…")
    case.wait(lambda: "This was not allowed." in case.page.notice.text)
    assert "2 faces were found." in case.text
    assert case.button("Who is it…").isEnabled()


def test_where_there_is_no_face_nobody_can_be_asked_about(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = NOBODY
    open_and_wait(case, photo)
    assert not case.button("Who is it…").isEnabled()


def test_a_closer_look_lets_go_of_the_camera_and_asks_about_its_last_picture(case: Showcase[InspectPage]) -> None:
    assert "Take a closer look" not in buttons(case)
    case.press("Live camera")
    case.wait(lambda: rows(case))
    case.daemon.analysed = LOOKED_INTO
    case.press("Take a closer look")
    case.wait(lambda: "Life" in findings(case))
    case.wait(lambda: case.daemon.claims == 0)
    assert case.daemon.called("analyse") == [("analyse", len(case.daemon.pictures[0]), False, False)]
    assert "Take a closer look" not in buttons(case)
    assert not view(case).image.isNull()


def test_no_face_is_said_clearly_with_what_a_face_needs(case: Showcase[InspectPage], photo: Path) -> None:
    case.daemon.analysed = NOBODY
    open_and_wait(case, photo)
    assert "No face was found." in case.text
    assert "nothing covers it" in case.text
    assert not rows(case)


def test_a_dropped_picture_is_opened(case: Showcase[InspectPage], photo: Path) -> None:
    drop(case, QUrl.fromLocalFile(str(photo)))
    case.wait_for_text("2 faces were found.")


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        (["file:///a.jpg", "file:///b.jpg"], "These are 2 files. Drop one picture at a time."),
        (["https://example.org/a.jpg"], "This is not a file on this computer."),
        ([], "This is not a file on this computer."),
    ],
)
def test_a_drop_that_cannot_be_taken_says_why(case: Showcase[InspectPage], addresses: list[str], words: str) -> None:
    drop(case, *map(QUrl, addresses))
    assert words in case.page.notice.text


def test_a_bad_file_says_what_is_wrong_and_the_next_one_works(
    case: Showcase[InspectPage], photo: Path, tmp_path: Path
) -> None:
    case.page.open(tmp_path)
    case.wait(lambda: "is a folder" in case.page.notice.text)
    open_and_wait(case, photo)
    assert not case.page.notice.isVisible()


def test_a_picture_that_the_daemon_refuses_stays_and_the_reason_is_told(
    case: Showcase[InspectPage], photo: Path
) -> None:
    case.daemon.analysed = BusError(Reason.BAD_REQUEST, "the picture has more than 64 scans")
    case.page.open(photo)
    case.wait(lambda: "more than 64 scans" in case.page.notice.text)
    assert not view(case).image.isNull()
    assert "This picture was not looked at." in case.text
    assert not case.button("Save with marks…").isEnabled()


def test_the_live_camera_is_shown_with_its_faces_and_let_go_of(case: Showcase[InspectPage]) -> None:
    case.press("Live camera")
    case.wait(lambda: rows(case))
    assert view(case).analysis == ONE_PERSON
    case.press("Stop the camera")
    case.wait(lambda: case.daemon.claims == 0)
    assert not rows(case)


def test_leaving_the_page_lets_go_of_the_camera(case: Showcase[InspectPage]) -> None:
    case.press("Live camera")
    case.wait(lambda: case.daemon.claims == 1)
    case.page.leave()
    case.wait(lambda: case.daemon.claims == 0)


def test_a_picture_opened_while_the_camera_runs_takes_its_place(case: Showcase[InspectPage], photo: Path) -> None:
    case.press("Live camera")
    case.wait(lambda: rows(case))
    case.page.open(photo)
    case.wait(lambda: case.daemon.claims == 0)
    case.wait_for_text("2 faces were found.")
    assert case.button("Live camera").isVisible()


def test_what_is_saved_has_the_marks_in_it(case: Showcase[InspectPage], photo: Path, tmp_path: Path) -> None:
    open_and_wait(case, photo)
    save_as(case, tmp_path / "marked.png")
    case.wait(lambda: case.said == ["Saved as “marked.png”."])
    before, after = QImage(str(photo)), QImage(str(tmp_path / "marked.png"))
    corner = [round(number) for number in NEAR_FACE.box[:2]]
    assert after.size() == before.size()
    assert after.pixelColor(*corner).lightness() > before.pixelColor(*corner).lightness()


def test_a_file_that_is_there_is_replaced_only_after_a_question(
    case: Showcase[InspectPage], photo: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(b"dear to somebody")
    open_and_wait(case, photo)
    save_as(case, there)
    case.wait(lambda: case.page.findChildren(QMessageBox))
    (box,) = case.page.findChildren(QMessageBox)
    assert "“there.png” is there already." in box.text()
    assert box.defaultButton().text().replace("&", "") == "Keep it"
    box.defaultButton().click()
    assert there.read_bytes() == b"dear to somebody"
    assert not case.said
    box.deleteLater()
    case.wait(lambda: not case.page.findChildren(QMessageBox))
    save_as(case, there)
    case.wait(lambda: case.page.findChildren(QMessageBox))
    (box,) = case.page.findChildren(QMessageBox)
    next(button for button in box.buttons() if "Replace" in button.text().replace("&", "")).click()
    case.wait(lambda: case.said)
    assert QImage(str(there)).size() == QImage(str(photo)).size()


def test_a_place_that_cannot_be_written_is_told_in_words(
    case: Showcase[InspectPage], photo: Path, tmp_path: Path
) -> None:
    open_and_wait(case, photo)
    save_as(case, tmp_path / "nowhere" / "marked.png")
    case.wait(lambda: "it is not there" in case.page.notice.text)
    assert not case.said
