"""The door's socket, with a real store and a made-up eye."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from facelatch.types import Reason, ServiceClass
from facelatch_eye.messages import View
from facelatchd import door as door_module
from facelatchd import watcher as watcher_module
from facelatchd.bouncer import Caller, peer_of
from facelatchd.complaints import MOST
from facelatchd.door import MOST_CONNECTIONS, MOST_OF_ONE_USER, MOST_QUESTIONS
from facelatchd.lines import LONGEST_LINE, read_line, write_line
from facelatchd.place import Kind, Place, Session
from facelatchd.seat import Seat
from facelatchd.settings import SeatRule
from facelatchd.store import User
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import STRANGER, USER, face, seen, unit

VERIFY = write_line("VERIFY", v=1, user=ME.name, service="swaylock", ask=0, seconds=5)
SUDO = write_line("VERIFY", v=1, user=ME.name, service="sudo", command="sudo apt upgrade", ask=1, seconds=5)
MATCH = b"RESULT verdict=match reason=matched"


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    rooms.eye.answers = (OPENED, USER)
    return rooms


def run(rooms: Rooms, work: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with rooms.serving():
            await work()

    asyncio.run(inside())


def result_of(rooms: Rooms, *lines: bytes) -> str:
    """The reason of the result that these lines come to."""
    answers: list[bytes] = []

    async def work() -> None:
        answers.extend(await rooms.say(*lines))

    run(rooms, work)
    line = read_line(answers[-1])
    assert line.word == "RESULT"
    assert line.get("verdict") == Reason(line.get("reason")).verdict.value
    return line.get("reason")


def test_the_users_face_opens(rooms: Rooms) -> None:
    async def work() -> None:
        assert await rooms.say(VERIFY) == [b"TELL text=Look%20at%20the%20camera.", MATCH]

    run(rooms, work)


def test_a_stranger_is_a_mismatch(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, STRANGER)
    assert result_of(rooms, VERIFY) == "another-face"


def test_an_empty_room_is_unavailable(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, seen(View.NO_FACE))
    assert result_of(rooms, VERIFY) == "no-face"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (write_line("VERIFY", v=1, user="nobody-of-that-name", service="swaylock"), "unknown-user"),
        (write_line("VERIFY", v=1, user=ME.name, service="sshd"), "service-refused"),
        (write_line("VERIFY", v=1, user=ME.name, service="swaylock", rhost="example.org"), "remote"),
        (write_line("VERIFY", v=1, user="daemon", service="swaylock"), "not-enrolled"),
        (write_line("VERIFY", v=2, user=ME.name, service="swaylock"), "bad-request"),
        (write_line("VERIFY", v=1, service="swaylock"), "bad-request"),
        (write_line("VERIFY", v=1, user=ME.name), "bad-request"),
        (write_line("VERIFY", v=1, user=ME.name, service="swaylock", seconds=0), "bad-request"),
        (write_line("VERIFY", v=1, user=ME.name, service="swaylock", seconds="²"), "bad-request"),
        (write_line("VERIFY", v=1, user=ME.name, service="swaylock", uid="-1"), "bad-request"),
        (write_line("VERIFY", v=1, user=ME.name, service="swaylock", uid=2**32), "bad-request"),
        (write_line("ANSWER", v=1, text="y"), "bad-request"),
        (b"\n", "bad-request"),
        (b"\xff\xfe\x00binary\n", "bad-request"),
        (b"VERIFY user=" + b"a" * 2 * LONGEST_LINE + b"\n", "bad-request"),
    ],
)
def test_what_shuts_a_gate_opens_no_camera(rooms: Rooms, line: bytes, reason: str) -> None:
    if reason == "not-enrolled" and ME.uid != 0:
        reason = "not-permitted"
    assert result_of(rooms, line) == reason
    assert rooms.eye.requests == []


@pytest.mark.parametrize("line", [write_line("ANSWER", v=1, text="y"), write_line("VERIFY", v=1), b"\xff\n"])
def test_a_flood_of_nonsense_does_not_fill_the_log(rooms: Rooms, caplog: pytest.LogCaptureFixture, line: bytes) -> None:
    async def work() -> None:
        for _ in range(MOST + 10):
            assert await rooms.say(line) == [b"RESULT verdict=unavailable reason=bad-request"]

    run(rooms, work)
    assert len(caplog.records) == MOST


def test_a_first_line_that_does_not_come_ends_the_connection(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "FIRST_LINE_PATIENCE", 0.1)
    assert result_of(rooms, b"VERIFY v=1 ") == "bad-request"


def test_somebody_elses_name_is_refused_to_all_but_root(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=ME.uid + 1))
    assert result_of(rooms, VERIFY) == "not-permitted"


@pytest.mark.parametrize(("uid", "last"), [(ME.uid, "ASK"), (ME.uid + 1, "RESULT")])
def test_a_setuid_program_outside_sessions_asks_for_whoever_started_it(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, uid: int, last: str
) -> None:
    """Cron of one user's, `su` to another who sits there: nobody is even asked."""

    async def place(seat: Seat, caller: Caller) -> Place:
        return Place(front=(Session(id="2", uid=ME.uid, kind=Kind.USER, seat="seat0", active=True),))

    async def work() -> None:
        reader, writer = await rooms.door()
        # where these tests run as root, the uid tells nothing, and the name does
        writer.write(SUDO.replace(b"\n", b" uid=%d ruser=%s\n" % (uid, ME.name.encode())))
        assert read_line(await reader.readline()).word == last
        writer.close()

    monkeypatch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=0))
    monkeypatch.setattr(Seat, "place", place)
    rooms.settings = msgspec.structs.replace(rooms.settings, seat=SeatRule())
    run(rooms, work)


