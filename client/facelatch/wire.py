"""A connection to a message bus: calls with their replies, and the signals of the one who owns the daemon's name.

jeepney turns messages into bytes and back. Its routers are left alone: they drop signals that come faster than they are
read, believe any sender, and let waiting readers sleep on when the connection ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
from collections.abc import Iterator
from typing import Final

from jeepney import (
    AuthenticationError,
    DBusAddress,
    Header,
    HeaderFields,
    Message,
    MessageType,
    new_method_call,
)
from jeepney.auth import BEGIN, Authenticator
from jeepney.low_level import (
    Array,
    DictEntry,
    FixedType,
    StringType,
    Struct,
    Variant,
    calc_msg_size,
    parse_signature,
)

from facelatch.address import given_address, socket_paths, system_address
from facelatch.errors import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.types import ERRORS_BY_NAME, Reason, Refusal

BUS_NAME: Final = "org.facelatch"

PATIENCE: Final = 10.0
"""Seconds that an answer may take which needs nobody's password."""

_THE_BUS: Final = "org.freedesktop.DBus"
_THE_BUS_ADDRESS: Final = DBusAddress("/org/freedesktop/DBus", _THE_BUS, _THE_BUS)
_OWNER_RULE: Final = (
    f"type='signal',sender='{_THE_BUS}',interface='{_THE_BUS}',member='NameOwnerChanged',arg0='{BUS_NAME}'"
)

_BUS_ERROR: Final = "org.freedesktop.DBus.Error."
_UNREACHABLE: Final = (
    _BUS_ERROR + "ServiceUnknown",
    _BUS_ERROR + "NameHasNoOwner",
    _BUS_ERROR + "NoReply",
    _BUS_ERROR + "Disconnected",
    _BUS_ERROR + "NoServer",
    _BUS_ERROR + "TimedOut",
    _BUS_ERROR + "Spawn.",
    "org.freedesktop.systemd1.",
)
"""Beginnings of the errors by which the bus says that the daemon is not there and cannot be started."""

_REFUSED_BY_THE_BUS: Final[dict[str, Reason | Refusal]] = {
    _BUS_ERROR + "AccessDenied": Reason.NOT_PERMITTED,
    _BUS_ERROR + "AuthFailed": Reason.NOT_PERMITTED,
    _BUS_ERROR + "InteractiveAuthorizationRequired": Reason.NOT_PERMITTED,
    _BUS_ERROR + "LimitsExceeded": Reason.BUSY,
    _BUS_ERROR + "UnknownObject": Refusal.NO_SUCH_CAMERA,
}

Body = tuple[object, ...]

_UNREADABLE: Final = (ValueError, KeyError, IndexError, TypeError, AssertionError, struct.error, RecursionError)
"""What jeepney raises for bytes that are no message."""


class Signals:
    """The signals of one name and object, in the order they came; those that wait are kept."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Body | ConnectionError] = asyncio.Queue()

    def put(self, signal: Body | ConnectionError) -> None:
        """Add a signal's body, or the error that there will be none any more."""
        self._queue.put_nowait(signal)

    async def next(self) -> Body:
        """Return the next signal's body; raises `DaemonUnreachable` when the daemon has left, and from then on."""
        return self._read(await self._queue.get())

    def waiting(self) -> Iterator[Body]:
        """Yield the signals that came already; raises like `next`."""
        while not self._queue.empty():
            yield self._read(self._queue.get_nowait())

    def _read(self, signal: Body | ConnectionError) -> Body:
        if isinstance(signal, ConnectionError):
            self._queue.put_nowait(signal)
            raise signal
        return signal


