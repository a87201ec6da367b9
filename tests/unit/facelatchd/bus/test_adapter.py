"""Every call gets an answer, nobody takes all places, and the contract is served as a whole."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from gi.repository import Gio, GLib

from facelatch.types import ERROR_NAMES, Reason
from facelatchd.bouncer import Caller
from facelatchd.bus import adapter as adapter_module
from facelatchd.bus.adapter import MOST_CALLS, MOST_OF_ONE_CLIENT, MOST_OF_ONE_USER, Bus, BusLost, Call, interface_xml
from facelatchd.bus.camera import Camera
from facelatchd.bus.manager import Manager
from facelatchd.bus.sluice import Sluice
from facelatchd.refusal import Refused
from facelatchd.store import StoreLocked
from tests.unit.facelatchd.bus.office import AS_ROOT, Office

INTERNAL = ERROR_NAMES[Reason.INTERNAL]
NO_REPLY = "org.freedesktop.DBus.Error.NoReply"


class Connection:
    """A connection to nowhere, of which the bus is told only whether it has ended."""

    def connect(self, signal: str, ended: Callable[[], None]) -> None:
        assert signal == "closed"

    def add_filter(self, sluice: Sluice) -> None:
        assert isinstance(sluice, Sluice)


class Message:
    def __init__(self, flags: Gio.DBusMessageFlags) -> None:
        self._flags = flags

    def get_flags(self) -> Gio.DBusMessageFlags:
        return self._flags


class Invocation:
    """One call, and what became of it."""

    __grefcount__ = 0

    def __init__(
        self,
        method: str,
        arguments: str = "()",
        sender: str = ":1.4711",
        flags: Gio.DBusMessageFlags = Gio.DBusMessageFlags.NONE,
    ) -> None:
        self._method = method
        self._parameters = GLib.Variant.parse(None, arguments)
        self._sender = sender
        self._message = Message(flags)
        self.answer: Any = None
        self.error = ("", "")
        self.answered = 0

    def get_sender(self) -> str:
        return self._sender

    def get_message(self) -> Message:
        return self._message

    def get_method_name(self) -> str:
        return self._method

    def get_parameters(self) -> GLib.Variant:
        return self._parameters

    def return_value(self, value: GLib.Variant | None) -> None:
        self.answer = value.unpack() if value is not None else ()
        self.answered += 1

    def return_dbus_error(self, name: str, text: str) -> None:
        self.error = name, text
        self.answered += 1


class Served:
    """An object on the bus."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.go = asyncio.Event()

    async def say_it_back(self, call: Call, text: str) -> str:
        self.calls.append(call)
        return text

    async def return_two(self, call: Call) -> tuple[str, int]:
        return "one", 2

    async def do_nothing(self, call: Call) -> None:
        return None

    async def wait(self, call: Call) -> None:
        self.calls.append(call)
        await self.go.wait()

    async def fail(self, call: Call, how: str) -> None:
        errors: dict[str, Exception] = {
            "refused": Refused(Reason.LOCKED_OUT, "in words"),
            "locked": StoreLocked("by another"),
            "division": ZeroDivisionError("a secret"),
            "system": OSError(2, "a secret", "/a/secret"),
        }
        raise errors[how]

    async def answer_wrongly(self, call: Call) -> int:
        return 3


