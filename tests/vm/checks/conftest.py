"""Runs in the virtual machine only; see ../README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import machine
import pytest
import system
from people import Session, logged_in
from system import PASSWORD
from talk import RunningEye, eye_running

PICTURES = Path("/root/pictures")
PACK = Path("/etc/facelatch/packs/open")


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
def at_screen(installed: None) -> Iterator[Session]:
    """Alice's session, which is the one on the screen."""
    with logged_in("alice", 1) as session:
        session.activate()
        yield session


@pytest.fixture(scope="session")
def first_look(at_screen: Session) -> tuple[bool, str]:
    """What became of the first login after a start of the machine and an enrolment, with her face before the camera."""
    with machine.shown(PICTURES / "alice"):
        system.await_eye()
        code, face = system.facelatch("enroll", "--user", "alice")
        assert code == 0, face
        return system.log_in("alice", PASSWORD)


@pytest.fixture(scope="session")
def enrolled(first_look: tuple[bool, str]) -> None:
    """Alice sits at the screen, is enrolled, and has typed her password since."""
    opened, shown = first_look
    assert opened, shown


@pytest.fixture(scope="session")
def profiles(installed: None) -> None:
    system.switch_profiles_on()
