"""What is got ready before a face is asked for: only where one could open something, and never again and again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gi.events import GLibEventLoopPolicy
from hypothesis import example, given
from hypothesis import strategies as st

from facelatch.types import Reason, ServiceClass
from facelatch_eye.messages import Warm
from facelatchd import foresight as foresight_module
from facelatchd.bouncer import Caller
from facelatchd.bus.adapter import Bus
from facelatchd.clock import now
from facelatchd.foresight import (
    ENDS,
    MOST_PEOPLE,
    RETURNS,
    UPOWER,
    Foresight,
    Preparation,
    Prospect,
    Sign,
    awaited,
    preparation_for,
    signs_of,
)
from facelatchd.house import House
from facelatchd.place import Kind, Place, Session
from facelatchd.refusal import Refused
from facelatchd.seat import MANAGER, SESSION, Seat
from facelatchd.settings import CameraRule, PasswordRule, SeatRule
from facelatchd.store import Guest, Template, User
from tests import mocks
from tests.buses import PrivateBus
from tests.mocks import Logind
from tests.unit.facelatchd.bus.office import attempt
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED, RING
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import MANIFEST, USER, unit
from tests.unit.facelatchd.test_warmth import until

GDM = 120
MINE = Session(id="2", uid=ME.uid, kind=Kind.USER, seat="seat0", console=2, active=True, locked=True)
OPEN = msgspec.structs.replace(MINE, locked=False)
GREETER = Session(id="c1", uid=GDM, kind=Kind.GREETER, seat="seat0", active=True)
ME_ANYHOW = Prospect(ME.uid, frozenset({ServiceClass.UNLOCK, ServiceClass.LOGIN}), ("cam",))

# --- what to do -------------------------------------------------------------------------------------------------------

mostly = st.sampled_from([True, True, True, False])
people = st.sampled_from([ME.uid, ME.uid, 4711])
sessions = st.builds(
    Session,
    id=st.just("1"),
    uid=people,
    kind=st.sampled_from([*Kind, Kind.USER, Kind.USER]),
    seat=st.sampled_from(["", "seat0", "seat0", "seat0"]),
    active=mostly,
    remote=mostly.map(lambda value: not value),
    locked=mostly,
)
places = st.builds(Place, st.none(), st.lists(sessions, min_size=1, max_size=3).map(tuple), st.booleans())
classes = st.frozensets(st.sampled_from([ServiceClass.UNLOCK, ServiceClass.LOGIN]))
prospects = st.lists(st.builds(Prospect, uid=people, classes=classes), min_size=1, max_size=3)
signs = st.sampled_from(list(Sign))


@given(signs, places, prospects, st.floats(0, 30))
@example(Sign.WAKES, Place(front=(MINE,)), [ME_ANYHOW], 5.0)
def test_a_camera_opens_only_where_somebody_returns_to_a_screen_that_a_face_opens(
    sign: Sign, place: Place, prospects: list[Prospect], ahead: float
) -> None:
    if preparation_for(sign, place, prospects, ahead) is not Preparation.CAMERA:
        return
    assert sign in RETURNS
    assert ahead > 0
    assert not place.lid_closed
    those = awaited(place, prospects)
    assert those
    for prospect in those:
        assert prospect.classes
        assert any(
            session.in_front
            and (
                (session.kind is Kind.USER and session.locked and session.uid == prospect.uid)
                or (session.kind in (Kind.GREETER, Kind.LOCK_SCREEN) and ServiceClass.LOGIN in prospect.classes)
            )
            for session in place.front
        )


@given(st.sampled_from(sorted(ENDS, key=str)), places, prospects, st.floats(0, 30))
@example(Sign.UNLOCKS, Place(front=(MINE,)), [ME_ANYHOW], 5.0)
def test_whatever_ends_somebodys_presence_gets_nothing_ready(
    sign: Sign, place: Place, prospects: list[Prospect], ahead: float
) -> None:
    assert preparation_for(sign, place, prospects, ahead) is Preparation.NOTHING


@given(signs, places, st.floats(0, 30))
def test_where_nobody_could_be_let_in_nothing_is_got_ready(sign: Sign, place: Place, ahead: float) -> None:
    assert preparation_for(sign, place, [], ahead) is Preparation.NOTHING


@given(signs, places, prospects, st.floats(0, 30))
@example(Sign.WAKES, Place(front=(MINE,)), [ME_ANYHOW], 5.0)
def test_a_closed_lid_never_rouses_anything(sign: Sign, place: Place, prospects: list[Prospect], ahead: float) -> None:
    closed = msgspec.structs.replace(place, lid_closed=True)
    assert preparation_for(sign, closed, prospects, ahead) is Preparation.NOTHING


@pytest.mark.parametrize(
    ("sign", "front", "wanted"),
    [
        (Sign.WAKES, MINE, Preparation.CAMERA),
        (Sign.LID_OPENS, MINE, Preparation.CAMERA),
        (Sign.WAKES, GREETER, Preparation.CAMERA),
        (Sign.WAKES, OPEN, Preparation.EYE),
        (Sign.LOCKS, OPEN, Preparation.EYE),
        (Sign.LOCKS, MINE, Preparation.EYE),
        (Sign.COMES_TO_FRONT, GREETER, Preparation.EYE),
        (Sign.WAKES, msgspec.structs.replace(MINE, active=False), Preparation.NOTHING),
        (Sign.WAKES, msgspec.structs.replace(MINE, remote=True), Preparation.NOTHING),
        (Sign.WAKES, msgspec.structs.replace(MINE, uid=4711), Preparation.NOTHING),
    ],
)
def test_what_is_done_for_one_who_may(sign: Sign, front: Session, wanted: Preparation) -> None:
    assert preparation_for(sign, Place(front=(front,)), [ME_ANYHOW], 5.0) is wanted
    never = Preparation.EYE if wanted is Preparation.CAMERA else wanted
    assert preparation_for(sign, Place(front=(front,)), [ME_ANYHOW], 0.0) is never


def test_a_screen_lock_s_class_alone_opens_no_login_screen() -> None:
    unlocks = Prospect(ME.uid, frozenset({ServiceClass.UNLOCK}))
    assert preparation_for(Sign.WAKES, Place(front=(GREETER,)), [unlocks], 5.0) is Preparation.NOTHING


# --- what is heard ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interface", "changed", "expected"),
    [
        (MANAGER, {"LidClosed": True}, [Sign.LID_CLOSES]),
        (MANAGER, {"LidClosed": False}, [Sign.LID_OPENS]),
        (UPOWER, {"LidIsClosed": False, "OnBattery": True}, [Sign.LID_OPENS]),
        (SESSION, {"LockedHint": True}, [Sign.LOCKS]),
        (SESSION, {"LockedHint": False, "Active": True}, [Sign.UNLOCKS, Sign.COMES_TO_FRONT]),
        (SESSION, {"Active": False}, []),
        (SESSION, {"LidClosed": False, "IdleHint": True}, []),
        (MANAGER, {"LidClosed": "no"}, []),
        ("org.example", {"LockedHint": True, "LidClosed": True}, []),
    ],
)
def test_what_changes_of_properties_tell(interface: str, changed: dict[str, Any], expected: list[Sign]) -> None:
    assert list(signs_of(interface, changed)) == expected


@given(st.text(), st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_whatever_is_said_of_properties_raises_nothing(interface: str, changed: dict[str, Any]) -> None:
    for owner in (interface, MANAGER, SESSION, UPOWER):
        list(signs_of(owner, changed))


# --- what is done -----------------------------------------------------------------------------------------------------


class Chair(Seat):
    """A seat at which the test says who sits; it counts how often it is asked by whom nobody has asked."""

    def __init__(self, *front: Session, lid_closed: bool = False) -> None:
        super().__init__()
        self.seen: Place | Refused = Place(front=front, lid_closed=lid_closed)
        self.asked = 0

    async def front(self) -> Place:
        self.asked += 1
        if isinstance(self.seen, Refused):
            raise self.seen
        return self.seen

    async def place(self, caller: Caller) -> Place:
        assert isinstance(self.seen, Place)
        return self.seen


def ready(folder: Path) -> Rooms:
    """Rooms in which nobody is enrolled, and cameras may run ahead for long."""
    rooms = Rooms(folder)
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=CameraRule(ahead=30.0), seat=SeatRule())
    rooms.eye.answers = (OPENED, USER)
    return rooms


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = ready(tmp_path)
    rooms.enrol()
    return rooms


def foresee(rooms: Rooms, seat: Seat, work: Callable[[House, Foresight], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with rooms.serving() as served:
            house = dataclasses.replace(served, seat=seat)
            foresight = Foresight(house)
            try:
                await work(house, foresight)
            finally:
                foresight.end()

    asyncio.run(inside())


async def minded(foresight: Foresight) -> None:
    """Wait until what was heard last has had its effect."""
    assert foresight._minding is not None, "nothing was heard that something could be done about"
    await asyncio.wait([foresight._minding])


def requests_after(rooms: Rooms, seat: Seat, *signs: Sign) -> list[object]:
    """What the eye is asked for signs, one after the other."""

    async def work(house: House, foresight: Foresight) -> None:
        for sign in signs:
            foresight.note(sign)
            if sign not in ENDS:
                await minded(foresight)
        if rooms.eye.open or house.watcher.is_warm:
            await until(lambda: bool(rooms.eye.requests))
        await asyncio.sleep(0.05)

    foresee(rooms, seat, work)
    return list(rooms.eye.requests)


@pytest.mark.parametrize("sign", sorted(RETURNS, key=str))
def test_who_returns_to_a_locked_screen_finds_the_camera_of_his_face_running(rooms: Rooms, sign: Sign) -> None:
    assert requests_after(rooms, Chair(MINE), sign) == [Warm((CAMERA.id,), companion=False, seconds=30.0)]


def test_who_returns_to_a_login_screen_finds_the_camera_of_somebody_enrolled_running(rooms: Rooms) -> None:
    assert requests_after(rooms, Chair(GREETER), Sign.WAKES) == [Warm((CAMERA.id,), companion=False, seconds=30.0)]


def test_a_lock_rouses_the_eye_and_opens_no_camera(rooms: Rooms) -> None:
    assert requests_after(rooms, Chair(OPEN), Sign.LOCKS) == [RING]


def test_guests_and_those_without_a_face_of_this_pack_open_no_login_screen(tmp_path: Path) -> None:
    rooms = ready(tmp_path)
    rooms.store.add_face(Guest("Ada"), "guest", MANIFEST.id, MANIFEST.space, CAMERA.id, [unit()])
    for number in range(MOST_PEOPLE):
        rooms.store.add_face(User(f"a{number}", 5000 + number), "old", "old", "f" * 16, CAMERA.id, [unit()])
    assert requests_after(rooms, Chair(GREETER), Sign.WAKES) == []
    rooms.enrol()
    assert requests_after(rooms, Chair(GREETER), Sign.WAKES) == [Warm((CAMERA.id,), seconds=30.0)], "they take no place"


def test_the_infrared_camera_of_a_face_runs_along(tmp_path: Path) -> None:
    rooms = ready(tmp_path)
    rooms.store.add_face(ME, "dark", MANIFEST.id, MANIFEST.space, CAMERA.id, [unit()] * 3, infrared="dark")
    assert requests_after(rooms, Chair(MINE), Sign.WAKES) == [Warm((CAMERA.id,), companion=True, seconds=30.0)]


def test_templates_that_were_opened_to_ask_the_gates_are_zeroed(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Template] = []
    templates = rooms.store.templates

    def note(user: User, space: str) -> list[Template]:
        opened.extend(found := templates(user, space))
        return found

    monkeypatch.setattr(rooms.store, "templates", note)
    requests_after(rooms, Chair(MINE), Sign.WAKES)
    assert opened
    assert not any(template.vector.any() for template in opened)


def lock_out(rooms: Rooms) -> None:
    for _ in range(5):
        rooms.store.record_attempt(attempt("swaylock", ME), now())


def want_password(rooms: Rooms) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, password=PasswordRule())


def forbid(rooms: Rooms) -> None:
    rules = {kind: msgspec.structs.replace(rule, allowed=False) for kind, rule in rooms.settings.rules.items()}
    rooms.settings = msgspec.structs.replace(rooms.settings, rules=rules)


def forget(rooms: Rooms) -> None:
    rooms.store.remove_all(ME)


@pytest.mark.parametrize("shut", [lock_out, want_password, forbid, forget], ids=lambda shut: shut.__name__)
@pytest.mark.parametrize("front", [MINE, GREETER], ids=["locked", "greeter"])
def test_no_camera_opens_where_a_gate_is_shut_anyway(
    rooms: Rooms, shut: Callable[[Rooms], None], front: Session
) -> None:
    shut(rooms)
    assert requests_after(rooms, Chair(front), Sign.WAKES, Sign.LOCKS) == []


def test_no_camera_opens_under_a_closed_lid(rooms: Rooms) -> None:
    assert requests_after(rooms, Chair(MINE, lid_closed=True), Sign.WAKES) == []


def test_a_lid_that_opens_after_the_machine_has_woken_under_it_opens_the_camera(rooms: Rooms) -> None:
    chair = Chair(MINE, lid_closed=True)

    async def work(house: House, foresight: Foresight) -> None:
        foresight.note(Sign.WAKES)
        await minded(foresight)
        chair.seen = Place(front=(MINE,))
        foresight.note(Sign.LID_OPENS)
        await minded(foresight)
        await until(lambda: rooms.eye.warm == 1)

    foresee(rooms, chair, work)


def test_where_logind_says_nothing_nothing_is_got_ready(rooms: Rooms) -> None:
    chair = Chair(MINE)
    chair.seen = Refused(Reason.NOT_AT_SEAT, "there is no bus")
    assert requests_after(rooms, chair, Sign.WAKES) == []
    assert requests_after(rooms, Seat(), Sign.WAKES) == []


def test_ahead_of_0_opens_no_camera_and_rouses_the_eye(rooms: Rooms) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=CameraRule(ahead=0.0))
    assert requests_after(rooms, Chair(MINE), Sign.WAKES) == [RING]


@pytest.mark.parametrize("sign", sorted(ENDS, key=str))
def test_a_camera_that_runs_ahead_is_let_go_of_at_once(rooms: Rooms, sign: Sign) -> None:
    async def work(house: House, foresight: Foresight) -> None:
        foresight.note(Sign.WAKES)
        await until(lambda: rooms.eye.warm == 1)
        foresight.note(sign)
        assert not house.watcher.is_warm
        await until(lambda: rooms.eye.open == 0)

    foresee(rooms, Chair(MINE), work)


def test_a_camera_that_runs_on_behind_a_login_is_left_running(rooms: Rooms) -> None:
    async def work(house: House, foresight: Foresight) -> None:
        await house.watcher.warm(("held",), 30.0)
        foresight.note(Sign.WAKES)
        await minded(foresight)
        await until(lambda: rooms.eye.warm == 1)

    foresee(rooms, Chair(MINE), work)
    assert rooms.eye.looks == [Warm(("held",), seconds=30.0)]


def test_a_machine_that_sleeps_again_while_it_is_looked_who_is_there_opens_no_camera(rooms: Rooms) -> None:
    async def work(_house: House, foresight: Foresight) -> None:
        foresight.note(Sign.WAKES)
        foresight.note(Sign.SLEEPS)
        await minded(foresight)

    foresee(rooms, Chair(MINE), work)
    assert rooms.eye.requests == []


# --- again and again --------------------------------------------------------------------------------------------------


def test_lid_and_wake_together_open_one_camera_once(rooms: Rooms) -> None:
    signs = [Sign.WAKES, Sign.LID_OPENS, Sign.LID_OPENS, Sign.WAKES]
    assert len(requests_after(rooms, Chair(MINE), *signs)) == 1


def test_a_camera_that_has_run_out_is_not_opened_again_before_the_machine_slept(rooms: Rooms) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=CameraRule(ahead=0.05))

    async def work(house: House, foresight: Foresight) -> None:
        for sign, opened in ((Sign.WAKES, 1), (Sign.LID_OPENS, 1), (Sign.SLEEPS, 1), (Sign.WAKES, 2)):
            foresight.note(sign)
            await minded(foresight)
            await until(lambda: not house.watcher.is_warm and rooms.eye.open == 0)
            assert len(rooms.eye.looks) == opened, sign

    foresee(rooms, Chair(MINE), work)


def test_a_session_that_says_without_end_that_it_is_locked_and_not_keeps_nobody_busy(rooms: Rooms) -> None:
    chair = Chair(OPEN)

    async def work(_house: House, foresight: Foresight) -> None:
        for _ in range(100):
            foresight.note(Sign.LOCKS)
            foresight.note(Sign.COMES_TO_FRONT)
            await asyncio.sleep(0)
        await minded(foresight)
        for _ in range(100):
            foresight.note(Sign.LOCKS)
        await minded(foresight)
        await until(lambda: rooms.eye.requests == [RING])

    foresee(rooms, chair, work)
    assert chair.asked == 1
    assert rooms.eye.looks == []


def test_a_session_that_is_locked_later_rouses_the_eye_again(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight_module, "PAUSE", 0.0)
    assert requests_after(rooms, Chair(OPEN), Sign.LOCKS, Sign.LOCKS)[0] == RING


def test_who_locks_his_screen_does_not_end_what_a_wake_has_begun(rooms: Rooms) -> None:
    async def work(_house: House, foresight: Foresight) -> None:
        foresight.note(Sign.WAKES)
        foresight.note(Sign.LOCKS)
        await until(lambda: rooms.eye.warm == 1)

    foresee(rooms, Chair(MINE), work)


# --- over a real bus --------------------------------------------------------------------------------------------------

with_bus = pytest.mark.skipif(bool(mocks.obstacle()), reason=mocks.obstacle())


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus:
        yield bus


@pytest.fixture
def logind(bus: PrivateBus) -> Iterator[Logind]:
    logind = Logind(bus)
    logind.add_seat("seat0")
    logind.add_session("2", ME.uid, seat="seat0", console=2, locked=True)
    yield logind
    logind.end()


def on_bus(bus: PrivateBus, rooms: Rooms, work: Callable[[House], Awaitable[None]]) -> None:
    """Do something while a judge on the bus hears logind."""

    async def inside() -> None:
        connection = await Bus.connect(bus.address)
        async with rooms.serving() as house:
            house.seat.use(connection)
            foresight = Foresight(house)
            foresight.listen(connection)
            await house.seat.front()  # the bus knows by then what is listened to
            await work(house)
            foresight.end()
        await connection.close(0.1)

    with asyncio.Runner(loop_factory=GLibEventLoopPolicy().get_event_loop) as runner:
        runner.run(inside())


@with_bus
def test_the_whole_day_of_a_laptop(bus: PrivateBus, logind: Logind, rooms: Rooms) -> None:
    """Each of logind's signals as logind sends it."""
    eye = rooms.eye

    async def work(house: House) -> None:
        logind.prepare_for_sleep(False)
        await until(lambda: eye.warm == 1)
        logind.prepare_for_sleep(True)
        await until(lambda: eye.warm == 0)
        logind.lid(closed=True)
        logind.lid(closed=False)
        await until(lambda: eye.warm == 1)
        logind.change("2", LockedHint=("b", False))
        await until(lambda: eye.warm == 0)
        logind.lid(closed=True)
        logind.prepare_for_sleep(False)
        await until(lambda: rooms.eye.open == 0)
        assert len(eye.looks) == 2, "it has woken under a closed lid"
        assert RING not in eye.requests
        logind.change("2", LockedHint=("b", True))
        logind.lid(closed=False)
        await until(lambda: eye.warm == 1)

    on_bus(bus, rooms, work)
    assert len(eye.looks) == 3


@with_bus
@pytest.mark.parametrize("how", ["hint", "signal", "front"])
def test_a_lock_is_heard_of_whatever_session_and_rouses_the_eye(
    bus: PrivateBus, logind: Logind, rooms: Rooms, how: str
) -> None:
    async def work(_house: House) -> None:
        match how:
            case "hint":
                logind.change("2", LockedHint=("b", True))
            case "front":
                logind.change("2", Active=("b", True))
            case "signal":
                logind.order_lock("2")
        await until(lambda: rooms.eye.requests == [RING])

    on_bus(bus, rooms, work)
    assert rooms.eye.looks == []


@with_bus
def test_a_logind_that_hangs_gets_nothing_ready_and_is_no_fault(
    bus: PrivateBus, logind: Logind, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelatchd.seat.PATIENCE", 0.1)

    async def work(house: House) -> None:
        logind.hang()
        foresight = Foresight(house)
        foresight.note(Sign.WAKES)
        await minded(foresight)

    on_bus(bus, rooms, work)
    assert rooms.eye.requests == []
