"""A daemon that says what a test tells it to, on a real bus of its own, in a thread.

What it is called with must fit the interface's XML, and so must what it answers, unless a test says otherwise by `Raw`.
"""

from __future__ import annotations

import contextlib
import enum
import subprocess
import threading
import types
import typing
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

import facelatch
from facelatch.bus import BusError, ReviewReady
from facelatch.types import ERROR_NAMES, Enrolled, EnrollStep, Failure, Reason, Tried, TryStep

NAME: Final = "org.facelatch"
MANAGER: Final = "/org/facelatch/Manager"
CAMERA: Final = "/org/facelatch/Camera/default"

CONFIGURATION: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <allow own="{name}"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
</busconfig>
"""
"""The rules of a system bus as distributions ship them, less who may own what."""


class Bus:
    """A message bus of the system's type, at an address of its own."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "bus.sock"
        configuration = folder / "bus.conf"
        configuration.write_text(CONFIGURATION.format(socket=self.socket, name=NAME))
        command = ("dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        assert self.address, "dbus-daemon does not start"

    def ask(
        self, member: str, signature: str, *arguments: Any, sender: DBusConnection | None = None
    ) -> tuple[Any, ...]:
        """Ask the bus itself something, over a connection of its own where none is given."""
        if sender is None:
            with open_dbus_connection(self.address) as connection:
                return self.ask(member, signature, *arguments, sender=connection)
        the_bus = "org.freedesktop.DBus"
        address = DBusAddress("/org/freedesktop/DBus", the_bus, the_bus)
        reply = sender.send_and_get_reply(new_method_call(address, member, signature, arguments), timeout=20)
        assert reply.header.message_type is MessageType.method_return, reply.body
        body: tuple[Any, ...] = reply.body
        return body

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)


# --- what travels -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raw:
    """Values as they are, under a signature of the test's choice."""

    signature: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Fault:
    """An error of a name that the contract does not know."""

    name: str
    text: str = ""


class Act(enum.Enum):
    """What the daemon does instead of an answer."""

    NOTHING = enum.auto()
    LEAVE = enum.auto()