def on(work: Callable[[Bus, Served], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something with a bus that takes the number in a sender's name for his uid."""

    async def caller(bus: Bus, sender: str) -> Caller:
        if sender == ":gone":
            raise BusLost("it has gone")
        return Caller(pid=1, uid=int(sender.split(".")[1]))

    async def run() -> None:
        await work(Bus(Connection()), Served())

    monkeypatch.setattr(Bus, "caller", caller)
    asyncio.run(run())


async def answered(bus: Bus, served: Served, invocation: Invocation, *signatures: str) -> Invocation:
    bus.serve(invocation, signatures, served)
    async with asyncio.timeout(5):
        while not invocation.answered:
            await asyncio.sleep(0)
    assert invocation.answered == 1
    return invocation


@pytest.mark.parametrize(
    ("method", "arguments", "signatures", "answer"),
    [
        ("SayItBack", "('hello',)", ["s"], ("hello",)),
        ("ReturnTwo", "()", ["s", "u"], ("one", 2)),
        ("DoNothing", "()", [], ()),
    ],
)
def test_a_method_is_a_coroutine_of_the_same_name_and_its_values_are_the_answer(
    monkeypatch: pytest.MonkeyPatch, method: str, arguments: str, signatures: Sequence[str], answer: object
) -> None:
    async def work(bus: Bus, served: Served) -> None:
        assert (await answered(bus, served, Invocation(method, arguments), *signatures)).answer == answer

    on(work, monkeypatch)


@pytest.mark.parametrize("interactive", [False, True])
def test_an_object_is_told_who_calls_and_whether_a_person_may_be_asked(
    monkeypatch: pytest.MonkeyPatch, interactive: bool
) -> None:
    flag = Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION
    flags = Gio.DBusMessageFlags.NO_AUTO_START | (flag if interactive else Gio.DBusMessageFlags.NONE)

    async def work(bus: Bus, served: Served) -> None:
        await answered(bus, served, Invocation("SayItBack", "('a',)", ":1.4712", flags), "s")
        assert served.calls == [Call(":1.4712", Caller(pid=1, uid=4712), interactive)]

    on(work, monkeypatch)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("refused", (ERROR_NAMES[Reason.LOCKED_OUT], "in words")),
        ("locked", (ERROR_NAMES[Reason.STORE_FAILED], "by another")),
    ],
)
def test_what_was_foreseen_is_told_by_name_and_in_words(
    monkeypatch: pytest.MonkeyPatch, how: str, error: tuple[str, str]
) -> None:
    async def work(bus: Bus, served: Served) -> None:
        assert (await answered(bus, served, Invocation("Fail", f"('{how}',)"))).error == error

    on(work, monkeypatch)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("Fail", "('division',)"), ("Fail", "('system',)"), ("AnswerWrongly", "()"), ("Missing", "()")],
)
def test_a_fault_of_ours_is_an_answer_that_tells_nothing_and_stands_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str, arguments: str
) -> None:
    async def work(bus: Bus, served: Served) -> None:
        name, text = (await answered(bus, served, Invocation(method, arguments), "s")).error
        assert name == INTERNAL
        assert text == "a fault of the daemon's own; its log says more"
        assert (await answered(bus, served, Invocation("SayItBack", "('a',)"), "s")).answer == ("a",)

    on(work, monkeypatch)
    assert f"{method}: a fault of the judge's" in caplog.text
    assert "Traceback" in caplog.text


