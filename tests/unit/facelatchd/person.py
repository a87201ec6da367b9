"""Somebody at the door, and what becomes of a verification before him."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from facelatch.types import Reason
from facelatch_eye.messages import Watch
from facelatchd.bouncer import Caller
from facelatchd.house import House
from facelatchd.verification import Ask, Outcome, Verification
from tests.unit.facelatchd.rooms import ME, Rooms

ASK = Ask(caller=Caller(pid=1, uid=0), user=ME.name, service="swaylock", seconds=5.0)
SUDO = msgspec.structs.replace(ASK, service="sudo", can_ask=True)


class Person:
    """Somebody at the door who hears everything and approves when he is asked, after a while."""

    def __init__(self, approves: bool = True, after: float = 0.0) -> None:
        self.heard: list[str] = []
        self._approves = approves
        self._after = after

    async def tell(self, text: str, *, wanted: bool = False) -> None:
        self.heard.append(text)

    async def approve(self, ask: Ask) -> bool:
        await asyncio.sleep(self._after)
        return self._approves


def run(rooms: Rooms, work: Callable[[House], Awaitable[None]]) -> None:
    """Do something in the house while eye and door are served."""

    async def inside() -> None:
        async with rooms.serving() as house:
            await work(house)

    asyncio.run(inside())


def outcome_of(
    rooms: Rooms, ask: Ask = ASK, person: Person | None = None, change: Callable[[House], House] = lambda house: house
) -> Outcome:
    """Return how a verification ends."""
    outcomes: list[Outcome] = []

    async def work(house: House) -> None:
        outcomes.append(await Verification(change(house), ask, person or Person()).run())

    run(rooms, work)
    return outcomes[0]


def recorded(rooms: Rooms) -> list[Reason]:
    """The reasons in the history, newest first."""
    return [attempt.reason for attempt in rooms.store.attempts(ME.name, 10)]


def watched(rooms: Rooms) -> Watch:
    """The one look that the eye was asked for."""
    (request,) = rooms.eye.looks
    assert isinstance(request, Watch)
    return request
