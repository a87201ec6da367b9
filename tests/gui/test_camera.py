"""The page on which the camera is chosen."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QRadioButton
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError
from facelatch.types import Reason
from facelatch_gui.pages.camera import CameraPage, Portrait
from facelatch_gui.widgets.live import LiveView
from tests.gui.exhibit import DOCKED, FOUR_CAMERAS, INFRARED, THREE_CLASSES, VIRTUAL, Exhibit
from tests.gui.samples import CAMERA
from tests.gui.showcase import Showcase


@pytest.fixture
def case(qtbot: QtBot) -> Iterator[Showcase[CameraPage]]:
    """The page, not opened yet: three cameras, of which the first is in use."""
    case = Showcase(qtbot, CameraPage, Exhibit())
    yield case
    case.close()


def choices(case: Showcase[CameraPage]) -> dict[str, bool]:
    return {button.text(): button.isChecked() for button in case.visible(QRadioButton)}


def open_and_wait(case: Showcase[CameraPage]) -> None:
    case.open()
    case.wait(lambda: choices(case))


def previewed(case: Showcase[CameraPage]) -> list[object]:
    return [camera for _name, camera in case.daemon.called("start_preview")]


def test_the_cameras_are_there_with_the_one_in_use_chosen(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    assert choices(case) == {
        "The camera of your face": False,
        CAMERA.name: True,
        INFRARED.name: False,
        DOCKED.name: False,
        VIRTUAL.name: False,
    }
    assert "Logins use this camera." in case.text
    assert not case.button("Use for logins").isEnabled()


def test_a_camera_named_in_the_settings_by_its_path_is_known_again(case: Showcase[CameraPage]) -> None:
    case.daemon.status_report = msgspec.structs.replace(FOUR_CAMERAS, camera=INFRARED.path)
    open_and_wait(case)
    assert choices(case)[INFRARED.name]


def test_what_tells_a_camera_from_others_is_shown_and_a_virtual_one_is_warned_about(
    case: Showcase[CameraPage],
) -> None:
    open_and_wait(case)
    text = case.text.replace("\u00a0", " ")
    for part in (CAMERA.id, "/dev/video0 · uvcvideo · USB 04f2:b6d0", "Infrared camera", "Colour camera"):
        assert part in text
    assert text.count("This is not a real camera") == 1


def test_a_camera_says_whether_it_can_be_unplugged_and_what_belongs_to_it(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.wait_for_text("Trusted by the settings")
    assert case.text.count("Trusted by the settings") == 1
    assert "Colour camera, built in\nLooks together with its infrared camera: Integrated IR Camera\n" in case.text
    assert "Infrared camera, built in: sees in the dark" in case.text
    assert "Colour camera, can be unplugged\nTrusted by the settings: every face may log in with it" in case.text


def test_a_camera_that_was_just_trusted_is_shown_so_at_the_next_look(case: Showcase[CameraPage]) -> None:
    case.daemon.policy_report = msgspec.structs.replace(THREE_CLASSES, trusted=())
    open_and_wait(case)
    assert "Trusted by" not in case.text
    case.daemon.policy_report = THREE_CLASSES
    case.press("Search again")
    case.wait_for_text("Trusted by the settings")


def test_the_chosen_camera_shows_its_picture(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    (view,) = case.visible(LiveView)
    case.wait(lambda: not view.image.isNull())
    case.press(INFRARED.name)
    case.wait(lambda: previewed(case) == ["", INFRARED.id])


def test_a_choice_holds_once_it_is_saved(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.press(INFRARED.name)
    assert "Not in use yet." in case.text
    case.press("Use for logins")
    case.wait(lambda: case.daemon.called("set_camera") == [("set_camera", INFRARED.id)])
    case.wait_for_text("Logins use this camera.")
    assert choices(case)[INFRARED.name]
    assert case.said == ["Logins use this camera from now on."]


def test_the_first_real_camera_can_be_chosen_again(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.press("The camera of your face")
    case.press("Use for logins")
    case.wait(lambda: case.daemon.called("set_camera") == [("set_camera", "")])


def test_a_refusal_puts_the_choice_back_and_says_why(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.daemon.camera_error = BusError(Reason.NOT_PERMITTED, "no")
    case.press(VIRTUAL.name)
    case.press("Use for logins")
    case.wait_for_text("This was not allowed.")
    assert choices(case)[CAMERA.name]
    assert "Logins use this camera." in case.text


def test_a_search_keeps_what_is_chosen_but_not_saved(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.press(INFRARED.name)
    case.daemon.status_report = msgspec.structs.replace(FOUR_CAMERAS, cameras=(CAMERA, INFRARED))
    case.press("Search again")
    # New choices are to be seen a turn of the loop after the old ones are gone.
    case.wait(lambda: choices(case) and VIRTUAL.name not in choices(case))
    assert choices(case)[INFRARED.name]


def test_a_camera_that_was_unplugged_is_named_and_not_silently_replaced(case: Showcase[CameraPage]) -> None:
    case.daemon.status_report = msgspec.structs.replace(
        FOUR_CAMERAS, cameras=(INFRARED,), camera_problem="the camera is not connected"
    )
    open_and_wait(case)
    assert choices(case)["The camera in the settings"]
    assert "It is not connected now." in case.text
    assert "Logins cannot use their camera now." in case.text


def test_without_any_camera_nothing_is_claimed(case: Showcase[CameraPage]) -> None:
    case.daemon.status_report = msgspec.structs.replace(FOUR_CAMERAS, cameras=(), camera="", camera_problem="none")
    open_and_wait(case)
    assert not case.daemon.called("claim")


def test_leaving_the_page_lets_go_of_the_camera(case: Showcase[CameraPage]) -> None:
    open_and_wait(case)
    case.wait(lambda: case.daemon.claims == 1)
    case.page.leave()
    case.wait(lambda: case.daemon.claims == 0)


def test_a_camera_whose_name_looks_like_markup_is_shown_as_it_is(case: Showcase[CameraPage]) -> None:
    strange = msgspec.structs.replace(CAMERA, name="<b>A&B</b>", id="<img src='x'>")
    case.daemon.status_report = msgspec.structs.replace(FOUR_CAMERAS, cameras=(strange,), camera="")
    open_and_wait(case)
    assert "<b>A&&B</b>" in choices(case)
    assert "<img src='x'>" in case.text


def test_the_tab_key_goes_from_the_choice_to_the_buttons_and_the_arrows_walk_the_choices(
    case: Showcase[CameraPage],
) -> None:
    open_and_wait(case)
    case.press(INFRARED.name)
    walked = [case.button(INFRARED.name)]
    for _ in range(2):
        following = walked[-1].nextInFocusChain()
        while not (
            following.isVisible() and following.isEnabled() and following.focusPolicy() & Qt.FocusPolicy.TabFocus
        ):
            following = following.nextInFocusChain()
        assert isinstance(following, QAbstractButton)
        walked.append(following)
    QTest.keyClick(case.button(INFRARED.name), Qt.Key.Key_Up)
    assert choices(case)[CAMERA.name]
    names = [button.text().replace("&", "") for button in walked]
    assert names == [INFRARED.name, "Use for logins", "Search again"]


def test_a_wide_picture_is_not_given_a_high_place(qtbot: QtBot) -> None:
    portrait = Portrait()
    qtbot.addWidget(portrait)
    assert portrait.heightForWidth(640) == 480
    portrait.show_image(QImage(1280, 720, QImage.Format.Format_RGB32))
    assert portrait.heightForWidth(640) == 360
