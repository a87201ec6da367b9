from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from facelatch.doctor.bus import CallFailed
from facelatch.doctor.report import State
from facelatch.doctor.session import check_session
from tests.unit.facelatch_doctor.scenes import FakeBus, only, scene

SESSION = "/org/freedesktop/login1/session/_32"
NO_SESSION = CallFailed("org.freedesktop.login1.NoSessionForPID", "no session")


def logind(session: dict[str, tuple[str, object]], **replies: Any) -> FakeBus:
    """A logind that knows one session; `Display` is the user's."""
    user = {"Display": ("(so)", ("2", SESSION))}
    known = {"org.freedesktop.login1.Session": (session,), "org.freedesktop.login1.User": (user,)}
    return FakeBus({"GetSessionByPID": (SESSION,), "GetAll": lambda interface: known[interface]} | replies)


HERE: dict[str, tuple[str, object]] = {
    "Active": ("b", True),
    "Remote": ("b", False),
    "Seat": ("(so)", ("seat0", "/org/freedesktop/login1/seat/seat0")),
}
NOWHERE = HERE | {"Seat": ("(so)", ("", "/"))}
AWAY: dict[str, tuple[str, object]] = {"Active": ("b", True), "Remote": ("b", True)}
BEHIND: dict[str, tuple[str, object]] = {"Active": ("b", False), "Remote": ("b", False)}


def test_a_person_at_the_screen_is_well(tmp_path: Path) -> None:
    assert only(check_session(scene(tmp_path, bus=logind(HERE)))).state is State.OK


@pytest.mark.parametrize(
    ("bus", "says"),
    [
        (logind(AWAY), "over the network"),
        (logind(BEHIND), "not the one on the screen"),
        (logind(NOWHERE), "has no seat"),
        (FakeBus(), "Nobody says who sits at this computer"),
        (
            logind(
                HERE, GetSessionByPID=NO_SESSION, GetUserByPID=CallFailed("org.freedesktop.login1.NoUserForPID", "")
            ),
            "no session",
        ),
        (logind({}), "not the one on the screen"),
    ],
)
def test_somebody_elsewhere_is_told_that_polkit_will_refuse(tmp_path: Path, bus: FakeBus, says: str) -> None:
    found = only(check_session(scene(tmp_path, bus=bus)))
    assert found.state is State.NOTE
    assert says in found.text
    assert "polkit will refuse" in found.text
    assert "sudo will ask for the password" in found.text


def test_a_program_of_no_session_counts_for_the_one_on_the_users_display(tmp_path: Path) -> None:
    """What the user's own systemd starts is in no session; polkit takes it for the display's."""
    bus = logind(HERE, GetSessionByPID=NO_SESSION, GetUserByPID=("/org/freedesktop/login1/user/_1000",))
    assert only(check_session(scene(tmp_path, bus=bus))).state is State.OK


def test_a_user_without_a_display_has_no_session_here(tmp_path: Path) -> None:
    bus = logind(HERE, GetSessionByPID=NO_SESSION, GetUserByPID=("/u",), GetAll=({"Display": ("(so)", ("", "/"))},))
    assert "no session" in only(check_session(scene(tmp_path, bus=bus))).text


def test_root_needs_no_session(tmp_path: Path) -> None:
    assert only(check_session(scene(tmp_path, uid=0))).state is State.OK
