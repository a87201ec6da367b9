"""pydbus, made fit for a daemon: handlers are coroutines, signals go to one client, and nothing ever waits in line.

pydbus answers from the main loop and waits there, makes every signal a broadcast, and tells callers the text of any
exception. What is used of it is its registration of objects; the rest is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.resources
import logging
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import pydbus.bus
from gi.repository import Gio, GLib
from pydbus.registration import ObjectRegistration, ObjectWrapper

from facelatch.types import ERROR_NAMES, Reason
from facelatchd.bouncer import Caller
from facelatchd.bus.faults import Fault, fault_of, refusal
from facelatchd.bus.sluice import Sluice
from facelatchd.bus.variants import answer, plain, variant
from facelatchd.hall import Room

log = logging.getLogger(__name__)

DBUS: Final = "org.freedesktop.DBus"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"

QUICK: Final = 5.0
"""Seconds that the bus itself, and what is asked without a person's help, gets to answer."""

MOST_CALLS: Final = 64
MOST_OF_ONE_USER: Final = 16
"""Calls that are worked on at a time; one may wait minutes for a password."""

MOST_OF_ONE_CLIENT: Final = 32
"""Calls of one connection that are taken from it at all: where it wants no answers, the bus does not count them."""

LARGEST_ARGUMENT: Final = 64 * 1024
"""Bytes of an argument that is no picture: as objects of Python's they take many times as much."""

_DO_NOT_QUEUE: Final = 4
_OWNER: Final = 1
_HELD: Final = 4
"""RequestName's flag, and its answers for a name that is ours now, or was already."""

_ANSWERED: Final = {"Get": ["v"], "GetAll": ["a{sv}"]}
"""What the methods of `PROPERTIES` answer; to set one GLib refuses, since the XML has none that is written."""

_HANDED_OVER: Final = not hasattr(Gio.DBusConnection, "register_object_with_closures2")
"""Whether GLib hands a reference to an invocation to whoever answers it, of which PyGObject does not know."""

_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class BusLost(ConnectionError):
    """There is no bus, or the connection to it has ended."""


class Call(msgspec.Struct, frozen=True):
    """Who calls: the unique name on the bus, the process behind it, and whether a person may be asked."""

    sender: str
    caller: Caller
    interactive: bool


def interface_xml(name: str) -> str:
    """Return the interface's XML, which the client library carries."""
    return importlib.resources.files("facelatch").joinpath(f"interfaces/{name}.xml").read_text(encoding="utf-8")