def variant(value: Any, kind: Any) -> tuple[str, Any]:
    """Return a field's value with its signature, by its type in `facelatch.types`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return variant(value, next(one for one in arguments if one is not type(None)))
    if origin is tuple:
        items = [variant(one, arguments[0]) for one in value]
        return f"a{_signature(arguments[0])}", [item for _signature, item in items]
    if origin is dict:
        return f"a{{s{_signature(arguments[1])}}}", value
    if isinstance(value, enum.Enum):
        return "s", value.value
    if isinstance(value, msgspec.Struct):
        return "a{sv}", fields(value)
    return _signature(kind), value


def _signature(kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return f"a{_signature(typing.get_args(kind)[0])}"
    simple = {str: "s", bool: "b", int: "x", float: "d", bytes: "ay"}
    if kind in simple:
        return simple[kind]
    return "s" if issubclass(kind, enum.Enum) else "a{sv}"


def fields(struct: msgspec.Struct) -> dict[str, tuple[str, Any]]:
    """Return a structure as it travels: a field without a value is left out."""
    kinds = typing.get_type_hints(type(struct))
    return {
        name: variant(value, kinds[name])
        for name in struct.__struct_fields__
        if (value := getattr(struct, name)) is not None
    }


def signal(what: Any) -> tuple[str, Raw]:
    """Return the name and the body of the signal that tells of something."""
    match what:
        case TryStep():
            return "VerifyStatus", Raw("sba{sv}", (f"verify-{what.view.value}", False, fields(what)))
        case Tried():
            words = {Reason.MATCHED: "match", Reason.ANOTHER_FACE: "no-match"}
            word = words.get(what.reason, what.reason.value)
            return "VerifyStatus", Raw("sba{sv}", (f"verify-{word}", True, fields(what)))
        case EnrollStep():
            word = "enroll-stage-passed" if what.taken else "enroll-retry-scan"
            return "EnrollStatus", Raw("sbda{sv}", (word, False, what.kept / what.wanted, fields(what)))
        case ReviewReady():
            return "EnrollStatus", Raw("sbda{sv}", ("enroll-review", False, 1.0, fields(what.step)))
        case Enrolled():
            return "EnrollStatus", Raw("sbda{sv}", ("enroll-completed", True, 1.0, fields(what)))
        case Failure():
            return "EnrollStatus", Raw("sbda{sv}", ("enroll-failed", True, 0.5, fields(what)))
    member, raw = what
    return member, raw


class Interfaces:
    """The signatures of the interface files."""

    def __init__(self) -> None:
        self.incoming: dict[tuple[str, str], str] = {}
        self.outgoing: dict[tuple[str, str], str] = {}
        self.signals: dict[str, str] = {}
        for path in sorted((Path(facelatch.__file__).parent / "interfaces").glob("*.xml")):
            for interface in ElementTree.parse(path).getroot().iter("interface"):
                name = interface.get("name", "")
                for method in interface.iter("method"):
                    key = (name, method.get("name", ""))
                    self.incoming[key] = self._joined(method, "in")
                    self.outgoing[key] = self._joined(method, "out")
                for one in interface.iter("signal"):
                    self.signals[one.get("name", "")] = "".join(arg.get("type", "") for arg in one.iter("arg"))

    @staticmethod
    def _joined(method: ElementTree.Element, direction: str) -> str:
        return "".join(arg.get("type", "") for arg in method.iter("arg") if arg.get("direction") == direction)


INTERFACES: Final = Interfaces()


# --- the daemon -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A call as it came: options without their variants."""

    member: str
    arguments: tuple[Any, ...] = ()
    path: str = field(default=CAMERA, compare=False)
    interactive: bool = field(default=True, compare=False)


Answer = Any


