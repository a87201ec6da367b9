"""Judge and eye under systemd, as their units say, and real PAM transactions through the installed module."""

from __future__ import annotations

import time
from pathlib import Path

import machine
import pytest
import system
from machine import ANOTHER_LOOPBACK, LOOPBACK, VIVID
from system import PASSWORD, SERVICES, SOCKETS

from conftest import PICTURES

pytestmark = pytest.mark.usefixtures("installed")


def test_asking_for_the_status_starts_judge_and_eye() -> None:
    status = system.await_eye()

    assert {camera["path"] for camera in status["cameras"]} == {str(VIVID), str(LOOPBACK), str(ANOTHER_LOOPBACK)}
    assert [system.property_of(service, "ActiveState") for service in SERVICES] == ["active", "active"]


def test_a_call_on_the_bus_starts_the_judge() -> None:
    machine.run("systemctl", "stop", *SOCKETS, *SERVICES)
    call = ("org.facelatch", "/org/facelatch/Manager", "org.facelatch.Manager", "GetStatus")

    assert "eye" in machine.run("busctl", "--timeout=300", "call", *call)
    assert system.property_of("facelatchd.service", "ActiveState") == "active"
    assert [system.property_of(socket, "ActiveState") for socket in SOCKETS] == ["active", "active"]


@pytest.mark.parametrize(
    ("service", "user"), [("facelatchd.service", "facelatch"), ("facelatch-eye.service", "facelatch-eye")]
)
def test_each_runs_as_its_own_user_without_any_right(service: str, user: str) -> None:
    system.await_eye()
    process = system.property_of(service, "MainPID")
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())

    assert Path(f"/proc/{process}").owner() == user
    assert {status[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def test_the_eyes_socket_is_closed_to_everybody_but_the_judge() -> None:
    socket = Path("/run/facelatch/eye.sock")

    assert (socket.owner(), socket.group(), socket.stat().st_mode & 0o777) == ("facelatch", "facelatch", 0o660)
    assert Path("/run/facelatch").stat().st_mode & 0o777 == 0o755


def test_key_and_faces_are_the_judges_alone(enrolled: None) -> None:
    for folder in (Path("/var/lib/facelatch"), Path("/var/lib/facelatch-counter")):
        assert (folder.owner(), folder.stat().st_mode & 0o777) == ("facelatch", 0o700)
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_after_a_start_and_an_enrolment_the_password_comes_first(first_look: tuple[bool, str]) -> None:
    opened, shown = first_look

    assert opened, shown
    assert "Password" in shown


def test_the_face_of_another_day_opens_the_door_without_a_word_typed(enrolled: None) -> None:
    with machine.shown(PICTURES / "later"):
        opened, shown = system.log_in("alice")

    assert opened, shown
    assert "Password" not in shown


def test_somebody_elses_face_leaves_the_password(enrolled: None) -> None:
    with machine.shown(PICTURES / "stranger"):
        refused, _shown = system.log_in("alice", "wrong")
        opened, shown = system.log_in("alice", PASSWORD)

    assert not refused
    assert opened
    assert "Password" in shown


def test_a_photo_of_her_leaves_the_password(enrolled: None) -> None:
    with machine.shown(PICTURES / "photo"):
        opened, shown = system.log_in("alice", "wrong")

    assert not opened
    assert "Password" in shown


def test_a_camera_that_shows_nothing_leaves_the_password(enrolled: None) -> None:
    opened, shown = system.log_in("alice", PASSWORD)

    assert opened
    assert "Password" in shown


def test_from_outside_of_every_session_nobody_becomes_her_by_her_face(enrolled: None, profiles: None) -> None:
    """A tmux of bob's must not have the face of alice, who sits there and asks for nothing."""
    with machine.shown(PICTURES / "later"):
        refused, shown = system.become("alice", "bob", "wrong")
        became, _shown = system.become("alice", "bob", PASSWORD)

    assert not refused, shown
    assert became
    assert "(not-at-seat)" in system.last_verdict()


def test_an_eye_that_was_killed_is_there_again_for_the_next_login(enrolled: None) -> None:
    system.await_eye()
    before = system.property_of("facelatch-eye.service", "MainPID")
    machine.run("systemctl", "kill", "--signal=KILL", "facelatch-eye.service")
    with machine.shown(PICTURES / "later"):
        system.await_eye()
        opened, shown = system.log_in("alice")

    assert opened, shown
    assert system.property_of("facelatch-eye.service", "MainPID") != before


def test_a_camera_in_use_is_told_as_such(enrolled: None) -> None:
    with machine.streaming(VIVID):
        code, answer = system.facelatch("try", "--user", "alice", "--camera", str(VIVID))

    assert (code, answer["reason"]) == (3, "camera-busy")


def test_nothing_is_reported_to_the_maker_of_the_networks_runtime() -> None:
    system.await_eye()

    assert "telemetry" not in system.journal("facelatch-eye.service")


def test_the_watchdog_has_nothing_to_do(enrolled: None) -> None:
    processes = [system.property_of(service, "MainPID") for service in SERVICES]
    time.sleep(25)  # more than the eye's WatchdogSec=

    assert [system.property_of(service, "MainPID") for service in SERVICES] == processes
    assert not any("atchdog" in system.journal(service) for service in SERVICES)


def test_without_the_judge_the_password_is_asked_at_once(enrolled: None) -> None:
    machine.run("systemctl", "stop", "facelatchd.socket", "facelatchd.service")
    try:
        opened, shown = system.log_in("alice", PASSWORD)
    finally:
        machine.run("systemctl", "start", "facelatchd.socket")

    assert opened
    assert "Password" in shown
