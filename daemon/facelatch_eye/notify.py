"""What systemd and a daemon of ours say to each other: readiness, watchdog, and sockets handed over at the start.

Eye and judge both speak through it; it imports nothing of ours.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import Final

log = logging.getLogger(__name__)

_FIRST_SOCKET: Final = 3


class HandoverError(Exception):
    """The service manager handed over something else than the listening sockets that were expected."""


def tell(state: str) -> None:
    """Send a line such as `READY=1` to the service manager, where there is one (sd_notify(3)).

    One that cannot be reached is logged and is no error: what follows from its silence is the manager's to decide.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
            connection.sendto(state.encode(), address)
    except OSError as error:
        log.warning("the service manager cannot be told %s: %s", state, error.strerror or error)


def watchdog_interval() -> float | None:
    """Return how often, in seconds, `WATCHDOG=1` is to be sent: a third of what the manager allows; None for never."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 3e6 if microseconds.isdecimal() and int(microseconds) else None


def handed_sockets(*wanted: str) -> dict[str, socket.socket]:
    """Return the listening sockets that the service manager opened for us, by name (sd_listen_fds_with_names(3)).

    Empty where it opened none for this process. Raises `HandoverError` where they are not exactly the wanted ones, or
    one is no listening Unix stream socket. Where only one is wanted, it may have any name.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    count = os.environ.get("LISTEN_FDS", "0")
    if count != str(len(wanted)):
        raise HandoverError(f"LISTEN_FDS={count}: expected {len(wanted)} ({', '.join(wanted)})")
    names = os.environ.get("LISTEN_FDNAMES", "").split(":") if len(wanted) > 1 else list(wanted)
    if sorted(names) != sorted(wanted):
        raise HandoverError(f"LISTEN_FDNAMES={':'.join(names)}: expected {', '.join(wanted)} (FileDescriptorName=)")
    return {name: _listening_socket(_FIRST_SOCKET + offset) for offset, name in enumerate(names)}


def _listening_socket(descriptor: int) -> socket.socket:
    try:
        handed = socket.socket(fileno=descriptor)
        listens = bool(handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError as error:
        raise HandoverError(f"descriptor {descriptor} is no socket ({error.strerror})") from error
    if not listens or handed.family != socket.AF_UNIX or handed.type != socket.SOCK_STREAM:
        raise HandoverError(f"descriptor {descriptor} is no listening Unix stream socket")
    handed.set_inheritable(False)
    return handed