def test_a_caller_that_has_gone_is_not_served(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(bus: Bus, served: Served) -> None:
        assert (await answered(bus, served, Invocation("SayItBack", "('a',)", ":gone"), "s")).error[0] == NO_REPLY
        assert served.calls == []

    on(work, monkeypatch)


def test_one_user_cannot_take_all_places_and_root_too_finds_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(bus: Bus, served: Served) -> None:
        waiting = [Invocation("Wait") for _ in range(MOST_OF_ONE_USER)]
        for invocation in waiting:
            bus.serve(invocation, [], served)
        await asyncio.sleep(0.01)
        again = await answered(bus, served, Invocation("SayItBack", "('a',)"), "s")
        assert again.error[0] == ERROR_NAMES[Reason.BUSY]
        for sender in (":1.4712", ":1.0"):
            assert (await answered(bus, served, Invocation("SayItBack", "('a',)", sender), "s")).answer == ("a",)
        roots = [Invocation("Wait", sender=f":{number}.0") for number in range(MOST_CALLS - MOST_OF_ONE_USER)]
        for invocation in roots:
            bus.serve(invocation, [], served)
        await asyncio.sleep(0.01)
        full = await answered(bus, served, Invocation("SayItBack", "('a',)", ":1.0"), "s")
        assert full.error[0] == ERROR_NAMES[Reason.BUSY]
        assert not any(invocation.answered for invocation in (*waiting, *roots))
        served.go.set()
        await asyncio.sleep(0.01)
        assert all(invocation.answer == () for invocation in (*waiting, *roots))
        assert (await answered(bus, served, Invocation("SayItBack", "('a',)"), "s")).answer == ("a",)

    on(work, monkeypatch)


def test_one_connection_has_so_many_calls_taken_from_it_whoevers_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(bus: Bus, served: Served) -> None:
        waiting = [Invocation("Wait", sender=":1.0") for _ in range(MOST_OF_ONE_CLIENT)]
        for invocation in waiting:
            bus.serve(invocation, [], served)
        one_more = await answered(bus, served, Invocation("SayItBack", "('a',)", ":1.0"), "s")
        assert one_more.error[0] == ERROR_NAMES[Reason.BUSY]
        assert (await answered(bus, served, Invocation("SayItBack", "('a',)", ":2.0"), "s")).answer == ("a",)
        assert not any(invocation.answered for invocation in waiting)
        served.go.set()
        await asyncio.sleep(0.01)
        assert (await answered(bus, served, Invocation("SayItBack", "('a',)", ":1.0"), "s")).answer == ("a",)

    on(work, monkeypatch)


def test_calls_under_way_are_answered_when_the_judge_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    async def closed(*_: object) -> None:
        return None

    async def work(bus: Bus, served: Served) -> None:
        monkeypatch.setattr(adapter_module, "_finished", closed)
        bus._connection.close = None
        waiting = Invocation("Wait")
        bus.serve(waiting, [], served)
        await asyncio.sleep(0.01)
        await bus.close(patience=1.0)
        assert waiting.error == (NO_REPLY, "the daemon stops")

    on(work, monkeypatch)


# --- the contract -----------------------------------------------------------------------------------------------------

SERVED = {"org.facelatch.Manager": Manager, "org.facelatch.Camera": Camera}


def interface_of(name: str) -> Gio.DBusInterfaceInfo:
    (interface,) = Gio.DBusNodeInfo.new_for_xml(interface_xml(name)).interfaces
    return interface


@pytest.mark.parametrize("name", SERVED)
def test_every_method_of_the_contract_is_served_with_its_arguments(name: str) -> None:
    methods = interface_of(name).methods
    assert methods
    for method in methods:
        handler = getattr(SERVED[name], adapter_module._WORD.sub("_", method.name).lower())
        assert inspect.iscoroutinefunction(handler), method.name
        arguments = list(inspect.signature(handler).parameters)
        assert len(arguments) == 2 + len(method.in_args), method.name


def test_every_property_of_the_contract_is_there_in_its_type(office: Office) -> None:
    async def work() -> None:
        office.roster.update(office.rooms.eye.description.cameras)
        for name, objects in (("org.facelatch.Manager", [office.manager]), ("org.facelatch.Camera", [*office.roster])):
            known = interface_of(name).properties
            assert known
            for each in known:
                assert each.flags == Gio.DBusPropertyInfoFlags.READABLE
                for served in objects:
                    value = getattr(served, each.name.lower())
                    assert type(value) is {"s": str, "b": bool}[each.signature], each.name

    office.run(work)


def test_every_signal_is_told_with_the_values_of_the_contract(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the actions tell is checked against the interface, since nothing else does that when a signal goes out."""
    told: dict[str, set[str]] = {}

    def tell(receiver: str, path: str, interface: str, signal: str, *values: tuple[str, Any]) -> None:
        assert interface == "org.facelatch.Camera"
        told.setdefault(signal, set()).add("".join(signature for signature, _value in values))

    async def work() -> None:
        monkeypatch.setattr(office.bus, "tell", tell)
        camera = office.camera
        await camera.claim(AS_ROOT, "alice")
        for start in (
            camera.verify_start(AS_ROOT, "", {}),
            camera.enroll_start(AS_ROOT, "", {"face": "made up"}),
            camera.preview_start(AS_ROOT),
        ):
            await start
            await asyncio.sleep(0.1)
            await camera.pause()

    office.run(work)
    signals = interface_of("org.facelatch.Camera").signals
    assert told == {each.name: {"".join(one.signature for one in each.args)} for each in signals}
