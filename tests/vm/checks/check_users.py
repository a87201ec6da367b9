"""Who may do what, on the real system bus, with the real polkit and logind; and the bus, the judge and sleep."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import machine
import pytest
import system
from people import Session, Terminal, logged_in
from system import PASSWORD, SERVICES

from conftest import PICTURES
from facelatch import sync
from facelatch.errors import BusError
from facelatch.types import Reason, Refusal

OWN_FACE = ("--label", "my own")
BECOMING_ROOT = (
    "pkcheck --action-id org.freedesktop.policykit.exec --process $$ --allow-user-interaction --enable-internal-agent"
)
"""What pkexec asks polkit; its own agent for terminals is broken in Debian 12 ("No session for cookie")."""

NO_SLEEP = "[Service]\nExecStart=\nExecStart=/bin/true\n"
"""Lets logind announce sleep and waking up as ever, with none in between: nobody would wake this machine."""


@pytest.fixture(scope="module", autouse=True)
def ready(enrolled: None, profiles: None) -> None:
    """Everything is in place, PAM's common stack with the face before the password included."""


@pytest.fixture(scope="module")
def alice(ready: None, at_screen: Session) -> Session:
    """Sits before the screen."""
    at_screen.activate()
    return at_screen


@pytest.fixture(scope="module")
def bob(alice: Session) -> Iterator[Session]:
    """Has logged in, too, and his session is not on the screen."""
    with logged_in("bob", 2) as session:
        yield session


def faces_of(user: str) -> list[str]:
    """Return the labels of a user's faces."""
    code, answer = system.facelatch("list", "--user", user)
    assert code == 0, answer
    return [face["label"] for face in answer["faces"]]


def watch(claim: sync.Claim, number: int) -> NoReturn:
    """Look at a preview until it ends."""
    while True:
        number = claim.next_frame(number).number


@pytest.mark.parametrize("arguments", [("list",), ("try",), ("enroll", *OWN_FACE), ("history",)])
def test_a_program_outside_of_every_session_is_refused(arguments: tuple[str, ...], alice: Session) -> None:
    code, answer = system.facelatch(*arguments, user="alice")

    assert (code, answer["error"]) == (4, "not-permitted")
    assert "active session at this computer" in answer["text"]


def test_who_sits_there_sees_her_faces_and_is_recognised(alice: Session) -> None:
    code, answer = alice.facelatch("list")
    assert (code, [face["label"] for face in answer["faces"]]) == (0, ["face 1"])

    with machine.shown(PICTURES / "later"):
        code, answer = alice.facelatch("try")
    assert (code, answer["reason"]) == (0, "matched")
    assert answer["evidence"] is None


def test_who_enrols_types_the_password(alice: Session) -> None:
    with machine.shown(PICTURES / "later"):
        code, answer = alice.facelatch("enroll", *OWN_FACE, password=PASSWORD)

    assert code == 0, answer
    assert faces_of("alice") == ["face 1", "my own"]


def test_neither_a_wrong_password_nor_the_face_itself_enrols_a_face(alice: Session) -> None:
    before = faces_of("alice")
    with machine.shown(PICTURES / "later"):
        code, answer = alice.facelatch("enroll", "--label", "another", password="wrong")

    assert (code, answer["error"]) == (4, "not-permitted")
    assert "the password was wrong" in answer["text"]
    assert faces_of("alice") == before


def test_for_anything_else_the_face_answers_polkit(alice: Session) -> None:
    system.type_password("alice")  # a face has been enrolled
    machine.run("usermod", "--append", "--groups", "sudo", "alice")
    try:
        with machine.shown(PICTURES / "later"), Terminal(alice, "sh", "-c", f"{BECOMING_ROOT}; exit $?") as terminal:
            code = terminal.end()
    finally:
        machine.run("gpasswd", "--delete", "alice", "sudo")

    assert code == 0, terminal.shown
    assert "Password" not in terminal.shown


@pytest.mark.parametrize("arguments", [("list",), ("try",), ("enroll", *OWN_FACE), ("history",)])
def test_who_is_not_on_the_screen_is_refused(arguments: tuple[str, ...], bob: Session) -> None:
    assert not bob.is_active
    code, answer = bob.facelatch(*arguments)

    assert (code, answer["error"]) == (4, "not-permitted")
    assert "active session at this computer" in answer["text"]


def test_the_right_goes_where_the_screen_goes(alice: Session, bob: Session) -> None:
    bob.activate()
    try:
        seen = [(code, answer.get("faces")) for code, answer in (bob.facelatch("list"), alice.facelatch("list"))]
    finally:
        alice.activate()

    assert seen == [(0, []), (4, None)]


def test_a_face_opens_nothing_for_a_session_that_is_not_on_the_screen(alice: Session, bob: Session) -> None:
    bob.activate()
    try:
        with machine.shown(PICTURES / "later"):
            opened, shown = system.log_in("alice", PASSWORD)
    finally:
        alice.activate()

    assert opened
    assert "Password" in shown
    assert "(not-at-seat)" in system.last_verdict()


def test_who_asks_about_another_user_is_asked_for_an_administrators_password(alice: Session) -> None:
    code, answer = alice.facelatch("list", "--user", "bob", password=PASSWORD)  # hers, but root's is wanted

    assert (code, answer["error"]) == (4, "not-permitted")


