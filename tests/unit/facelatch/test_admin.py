from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facelatch import admin
from facelatch.admin import (
    DaemonUnreachable,
    Enroll,
    Enrolled,
    EnrollStep,
    Failed,
    PictureLine,
    ProtocolBroken,
    Status,
    StatusReport,
    Try,
    TryStep,
    ask,
)
from facelatch.types import FaceSummary, Reason
from tests.unit.facelatch.fake import Conversation, FakeDaemon

REPORT = StatusReport("1", "open 1", "", "ready", 1, 1, {})
FACE = FaceSummary("ab" * 16, "plain", "2026-01-01T00:00:00+00:00", 3, "open", "", True)
STEP = TryStep("clear", None, None)


def test_an_answer_comes_as_it_was_sent(daemon: FakeDaemon) -> None:
    daemon.answering(REPORT)
    assert list(ask(Status(), path=daemon.path)) == [REPORT]
    assert daemon.requests == [Status()]


def test_nothing_is_read_behind_the_last_answer(daemon: FakeDaemon) -> None:
    daemon.answering(STEP, Failed(Reason.BUSY, "later"), STEP, b"garbage\n")
    assert list(ask(Try("anna"), path=daemon.path)) == [STEP, Failed(Reason.BUSY, "later")]


def test_each_picture_is_read_only_after_the_answer_to_the_one_before(daemon: FakeDaemon) -> None:
    order: list[str] = []

    def pictures() -> Iterator[PictureLine]:
        for number in range(3):
            order.append(f"read {number}")
            yield PictureLine(str(number), b"\xff" * number)

    def script(talk: Conversation) -> None:
        talk.receive()
        for kept in range(3):
            talk.receive()
            talk.send(EnrollStep(kept, 3, True, "", str(kept)))
        talk.send(Enrolled(FACE))

    daemon.script = script
    answers = []
    for answer in ask(Enroll("anna", pictures=3), pictures(), path=daemon.path):
        order.append("answer")
        answers.append(answer)
    assert answers[-1] == Enrolled(FACE)
    assert order == ["read 0", "answer", "read 1", "answer", "read 2", "answer", "answer"]


def test_a_refusal_in_the_middle_of_a_picture_is_heard_and_no_further_picture_is_read(daemon: FakeDaemon) -> None:
    daemon.answering(Failed(Reason.NOT_PERMITTED, "use sudo"))
    pictures = iter([PictureLine("large", bytes(8_000_000)), PictureLine("next", b"")])
    assert list(ask(Enroll("anna", pictures=2), pictures, path=daemon.path)) == [
        Failed(Reason.NOT_PERMITTED, "use sudo")
    ]
    assert next(pictures).name == "next"


def test_a_daemon_that_talks_while_it_is_sent_a_picture_does_not_deadlock(daemon: FakeDaemon) -> None:
    steps = [EnrollStep(0, 1, False, "x" * 500)] * 1500  # more than a socket's buffers hold, less than the limit

    def script(talk: Conversation) -> None:
        talk.receive()
        talk.send(*steps)
        assert talk.receive() == pictures[0]
        talk.send(Enrolled(FACE))

    daemon.script = script
    pictures = (PictureLine("large", bytes(6_000_000)),)
    assert list(ask(Enroll("anna", pictures=1), pictures, path=daemon.path, patience=10)) == [*steps, Enrolled(FACE)]


def test_a_flood_of_answers_during_a_picture_is_refused(daemon: FakeDaemon) -> None:
    def script(talk: Conversation) -> None:
        talk.receive()
        while True:
            talk.send(b" " * 65536)

    daemon.script = script
    with pytest.raises(ProtocolBroken, match="before there was a question"):
        list(ask(Enroll("anna", pictures=1), (PictureLine("large", bytes(12_000_000)),), path=daemon.path, patience=10))


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"hello\n",
        b"{}\n",
        b'{"is":"unheard-of"}\n',
        b'{"is":"status-report"}\n',
        b'{"is":"failed","reason":"unheard-of","text":""}\n',
        b'{"is":"failed","reason":"busy","text":"\xff"}\n',
        b'{"is":"failed","reason":"busy","text":"","more":1}\n',
        b"[" * 200_000 + b"\n",
    ],
)
def test_garbage_is_a_broken_protocol(daemon: FakeDaemon, garbage: bytes) -> None:
    daemon.answering(garbage)
    with pytest.raises(ProtocolBroken, match="not an answer of the contract"):
        list(ask(Status(), path=daemon.path))


