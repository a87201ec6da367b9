"""A camera that runs ahead of a look, or on behind one: asked for in time, let go of, and nobody's delay."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from facelatch.types import Reason, ServiceClass
from facelatch_eye.messages import Observation, Opened, View, Warm, Watch, pack_message
from facelatchd.house import House
from facelatchd.lines import write_line
from facelatchd.settings import CameraRule
from facelatchd.verification import Verification
from facelatchd.warmth import Warmth
from facelatchd.watcher import Manners, Watcher
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED, RING, FakeEye
from tests.unit.facelatchd.person import ASK, SUDO, Person, outcome_of, run
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import MANIFEST, NOBODY, STRANGER, USER, seen
from tests.unit.facelatchd.watching import FRAME, ROOT, gather, with_eye

HERE, THERE = ("one",), ("another",)


@pytest.fixture
def eye() -> FakeEye:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)
    return eye


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def held(watcher: Watcher, cameras: tuple[str, ...] = HERE, seconds: float = 30.0, most: int = 3) -> None:
    """Look at a camera, and have it run on for so long."""
    watching = watcher.watch(Watch(cameras, seconds=0.6), MANIFEST, ROOT, hold=lambda: seconds)
    async with contextlib.aclosing(watching) as answers:
        got: list[Opened | Observation] = []
        async for answer in answers:
            got.append(answer)
            if len(got) == most:
                break


# --- behind a look ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [3, 10_000], ids=["seen enough", "time over"])
def test_a_camera_that_is_to_run_on_is_asked_for_while_the_look_has_it(
    tmp_path: Path, eye: FakeEye, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the eye would close it, and open it again."""
    open_meanwhile: list[int] = []
    ask = Warmth.ask

    async def slowly(warmth: Warmth, request: Warm) -> None:
        await ask(warmth, request)
        await until(lambda: eye.warm == 1)
        open_meanwhile.append(eye.open)

    monkeypatch.setattr(Warmth, "ask", slowly)

    async def work(watcher: Watcher) -> None:
        await held(watcher, most=most)
        assert open_meanwhile == [2], "the look's connection, and the one behind it"
        await until(lambda: eye.open == 1)
        assert watcher.is_warm

    with_eye(tmp_path, eye, work)
    assert eye.looks[-1] == Warm(HERE, companion=False, seconds=30.0)


def test_the_next_look_takes_over_a_camera_that_runs_on(tmp_path: Path, eye: FakeEye) -> None:
    async def work(watcher: Watcher) -> None:
        await held(watcher)
        await until(lambda: eye.warm == 1)
        await held(watcher, seconds=0.0)
        assert not watcher.is_warm
        await until(lambda: eye.open == 0)

    assert with_eye(tmp_path, eye, work) == 0
    assert [type(request) for request in eye.looks] == [Watch, Warm, Watch]


@pytest.mark.parametrize(("cameras", "runs"), [(HERE, True), (HERE + THERE, True), (THERE + HERE, False), ((), False)])
def test_a_camera_runs_until_the_look_has_it_unless_the_look_wants_another(
    tmp_path: Path, eye: FakeEye, cameras: tuple[str, ...], runs: bool
) -> None:
    eye.answers, eye.hangs = (), True

    async def work(watcher: Watcher) -> None:
        await watcher.warm(HERE, 30.0)
        look = asyncio.create_task(held(watcher, cameras))
        await until(lambda: any(isinstance(request, Watch) for request in eye.looks))
        assert watcher.is_warm is runs
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)

    with_eye(tmp_path, eye, work)


@pytest.mark.parametrize("busy", [False, True], ids=["waiting for the eye", "telling the person something"])
def test_a_look_that_is_cancelled_keeps_no_camera_running(tmp_path: Path, eye: FakeEye, busy: bool) -> None:
    eye.hangs = True

    async def looking(watcher: Watcher) -> None:
        watching = watcher.watch(Watch(HERE, seconds=60.0), MANIFEST, ROOT, hold=lambda: 30.0)
        async with contextlib.aclosing(watching) as answers:
            async for answer in answers:
                if busy and isinstance(answer, Observation):
                    await asyncio.sleep(60)

    async def work(watcher: Watcher) -> None:
        look = asyncio.create_task(looking(watcher))
        await until(lambda: len(eye.looks) == 1)
        await asyncio.sleep(0.05)
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
        assert not watcher.is_warm
        await until(lambda: eye.open == 0)

    with_eye(tmp_path, eye, work)
    assert len(eye.looks) == 1