def test_root_may_do_everything(alice: Session) -> None:
    assert system.facelatch("rename", "my own", "hers", "--user", "alice")[0] == 0
    assert faces_of("alice") == ["face 1", "hers"]
    assert system.facelatch("remove", "hers", "--yes", "--user", "alice")[0] == 0
    assert faces_of("alice") == ["face 1"]
    assert faces_of("bob") == []
    code, answer = system.facelatch("history", "--user", "alice")
    assert code == 0
    assert "polkit-1" in {attempt["service"] for attempt in answer["attempts"]}


@pytest.mark.parametrize("user", ["bob", "root"])
def test_nobody_but_its_account_can_be_the_judge_on_the_bus(user: str) -> None:
    asking = (
        "dbus-send",
        "--system",
        "--print-reply",
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.RequestName",
    )
    done = subprocess.run(
        ["runuser", "-u", user, "--", *asking, "string:org.facelatch", "uint32:2"],
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    assert 'not allowed to own the service "org.facelatch"' in done.stderr


def test_the_doctor_finds_daemon_eye_and_polkit_well(alice: Session) -> None:
    system.await_eye()
    for code, answer in (system.facelatch("doctor"), alice.facelatch("doctor")):
        states = {finding["part"]: finding["state"] for finding in answer["findings"] if finding["state"] != "note"}

        assert {states[part] for part in ("daemon", "eye", "pack", "polkit", "session")} == {"ok"}, answer
        assert answer["worst"] != "bad", answer
        assert code == {"warning": 1}.get(answer["worst"], 0)


def test_the_doctor_says_from_where_polkit_will_refuse(alice: Session, bob: Session) -> None:
    answers = [answer for _code, answer in (bob.facelatch("doctor"), system.facelatch("doctor", user="alice"))]
    elsewhere, outside = ([one for one in answer["findings"] if one["part"] == "session"] for answer in answers)

    assert [one["state"] for one in elsewhere + outside] == ["note", "note"]
    assert "not the one on the screen" in elsewhere[0]["text"]
    assert "no session" in outside[0]["text"]


def test_a_preview_ends_before_the_machine_sleeps() -> None:
    drop_in = Path("/run/systemd/system/systemd-suspend.service.d/no-sleep.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(NO_SLEEP)
    machine.run("systemctl", "daemon-reload")
    with machine.shown(PICTURES / "later"), sync.Daemon.connect() as daemon, daemon.claim("alice") as claim:
        claim.start_preview()
        number = claim.next_frame().number
        with subprocess.Popen(["systemctl", "suspend"]), pytest.raises(BusError) as caught:
            watch(claim, number)
        assert caught.value.error is Refusal.NO_ACTION_IN_PROGRESS
        assert isinstance(caught.value.__cause__, BusError)
        assert caught.value.__cause__.error is Reason.CANCELLED

        claim.start_preview()
        assert claim.next_frame().jpeg


def test_each_needs_far_less_memory_than_it_may_have(capsys: pytest.CaptureFixture[str]) -> None:
    for service in SERVICES:
        peak = int(Path(f"/sys/fs/cgroup/system.slice/{service}/memory.peak").read_text())
        limit = int(system.property_of(service, "MemoryMax"))
        status = Path(f"/proc/{system.property_of(service, 'MainPID')}/status").read_text()
        resident = int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024
        with capsys.disabled():
            print(f"\n{service}: {peak >> 20} MiB at most, of {limit >> 20}; resident {resident} MiB", end=" ")

        assert peak < limit / 2


def test_nothing_was_killed_or_denied() -> None:
    kernel = machine.run("journalctl", "--boot", "--no-pager", "--dmesg", "--output", "cat")

    assert not re.findall(r".*(?:type=1326|seccomp|apparmor=.DENIED|Out of memory).*", kernel)
    for service in SERVICES:
        assert not re.findall(r".*(?:libffi|closure|Operation not permitted|Traceback).*", system.journal(service))
    assert system.property_of("facelatchd.service", "NRestarts") == "0"
    assert system.property_of("facelatchd.service", "MemoryDenyWriteExecute") == "yes"


def test_a_new_bus_is_joined_and_the_password_opens_meanwhile(alice: Session) -> None:
    """Nobody can say without a bus who sits at the machine, so no face opens."""
    before = system.property_of("facelatchd.service", "MainPID")
    machine.run("systemctl", "restart", "dbus.service")
    assert system.log_in("alice", PASSWORD)[0]

    assert system.await_eye()["eye"] == "ready"
    with machine.shown(PICTURES / "later"):
        opened, shown = system.log_in("alice")
    assert opened, shown
    assert system.property_of("facelatchd.service", "MainPID") == before
    assert alice.facelatch("list")[0] == 0


def test_without_a_bus_the_password_opens_and_a_bus_that_comes_later_is_joined() -> None:
    units = ("dbus.socket", "dbus.service")
    machine.run("systemctl", "stop", "facelatchd.service")
    machine.run("systemctl", "mask", "--runtime", *units)
    machine.run("systemctl", "stop", *units)
    try:
        machine.run("systemctl", "start", "facelatchd.service")
        process = system.property_of("facelatchd.service", "MainPID")
        opened, shown = system.log_in("alice", PASSWORD)
    finally:
        machine.run("systemctl", "unmask", "--runtime", *units)
        machine.run("systemctl", "start", "dbus.socket")

    assert opened, shown
    assert "Password" in shown
    assert "(not-at-seat)" in system.last_verdict()
    assert "no bus" in system.journal("facelatchd.service")
    assert system.await_eye()["eye"] == "ready"
    assert system.property_of("facelatchd.service", "MainPID") == process
