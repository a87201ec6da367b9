"""What a camera shows just now, for the one who may watch: the newest frame, and nothing older."""

from __future__ import annotations

import asyncio
import time

import msgspec

from facelatch_eye.messages import Observation


class Showing(msgspec.Struct, frozen=True):
    """One frame: its number from 1 on, the JPEG, and what the eye saw in it."""

    number: int
    jpeg: bytes
    seen: Observation


class Screen:
    """Holds the newest frame. Nobody is waited for: a slow watcher misses frames, and slows nothing."""

    def __init__(self) -> None:
        self._showing: Showing | None = None
        self._changed = asyncio.Event()
        self._off = False
        self.watched = time.monotonic()
        """When somebody last asked for a frame."""

    @property
    def newest(self) -> bytes:
        """The newest frame's JPEG, empty where there is none yet."""
        return self._showing.jpeg if self._showing else b""

    def show(self, jpeg: bytes, seen: Observation) -> None:
        """Put up the next frame."""
        number = self._showing.number + 1 if self._showing else 1
        self._showing = Showing(number, jpeg, seen)
        self._wake()

    def switch_off(self) -> None:
        """Tell whoever waits that nothing more will come."""
        self._off = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def next(self, after: int) -> Showing | None:
        """Return the newest frame once its number is greater than `after`; None when the screen is switched off."""
        while not self._off:
            self.watched = time.monotonic()
            if self._showing is not None and self._showing.number > after:
                return self._showing
            await self._changed.wait()
        return None
