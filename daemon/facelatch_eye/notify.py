"""What systemd and the eye say to each other: readiness, watchdog, and the socket handed over at the start.

The judge has the like of it; the eye imports nothing of the judge's but the messages it owns.
"""

from __future__ import annotations

import os
import socket
from typing import Final

_FIRST_SOCKET: Final = 3


class HandoverError(Exception):
    """The service manager handed over something else than one listening socket."""


def tell(state: str) -> None:
    """Send a line such as `READY=1` to the service manager, where there is one (sd_notify(3)); raises `OSError`."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.sendto(state.encode(), address)


def watchdog_interval() -> float | None:
    """Return how often, in seconds, `WATCHDOG=1` is to be sent: a third of what the manager allows; None for never."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 3e6 if microseconds.isdigit() and int(microseconds) else None


def handed_socket() -> socket.socket | None:
    """Return the listening socket that the service manager opened for us (sd_listen_fds(3)), None where it did not.

    Raises `HandoverError` where it handed over several, or one that is no listening Unix stream socket.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = os.environ.get("LISTEN_FDS", "0")
    if count != "1":
        raise HandoverError(f"LISTEN_FDS={count}: expected one socket (see facelatch-eye.socket)")
    try:
        handed = socket.socket(fileno=_FIRST_SOCKET)
        listens = bool(handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError as error:
        raise HandoverError(f"descriptor {_FIRST_SOCKET} is no socket ({error.strerror})") from error
    if not listens or handed.family != socket.AF_UNIX or handed.type != socket.SOCK_STREAM:
        raise HandoverError(f"descriptor {_FIRST_SOCKET} is no listening Unix stream socket")
    handed.set_inheritable(False)
    return handed
