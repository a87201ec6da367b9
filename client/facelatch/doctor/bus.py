"""Questions to others on the system bus: who is there, and who sits at the computer."""

from __future__ import annotations

import struct
from typing import Final, Protocol, TypeVar

from jeepney import AuthenticationError, DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

PATIENCE: Final = 3.0
"""Seconds for one answer."""

THE_BUS: Final = "org.freedesktop.DBus"

_UNREADABLE: Final = (ValueError, KeyError, IndexError, TypeError, AssertionError, struct.error, RuntimeError)
"""What jeepney raises for an address that it cannot use, and for bytes that are no message."""


Kind = TypeVar("Kind")


class BusDown(ConnectionError):
    """There is no bus at the address, or what is there gives no answer."""


class CallFailed(Exception):
    """A call was answered with an error; `name` is the error's on the bus."""

    def __init__(self, name: str, text: str) -> None:
        # Some services answer with a whole traceback.
        super().__init__((text.splitlines() or [name])[0][:120])
        self.name = name


class Bus(Protocol):
    """The system bus."""

    def call(self, service: str, path: str, interface: str, method: str, *arguments: object) -> tuple[object, ...]:
        """Call a method and return its results; arguments are texts (s) and numbers (u).

        Raises `BusDown`, and `CallFailed` for an error in reply.
        """


class SystemBus:
    """The bus at an address, by default the system's."""

    def __init__(self, address: str = "") -> None:
        self._address = address or "SYSTEM"

    def call(self, service: str, path: str, interface: str, method: str, *arguments: object) -> tuple[object, ...]:
        """Call a method over a connection of its own, which takes under a millisecond to open; see `Bus`."""
        signature = "".join("s" if isinstance(argument, str) else "u" for argument in arguments)
        message = new_method_call(DBusAddress(path, service, interface), method, signature or None, arguments)
        try:
            with open_dbus_connection(self._address, auth_timeout=PATIENCE) as connection:
                reply = connection.send_and_get_reply(message, timeout=PATIENCE)
        except (OSError, AuthenticationError, *_UNREADABLE) as error:
            raise BusDown(getattr(error, "strerror", None) or str(error) or type(error).__name__) from error
        if reply.header.message_type is MessageType.error:
            text = reply.body[0] if reply.body and isinstance(reply.body[0], str) else ""
            raise CallFailed(reply.header.fields.get(HeaderFields.error_name, ""), text)
        return tuple(reply.body)


def properties(bus: Bus, service: str, path: str, interface: str) -> dict[str, object]:
    """Return the values of an object's properties; raises what `Bus.call` raises."""
    found = _one(bus.call(service, path, THE_BUS + ".Properties", "GetAll", interface), dict)
    return {name: value[1] for name, value in found.items()}


def names(bus: Bus) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that are owned, and those that the bus can start; raises `BusDown`, `CallFailed`."""
    owned = _one(bus.call(THE_BUS, "/org/freedesktop/DBus", THE_BUS, "ListNames"), list)
    startable = _one(bus.call(THE_BUS, "/org/freedesktop/DBus", THE_BUS, "ListActivatableNames"), list)
    return frozenset(owned), frozenset(startable)


def _one(results: tuple[object, ...], kind: type[Kind]) -> Kind:
    """Return the only result of a call, if it is of its kind; else raises `BusDown`."""
    match results:
        case (result,) if isinstance(result, kind):
            return result
    raise BusDown(f"an answer that means nothing: {results!r:.80}")
