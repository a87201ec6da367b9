"""The page on which a face is enrolled."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from facelatch.bus import BusError, DaemonUnreachable
from facelatch.types import Enrolled, EnrollStep, Hint, PasswordCause, Pose, Quality, Reason, Refusal
from facelatch_gui.pages import shots as shots_module
from facelatch_gui.pages.enrol import Stage
from facelatch_gui.pages.review import Flaw
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.gui.samples import COMPLETE, FACE, STANDING, shots


@pytest.fixture(autouse=True)
def _read_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots_module, "READABLE", 10)


def begin(house: WindowHouse, name: str = "") -> None:
    """Open the page, type a name and start."""
    house.open("enrol")
    if name:
        house.qtbot.keyClicks(house.enrol.start_view.findChild(QLineEdit), name)
    house.press("Start")


def review(house: WindowHouse) -> None:
    """Go on to the review."""
    begin(house)
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)


def test_from_the_first_run_to_a_recognised_face(house: WindowHouse, daemon: DoubleDaemon) -> None:
    house.open()
    house.wait(lambda: house.faces.is_first_run)
    house.press("Enrol my face")
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    assert "face 1" in house.enrol.done_view.text
    house.press("Try it now")
    assert house.window.page is house.trial
    house.press("Look now")
    house.wait(lambda: "Recognised" in house.trial.verdict.text)
    house.wait(lambda: daemon.claims == 0)


def test_the_name_that_was_typed_is_enrolled(house: WindowHouse, daemon: DoubleDaemon) -> None:
    begin(house, "with glasses ")
    house.wait(lambda: daemon.called("enroll"))
    assert daemon.called("enroll") == [("enroll", "with glasses", "")]


def test_the_camera_is_said_to_wait_for_the_password(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.password.is_open = False
    begin(house)
    house.wait(lambda: daemon.called("enroll"))
    assert house.enrol.stage is Stage.PASSWORD
    assert "password" in house.enrol.shots_view.hint
    daemon.password.is_open = True
    house.wait(lambda: house.enrol.stage is not Stage.PASSWORD)


def test_an_enrolment_can_be_cancelled_while_the_password_is_asked_for(
    house: WindowHouse, daemon: DoubleDaemon
) -> None:
    daemon.password.is_open = False
    begin(house)
    house.wait(lambda: daemon.called("enroll"))
    house.press("Cancel")
    assert house.enrol.stage is Stage.START
    house.wait(lambda: daemon.claims == 0)
    assert "nothing was stored" in house.enrol.notice.text


def test_the_ring_fills_as_poses_are_covered(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrol_steps = COMPLETE[:4]
    daemon.hold.is_open = False
    begin(house)
    ring = house.enrol.shots_view.ring
    house.wait(lambda: ring.covered == {Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT})
    house.wait(lambda: ring.asked is Pose.UP)
    house.wait(lambda: house.enrol.shots_view.hint == "Raise your chin a little.")
    assert ring.accessibleDescription() == "Still to be shown: up, down"


def test_the_ring_is_empty_again_for_the_next_enrolment(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrol_steps = COMPLETE[:4]
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: house.enrol.shots_view.ring.covered)
    house.press("Cancel")
    daemon.password.is_open = False
    house.press("Start")
    assert not house.enrol.shots_view.ring.covered


def test_a_shot_that_was_not_taken_says_why(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrol_steps = (*COMPLETE[:2], EnrollStep(4, 8, False, Hint.ONE_FACE))
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: house.enrol.shots_view.hint == "Only one face, please.")


def test_a_hint_stands_long_enough_to_be_read(house: WindowHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots_module, "READABLE", 100_000)
    view = house.enrol.shots_view
    view.begin(3)
    for hint in (Hint.CLOSER, Hint.HOLD_STILL) * 10:
        view.show_step(EnrollStep(1, 8, False, hint))
    assert view.hint == "Look straight at the camera."


def test_cancelling_lets_go_of_the_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: daemon.frames_fetched > 3)
    house.press("Cancel")
    house.wait(lambda: daemon.claims == 0)
    assert daemon.called("stop_enrolment")
    assert not daemon.called("save")


def test_looking_elsewhere_lets_go_of_the_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: daemon.frames_fetched > 3)
    house.window.show_page("faces")
    house.wait(lambda: daemon.claims == 0)
    assert house.enrol.stage is Stage.START


def test_looking_elsewhere_keeps_the_pictures_of_a_review(house: WindowHouse, daemon: DoubleDaemon) -> None:
    review(house)
    house.window.show_page("faces")
    house.window.show_page("enrol")
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)


def test_an_open_review_is_not_thrown_away_by_adding_a_face(house: WindowHouse, daemon: DoubleDaemon) -> None:
    review(house)
    house.window.show_page("faces")
    house.faces.add_wanted.emit()
    assert house.window.page is house.enrol
    assert house.enrol.stage is Stage.REVIEW


def test_dropped_pictures_are_not_saved(house: WindowHouse, daemon: DoubleDaemon) -> None:
    review(house)
    tiles = house.enrol.review_view.tiles
    assert len(tiles) == 8
    tiles[1].click()
    tiles[4].click()
    tiles[4].click()
    tiles[6].click()
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    assert daemon.called("save") == [("save", frozenset({2, 7}))]


def test_fewer_than_three_pictures_cannot_be_saved(house: WindowHouse) -> None:
    review(house)
    view = house.enrol.review_view
    for tile in view.tiles[:5]:
        tile.click()
    assert view.can_save
    view.tiles[5].click()
    assert not view.can_save
    view.tiles[0].click()
    assert view.can_save


def test_a_blurred_and_a_dark_picture_are_pointed_out(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.shots = shots(8, blurred={3}, dark={6})
    review(house)
    tiles = house.enrol.review_view.tiles
    assert {tile.shot.shot: tile.flaw for tile in tiles if tile.flaw} == {3: Flaw.BLURRED, 6: Flaw.DARK}
    assert "blurred" in tiles[2].accessibleName()
    assert "dropped" not in tiles[2].accessibleName()
    tiles[2].click()
    assert "dropped" in tiles[2].accessibleName()


def test_a_picture_that_cannot_be_decoded_does_not_end_the_review(house: WindowHouse, daemon: DoubleDaemon) -> None:
    good = shots(4)
    daemon.shots = (*good[:3], msgspec.structs.replace(good[3], picture=b"no picture"))
    review(house)
    assert len(house.enrol.review_view.tiles) == 4
    house.window.grab()


def test_a_key_that_is_pressed_too_late_saves_nothing(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: house.enrol.stage is Stage.SHOTS)
    (cancel,) = house.buttons("Cancel")
    cancel.setFocus()
    daemon.hold.is_open = True
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.qtbot.keyClick(house.window.focusWidget(), Qt.Key.Key_Space)
    assert house.enrol.stage is Stage.REVIEW
    assert house.enrol.review_view.dropped == {1}


def test_taking_the_pictures_again_begins_anew(house: WindowHouse, daemon: DoubleDaemon) -> None:
    review(house)
    house.press("Take them again")
    house.wait(lambda: len(daemon.called("enroll")) == 2)
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    assert not daemon.called("save")


def test_a_pose_that_was_never_shown_is_said_after_the_success(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrolled = Enrolled(msgspec.structs.replace(FACE, quality=Quality.FAIR), (Pose.UP, Pose.DOWN))
    review(house)
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    assert "Fair quality" in house.enrol.done_view.text
    assert "Not seen: up, down" in house.enrol.done_view.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BusError(Reason.NOT_PERMITTED, "no"), "not allowed"),
        (BusError(Reason.BAD_REQUEST, "another face is called so"), "another face is called so"),
        (BusError(Refusal.ALREADY_IN_USE, ""), "in use"),
        (DaemonUnreachable("gone"), "Nothing was stored"),
    ],
)
def test_a_start_that_fails_says_why_and_keeps_the_name(
    house: WindowHouse, daemon: DoubleDaemon, error: Exception, said: str
) -> None:
    daemon.enrol_error = error
    begin(house, "with glasses")
    house.wait(lambda: house.enrol.notice.text)
    assert said in house.enrol.notice.text
    assert house.enrol.stage is Stage.START
    assert house.enrol.start_view.label == "with glasses"
    house.wait(lambda: daemon.claims == 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BusError(Reason.CAMERA_FAILED, "no frame for 3 s"), "The camera stopped sending pictures."),
        (BusError(Reason.NO_CAMERA, "unplugged"), "There is no camera."),
        (BusError(Reason.BUSY, "a login"), "The camera was needed for a login."),
        (BusError(Reason.UNCLEAR, "2 of 3 shots needed"), "2 of 3 shots needed"),
    ],
)
def test_a_failure_in_the_middle_says_what_to_do_and_can_be_begun_again(
    house: WindowHouse, daemon: DoubleDaemon, error: BusError, said: str
) -> None:
    daemon.enrol_steps = (*COMPLETE[:3], error)
    begin(house)
    house.wait(lambda: house.enrol.notice.text)
    assert said in house.enrol.notice.text
    daemon.enrol_steps = COMPLETE
    house.wait(lambda: daemon.claims == 0)
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    assert not house.enrol.notice.text


def test_a_daemon_that_leaves_during_the_shots_is_said_and_can_be_begun_again(
    house: WindowHouse, daemon: DoubleDaemon
) -> None:
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: daemon.frames_fetched > 3)
    daemon.lose()
    house.wait(lambda: house.enrol.stage is Stage.START)
    assert "Nothing was stored" in house.enrol.notice.text
    house.wait(lambda: house.window.banner.text)
    daemon.come_back()
    house.wait(lambda: not house.window.banner.text)
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)


def test_a_daemon_that_leaves_during_the_review_is_noticed_before_save_is_pressed(
    house: WindowHouse, daemon: DoubleDaemon
) -> None:
    review(house)
    daemon.lose()
    house.wait(lambda: house.enrol.stage is Stage.START)
    assert "Nothing was stored" in house.enrol.notice.text


def test_a_save_that_fails_says_why(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrolled = BusError(Reason.STORE_FAILED, "disk full")
    review(house)
    house.press("Save")
    house.wait(lambda: house.enrol.notice.text)
    assert "disk full" in house.enrol.notice.text
    assert house.enrol.stage is Stage.START


def test_who_cannot_turn_the_head_every_way_goes_on_with_what_there_is(
    house: WindowHouse, daemon: DoubleDaemon
) -> None:
    daemon.enrol_steps = COMPLETE[:2]
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: house.enrol.shots_view.kept == COMPLETE[1].kept)
    house.press("Go on with these")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    assert len(daemon.called("finish")) == 1


def test_too_few_pictures_cannot_be_gone_on_with(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.enrol_steps = (EnrollStep(2, 8, True, Hint.LEFT, shot=2),)
    daemon.hold.is_open = False
    begin(house)
    house.wait(lambda: house.enrol.shots_view.kept == 2)
    assert not house.buttons("Go on with these")


def test_one_picture_is_enough_to_improve_a_face(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.shots = shots(2)
    house.open("enrol")
    house.enrol.improve(FACE)
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    first, second = house.enrol.review_view.tiles
    first.click()
    assert house.enrol.review_view.can_save
    second.click()
    assert not house.enrol.review_view.can_save


def test_the_end_says_that_the_password_comes_first_where_it_does(house: WindowHouse, daemon: DoubleDaemon) -> None:
    hint = "The next login wants your password once."
    daemon.standing_report = msgspec.structs.replace(STANDING, password_wanted=PasswordCause.ENROLMENT)
    house.open("enrol")
    house.enrol.start()
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.enrol.review_view.saved.emit(frozenset())
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    house.wait(lambda: hint in house.enrol.done_view.text)
    daemon.standing_report = STANDING
    house.enrol.done_view.show_enrolled(Enrolled(FACE))
    assert hint not in house.enrol.done_view.text
