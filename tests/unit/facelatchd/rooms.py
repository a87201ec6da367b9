"""A judge's house with a real store and a fake eye."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from facelatch_models.pack import Pack
from facelatchd.clerk import Clerk
from facelatchd.door import Door
from facelatchd.house import House
from facelatchd.judge import listen
from facelatchd.settings import Settings
from facelatchd.store import Store, User
from facelatchd.watcher import Watcher
from tests.unguarded import UNGUARDED
from tests.unit.facelatchd.fake_eye import FakeEye, serving
from tests.unit.facelatchd.seen import MANIFEST, PACK, unit
from tests.unit.facelatchd.written import parse_settings

ME = User(pwd.getpwuid(os.getuid()).pw_name, os.getuid())

SETTINGS = f"""{UNGUARDED}[class.unlock]
services = ["swaylock"]
seconds = 1.0
no_face_seconds = 0.5
[class.elevate]
services = ["sudo"]
seconds = 1.0
no_face_seconds = 0.5
"""


class HouseWithPack(House):
    """A house whose pack is made up."""

    async def chosen(self) -> Pack:
        return PACK


@dataclass
class Rooms:
    """Everything a test may want to touch."""

    folder: Path
    eye: FakeEye = field(default_factory=FakeEye)
    settings: Settings = field(default_factory=lambda: parse_settings(SETTINGS.encode(), "settings"))

    wants_password: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The store, opened anew where a house has been left and has closed it."""
        if self._store is None:
            self._store = Store.open(self.folder / "facelatch.db", bytes(32))
        return self._store

    def enrol(self, user: User = ME) -> None:
        """Enrol `unit()` for a user."""
        self.store.add_face(user, "made up", MANIFEST.id, MANIFEST.space, "made-up", [unit()] * 3)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[House]:
        """Serve eye and door."""
        house = self.house()
        async with serving(self.eye, self.folder / "eye.sock"):
            door = Door(house)
            server = await door.serve(listen(self.folder / "door.sock"))
            try:
                yield house
            finally:
                server.close()
                await door.close(patience=1.0)
                await house.clerk.do(self.store.close)
                house.clerk.close()
                self._store = None

    def house(self) -> House:
        """Return the house that the rooms are in."""
        watcher = Watcher(self.folder / "eye.sock")
        return HouseWithPack(
            Clerk(self.store), watcher, lambda: self.settings, wants_password=lambda: self.wants_password
        )

    async def door(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the door's socket."""
        return await asyncio.open_unix_connection(self.folder / "door.sock")

    async def say(self, *lines: bytes) -> list[bytes]:
        """Send lines to the door's socket and return all that comes back."""
        return await self._send("door.sock", lines)

    async def _send(self, name: str, lines: Sequence[bytes]) -> list[bytes]:
        """Return what comes back; a side that hangs up before it has read all resets the connection behind it."""
        loop = asyncio.get_running_loop()
        answer = b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, contextlib.suppress(ConnectionError):
            connection.setblocking(False)
            await loop.sock_connect(connection, str(self.folder / name))
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(connection, b"".join(lines))
            async with asyncio.timeout(10):
                while chunk := await loop.sock_recv(connection, 65536):
                    answer += chunk
        return answer.splitlines()
