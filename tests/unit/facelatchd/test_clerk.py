"""The store's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facelatchd.clerk import Clerk
from facelatchd.store import Store, StoreError, StoreLocked


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "facelatch.db", bytes(32))


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Released at the end, whatever happened: a thread that hangs keeps the tests from ending."""
    event = threading.Event()
    yield event
    event.set()


def test_what_a_method_returns_or_raises_comes_back(store: Store) -> None:
    def locked() -> None:
        raise StoreLocked("locked")

    async def work() -> None:
        clerk = Clerk(store)
        assert await clerk.do(store.enrolled_users) == 0
        assert await clerk.do(int, "ff", base=16) == 255
        with pytest.raises(StoreLocked):
            await clerk.do(locked)
        clerk.close()

    asyncio.run(work())


def test_a_store_that_hangs_is_an_error_in_time_and_the_loop_turns_meanwhile(
    store: Store, stuck: threading.Event
) -> None:
    async def work() -> None:
        clerk = Clerk(store, patience=0.1)
        hanging = asyncio.create_task(clerk.do(stuck.wait))
        for _ in range(3):
            await asyncio.sleep(0.01)
            assert not hanging.done()
        with pytest.raises(StoreError, match=r"within 0\.1 s"):
            await hanging
        clerk.close()

    asyncio.run(work())


def test_what_has_not_begun_in_time_is_never_done(store: Store, stuck: threading.Event) -> None:
    done: list[str] = []

    async def work() -> None:
        clerk = Clerk(store, patience=0.05)
        for job in (stuck.wait, lambda: done.append("too late")):
            with pytest.raises(StoreError, match="did not answer"):
                await clerk.do(job)
        stuck.set()
        await clerk.do(lambda: done.append("in time"))
        clerk.close()

    asyncio.run(work())
    assert done == ["in time"]


def test_one_thread_does_all_in_the_order_it_was_asked(store: Store) -> None:
    order: list[int] = []
    threads: set[str] = set()

    def note(number: int) -> None:
        threads.add(threading.current_thread().name)
        order.append(number)

    async def work() -> None:
        clerk = Clerk(store)
        await asyncio.gather(*(clerk.do(note, number) for number in range(50)))
        clerk.close()

    asyncio.run(work())
    assert order == list(range(50))
    assert len(threads) == 1


def test_closing_lets_what_is_under_way_end_and_then_closes_the_store(
    store: Store, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    closed = threading.Event()

    def close() -> None:
        order.append("closed")
        closed.set()

    def work_of_a_while() -> None:
        stuck.wait()
        order.append("worked")

    async def work() -> None:
        clerk = Clerk(store)
        under_way = asyncio.create_task(clerk.do(work_of_a_while))
        await asyncio.sleep(0.01)
        clerk.close()
        assert order == [], "closing waits for nothing"
        stuck.set()
        await under_way

    monkeypatch.setattr(store, "close", close)
    asyncio.run(work())
    assert closed.wait(5)
    assert order == ["worked", "closed"]


def test_a_closed_store_is_an_error_of_the_store(store: Store) -> None:
    async def work() -> None:
        clerk = Clerk(store)
        clerk.close()
        with pytest.raises(StoreError, match="closed"):
            await clerk.do(store.enrolled_users)

    asyncio.run(work())
