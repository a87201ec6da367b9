"""Enrolments before a made-up eye."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from facelatch_eye.messages import Answer, Opened
from facelatchd.bouncer import Caller
from facelatchd.enrolment import BRISK, Enrolment, Patience, Progress
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.store import FaceRecord, StoreError
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.rooms import ME, Rooms

ROOT = Caller(pid=1, uid=0)
NOT_ROOT = Caller(pid=1, uid=4711)
HASTE = Patience(longest=2.0, stalled=0.2)
"""Patience of somebody who has tests to wait for."""


def inside(rooms: Rooms, work: Callable[[House], Awaitable[None]]) -> None:
    async def run() -> None:
        async with rooms.serving() as house:
            await work(house)

    asyncio.run(run())


def from_camera(
    rooms: Rooms,
    *answers: Answer,
    patience: Patience = BRISK,
    label: str = "plain",
    improves: str = "",
    caller: Caller = ROOT,
    camera: str = "",
    dropped: Sequence[int] = (),
    screen: Screen | None = None,
) -> tuple[FaceRecord, list[Progress]]:
    """Enrol what the eye sees after it has opened its camera."""
    told: list[Progress] = []
    faces: list[FaceRecord] = []
    rooms.eye.answers = answers if isinstance(answers[0], Opened) else (OPENED, *answers)

    async def work(house: House) -> None:
        enrolment = Enrolment(house, caller, ME, label, improves)
        await enrolment.prepare(from_pictures=False)
        await enrolment.watch(camera, patience, told.append, screen)
        faces.append(await enrolment.save(dropped))

    inside(rooms, work)
    return faces[0], told


def from_pictures(
    rooms: Rooms, answers: Sequence[Answer], *, improves: str = "", dropped: Sequence[int] = ()
) -> tuple[FaceRecord, list[Progress]]:
    """Enrol from so many pictures as the eye has answers."""
    told: list[Progress] = []
    faces: list[FaceRecord] = []
    rooms.eye.pictures = list(answers)

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME, "plain", improves)
        await enrolment.prepare(from_pictures=True)
        for number in range(len(answers)):
            progress = await enrolment.add_picture(f"{number}.jpg", b"jpeg")
            assert progress is not None
            told.append(progress)
        faces.append(await enrolment.save(dropped))

    inside(rooms, work)
    return faces[0], told


def refused_before_anything(rooms: Rooms, label: str = "", improves: str = "", pack: str | None = None) -> Exception:
    """Return what `prepare` raises; the camera must not have been opened for it."""
    errors: list[Exception] = []

    async def work(house: House) -> None:
        if pack is not None:
            house = House(house.clerk, house.watcher, house.settings, pack)
        for pictures in (False, True):
            with pytest.raises((Refused, StoreError)) as error:
                await Enrolment(house, ROOT, ME, label, improves).prepare(from_pictures=pictures)
            errors.append(error.value)

    inside(rooms, work)
    assert rooms.eye.requests == []
    assert str(errors[0]) == str(errors[1])
    return errors[0]


def nothing_is_stored(rooms: Rooms) -> bool:
    return rooms.store.faces(ME) == [] and rooms.store.enrolled_users() == 0
