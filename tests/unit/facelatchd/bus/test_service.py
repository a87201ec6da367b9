"""The service: it tries again whatever becomes of the bus, and lets nothing run on while the machine sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from facelatch_eye.messages import View
from facelatchd.bus import service as service_module
from facelatchd.bus.adapter import Bus, BusLost
from facelatchd.bus.roster import DEFAULT
from facelatchd.bus.service import MANAGER, NAME, Service
from tests.unit.facelatchd.bus.office import AS_ALICE, FakeBus, Office
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.seen import seen

SLEEP = (
    "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep",
)  # fmt: skip


class Station(FakeBus):
    """A bus that may be connected to, and whose name may be had, or not."""

    names: set[str]

    async def own(self, name: str) -> None:
        self.names = {name}

    async def close(self, patience: float) -> None:
        self.names = set()


class Taken(Station):
    """A bus on which another judge runs."""

    async def own(self, name: str) -> None:
        raise BusLost("another judge runs")


@pytest.fixture
def buses(monkeypatch: pytest.MonkeyPatch) -> list[Station | None]:
    """The buses to be found one after the other; None is no bus, and so is what comes after the last."""
    coming: list[Station | None] = []

    async def connect(address: str) -> Station:
        bus = coming.pop(0) if coming else None
        if bus is None:
            raise BusLost(f"no bus at {address}")
        return bus

    monkeypatch.setattr(Bus, "connect", connect)
    monkeypatch.setattr(service_module, "AGAIN", 0.01)
    return coming


async def no_looks() -> None:
    """A door before which nobody stands."""


def serve(office: Office, work: object, end_looks: Callable[[], Coroutine[Any, Any, None]] = no_looks) -> None:
    """Do something while the service runs."""

    async def inside() -> None:
        service = Service(office.house, office.authority, office.choices, "unix:path=/somewhere", end_looks)
        serving = asyncio.create_task(service.serve())
        try:
            await work(service)  # type: ignore[operator]
        finally:
            serving.cancel()
            await asyncio.wait([serving])

    office.run(inside)


async def until_owned(bus: Station) -> None:
    async with asyncio.timeout(5):
        while getattr(bus, "names", None) != {NAME}:
            await asyncio.sleep(0.005)


def test_what_stands_on_the_bus_is_there_before_the_name_is(office: Office, buses: list[Station | None]) -> None:
    """A client that is started by the name must find everything."""

    class Strict(Station):
        async def own(self, name: str) -> None:
            assert set(self.published) == {MANAGER, DEFAULT}
            await super().own(name)

    async def work(service: Service) -> None:
        bus = Strict()
        buses.append(bus)
        await service.tried.wait()
        assert bus.names == {NAME}

    serve(office, work)


def test_a_bus_that_is_not_there_or_has_another_judge_is_tried_again(
    office: Office, buses: list[Station | None]
) -> None:
    async def work(service: Service) -> None:
        taken, last = Taken(), Station()
        buses.extend([None, taken, None, last])
        await service.tried.wait()
        await until_owned(last)
        assert taken.names == set(), "it has hung up there"

    serve(office, work)


def test_when_the_place_is_lost_what_runs_there_ends_and_it_is_taken_again(
    office: Office, buses: list[Station | None]
) -> None:
    office.rooms.eye.answers = (OPENED, seen(View.FAR))

    async def work(service: Service) -> None:
        first, second = Station(), Station()
        buses.extend([first, second])
        await until_owned(first)
        camera = first.published[DEFAULT]
        await camera.claim(AS_ALICE, "")  # type: ignore[attr-defined]
        await camera.preview_start(AS_ALICE)  # type: ignore[attr-defined]
        await camera.next_frame(AS_ALICE, 0)  # type: ignore[attr-defined]
        first.lost.set()
        await until_owned(second)
        await office.eye_is_left()
        assert second.published[DEFAULT] is not camera
        assert not camera.claimed  # type: ignore[attr-defined]

    serve(office, work)


@pytest.mark.parametrize("asleep", [True, False])
def test_a_machine_that_goes_to_sleep_takes_every_cameras_preview_along(
    office: Office, buses: list[Station | None], asleep: bool
) -> None:
    office.rooms.eye.answers = (OPENED, seen(View.FAR))

    async def work(_service: Service) -> None:
        bus = Station()
        buses.append(bus)
        await until_owned(bus)
        manager = bus.published[MANAGER]
        (path,) = await manager.get_cameras(AS_ALICE)  # type: ignore[attr-defined]
        camera = bus.published[path]
        assert camera.id == CAMERA.id  # type: ignore[attr-defined]
        await camera.claim(AS_ALICE, "")  # type: ignore[attr-defined]
        await camera.preview_start(AS_ALICE)  # type: ignore[attr-defined]
        await camera.next_frame(AS_ALICE, 0)  # type: ignore[attr-defined]
        bus.heard[SLEEP]((asleep,))
        await asyncio.sleep(0.05)
        assert bool(office.rooms.eye.open) is not asleep
        assert camera.claimed  # type: ignore[attr-defined]

    serve(office, work)


@pytest.mark.parametrize("asleep", [True, False])
def test_a_machine_that_goes_to_sleep_ends_what_the_door_looks_at(
    office: Office, buses: list[Station | None], asleep: bool
) -> None:
    ended: list[bool] = []

    async def end_looks() -> None:
        ended.append(True)

    async def work(_service: Service) -> None:
        bus = Station()
        buses.append(bus)
        await until_owned(bus)
        bus.heard[SLEEP]((asleep,))
        await asyncio.sleep(0.01)

    serve(office, work, end_looks)
    assert ended == [True] * asleep


def test_the_door_asks_logind_over_the_bus_as_long_as_there_is_one(office: Office, buses: list[Station | None]) -> None:
    used: list[object] = []

    async def work(_service: Service) -> None:
        office.house.seat.use = used.append  # type: ignore[method-assign,assignment]
        taken, last = Taken(), Station()
        buses.extend([taken, last])
        await until_owned(last)
        assert used == [taken, None, last]
        last.lost.set()
        async with asyncio.timeout(5):
            while len(used) < 4:
                await asyncio.sleep(0.005)
        assert used[3] is None

    serve(office, work)


def test_signs_of_somebody_coming_are_heard_and_what_was_got_ready_ends_with_the_bus(
    office: Office, buses: list[Station | None]
) -> None:
    async def work(_service: Service) -> None:
        first = Station()
        buses.append(first)
        await until_owned(first)
        assert {"PrepareForSleep", "Lock", "PropertiesChanged"} <= {signal for *_place, signal in first.heard}
        watcher = office.house.watcher
        await watcher.warm(("one",), 30.0)
        assert watcher.is_warm
        first.lost.set()
        async with asyncio.timeout(5):
            while watcher.is_warm:
                await asyncio.sleep(0.005)

    serve(office, work)
