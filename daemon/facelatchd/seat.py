"""Asks logind who sits at this machine and where a process belongs, anew for each request."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Protocol

from gi.repository import Gio, GLib

from facelatch.types import Reason
from facelatchd.bouncer import Caller
from facelatchd.helper import Agent, agent_of
from facelatchd.place import Kind, Place, Session
from facelatchd.refusal import Refused

PATIENCE: Final = 1.0
"""Seconds that logind gets for everything; with two seats, played by python-dbusmock, it took 8 ms (95 %: under 14)."""

LOGIND: Final = "org.freedesktop.login1"
ROOT: Final = "/org/freedesktop/login1"
MANAGER: Final = f"{LOGIND}.Manager"
_SEAT: Final = f"{LOGIND}.Seat"
SESSION: Final = f"{LOGIND}.Session"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_USER: Final = f"{LOGIND}.User"
_NO_SESSION: Final = f"{LOGIND}.NoSessionForPID"
_NO_USER: Final = f"{LOGIND}.NoUserForPID"
SYSTEMD: Final = "org.freedesktop.systemd1"
_NO_UNIT: Final = frozenset({f"{SYSTEMD}.NoUnitForPID", "org.freedesktop.DBus.Error.ServiceUnknown"})
"""What is said of a process in no unit, and where there are no units: logind may be elogind's."""

_NOWHERE: Final = "/"
"""The path of what there is none of."""


class Asking(Protocol):
    """The bus, as far as it is needed here."""

    async def call(
        self, name: str, path: str, interface: str, method: str, arguments: GLib.Variant, seconds: float = ...
    ) -> Any:
        """Call a method and return its answer; raises `GLib.Error`, or `TimeoutError` after so many seconds."""


class Seat:
    """Who sits at this machine. It remembers nothing: between two requests somebody may have left."""

    def __init__(self) -> None:
        self._bus: Asking | None = None

    def use(self, bus: Asking | None) -> None:
        """Ask over this bus from now on; None where there is none."""
        self._bus = bus

    async def place(self, caller: Caller) -> Place:
        """Return the place of a request; raises `Refused` where logind does not tell all of it within `PATIENCE`."""
        async with self._asking() as logind:
            with _held(caller.pid):
                return await _ask(logind, caller)

    async def front(self) -> Place:
        """Return who sits at this machine, and whether its lid is closed, for nobody who asks; raises as `place`."""
        async with self._asking() as logind:
            front, lid_closed = await asyncio.gather(logind.front(), logind.lid_is_closed())
            return Place(None, front, lid_closed)

    @contextlib.asynccontextmanager
    async def _asking(self) -> AsyncIterator[_Logind]:
        """Ask logind in the block; raises `Refused` where there is none, or it does not tell all within `PATIENCE`."""
        if self._bus is None:
            raise _unknown("there is no bus over which logind could be asked")
        try:
            async with asyncio.timeout(PATIENCE):
                yield _Logind(self._bus)
        except TimeoutError as error:
            raise _unknown(f"logind has not answered within {PATIENCE:g} s") from error
        except GLib.Error as error:
            raise _unknown(f"logind: {error.message}") from error
        except (KeyError, ValueError, TypeError) as error:
            raise _unknown(f"logind answers what it should not: {error!r}") from error


