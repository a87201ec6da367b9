"""Changing settings over the bus, and having them read anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from facelatch.types import Infrared, Intent, Level, Liveness, Reason, ServiceClass
from facelatchd.bus.authority import Right
from tests.unit.facelatchd.bus.office import AS_ALICE, AS_ROOT, Office, refused
from tests.unit.facelatchd.fake_eye import CAMERA

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
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY, Right.CONFIGURE]

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
        office.bus.allowed = set(Right) - {Right.CONFIGURE}
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


def test_the_choice_of_a_camera_is_taken_back_though_none_is_there(office: Office) -> None:
    async def work() -> None:
        await office.manager.set_camera(AS_ROOT, CAMERA.id)
        office.rooms.eye.description = msgspec.structs.replace(office.rooms.eye.description, cameras=())
        await office.manager.set_camera(AS_ROOT, "")
        assert office.choices.settings.camera.use == ""

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
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY, Right.CONFIGURE]

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
