"""The address of the message bus that the daemon is on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

VARIABLE: Final = "FACELATCH_BUS"
"""The environment variable that names another bus than the system's, where nothing else does."""

SYSTEM_BUS: Final = "unix:path=/var/run/dbus/system_bus_socket"

CHECK: Final = f"is it running there? check --bus / {VARIABLE}"
"""The advice where nobody answers at an address that somebody gave."""

REMEDY: Final = "give it as unix:path=FILE"


def given_address(address: str = "") -> str:
    """Return the address given, else that of the environment; empty for the system's bus."""
    return address or os.environ.get(VARIABLE, "")


def system_address() -> str:
    """Return the address of the system's bus."""
    return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "") or SYSTEM_BUS


def is_system_bus(address: str) -> bool:
    """Whether an address, empty or in other words, means the system's bus."""
    ours = [os.path.realpath(path) for path in socket_paths(system_address())]
    return not address or any(os.path.realpath(path) in ours for path in socket_paths(address))


def socket_paths(address: str) -> Iterator[str]:
    """Yield the sockets of a bus address, which may name several; other transports are left out.

    An address that yields none is of no use here: it is no D-Bus address, or not one of a Unix socket.
    """
    for one in os.fsencode(address).split(b";"):
        transport, _, rest = one.partition(b":")
        keys = dict(pair.partition(b"=")[::2] for pair in rest.split(b","))
        if transport == b"unix" and keys.get(b"path"):
            yield os.fsdecode(unquote_to_bytes(keys[b"path"]))
        elif transport == b"unix" and keys.get(b"abstract"):
            yield "\0" + os.fsdecode(unquote_to_bytes(keys[b"abstract"]))