def test_an_account_name_that_was_given_to_somebody_else_has_no_faces(rooms: Rooms) -> None:
    rooms.store.remove_all(ME)
    rooms.enrol(User(ME.name, ME.uid + 1))
    assert result_of(rooms, VERIFY) == "not-enrolled"


@pytest.mark.parametrize(
    ("answer", "reason"), [("", "matched"), ("y", "matched"), ("n", "no-intent"), ("x", "no-intent")]
)
def test_elevation_asks_before_the_camera_opens_and_says_what_for(rooms: Rooms, answer: str, reason: str) -> None:
    async def work() -> None:
        reader, writer = await rooms.door()
        writer.write(SUDO)
        question = read_line(await reader.readline())
        assert question.word == "ASK"
        assert "sudo apt upgrade" in question.get("text")
        assert rooms.eye.requests == []
        writer.write(write_line("ANSWER", text=answer))
        last = (await reader.read()).splitlines()[-1]
        assert read_line(last).get("reason") == reason
        writer.close()

    run(rooms, work)


def test_elevation_without_a_way_to_ask_is_refused(rooms: Rooms) -> None:
    assert result_of(rooms, write_line("VERIFY", v=1, user=ME.name, service="sudo", ask=0)) == "no-intent"
    assert rooms.eye.requests == []


@pytest.mark.parametrize("goodbye", [b"CANCEL\n", b"", b"NONSENSE\n", b"ANSWER text=y\nANSWER text=y\n"])
def test_a_door_that_goes_or_talks_nonsense_ends_the_look(rooms: Rooms, goodbye: bytes) -> None:
    rooms.eye.answers = (OPENED, seen(View.FAR))

    async def work() -> None:
        reader, writer = await rooms.door()
        writer.write(VERIFY)
        await reader.readline()
        writer.write(goodbye)
        if not goodbye:
            writer.close()
        assert b"RESULT" not in await reader.read()
        await asyncio.sleep(0.1)
        assert rooms.eye.open == 0
        assert [a.reason for a in rooms.store.attempts(ME.name, 5)] == [Reason.CANCELLED]

    run(rooms, work)


def test_hanging_up_in_time_is_no_free_guess(rooms: Rooms) -> None:
    """A stranger who closes the connection before the verdict has still been judged."""
    rooms.eye.answers = (OPENED, *[STRANGER] * 4)
    rooms.eye.hangs = True

    async def work() -> None:
        reader, writer = await rooms.door()
        writer.write(VERIFY)
        await reader.readline()
        await asyncio.sleep(0.2)
        writer.close()
        await asyncio.sleep(0.2)
        assert rooms.store.standing(ME).mismatches == 1

    run(rooms, work)


def test_five_strangers_lock_the_face_and_a_password_frees_it(rooms: Rooms) -> None:
    async def work() -> None:
        rooms.eye.answers = (OPENED, STRANGER)
        for _ in range(5):
            assert b"another-face" in (await rooms.say(VERIFY))[-1]
        rooms.eye.answers = (OPENED, USER)
        assert b"locked-out" in (await rooms.say(VERIFY))[-1]
        assert await rooms.say(write_line("PASSED", v=1, user=ME.name, service="login")) == []
        assert (b"matched" if ME.uid == 0 else b"locked-out") in (await rooms.say(VERIFY))[-1]

    run(rooms, work)


def test_a_password_that_an_ordinary_user_claims_frees_nothing(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        rooms.eye.answers = (OPENED, STRANGER)
        for _ in range(5):
            await rooms.say(VERIFY)
        with monkeypatch.context() as patch:
            patch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=4711))
            await rooms.say(write_line("PASSED", v=1, user=ME.name, service="login"))
        assert b"locked-out" in (await rooms.say(VERIFY))[-1]

    run(rooms, work)


