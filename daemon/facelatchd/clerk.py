"""The one thread that talks to the store, so that a locked or slow database never stops the judge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from facelatchd.store import Store, StoreError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Clerk:
    """Runs the store's methods one after the other, each within a deadline."""

    def __init__(self, store: Store, patience: float = 2.0) -> None:
        self.store = store
        self._patience = patience
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._closed = False

    async def do(
        self, work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Return what a method of the store returns; raises its errors, or `StoreError` where it takes too long.

        What has not begun by then is never done; what has begun may still come to its end. A caller that is cancelled
        takes nothing back: hanging up must not keep a mismatch out of the store.
        """
        if self._closed:
            raise StoreError("the store is closed: the judge stops")
        job = self._thread.submit(work, *arguments, **named)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(asyncio.wrap_future(job))
        except TimeoutError as error:
            job.cancel()
            raise StoreError(f"the store did not answer within {self._patience:g} s") from error

    def close(self) -> None:
        """Close the store after what is under way, without waiting for it (the interpreter does, at its end)."""
        self._closed = True
        self._thread.submit(self.store.close)
        self._thread.shutdown(wait=False)
