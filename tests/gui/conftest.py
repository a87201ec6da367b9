"""What the tests of the window share: no screen, a daemon's double, a courier that does not dawdle."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is imported

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facelatch_gui import courier as courier_module
from facelatch_gui.courier import Courier
from facelatch_gui.widgets import live
from tests.gui.double import DoubleDaemon
from tests.gui.house import WindowHouse
from tests.integration.conftest import cast as cast
from tests.integration.conftest import open_pack as open_pack
from tests.integration.conftest import pam_parts as pam_parts


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits that are made for people and for real daemons."""
    monkeypatch.setattr(courier_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(courier_module, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(live, "PAUSE", 10)


@pytest.fixture
def daemon() -> DoubleDaemon:
    """A daemon that does as it is told."""
    return DoubleDaemon()


@pytest.fixture
def courier(qapp: QApplication, daemon: DoubleDaemon) -> Iterator[Courier]:
    """A courier on its way to the double."""
    courier = Courier(daemon.connect)
    courier.start()
    yield courier
    courier.stop()


@pytest.fixture
def house(qtbot: QtBot, daemon: DoubleDaemon) -> Iterator[WindowHouse]:
    """A window that is not open yet."""
    house = WindowHouse(qtbot, daemon)
    yield house
    house.close()
