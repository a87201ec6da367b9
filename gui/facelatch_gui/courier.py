"""Carries work to the daemon and its answers back to the window, which never waits.

One thread runs an asyncio loop and holds the only connection. Callbacks are called on the window's thread; a stream's
next item is asked for only after the window has dealt with the last one, so that a slow window is never flooded.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from facelatch.bus import BusError, Daemon, DaemonUnreachable

log = logging.getLogger(__name__)

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
"""Seconds between two tries to reach the daemon; they double from the first to the longest."""

HEARTBEAT: Final = 10.0
"""Seconds after which the daemon is asked for a sign of life: a page that only shows something would never notice."""

PARTING: Final = 3.0
"""Seconds that what runs gets to release its claim when the window closes."""


class Errand:
    """Work that is under way. All of it is used on the window's thread."""

    def __init__(self, deliver: Deliver, failed: Callable[[Exception], None]) -> None:
        self._deliver = deliver
        self._failed = failed
        self._future: concurrent.futures.Future[Any] | None = None
        self.over = False
        """Whether it has ended or was cancelled: no callback is called any more."""

    def cancel(self) -> None:
        """End it. No callback is called after this; what it holds at the daemon is released."""
        self.over = True
        if self._future is not None:
            self._future.cancel()

    def start(self, future: concurrent.futures.Future[T], then: Callable[[T], None]) -> None:
        """Follow `future` to its end, and call back with what came of it."""
        self._future = future
        future.add_done_callback(lambda done: self._deliver(partial(self._end, done, then)))

    def _end(self, future: concurrent.futures.Future[T], then: Callable[[T], None]) -> None:
        if self.over:
            return
        self.over = True
        if future.cancelled():  # the courier is closing
            return
        error = future.exception()
        if error is None:
            then(future.result())
        elif isinstance(error, Exception):
            if not isinstance(error, BusError | OSError):
                log.error("work for the window failed", exc_info=error)
            self._failed(error)