class Bus:
    """One connection to a message bus."""

    def __init__(self, connection: Gio.DBusConnection) -> None:
        self._connection = connection
        self._pydbus = pydbus.bus.Bus(connection)
        self._room = Room(MOST_CALLS, MOST_OF_ONE_USER)
        self._under_way: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self.lost = asyncio.Event()
        """Set when the connection has ended, or the name was taken away."""
        connection.connect("closed", lambda *_: self.lost.set())
        connection.add_filter(Sluice())

    @classmethod
    async def connect(cls, address: str) -> Bus:
        """Connect to the bus at an address, the system's where it is empty; raises `BusLost`."""
        try:
            where = address or Gio.dbus_address_get_for_bus_sync(Gio.BusType.SYSTEM, None)  # reads a variable, no bus
            flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
            begin = partial(Gio.DBusConnection.new_for_address, where, flags, None)
            connection = await _finished(begin, _connected, QUICK)
        except (GLib.Error, TimeoutError) as error:
            raise BusLost(f"no bus: {_text(error)}") from error
        return cls(connection)

    async def close(self, patience: float) -> None:
        """End the calls under way and the connection."""
        await self._room.disperse(patience)
        with contextlib.suppress(GLib.Error, TimeoutError):
            await _finished(self._connection.close, Gio.DBusConnection.close_finish, QUICK)

    # --- what others do for us ----------------------------------------------------------------------------------------

    async def call(
        self, name: str, path: str, interface: str, method: str, arguments: GLib.Variant, seconds: float = QUICK
    ) -> Any:
        """Call a method and return its answer; raises `GLib.Error`, or `TimeoutError` after so many seconds."""
        begin = partial(
            self._connection.call,
            name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, GLib.MAXINT,
        )  # fmt: skip
        return plain(await _finished(begin, Gio.DBusConnection.call_finish, seconds))

    async def own(self, name: str) -> None:
        """Take a name, which nobody can take from us again; raises `BusLost` where it is not to be had."""
        arguments = GLib.Variant("(su)", (name, _DO_NOT_QUEUE))
        self._listen("NameLost", name, lambda *_: self.lost.set())
        try:
            (got,) = await self.call(DBUS, "/org/freedesktop/DBus", DBUS, "RequestName", arguments)
        except (GLib.Error, TimeoutError) as error:
            raise BusLost(f"the name {name} is not to be had: {_text(error)}") from error
        if got not in (_OWNER, _HELD):
            raise BusLost(f"the name {name} is taken: another judge runs")

    async def caller(self, sender: str) -> Caller:
        """Return the process behind a unique name, as the bus knows it; raises `BusLost` where it has gone."""
        arguments = GLib.Variant("(s)", (sender,))
        try:
            (known,) = await self.call(DBUS, "/org/freedesktop/DBus", DBUS, "GetConnectionCredentials", arguments)
            return Caller(known["ProcessID"], known["UnixUserID"])
        except (GLib.Error, TimeoutError, KeyError) as error:
            raise BusLost(f"{sender} is not known to the bus: {_text(error)}") from error

    @contextlib.contextmanager
    def leaving(self, sender: str, gone: Callable[[], None]) -> Iterator[None]:
        """Call `gone` when the sender leaves the bus, during the block."""
        number = self.watch_leaving(sender, gone)
        try:
            yield
        finally:
            self.forget(number)

    def watch_leaving(self, sender: str, gone: Callable[[], None]) -> int:
        """Call `gone` when the sender leaves the bus, until the returned number is forgotten."""

        def changed(*arguments: Any) -> None:
            _name, _before, after = arguments[5].unpack()
            if not after:
                gone()

        return self._listen("NameOwnerChanged", sender, changed)

    def listen(self, sender: str, path: str, interface: str, signal: str, heard: Callable[[Any], None]) -> None:
        """Call `heard` with the arguments of a signal, as long as the connection lasts.

        It is heard of one object, or of whatever object of the sender's where the path is empty.
        """
        flags = Gio.DBusSignalFlags.NONE
        self._connection.signal_subscribe(
            sender, interface, signal, path or None, None, flags, lambda *arguments: heard(plain(arguments[5]))
        )

    def _listen(self, signal: str, about: str, heard: Callable[..., None]) -> int:
        path, flags = "/org/freedesktop/DBus", Gio.DBusSignalFlags.NONE
        return int(self._connection.signal_subscribe(DBUS, DBUS, signal, path, about, flags, heard))

    def forget(self, number: int) -> None:
        """Listen no more."""
        self._connection.signal_unsubscribe(number)

    # --- what we do for others ----------------------------------------------------------------------------------------

    def publish(self, path: str, served: object, interface: str) -> Callable[[], None]:
        """Put an object on the bus; return what takes it away again.

        It has a coroutine method for each of the interface's, and an attribute for each property, in lower case.
        """
        node = Gio.DBusNodeInfo.new_for_xml(interface_xml(interface))
        wrapper = _Wrapper(self, served, node.interfaces)
        registration = ObjectRegistration(self._pydbus, path, node.interfaces, wrapper, own_wrapper=True)
        return registration.unregister  # type: ignore[no-any-return]

    def tell(self, receiver: str, path: str, interface: str, signal: str, *values: tuple[str, Any]) -> None:
        """Send a signal to one client alone."""
        arguments = GLib.Variant.new_tuple(*(variant(signature, value) for signature, value in values))
        with contextlib.suppress(GLib.Error):  # the connection has ended, which `lost` tells
            self._connection.emit_signal(receiver, path, interface, signal, arguments)

    def serve(self, invocation: Gio.DBusMethodInvocation, signatures: Sequence[str], served: object) -> None:
        """Let the object answer a call, whenever it can."""
        sender = invocation.get_sender()
        if self._under_way[sender] >= MOST_OF_ONE_CLIENT:
            _refuse(invocation, refusal(Reason.BUSY, "too many calls of this client at a time"))
            asyncio.get_running_loop().call_soon(_let_go, invocation)  # GLib holds it until this returns
            return
        self._under_way[sender] += 1
        self.begin(self._answer(invocation, signatures, served))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something from where nothing can be awaited."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, invocation: Gio.DBusMethodInvocation, signatures: Sequence[str], served: object) -> None:
        try:
            result = await self._work(invocation, served)
            invocation.return_value(answer(signatures, result if len(signatures) > 1 else (result,)))
        except BusLost:
            invocation.return_dbus_error(f"{DBUS}.Error.NoReply", "the caller has gone")
        except asyncio.CancelledError:
            # Swallowed: the task ends here, and its callback has nothing to report.
            invocation.return_dbus_error(f"{DBUS}.Error.NoReply", "the daemon stops")
        except Exception as error:  # noqa: BLE001 - a fault of ours is an answer, too, and `_refuse` logs it
            _refuse(invocation, error)
        finally:
            self._under_way.subtract([invocation.get_sender()])
            if not self._under_way[invocation.get_sender()]:
                del self._under_way[invocation.get_sender()]
            _let_go(invocation)

    async def _work(self, invocation: Gio.DBusMethodInvocation, served: object) -> Any:
        sender = invocation.get_sender()
        interactive = Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        call = Call(sender, await self.caller(sender), bool(invocation.get_message().get_flags() & interactive))
        method = _WORD.sub("_", invocation.get_method_name()).lower()
        with self._room.admit(call.caller) as admitted:
            if not admitted:
                raise refusal(Reason.BUSY, "too many calls at a time; try again in a moment")
            return await getattr(served, method)(call, *_arguments(invocation.get_parameters()))


