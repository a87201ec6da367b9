"""What logind is asked, over a real bus: everything anew, within a second, and of a process that lives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gi.events import GLibEventLoopPolicy
from gi.repository import GLib

from facelatch.types import Reason
from facelatchd import seat as seat_module
from facelatchd.bouncer import Caller
from facelatchd.bus.adapter import Bus
from facelatchd.place import Kind, Place, Session
from facelatchd.refusal import Refused
from facelatchd.seat import Seat
from tests import mocks
from tests.buses import PrivateBus
from tests.mocks import Logind, Systemd

ALICE = 1000
GDM = 120
ME = Caller(pid=os.getpid(), uid=0)
DESKTOP = Session(id="2", uid=ALICE, kind=Kind.USER, seat="seat0", console=2, active=True)

pytestmark = pytest.mark.skipif(bool(mocks.obstacle()), reason=mocks.obstacle())


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus:
        yield bus


@pytest.fixture
def logind(bus: PrivateBus) -> Iterator[Logind]:
    logind = Logind(bus)
    yield logind
    logind.end()


@pytest.fixture
def systemd(bus: PrivateBus) -> Iterator[Systemd]:
    systemd = Systemd(bus)
    yield systemd
    systemd.end()


def asked(bus: PrivateBus, *callers: Caller) -> list[Place | Refused]:
    """What a judge on the bus finds out about requests, one after the other."""

    async def inside() -> list[Place | Refused]:
        found: list[Place | Refused] = []
        connection = await Bus.connect(bus.address)
        seat = Seat()
        seat.use(connection)
        for caller in callers:
            try:
                found.append(await seat.place(caller))
            except Refused as refused:
                found.append(refused)
        await connection.close(0.1)
        return found

    with asyncio.Runner(loop_factory=GLibEventLoopPolicy().get_event_loop) as runner:  # as main does
        return runner.run(inside())


def place_of(bus: PrivateBus, caller: Caller = ME) -> Place:
    (found,) = asked(bus, caller)
    assert isinstance(found, Place), found
    return found


def refusal_of(bus: PrivateBus, caller: Caller = ME) -> str:
    """The log's text for a request whose place logind does not tell."""
    (found,) = asked(bus, caller)
    assert isinstance(found, Refused), found
    assert found.reason is Reason.NOT_AT_SEAT
    return str(found)


