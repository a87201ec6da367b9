"""What is wrong with those who come, in the log: so much of it that one can see why, never so much that it is full."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

MOST: Final = 20
"""Complaints in a minute, whoever they are about: whoever has a range of subordinate uids is many users."""

MINUTE: Final = 60.0


class Complaints:
    """Writes `MOST` warnings in a minute into a log, and before the first after it, how many more there were."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._since = -MINUTE
        self._count = 0

    def add(self, text: str, *values: object) -> None:
        """Write a warning if there is room for it; `text` and `values` as for `logging`."""
        now = self._clock()
        if now - self._since >= MINUTE:
            if self._count > MOST:
                self._log.warning("%d more such complaints in a minute", self._count - MOST)
            self._since, self._count = now, 0
        self._count += 1
        if self._count <= MOST:
            self._log.warning(text, *values)
