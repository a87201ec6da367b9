"""The page of the enrolled faces."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError
from facelatch.types import FaceSummary, Infrared, PasswordCause, Quality, Reason
from facelatch_gui import words
from facelatch_gui.pages.faces import FaceCard
from facelatch_gui.standing import standing_saying
from facelatch_gui.widgets.text import Text
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.gui.samples import CAMERA, FACE, STANDING, STATUS

GLASSES = msgspec.structs.replace(FACE, id="2a" * 16, label="with glasses", quality=Quality.FAIR, templates=5)


@pytest.fixture
def two(house: WindowHouse, daemon: DoubleDaemon) -> WindowHouse:
    """The page with two faces."""
    daemon.enrolled_faces = (FACE, GLASSES)
    house.open()
    house.wait(lambda: len(house.faces.cards) == 2)
    return house


def said(card: FaceCard) -> str:
    """Return all that a card says."""
    return "\n".join(text.text() for text in card.findChildren(Text) if not text.isHidden())


def only_card(house: WindowHouse, daemon: DoubleDaemon, face: FaceSummary) -> FaceCard:
    daemon.enrolled_faces = (face,)
    house.open()
    house.wait(lambda: house.faces.cards)
    return house.faces.cards[0]


def type_name(house: WindowHouse, card: FaceCard, text: str) -> None:
    house.press("Rename", card)
    house.qtbot.keyClicks(card.focusWidget(), text)


def test_without_a_face_the_first_run_leads_to_the_enrolment(house: WindowHouse) -> None:
    house.open()
    house.wait(lambda: house.faces.is_first_run)
    house.press("Enrol my face")
    assert house.window.page is house.enrol


def test_a_card_says_what_is_enrolled(two: WindowHouse) -> None:
    text = said(two.faces.cards[0])
    for part in ("face 1", "Good quality, from 8 pictures", "Integrated Camera", words.moment(FACE.enrolled)):
        assert part in text


def test_a_moment_is_written_as_people_here_write_it() -> None:
    before = QLocale()
    try:
        QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
        assert words.moment("2026-11-20T08:15:00+00:00").startswith("20.11.26")
    finally:
        QLocale.setDefault(before)


def test_a_face_that_the_pack_cannot_use_says_so_and_cannot_be_improved(
    house: WindowHouse, daemon: DoubleDaemon
) -> None:
    card = only_card(house, daemon, msgspec.structs.replace(FACE, usable=False))
    assert "does not work with the recognition pack" in said(card)
    (improve,) = house.buttons("Improve", card)
    assert not improve.isEnabled()


def test_the_camera_of_a_face_is_told_by_name_or_as_not_connected(house: WindowHouse, daemon: DoubleDaemon) -> None:
    card = only_card(house, daemon, msgspec.structs.replace(FACE, camera="usb-9 gone"))
    assert "not connected (usb-9 gone)" in said(card)


def test_the_infrared_camera_of_a_face_is_told_with_the_other(house: WindowHouse, daemon: DoubleDaemon) -> None:
    seeing = msgspec.structs.replace(CAMERA, id="usb-ir", name="Night Camera", infrared=True)
    daemon.status_report = msgspec.structs.replace(STATUS, cameras=(CAMERA, seeing))
    card = only_card(house, daemon, msgspec.structs.replace(FACE, infrared="usb-ir"))
    assert "Integrated Camera, and in infrared: Night Camera, pack open" in said(card)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "A login by face opens now."),
        ({"password_wanted": PasswordCause.BOOT}, "because the computer was started since you last typed it."),
        ({"locked_seconds": 40.5, "mismatches": 6}, "locked for 41 s more"),
    ],
)
def test_whether_a_login_by_face_opens_now_stands_above_the_faces(
    house: WindowHouse, daemon: DoubleDaemon, changes: dict[str, Any], says: str
) -> None:
    daemon.standing_report = msgspec.structs.replace(STANDING, **changes)
    only_card(house, daemon, FACE)
    house.wait(lambda: house.faces.standing.text)
    assert says in house.faces.standing.text


@pytest.mark.parametrize("changes", [{"pack_problem": "none"}, {"eye": "dead"}, {"camera_problem": "gone"}])
def test_a_face_is_not_said_to_open_where_none_can_be_judged(
    house: WindowHouse, daemon: DoubleDaemon, changes: dict[str, Any]
) -> None:
    daemon.status_report = msgspec.structs.replace(STATUS, **changes)
    only_card(house, daemon, FACE)
    assert not house.faces.standing.text


@pytest.mark.parametrize(
    ("report", "changes"),
    [("pack_report", {"levels": ()}), ("policy_report", {"infrared": Infrared.REQUIRED})],
)
def test_a_face_that_pack_or_camera_keep_from_opening_is_not_said_to_open(
    house: WindowHouse, daemon: DoubleDaemon, report: str, changes: dict[str, Any]
) -> None:
    setattr(daemon, report, msgspec.structs.replace(getattr(daemon, report), **changes))
    only_card(house, daemon, FACE)
    house.wait(lambda: house.faces.standing.text)
    assert "Something keeps your face from opening" in house.faces.standing.text
    assert "opens now" not in house.faces.standing.text


def test_the_faces_are_shown_where_the_standing_is_not_told(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.standing_report = BusError(Reason.NOT_PERMITTED, "not from here")
    only_card(house, daemon, FACE)
    assert not house.faces.standing.text
    assert not house.faces.notice.text


@pytest.mark.parametrize("cause", PasswordCause)
def test_every_cause_of_a_password_has_a_sentence_of_its_own(cause: PasswordCause) -> None:
    told = [
        standing_saying(msgspec.structs.replace(STANDING, password_wanted=one))[1].what
        for one in (cause, *PasswordCause)
    ]
    assert told.count(told[0]) == 2


def test_a_face_from_pictures_names_no_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    assert "From pictures" in said(only_card(house, daemon, msgspec.structs.replace(FACE, camera="pictures")))


def test_a_label_is_shown_as_it_is_and_never_as_markup(house: WindowHouse, daemon: DoubleDaemon) -> None:
    card = only_card(house, daemon, msgspec.structs.replace(FACE, label="<b>{x} & %n</b>"))
    assert "<b>{x} & %n</b>" in said(card)
    assert all(text.textFormat() is Qt.TextFormat.PlainText for text in card.findChildren(Text))


def test_a_face_is_renamed_in_its_place(two: WindowHouse, daemon: DoubleDaemon) -> None:
    type_name(two, two.faces.cards[0], "in winter")
    two.press("Save", two.faces.cards[0])
    two.wait(lambda: "in winter" in said(two.faces.cards[0]))
    assert daemon.called("rename") == [("rename", FACE.id, "in winter")]
    assert "in winter" in two.window.said
    two.wait(lambda: daemon.claims == 0)


def test_escape_leaves_a_name_as_it_was(two: WindowHouse, daemon: DoubleDaemon) -> None:
    card = two.faces.cards[0]
    type_name(two, card, "in winter")
    two.qtbot.keyClick(card.focusWidget(), Qt.Key.Key_Escape)
    assert not card.renaming
    assert not daemon.called("rename")


def test_an_empty_name_cannot_be_saved(two: WindowHouse) -> None:
    card = two.faces.cards[0]
    type_name(two, card, " ")
    (save,) = two.buttons("Save", card)
    assert not save.isEnabled()


def test_what_was_typed_stays_when_a_name_is_refused(two: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.rename_error = BusError(Reason.NOT_PERMITTED, "no")
    card = two.faces.cards[0]
    type_name(two, card, "in winter")
    two.press("Save", card)
    two.wait(lambda: two.faces.notice.text)
    assert "not allowed" in two.faces.notice.text
    assert card.renaming
    assert card.draft == "in winter"
    two.press("Save", card)


def test_what_was_typed_stays_when_the_daemon_comes_back(two: WindowHouse, daemon: DoubleDaemon) -> None:
    type_name(two, two.faces.cards[1], "with new glasses")
    two.faces.resume()
    before = two.faces.cards[1]
    two.wait(lambda: two.faces.cards[1] is not before)
    assert two.faces.cards[1].draft == "with new glasses"


def question(house: WindowHouse) -> QMessageBox:
    (question,) = house.faces.findChildren(QMessageBox)
    house.wait(question.isVisible)
    return question


def test_deleting_asks_first_and_keeps_by_default(two: WindowHouse, daemon: DoubleDaemon) -> None:
    two.press("Delete", two.faces.cards[0])
    box = question(two)
    assert "face 1" in box.text()
    two.qtbot.keyClick(box, Qt.Key.Key_Return)
    two.wait(lambda: not box.isVisible())
    assert not daemon.called("delete")


def test_a_face_is_deleted_once_that_is_confirmed(two: WindowHouse, daemon: DoubleDaemon) -> None:
    two.press("Delete", two.faces.cards[0])
    two.press("Delete", question(two))
    two.wait(lambda: [card.face for card in two.faces.cards] == [GLASSES])
    assert daemon.called("delete") == [("delete", FACE.id)]
    assert "face 1" in two.window.said


def test_a_face_can_be_deleted_while_the_list_is_made_anew(two: WindowHouse, daemon: DoubleDaemon) -> None:
    two.press("Delete", two.faces.cards[0])
    before = two.faces.cards[0]
    two.faces.enter()
    two.wait(lambda: two.faces.cards[0] is not before)
    two.press("Delete", question(two))
    two.wait(lambda: [card.face for card in two.faces.cards] == [GLASSES])


def test_a_face_that_could_not_be_deleted_stays(two: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.delete_error = BusError(Reason.NOT_PERMITTED, "no")
    two.press("Delete", two.faces.cards[0])
    two.press("Delete", question(two))
    two.wait(lambda: two.faces.notice.text)
    assert len(two.faces.cards) == 2
    assert two.buttons("Delete", two.faces.cards[0])[0].isEnabled()


def test_the_last_face_gone_it_is_the_first_run_again(house: WindowHouse, daemon: DoubleDaemon) -> None:
    card = only_card(house, daemon, FACE)
    house.press("Delete", card)
    house.press("Delete", question(house))
    house.wait(lambda: house.faces.is_first_run)


def test_improving_leads_to_the_enrolment_of_that_face(two: WindowHouse, daemon: DoubleDaemon) -> None:
    two.press("Improve", two.faces.cards[1])
    assert two.window.page is two.enrol
    two.press("Start")
    two.wait(lambda: daemon.called("enroll"))
    assert daemon.called("enroll") == [("enroll", "", GLASSES.id)]


def test_what_would_keep_a_face_from_being_enrolled_is_said_before(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.status_report = msgspec.structs.replace(STATUS, pack_problem="no pack is installed")
    house.open()
    house.wait(lambda: house.faces.notice.text)
    assert "no pack is installed" in house.faces.notice.text


def test_a_store_that_cannot_be_read_is_no_first_run(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.faces_error = BusError(Reason.STORE_FAILED, "disk I/O error")
    house.open()
    house.wait(lambda: house.faces.notice.text)
    assert "disk I/O error" in house.faces.notice.text
    assert not house.faces.is_first_run


def test_faces_appear_by_themselves_once_the_daemon_runs(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.present = False
    daemon.enrolled_faces = (FACE,)
    house.open()
    house.wait(lambda: house.window.banner.text)
    assert not house.faces.is_first_run
    daemon.come_back()
    house.wait(lambda: len(house.faces.cards) == 1)
    assert not house.window.banner.text


def test_faces_stay_to_be_seen_while_the_daemon_is_away(qtbot: QtBot, two: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.lose()
    two.faces.enter()
    two.wait(lambda: two.window.banner.text)
    assert len(two.faces.cards) == 2
    assert two.faces.cards[0].isVisible()