class Wire(asyncio.Protocol):
    """A connection to a bus; belongs to the loop it was opened in."""

    def __init__(self) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._sign_in = Authenticator()
        self._received = bytearray()
        self._serials = itertools.count(1)
        self._replies: dict[int, asyncio.Future[tuple[Header, Body]]] = {}
        self._listeners: dict[tuple[str, str], list[Signals]] = {}
        self._owner: str | None = None

    @classmethod
    async def open(cls, address: str = "") -> Wire:
        """Connect and say hello; raises `DaemonUnreachable` where no bus is at the address.

        By default it is that of the environment (FACELATCH_BUS), else the system's.
        """
        address = given_address(address) or system_address()
        trouble = "no address of a Unix socket (unix:path=…)"
        for path in socket_paths(address):
            try:
                async with asyncio.timeout(PATIENCE):
                    return await cls._open(path)
            except TimeoutError:
                trouble = f"it said nothing for {PATIENCE:g} s"
            except OSError as error:
                trouble = error.strerror or str(error)
        raise DaemonUnreachable(f"no bus at {address}: {trouble}")

    @classmethod
    async def _open(cls, path: str) -> Wire:
        _transport, wire = await asyncio.get_running_loop().create_unix_connection(cls, path)
        try:
            await wire.ready
            await wire.call(new_method_call(_THE_BUS_ADDRESS, "Hello"))
            await wire.call(new_method_call(_THE_BUS_ADDRESS, "AddMatch", "s", (_OWNER_RULE,)))
            with contextlib.suppress(DaemonUnreachable):
                (owner,) = await wire.call(new_method_call(_THE_BUS_ADDRESS, "GetNameOwner", "s", (BUS_NAME,)))
                # Where a change was told of in the meantime, that is newer than this.
                wire._owner = str(owner) if wire._owner is None else wire._owner
        except BaseException:
            await wire.close()
            raise
        return wire

    async def close(self) -> None:
        """Leave the bus; whoever still waits hears that the connection has ended."""
        if self._transport is not None:
            self._transport.abort()
        await asyncio.shield(self.lost)  # to give up waiting must not make it look lost

    async def call(self, message: Message, patience: float = PATIENCE) -> Body:
        """Send a call and return its reply's values, free of variants.

        Raises `BusError`, `DaemonUnreachable`, `ProtocolBroken`, also after `patience` seconds without a reply, and
        `ValueError` for a value that cannot travel.
        """
        serial = next(self._serials)
        try:
            content = message.serialise(serial)
        except (struct.error, OverflowError) as error:
            raise ValueError(f"cannot be sent: {error}") from error
        if self._transport is None or self.lost.done():
            raise DaemonUnreachable("the connection to the bus has ended")
        reply: asyncio.Future[tuple[Header, Body]] = asyncio.get_running_loop().create_future()
        self._replies[serial] = reply
        try:
            self._transport.write(content)
            async with asyncio.timeout(patience):
                header, body = await reply
        except TimeoutError:
            member = message.header.fields[HeaderFields.member]
            raise ProtocolBroken(f"no answer to {member} for {patience:g} s") from None
        finally:
            del self._replies[serial]
        if header.message_type is MessageType.error:
            raise _fault(header.fields[HeaderFields.error_name], str(body[0]) if body else "")
        return body

    @contextlib.contextmanager
    def listen(self, path: str, member: str) -> Iterator[Signals]:
        """Collect an object's signals of a name for as long as the context lasts; the daemon's only, nobody else's."""
        signals = Signals()
        group = self._listeners.setdefault((path, member), [])
        group.append(signals)
        try:
            yield signals
        finally:
            group.remove(signals)

    # --- what the loop calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to sign in."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._sign_in.data_to_send() or b"")

    def data_received(self, data: bytes) -> None:
        """Take bytes: lines until signed in, messages from then on."""
        if not self._sign_in.authenticated:
            self._go_on_signing_in(data)
            return
        self._received += data
        # Framed here, not by jeepney's parser: that one is stuck for good behind a message it cannot read, and anybody
        # on the bus may send us one.
        while len(self._received) >= 16 and len(self._received) >= (size := calc_msg_size(bytes(self._received[:16]))):
            raw = bytes(self._received[:size])
            del self._received[:size]
            self._take(raw)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everybody who waits."""
        ended = f"the connection to the bus has ended{f': {error}' if error else ''}"
        if not self.ready.done():
            self.ready.set_exception(DaemonUnreachable(ended))
            self.ready.exception()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(DaemonUnreachable(ended))
        self._desert(ended)
        self.lost.set_result(None)

    def _go_on_signing_in(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            self._sign_in.feed(data)
        except AuthenticationError as error:
            if not self.ready.done():
                self.ready.set_exception(DaemonUnreachable(f"it does not let us in: {error}"))
            self._transport.abort()
            return
        if self._sign_in.authenticated and not self.ready.done():
            self._transport.write(BEGIN)
            self.ready.set_result(None)

    def _take(self, raw: bytes) -> None:
        """Hand a message to whom it is for; one that nobody waits for, or that has no readable head, is dropped."""
        try:
            header, position = Header.from_buffer(raw)
        except _UNREADABLE:
            return
        if header.message_type is MessageType.signal:
            self._take_signal(header, raw, position)
            return
        if header.message_type not in (MessageType.method_return, MessageType.error):
            return  # a call to us may name any serial as the one that it replies to
        reply = self._replies.get(header.fields.get(HeaderFields.reply_serial, -1))
        if reply is None or reply.done():
            return
        try:
            reply.set_result((header, _body(header, raw, position)))
        except _UNREADABLE as error:
            reply.set_exception(ProtocolBroken(f"a message that cannot be read: {error!r}"))

    def _take_signal(self, header: Header, raw: bytes, position: int) -> None:
        sender = header.fields.get(HeaderFields.sender, "")
        path, member = header.fields.get(HeaderFields.path, ""), header.fields.get(HeaderFields.member, "")
        if sender == _THE_BUS and member == "NameOwnerChanged":
            name, before, after = _body(header, raw, position)
            if name == BUS_NAME:
                self._owner = str(after)
                if before:
                    self._desert("the daemon has left the bus")
        elif sender and sender == self._owner:
            try:
                signal: Body | ConnectionError = _body(header, raw, position)
            except _UNREADABLE as error:
                signal = ProtocolBroken(f"a signal that cannot be read: {error!r}")
            for signals in self._listeners.get((path, member), ()):
                signals.put(signal)

    def _desert(self, text: str) -> None:
        for group in self._listeners.values():
            for signals in group:
                signals.put(DaemonUnreachable(text))


def _body(header: Header, raw: bytes, position: int) -> Body:
    kind = parse_signature(list(f"({header.fields.get(HeaderFields.signature, '')})"))
    values, _end = kind.parse_data(raw, position, header.endianness)
    body = _bare(kind, values)
    assert isinstance(body, tuple)
    return body


def _bare(kind: object, value: object) -> object:
    """Return a value of a D-Bus type without the variants around and in it."""
    match kind, value:
        case Variant(), (str(signature), inside):
            return _bare(parse_signature(list(signature)), inside)
        case Array(elt_type=DictEntry(fields=[_, item])), dict():
            return {key: _bare(item, one) for key, one in value.items()}
        case Array(elt_type=FixedType() | StringType()), _:
            return value
        case Array(elt_type=item), list():
            return [_bare(item, one) for one in value]
        case Struct(fields=fields), tuple():
            return tuple(_bare(field, one) for field, one in zip(fields, value, strict=True))
    return value


def _fault(name: str, text: str) -> BusError | ConnectionError:
    """Return the exception for an error that came instead of a reply."""
    if (error := ERRORS_BY_NAME.get(name)) is not None:
        return BusError(error, text)
    if name.startswith(_UNREACHABLE):
        return DaemonUnreachable(f"nobody answers as {BUS_NAME} on the bus ({text or name})")
    if (refused := _REFUSED_BY_THE_BUS.get(name)) is not None:
        return BusError(refused, f"the bus refuses it: {text or name}")
    return ProtocolBroken(f"it answered with the error {name}: {text}")
