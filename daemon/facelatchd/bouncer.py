"""Who is asking: peer credentials, never claims; and whom he may ask about."""

from __future__ import annotations

import os
import pwd
import socket
import struct
from typing import Final

import msgspec

from facelatchd.store import User

_CREDENTIALS: Final = struct.Struct("3i")
LONGEST_NAME: Final = 256


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

    def may_change(self, user: User) -> bool:
        """Whether the caller may enrol and remove faces without more ado.

        Not everybody for himself: a program that runs as the user would enrol a face of its choice and pass `sudo`
        with it. Asking for the password is polkit's work, on the bus; until then it takes root, or the account that
        the judge itself runs as (a developer's own judge, whose files are his anyway).
        """
        del user
        return self.is_root or self.uid == os.geteuid()


def peer_of(connection: socket.socket) -> Caller:
    """Return who is at the other end of a connected Unix socket."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _gid = _CREDENTIALS.unpack(raw)
    return Caller(pid, uid)


def find_user(name: str) -> User | None:
    """Return the account of that name, None where there is none. May wait for the network (LDAP): call in a thread."""
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        return None
    try:
        return User(name, pwd.getpwnam(name).pw_uid)
    except KeyError:
        return None
