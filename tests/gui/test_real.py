"""The whole window on the real daemon and the real eye, which looks at a file camera."""

from __future__ import annotations

import concurrent.futures
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from facelatch_gui.pages.enrol import FEWEST, Stage
from facelatch_gui.widgets.live import LiveView
from tests.clips import Cast
from tests.gui.house import RealHouse, RealWindow
from tests.house import living_in
from tests.mocks import Answer, PolicyPolkit, Session, obstacle
from tests.pam.transaction import Code

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(obstacle()), reason=obstacle())]


REFUSED = "This was not allowed."
NEEDED = "The camera is needed for a login."


@pytest.fixture(autouse=True)
def _hurry() -> None:
    """Leave the waits as people and real daemons have them."""


@pytest.fixture(scope="module")
def built(open_pack: Path, pam_parts: None) -> Iterator[RealHouse]:
    """A house with a polkit, in a folder that alice may enter."""
    with tempfile.TemporaryDirectory(prefix="facelatch-") as folder:
        Path(folder).chmod(0o755)
        with living_in(RealHouse(Path(folder) / "house", open_pack)) as house:
            assert isinstance(house, RealHouse)
            yield house


@pytest.fixture(scope="module")
def polkit(built: RealHouse) -> PolicyPolkit:
    return built.furnish()


@pytest.fixture
def empty(built: RealHouse, polkit: PolicyPolkit, cast: Cast) -> RealHouse:
    """The house with nobody enrolled, alice before the camera and at the desk."""
    if built.labels():
        built.command("remove", "--user", "alice", "--all", "--yes")
    polkit.seat(built.uid, Session.ACTIVE, Answer.OWN_PASSWORD)
    polkit.forget()
    built.play(cast.enrolment)
    return built


@pytest.fixture
def enrolled(empty: RealHouse) -> RealHouse:
    """The house with alice enrolled."""
    empty.enroll()
    return empty


@pytest.fixture
def window(qtbot: QtBot, built: RealHouse) -> Iterator[RealWindow]:
    """Alice's window, which is not open yet."""
    window = RealWindow(qtbot, built.connect_alice)
    yield window
    window.close()


def enrol(window: RealWindow) -> None:
    """Enrol alice through the window, as far as the review."""
    window.open("enrol")
    window.press("Start")
    go_on(window)


def go_on(window: RealWindow) -> None:
    """Wait until the pictures would do, and be content with them."""
    window.wait(lambda: window.enrol.shots_view.kept > FEWEST)
    window.press("Go on with these")
    window.wait(lambda: window.enrol.stage is Stage.REVIEW)


def look(window: RealWindow) -> str:
    """Look once, and return what is said then."""
    window.press("Look now")
    window.wait(lambda: not window.trial.looking)
    return window.trial.verdict.text


def previewing(window: RealWindow) -> bool:
    """Whether the camera's page shows a picture, not words."""
    view = window.camera.findChild(LiveView)
    assert isinstance(view, LiveView)
    return not view.image.isNull()


def previewed_words(window: RealWindow) -> str:
    """Return what stands in the place of the picture."""
    view = window.camera.findChild(LiveView)
    assert isinstance(view, LiveView)
    return view.accessibleDescription()


def restart(house: RealHouse, window: RealWindow) -> None:
    """Restart the judge; between its end and its start the window must have noticed."""
    command = house.stop_judge()
    window.wait(lambda: window.window.banner.isVisible())
    assert "The face service is not running." in window.window.banner.text
    house.start_judge(command)
    window.wait(lambda: not window.window.banner.isVisible())


# --- from the first run to a verdict ----------------------------------------------------------------------------------