class FakeDaemon:
    """Answers calls as scripted; `calls` are those that came, `hung_up` is set when a caller leaves the bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.calls: list[Call] = []
        self.hung_up = threading.Event()
        self._answers: dict[str, Answer] = dict.fromkeys(
            ("Claim", "Release", "VerifyStart", "VerifyStop", "EnrollStart", "EnrollStop", "EnrollSave")
        )
        self._answers |= dict.fromkeys(("PreviewStart", "PreviewStop"))
        self._signals: dict[str, tuple[Any, ...]] = {}
        self.callers: set[str] = set()
        self._fault: Exception | None = None
        self._connection = open_dbus_connection(bus.address)
        bus.ask("AddMatch", "s", "type='signal',member='NameOwnerChanged'", sender=self._connection)
        bus.ask("RequestName", "su", NAME, 4, sender=self._connection)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def answering(self, **answers: Answer) -> Self:
        """Answer these methods so: a structure, a tuple of them, `BusError`, `Raw`, `Act`, or a function of the call.

        `None` is the answer of a method that has none to give.
        """
        self._answers |= answers
        return self

    def telling(self, member: str, *signals: Any) -> Self:
        """After a call of this method, tell the caller this."""
        self._signals[member] = signals
        return self

    @property
    def members(self) -> list[str]:
        return [call.member for call in self.calls]

    def tell(self, what: Any, path: str = CAMERA) -> None:
        """Tell all callers something now."""
        for caller in self.callers:
            self._tell(caller, path, what)

    def give_up_name(self) -> None:
        """Stop being the daemon, but stay on the bus."""
        message = new_method_call(
            DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"),
            "ReleaseName",
            "s",
            (NAME,),
        )
        self._connection.send(message)

    def leave(self) -> None:
        """Leave the bus, as a daemon that dies."""
        self._connection.sock.shutdown(2)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.leave()
        self._thread.join(timeout=20)
        self._connection.close()
        assert not self._thread.is_alive(), "the fake daemon hangs"
        if self._fault is not None:
            raise self._fault

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except OSError:
                return
            try:
                self._take(message)
            except OSError:
                return
            except Exception as fault:  # noqa: BLE001 - `stop` raises it, in the test's own thread
                self._fault = self._fault or fault
                self._connection.send(new_error(message, "org.freedesktop.DBus.Error.Failed", "s", (repr(fault),)))

    def _take(self, message: Message) -> None:
        head = message.header.fields
        if message.header.message_type is MessageType.signal and head[HeaderFields.member] == "NameOwnerChanged":
            name, _before, after = message.body
            if name in self.callers and not after:
                self.hung_up.set()
        if message.header.message_type is not MessageType.method_call:
            return
        key = (head[HeaderFields.interface], head[HeaderFields.member])
        call = self._read(message)
        self.calls.append(call)
        self.callers.add(head[HeaderFields.sender])
        if call.member not in self._answers:
            raise AssertionError(f"no answer is scripted for {call}")
        answer = self._answers[call.member]
        self._reply(message, answer(call) if callable(answer) else answer, INTERFACES.outgoing[key])
        for what in self._signals.get(call.member, ()):
            if what is Act.LEAVE:
                self.leave()
                return
            self._tell(head[HeaderFields.sender], call.path, what)

    def _read(self, message: Message) -> Call:
        """Return a call that fits the interface; raises `AssertionError` for any other."""
        head = message.header.fields
        interface, member, path = head[HeaderFields.interface], head[HeaderFields.member], head[HeaderFields.path]
        assert (path == MANAGER) is (interface == "org.facelatch.Manager"), f"{interface} at {path}"
        signature = head.get(HeaderFields.signature, "")
        assert INTERFACES.incoming.get((interface, member)) == signature, f"{interface}.{member}({signature})"
        arguments = tuple(
            {key: one for key, (_signature, one) in value.items()} if isinstance(value, dict) else value
            for value in message.body
        )
        interactive = bool(message.header.flags & MessageFlag.allow_interactive_authorization)
        return Call(member, arguments, path, interactive)

    def _reply(self, message: Message, answer: Answer, signature: str) -> None:
        match answer:
            case Act.NOTHING:
                return
            case Act.LEAVE:
                self.leave()
                raise ConnectionError
            case BusError():
                text = "" if str(answer) == answer.error.value else str(answer)
                reply = new_error(message, ERROR_NAMES[answer.error], "s", (text,))
            case Fault():
                reply = new_error(message, answer.name, "s", (answer.text,))
            case Raw():
                reply = new_method_return(message, answer.signature, answer.values)
            case None:
                assert signature == "", f"an answer of type {signature} is expected"
                reply = new_method_return(message)
            case msgspec.Struct():
                reply = new_method_return(message, signature, (fields(answer),))
            case _:
                assert signature == "aa{sv}", f"an answer of type {signature} is expected"
                reply = new_method_return(message, signature, ([fields(one) for one in answer],))
        self._connection.send(reply)

    def _tell(self, caller: str, path: str, what: Any) -> None:
        member, raw = signal(what)
        send_signal(self._connection, caller, path, member, raw)


def send_signal(connection: DBusConnection, to: str, path: str, member: str, raw: Raw) -> None:
    """Send a signal of the camera interface to one listener alone."""
    message = new_signal(DBusAddress(path, None, "org.facelatch.Camera"), member, raw.signature, raw.values)
    message.header.fields[HeaderFields.destination] = to
    connection.send(message)


def refusal_of(work: Callable[[], object]) -> BusError:
    """Return the refusal that a call to the client ends with."""
    with pytest.raises(BusError) as refused:
        work()
    return refused.value


async def next_of(steps: AsyncIterator[Any]) -> Any:
    """Return the next step, as a coroutine that can be a task."""
    return await anext(steps)