def test_a_look_that_fails_keeps_no_camera_running(tmp_path: Path, eye: FakeEye) -> None:
    eye.answers = (OPENED, b"\0\0\0\0")

    async def work(watcher: Watcher) -> None:
        with pytest.raises(Exception, match="the eye sent"):
            await held(watcher)

    with_eye(tmp_path, eye, work)
    assert len(eye.looks) == 1


# --- ahead of a look --------------------------------------------------------------------------------------------------


def test_a_camera_that_was_to_be_let_go_of_during_a_look_does_not_run_on_behind_it(
    tmp_path: Path, eye: FakeEye
) -> None:
    """The lid was closed meanwhile, or the machine goes to sleep."""

    async def work(watcher: Watcher) -> None:
        watching = watcher.watch(Watch(HERE, seconds=60.0), MANIFEST, ROOT, hold=lambda: 30.0)
        async with contextlib.aclosing(watching) as answers:
            async for answer in answers:
                if isinstance(answer, Observation):
                    break
                watcher.cool()
        assert not watcher.is_warm
        await until(lambda: eye.open == 0)
        await held(watcher)
        await until(lambda: eye.warm == 1)  # that was for one look only

    with_eye(tmp_path, eye, work)
    assert [type(request) for request in eye.looks] == [Watch, Watch, Warm]


def test_a_camera_that_is_let_go_of_while_it_is_asked_for_does_not_run(tmp_path: Path, eye: FakeEye) -> None:
    async def work(watcher: Watcher) -> None:
        asking = asyncio.create_task(watcher.warm(HERE, 30.0))
        await asyncio.sleep(0)
        watcher.cool()
        await asking
        assert not watcher.is_warm
        await until(lambda: eye.open == 0)

    with_eye(tmp_path, eye, work)


def test_an_eye_that_says_more_than_it_was_asked_is_not_listened_to(tmp_path: Path, eye: FakeEye) -> None:
    class Talker(FakeEye):
        async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(pack_message(OPENED))
                    await writer.drain()
                    await asyncio.sleep(0)

    async def work(watcher: Watcher) -> None:
        await watcher.warm(HERE, 30.0)
        await until(lambda: not watcher.is_warm)

    with_eye(tmp_path, Talker(), work)


def test_a_camera_runs_ahead_for_its_time_and_is_let_go_of(tmp_path: Path, eye: FakeEye) -> None:
    async def work(watcher: Watcher) -> None:
        await watcher.warm(HERE, 0.1, companion=True)
        assert watcher.is_warm
        await until(lambda: not watcher.is_warm)
        await until(lambda: eye.open == 0)

    assert with_eye(tmp_path, eye, work) == 0
    assert eye.requests == [Warm(HERE, companion=True, seconds=0.1)]


def test_no_more_than_one_camera_runs_ahead(tmp_path: Path, eye: FakeEye) -> None:
    async def work(watcher: Watcher) -> None:
        await watcher.warm(HERE, 30.0)
        await asyncio.gather(*(watcher.warm(THERE, 30.0) for _ in range(3)))
        await until(lambda: eye.open == eye.warm == 1 and eye.looks[-1] == Warm(THERE, seconds=30.0))
        watcher.cool()
        await until(lambda: eye.open == 0)
        assert not watcher.is_warm

    with_eye(tmp_path, eye, work)


def test_no_camera_is_asked_for_ahead_of_a_look_that_has_one(tmp_path: Path, eye: FakeEye) -> None:
    """The eye would keep it running behind that look, which may have opened everything."""

    async def work(watcher: Watcher) -> None:
        look = asyncio.create_task(gather(watcher, 5.0, 10_000, manners=Manners.PAUSE))
        await until(lambda: len(eye.looks) == 1)
        await watcher.warm(HERE, 30.0)
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)

    with_eye(tmp_path, eye, work)
    assert len(eye.looks) == 1


@pytest.mark.parametrize("said", [b"\0\0\0\0", b"\0\0\0\1\xc1", b""], ids=["no length", "no message", "nothing"])
def test_an_eye_that_goes_or_says_what_it_should_not_is_forgotten(tmp_path: Path, said: bytes) -> None:
    class Other(FakeEye):
        async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            writer.close()

    async def work(watcher: Watcher) -> None:
        await watcher.warm(HERE, 30.0)
        await until(lambda: not watcher.is_warm)

    assert with_eye(tmp_path, Other(), work) == 0


