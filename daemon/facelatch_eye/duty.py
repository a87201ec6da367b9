"""A duty: work in a thread of its own, because cameras and networks block, with a line back to the event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from facelatch_eye.messages import Answer

log = logging.getLogger(__name__)

BEAT: Final = 0.1
"""Seconds of one wait within a duty, and so between two signs of life: it bounds how long a stopped one goes on."""

STUCK: Final = 10.0
"""Seconds without a sign of life after which a duty counts as stuck. The longest wait that is meant is for a reader
(5 s). The longest work is one picture of 40 million pixels: 0.3 s for an ordinary one (with YuNet at 320), 3.7 s for
the costliest JPEG that was tried (64 scans, no colour left out, 44 MiB, which is more than a request may have)."""


class Unheard(Exception):
    """Nobody waits for this work's answers any more; it ends the work."""


class Duty:
    """Work that answers a request. `work` runs in a thread, `deliver` in the loop; both end when one of them does."""

    def __init__(self, work: Callable[[Duty], None], deliver: Callable[[Answer], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._pulse = time.monotonic()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def start(self) -> asyncio.Future[None]:
        """Start the thread; what is returned is done when the work is, however it ended."""
        # A daemon thread: a camera that blocks for ever must not keep the process from leaving.
        threading.Thread(target=self._run, daemon=True, name="duty").start()
        return self._ended

    def stop(self) -> None:
        """Ask the work to end; it does so at its next sign of life."""
        self._stopped.set()

    @property
    def silence(self) -> float:
        """Seconds since the work's last sign of life; 0 when it has ended."""
        return 0.0 if self._ended.done() else time.monotonic() - self._pulse

    # --- called by the work, in its thread ---

    def beat(self) -> None:
        """Give a sign of life; raises `Unheard` where the work was asked to end."""
        self._pulse = time.monotonic()
        if self._stopped.is_set():
            raise Unheard

    def answer(self, message: Answer) -> None:
        """Send an answer and wait until it is on its way, so that a slow reader slows the work and fills no memory.

        Raises `Unheard` where nobody reads it.
        """
        self.beat()
        sent = asyncio.run_coroutine_threadsafe(self._deliver(message), self._loop)
        try:
            sent.result()
        except (OSError, TimeoutError, concurrent.futures.CancelledError) as error:
            raise Unheard from error
        self.beat()

    def _run(self) -> None:
        try:
            self._work(self)
        except Unheard:
            pass
        except Exception:
            # A fault of ours: the connection closes without an answer, which the judge reads as a failed eye.
            log.exception("the work ended by a fault")
        finally:
            # A closed loop means that the process is leaving: nobody waits any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
