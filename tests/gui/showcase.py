"""One page in a window of its own, on a daemon with something to show, and hands to use it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from tests.gui.exhibit import Exhibit

Shown = TypeVar("Shown", bound=Page)
Child = TypeVar("Child", bound=QWidget)


class Showcase(Generic[Shown]):
    """The page is shown once `open` was called; what the daemon says is set before."""

    def __init__(self, qtbot: QtBot, kind: Callable[[Courier], Shown], daemon: Exhibit) -> None:
        self.qtbot = qtbot
        self.daemon = daemon
        self.courier = Courier(daemon.connect)
        self.page = kind(self.courier)
        self.said: list[str] = []
        self.wanted: list[str] = []
        self.page.said.connect(self.said.append)
        self.page.mend_wanted.connect(self.wanted.append)
        qtbot.addWidget(self.page)

    def open(self) -> None:
        """Show the page."""
        self.courier.start()
        self.page.show()
        self.page.enter()

    def close(self) -> None:
        """Leave it, and end the courier."""
        self.page.leave()
        self.courier.stop()

    def wait(self, until: Callable[[], object]) -> None:
        """Let the page work until something is so."""
        self.qtbot.waitUntil(lambda: bool(until()))

    def wait_for_text(self, text: str) -> None:
        """Let the page work until it says something."""
        self.wait(lambda: text in self.text)

    def visible(self, kind: type[Child], inside: QWidget | None = None) -> list[Child]:
        """Return the children of a kind that are to be seen."""
        return [child for child in (inside or self.page).findChildren(kind) if child.isVisible()]

    @property
    def text(self) -> str:
        """All that the page's labels say."""
        return "\n".join(label.text().replace("\u200b", "") for label in self.visible(QLabel))

    def button(self, text: str, inside: QWidget | None = None) -> QAbstractButton:
        """Return the one button that is to be seen and says this, mnemonics apart."""
        found = [one for one in self.visible(QAbstractButton, inside) if one.text().replace("&", "") == text]
        (button,) = found
        return button

    def press(self, text: str, inside: QWidget | None = None) -> None:
        """Press that button."""
        button = self.button(text, inside)
        assert button.isEnabled(), f"{text!r} cannot be pressed"
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())
