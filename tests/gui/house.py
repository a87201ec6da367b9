"""Windows to test: on a daemon's double, or on a real daemon; and hands to use them with."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from facelatch.bus import Daemon
from facelatch_gui import app
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.pages.camera import CameraPage
from facelatch_gui.pages.enrol import EnrolPage
from facelatch_gui.pages.faces import FacesPage
from facelatch_gui.pages.trial import TrialPage
from facelatch_gui.window import Window
from tests.gui.double import DoubleDaemon
from tests.house import House
from tests.mocks import Answer, PolicyPolkit, Session
from tests.places import find_library

SETRESUID: Final = {"x86_64": 117, "aarch64": 147, "riscv64": 147}
"""The number of the system call, by machine."""

Kind = TypeVar("Kind", bound=Page)

PATIENCE: Final = 30_000
"""Milliseconds to wait for what the real daemon does in a few seconds."""


class Hands:
    """Opens a window, waits for it and presses its buttons."""

    def __init__(self, qtbot: QtBot, window: Window, courier: Courier, patience: int) -> None:
        self.qtbot = qtbot
        self.window = window
        self.courier = courier
        self._patience = patience
        qtbot.addWidget(window)

    def open(self, page: str = FacesPage.name) -> None:
        """Show the window at a page."""
        self.courier.start()
        self.window.show()
        self.window.show_page(page)

    def close(self) -> None:
        """Close it, and end the courier."""
        self.window.close()
        self.courier.stop()

    def wait(self, until: Callable[[], object]) -> None:
        """Let the window work until something is so."""
        self.qtbot.waitUntil(lambda: bool(until()), timeout=self._patience)

    def press(self, text: str, inside: QWidget | None = None) -> None:
        """Press the one button that is to be seen and says this."""
        (button,) = self.buttons(text, inside)
        assert button.isEnabled(), f"{text!r} cannot be pressed"
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def buttons(self, text: str, inside: QWidget | None = None) -> list[QAbstractButton]:
        """Return the buttons that are to be seen and say this, mnemonics apart."""
        found = (inside or self.window).findChildren(QAbstractButton)
        return [button for button in found if button.isVisible() and button.text().replace("&", "") == text]


class WindowHouse(Hands):
    """The window with the pages that lead from the first run to a recognised face. It starts with the faces."""

    def __init__(self, qtbot: QtBot, daemon: DoubleDaemon) -> None:
        self.daemon = daemon
        courier = Courier(daemon.connect)
        self.faces = FacesPage(courier)
        self.enrol = EnrolPage(courier)
        self.trial = TrialPage(courier)
        super().__init__(qtbot, Window(courier, [self.faces, self.enrol, self.trial]), courier, 5000)


class RealHouse(House):
    """A house whose judge can be restarted while its bus goes on, and whose bus has a polkit."""

    def furnish(self) -> PolicyPolkit:
        """Put a polkit on the bus; alice sits at the desk and types her own password."""
        assert self.bus is not None
        polkit = PolicyPolkit(self.bus)
        polkit.seat(self.uid, Session.ACTIVE, Answer.OWN_PASSWORD)
        return polkit

    def stop_judge(self) -> list[str]:
        """End the judge as systemd would, its eye with it; return its command."""
        assert self.judge is not None
        assert isinstance(self.judge.args, list)
        command = [str(word) for word in self.judge.args]
        self.judge.terminate()
        self.judge.wait(10)
        return command

    def start_judge(self, command: list[str]) -> None:
        """Start it again; that is not waited for."""
        environment = os.environ | {
            "LD_PRELOAD": str(find_library("libnss_wrapper.so*", "libnss-wrapper")),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }
        with (self.folder / "judge.log").open("ab") as log:
            self.judge = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    async def connect_alice(self) -> Daemon:
        """Connect as alice; for a thread that may be her for as long."""
        assert self.bus is not None
        with _thread_acting_as(self.uid if os.getuid() == 0 else None):
            return await Daemon.connect(self.bus.address)

    def labels(self) -> list[str]:
        """Return what alice's stored faces are called."""
        return [face["label"] for face in self.command("list", "--user", "alice")["faces"]]

    def unplug(self) -> None:
        """Take the camera away: the folder that it plays is gone."""
        (self.folder / "clip").unlink()


@contextlib.contextmanager
def _thread_acting_as(uid: int | None) -> Iterator[None]:
    """Let this thread alone be another user: libc's own functions would make all threads so, the test's as well."""
    if uid is None:
        yield
        return
    own = os.geteuid()
    _set_effective_user(uid)
    try:
        yield
    finally:
        _set_effective_user(own)


def _set_effective_user(uid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SETRESUID[platform.machine()], -1, uid, -1) != 0:
        raise OSError(ctypes.get_errno(), f"cannot become user {uid}")


class RealWindow(Hands):
    """The whole window on a real daemon, over a connection of alice's."""

    def __init__(self, qtbot: QtBot, connect: Callable[[], Awaitable[Daemon]]) -> None:
        courier = Courier(connect)
        pages = {page.name: page for page in app.pages(courier)}
        self.faces = _page(pages, FacesPage)
        self.enrol = _page(pages, EnrolPage)
        self.trial = _page(pages, TrialPage)
        self.camera = _page(pages, CameraPage)
        super().__init__(qtbot, Window(courier, list(pages.values())), courier, PATIENCE)


def _page(pages: dict[str, Page], kind: type[Kind]) -> Kind:
    page = pages[kind.name]
    assert isinstance(page, kind)
    return page
