"""Who is there, asked over the bus: who may ask, what ends the look, and whom nobody can claim as a guest."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from facelatch.types import PersonSummary, Reason
from facelatch_eye.messages import Task, View, Watch
from facelatch_models.pack import Pack
from facelatchd import house as house_module
from facelatchd.bus.authority import Right
from facelatchd.store import Guest, User
from facelatchd.store.records import GUEST_UID
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, AS_ROOT, Office
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.seen import MANIFEST, NOBODY, PACK, USER, face, seen, unit

STRANGER = seen(View.CLEAR, face(-unit()))


def test_who_is_there_is_told_and_the_camera_is_free_again(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        with caplog.at_level(logging.INFO):
            found = await office.camera.identify(AS_BOB)
        assert found.user == "alice"
        assert not office.camera.claimed
        await office.eye_is_left()

    office.run(work)
    assert "identified for uid 4712: 'alice', by 5 frames" in caplog.text
    assert office.rooms.store.attempts("alice", 9) == []
    assert office.bus.told == []


def test_only_the_face_is_looked_at_and_not_whether_it_is_alive(office: Office) -> None:
    async def work() -> None:
        await office.camera.identify(AS_ROOT)
        (watch,) = office.rooms.eye.requests
        assert isinstance(watch, Watch)
        assert watch.tasks == (Task.EMBED,)
        assert not watch.preview

    office.run(work)


@pytest.mark.parametrize("missing", [Right.VERIFY, Right.MANAGE_OTHERS])
def test_it_takes_an_administrator_even_about_oneself(office: Office, missing: Right) -> None:
    async def work() -> None:
        office.bus.allowed = set(Right) - {missing}
        for call in (
            office.camera.identify(AS_ALICE),
            office.camera.claim_guest(AS_ALICE, "carol"),
            office.manager.get_people(AS_ALICE),
        ):
            await refused(call, Reason.NOT_PERMITTED)
        assert office.rooms.eye.requests == []
        assert not office.camera.claimed

    office.run(work)


@pytest.mark.parametrize(
    ("shows", "reason"),
    [
        (NOBODY, Reason.NO_FACE),
        (seen(View.SEVERAL_FACES, face(unit()), face(-unit())), Reason.SEVERAL_FACES),
        (seen(View.DARK), Reason.TOO_DARK),
        (seen(View.FAR, face(unit())), Reason.UNCLEAR),
    ],
    ids=["nobody", "two", "dark", "far"],
)
def test_where_no_face_can_be_judged_the_reason_is_told(office: Office, shows: object, reason: Reason) -> None:
    async def work() -> None:
        office.rooms.eye.answers = (OPENED, shows)  # type: ignore[assignment]
        await refused(office.camera.identify(AS_ROOT), reason)
        assert not office.camera.claimed

    office.run(work)


def test_a_look_of_one_frame_only_is_judged_by_it(office: Office) -> None:
    async def work() -> None:
        office.rooms.eye.answers = (OPENED, STRANGER, NOBODY)
        found = await office.camera.identify(AS_ROOT)
        assert (found.user, found.identities) == ("", ())

    office.run(work)


def test_a_camera_that_is_a_programs_is_refused(office: Office) -> None:
    async def work() -> None:
        office.rooms.eye.answers = (replace(OPENED, camera=replace(CAMERA, virtual=True)), USER)
        await refused(office.camera.identify(AS_ROOT), Reason.CAMERA_UNTRUSTED)

    office.run(work)


def test_it_is_over_when_its_caller_leaves(office: Office) -> None:
    async def work() -> None:
        office.rooms.eye.answers = (OPENED, NOBODY)
        looking = asyncio.create_task(office.camera.identify(AS_ROOT))
        while not office.rooms.eye.open:
            await asyncio.sleep(0.005)
        office.bus.leave(AS_ROOT.sender)
        await refused(looking, Reason.CANCELLED)
        await office.eye_is_left()

    office.run(work)


def test_nobody_enrolled_is_told_before_the_camera_opens(empty_office: Office) -> None:
    async def work() -> None:
        await refused(empty_office.camera.identify(AS_ROOT), Reason.NOT_ENROLLED)
        assert empty_office.rooms.eye.requests == []

    empty_office.run(work)


# --- guests -----------------------------------------------------------------------------------------------------------


def test_a_guest_is_claimed_by_the_name_alone(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim_guest(AS_ROOT, " Frau Ro\u0308ntgen ")
        claim = office.camera._claim
        assert claim is not None
        assert claim.user == Guest("Frau Röntgen")
        assert claim.user.uid == GUEST_UID

    office.run(work)


@pytest.mark.parametrize("name", ["alice", " alice", "", " ", "x" * 65, "two\nlines"])
def test_a_name_that_an_account_has_or_nobody_can_have_is_no_guests(office: Office, name: str) -> None:
    async def work() -> None:
        with pytest.raises(Exception, match=r"account|characters|print"):
            await office.camera.claim_guest(AS_ROOT, name)
        assert not office.camera.claimed

    office.run(work)


def test_while_nobody_can_say_whether_there_is_an_account_nobody_is_a_guest(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_module, "LOOKUP_PATIENCE", 0.01)
    monkeypatch.setattr(house_module, "find_user", lambda name: time.sleep(0.2))

    async def work() -> None:
        await refused(office.camera.claim_guest(AS_ROOT, "carol"), Reason.UNKNOWN_USER)

    office.run(work)


def test_all_people_are_told_with_what_the_pack_can_compare(office: Office) -> None:
    store = office.rooms.store
    store.add_face(Guest("carol"), "", "p", MANIFEST.space, "pictures", [unit()])
    store.add_face(ALICE, "", "p", "another", "pictures", [unit()])
    store.add_face(User("gone", 4999), "", "p", "another", "pictures", [unit()])

    async def work() -> None:
        assert await office.manager.get_people(AS_ROOT) == (
            PersonSummary("alice", False, 2, 1),
            PersonSummary("carol", True, 1, 1),
            PersonSummary("gone", False, 1, 0),
        )
        assert (await office.manager.get_status(AS_ROOT)).enrolled_users == 2

    office.run(work)


def test_more_people_than_are_listed_at_a_time_are_all_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelatchd.store.everybody.MOST_LISTED", 2)
    monkeypatch.setattr("facelatchd.bus.manager.MOST_LISTED", 2)
    for number in range(5):
        office.rooms.store.add_face(Guest(f"guest {number}"), "", "p", "s", "pictures", [unit()])

    async def work() -> None:
        people = await office.manager.get_people(AS_ROOT)
        assert [person.name for person in people] == ["alice", *(f"guest {number}" for number in range(5))]

    office.run(work)


def test_a_pack_that_is_changed_during_a_look_names_nobody_by_the_others_templates(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(MANIFEST, file=tuple(replace(part, sha256="d" * 64) for part in MANIFEST.file))
    assert other.space != MANIFEST.space
    office.rooms.store.add_face(User("bob", 4712), "", "other", other.space, "c", [unit()])
    chosen = iter([PACK])

    async def change(house: object) -> Pack:
        return next(chosen, Pack(Path("/nonexistent"), other))

    async def work() -> None:
        monkeypatch.setattr(type(office.house), "chosen", change)
        assert (await office.camera.identify(AS_ROOT)).user == "alice"

    office.run(work)
