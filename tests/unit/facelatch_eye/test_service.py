"""What the eye's unit promises, held against the code and the other units."""

from __future__ import annotations

import re
from pathlib import Path

from facelatch_eye.duty import STUCK

UNITS = Path(__file__).parents[3] / "systemd"


def settings(unit: str) -> dict[str, list[str]]:
    """Return a unit's values by key, in their order."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", (UNITS / unit).read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def hidden() -> list[Path]:
    paths = " ".join(settings("facelatch-eye.service")["InaccessiblePaths"]).split()
    return [Path(path.removeprefix("-")) for path in paths]


def test_the_eye_cannot_reach_the_judges_socket() -> None:
    (socket,) = settings("facelatchd.socket")["ListenStream"]

    assert any(Path(socket).is_relative_to(path) for path in hidden())


def test_the_eye_cannot_reach_the_bus() -> None:
    assert any(Path("/run/dbus/system_bus_socket").is_relative_to(path) for path in hidden())


def test_the_eye_reaches_the_service_manager() -> None:
    assert not any(Path("/run/systemd/notify").is_relative_to(path) for path in hidden())


def test_the_watchdog_is_more_patient_than_the_eye_is_with_its_duties() -> None:
    (seconds,) = settings("facelatch-eye.service")["WatchdogSec"]

    assert float(seconds.removesuffix("s")) > STUCK
