"""What systemd and the judge say to each other: readiness, watchdog, and sockets handed over at the start."""

from __future__ import annotations

import os
import socket
from typing import Final

_FIRST_SOCKET: Final = 3


def tell(state: str) -> bool:
    """Send a line such as `READY=1` to the service manager; False where there is none (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.sendto(state.encode(), address)
    return True


def watchdog_interval() -> float | None:
    """Return how often, in seconds, `WATCHDOG=1` is to be sent: a third of what the manager allows; None for never."""
    if os.environ.get("WATCHDOG_PID") not in (None, str(os.getpid())):
        return None
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 3e6 if microseconds.isdigit() else None


def handed_sockets() -> dict[str, socket.socket]:
    """Return the listening sockets the service manager opened for us, by name (sd_listen_fds(3))."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return {}
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    count = int(os.environ.get("LISTEN_FDS", "0"))
    handed = {}
    for offset in range(count):
        descriptor = _FIRST_SOCKET + offset
        os.set_inheritable(descriptor, False)
        name = names[offset] if offset < len(names) else str(offset)
        handed[name] = socket.socket(fileno=descriptor)
    return handed
