"""A judge's house whose admin socket anybody a test names may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from facelatch.admin import Answer, Failed, Request
from facelatch.types import Band, Reason, Verdict
from facelatch_eye.messages import View
from facelatchd import admin as admin_module
from facelatchd import house as house_module
from facelatchd.bouncer import Caller
from facelatchd.store import Attempt, User
from tests.unit.facelatchd.rooms import Rooms
from tests.unit.facelatchd.seen import face, seen, unit

ALICE = User("alice", 4711)
BOB = User("bob", 4712)
ROOT = Caller(pid=1, uid=0)
AS_ALICE = Caller(pid=1, uid=ALICE.uid)
USER = seen(View.CLEAR, face(unit(0.95)))
STRANGER = seen(View.CLEAR, face(unit(0.0)))


class Office:
    """The rooms, an admin socket in them, and whoever asks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rooms = Rooms(folder)
        self.caller = ROOT
        accounts = {user.name: user for user in (ALICE, BOB)}
        monkeypatch.setattr(house_module, "find_user", accounts.get)
        monkeypatch.setattr(admin_module, "peer_of", lambda connection: self.caller)

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def inside() -> None:
            async with self.rooms.serving():
                await work()

        asyncio.run(inside())

    def asked(self, *requests: Request | bytes) -> list[Answer]:
        """All answers to these messages, sent over one connection."""
        answers: list[Answer] = []

        async def work() -> None:
            answers.extend(await self.rooms.ask(*requests))

        self.run(work)
        return answers

    def refused(self, *requests: Request | bytes) -> Failed:
        answer = self.asked(*requests)[-1]
        assert isinstance(answer, Failed)
        return answer


def attempt(service: str) -> Attempt:
    return Attempt(
        user="alice", service=service, verdict=Verdict.MISMATCH, reason=Reason.ANOTHER_FACE, band=Band.FAR,
        started=datetime(2024, 5, 1, tzinfo=UTC), seconds=1.5, frames=8, camera="made-up",
    )  # fmt: skip
