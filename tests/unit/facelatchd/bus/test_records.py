"""What is told of somebody over the bus: how he stands, his history, all that is stored."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from facelatch.types import Band, PasswordCause, Reason
from facelatchd.bus.adapter import Call
from facelatchd.bus.authority import Right
from facelatchd.bus.faults import reason_of
from facelatchd.bus.manager import Manager
from facelatchd.store import MOST_ROWS, Moment, StoreLocked
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, AS_ROOT, BOB, Office, attempt, refused

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
    store.record_password(ALICE, at(0))
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
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY]
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
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY, Right.EXPORT]
        office.bus.allowed = set(Right) - {Right.EXPORT}
        assert (await refused(office.manager.export(AS_ALICE, "")))[0] is Reason.NOT_PERMITTED

    office.run(work)


@pytest.mark.parametrize("ask", [Manager.get_standing, Manager.export])
def test_what_is_known_of_another_is_for_who_may_manage_others(
    office: Office, ask: Callable[[Manager, Call, str], Awaitable[Any]]
) -> None:
    async def work() -> None:
        office.bus.allowed = {Right.VERIFY, Right.EXPORT}
        assert (await refused(ask(office.manager, AS_BOB, "alice")))[0] is Reason.NOT_PERMITTED
        office.bus.allowed = {Right.VERIFY, Right.MANAGE_OTHERS}
        office.bus.asked.clear()
        assert (await ask(office.manager, AS_BOB, "alice")).user == "alice"
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY, Right.MANAGE_OTHERS]
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
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY] * 2

    office.run(work)


@pytest.mark.parametrize("limit", [0, MOST_ROWS + 1, 2**32 - 1])
def test_a_history_of_no_sensible_length_is_refused(office: Office, limit: int) -> None:
    async def work() -> None:
        assert (await refused(office.manager.history(AS_ROOT, "", limit)))[0] is Reason.BAD_REQUEST
        assert await office.manager.history(AS_ROOT, "", MOST_ROWS) == ()

    office.run(work)


def test_anothers_history_is_for_who_may_manage_others(office: Office) -> None:
    office.rooms.store.record_attempt(attempt("sudo"), at(0))

    async def work() -> None:
        office.bus.allowed = {Right.VERIFY}
        assert (await refused(office.manager.history(AS_BOB, "alice", 9)))[0] is Reason.NOT_PERMITTED
        office.bus.allowed = {Right.VERIFY, Right.MANAGE_OTHERS}
        assert len(await office.manager.history(AS_BOB, "alice", 9)) == 1
        assert len(await office.manager.history(AS_ROOT, "alice", 9)) == 1

    office.run(work)


def test_who_may_not_verify_is_not_told_whether_a_user_is_there(office: Office) -> None:
    async def work() -> None:
        for name, known in (("alice", Reason.NOT_PERMITTED), ("nobody-of-that-name", Reason.UNKNOWN_USER)):
            office.bus.allowed = set()
            assert (await refused(office.manager.history(AS_BOB, name, 9)))[0] is Reason.NOT_PERMITTED
            office.bus.allowed = {Right.VERIFY}
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