class Courier(QObject):
    """Runs work on the daemon in a thread of its own, and connects again by itself when the daemon went away.

    Work that meets no daemon fails with `DaemonUnreachable`; only work that is asked for before the first try to
    connect has ended waits for that.
    """

    reachable = Signal(bool)
    """The daemon has become reachable, or has been lost. Sent on changes only, and once at the start."""

    _delivered = Signal(object)

    def __init__(
        self, connect: Callable[[], Awaitable[Daemon]] = Daemon.connect, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._connect = connect
        self._daemon: Daemon | None = None
        self._is_reachable: bool | None = None
        self._stopped = False
        self._loop = asyncio.new_event_loop()
        self._working: set[asyncio.Task[Any]] = set()
        self._settled = asyncio.Event()
        self._lost = asyncio.Event()
        self._hurry = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name="courier", daemon=True)
        self._delivered.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """End all work and the thread; what was claimed is released. Nothing is called back any more."""
        self._stopped = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(2 * PARTING)

    def retry(self) -> None:
        """Try to reach the daemon at once instead of after the pause."""
        self._loop.call_soon_threadsafe(self._hurry.set)

    def ask(
        self,
        work: Callable[[Daemon], Coroutine[Any, Any, T]],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> Errand:
        """Do one thing at the daemon and call `then` with what it returns, or `failed`."""

        async def do() -> T:
            async with self._reaching() as daemon:
                return await work(daemon)

        errand = Errand(self._deliver, failed)
        errand.start(asyncio.run_coroutine_threadsafe(do(), self._loop), then)
        return errand

    def follow(
        self,
        work: Callable[[Daemon], AsyncGenerator[T, None]],
        each: Callable[[T], None],
        then: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> Errand:
        """Call `each` with every item of a stream, `then` at its end, or `failed`.

        The next item is asked for only after `each` has returned. Cancelling closes the generator.
        """
        errand = Errand(self._deliver, failed)

        async def do() -> None:
            async with self._reaching() as daemon, contextlib.aclosing(work(daemon)) as items:
                async for item in items:
                    await self._hand_over(errand, partial(each, item))

        errand.start(asyncio.run_coroutine_threadsafe(do(), self._loop), lambda _nothing: then())
        return errand

    def run(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> Errand:
        """Do blocking work (files, programs) in a thread. Cancelling it only keeps its callbacks from being called."""
        errand = Errand(self._deliver, failed)
        errand.start(asyncio.run_coroutine_threadsafe(asyncio.to_thread(work), self._loop), then)
        return errand

    # --- on the window's thread ---------------------------------------------------------------------------------------

    @Slot(object)
    def _receive(self, call: Callable[[], None]) -> None:
        if not self._stopped:  # what was on its way when the courier stopped still arrives
            call()

    def _show_reachable(self, now: bool) -> None:
        if now is not self._is_reachable:
            self._is_reachable = now
            self.reachable.emit(now)

    # --- on the courier's thread --------------------------------------------------------------------------------------

    def _deliver(self, call: Callable[[], None]) -> None:
        self._delivered.emit(call)

    async def _hand_over(self, errand: Errand, call: Callable[[], None]) -> None:
        """Have `call` called on the window's thread, and wait until it has been."""
        dealt_with = self._loop.create_future()

        def settle() -> None:
            if not dealt_with.done():
                dealt_with.set_result(None)

        def deal() -> None:
            try:
                if not errand.over:
                    call()
            finally:
                self._loop.call_soon_threadsafe(settle)

        self._deliver(deal)
        await dealt_with

    @contextlib.asynccontextmanager
    async def _reaching(self) -> AsyncGenerator[Daemon, None]:
        """Lend the connection; the loss of it is noted."""
        await self._settled.wait()
        await self._wait_for_cancelled()
        daemon = self._daemon
        if daemon is None:
            self._hurry.set()
            raise DaemonUnreachable("the daemon of Facelatch cannot be reached")
        task = asyncio.current_task()
        assert task is not None, "the courier runs work as tasks"
        self._working.add(task)
        try:
            yield daemon
        except DaemonUnreachable:
            if daemon is self._daemon:
                self._lost.set()
            raise
        finally:
            self._working.discard(task)

    async def _wait_for_cancelled(self) -> None:
        """Let what was cancelled before release the camera: else the next page would find it claimed, by ourselves."""
        if ending := [task for task in self._working if task.cancelling()]:
            await asyncio.wait(ending, timeout=PARTING)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        keeper = self._loop.create_task(self._stay_connected())
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._leave(keeper))
            self._loop.close()

    async def _leave(self, keeper: asyncio.Task[None]) -> None:
        """Cancel everything and let it release what it holds, but not for ever."""
        tasks = [task for task in asyncio.all_tasks() if task not in (asyncio.current_task(), keeper)]
        for task in tasks:
            if not task.cancelling():  # a second time would keep it from releasing what it holds
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PARTING)
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper

    async def _stay_connected(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._hurry.clear()
            try:
                daemon = await self._connect()
            except ConnectionError as error:
                log.info("no daemon: %s", error)
                await self._stay_without(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            try:
                if await self._is_there(daemon):
                    pause = FIRST_PAUSE
                    await self._stay_with(daemon)
                else:
                    await self._stay_without(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
            finally:
                await daemon.close()

    async def _stay_without(self, pause: float) -> None:
        self._settled.set()
        self._deliver(partial(self._show_reachable, False))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), pause)

    async def _stay_with(self, daemon: Daemon) -> None:
        """Hold the connection until it is lost."""
        self._daemon = daemon
        self._lost.clear()
        self._settled.set()
        self._deliver(partial(self._show_reachable, True))
        try:
            while not self._lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._lost.wait(), HEARTBEAT)
                if not self._lost.is_set() and not await self._is_there(daemon):
                    break
        finally:
            self._daemon = None
        self._deliver(partial(self._show_reachable, False))

    async def _is_there(self, daemon: Daemon) -> bool:
        """Ask for the policy, which costs the daemon nothing: it wakes no camera."""
        try:
            await daemon.policy()
        except ConnectionError as error:
            log.info("the daemon is gone: %s", error)
            return False
        except BusError:  # whatever it says, it is there
            return True
        return True