def test_from_the_first_run_to_a_match_and_a_stranger_who_does_not(
    empty: RealHouse, window: RealWindow, cast: Cast
) -> None:
    window.open()
    window.wait(lambda: window.faces.is_first_run)
    window.press("Enrol my face")
    window.press("Start")
    go_on(window)
    tiles = window.enrol.review_view.tiles
    window.qtbot.mouseClick(tiles[0], Qt.MouseButton.LeftButton)
    assert window.enrol.review_view.dropped == {tiles[0].shot.shot}
    assert empty.labels() == []
    window.press("Save")
    window.wait(lambda: window.enrol.stage is Stage.DONE)
    window.press("Show my faces")
    window.wait(lambda: window.faces.cards)
    (card,) = window.faces.cards
    assert [card.face.label] == empty.labels()
    assert card.face.templates == len(tiles) - 1
    empty.play(cast.later)
    window.window.show_page("trial")
    assert look(window).startswith("Recognised")
    assert cast.stranger
    empty.play(cast.stranger)
    assert look(window).startswith("Not recognised")


# --- the camera is lost -----------------------------------------------------------------------------------------------


def test_an_unplugged_camera_ends_an_enrolment_in_words_and_stores_nothing(
    empty: RealHouse, window: RealWindow, cast: Cast
) -> None:
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)
    empty.unplug()
    window.wait(lambda: window.enrol.notice.isVisible())
    assert "The camera stopped sending pictures." in window.enrol.notice.text
    assert window.enrol.stage is Stage.START
    assert empty.labels() == []
    empty.play(cast.enrolment)
    window.press("Start")
    go_on(window)
    window.press("Save")
    window.wait(lambda: window.enrol.stage is Stage.DONE)
    assert len(empty.labels()) == 1


def test_an_eye_that_dies_ends_an_enrolment_in_words_and_stores_nothing(empty: RealHouse, window: RealWindow) -> None:
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)
    os.kill(empty.eye_pid(), signal.SIGKILL)
    window.wait(lambda: window.enrol.notice.isVisible())
    assert "It starts again by itself" in window.enrol.notice.text
    assert window.enrol.stage is Stage.START
    assert empty.labels() == []
    window.wait(lambda: empty.command("status", good=(0, 3))["eye"] == "ready")
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)


def test_the_picture_of_an_unplugged_camera_gives_way_to_words_and_comes_back(
    empty: RealHouse, window: RealWindow, cast: Cast
) -> None:
    window.open("camera")
    window.wait(lambda: previewing(window))
    empty.unplug()
    window.wait(lambda: "There is no camera." in previewed_words(window))
    assert not previewing(window)
    empty.play(cast.enrolment)
    window.wait(lambda: previewing(window))


def test_the_picture_comes_back_after_the_eye_has_died(empty: RealHouse, window: RealWindow) -> None:
    window.open("camera")
    window.wait(lambda: previewing(window))
    os.kill(empty.eye_pid(), signal.SIGKILL)
    window.wait(lambda: not previewing(window))
    assert "It starts again by itself" in previewed_words(window)
    window.wait(lambda: previewing(window))


# --- the daemon is restarted ------------------------------------------------------------------------------------------


def test_a_restart_of_the_daemon_is_survived_while_nothing_is_done(enrolled: RealHouse, window: RealWindow) -> None:
    window.open()
    window.wait(lambda: window.faces.cards)
    restart(enrolled, window)
    window.wait(lambda: window.window.said == "The face service is back.")
    window.window.show_page("trial")
    assert look(window)


def test_a_restart_of_the_daemon_is_survived_during_a_preview(empty: RealHouse, window: RealWindow) -> None:
    window.open("camera")
    window.wait(lambda: previewing(window))
    restart(empty, window)
    window.wait(lambda: previewing(window))


def test_a_restart_of_the_daemon_ends_an_enrolment_in_words_and_stores_nothing(
    empty: RealHouse, window: RealWindow
) -> None:
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)
    restart(empty, window)
    assert window.enrol.stage is Stage.START
    assert "Nothing was stored." in window.enrol.notice.text
    window.wait(lambda: empty.command("status", good=(0, 3))["eye"] == "ready")
    assert empty.labels() == []
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)


