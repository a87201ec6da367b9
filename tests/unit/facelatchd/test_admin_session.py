"""Tries and enrolments over the admin socket: what is shown, what hanging up does, what is stored."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from facelatch.admin import (
    MOST_PICTURES,
    Answer,
    Enroll,
    Enrolled,
    EnrollStep,
    PictureLine,
    Request,
    Status,
    Tried,
    Try,
    TryStep,
)
from facelatch.types import Band, Reason, Verdict
from facelatch_eye.messages import Analyse, Observation, Problem, ProblemKind, View, Watch
from facelatchd import admin as admin_module
from facelatchd import enrolment as enrolment_module
from facelatchd.bouncer import Caller
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.office import ALICE, AS_ALICE, ROOT, STRANGER, USER, Office, attempt
from tests.unit.facelatchd.seen import face, seen, unit
from tests.unit.facelatchd.test_enrolment import ALL_POSES, NOBODY, STRAIGHT_ONLY, shot


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office(tmp_path, monkeypatch)
    office.rooms.enrol(ALICE)
    office.rooms.eye.answers = (OPENED, USER)
    return office


@pytest.fixture
def empty_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, monkeypatch)


# --- trying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", [ROOT, AS_ALICE])
def test_a_try_shows_each_frame_and_evidence_to_root_only(office: Office, caller: Caller) -> None:
    office.caller = caller
    *steps, last = office.asked(Try("alice"))
    assert isinstance(last, Tried)
    assert (last.verdict, last.reason, last.band) == (Verdict.MATCH, Reason.MATCHED, Band.MATCH)
    assert len(steps) == last.frames == 3
    for step in steps:
        assert isinstance(step, TryStep)
        assert step.view == "clear"
        assert (step.band is Band.MATCH) is (caller is ROOT), "frame by frame, a band would tell which way is up"
    scores = [getattr(answer, "evidence", None) for answer in (*steps, last)] + [last.wanted]
    assert [score is not None for score in scores] == [caller is ROOT] * len(scores)


def test_the_steps_of_a_try_come_while_it_goes_on(office: Office) -> None:
    office.rooms.eye.answers, office.rooms.eye.hangs = (OPENED, seen(View.FAR)), True

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(office.rooms.folder / "admin.sock")
        writer.write(msgspec.json.encode(Try("alice")) + b"\n")
        async with asyncio.timeout(5):
            step = msgspec.json.decode(await reader.readline(), type=Answer)
        assert step == TryStep("far", None, None)
        assert office.rooms.eye.open == 1
        writer.close()

    office.run(work)


@pytest.mark.parametrize(
    ("frame", "reason", "run"), [(STRANGER, Reason.ANOTHER_FACE, 1), (seen(View.FAR), Reason.CANCELLED, 0)]
)
def test_a_try_that_is_hung_up_on_counts_what_was_judged_and_frees_the_camera(
    office: Office, frame: Observation, reason: Reason, run: int
) -> None:
    office.rooms.eye.answers, office.rooms.eye.hangs = (OPENED, *[frame] * 4), True
    office.caller = AS_ALICE

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(office.rooms.folder / "admin.sock")
        writer.write(msgspec.json.encode(Try("alice")) + b"\n")
        for _ in range(4):
            await reader.readline()
        writer.close()
        await asyncio.sleep(0.2)
        assert office.rooms.eye.open == 0
        assert [line.reason for line in office.rooms.store.attempts("alice", 5)] == [reason]
        assert office.rooms.store.failure_run("alice").count == run

    office.run(work)


def test_a_stop_of_the_judge_in_the_middle_of_a_try_counts_a_mismatch_too(office: Office) -> None:
    office.rooms.eye.answers, office.rooms.eye.hangs = (OPENED, *[STRANGER] * 4), True

    async def work() -> None:
        async with office.rooms.serving():
            reader, writer = await asyncio.open_unix_connection(office.rooms.folder / "admin.sock")
            writer.write(msgspec.json.encode(Try("alice")) + b"\n")
            for _ in range(4):
                await reader.readline()
        writer.close()

    asyncio.run(work())
    assert office.rooms.store.failure_run("alice").count == 1


def test_trying_does_not_go_round_the_lock_out(office: Office) -> None:
    for _ in range(5):
        office.rooms.store.record_attempt(msgspec.structs.replace(attempt("sudo"), started=datetime.now(UTC)))
    (last,) = office.asked(Try("alice"))
    assert isinstance(last, Tried)
    assert last.reason is Reason.LOCKED_OUT
    assert office.rooms.eye.requests == []


# --- enrolling --------------------------------------------------------------------------------------------------------


def test_an_enrolment_shows_each_shot_and_ends_with_the_face(empty_office: Office) -> None:
    empty_office.rooms.eye.answers = (OPENED, *ALL_POSES)
    *steps, last = empty_office.asked(Enroll("alice", "plain", camera="made-up"))
    assert isinstance(last, Enrolled)
    assert (last.face.label, last.face.camera, last.face.usable) == ("plain", CAMERA.id, True)
    assert len(steps) == len(ALL_POSES)
    assert all(isinstance(step, EnrollStep) and step.taken for step in steps)
    assert empty_office.rooms.eye.requests == [Watch(camera="made-up", seconds=watch_seconds(empty_office))]
    assert [face.id for face in empty_office.rooms.store.faces(ALICE)] == [last.face.id]


def watch_seconds(office: Office) -> float:
    (request,) = office.rooms.eye.requests
    assert isinstance(request, Watch)
    return request.seconds


def test_hanging_up_in_the_middle_of_an_enrolment_frees_the_camera_and_stores_nothing(empty_office: Office) -> None:
    rooms = empty_office.rooms
    rooms.eye.answers = (OPENED, *STRAIGHT_ONLY, NOBODY)

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(rooms.folder / "admin.sock")
        writer.write(msgspec.json.encode(Enroll("alice")) + b"\n")
        for _ in STRAIGHT_ONLY:
            await reader.readline()
        writer.close()
        await asyncio.sleep(0.2)
        assert rooms.eye.open == 0
        assert rooms.store.faces(ALICE) == []

    empty_office.run(work)


def test_hanging_up_while_waiting_for_the_camera_leaves_the_queue(empty_office: Office) -> None:
    """An eye that says nothing gives no step to send, so only reading tells that the caller has gone."""
    rooms = empty_office.rooms
    rooms.eye.answers, rooms.eye.hangs = (), True

    async def work() -> None:
        _reader, writer = await asyncio.open_unix_connection(rooms.folder / "admin.sock")
        writer.write(msgspec.json.encode(Enroll("alice")) + b"\n")
        await asyncio.sleep(0.2)
        assert rooms.eye.open == 1
        writer.close()
        await asyncio.sleep(0.2)
        assert rooms.eye.open == 0

    empty_office.run(work)


def test_an_enrolment_that_does_not_look_alive_is_refused(empty_office: Office) -> None:
    empty_office.rooms.eye.answers = (OPENED, *(shot(i, live=0.01) for i in range(4)), NOBODY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enrolment_module, "STALLED", 0.1)
        assert empty_office.refused(Enroll("alice")).reason is Reason.NOT_LIVE
    assert empty_office.rooms.store.faces(ALICE) == []


def test_a_label_that_is_taken_is_refused(office: Office) -> None:
    office.rooms.eye.answers = (OPENED, *ALL_POSES)
    failed = office.refused(Enroll("alice", "made up"))
    assert failed.reason is Reason.BAD_REQUEST
    assert "'made up'" in failed.text


def test_an_enrolment_into_a_locked_store_is_refused(empty_office: Office) -> None:
    empty_office.rooms.eye.answers = (OPENED, *ALL_POSES)
    lock = sqlite3.connect(empty_office.rooms.folder / "facelatch.db", check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    failed = empty_office.refused(Enroll("alice"))
    lock.rollback()
    lock.close()
    assert failed.reason is Reason.STORE_FAILED
    assert empty_office.rooms.store.faces(ALICE) == []


def picture(number: int, size: int = 4) -> PictureLine:
    return PictureLine(f"{number}.jpg", bytes(size))


def test_pictures_are_enrolled_and_a_bad_one_is_named(empty_office: Office) -> None:
    bad = Problem(ProblemKind.BAD_PICTURE, "not a picture")
    empty_office.rooms.eye.pictures = [shot(0), bad, shot(1), shot(2)]
    *steps, last = empty_office.asked(Enroll("alice", pictures=4), *map(picture, range(4)))
    assert isinstance(last, Enrolled)
    assert [(s.name, s.taken) for s in steps if isinstance(s, EnrollStep)] == [
        ("0.jpg", True), ("1.jpg", False), ("2.jpg", True), ("3.jpg", True),
    ]  # fmt: skip
    assert isinstance(steps[1], EnrollStep)
    assert steps[1].hint == "not a picture"


def test_a_picture_may_be_longer_than_a_request(empty_office: Office) -> None:
    empty_office.rooms.eye.pictures = [shot(0)]
    size = 2 * admin_module.LONGEST_REQUEST
    empty_office.asked(Enroll("alice", pictures=1), picture(0, size))
    assert [len(request.picture) for request in empty_office.rooms.eye.requests if isinstance(request, Analyse)] == [
        size
    ]


def test_a_picture_has_its_limit_too(empty_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_module, "LONGEST_LINE", 1000)
    assert "more than 1000 bytes" in empty_office.refused(Enroll("alice", pictures=1), picture(0, 1000)).text
    assert empty_office.rooms.eye.requests == []


@pytest.mark.parametrize(
    ("requests", "fault"),
    [
        ([Enroll("alice", pictures=MOST_PICTURES + 1), picture(0)], "1 to 200 pictures"),
        ([Enroll("alice", pictures=-1), picture(0)], "1 to 200 pictures"),
        ([Enroll("alice", pictures=3), picture(0), Status()], "expected a picture"),
        ([Enroll("alice", pictures=3), picture(0), b"garbage\n"], "not a request"),
        ([Enroll("alice", pictures=3), picture(0)], "no complete line"),
        ([Enroll("alice", pictures=1), picture(0)], "1 of 3 shots needed"),
    ],
)
def test_what_does_not_make_a_face_is_refused_and_stores_nothing(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch, requests: list[Request | bytes], fault: str
) -> None:
    monkeypatch.setattr(admin_module, "PICTURE_PATIENCE", 0.2)
    empty_office.rooms.eye.pictures = [shot(0)]
    assert fault in empty_office.refused(*requests).text
    assert empty_office.rooms.store.faces(ALICE) == []


def test_hanging_up_between_two_pictures_stores_nothing(empty_office: Office, caplog: pytest.LogCaptureFixture) -> None:
    rooms = empty_office.rooms
    rooms.eye.pictures = [shot(0), shot(1), shot(2)]
    lines = b"".join(msgspec.json.encode(r) + b"\n" for r in (Enroll("alice", pictures=4), *map(picture, range(3))))

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(rooms.folder / "admin.sock")
        writer.write(lines)
        for _ in range(3):
            await reader.readline()
        writer.close()
        await asyncio.sleep(0.1)

    empty_office.run(work)
    assert rooms.store.faces(ALICE) == []
    assert "Traceback" not in caplog.text


def test_an_eye_of_another_vector_length_is_a_fault_and_stores_nothing(empty_office: Office) -> None:
    empty_office.rooms.eye.pictures = [shot(0), seen(View.CLEAR, face(unit()[:3]))]
    assert empty_office.refused(Enroll("alice", pictures=2), picture(0), picture(1)).reason is Reason.INTERNAL
    assert empty_office.rooms.store.faces(ALICE) == []
