"""The daemon as a whole, as it is told and changed over the bus."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import EYE_READY, Analysis, Band, Level, Reason, Refusal, ServiceClass
from facelatch_eye.messages import Analyse, CameraInfo, Description, Problem, ProblemKind, Task, View
from facelatchd.bus.authority import Action
from facelatchd.bus.faults import Fault, reason_of
from facelatchd.bus.manager import MOST_ATTEMPTS, camera_problem
from facelatchd.bus.roster import DEFAULT
from facelatchd.house import House, Refused
from facelatchd.settings import SettingsError
from facelatchd.store import StoreLocked
from facelatchd.watcher import EyeError
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, AS_ROOT, BOB, Office, attempt
from tests.unit.facelatchd.fake_eye import CAMERA, PACK
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, NOBODY, STRANGER, USER, face, seen, unit

LOOPBACK = msgspec.structs.replace(CAMERA, id="virtual", path="/dev/video42", virtual=True)


async def refused(work: Awaitable[Any]) -> tuple[Reason | Refusal | None, str]:
    """Return for what reason something is refused, and what the caller is told."""
    with pytest.raises((Refused, EyeError, Fault, SettingsError)) as error:
        await work
    return reason_of(error.value), str(error.value)


# --- how it stands ----------------------------------------------------------------------------------------------------


def test_how_the_daemon_stands_is_no_secret(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = set()
        manager = office.manager
        await manager.get_status(AS_BOB)
        await manager.get_cameras(AS_BOB)
        await manager.get_default_camera(AS_BOB)
        await manager.get_pack(AS_BOB)
        await manager.get_policy(AS_BOB)
        assert office.bus.asked == []

    office.run(work)


def test_the_status_names_pack_eye_cameras_and_services(office: Office) -> None:
    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert (report.pack, report.pack_problem) == (f"{MANIFEST.id} {MANIFEST.version}", "")
        assert (report.eye, report.camera, report.camera_problem, report.enrolled_users) == (EYE_READY, "", "", 1)
        (camera,) = report.cameras
        assert (camera.id, [camera.object]) == (CAMERA.id, list(await office.manager.get_cameras(AS_ALICE)))
        assert report.services["sudo"] == "elevate"
        assert "gdm-password" in report.services

    office.run(work)


def test_a_class_that_is_not_allowed_has_no_service_in_the_status(office: Office) -> None:
    async def work() -> None:
        await office.manager.set_class_rule(AS_ROOT, "elevate", {"allowed": False})
        services = (await office.manager.get_status(AS_ALICE)).services
        assert "sudo" not in services
        assert "swaylock" in services

    office.run(work)


def test_the_status_says_what_is_wrong_with_the_eye(office: Office) -> None:
    problem = Problem(ProblemKind.PACK_DAMAGED, "detector.onnx: is cut off")
    office.rooms.eye.description = Description(cameras=(), problem=problem)

    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert (report.eye, report.cameras, report.camera_problem) == ("detector.onnx: is cut off", (), "")

    office.run(work)


def test_the_status_says_that_there_is_no_eye_and_that_there_is_no_pack(office: Office) -> None:
    async def work() -> None:
        (office.rooms.folder / "eye.sock").unlink()
        assert "eye.sock" in (await office.manager.get_status(AS_ALICE)).eye
        assert (await refused(office.manager.get_cameras(AS_ALICE)))[0] is Reason.EYE_FAILED
        house = office.house
        packless = House(house.clerk, house.watcher, house.settings, f"{office.rooms.folder}/none/")
        office.manager._house = packless
        report = await office.manager.get_status(AS_ALICE)
        assert report.pack == ""
        assert "pack" in report.pack_problem
        assert (await office.manager.get_pack(AS_ALICE)).problem == report.pack_problem

    office.run(work)


@pytest.mark.parametrize(
    ("wanted", "cameras", "problem"),
    [
        ("", (CAMERA,), ""),
        ("", (LOOPBACK, CAMERA), ""),
        ("", (), "no camera is connected"),
        ("", (LOOPBACK,), "no camera is connected"),
        (CAMERA.id, (CAMERA,), ""),
        (CAMERA.path, (CAMERA,), ""),
        (LOOPBACK.id, (LOOPBACK,), ""),
        ("usb-9", (CAMERA,), "usb-9 is not connected"),
        ("usb-9", (), "usb-9 is not connected"),
        ("file:/tmp/clip", (), ""),
    ],
)
def test_the_status_says_why_no_camera_would_open(
    office: Office, wanted: str, cameras: tuple[CameraInfo, ...], problem: str
) -> None:
    office.rooms.eye.description = Description(cameras=cameras)
    office.choices.choose("camera", use=wanted)

    async def work() -> None:
        report = await office.manager.get_status(AS_ALICE)
        assert report.camera == wanted
        assert report.camera_problem.startswith(problem)
        assert bool(report.camera_problem) is bool(problem)
        assert report.camera_problem == camera_problem(wanted, cameras)

    office.run(work)


def test_the_pack_is_told(office: Office) -> None:
    async def work() -> None:
        report = await office.manager.get_pack(AS_ALICE)
        assert (report.id, report.licence, report.problem) == (MANIFEST.id, "none", "")

    office.run(work)


def test_the_default_camera_is_the_same_object_whatever_is_connected(office: Office) -> None:
    office.rooms.eye.description = Description(cameras=())

    async def work() -> None:
        assert await office.manager.get_default_camera(AS_ALICE) == DEFAULT
        assert await office.manager.get_cameras(AS_ALICE) == ()

    office.run(work)


# --- changing the policy ----------------------------------------------------------------------------------------------


def test_a_rule_is_changed_and_the_rest_stays(office: Office) -> None:
    async def work() -> None:
        before = (await office.manager.get_policy(AS_ALICE)).classes
        after = await office.manager.set_class_rule(AS_ALICE, "elevate", {"level": "balanced", "intent": False})
        rules = {rule.service_class: rule for rule in after.classes}
        elevate = rules[ServiceClass.ELEVATE]
        assert (elevate.level, elevate.intent, elevate.liveness, elevate.allowed) == (Level.BALANCED, False, True, True)
        assert [rule for rule in after.classes if rule is not elevate] == [
            rule for rule in before if rule.service_class is not ServiceClass.ELEVATE
        ]
        assert len(after.sources) == 2
        assert after == await office.manager.get_policy(AS_ALICE)
        assert office.house.settings() is office.choices.settings
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY, Action.CONFIGURE]

    office.run(work)


@pytest.mark.parametrize(
    ("service_class", "rule", "word"),
    [
        ("cellar", {}, "cellar"),
        ("", {}, "''"),
        ("elevate", {"level": "sloppy"}, "sloppy"),
        ("elevate", {"allowed": "yes"}, "Expected `bool`"),
        ("elevate", {"allowed": 1}, "Expected `bool`"),
        ("elevate", {"services": ["sshd"]}, "services"),
    ],
)
def test_a_rule_that_is_none_is_refused_before_anybody_is_asked(
    office: Office, service_class: str, rule: dict[str, Any], word: str
) -> None:
    async def work() -> None:
        before = office.choices.settings
        reason, text = await refused(office.manager.set_class_rule(AS_ALICE, service_class, rule))
        assert reason is Reason.BAD_REQUEST
        assert word in text
        assert office.choices.settings is before
        assert office.bus.asked == []

    office.run(work)


def test_there_is_no_rule_for_what_no_class_names(office: Office) -> None:
    async def work() -> None:
        reason, text = await refused(office.manager.set_class_rule(AS_ROOT, "other", {"allowed": True}))
        assert reason is Reason.BAD_REQUEST
        assert "there is no rule for it" in text

    office.run(work)


@pytest.mark.parametrize(
    "change",
    [
        lambda office: office.manager.set_class_rule(AS_ALICE, "elevate", {"allowed": False}),
        lambda office: office.manager.set_camera(AS_ALICE, CAMERA.id),
    ],
)
def test_who_may_not_configure_changes_nothing(office: Office, change: Callable[[Office], Awaitable[Any]]) -> None:
    async def work() -> None:
        before = office.choices.settings
        office.bus.allowed = set(Action) - {Action.CONFIGURE}
        assert (await refused(change(office)))[0] is Reason.NOT_PERMITTED
        assert office.choices.settings is before
        assert len(office.choices.sources) == 1

    office.run(work)


def test_changes_that_come_at_once_are_all_kept(office: Office) -> None:
    async def work() -> None:
        await asyncio.gather(
            office.manager.set_class_rule(AS_ROOT, "elevate", {"allowed": False}),
            office.manager.set_class_rule(AS_ROOT, "unlock", {"liveness": False}),
            office.manager.set_class_rule(AS_ROOT, "login", {"intent": True}),
            office.manager.set_camera(AS_ROOT, CAMERA.id),
        )
        office.choices.reload()
        settings = office.choices.settings
        assert not settings.rules[ServiceClass.ELEVATE].allowed
        assert not settings.rules[ServiceClass.UNLOCK].liveness
        assert settings.rules[ServiceClass.LOGIN].intent
        assert settings.camera.use == CAMERA.id

    office.run(work)


@pytest.mark.parametrize("camera", [CAMERA.id, CAMERA.path, ""])
def test_a_camera_that_is_there_is_chosen(office: Office, camera: str) -> None:
    async def work() -> None:
        await office.manager.set_camera(AS_ALICE, camera)
        assert office.choices.settings.camera.use == camera

    office.run(work)


def test_a_camera_that_is_not_there_is_not_chosen(office: Office) -> None:
    async def work() -> None:
        reason, text = await refused(office.manager.set_camera(AS_ROOT, "usb-9"))
        assert reason is Reason.NO_CAMERA
        assert "usb-9" in text
        assert office.choices.settings.camera.use == ""

    office.run(work)


# --- the history ------------------------------------------------------------------------------------------------------


def test_the_history_is_newest_first_and_as_long_as_asked_for(office: Office) -> None:
    for service in ("sudo", "swaylock", "login"):
        office.rooms.store.record_attempt(attempt(service))
    office.rooms.store.record_attempt(attempt("sudo", BOB))

    async def work() -> None:
        lines = await office.manager.history(AS_ALICE, "", 2)
        assert [line.service for line in lines] == ["login", "swaylock"]
        assert {line.user for line in lines} == {"alice"}
        assert lines[0].when == "2024-05-01T00:00:00+00:00"
        assert lines[0].band is Band.FAR
        assert await office.manager.history(AS_ALICE, "alice", 2) == lines
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY] * 2

    office.run(work)


@pytest.mark.parametrize("limit", [0, MOST_ATTEMPTS + 1, 2**32 - 1])
def test_a_history_of_no_sensible_length_is_refused(office: Office, limit: int) -> None:
    async def work() -> None:
        assert (await refused(office.manager.history(AS_ROOT, "", limit)))[0] is Reason.BAD_REQUEST
        assert await office.manager.history(AS_ROOT, "", MOST_ATTEMPTS) == ()

    office.run(work)


def test_anothers_history_is_for_who_may_manage_others(office: Office) -> None:
    office.rooms.store.record_attempt(attempt("sudo"))

    async def work() -> None:
        office.bus.allowed = {Action.VERIFY}
        assert (await refused(office.manager.history(AS_BOB, "alice", 9)))[0] is Reason.NOT_PERMITTED
        office.bus.allowed = {Action.VERIFY, Action.MANAGE_OTHERS}
        assert len(await office.manager.history(AS_BOB, "alice", 9)) == 1
        assert len(await office.manager.history(AS_ROOT, "alice", 9)) == 1

    office.run(work)


def test_who_may_not_verify_is_not_told_whether_a_user_is_there(office: Office) -> None:
    async def work() -> None:
        for name, known in (("alice", Reason.NOT_PERMITTED), ("nobody-of-that-name", Reason.UNKNOWN_USER)):
            office.bus.allowed = set()
            assert (await refused(office.manager.history(AS_BOB, name, 9)))[0] is Reason.NOT_PERMITTED
            office.bus.allowed = {Action.VERIFY}
            assert (await refused(office.manager.history(AS_BOB, name, 9)))[0] is known

    office.run(work)


@pytest.mark.parametrize("name", ["\0", "alice\0", "a" * 10_000, "../alice", "\ufeffalice"])
def test_a_name_that_is_none_is_an_unknown_user(office: Office, name: str) -> None:
    async def work() -> None:
        assert (await refused(office.manager.history(AS_ROOT, name, 9)))[0] is Reason.UNKNOWN_USER

    office.run(work)


def test_a_caller_without_an_account_is_told_so(office: Office) -> None:
    async def work() -> None:
        nobody = msgspec.structs.replace(AS_ALICE, caller=msgspec.structs.replace(AS_ALICE.caller, uid=9999))
        assert (await refused(office.manager.history(nobody, "", 9)))[0] is Reason.UNKNOWN_USER

    office.run(work)


def test_a_store_that_is_locked_is_said_to_be(office: Office) -> None:
    async def work() -> None:
        lock = sqlite3.connect(office.rooms.folder / "facelatch.db")
        lock.execute("BEGIN EXCLUSIVE")
        try:
            await office.camera.claim(AS_ALICE, "")
            with pytest.raises(StoreLocked) as error:
                await office.camera.delete_enrolled_faces(AS_ALICE)
        finally:
            lock.rollback()
            lock.close()
        assert reason_of(error.value) is Reason.STORE_FAILED
        assert len(office.rooms.store.faces(ALICE)) == 1

    office.run(work)


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_looked_at_and_nothing_is_kept_of_it(office: Office) -> None:
    office.rooms.eye.pictures = [USER]

    async def work() -> None:
        analysis = await office.manager.analyse(AS_ALICE, b"jpeg", {})
        assert isinstance(analysis, Analysis)
        assert len(analysis.faces) == 1
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY]

    office.run(work)
    assert office.rooms.eye.requests == [Analyse(b"jpeg", tasks=(Task.QUALITY, Task.LIVENESS))]
    assert office.rooms.store.attempts("alice", 9) == []


def test_looks_are_asked_about_only_where_they_are_wanted(office: Office) -> None:
    office.rooms.eye.pictures = [USER]

    async def work() -> None:
        analysis = await office.manager.analyse(AS_ALICE, b"jpeg", {"attributes": True})
        assert analysis.faces[0].live is True
        assert analysis.faces[0].identified is None

    office.run(work)
    assert office.rooms.eye.requests == [Analyse(b"jpeg", (Task.QUALITY, Task.LIVENESS, Task.ATTRIBUTES))]


def test_who_a_face_is_takes_the_right_to_manage_others_and_tells_who_it_is(office: Office) -> None:
    office.rooms.eye.pictures = [seen(View.SEVERAL_FACES, *USER.faces, *STRANGER.faces)]

    async def work() -> None:
        office.bus.allowed = {Action.VERIFY, Action.MANAGE_OTHERS}
        analysis = await office.manager.analyse(AS_ALICE, b"jpeg", {"identify": True})
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY, Action.MANAGE_OTHERS]
        user, stranger = (face.identified for face in analysis.faces)
        assert user is not None
        assert (user.user, user.identities[0].user) == ("alice", "alice")
        assert stranger is not None
        assert stranger.user == ""

    office.run(work)


def test_who_a_face_is_is_told_to_nobody_without_that_right_and_not_looked_at(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = {Action.VERIFY}
        told = await refused(office.manager.analyse(AS_ALICE, b"jpeg", {"identify": True}))
        assert told[0] is Reason.NOT_PERMITTED

    office.run(work)
    assert office.rooms.eye.requests == []


def test_a_dialog_that_stays_open_takes_nobody_the_place_to_have_a_picture_looked_at(office: Office) -> None:
    office.rooms.eye.pictures = [USER] * 9

    async def work() -> None:
        closed = asyncio.Event()

        async def dialog() -> None:
            if office.bus.asked[-1].action is Action.MANAGE_OTHERS:
                await closed.wait()

        office.bus.answer = dialog
        asking = [
            asyncio.create_task(office.manager.analyse(who, b"jpeg", {"identify": True}))
            for who in (AS_ALICE, AS_ALICE, AS_BOB, AS_BOB)
        ]
        while [asked.action for asked in office.bus.asked].count(Action.MANAGE_OTHERS) < len(asking):
            await asyncio.sleep(0)
        assert len((await office.manager.analyse(AS_ROOT, b"jpeg", {})).faces) == 1
        assert (await refused(office.manager.analyse(AS_BOB, b"jpeg", {})))[0] is Reason.BUSY
        closed.set()
        assert all(analysis.faces[0].identified for analysis in await asyncio.gather(*asking))

    office.run(work)


def test_a_picture_without_a_face_has_nobody_to_be_told_of(office: Office) -> None:
    office.rooms.eye.pictures = [NOBODY]

    async def work() -> None:
        assert (await office.manager.analyse(AS_ROOT, b"jpeg", {"identify": True})).faces == ()

    office.run(work)


def test_an_eye_with_another_pack_is_asked_about_nobody(office: Office) -> None:
    other = msgspec.structs.replace(PACK, space="another")
    office.rooms.eye.description = Description(cameras=(CAMERA,), pack=other)

    async def work() -> None:
        told = await refused(office.manager.analyse(AS_ROOT, b"jpeg", {"identify": True}))
        assert told[0] is Reason.PACK_DAMAGED

    office.run(work)


@pytest.mark.parametrize("vector", [unit() * 2, np.zeros(DIMENSION, np.float32), unit()[:4], None])
def test_an_embedding_that_is_none_is_compared_with_nobodys(office: Office, vector: Any) -> None:
    office.rooms.eye.pictures = [seen(View.CLEAR, face(vector))]

    async def work() -> None:
        told = await refused(office.manager.analyse(AS_ROOT, b"jpeg", {"identify": True}))
        missing = "a face without the embedding that it was asked for"
        wrong = "an embedding that is no unit vector of the pack's dimension"
        assert told == (Reason.EYE_FAILED, f"the eye sent {missing if vector is None else wrong}")

    office.run(work)


@pytest.mark.parametrize("options", [{"mood": True}, {"identify": "yes"}, {"attributes": 1}, {"": False}])
def test_options_that_are_none_are_refused_before_anybody_is_asked(office: Office, options: dict[str, Any]) -> None:
    async def work() -> None:
        reason, text = await refused(office.manager.analyse(AS_ALICE, b"jpeg", options))
        assert (reason, text[:8]) == (Reason.BAD_REQUEST, "options:")

    office.run(work)
    assert office.bus.asked == []


@pytest.mark.parametrize("size", [0, LARGEST_PICTURE + 1])
def test_a_picture_of_no_sensible_size_is_refused(office: Office, size: int) -> None:
    async def work() -> None:
        reason, text = await refused(office.manager.analyse(AS_ROOT, bytes(size), {}))
        assert reason is Reason.BAD_REQUEST
        assert f"{size} bytes" in text

    office.run(work)
    assert office.rooms.eye.requests == []


def test_what_is_no_picture_is_the_callers_fault(office: Office) -> None:
    office.rooms.eye.pictures = [Problem(ProblemKind.BAD_PICTURE, "not a picture")]

    async def work() -> None:
        assert await refused(office.manager.analyse(AS_ROOT, b"?", {})) == (Reason.BAD_REQUEST, "not a picture")

    office.run(work)


def test_who_may_not_verify_has_no_picture_looked_at(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = set()
        assert (await refused(office.manager.analyse(AS_ALICE, b"jpeg", {})))[0] is Reason.NOT_PERMITTED

    office.run(work)
    assert office.rooms.eye.requests == []
