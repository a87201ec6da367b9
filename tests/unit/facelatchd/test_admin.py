"""The provisional admin socket: who may ask for what, and what comes of it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from facelatch.admin import (
    Answer,
    AttemptList,
    CameraList,
    Cameras,
    Enroll,
    FaceList,
    Failed,
    History,
    ListFaces,
    RemoveFaces,
    RenameFace,
    Request,
    Status,
    StatusReport,
    Try,
)
from facelatch.types import Band, Reason
from facelatch_eye.messages import Description, Problem, ProblemKind
from facelatchd import admin as admin_module
from facelatchd.admin import MOST_CONNECTIONS, MOST_OF_ONE_USER
from facelatchd.bouncer import Caller
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.office import ALICE, AS_ALICE, BOB, ROOT, USER, Office, attempt
from tests.unit.facelatchd.seen import MANIFEST, unit


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office(tmp_path, monkeypatch)
    office.rooms.enrol(ALICE)
    office.rooms.eye.answers = (OPENED, USER)
    return office


ABOUT_ALICE: list[Request] = [
    ListFaces("alice"),
    History("alice"),
    Try("alice"),
    RenameFace("alice", "made up", "with glasses"),
    RemoveFaces("alice"),
    Enroll("alice"),
]
CHANGES = (RenameFace, RemoveFaces, Enroll)


# --- who may ask ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", ABOUT_ALICE)
def test_nobody_may_ask_about_somebody_else(office: Office, request_: Request) -> None:
    office.caller = Caller(pid=1, uid=BOB.uid)
    assert office.refused(request_).reason is Reason.NOT_PERMITTED
    assert office.rooms.eye.requests == []
    assert len(office.rooms.store.faces(ALICE)) == 1


@pytest.mark.parametrize("request_", ABOUT_ALICE)
def test_everybody_may_ask_about_himself_and_change_nothing(office: Office, request_: Request) -> None:
    office.caller = AS_ALICE
    answer = office.asked(request_)[-1]
    if isinstance(request_, CHANGES):
        assert isinstance(answer, Failed)
        assert answer.reason is Reason.NOT_PERMITTED
        assert "sudo" in answer.text
        assert office.rooms.eye.requests == []
    else:
        assert not isinstance(answer, Failed)
    assert [face.label for face in office.rooms.store.faces(ALICE)] == ["made up"]


@pytest.mark.parametrize("request_", [Status(), Cameras()])
def test_how_the_daemon_stands_is_no_secret(office: Office, request_: Request) -> None:
    office.caller = AS_ALICE
    assert not isinstance(office.asked(request_)[-1], Failed)


@pytest.mark.parametrize("request_", ABOUT_ALICE)
def test_root_is_told_that_a_user_is_unknown_and_others_are_not(office: Office, request_: Request) -> None:
    stranger = msgspec.structs.replace(request_, user="nobody-of-that-name")
    assert office.refused(stranger).reason is Reason.UNKNOWN_USER


@pytest.mark.parametrize("request_", ABOUT_ALICE)
def test_an_ordinary_caller_is_not_told_whether_a_user_is_there(office: Office, request_: Request) -> None:
    office.caller = AS_ALICE
    stranger = msgspec.structs.replace(request_, user="nobody-of-that-name")
    assert office.refused(stranger).reason is Reason.NOT_PERMITTED


def test_only_root_may_name_the_camera_of_a_try(office: Office) -> None:
    office.caller = AS_ALICE
    assert office.refused(Try("alice", camera="/dev/video7")).reason is Reason.NOT_PERMITTED
    assert office.rooms.eye.requests == []


# --- asking -----------------------------------------------------------------------------------------------------------


def test_the_status_names_pack_eye_cameras_and_services(office: Office) -> None:
    (report,) = office.asked(Status())
    assert isinstance(report, StatusReport)
    assert (report.pack, report.pack_problem) == (f"{MANIFEST.id} {MANIFEST.version}", "")
    assert (report.eye, report.cameras, report.enrolled_users) == ("ready", 1, 1)
    assert report.services["sudo"] == "elevate"


def test_the_status_says_what_is_wrong_with_the_eye(office: Office) -> None:
    problem = Problem(ProblemKind.PACK_DAMAGED, "detector.onnx: is cut off")
    office.rooms.eye.description = Description(cameras=(), problem=problem)
    (report,) = office.asked(Status())
    assert isinstance(report, StatusReport)
    assert (report.eye, report.cameras) == ("detector.onnx: is cut off", 0)


def test_the_status_says_that_there_is_no_eye(office: Office) -> None:
    async def work() -> None:
        (office.rooms.folder / "eye.sock").unlink()
        (report,) = await office.rooms.ask(Status())
        assert isinstance(report, StatusReport)
        assert "eye.sock" in report.eye
        (failed,) = await office.rooms.ask(Cameras())
        assert isinstance(failed, Failed)
        assert failed.reason is Reason.EYE_FAILED

    office.run(work)


def test_cameras_are_listed_as_the_eye_knows_them(office: Office) -> None:
    (answer,) = office.asked(Cameras())
    assert isinstance(answer, CameraList)
    assert [(camera.id, camera.path) for camera in answer.cameras] == [(CAMERA.id, CAMERA.path)]


def test_a_face_of_another_pack_is_listed_as_of_no_use(office: Office) -> None:
    office.rooms.store.add_face(ALICE, "old", "old", "f" * 16, "made-up", [unit()])
    (answer,) = office.asked(ListFaces("alice"))
    assert isinstance(answer, FaceList)
    assert {face.label: face.usable for face in answer.faces} == {"made up": True, "old": False}


def test_renaming_and_removing_say_which_face_it_was(office: Office) -> None:
    async def work() -> None:
        (renamed,) = await office.rooms.ask(RenameFace("alice", "made up", "with glasses"))
        assert isinstance(renamed, FaceList)
        assert [face.label for face in renamed.faces] == ["with glasses"]
        (removed,) = await office.rooms.ask(RemoveFaces("alice", "with glasses"))
        assert removed == renamed
        (failed,) = await office.rooms.ask(RemoveFaces("alice", "with glasses"))
        assert isinstance(failed, Failed)
        assert failed.reason is Reason.BAD_REQUEST

    office.run(work)
    assert office.rooms.store.faces(ALICE) == []


def test_removing_without_a_name_removes_all(office: Office) -> None:
    office.rooms.store.add_face(ALICE, "second", MANIFEST.id, MANIFEST.space, "made-up", [unit()])
    (removed,) = office.asked(RemoveFaces("alice"))
    assert isinstance(removed, FaceList)
    assert [face.label for face in removed.faces] == ["made up", "second"]
    assert office.rooms.store.faces(ALICE) == []


def test_the_history_is_newest_first_and_as_long_as_asked_for(office: Office) -> None:
    for service in ("sudo", "swaylock", "login"):
        office.rooms.store.record_attempt(attempt(service))
    office.caller = AS_ALICE
    (answer,) = office.asked(History("alice", limit=2))
    assert isinstance(answer, AttemptList)
    assert [line.service for line in answer.attempts] == ["login", "swaylock"]
    assert answer.attempts[0].when == "2024-05-01T00:00:00+00:00"
    assert answer.attempts[0].band is Band.FAR


@pytest.mark.parametrize("limit", [0, -1, 1001, 2**80])
def test_a_history_of_no_sensible_length_is_refused(office: Office, limit: int) -> None:
    assert office.refused(History("alice", limit)).reason is Reason.BAD_REQUEST


# --- what must not be sent --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"hello\n",
        b"{}\n",
        b'{"is":"reboot"}\n',
        b'{"is":"status","more":1}\n',
        b'{"is":"list"}\n',
        b'{"is":"list","user":7}\n',
        b'{"is":"list","user":"\\ud800"}\n',
        b'{"is":"list","user":"\xff"}\n',
        b'{"more":' + b"[" * 20000 + b"]" * 20000 + b',"is":"status"}\n',
        b"[" * 60000 + b"\n",
        b'{"is":"picture","name":"a","data":"AAAA"}\n',
        b'{"is":"status"',
    ],
)
def test_garbage_is_a_bad_request(office: Office, garbage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_module, "FIRST_LINE_PATIENCE", 0.2)
    assert office.refused(garbage).reason is Reason.BAD_REQUEST


@pytest.mark.parametrize("name", ["", "\0", "alice\0", "a" * 10000, "../alice", "\ufeffalice"])
def test_a_name_that_is_none_is_an_unknown_user(office: Office, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(admin_module, "peer_of", lambda connection: ROOT)
    assert office.refused(ListFaces(name)).reason is Reason.UNKNOWN_USER


@pytest.mark.parametrize(("length", "refused"), [(200, False), (201, True), (5000, True)])
def test_a_line_may_be_so_long_and_no_longer(
    office: Office, monkeypatch: pytest.MonkeyPatch, length: int, refused: bool
) -> None:
    monkeypatch.setattr(admin_module, "LONGEST_REQUEST", 200)
    line = b'{"is":"status"}'.ljust(length - 1) + b"\n"
    assert isinstance(office.asked(line)[-1], Failed) is refused


def test_a_flood_without_an_end_is_cut_off_before_it_is_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_module, "FIRST_LINE_PATIENCE", 60.0)

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(office.rooms.folder / "admin.sock")
        writer.write(b"x" * 2 * admin_module.LONGEST_REQUEST)
        answer = msgspec.json.decode(await reader.readline(), type=Answer)
        assert isinstance(answer, Failed)
        assert "more than" in answer.text
        writer.close()

    office.run(work)


def test_one_user_cannot_shut_out_the_others(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_module, "FIRST_LINE_PATIENCE", 60.0)

    async def work() -> None:
        office.caller = AS_ALICE
        idle = [await asyncio.open_unix_connection(office.rooms.folder / "admin.sock") for _ in range(MOST_OF_ONE_USER)]
        await asyncio.sleep(0.05)
        (busy,) = await office.rooms.ask(Status())
        assert isinstance(busy, Failed)
        assert busy.reason is Reason.BUSY
        office.caller = ROOT
        assert isinstance((await office.rooms.ask(Status()))[-1], StatusReport)
        idle += [
            await asyncio.open_unix_connection(office.rooms.folder / "admin.sock")
            for _ in range(MOST_CONNECTIONS - MOST_OF_ONE_USER)
        ]
        await asyncio.sleep(0.05)
        assert isinstance((await office.rooms.ask(Status()))[-1], Failed), "root too finds an end"
        for _reader, writer in idle:
            writer.close()
        await asyncio.sleep(0.05)
        assert isinstance((await office.rooms.ask(Status()))[-1], StatusReport)

    office.run(work)


def test_who_does_not_read_his_answers_does_not_keep_his_place(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand attempts are more than a socket's buffer holds here, and the judge must not wait for ever."""
    caplog.set_level("INFO")
    monkeypatch.setattr(admin_module, "SEND_PATIENCE", 0.1)
    monkeypatch.setattr(office.rooms.store, "attempts", lambda name, limit: [attempt("x" * 1000)] * limit)

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(office.rooms.folder / "admin.sock", limit=1)
        writer.write(msgspec.json.encode(History("alice", limit=1000)) + b"\n")
        async with asyncio.timeout(10):
            while "nothing was read" not in caplog.text:
                await asyncio.sleep(0.02)
        assert not (await reader.read()).endswith(b"\n")
        writer.close()

    office.run(work)


def test_a_fault_of_ours_is_an_answer_and_stands_in_the_log(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(office.rooms.store, "faces", fail)
    assert office.refused(ListFaces("alice")).reason is Reason.INTERNAL
    assert "ZeroDivisionError" in caplog.text


def test_a_store_that_is_locked_is_said_to_be(office: Office) -> None:
    lock = sqlite3.connect(office.rooms.folder / "facelatch.db", check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    failed = office.refused(RemoveFaces("alice"))
    lock.rollback()
    lock.close()
    assert failed.reason is Reason.STORE_FAILED
    assert "locked" in failed.text