def test_a_line_that_is_cut_off_is_not_believed_even_where_it_reads_well(daemon: FakeDaemon) -> None:
    daemon.answering(b'{"is":"failed","reason":"busy","text":""}')
    with pytest.raises(ProtocolBroken, match="ended in the middle"):
        list(ask(Status(), path=daemon.path))


def test_a_daemon_that_leaves_before_the_last_answer_is_a_broken_protocol(daemon: FakeDaemon) -> None:
    daemon.answering(STEP)
    answers = ask(Try("anna"), path=daemon.path)
    assert next(answers) == STEP
    with pytest.raises(ProtocolBroken, match="ended in the middle"):
        next(answers)


def test_an_overlong_answer_is_refused_before_it_ends(daemon: FakeDaemon) -> None:
    def script(talk: Conversation) -> None:
        talk.receive()
        while True:
            talk.send(b"x" * 65536)

    daemon.script = script
    with pytest.raises(ProtocolBroken, match=f"more than {admin.LONGEST_ANSWER} bytes"):
        list(ask(Status(), path=daemon.path))
    assert daemon.hung_up.wait(10)


def test_a_silent_daemon_is_given_up(daemon: FakeDaemon) -> None:
    daemon.then_waiting()
    with pytest.raises(ProtocolBroken, match=r"no answer for 0\.1 s"):
        list(ask(Status(), path=daemon.path, patience=0.1))
    assert daemon.hung_up.wait(10)


def test_a_daemon_that_reads_nothing_is_given_up(daemon: FakeDaemon) -> None:
    given_up = threading.Event()
    daemon.script = lambda talk: (given_up.wait(10), None)[1]
    with pytest.raises(ProtocolBroken, match="no answer"):
        list(ask(Enroll("anna", pictures=1), (PictureLine("large", bytes(4_000_000)),), path=daemon.path, patience=0.1))
    given_up.set()


def test_leaving_the_answers_hangs_up_even_while_a_traceback_is_held(daemon: FakeDaemon) -> None:
    daemon.then_waiting(STEP)
    answers = ask(Try("anna"), path=daemon.path)
    next(answers)
    with pytest.raises(KeyboardInterrupt) as held:
        answers.throw(KeyboardInterrupt())
    assert daemon.hung_up.wait(10)
    assert held.tb is not None


@pytest.mark.parametrize(("name", "said"), [("none.sock", "No such file"), ("x" * 200, "too long")])
def test_a_path_with_no_daemon_behind_it_is_said(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(DaemonUnreachable, match=said):
        list(ask(Status(), path=tmp_path / name))


def test_a_socket_whose_daemon_has_gone_is_said(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "left.sock"))
    with pytest.raises(DaemonUnreachable, match="refused"):
        list(ask(Status(), path=tmp_path / "left.sock"))


def test_text_that_cannot_travel_is_a_value_error(daemon: FakeDaemon) -> None:
    daemon.then_waiting()
    with pytest.raises(ValueError, match="surrogates not allowed"):
        list(ask(Try("anna\udcff"), path=daemon.path))


def test_a_line_that_the_daemon_would_refuse_is_not_sent(daemon: FakeDaemon) -> None:
    daemon.then_waiting()
    pictures = (PictureLine("huge", bytes(admin.LONGEST_LINE * 3 // 4)),)
    with pytest.raises(ValueError, match="allowed are"):
        list(ask(Enroll("anna", pictures=1), pictures, path=daemon.path))


def test_the_largest_picture_fits_on_a_line() -> None:
    message = PictureLine("n" * 1020, bytes(admin.LARGEST_PICTURE))
    assert len(admin._line(message)) < admin.LONGEST_LINE