def test_without_an_eye_nothing_runs_and_nothing_is_raised(tmp_path: Path) -> None:
    async def inside() -> None:
        watcher = Watcher(tmp_path / "none.sock")
        await watcher.warm(HERE, 30.0)
        assert not watcher.is_warm
        watcher.rouse()
        watcher.cool()
        await asyncio.sleep(0.05)

    asyncio.run(inside())


def test_an_eye_that_hangs_keeps_no_look_waiting_and_is_not_blamed(tmp_path: Path) -> None:
    silences: list[None] = []

    async def inside() -> None:
        with socket.socket(socket.AF_UNIX) as hung:  # it takes connections, and nothing else
            hung.bind(str(tmp_path / "eye.sock"))
            hung.listen(0)
            watcher = Watcher(tmp_path / "eye.sock", lambda: silences.append(None))
            for _ in range(3):
                await watcher.warm(HERE, 0.2)
            await until(lambda: not watcher.is_warm)

    asyncio.run(inside())
    assert silences == []


def test_the_eye_is_roused_and_asked_nothing_that_would_open_its_cameras(tmp_path: Path, eye: FakeEye) -> None:
    async def work(watcher: Watcher) -> None:
        watcher.rouse()
        await until(lambda: bool(eye.requests))

    with_eye(tmp_path, eye, work)
    assert eye.requests == [RING]


# --- verifications ----------------------------------------------------------------------------------------------------


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    return rooms


def holding(rooms: Rooms, seconds: float = 30.0) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=CameraRule(hold=seconds))


@pytest.mark.parametrize("shown", [STRANGER, NOBODY, seen(View.FAR)], ids=["another", "nobody", "far"])
def test_a_login_that_failed_leaves_the_camera_running_for_the_next(rooms: Rooms, shown: Observation) -> None:
    rooms.eye.answers = (OPENED, shown)
    holding(rooms)
    assert outcome_of(rooms).reason is not Reason.MATCHED
    look, behind = rooms.eye.looks
    assert isinstance(look, Watch)
    assert behind == Warm(look.cameras, companion=False, seconds=30.0)
    assert look.cameras[0] == CAMERA.id


def test_a_match_leaves_no_camera_running(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, USER)
    holding(rooms)
    assert outcome_of(rooms).reason is Reason.MATCHED
    assert len(rooms.eye.looks) == 1


def test_a_camera_that_is_not_to_be_held_is_not(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, STRANGER)
    holding(rooms, 0.0)
    outcome_of(rooms)
    assert len(rooms.eye.looks) == 1


def test_a_try_leaves_no_camera_running(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, STRANGER)
    holding(rooms)
    outcome_of(rooms, msgspec.structs.replace(ASK, service_class=ServiceClass.UNLOCK))
    assert len(rooms.eye.looks) == 1


def test_a_judge_that_stops_and_a_door_that_goes_leave_no_camera_running(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, NOBODY)
    holding(rooms)

    async def work(house: House) -> None:
        look = asyncio.create_task(Verification(house, ASK, Person()).run())
        await until(lambda: len(rooms.eye.looks) == 1)
        await asyncio.sleep(0.05)
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
        await until(lambda: rooms.eye.open == 0)

    run(rooms, work)
    assert len(rooms.eye.looks) == 1


def test_a_camera_that_may_not_be_used_is_not_left_running(rooms: Rooms) -> None:
    other = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(CAMERA, id="strange"))
    rooms.eye.answers = (other, USER)
    holding(rooms)
    assert outcome_of(rooms).reason is Reason.CAMERA_UNTRUSTED
    assert len(rooms.eye.looks) == 1


def test_the_eye_is_roused_while_the_question_waits(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, USER)

    class Slow(Person):
        async def approve(self, ask: object) -> bool:
            await until(lambda: rooms.eye.requests == [RING])
            return True

    assert outcome_of(rooms, SUDO, Slow()).reason is Reason.MATCHED


def test_an_eye_that_cannot_be_roused_delays_no_question(rooms: Rooms) -> None:
    async def work(house: House) -> None:
        outcome = await Verification(house, SUDO, Person(approves=False)).run()
        assert outcome.reason is Reason.NO_INTENT

    async def inside() -> None:
        await work(rooms.house())  # where no eye is served

    asyncio.run(inside())


def test_a_password_lets_go_of_the_camera(rooms: Rooms) -> None:
    async def work(house: House) -> None:
        await house.watcher.warm(HERE, 30.0)
        await rooms.say(write_line("PASSED", v=1, user=ME.name, service="sudo"))
        assert house.watcher.is_warm is (ME.uid != 0), "root alone is believed"

    run(rooms, work)
