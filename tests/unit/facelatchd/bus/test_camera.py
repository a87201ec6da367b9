"""A camera's object: who has it, and whose faces he may see and change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
import pytest

from facelatch.types import ERROR_NAMES, Reason, Refusal
from facelatchd.bouncer import Caller
from facelatchd.bus.adapter import BusLost, Call
from facelatchd.bus.authority import Right
from facelatchd.bus.faults import fault_of
from facelatchd.house import House
from facelatchd.store import FaceRefused
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, AS_ROOT, BOB, Office
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.seen import MANIFEST, NOBODY, unit

ALICES_OTHER = msgspec.structs.replace(AS_ALICE, sender=":1.77")
"""Another program of Alice's."""

Work = Callable[[Office, Call], Coroutine[Any, Any, Any]]

NEED_A_CLAIM: dict[str, Work] = {
    "rename": lambda office, call: office.camera.rename_enrolled_face(call, "made up", "mine"),
    "delete": lambda office, call: office.camera.delete_enrolled_face(call, "made up"),
    "delete all": lambda office, call: office.camera.delete_enrolled_faces(call),
    "release": lambda office, call: office.camera.release(call),
    "verify": lambda office, call: office.camera.verify_start(call, "any", {}),
    "verify stop": lambda office, call: office.camera.verify_stop(call),
    "enroll": lambda office, call: office.camera.enroll_start(call, "new", {}),
    "enroll picture": lambda office, call: office.camera.enroll_picture(call, "a.jpg", b"jpeg"),
    "enroll shots": lambda office, call: office.camera.enroll_shots(call),
    "enroll save": lambda office, call: office.camera.enroll_save(call, []),
    "enroll stop": lambda office, call: office.camera.enroll_stop(call),
    "preview": lambda office, call: office.camera.preview_start(call),
    "preview stop": lambda office, call: office.camera.preview_stop(call),
    "frame": lambda office, call: office.camera.next_frame(call, 0),
}
STARTS: dict[str, tuple[Work, Right]] = {
    "verify": (NEED_A_CLAIM["verify"], Right.VERIFY),
    "enroll": (NEED_A_CLAIM["enroll"], Right.ENROLL),
    "preview": (NEED_A_CLAIM["preview"], Right.VERIFY),
    "rename": (NEED_A_CLAIM["rename"], Right.DELETE),
    "delete": (NEED_A_CLAIM["delete"], Right.DELETE),
    "delete all": (NEED_A_CLAIM["delete all"], Right.DELETE),
}


async def refused(work: Awaitable[Any], error: Reason | Refusal) -> str:
    """Assert that something is refused for this reason; return what the caller is told."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which of our errors it is says the name below
        await work
    assert not isinstance(raised.value, AssertionError)
    fault = fault_of(raised.value)
    assert fault is not None, raised.value
    assert fault.name == ERROR_NAMES[error], fault
    return str(fault)


def unchanged(office: Office) -> bool:
    return [face.label for face in office.rooms.store.faces(ALICE)] == ["made up"]


# --- claims -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NEED_A_CLAIM)
@pytest.mark.parametrize("claimed", [False, True])
def test_nothing_is_done_for_who_has_not_claimed_the_camera(office: Office, name: str, claimed: bool) -> None:
    async def work() -> None:
        if claimed:
            await office.camera.claim(AS_BOB, "")
        for call in (AS_ALICE, AS_ROOT):
            await refused(NEED_A_CLAIM[name](office, call), Refusal.CLAIM_CAMERA)
        assert office.camera.claimed is claimed

    office.run(work)
    assert unchanged(office)
    assert office.rooms.eye.requests == []


def test_a_second_client_is_told_that_the_camera_is_taken_until_it_is_released(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        for call in (AS_BOB, ALICES_OTHER, AS_ALICE):
            await refused(office.camera.claim(call, ""), Refusal.ALREADY_IN_USE)
        await refused(office.camera.release(ALICES_OTHER), Refusal.CLAIM_CAMERA)
        await office.camera.release(AS_ALICE)
        assert office.bus.watched == []
        await office.camera.claim(AS_BOB, "")

    office.run(work)


def test_root_gets_a_camera_that_is_claimed_for_nothing(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await office.camera.claim(AS_ROOT, ALICE.name)
        await refused(office.camera.release(AS_ALICE), Refusal.CLAIM_CAMERA)
        assert office.bus.watched == [AS_ROOT.sender]

    office.run(work)


def test_a_claim_ends_when_its_owner_leaves_and_not_when_another_does(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        office.bus.leave(AS_BOB.sender)
        await asyncio.sleep(0.01)
        assert office.camera.claimed
        office.bus.leave(AS_ALICE.sender)
        await asyncio.sleep(0.01)
        assert not office.camera.claimed
        assert office.bus.watched == []

    office.run(work)


def test_who_left_before_his_claim_was_watched_has_none(office: Office) -> None:
    async def work() -> None:
        office.bus.gone.add(AS_ALICE.sender)
        with pytest.raises(BusLost):
            await office.camera.claim(AS_ALICE, "")
        assert not office.camera.claimed
        assert office.bus.watched == []

    office.run(work)


def test_a_claim_that_never_was_does_not_end_the_next_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner is heard leaving and is found gone, both; in between the camera has become somebody else's."""

    async def work() -> None:
        looked_up = asyncio.Event()

        async def caller(sender: str) -> Caller:
            if sender == AS_ALICE.sender:
                await looked_up.wait()
                raise BusLost(sender)
            return AS_BOB.caller

        monkeypatch.setattr(office.bus, "caller", caller)
        first = asyncio.create_task(office.camera.claim(AS_ALICE, ""))
        await asyncio.sleep(0.05)
        office.bus.leave(AS_ALICE.sender)
        await asyncio.sleep(0.01)
        await office.camera.claim(AS_BOB, "")
        looked_up.set()
        with pytest.raises(BusLost):
            await first
        await office.camera.release(AS_BOB)

    office.run(work)