class _Logind:
    """What logind is asked."""

    def __init__(self, bus: Asking) -> None:
        self._bus = bus

    async def session_of(self, pid: int) -> Session | None:
        """Return the session that a process is in, None where it is in none."""
        try:
            (path,) = await self._manager("GetSessionByPID", GLib.Variant("(u)", (pid,)))
        except GLib.Error as error:
            if Gio.DBusError.get_remote_error(error) == _NO_SESSION:
                return None
            raise
        return await self._session(path)

    async def user_of(self, pid: int) -> int | None:
        """Return the uid of the user in whose slice a process is, None where it is in nobody's."""
        try:
            (path,) = await self._manager("GetUserByPID", GLib.Variant("(u)", (pid,)))
        except GLib.Error as error:
            if Gio.DBusError.get_remote_error(error) == _NO_USER:
                return None
            raise
        return int(await self._get(path, _USER, "UID"))

    async def unit_of(self, pid: int) -> str:
        """Return the name of the unit that a process is in, empty where it is in none; systemd itself is asked."""
        arguments = GLib.Variant("(u)", (pid,))
        try:
            (path,) = await self._bus.call(
                SYSTEMD, "/org/freedesktop/systemd1", f"{SYSTEMD}.Manager", "GetUnitByPID", arguments, PATIENCE
            )
        except GLib.Error as error:
            if Gio.DBusError.get_remote_error(error) in _NO_UNIT:
                return ""
            raise
        return str(await self._get(path, f"{SYSTEMD}.Unit", "Id", of=SYSTEMD))

    async def front(self) -> tuple[Session, ...]:
        """Return the session of each seat that its screen and camera are given to now."""
        (seats,) = await self._manager("ListSeats")
        found = await asyncio.gather(*(self._active_of(path) for _id, path in seats))
        return tuple(session for session in found if session is not None and session.in_front)

    async def lid_is_closed(self) -> bool:
        """Return whether the lid is closed; a machine without one has it open."""
        return bool(await self._get(ROOT, MANAGER, "LidClosed"))

    async def _active_of(self, seat: str) -> Session | None:
        _id, path = await self._get(seat, _SEAT, "ActiveSession")
        return None if path == _NOWHERE else await self._session(path)

    async def _session(self, path: str) -> Session:
        arguments = GLib.Variant("(s)", (SESSION,))
        (known,) = await self._bus.call(LOGIND, path, PROPERTIES, "GetAll", arguments, PATIENCE)
        uid, _user = known["User"]
        seat, _seat = known["Seat"]
        return Session(
            id=known["Id"],
            uid=uid,
            kind=Kind.of(known["Class"]),
            seat=seat,
            console=known["VTNr"],
            active=known["Active"],
            remote=known["Remote"],
            locked=known["LockedHint"],
        )

    async def _manager(self, method: str, arguments: GLib.Variant | None = None) -> Any:
        nothing = GLib.Variant("()", ())
        return await self._bus.call(LOGIND, ROOT, MANAGER, method, arguments or nothing, PATIENCE)

    async def _get(self, path: str, interface: str, name: str, *, of: str = LOGIND) -> Any:
        arguments = GLib.Variant("(ss)", (interface, name))
        (value,) = await self._bus.call(of, path, PROPERTIES, "Get", arguments, PATIENCE)
        return value


async def _ask(logind: _Logind, caller: Caller) -> Place:
    """Ask everything at once; and who asks, where no session says so."""
    session, front, lid_closed = await asyncio.gather(
        logind.session_of(caller.pid), logind.front(), logind.lid_is_closed()
    )
    if session is not None:
        return Place(session, front, lid_closed)
    asker = await logind.user_of(caller.pid)
    if asker is None and caller.is_root and (agent := agent_of(await logind.unit_of(caller.pid))) is not None:
        session, asker = await _session_of_agent(logind, agent), agent.uid
    return Place(session, front, lid_closed, asker)


async def _session_of_agent(logind: _Logind, agent: Agent) -> Session | None:
    """Return the session from which polkit's helper was asked, None where the agent is in none, as a user's service is.

    Raises `Refused` where the agent has ended: its number may be anybody's then.
    """
    with _held(agent.pid, agent.pidfd):
        session = await logind.session_of(agent.pid)
    if session is not None and session.uid != agent.uid:
        raise _unknown(f"process {agent.pid}, which asks polkit, is uid {agent.uid}'s in a session of {session.uid}'s")
    return session


@contextlib.contextmanager
def _held(pid: int, pidfd: int = 0) -> Iterator[None]:
    """Raise `Refused` unless the process lives from before the block to its end: its number was nobody else's then.

    `pidfd` is the inode that its descriptor must have, 0 where that is not known.

    A number that is none of a process's is refused too: with 0 logind would tell of whoever asks, which is the judge.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except OSError as error:
        raise _unknown(f"process {pid}, which asks: {error.strerror}") from error
    try:
        if pidfd and os.fstat(descriptor).st_ino != pidfd:
            raise _unknown(f"process {pid} is not the one that asked: that has ended")
        yield
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        if ended.poll(0):
            raise _unknown(f"process {pid}, which asked, has ended")
    finally:
        os.close(descriptor)


def _unknown(text: str) -> Refused:
    return Refused(Reason.NOT_AT_SEAT, text)