# --- permission is denied ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "answer"),
    [(Session.ACTIVE, Answer.DISMISSED), (Session.ACTIVE, Answer.NO_AGENT)],
    ids=["dialog dismissed", "nobody shows a dialog"],
)
def test_who_gives_no_password_enrols_nothing(
    empty: RealHouse, window: RealWindow, polkit: PolicyPolkit, session: Session, answer: Answer
) -> None:
    polkit.seat(empty.uid, session, answer)
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: window.enrol.notice.isVisible())
    assert REFUSED in window.enrol.notice.text
    assert window.enrol.stage is Stage.START
    assert empty.labels() == []


def test_who_gives_a_wrong_password_enrols_nothing(empty: RealHouse, window: RealWindow, polkit: PolicyPolkit) -> None:
    polkit.seat(empty.uid, Session.ACTIVE, Answer.AWAITED)
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: polkit.open_dialogs)
    assert window.enrol.stage is Stage.PASSWORD
    polkit.close_dialogs(authorised=False)
    window.wait(lambda: window.enrol.notice.isVisible())
    assert REFUSED in window.enrol.notice.text
    assert empty.labels() == []


def test_a_password_that_comes_after_the_enrolment_was_cancelled_starts_nothing(
    empty: RealHouse, window: RealWindow, polkit: PolicyPolkit
) -> None:
    polkit.seat(empty.uid, Session.ACTIVE, Answer.AWAITED)
    window.open("enrol")
    window.press("Start")
    window.wait(lambda: polkit.open_dialogs)
    window.press("Cancel")
    polkit.close_dialogs(authorised=True)
    window.wait(lambda: not empty.command("status", good=(0, 3)).get("busy"))
    assert empty.labels() == []
    polkit.seat(empty.uid, Session.ACTIVE, Answer.OWN_PASSWORD)
    window.press("Start")
    window.wait(lambda: window.enrol.shots_view.kept)


@pytest.mark.parametrize("act", ["delete", "rename"])
def test_who_gives_no_password_changes_no_face(
    enrolled: RealHouse, window: RealWindow, polkit: PolicyPolkit, act: str
) -> None:
    window.open()
    window.wait(lambda: window.faces.cards)
    before = enrolled.labels()
    polkit.seat(enrolled.uid, Session.ACTIVE, Answer.DISMISSED)
    if act == "delete":
        window.press("Delete")
        (question,) = window.window.findChildren(QMessageBox)
        window.press("Delete", question)
    else:
        window.press("Rename")
        window.qtbot.keyClicks(window.faces.cards[0].findChild(QLineEdit), "somebody")
        window.press("Save")
    window.wait(lambda: window.faces.notice.isVisible())
    assert REFUSED in window.faces.notice.text
    assert [card.face.label for card in window.faces.cards] == before == enrolled.labels()


def test_who_has_no_session_here_is_told_so(enrolled: RealHouse, window: RealWindow, polkit: PolicyPolkit) -> None:
    polkit.seat(enrolled.uid, Session.NONE, Answer.OWN_PASSWORD)
    window.open()
    window.wait(lambda: window.faces.notice.isVisible())
    assert REFUSED in window.faces.notice.text
    assert not window.faces.is_first_run
    window.window.show_page("trial")
    window.press("Look now")
    window.wait(lambda: window.trial.notice.isVisible())
    assert REFUSED in window.trial.notice.text


# --- somebody logs in meanwhile ---------------------------------------------------------------------------------------


def test_a_login_gets_the_camera_and_the_preview_comes_back(
    enrolled: RealHouse, window: RealWindow, cast: Cast
) -> None:
    window.open("camera")
    window.wait(lambda: previewing(window))
    enrolled.play(cast.later)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        login = thread.submit(enrolled.login)
        window.wait(lambda: NEEDED in previewed_words(window))
        window.wait(login.done)
        outcome = login.result()
    assert outcome.code == Code.SUCCESS
    assert [style for style, _text in outcome.messages] == ["TEXT_INFO"]
    window.wait(lambda: previewing(window))
