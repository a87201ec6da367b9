"""Waiting no longer than a time for what may hang: a daemon, a bus, a command, a folder on the network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Return what the work returns, or raise what it raises; `TimeoutError` where that takes longer.

    The work goes on in a thread of its own, which nobody waits for: not even the end of the program does, as it would
    for the threads of an executor.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - not hidden: the one who waits raises it
            future.set_exception(error)

    threading.Thread(target=run, name="facelatch-doctor", daemon=True).start()
    return future.result(seconds)
