"""Who is asking: peer credentials, never claims; whom he may ask about; and how many may be inside."""

from __future__ import annotations

import asyncio
import contextlib
import pwd
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from facelatchd.store import User

_CREDENTIALS: Final = struct.Struct("iII")
"""`struct ucred`: pid_t is signed, uid_t and gid_t are not."""

LONGEST_NAME: Final = 256

Key = TypeVar("Key", str, int)


class Caller(msgspec.Struct, frozen=True):
    """The process at the other end, as the kernel knows it."""

    pid: int
    uid: int

    @property
    def is_root(self) -> bool:
        """Whether the caller is root."""
        return self.uid == 0

    def may_ask_about(self, user: User) -> bool:
        """Root may ask about anybody, everybody about himself."""
        return self.is_root or self.uid == user.uid


class Crowd:
    """The connections a socket serves at a time: so many in all, so many of one user other than root."""

    def __init__(self, most: int, most_of_one_user: int) -> None:
        self._most = most
        self._most_of_one_user = most_of_one_user
        self._inside: dict[asyncio.Task[Any], Caller] = {}

    @contextlib.contextmanager
    def admit(self, caller: Caller) -> Iterator[bool]:
        """Hold a place for the running task during the block; False where there is none left for this caller."""
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        his = sum(other.uid == caller.uid for other in self._inside.values())
        admitted = len(self._inside) < self._most and (caller.is_root or his < self._most_of_one_user)
        if admitted:
            self._inside[task] = caller
        try:
            yield admitted
        finally:
            self._inside.pop(task, None)

    async def disperse(self, patience: float) -> None:
        """Cancel every task inside, and give them so many seconds to write down what they have seen."""
        inside = list(self._inside)
        for task in inside:
            task.cancel()
        if inside:
            await asyncio.wait(inside, timeout=patience)


def peer_of(connection: socket.socket) -> Caller:
    """Return who is at the other end of a connected Unix socket."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _gid = _CREDENTIALS.unpack(raw)
    return Caller(pid, uid)


def find_user(name: str) -> User | None:
    """Return the account of that name, None where there is none. May wait for the network (LDAP): call in a thread."""
    if not name or len(name) > LONGEST_NAME:
        return None
    return _account(pwd.getpwnam, name)


def find_user_of(uid: int) -> User | None:
    """Return the account of a user id, None where there is none. May wait for the network, as `find_user`."""
    return _account(pwd.getpwuid, uid)


def _account(look_up: Callable[[Key], pwd.struct_passwd], key: Key) -> User | None:
    try:
        account = look_up(key)
        return User(account.pw_name, account.pw_uid)
    except (KeyError, ValueError):
        return None  # ValueError: a NUL, what no locale can write, or a uid that means nobody
