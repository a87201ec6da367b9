"""Pictures that are looked at for who calls."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import numpy as np
import pytest

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import Analysis, Reason
from facelatch_eye.messages import Analyse, Description, Problem, ProblemKind, Task, View
from facelatchd.bus.authority import Right
from tests.unit.facelatchd.bus.office import AS_ALICE, AS_BOB, AS_ROOT, Office, refused
from tests.unit.facelatchd.fake_eye import CAMERA, PACK
from tests.unit.facelatchd.seen import DIMENSION, NOBODY, STRANGER, USER, face, seen, unit

# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_is_looked_at_and_nothing_is_kept_of_it(office: Office) -> None:
    office.rooms.eye.pictures = [USER]

    async def work() -> None:
        analysis = await office.manager.analyse(AS_ALICE, b"jpeg", {})
        assert isinstance(analysis, Analysis)
        assert len(analysis.faces) == 1
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY]

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
        office.bus.allowed = {Right.VERIFY, Right.MANAGE_OTHERS}
        analysis = await office.manager.analyse(AS_ALICE, b"jpeg", {"identify": True})
        assert [asked.action for asked in office.bus.asked] == [Right.VERIFY, Right.MANAGE_OTHERS]
        user, stranger = (face.identified for face in analysis.faces)
        assert user is not None
        assert (user.user, user.identities[0].user) == ("alice", "alice")
        assert stranger is not None
        assert stranger.user == ""

    office.run(work)


def test_who_a_face_is_is_told_to_nobody_without_that_right_and_not_looked_at(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = {Right.VERIFY}
        told = await refused(office.manager.analyse(AS_ALICE, b"jpeg", {"identify": True}))
        assert told[0] is Reason.NOT_PERMITTED

    office.run(work)
    assert office.rooms.eye.requests == []


def test_a_dialog_that_stays_open_takes_nobody_the_place_to_have_a_picture_looked_at(office: Office) -> None:
    office.rooms.eye.pictures = [USER] * 9

    async def work() -> None:
        closed = asyncio.Event()

        async def dialog() -> None:
            if office.bus.asked[-1].action is Right.MANAGE_OTHERS:
                await closed.wait()

        office.bus.answer = dialog
        asking = [
            asyncio.create_task(office.manager.analyse(who, b"jpeg", {"identify": True}))
            for who in (AS_ALICE, AS_ALICE, AS_BOB, AS_BOB)
        ]
        while [asked.action for asked in office.bus.asked].count(Right.MANAGE_OTHERS) < len(asking):
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