def test_empty_looks_never_lock(rooms: Rooms) -> None:
    async def work() -> None:
        rooms.eye.answers = (OPENED, seen(View.NO_FACE))
        for _ in range(6):
            await rooms.say(VERIFY)
        rooms.eye.answers = (OPENED, USER)
        assert (await rooms.say(VERIFY))[-1] == MATCH

    run(rooms, work)


def test_a_match_that_cannot_be_recorded_is_not_granted(rooms: Rooms) -> None:
    lock = sqlite3.connect(rooms.folder / "facelatch.db", check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    assert result_of(rooms, VERIFY) == "store-failed"
    lock.rollback()
    lock.close()


def test_a_fault_of_the_judge_is_unavailable(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("facelatchd.verification.Look.add", lambda look, seen, elapsed: 1 / 0)
    assert result_of(rooms, VERIFY) == "internal"
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("vector", [unit()[:3], unit() * np.float32(np.nan), unit() * 2], ids=["short", "nan", "long"])
def test_an_embedding_that_is_none_is_a_fault_of_the_eye_and_no_guess(
    rooms: Rooms, vector: NDArray[np.float32], caplog: pytest.LogCaptureFixture
) -> None:
    rooms.eye.answers = (OPENED, seen(View.CLEAR, face(vector)))
    assert result_of(rooms, VERIFY) == "eye-failed"
    assert "no unit vector" in caplog.text
    assert rooms.store.standing(ME).mismatches == 0


def test_a_template_that_does_not_open_is_never_skipped(rooms: Rooms) -> None:
    with sqlite3.connect(rooms.folder / "facelatch.db") as database:
        database.execute("UPDATE templates SET sealed = zeroblob(length(sealed)) WHERE position = 0")
    assert result_of(rooms, VERIFY) == "store-failed"


def test_silent_connections_of_many_users_keep_nobody_out_and_cost_no_more_than_their_places(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers = itertools.count(4 * 5000)
    monkeypatch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=next(callers) // 4))

    async def work() -> None:
        before = len(os.listdir("/proc/self/fd"))
        silent = []
        for _ in range(40):
            silent += await asyncio.gather(*(rooms.door() for _ in range(10)))
        await asyncio.sleep(0.2)
        assert len(os.listdir("/proc/self/fd")) - before <= len(silent) + MOST_CONNECTIONS
        with monkeypatch.context() as patch:
            patch.setattr(door_module, "peer_of", peer_of)
            assert (await rooms.say(VERIFY))[-1] == MATCH
        for _reader, writer in silent:
            writer.close()

    run(rooms, work)


def test_questions_that_nobody_answers_leave_root_s_places_to_logins(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=0))

    async def work() -> None:
        asked = [await rooms.door() for _ in range(MOST_CONNECTIONS)]
        answers = []
        for reader, writer in asked:
            writer.write(SUDO)
            answers.append(read_line(await reader.readline()))
        assert [line.word for line in answers] == ["ASK"] * MOST_QUESTIONS + ["RESULT"] * (64 - MOST_QUESTIONS)
        assert answers[-1].get("reason") == "no-intent"
        assert (await rooms.say(VERIFY))[-1] == MATCH
        for _reader, writer in asked:
            writer.close()

    run(rooms, work)


def test_one_user_s_connections_take_no_more_than_his_places(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "peer_of", lambda connection: Caller(pid=1, uid=ME.uid or 4711))

    async def work() -> None:
        before = len(os.listdir("/proc/self/fd"))
        silent = []
        for _ in range(40):
            silent += await asyncio.gather(*(rooms.door() for _ in range(10)))
        await asyncio.sleep(0.2)
        assert len(os.listdir("/proc/self/fd")) - before <= len(silent) + MOST_OF_ONE_USER
        for _reader, writer in silent:
            writer.close()

    run(rooms, work)


def test_the_password_does_not_wait_for_an_eye_that_hangs(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "STALL", 0.5)
    rooms.eye.answers, rooms.eye.hangs = (), True
    began = time.monotonic()
    assert result_of(rooms, VERIFY) == "eye-failed"
    assert time.monotonic() - began < 5, "the door waits for five seconds"


def test_a_class_that_is_not_allowed_is_refused(rooms: Rooms) -> None:
    rule = rooms.settings.rules[ServiceClass.UNLOCK]
    closed = {ServiceClass.UNLOCK: msgspec.structs.replace(rule, allowed=False)}
    rooms.settings = msgspec.structs.replace(rooms.settings, rules=closed)
    assert result_of(rooms, VERIFY) == "service-refused"