@contextlib.contextmanager
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives during the block, or until it is killed."""
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            yield child
        finally:
            child.kill()


def test_a_request_from_the_desktop_is_in_the_session_in_front(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    logind.put(ME.pid, "2")
    assert place_of(bus) == Place(caller=DESKTOP, front=(DESKTOP,))


def test_a_request_from_no_session_has_none(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    assert place_of(bus) == Place(caller=None, front=(DESKTOP,))


def test_a_request_from_no_session_is_whose_slice_it_is_in(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    logind.put_in_slice(ME.pid, 1001)
    assert place_of(bus) == Place(front=(DESKTOP,), asker=1001)


AGENTS_UNITS = ("polkit-agent-helper@7-{pid}-1000.service", "polkit-agent-helper@7-312-{pid}-1000.service")
"""As systemd names them until 257, and since 258."""


@pytest.mark.parametrize("unit", AGENTS_UNITS)
def test_a_request_of_polkit_s_helper_comes_from_the_session_of_the_dialog(
    bus: PrivateBus, logind: Logind, systemd: Systemd, unit: str
) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    with process() as agent:
        logind.put(agent.pid, "2")
        systemd.put(ME.pid, unit.format(pid=agent.pid))
        assert place_of(bus) == Place(caller=DESKTOP, front=(DESKTOP,), asker=ALICE)


def test_a_request_of_polkit_s_helper_for_a_dialog_over_ssh_is_remote(
    bus: PrivateBus, logind: Logind, systemd: Systemd
) -> None:
    logind.add_session("5", ALICE, remote=True)
    with process() as agent:
        logind.put(agent.pid, "5")
        systemd.put(ME.pid, AGENTS_UNITS[0].format(pid=agent.pid))
        found = place_of(bus)
    assert found.caller is not None
    assert found.caller.remote


def test_a_dialog_of_a_user_s_service_is_in_no_session_and_its_user_asks(
    bus: PrivateBus, logind: Logind, systemd: Systemd
) -> None:
    with process() as agent:
        systemd.put(ME.pid, AGENTS_UNITS[0].format(pid=agent.pid))
        assert place_of(bus) == Place(asker=ALICE)


def test_a_dialog_whose_program_has_ended_opens_nothing(bus: PrivateBus, logind: Logind, systemd: Systemd) -> None:
    with process() as agent:
        pid = agent.pid
    systemd.put(ME.pid, AGENTS_UNITS[0].format(pid=pid))
    assert f"process {pid}" in refusal_of(bus)


def test_a_dialog_whose_number_is_another_process_s_now_opens_nothing(
    bus: PrivateBus, logind: Logind, systemd: Systemd
) -> None:
    with process() as agent:
        systemd.put(ME.pid, f"polkit-agent-helper@7-312-{agent.pid}_1-1000.service")
        assert "not the one that asked" in refusal_of(bus)


def test_a_dialog_in_the_session_of_somebody_else_opens_nothing(
    bus: PrivateBus, logind: Logind, systemd: Systemd
) -> None:
    logind.add_session("2", 1001)
    with process() as agent:
        logind.put(agent.pid, "2")
        systemd.put(ME.pid, AGENTS_UNITS[0].format(pid=agent.pid))
        assert "uid 1000's in a session of 1001's" in refusal_of(bus)


@pytest.mark.parametrize(
    "unit", ["gdm.service", "polkit-agent-helper@7.service", "my-polkit-agent-helper@7-1-1000.service", ""]
)
def test_other_services_of_the_system_ask_for_nobody(
    bus: PrivateBus, logind: Logind, systemd: Systemd, unit: str
) -> None:
    systemd.put(ME.pid, unit)
    assert place_of(bus) == Place()


def test_sudo_over_ssh_is_remote_and_not_in_front(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    logind.add_session("5", ALICE, remote=True)
    logind.put(ME.pid, "5")
    place = place_of(bus)
    assert place.caller == Session(id="5", uid=ALICE, kind=Kind.USER, active=True, remote=True)
    assert place.front == (DESKTOP,)


def test_a_session_behind_another_is_not_in_front(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2, active=False, locked=True)
    logind.add_session("c1", GDM, seat="seat0", kind="greeter", console=1)
    logind.put(ME.pid, "2")
    place = place_of(bus)
    assert place.caller == Session(id="2", uid=ALICE, kind=Kind.USER, seat="seat0", console=2, locked=True)
    assert [(session.id, session.kind) for session in place.front] == [("c1", Kind.GREETER)]


def test_each_seat_has_somebody_in_front(bus: PrivateBus, logind: Logind) -> None:
    for seat, name, uid in (("seat0", "2", ALICE), ("seat1", "4", 1001)):
        logind.add_seat(seat)
        logind.add_session(name, uid, seat=seat)
    assert {(session.seat, session.uid) for session in place_of(bus).front} == {("seat0", ALICE), ("seat1", 1001)}


def test_a_seat_with_nobody_at_it_has_nobody_in_front(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    assert place_of(bus) == Place()


def test_a_session_that_has_just_lost_its_seat_is_not_in_front(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    logind.change("2", Active=("b", False))
    assert place_of(bus).front == ()


@pytest.mark.parametrize("closed", [False, True])
def test_a_closed_lid_is_told(bus: PrivateBus, logind: Logind, closed: bool) -> None:
    logind.lid(closed=closed)
    assert place_of(bus).lid_closed is closed


def test_nothing_is_remembered_from_one_request_to_the_next(bus: PrivateBus, logind: Logind) -> None:
    logind.add_seat("seat0")
    logind.add_session("2", ALICE, seat="seat0", console=2)
    logind.put(ME.pid, "2")

    async def inside() -> list[bool]:
        connection = await Bus.connect(bus.address)
        seat = Seat()
        seat.use(connection)
        before = await seat.place(ME)
        await asyncio.to_thread(logind.change, "2", Active=("b", False))
        after = await seat.place(ME)
        await connection.close(0.1)
        return [bool(before.front), bool(after.front)]

    with asyncio.Runner(loop_factory=GLibEventLoopPolicy().get_event_loop) as runner:
        assert runner.run(inside()) == [True, False]


def test_a_logind_that_hangs_is_not_waited_for(
    bus: PrivateBus, logind: Logind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat_module, "PATIENCE", 0.2)
    logind.add_seat("seat0")
    logind.hang()
    assert "not answered within 0.2 s" in refusal_of(bus)


def test_a_logind_that_takes_its_time_for_each_answer_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat_module, "PATIENCE", 0.05)
    seat = Seat()
    seat.use(Answering(answers(ListSeats=([("seat0", "/s")],), Get=(("2", "/2"),)), takes=0.04))
    with pytest.raises(Refused, match="not answered"):
        asyncio.run(seat.place(ME))


def test_without_logind_nobody_is_at_a_seat(bus: PrivateBus) -> None:
    assert "login1" in refusal_of(bus)


def test_without_a_bus_nobody_is_at_a_seat() -> None:
    with pytest.raises(Refused, match="no bus") as caught:
        asyncio.run(Seat().place(ME))
    assert caught.value.reason is Reason.NOT_AT_SEAT


def test_a_bus_that_was_lost_is_not_asked_any_more() -> None:
    seat = Seat()
    seat.use(Answering({}))
    seat.use(None)
    with pytest.raises(Refused, match="no bus"):
        asyncio.run(seat.place(ME))


def test_an_error_of_logind_s_other_than_no_session_is_not_taken_for_none(bus: PrivateBus, logind: Logind) -> None:
    logind.fail("org.freedesktop.login1.NoSuchProcess")
    assert "logind" in refusal_of(bus)


def test_a_process_that_has_ended_is_nowhere(bus: PrivateBus, logind: Logind) -> None:
    with process() as child:
        pid = child.pid
        logind.put(pid, "2")
    assert f"process {pid}" in refusal_of(bus, Caller(pid, 0))


@pytest.mark.parametrize("pid", [0, -1])
def test_a_number_that_is_no_process_s_is_not_asked_about(bus: PrivateBus, logind: Logind, pid: int) -> None:
    """With 0, which is what the kernel says of a process that the judge cannot see, logind tells of the judge."""
    assert f"process {pid}" in refusal_of(bus, Caller(pid, 0))


class Answering:
    """A bus that answers from a table, and does something before each answer."""

    def __init__(
        self, answers: dict[str, Any], before: Callable[[], object] = lambda: None, takes: float = 0.0
    ) -> None:
        self._answers = answers
        self._before = before
        self._takes = takes

    async def call(
        self, name: str, path: str, interface: str, method: str, arguments: GLib.Variant, seconds: float = 5.0
    ) -> Any:
        self._before()
        await asyncio.sleep(self._takes)
        return self._answers[method]


SESSION_PROPERTIES = {
    "Id": "2", "User": (ALICE, "/u"), "Seat": ("seat0", "/s"), "Class": "user", "VTNr": 2, "Active": True,
    "Remote": False, "LockedHint": False,
}  # fmt: skip


def answers(**changed: Any) -> dict[str, Any]:
    table = {"GetSessionByPID": ("/2",), "ListSeats": ([],), "Get": (False,), "GetAll": (SESSION_PROPERTIES,)}
    return table | changed


def test_a_process_that_ends_while_logind_is_asked_may_have_left_its_number_to_another() -> None:
    with process() as child:

        def end() -> None:
            child.kill()
            child.wait()

        seat = Seat()
        seat.use(Answering(answers(), before=end))
        with pytest.raises(Refused, match="has ended"):
            asyncio.run(seat.place(Caller(child.pid, 0)))


def test_the_same_answers_about_a_process_that_lives_are_believed() -> None:
    seat = Seat()
    seat.use(Answering(answers()))
    assert asyncio.run(seat.place(ME)).caller == DESKTOP


@pytest.mark.parametrize("lost", sorted(SESSION_PROPERTIES))
def test_a_session_of_which_logind_does_not_tell_all_is_not_believed(lost: str) -> None:
    seat = Seat()
    seat.use(
        Answering(answers(GetAll=({name: SESSION_PROPERTIES[name] for name in SESSION_PROPERTIES if name != lost},)))
    )
    with pytest.raises(Refused, match=lost):
        asyncio.run(seat.place(ME))


def test_asking_leaves_no_descriptor_open() -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    seat = Seat()
    seat.use(Answering(answers()))

    async def inside() -> tuple[int, int]:
        before = descriptors()
        for pid in (ME.pid, 0, ME.pid):
            with contextlib.suppress(Refused):
                await seat.place(Caller(pid, 0))
        return before, descriptors()

    before, after = asyncio.run(inside())
    assert before == after
