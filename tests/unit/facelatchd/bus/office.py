"""A judge's bus room on a bus that is none: a test sees what goes out, says what polkit answers, and who leaves."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gi.repository import GLib

from facelatch.types import Band, Reason, Refusal, Verdict
from facelatchd import house as house_module
from facelatchd.bouncer import Caller
from facelatchd.bus.adapter import Bus, BusLost, Call
from facelatchd.bus.authority import Authority, Right
from facelatchd.bus.camera import Camera
from facelatchd.bus.faults import Fault, reason_of
from facelatchd.bus.manager import Manager
from facelatchd.bus.people import People
from facelatchd.bus.roster import Roster
from facelatchd.choices import Choices
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.settings import SettingsError
from facelatchd.store import Attempt, User
from facelatchd.watcher import EyeError
from tests.unit.facelatchd.rooms import SETTINGS, Rooms

ALICE = User("alice", 4711)
BOB = User("bob", 4712)
ROOT = User("root", 0)

AS_ROOT = Call(":1.0", Caller(pid=1, uid=0), interactive=True)
AS_ALICE = Call(":1.1", Caller(pid=11, uid=ALICE.uid), interactive=True)
AS_BOB = Call(":1.2", Caller(pid=12, uid=BOB.uid), interactive=True)

OWN_ACCOUNT = 4799
"""Whom the judge runs as in these tests: none of the callers."""


@dataclass(frozen=True)
class Told:
    """One signal that went out."""

    receiver: str
    path: str
    signal: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Asked:
    """One question to polkit."""

    sender: str
    action: Right
    interactive: bool
    number: str


class FakeBus(Bus):
    """Answers for polkit: `allowed` is what everybody may, and `answer` does something else where it is set."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self.told: list[Told] = []
        self.asked: list[Asked] = []
        self.taken_back: list[str] = []
        self.closed = asyncio.Event()
        """Whether dialogs close when a question is taken back."""
        self.closed.set()
        self.published: dict[str, object] = {}
        self.allowed: set[Right] = set(Right)
        self.possible = False
        self.details: dict[str, str] = {}
        self.answer: Callable[[], Awaitable[None]] | None = None
        self.gone: set[str] = set()
        self.heard: dict[tuple[str, str, str, str], Callable[[Any], None]] = {}
        self._watched: dict[int, tuple[str, Callable[[], None]]] = {}
        self._numbers = 0
        self._begun: set[asyncio.Task[None]] = set()

    @property
    def watched(self) -> list[str]:
        """Whose leaving is watched for."""
        return [sender for sender, _gone in self._watched.values()]

    def leave(self, sender: str) -> None:
        """Let somebody leave the bus."""
        self.gone.add(sender)
        for watched, gone in list(self._watched.values()):
            if watched == sender:
                gone()

    async def call(
        self, name: str, path: str, interface: str, method: str, arguments: GLib.Variant, seconds: float = 5.0
    ) -> Any:
        assert name == "org.freedesktop.PolicyKit1"
        if method == "CancelCheckAuthorization":
            self.taken_back.extend(arguments.unpack())
            await self.closed.wait()
            return ()
        assert method == "CheckAuthorization"
        (_kind, subject), action, _details, flags, number = arguments.unpack()
        asked = Asked(subject["name"], Right(action), bool(flags & 1), number)
        self.asked.append(asked)
        async with asyncio.timeout(seconds):
            if self.answer is not None:
                await self.answer()
        return ((asked.action in self.allowed, self.possible, self.details),)

    async def caller(self, sender: str) -> Caller:
        await asyncio.sleep(0)
        if sender in self.gone:
            raise BusLost(f"{sender} is not known to the bus")
        return Caller(pid=1, uid=1)

    def watch_leaving(self, sender: str, gone: Callable[[], None]) -> int:
        self._numbers += 1
        self._watched[self._numbers] = sender, gone
        return self._numbers

    def listen(self, sender: str, path: str, interface: str, signal: str, heard: Callable[[Any], None]) -> None:
        place = (sender, path, interface, signal)
        others = self.heard.get(place, lambda _arguments: None)
        self.heard[place] = lambda arguments: (others(arguments), heard(arguments))

    def forget(self, number: int) -> None:
        self._watched.pop(number, None)

    def publish(self, path: str, served: object, interface: str) -> Callable[[], None]:
        assert path not in self.published
        self.published[path] = served
        return lambda: self.published.__delitem__(path)

    def tell(self, receiver: str, path: str, interface: str, signal: str, *values: tuple[str, Any]) -> None:
        self.told.append(Told(receiver, path, signal, tuple(value for _signature, value in values)))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)


class Office:
    """The rooms, and the objects that stand on the bus. Alice and Bob have accounts; polkit allows them everything."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rooms = Rooms(folder)
        (folder / "facelatch.toml").write_text(SETTINGS)
        self.choices = Choices(folder / "facelatch.toml", folder / "choices.toml")
        self.authority = Authority(60.0)
        accounts = {user.name: user for user in (ALICE, BOB, ROOT)}
        monkeypatch.setattr(house_module, "find_user", accounts.get)
        monkeypatch.setattr(house_module, "find_user_of", {user.uid: user for user in accounts.values()}.get)
        monkeypatch.setattr("os.geteuid", lambda: OWN_ACCOUNT)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Open the rooms; everything here is there only meanwhile."""
        async with self.rooms.serving() as served:
            self.bus = FakeBus()
            self.house: House = dataclasses.replace(
                served, settings=lambda: self.choices.settings, wants_password=lambda: self.authority.asks_for_password
            )
            people = People(self.house, self.authority, self.bus)
            self.roster = Roster(self.house, people, self.bus)
            self.manager = Manager(self.house, people, self.roster, self.choices)
            self.camera: Camera = next(iter(self.roster))
            try:
                yield
            finally:
                await asyncio.gather(*(camera.end() for camera in self.roster))

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something while the rooms are open."""

        async def inside() -> None:
            async with self.serving():
                await work()

        asyncio.run(inside())

    async def heard(self, result: str) -> Told:
        """Wait for a signal with this result; it must be one that nobody else got."""
        async with asyncio.timeout(10):
            while not (found := [told for told in self.bus.told if told.values[0] == result]):
                await asyncio.sleep(0.005)
        return found[0]

    async def end(self) -> Told:
        """Wait for the signal that something is over."""
        async with asyncio.timeout(10):
            while not (found := [told for told in self.bus.told if told.values[1] is True]):
                await asyncio.sleep(0.005)
        return found[0]

    async def eye_is_left(self) -> None:
        """Wait until nobody looks any more."""
        async with asyncio.timeout(5):
            while self.rooms.eye.open:
                await asyncio.sleep(0.005)


def attempt(service: str, user: User = ALICE, when: datetime = datetime(2024, 5, 1, tzinfo=UTC)) -> Attempt:
    """A mismatch that is to stand in the history."""
    return Attempt(
        user=user.name, service=service, verdict=Verdict.MISMATCH, reason=Reason.ANOTHER_FACE, band=Band.FAR,
        started=when, seconds=1.5, frames=8, camera="made-up",
    )  # fmt: skip


async def refused(work: Awaitable[Any]) -> tuple[Reason | Refusal | None, str]:
    """Return for what reason something is refused, and what the caller is told."""
    with pytest.raises((Refused, EyeError, Fault, SettingsError)) as error:
        await work
    return reason_of(error.value), str(error.value)
