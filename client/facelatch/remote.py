"""One object of the daemon's: typed questions, and its signals."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Final, TypeVar

import msgspec
from jeepney import DBusAddress, MessageFlag, new_method_call

from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.wire import BUS_NAME, PATIENCE, Body, Signals, Wire

MANAGER: Final = "/org/facelatch/Manager"
DEFAULT_CAMERA: Final = "/org/facelatch/Camera/default"

PASSWORD_PATIENCE: Final = 150.0
"""Seconds that an answer may take for which somebody may have to type a password."""

PICTURE_PATIENCE: Final = 60.0
"""Seconds that the answer to a picture may take."""

FRAME_PATIENCE: Final = 30.0
"""Seconds that a frame may take to come: the first one waits for the eye to start and the camera to open."""

SILENCE: Final = 60.0
"""Seconds without a signal after which a daemon that should be looking is given up: a look is over long before."""

FAREWELL_PATIENCE: Final = 2.0

Answer = TypeVar("Answer")


class Remote:
    """An object of the daemon's on a wire."""

    def __init__(self, wire: Wire, path: str, interface: str) -> None:
        self._wire = wire
        self._address = DBusAddress(path, BUS_NAME, interface)

    async def ask(
        self, kind: type[Answer], member: str, signature: str = "", *arguments: object, patience: float = PATIENCE
    ) -> Answer:
        """Call a method and return its values as a tuple of this kind.

        A password may be asked for meanwhile. Raises `BusError`, `DaemonUnreachable`, `ProtocolBroken`, and
        `ValueError` for an argument that cannot travel.
        """
        if any(isinstance(argument, str) and "\0" in argument for argument in arguments):
            raise ValueError(f"{member}: text with a zero byte cannot be sent")  # the bus would throw us out for it
        message = new_method_call(self._address, member, signature or None, arguments)
        message.header.flags = MessageFlag.allow_interactive_authorization
        return read(await self._wire.call(message, patience), kind, member)

    async def begin(self, start: str, end: str, signature: str, *arguments: object) -> None:
        """Call a method that begins something and may ask for a password.

        Where no answer is waited for any more it may have begun all the same, and is ended. Where it was refused it is
        not: that would end something else that this client runs.
        """
        try:
            await self.ask(tuple[()], start, signature, *arguments, patience=PASSWORD_PATIENCE)
        except BusError:
            raise
        except BaseException:
            await self.end(end)
            raise

    async def end(self, member: str) -> None:
        """Call a method that ends something, whatever comes of it.

        The call itself has been sent in any case, and what it ends goes with the connection at the latest.
        """
        with contextlib.suppress(BusError, DaemonUnreachable, ProtocolBroken):
            await self.ask(tuple[()], member, patience=FAREWELL_PATIENCE)

    def listen(self, member: str) -> AbstractContextManager[Signals]:
        """Collect the object's signals of a name for as long as the context lasts."""
        return self._wire.listen(self._address.object_path, member)


def read(values: Body, kind: type[Answer], what: str) -> Answer:
    """Return values that travelled as what they should be; fields that this version does not know are left out.

    Raises `ProtocolBroken` for anything else.
    """
    try:
        return msgspec.convert(values, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ProtocolBroken(f"{what}: not what the contract says: {error}") from error