def test_of_two_that_claim_at_once_one_gets_the_camera(office: Office) -> None:
    async def work() -> None:
        claims = await asyncio.gather(
            *(office.camera.claim(call, "") for call in (AS_ALICE, AS_BOB, ALICES_OTHER)), return_exceptions=True
        )
        assert sum(claim is None for claim in claims) == 1

    office.run(work)


def test_nobody_else_waits_while_a_claimer_is_asked_for_a_password(office: Office) -> None:
    async def work() -> None:
        release = asyncio.Event()
        office.bus.answer = release.wait  # type: ignore[assignment]
        claiming = asyncio.create_task(office.camera.claim(AS_ALICE, ""))
        await asyncio.sleep(0.01)
        await office.camera.claim(AS_ROOT, "bob")
        release.set()
        await refused(claiming, Refusal.ALREADY_IN_USE)

    office.run(work)


@pytest.mark.parametrize(
    ("allowed", "user", "may"),
    [
        ({Right.VERIFY}, "", True),
        ({Right.VERIFY}, "alice", True),
        ({Right.VERIFY}, "bob", False),
        ({Right.VERIFY, Right.MANAGE_OTHERS}, "bob", True),
        ({Right.MANAGE_OTHERS}, "bob", False),
        (set(), "", False),
    ],
)
def test_a_camera_is_claimed_for_whom_the_caller_may(office: Office, allowed: set[Right], user: str, may: bool) -> None:
    async def work() -> None:
        office.bus.allowed = allowed
        if may:
            await office.camera.claim(AS_ALICE, user)
        else:
            await refused(office.camera.claim(AS_ALICE, user), Reason.NOT_PERMITTED)
        assert office.camera.claimed is may

    office.run(work)


def test_a_camera_is_claimed_for_nobody_that_there_is_not(office: Office) -> None:
    async def work() -> None:
        await refused(office.camera.claim(AS_ROOT, "nobody-of-that-name"), Reason.UNKNOWN_USER)
        assert not office.camera.claimed

    office.run(work)


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STARTS)
def test_each_thing_takes_its_own_right_and_without_it_nothing_happens(office: Office, name: str) -> None:
    start, right = STARTS[name]

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        office.bus.asked.clear()
        office.bus.allowed = set(Right) - {right}
        await refused(start(office, AS_ALICE), Reason.NOT_PERMITTED)
        assert [asked.action for asked in office.bus.asked] == [right]
        assert office.bus.told == []

    office.run(work)
    assert unchanged(office)
    assert office.rooms.eye.requests == []


@pytest.mark.parametrize("name", STARTS)
def test_a_claim_that_ends_while_polkit_thinks_is_worth_nothing(office: Office, name: str) -> None:
    start, _right = STARTS[name]

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        release = asyncio.Event()
        office.bus.answer = release.wait  # type: ignore[assignment]
        starting = asyncio.create_task(start(office, AS_ALICE))
        await asyncio.sleep(0.01)
        await office.camera.release(AS_ALICE)
        office.bus.answer = None
        await office.camera.claim(AS_ALICE, "bob")
        release.set()
        await refused(starting, Refusal.CLAIM_CAMERA)
        assert office.bus.told == []

    office.run(work)
    assert unchanged(office)
    assert office.rooms.eye.requests == []


@pytest.mark.parametrize(
    ("first", "stop"), [("verify", "verify stop"), ("enroll", "enroll stop"), ("preview", "preview stop")]
)
def test_one_thing_runs_at_a_time(office: Office, first: str, stop: str) -> None:
    office.rooms.eye.answers = (OPENED, NOBODY)

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await NEED_A_CLAIM[first](office, AS_ALICE)
        for other in ("verify", "enroll", "preview"):
            await refused(NEED_A_CLAIM[other](office, AS_ALICE), Refusal.ALREADY_IN_USE)
        for other in {"verify stop", "enroll stop", "preview stop"} - {stop}:
            await refused(NEED_A_CLAIM[other](office, AS_ALICE), Refusal.NO_ACTION_IN_PROGRESS)
        await NEED_A_CLAIM[stop](office, AS_ALICE)
        await office.eye_is_left()
        await refused(NEED_A_CLAIM[stop](office, AS_ALICE), Refusal.NO_ACTION_IN_PROGRESS)
        await NEED_A_CLAIM["preview"](office, AS_ALICE)

    office.run(work)


