"""The window around the pages: its list, its banner, its words and its colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QMessageBox,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.types import Band, Hint, Level, Pose, Quality, Reason, Refusal, ServiceClass, Verdict, View
from facelatch_gui import app, sayings, style, words
from facelatch_gui.courier import Courier
from facelatch_gui.frame import decoded
from facelatch_gui.pages.enrol import Stage
from facelatch_gui.style import Tone
from facelatch_gui.widgets import live
from facelatch_gui.widgets.live import LiveFeed, LiveView
from facelatch_gui.window import Window
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.gui.samples import analysis, picture

NAMES = {"faces", "enrol", "trial", "inspect", "usage", "history", "camera", "pack", "health"}


@pytest.fixture
def whole(qtbot: QtBot, daemon: DoubleDaemon) -> Iterator[Window]:
    """The window with all pages."""
    courier = Courier(daemon.connect)
    window = Window(courier, app.pages(courier))
    qtbot.addWidget(window)
    courier.start()
    window.show()
    yield window
    window.close()
    courier.stop()


def test_every_page_can_be_shown_and_is_called_by_its_title_elsewhere(whole: Window) -> None:
    shown = set()
    for page in app.pages(Courier()):
        whole.show_page(page.name)
        assert whole.page.name == page.name
        assert words.page(page.name) == whole.page.title
        shown.add(page.name)
    assert shown == NAMES


def test_a_page_that_is_not_there_changes_nothing(whole: Window) -> None:
    whole.show_page("trial")
    whole.show_page("nowhere")
    assert whole.page.name == "trial"


def test_the_keyboard_turns_the_pages(qtbot: QtBot, house: WindowHouse) -> None:
    house.open()
    house.window.activateWindow()
    qtbot.waitUntil(house.window.isActiveWindow)
    qtbot.keyClick(house.window, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert house.window.page is house.enrol
    qtbot.keyClick(house.window, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(house.window, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert house.window.page is house.faces


def nameless(page: QWidget) -> list[str]:
    """Return what can have the focus and tells a screen reader nothing."""
    parts = [part for part in page.findChildren(QWidget) if part.focusPolicy() is not Qt.FocusPolicy.NoFocus]
    return [
        type(part).__name__
        for part in parts
        if isinstance(part, QAbstractButton | QLineEdit | QAbstractItemView)
        and not part.objectName().startswith("qt_")
        and not part.isHidden()
        and not part.accessibleName()
        and not (isinstance(part, QAbstractButton) and part.text())
        and not any(label.buddy() is part for label in page.findChildren(QLabel))
    ]


def test_whatever_can_have_the_focus_tells_a_screen_reader_what_it_is(house: WindowHouse) -> None:
    house.open()
    for page in (house.faces, house.enrol, house.trial):
        assert page.accessibleName()
        assert nameless(page) == []
    assert house.trial.view.accessibleName()
    assert house.trial.bar.accessibleName()
    assert house.enrol.shots_view.ring.accessibleName()


def test_two_buttons_of_a_page_do_not_share_a_key(house: WindowHouse, daemon: DoubleDaemon) -> None:
    house.open()
    for name in ("enrol", "trial"):
        house.window.show_page(name)
        buttons = [button for button in house.window.page.findChildren(QAbstractButton) if button.isVisible()]
        keys = [found[1].lower() for button in buttons if (found := re.search("&(\\w)", button.text()))]
        assert sorted(keys) == sorted(set(keys))


def test_the_banner_says_that_nobody_answers_and_goes_by_itself(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.present = False
    house.open("trial")
    house.wait(lambda: house.window.banner.isVisible())
    assert "not running" in house.window.banner.text
    assert "password works" in house.window.banner.text
    daemon.come_back()
    house.wait(lambda: not house.window.banner.isVisible())
    assert house.window.said == "The face service is back."


def test_closing_the_window_lets_go_of_the_camera(house: WindowHouse, daemon: DoubleDaemon) -> None:
    daemon.hold.is_open = False
    house.open("trial")
    house.press("Look now")
    house.wait(lambda: daemon.frames_fetched > 2)
    house.window.close()
    house.wait(lambda: daemon.claims == 0)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (None, "The picture was interrupted."),
        (BusError(Reason.BUSY, "a login"), "The camera is needed for a login."),
        (BusError(Reason.CAMERA_FAILED, "unplugged"), "The camera stopped sending pictures."),
    ],
    ids=["for no known reason", "by a login", "by its camera"],
)
def test_a_preview_that_was_ended_says_why_and_begins_again(
    qtbot: QtBot,
    courier: Courier,
    daemon: DoubleDaemon,
    monkeypatch: pytest.MonkeyPatch,
    why: BusError | None,
    said: str,
) -> None:
    monkeypatch.setattr(live, "PAUSE", 300)  # long enough for the words to be seen
    view = LiveView()
    qtbot.addWidget(view)
    feed = LiveFeed(courier, view)
    shown: list[object] = []
    feed.shown.connect(shown.append)
    feed.start("/dev/video0")
    qtbot.waitUntil(lambda: len(shown) > 2)
    daemon.preview_ended = why
    daemon.running = False
    qtbot.waitUntil(lambda: said in view.accessibleDescription())
    qtbot.waitUntil(lambda: len(daemon.called("start_preview")) > 1)
    before = len(shown)
    qtbot.waitUntil(lambda: len(shown) > before)
    assert set(daemon.called("claim")) == {("claim", "/dev/video0")}
    feed.stop()
    qtbot.waitUntil(lambda: daemon.claims == 0)


def test_a_preview_without_a_camera_says_so_and_shows_it_once_it_is_there(
    qtbot: QtBot, courier: Courier, daemon: DoubleDaemon
) -> None:
    daemon.preview_error = BusError(Reason.NO_CAMERA, "none")
    view = LiveView()
    qtbot.addWidget(view)
    feed = LiveFeed(courier, view)
    feed.start()
    qtbot.waitUntil(lambda: "There is no camera." in view.accessibleDescription())
    daemon.preview_error = None
    qtbot.waitUntil(lambda: not view.image.isNull())
    feed.stop()


def test_a_preview_that_is_not_permitted_is_not_asked_for_again(
    qtbot: QtBot, courier: Courier, daemon: DoubleDaemon
) -> None:
    daemon.preview_error = BusError(Reason.NOT_PERMITTED, "no")
    view = LiveView()
    qtbot.addWidget(view)
    feed = LiveFeed(courier, view)
    feed.start()
    qtbot.waitUntil(lambda: "not allowed" in view.accessibleDescription())
    assert not feed.running


def test_a_broken_frame_leaves_the_last_one_standing(qtbot: QtBot) -> None:
    view = LiveView()
    qtbot.addWidget(view)
    view.show_frame(picture(), analysis())
    view.show_frame(b"no picture", analysis())
    assert not view.image.isNull()
    view.resize(1, 1)
    view.grab()


@pytest.mark.parametrize(
    "error",
    [
        *(BusError(reason, "the daemon's words") for reason in Reason),
        *(BusError(refusal, "") for refusal in Refusal),
        DaemonUnreachable("nobody"),
        ProtocolBroken("nonsense"),
        OSError("no space left"),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'error', '')}",
)
def test_every_error_is_a_sentence_and_leads_only_to_pages_that_exist(qapp: QApplication, error: Exception) -> None:
    saying = sayings.failure(error)
    assert re.fullmatch(r"[A-Z].*\.", saying.what)
    assert saying.remedy == "" or saying.remedy[0].isupper()
    assert saying.remedy or saying.detail
    assert saying.page in {"", *NAMES}


def test_every_word_of_the_daemon_has_words_of_its_own(qapp: QApplication) -> None:
    said = [
        *map(words.view, set(View) - {View.CLEAR}),
        *map(words.hint, Hint),
        *map(words.pose, Pose),
        *map(words.band, Band),
        *map(words.quality, Quality),
        *map(words.level, Level),
        *map(words.service_class, ServiceClass),
        *map(words.verdict, Verdict),
    ]
    assert all(said)
    assert words.view(View.CLEAR) == ""


@pytest.mark.parametrize("back", ["#ffffff", "#eff0f1", "#2a2c2f", "#000000", "#20242c", "#fdf6e3", "#002b36"])
@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_can_be_read_on_every_ground(back: str, tone: Tone) -> None:
    palette = QPalette()
    dark = QColor(back).lightnessF() < 0.5
    palette.setColor(QPalette.ColorRole.Window, QColor(back))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#ffffff" if dark else "#101010"))
    assert style.is_dark(palette) is dark
    assert style.contrast(style.colour(palette, tone), QColor(back)) >= style.LEAST_CONTRAST


def test_a_window_that_is_too_small_scrolls_instead_of_cutting(house: WindowHouse) -> None:
    house.open()
    house.wait(lambda: house.faces.is_first_run)
    house.window.resize(house.window.minimumSizeHint())
    area = house.faces.parentWidget()
    while not isinstance(area, QScrollArea):
        assert area is not None
        area = area.parentWidget()
    house.wait(lambda: area.verticalScrollBar().maximum() > 0)


def test_the_window_speaks_the_language_of_the_desktop_as_far_as_it_can(qapp: QApplication) -> None:
    app.translate(qapp, QLocale("xx"))
    assert words.page("faces") == "Faces"


def test_only_what_the_eye_takes_is_handed_to_a_decoder(qapp: QApplication) -> None:
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'
    assert not QImage.fromData(drawn).isNull()
    assert decoded(drawn).isNull()


def test_a_part_of_a_picture_is_decoded_and_shrunk(qapp: QApplication) -> None:
    part = decoded(picture(0, 640, 480), QRect(600, 100, 300, 300), largest=20)
    assert (part.width(), part.height()) == (2, 20)
    assert decoded(picture(0, 640, 480)).size() == QSize(640, 480)
    assert decoded(picture(0, 640, 480), largest=64).size() == QSize(64, 48)
    assert decoded(b"no picture").isNull()
    assert decoded(picture(0, 640, 480), QRect(5000, 5000, 10, 10)).size() == QSize(640, 480)


def test_closing_asks_before_pictures_are_lost_that_wait_to_be_saved(
    qtbot: QtBot, house: WindowHouse, daemon: DoubleDaemon
) -> None:
    house.open("enrol")
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.window.show_page("faces")
    house.window.close()
    house.window.close()
    (question,) = house.window.findChildren(QMessageBox)
    assert house.window.isVisible()
    house.press("Go back", question)
    assert house.window.page is house.enrol
    house.press("Save")
    house.wait(lambda: house.enrol.stage is Stage.DONE)
    house.window.close()
    assert not house.window.isVisible()


def test_closing_without_saving_closes_and_stores_nothing(house: WindowHouse, daemon: DoubleDaemon) -> None:
    house.open("enrol")
    house.press("Start")
    house.wait(lambda: house.enrol.stage is Stage.REVIEW)
    house.window.close()
    (question,) = house.window.findChildren(QMessageBox)
    house.press("Close without saving", question)
    assert not house.window.isVisible()
    house.courier.stop()
    assert daemon.claims == 0
    assert not daemon.called("save")
