"""Who is asking: peer credentials, never claims; and whom he may ask about."""

from __future__ import annotations

import pwd
import socket
import struct
from collections.abc import Callable
from typing import Final, TypeVar

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
