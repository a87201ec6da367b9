"""The daemon as a whole, as it is told and changed over the bus."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import (
    EYE_READY,
    Analysis,
    Band,
    Infrared,
    Intent,
    Level,
    Liveness,
    PasswordCause,
    Reason,
    Refusal,
    ServiceClass,
)
from facelatch_eye.messages import Analyse, CameraInfo, Description, Problem, ProblemKind, Task, View
from facelatchd.bus.adapter import Call
from facelatchd.bus.authority import Action
from facelatchd.bus.faults import Fault, reason_of
from facelatchd.bus.manager import MOST_ATTEMPTS, Manager, camera_problem
from facelatchd.bus.roster import DEFAULT
from facelatchd.house import House, Refused
from facelatchd.settings import CameraRule, SettingsError
from facelatchd.store import Moment, StoreLocked
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
        ("", (LOOPBACK,), "no real camera is connected"),
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
        assert report.camera_problem == camera_problem(office.choices.settings.camera, cameras)

    office.run(work)


@pytest.mark.parametrize(
    ("trusted", "problem"),
    [
        ((), "no real camera is connected; connect one, or name a virtual one in [camera] trusted"),
        (("virtual-2",), "no real camera is connected; connect one, or name a virtual one in [camera] trusted"),
        ((LOOPBACK.id,), ""),
        ((LOOPBACK.path,), ""),
    ],
)
def test_a_virtual_camera_does_where_the_settings_trust_it(trusted: tuple[str, ...], problem: str) -> None:
    assert camera_problem(CameraRule(trusted=trusted), (LOOPBACK,)) == problem


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
        after = await office.manager.set_class_rule(
            AS_ALICE, "elevate", {"level": "balanced", "intent": "none", "seconds": 6.5}
        )
        rules = {rule.service_class: rule for rule in after.classes}
        elevate = rules[ServiceClass.ELEVATE]
        assert (elevate.level, elevate.intent, elevate.seconds) == (Level.BALANCED, Intent.NONE, 6.5)
        assert (elevate.liveness, elevate.allowed, elevate.no_face_seconds) == (Liveness.PASSIVE, True, 0.5)
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
        ("cellar", {}, "class.cellar: is unknown"),
        ("", {}, 'class."": is unknown'),
        ("elevat", {"allowed": True}, "did you mean elevate?"),
        ("elevate", {"level": "sloppy"}, 'expected "convenient", "balanced" or "strict", not "sloppy"'),
        ("elevate", {"allowed": "yes"}, 'expected true or false, not "yes"'),
        ("elevate", {"allowed": 1}, "expected true or false, not 1"),
        ("elevate", {"liveness": True}, 'what was true is "passive" now'),
        ("elevate", {"intent": False}, 'what was false is "none" now'),
        ("elevate", {"seconds": float("nan")}, "expected a number from 0.5 to 30"),
        ("elevate", {"no_face_seconds": 31.0}, "expected a number from 0.5 to 30, not 31"),
        ("elevate", {"lvl": "strict"}, "did you mean level?"),
        ("elevate", {"services": ["sshd"]}, "services: which service belongs to which class"),
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


def test_a_rule_that_does_not_go_with_the_rest_is_refused(office: Office) -> None:
    async def work() -> None:
        reason, text = await refused(office.manager.set_class_rule(AS_ROOT, "elevate", {"no_face_seconds": 20.0}))
        assert reason is Reason.BAD_REQUEST
        assert "class.elevate.no_face_seconds: expected no more than seconds, which is 1, not 20" in text

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
        lambda office: office.manager.reload(AS_ALICE),
    ],
)
def test_who_may_not_configure_changes_nothing(office: Office, change: Callable[[Office], Awaitable[Any]]) -> None:
    async def work() -> None:
        before = office.choices.settings
        (office.rooms.folder / "facelatch.toml").write_text("[camera]\nuse = 'another'\n")
        office.bus.allowed = set(Action) - {Action.CONFIGURE}
        assert (await refused(change(office)))[0] is Reason.NOT_PERMITTED
        assert office.choices.settings is before
        assert len(office.choices.sources) == 1

    office.run(work)


def test_changes_that_come_at_once_are_all_kept(office: Office) -> None:
    async def work() -> None:
        await asyncio.gather(
            office.manager.set_class_rule(AS_ROOT, "elevate", {"allowed": False}),
            office.manager.set_class_rule(AS_ROOT, "unlock", {"liveness": "off"}),
            office.manager.reload(AS_ROOT),
            office.manager.set_class_rule(AS_ROOT, "login", {"intent": "key"}),
            office.manager.set_camera(AS_ROOT, CAMERA.id),
        )
        office.choices.reload()
        settings = office.choices.settings
        assert not settings.rules[ServiceClass.ELEVATE].allowed
        assert settings.rules[ServiceClass.UNLOCK].liveness is Liveness.OFF
        assert settings.rules[ServiceClass.LOGIN].intent is Intent.KEY
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


# --- reading anew -----------------------------------------------------------------------------------------------------


def test_what_the_administrator_has_written_is_in_force_after_a_reload(office: Office) -> None:
    async def work() -> None:
        file = office.rooms.folder / "facelatch.toml"
        file.write_text("[camera]\nuse = 'desk'\ntrusted = ['desk']\ninfrared = 'required'\n")
        report = await office.manager.reload(AS_ALICE)
        assert (report.camera, report.trusted, report.infrared) == ("desk", ("desk",), Infrared.REQUIRED)
        assert report.sources == (str(file),)
        assert office.house.settings().camera.use == "desk"
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY, Action.CONFIGURE]

    office.run(work)


def test_a_bad_file_is_told_with_its_line_and_what_was_in_force_stays(office: Office) -> None:
    async def work() -> None:
        before = office.choices.settings
        file = office.rooms.folder / "facelatch.toml"
        file.write_text("\n[camera]\nues = 'desk'\n")
        assert await refused(office.manager.reload(AS_ALICE)) == (
            Reason.BAD_REQUEST,
            f"{file}:3: camera.ues: is unknown; did you mean use?",
        )
        assert office.house.settings() is before

    office.run(work)


# --- how somebody stands ----------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def settle(office: Office, text: str) -> None:
    """Have other settings."""
    (office.rooms.folder / "facelatch.toml").write_text(text)
    office.choices.reload()


def at(seconds: float, boot: str = "this") -> Moment:
    return Moment(boot, seconds, seconds, NOON + timedelta(seconds=seconds))


def set_clock(office: Office, seconds: float) -> None:
    office.manager._house = dataclasses.replace(office.house, clock=lambda: at(seconds))


def test_a_user_is_told_how_he_stands(office: Office) -> None:
    store = office.rooms.store
    store.record_password(ALICE, "sudo", at(0))
    for number in range(6):
        store.record_attempt(attempt("sudo"), at(60 + number))
    settle(office, "[password]\nafter_mismatches = 6\n")

    async def work() -> None:
        set_clock(office, 75)
        report = await office.manager.get_standing(AS_ALICE, "")
        assert (report.user, report.faces, report.usable, report.mismatches) == ("alice", 1, 1, 6)
        assert report.locked_seconds == 60 - (75 - 65)
        assert report.password_wanted is PasswordCause.MISMATCHES
        assert report.password_given == "2026-11-22T12:00:00+00:00"
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY]
        assert await office.manager.get_standing(AS_ROOT, "alice") == report

    office.run(work)


def test_of_somebody_who_never_typed_it_no_password_is_told(office: Office) -> None:
    settle(office, "")

    async def work() -> None:
        report = await office.manager.get_standing(AS_BOB, "")
        assert (report.user, report.faces, report.password_given) == ("bob", 0, "")
        assert report.password_wanted is PasswordCause.NEVER

    office.run(work)


# --- all that is stored -----------------------------------------------------------------------------------------------


def test_a_user_gets_all_that_is_stored_about_him_but_his_templates(office: Office) -> None:
    for service in ("sudo", "swaylock"):
        office.rooms.store.record_attempt(attempt(service), at(0))
    office.rooms.store.record_attempt(attempt("login", BOB), at(0))

    async def work() -> None:
        set_clock(office, 60)
        export = await office.manager.export(AS_ALICE, "")
        assert (export.user, export.uid, export.exported) == ("alice", ALICE.uid, "2026-11-22T12:01:00+00:00")
        assert [line.service for line in export.attempts] == ["swaylock", "sudo"]
        assert export.faces == await office.camera.list_enrolled_faces(AS_ALICE, "")
        assert export.standing == await office.manager.get_standing(AS_ALICE, "")
        assert "3 templates" in export.withheld

    office.run(work)


def test_all_that_is_stored_takes_ones_own_password(office: Office) -> None:
    async def work() -> None:
        await office.manager.export(AS_ALICE, "alice")
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY, Action.EXPORT]
        office.bus.allowed = set(Action) - {Action.EXPORT}
        assert (await refused(office.manager.export(AS_ALICE, "")))[0] is Reason.NOT_PERMITTED

    office.run(work)


@pytest.mark.parametrize("ask", [Manager.get_standing, Manager.export])
def test_what_is_known_of_another_is_for_who_may_manage_others(
    office: Office, ask: Callable[[Manager, Call, str], Awaitable[Any]]
) -> None:
    async def work() -> None:
        office.bus.allowed = {Action.VERIFY, Action.EXPORT}
        assert (await refused(ask(office.manager, AS_BOB, "alice")))[0] is Reason.NOT_PERMITTED
        office.bus.allowed = {Action.VERIFY, Action.MANAGE_OTHERS}
        office.bus.asked.clear()
        assert (await ask(office.manager, AS_BOB, "alice")).user == "alice"
        assert [asked.action for asked in office.bus.asked] == [Action.VERIFY, Action.MANAGE_OTHERS]
        office.bus.allowed = set()
        assert (await refused(ask(office.manager, AS_BOB, "bob")))[0] is Reason.NOT_PERMITTED

    office.run(work)


# --- the history ------------------------------------------------------------------------------------------------------


def test_the_history_is_newest_first_and_as_long_as_asked_for(office: Office) -> None:
    for service in ("sudo", "swaylock", "login"):
        office.rooms.store.record_attempt(attempt(service), at(0))
    office.rooms.store.record_attempt(attempt("sudo", BOB), at(0))

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
    office.rooms.store.record_attempt(attempt("sudo"), at(0))

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
