"""Whatever goes wrong is unavailable, within the deadline, and the password still opens."""

from __future__ import annotations

import os
import pwd
import socket

import pytest

from tests.pam.conftest import PASSWORD, Door
from tests.pam.stub_judge import Drip, Hear, Hold, Say, Script, Wait, result
from tests.pam.transaction import Code

MATCH = result("match", "matched")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to listen as another user")

FAULTS: dict[str, Script] = {
    "closes at once": [],
    "closes after the question": [Hear()],
    "closes after a message": [Hear(), Say(b"TELL text=wait\n")],
    "closes in a message": [Hear(), Say(b"TELL text=wa")],
    "closes in an escape": [Hear(), Say(b"TELL text=a%2")],
    "closes before the answer": [Hear(), Say(b"ASK text=q echo=1\n")],
    "closes after the answer": [Hear(), Say(b"ASK text=q echo=1\n"), Hear()],
    "closes before the newline of a match": [Hear(), Say(b"RESULT verdict=match reason=matched")],
    "sends a newline": [Hear(), Say(b"\n"), MATCH],
    "sends text": [Hear(), Say(b"HTTP/1.1 200 OK\r\n\r\n"), MATCH],
    "sends bytes": [Hear(), Say(bytes(range(256)) * 8), MATCH],
    "sends NULs": [Hear(), Say(bytes(8192)), MATCH],
    "sends a NUL before a match": [Hear(), Say(b"\0RESULT verdict=match reason=matched\n")],
    "sends without end": [Hear(), Say(b"TELL text=" + b"x" * 100_000), Hold()],
    "sends a line of 4097 bytes": [Hear(), Say(b"TELL text=" + b"x" * 4086 + b"\n"), MATCH],
    "sends raw UTF-8": [Hear(), Say("TELL text=ü\n".encode()), MATCH],
    "sends a surrogate": [Hear(), Say(b"TELL text=%ED%A0%80\n"), MATCH],
    "sends an overlong character": [Hear(), Say(b"TELL text=%C0%AF\n"), MATCH],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_judge_that_breaks_off_or_talks_nonsense_is_unavailable(door: Door, fault: str) -> None:
    outcome, _ = door.ask(FAULTS[fault], answers=["y"])
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert outcome.seconds >= 0.06
    assert outcome.written == ""
    assert outcome.descriptors == []


@pytest.mark.parametrize("fault", FAULTS)
def test_timeout_result_does_not_turn_a_fault_into_a_failure(door: Door, fault: str) -> None:
    outcome, _ = door.ask(FAULTS[fault], ["timeout_result=auth_err"], answers=["y"])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


@pytest.mark.parametrize("fault", ["closes at once", "sends NULs", "sends without end"])
def test_the_password_opens_where_the_judge_fails(door: Door, password_module: str, fault: str) -> None:
    with door.judged(FAULTS[fault]):
        outcome = door.open(door.line(control="sufficient"), f"auth required {password_module}", answers=[PASSWORD])
    assert outcome.code == Code.SUCCESS


def test_the_password_opens_where_there_is_no_judge(door: Door, password_module: str) -> None:
    outcome = door.open(door.line(control="sufficient"), f"auth required {password_module}", answers=[PASSWORD])
    assert outcome.code == Code.SUCCESS


def test_a_wrong_password_does_not_open_where_there_is_no_judge(door: Door, password_module: str) -> None:
    outcome = door.open(door.line(control="sufficient"), f"auth required {password_module}", answers=["wrong"])
    assert outcome.code == Code.AUTH_ERR


@pytest.mark.parametrize(
    "script",
    [
        [Hold()],
        [Hear(), Hold()],
        [Hear(), Say(b"TELL text=look\n"), Hold()],
        [Hear(), Say(b"RESULT verdict=match reason=matched"), Hold()],
        [Hear(), Drip(b"RESULT verdict=match reason=matched\n", 0.07), Hold()],
    ],
    ids=["deaf", "silent", "silent after a message", "holding back the newline", "too slow"],
)
def test_a_judge_that_does_not_finish_in_time_is_unavailable(door: Door, script: Script) -> None:
    outcome, _ = door.ask(script, ["timeout=1"])
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert outcome.descriptors == []


def test_where_nothing_listens_it_is_unavailable_and_the_log_says_so(door: Door) -> None:
    outcome = door.open(log_up_to=4)
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert any("cannot be reached" in line and str(door.socket) in line for line in outcome.log)


@pytest.mark.parametrize("kind", ["file", "dead socket", "datagram socket", "folder"])
def test_something_else_in_the_socket_s_place_is_unavailable(door: Door, kind: str) -> None:
    if kind == "file":
        door.socket.write_text("RESULT verdict=match reason=matched\n")
    elif kind == "folder":
        door.socket.mkdir()
    else:
        with socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM if kind.startswith("data") else socket.SOCK_STREAM
        ) as bound:
            bound.bind(str(door.socket))
    outcome = door.open()
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert outcome.descriptors == []


def test_a_judge_whose_queue_stays_full_is_unavailable(door: Door) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
        listener.bind(str(door.socket))
        listener.listen(0)
        waiting.connect(str(door.socket))
        outcome = door.open(door.line("timeout=1"), log_up_to=4)
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert any("cannot be reached" in line for line in outcome.log)


def test_a_place_in_a_full_queue_is_waited_for(door: Door) -> None:
    scripts: tuple[Script, ...] = ([Wait(0.3)], [], [Hear(), MATCH])
    with (
        door.judged(*scripts, queue=0),
        socket.socket(socket.AF_UNIX) as inside,
        socket.socket(socket.AF_UNIX) as next_,
    ):
        inside.connect(str(door.socket))
        next_.connect(str(door.socket))
        outcome = door.open()
    assert outcome.code == Code.SUCCESS


def test_a_busy_judge_that_answers_before_it_is_asked_is_unavailable(door: Door) -> None:
    outcome, _ = door.ask([result("unavailable", "busy")])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


@as_root
@pytest.mark.root
@pytest.mark.parametrize("believed", ["daemon", "no-such-user-here"])
def test_a_listener_of_another_user_is_told_nothing_and_not_believed(door: Door, believed: str) -> None:
    with door.judged([Hear(), MATCH], listen_as=pwd.getpwnam("nobody").pw_uid) as judge:
        outcome = door.open(door.line(judge=believed), log_up_to=3)
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert judge.heard == [b""]
    assert any("neither root nor the judge's user" in line for line in outcome.log)


@as_root
@pytest.mark.root
def test_the_judge_s_user_is_believed(door: Door) -> None:
    with door.judged([Hear(), MATCH], listen_as=pwd.getpwnam("nobody").pw_uid):
        outcome = door.open(door.line(judge="nobody"))
    assert outcome.code == Code.SUCCESS


@as_root
@pytest.mark.root
def test_root_is_believed_though_the_judge_s_user_is_missing(door: Door) -> None:
    with door.judged([Hear(), MATCH]):
        outcome = door.open(door.line(judge="no-such-user-here"))
    assert outcome.code == Code.SUCCESS