def _refuse(invocation: Gio.DBusMethodInvocation, error: Exception) -> None:
    """Answer a call with an error. A function of its own: who keeps an error keeps the whole call until the next gc."""
    fault = fault_of(error)
    if fault is None:
        log.error("%s: a fault of the judge's", invocation.get_method_name(), exc_info=error)
        fault = Fault(ERROR_NAMES[Reason.INTERNAL], "a fault of the daemon's own; its log says more")
    invocation.return_dbus_error(fault.name, str(fault))


def _let_go(invocation: Gio.DBusMethodInvocation) -> None:
    """Drop the reference that GLib before 2.84 hands over with a call, and that nobody else would ever drop.

    With it each call would leave behind 2.2 kB and its whole message, up to 32 MiB: 17 calls of anybody's would cost
    the judge its memory. Held to the count, so that no reference is dropped that somebody counts on: one is that of
    Python's object, GLib's own ended with the dispatch.
    """
    if _HANDED_OVER and invocation.__grefcount__ == 2:
        invocation._unref()


def _arguments(parameters: GLib.Variant) -> Any:
    """Return a call's arguments; raises for one that is far larger than any of the contract's but a picture."""
    for number in range(parameters.n_children()):
        argument = parameters.get_child_value(number)
        if argument.get_type_string() != "ay" and argument.get_size() > LARGEST_ARGUMENT:
            text = f"argument {number + 1}: {argument.get_size()} bytes, expected at most {LARGEST_ARGUMENT}"
            raise refusal(Reason.BAD_REQUEST, text)
    return plain(parameters)


class _Wrapper(ObjectWrapper):  # type: ignore[misc]
    """pydbus's wrapper without its broadcasts, with properties that are only read."""

    def __init__(self, bus: Bus, served: object, interfaces: Sequence[Gio.DBusInterfaceInfo]) -> None:
        # pydbus's own constructor is not called: it would connect every signal to a broadcast.
        self._bus = bus
        self.object = served
        self.outargs = {
            f"{interface.name}.{method.name}": [argument.signature for argument in method.out_args]
            for interface in interfaces
            for method in interface.methods
        }
        self.readable_properties = {
            f"{interface.name}.{known.name}": known.signature
            for interface in interfaces
            for known in interface.properties
        }
        self.writable_properties: dict[str, str] = {}

    def call_method(
        self,
        _connection: Gio.DBusConnection,
        _sender: str,
        _path: str,
        interface: str,
        method: str,
        parameters: GLib.Variant,
        invocation: Gio.DBusMethodInvocation,
    ) -> None:
        """Take a call from GLib, which has checked its signature against the XML."""
        if interface == PROPERTIES:
            self._bus.serve(invocation, _ANSWERED[method], self)
        else:
            self._bus.serve(invocation, self.outargs[f"{interface}.{method}"], self.object)

    async def get(self, call: Call, interface: str, name: str) -> GLib.Variant:
        """Return a property, which GLib has found in the XML."""
        return variant(self.readable_properties[f"{interface}.{name}"], getattr(self.object, name.lower()))

    async def get_all(self, call: Call, interface: str) -> dict[str, GLib.Variant]:
        """Return all properties of an interface."""
        known = (name.rsplit(".", 1) for name in self.readable_properties)
        return {name: await self.get(call, owner, name) for owner, name in known if owner == interface}


async def _finished(begin: Callable[..., None], finish: Callable[[Any, Gio.AsyncResult], Any], seconds: float) -> Any:
    """Begin an asynchronous operation of Gio's and return what it comes to; raises `TimeoutError`, `GLib.Error`."""
    loop = asyncio.get_running_loop()
    cancellable = Gio.Cancellable()
    done: asyncio.Future[Any] = loop.create_future()

    def ready(source: Any, result: Gio.AsyncResult, *_: Any) -> None:
        try:
            value = finish(source, result)
        except GLib.Error as error:
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(value)

    begin(cancellable, ready)
    try:
        async with asyncio.timeout(seconds):
            return await done
    finally:
        cancellable.cancel()


def _connected(_source: None, result: Gio.AsyncResult) -> Gio.DBusConnection:
    return Gio.DBusConnection.new_for_address_finish(result)


def _text(error: Exception) -> str:
    return error.message if isinstance(error, GLib.Error) else str(error) or type(error).__name__
