"""An office for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.facelatchd.bus.office import ALICE, Office
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.seen import USER


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office in which Alice is enrolled, and sits before the camera."""
    office = Office(tmp_path, monkeypatch)
    office.rooms.enrol(ALICE)
    office.rooms.eye.answers = (OPENED, USER)
    return office


@pytest.fixture
def empty_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office in which nobody is enrolled."""
    return Office(tmp_path, monkeypatch)