@pytest.mark.parametrize("name", ["enroll picture", "enroll shots", "enroll save", "frame"])
def test_where_nothing_runs_nothing_can_be_added_to_it(office: Office, name: str) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await refused(NEED_A_CLAIM[name](office, AS_ALICE), Refusal.NO_ACTION_IN_PROGRESS)

    office.run(work)


@pytest.mark.parametrize(
    "start",
    [
        lambda camera, options: camera.verify_start(AS_ALICE, "any", options),
        lambda camera, options: camera.enroll_start(AS_ALICE, "new", options),
    ],
)
@pytest.mark.parametrize(
    "options", [{"nonsense": True}, {"preview": "yes", "review": "yes"}, {"figures": 1, "face": 1}]
)
def test_options_that_are_none_are_refused_before_anybody_is_asked(
    office: Office, start: Callable[[Any, dict[str, Any]], Awaitable[None]], options: dict[str, Any]
) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        office.bus.asked.clear()
        assert "options: " in await refused(start(office.camera, options), Reason.BAD_REQUEST)
        assert office.bus.asked == []

    office.run(work)
    assert office.rooms.eye.requests == []


# --- faces ------------------------------------------------------------------------------------------------------------


def test_everybody_who_may_verify_sees_his_own_faces_without_a_claim(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = {Right.VERIFY}
        (face,) = await office.camera.list_enrolled_faces(AS_ALICE, "")
        assert (face.label, face.usable) == ("made up", True)
        assert await office.camera.list_enrolled_faces(AS_ALICE, "alice") == (face,)
        assert await office.camera.list_enrolled_faces(AS_BOB, "") == ()
        await refused(office.camera.list_enrolled_faces(AS_BOB, "alice"), Reason.NOT_PERMITTED)
        assert await office.camera.list_enrolled_faces(AS_ROOT, "alice") == (face,)

    office.run(work)


def test_a_face_of_another_pack_is_listed_as_of_no_use_and_without_a_pack_all_are(office: Office) -> None:
    office.rooms.store.add_face(ALICE, "old", "old", "f" * 16, "made-up", [unit()])

    async def usable() -> dict[str, bool]:
        return {face.label: face.usable for face in await office.camera.list_enrolled_faces(AS_ALICE, "")}

    async def work() -> None:
        assert await usable() == {"made up": True, "old": False}
        house = office.house
        office.camera._people._house = House(house.clerk, house.watcher, house.settings, "/nonexistent/")
        assert await usable() == {"made up": False, "old": False}

    office.run(work)


def test_renaming_and_deleting_say_which_face_it_was(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        renamed = await office.camera.rename_enrolled_face(AS_ALICE, "made up", "with glasses")
        assert renamed.label == "with glasses"
        assert await office.camera.delete_enrolled_face(AS_ALICE, renamed.id[:8]) == renamed
        await refused(office.camera.delete_enrolled_face(AS_ALICE, renamed.id), Refusal.NO_SUCH_FACE)
        assert await office.camera.delete_enrolled_faces(AS_ALICE) == (), (
            "what was known of her beside the faces is gone"
        )
        await refused(office.camera.delete_enrolled_faces(AS_ALICE), Refusal.NO_SUCH_FACE)

    office.run(work)
    assert office.rooms.store.faces(ALICE) == []


def test_all_faces_of_the_claims_user_are_deleted_and_nobody_elses(office: Office) -> None:
    office.rooms.store.add_face(ALICE, "second", MANIFEST.id, MANIFEST.space, "made-up", [unit()])
    office.rooms.enrol(BOB)

    async def work() -> None:
        await office.camera.claim(AS_BOB, "alice")
        deleted = await office.camera.delete_enrolled_faces(AS_BOB)
        assert [face.label for face in deleted] == ["made up", "second"]

    office.run(work)
    assert office.rooms.store.faces(ALICE) == []
    assert len(office.rooms.store.faces(BOB)) == 1


def test_a_face_of_somebody_else_is_none_of_the_claims_user(office: Office) -> None:
    (alices,) = office.rooms.store.faces(ALICE)

    async def work() -> None:
        await office.camera.claim(AS_BOB, "")
        for face in ("made up", alices.id):
            await refused(office.camera.rename_enrolled_face(AS_BOB, face, "mine"), Refusal.NO_SUCH_FACE)
            await refused(office.camera.delete_enrolled_face(AS_BOB, face), Refusal.NO_SUCH_FACE)
            await refused(office.camera.verify_start(AS_BOB, face, {}), Refusal.NO_SUCH_FACE)
            await refused(office.camera.enroll_start(AS_BOB, "", {"face": face}), Refusal.NO_SUCH_FACE)

    office.run(work)
    assert unchanged(office)


@pytest.mark.parametrize("label", ["", "two\nlines", "x" * 65])
def test_a_label_that_is_none_is_the_callers_fault(office: Office, label: str) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        with pytest.raises(FaceRefused):
            await office.camera.rename_enrolled_face(AS_ALICE, "made up", label)

    office.run(work)
    assert unchanged(office)
