"""Runs in the virtual machine only; see ../README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import machine
import pytest
import system
from talk import RunningEye, eye_running

PICTURES = Path("/root/pictures")
PACK = Path("/usr/share/facelatch/packs/open")


@pytest.fixture(scope="session", autouse=True)
def drivers() -> None:
    machine.plug_in()


@pytest.fixture(scope="session")
def alice() -> list[Path]:
    return sorted((PICTURES / "alice").iterdir())


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEye]:
    with eye_running(tmp_path_factory.mktemp("eye"), PACK) as eye:
        yield eye


@pytest.fixture(scope="session")
def installed(drivers: None) -> None:
    system.install()


@pytest.fixture(scope="session")
def enrolled(installed: None) -> None:
    with machine.shown(PICTURES / "alice"):
        system.await_eye()
        code, face = system.facelatch("enroll", "--user", "alice")
    assert code == 0, face


@pytest.fixture(scope="session")
def profiles(installed: None) -> None:
    system.switch_profiles_on()
