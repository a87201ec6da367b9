"""The newest frame for the one who may watch."""

from __future__ import annotations

import asyncio

from facelatch_eye.messages import View
from facelatchd.screen import Screen
from tests.unit.facelatchd.seen import NOBODY, USER, seen


def test_before_the_first_frame_there_is_nothing_to_see() -> None:
    assert Screen().newest == b""


def test_frames_come_with_what_was_seen_in_them_and_are_numbered_from_one() -> None:
    async def work() -> None:
        screen = Screen()
        for number, (jpeg, sight) in enumerate([(b"a", USER), (b"b", NOBODY)], 1):
            screen.show(jpeg, sight)
            shown = await screen.next(number - 1)
            assert shown is not None
            assert (shown.number, shown.jpeg, shown.seen) == (number, jpeg, sight)
            assert screen.newest == jpeg

    asyncio.run(work())


def test_a_slow_watcher_misses_frames_and_gets_the_newest() -> None:
    async def work() -> None:
        screen = Screen()
        for number in range(1, 6):
            screen.show(bytes([number]), seen(View.CLEAR, sequence=number))
        shown = await screen.next(2)
        assert shown is not None
        assert (shown.number, shown.jpeg, shown.seen.sequence) == (5, b"\x05", 5)

    asyncio.run(work())


def test_who_has_seen_all_waits_for_the_next_and_so_do_several() -> None:
    async def work() -> None:
        screen = Screen()
        screen.show(b"a", USER)
        waiting = [asyncio.create_task(screen.next(1)) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert not any(task.done() for task in waiting)
        screen.show(b"b", NOBODY)
        assert [shown.number for shown in await asyncio.gather(*waiting) if shown] == [2, 2, 2]

    asyncio.run(work())


def test_who_waits_for_a_frame_far_ahead_does_not_get_an_earlier_one() -> None:
    async def work() -> None:
        screen = Screen()
        waiting = asyncio.create_task(screen.next(2))
        for _ in range(2):
            screen.show(b"early", USER)
            await asyncio.sleep(0)
        assert not waiting.done()
        screen.show(b"third", USER)
        shown = await waiting
        assert shown is not None
        assert shown.jpeg == b"third"

    asyncio.run(work())


def test_switching_it_off_wakes_whoever_waits_and_nothing_is_shown_any_more() -> None:
    async def work() -> None:
        screen = Screen()
        screen.show(b"a", USER)
        waiting = asyncio.create_task(screen.next(1))
        await asyncio.sleep(0)
        screen.switch_off()
        assert await waiting is None
        assert await screen.next(0) is None

    asyncio.run(work())


def test_asking_is_what_counts_as_watching() -> None:
    async def work() -> None:
        screen = Screen()
        screen.show(b"a", USER)
        before = screen.watched
        await asyncio.sleep(0.01)
        screen.show(b"b", USER)
        assert screen.watched == before
        await screen.next(0)
        assert screen.watched > before

    asyncio.run(work())
