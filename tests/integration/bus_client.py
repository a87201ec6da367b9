"""A client of the judge that speaks raw D-Bus, and the methods of the contract."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageFlag, MessageType, new_method_call

from facelatch.types import ERROR_PREFIX
from tests.buses import BUS, PrivateBus
from tests.places import TREE

NAME: Final = "org.facelatch"
MANAGER: Final = "/org/facelatch/Manager"
CAMERA: Final = "/org/facelatch/Camera/default"
INTERFACES: Final = TREE / "client" / "facelatch" / "interfaces"

PATIENCE: Final = 15.0
"""Seconds to wait for what takes well under one; only a judge that hangs needs them."""


class Method(NamedTuple):
    """One method of the contract."""

    interface: str
    path: str
    signature: str


def read_methods() -> dict[str, Method]:
    """Return the methods of the interface files."""
    methods = {}
    for path in sorted(INTERFACES.glob("*.xml")):
        node = ElementTree.parse(path).getroot()
        for interface in node.iter("interface"):
            for method in interface.iter("method"):
                taken = (
                    argument.get("type", "") for argument in method.iter("arg") if argument.get("direction") == "in"
                )
                methods[method.get("name", "")] = Method(
                    interface.get("name", ""), node.get("name", ""), "".join(taken)
                )
    return methods


METHODS: Final = read_methods()


class Told(Exception):
    """The error that a call was answered with; the name is without our prefix."""

    def __init__(self, message: Message) -> None:
        self.name = str(message.header.fields[HeaderFields.error_name]).removeprefix(ERROR_PREFIX)
        self.text = str(message.body[0]) if message.body else ""
        super().__init__(f"{self.name}: {self.text}")


class Signal(NamedTuple):
    """A signal of the judge's, its dictionary free of variants."""

    member: str
    result: str
    done: bool
    details: dict[str, Any]


class Client:
    """One connection to the bus. Everything that comes over it is kept, in its order, in `heard`."""

    def __init__(self, bus: PrivateBus, uid: int | None = None) -> None:
        self.connection = bus.connect(uid)
        self.name = str(self.connection.unique_name)
        self.heard: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.vanish()

    def vanish(self) -> None:
        """Leave the bus without a word."""
        self.connection.close()

    def send(self, member: str, *arguments: Any, path: str = "", interactive: bool = True, silent: bool = False) -> int:
        """Send a call and return its serial number; `silent` says that no answer is wanted."""
        method = METHODS[member]
        address = DBusAddress(path or method.path, NAME, method.interface)
        message = new_method_call(address, member, method.signature or None, arguments)
        message.header.flags = MessageFlag(0)
        if interactive:
            message.header.flags |= MessageFlag.allow_interactive_authorization
        if silent:
            message.header.flags |= MessageFlag.no_reply_expected
        return self.post(message)

    def post(self, message: Message) -> int:
        """Send any message and return its serial number."""
        serial = int(next(self.connection.outgoing_serial))
        self.connection.send(message, serial=serial)
        return serial

    def call(self, member: str, *arguments: Any, path: str = "", interactive: bool = True) -> tuple[Any, ...]:
        """Call a method of the judge's and return its answer; raises `Told`."""
        return self.answer(self.send(member, *arguments, path=path, interactive=interactive))

    def outcome(self, member: str, *arguments: Any, path: str = "", interactive: bool = True) -> str:
        """Call a method and return the error's name, empty where there was none."""
        return self.outcome_of(self.send(member, *arguments, path=path, interactive=interactive))

    def outcome_of(self, serial: int) -> str:
        """Return the name of the error that a call was answered with, empty where there was none."""
        try:
            self.answer(serial)
        except Told as told:
            return told.name
        return ""

    def answer(self, serial: int) -> tuple[Any, ...]:
        """Return the answer to a call; raises `Told`."""
        message = self._find(lambda message: message.header.fields.get(HeaderFields.reply_serial) == serial)
        if message.header.message_type is MessageType.error:
            raise Told(message)
        return tuple(message.body)

    def has_answer(self, serial: int) -> bool:
        """Whether a call has been answered by what has come so far."""
        self.listen()
        return any(message.header.fields.get(HeaderFields.reply_serial) == serial for message in self.heard)

    def listen(self) -> None:
        """Take what has come so far."""
        try:
            while True:
                self.heard.append(self.connection.receive(timeout=0))
        except TimeoutError:
            return

    def _find(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the first message that is wanted, once it is there; raises `TimeoutError`."""
        for message in self.heard:
            if wanted(message):
                return message
        deadline = time.monotonic() + PATIENCE
        while True:
            self.heard.append(self.connection.receive(timeout=max(0.0, deadline - time.monotonic())))
            if wanted(self.heard[-1]):
                return self.heard[-1]

    # --- signals ------------------------------------------------------------------------------------------------------

    @property
    def signals(self) -> list[Signal]:
        """The judge's signals so far."""
        return [signal for message in self.heard if (signal := read_signal(message))]

    def ending(self, member: str) -> Signal:
        """Return the signal of that name that says that it is done, once it is there."""
        found = read_signal(self._find(lambda message: _is_signal(message, member) and message.body[1]))
        assert found is not None
        return found

    def hear(self, member: str, result: str = "") -> Signal:
        """Return the first signal of that name, and with that result where one is given, once it is there."""
        found = read_signal(self._find(lambda message: _is_signal(message, member) and result in ("", message.body[0])))
        assert found is not None
        return found

    def forget(self) -> None:
        """Forget what has been heard."""
        self.heard.clear()

    # --- what the bus itself says -------------------------------------------------------------------------------------

    def ask_bus(self, member: str, signature: str, *arguments: Any) -> tuple[Any, ...]:
        """Call a method of the bus's own."""
        name, path, interface = BUS
        return self.answer(self.post(new_method_call(DBusAddress(path, name, interface), member, signature, arguments)))

    def watch(self, name: str) -> None:
        """Ask to hear of a name's changes."""
        rule = MatchRule(type="signal", sender=BUS[0], interface=BUS[2], member="NameOwnerChanged")
        rule.add_arg_condition(0, name)
        self.ask_bus("AddMatch", "s", rule.serialise())

    def hear_leaving(self, name: str) -> None:
        """Return when a watched name has left the bus."""
        self._find(lambda message: _is_signal(message, "NameOwnerChanged") and message.body[::2] == (name, ""))


def _is_signal(message: Message, member: str) -> bool:
    return message.header.message_type is MessageType.signal and message.header.fields[HeaderFields.member] == member


def read_signal(message: Message) -> Signal | None:
    """Return the signal of the judge's that a message is, None for anything else."""
    fields = message.header.fields
    if message.header.message_type is not MessageType.signal or fields.get(HeaderFields.interface) != f"{NAME}.Camera":
        return None
    result, done, *_, details = message.body
    return Signal(str(fields[HeaderFields.member]), result, done, {key: value for key, (_, value) in details.items()})
