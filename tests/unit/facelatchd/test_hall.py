"""How many may stand before the judge, and who gives way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from facelatchd.bouncer import Caller
from facelatchd.hall import Hall, Room, SentOff

MOST, MOST_OF_ONE = 6, 2
ALICE = 4711
ROOT, OF_ALICE, OF_BOB = (Caller(pid=1, uid=uid) for uid in (0, ALICE, 4712))


class Visit:
    """A connection that stays until it is told to go, and what became of it."""

    def __init__(self, hall: Hall, uid: int) -> None:
        self.uid = uid
        self.admitted: bool | None = None
        self.speak = asyncio.Event()
        self._hall = hall
        self.gave_way = False
        self.task = asyncio.create_task(self._visit())

    async def _visit(self) -> None:
        try:
            await self._stay()
        except SentOff:
            self.gave_way = True

    async def _stay(self) -> None:
        with self._hall.admit(Caller(pid=1, uid=self.uid)) as admitted:
            self.admitted = admitted
            if admitted:
                await self.speak.wait()
                self._hall.hear()
                await asyncio.Event().wait()

    @property
    def inside(self) -> bool:
        return bool(self.admitted) and not self.task.done()


async def come(hall: Hall, *uids: int, speaking: bool = False) -> list[Visit]:
    """Connections one after the other; those who speak do so at once."""
    visits = []
    for uid in uids:
        visits.append(Visit(hall, uid))
        await asyncio.sleep(0)
        if speaking:
            visits[-1].speak.set()
        for _ in range(3):
            await asyncio.sleep(0)
    return visits


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_many_users_who_say_nothing_keep_nobody_out() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        await come(hall, *[uid for uid in range(5000, 5100) for _ in range(3)])
        for uid in (0, ALICE):
            [visit] = await come(hall, uid, speaking=True)
            await come(hall, *range(6000, 6100))
            assert visit.inside

    run(work())


def test_the_user_who_has_most_gives_way_and_his_oldest_first() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        single = await come(hall, 1, 2)
        double = await come(hall, 3, 3, 4, 4)
        [newcomer] = await come(hall, ALICE)
        assert newcomer.inside
        assert [visit.inside for visit in single + double] == [True, True, False, True, True, True]

    run(work())


def test_one_user_takes_no_more_than_his_places_from_the_others() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        others = await come(hall, 1, 2, 3)
        his = await come(hall, *[ALICE] * 10)
        assert all(visit.inside for visit in others)
        assert [visit.inside for visit in his] == [False] * 8 + [True] * 2

    run(work())


def test_whoever_has_spoken_gives_way_to_nobody() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        spoken = await come(hall, *range(1, MOST + 1), speaking=True)
        [shut_out] = await come(hall, ALICE)
        assert shut_out.admitted is False
        assert all(visit.inside for visit in spoken)

    run(work())


def test_root_s_places_are_its_own() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        others = await come(hall, *range(1, MOST + 1), speaking=True)
        root = await come(hall, *[0] * MOST, speaking=True)
        assert all(visit.inside for visit in others + root)
        [one_more] = await come(hall, 0)
        assert one_more.admitted is False

    run(work())


def test_those_who_gave_way_are_not_waited_for_at_the_end() -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        visits = await come(hall, *range(1, 20))
        await hall.disperse(5)
        assert [visit.gave_way for visit in visits] == [True] * 13 + [False] * MOST
        assert all(visit.task.cancelled() for visit in visits[13:])

    run(work())


@given(visits=st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 4, 5, 6, ALICE]), st.booleans()), max_size=60))
def test_there_are_never_more_inside_than_there_are_places(visits: list[tuple[int, bool]]) -> None:
    async def work() -> None:
        hall = Hall(MOST, MOST_OF_ONE)
        came: list[Visit] = []
        for uid, speaking in visits:
            came += await come(hall, uid, speaking=speaking)
            inside = Counter(visit.uid for visit in came if visit.inside)
            assert inside[0] <= MOST
            assert sum(inside.values()) - inside[0] <= MOST
            assert all(count <= MOST_OF_ONE for uid_, count in inside.items() if uid_ != 0)

    run(work())


def test_one_user_cannot_fill_the_room_and_all_together_find_its_end() -> None:
    async def work() -> None:
        room = Room(most=3, most_of_one_user=2)
        leave = asyncio.Event()
        admitted: list[bool] = []

        async def come(caller: Caller) -> None:
            with room.admit(caller) as inside:
                admitted.append(inside)
                await leave.wait()

        tasks = []
        for caller in (OF_ALICE, OF_ALICE, OF_ALICE, ROOT, ROOT, OF_BOB):
            tasks.append(asyncio.create_task(come(caller)))
            await asyncio.sleep(0)
        assert admitted == [True, True, False, True, False, False]
        leave.set()
        await asyncio.gather(*tasks)
        with room.admit(OF_ALICE) as inside:
            assert inside, "whoever left has made room"

    asyncio.run(work())


def test_a_room_that_is_sent_home_has_ended_what_it_began() -> None:
    async def work() -> None:
        room = Room(most=3, most_of_one_user=3)
        ended: list[Caller] = []

        async def come(caller: Caller) -> None:
            with room.admit(caller):
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    await asyncio.sleep(0.01)
                    ended.append(caller)

        tasks = [asyncio.create_task(come(caller)) for caller in (OF_ALICE, OF_BOB)]
        await asyncio.sleep(0)
        await room.disperse(patience=5.0)
        assert ended == [OF_ALICE, OF_BOB]
        assert all(task.done() for task in tasks)

    asyncio.run(work())


def test_one_that_does_not_go_home_is_not_waited_for() -> None:
    async def work() -> None:
        room = Room(most=1, most_of_one_user=1)
        stay = asyncio.Event()

        async def come() -> None:
            with room.admit(ROOT):
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    await stay.wait()

        task = asyncio.create_task(come())
        await asyncio.sleep(0)
        await room.disperse(patience=0.01)
        assert not task.done()
        stay.set()
        await task

    asyncio.run(work())


def test_an_empty_room_is_left_at_once() -> None:
    asyncio.run(Room(1, 1).disperse(patience=60.0))
