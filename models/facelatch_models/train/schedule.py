"""How fast to learn, and how long."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

FLOOR: Final = 0.05
"""Share of the highest rate that the warm-up begins with."""


class Horizon(Protocol):
    """What says how much of a run is behind it."""

    def progress(self, samples: int) -> float:
        """Return the share of the run that is done after so many samples; 1 or more is the end."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A run of so many samples: the same on every machine."""

    total: int

    def progress(self, samples: int) -> float:
        """Return the share of the samples that were learnt from."""
        return samples / self.total


class Clock:
    """A run of so many seconds, however many samples that are: the rate is 0 when the time is up.

    A run that is taken up again has its own time for what was left: `done` is the share that was behind it.
    """

    def __init__(self, seconds: float, done: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._done, self._now = seconds, done, now
        self._begun = now()

    def progress(self, samples: int) -> float:
        """Return the share of the time that has passed; `samples` do not matter."""
        return self._done + (1 - self._done) * (self._now() - self._begun) / self._seconds


def cosine_rate(highest: float, progress: float, warm_up: float) -> float:
    """Return the learning rate at a point in [0, 1]: up in a line during `warm_up`, all the way down in half a cosine.

    I. Loshchilov and F. Hutter, "SGDR", ICLR 2017, without restarts.
    """
    return highest * min(1.0, progress / warm_up + FLOOR) * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


def found_rate(losses: Callable[[float], float], lowest: float = 1e-5, highest: float = 0.3, steps: int = 60) -> float:
    """Return a good highest learning rate: a third of the one at which the loss is lowest while rates grow.

    Learns `steps` steps at rates that grow evenly in their logarithm (L. Smith, "Cyclical learning rates for training
    neural networks", WACV 2017) until the smoothed loss is four times its best or no number. `losses` learns one step
    at a rate and returns its loss; what it changes is for the caller to undo.
    Raises ValueError where the loss is no number at the lowest rate already.
    """
    rates: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    for step in range(steps):
        rate = lowest * (highest / lowest) ** (step / (steps - 1))
        loss = losses(rate)
        average = 0.9 * average + 0.1 * loss
        current = average / (1 - 0.9 ** (step + 1))
        if not math.isfinite(current) or (smoothed and current > 4 * min(smoothed)):
            break
        rates.append(rate)
        smoothed.append(current)
    if not rates:
        raise ValueError("the loss is no number at the lowest learning rate already")
    return rates[smoothed.index(min(smoothed))] / 3


@dataclass(slots=True)
class Patience:
    """Tells when a figure has stopped growing: `limit` measurements in a row below the best; 0: never."""

    limit: int
    best: float = -math.inf
    waited: int = 0

    def improved(self, figure: float) -> bool:
        """Take a measurement and return whether it is the best so far."""
        if figure > self.best:
            self.best, self.waited = figure, 0
            return True
        self.waited += 1
        return False

    @property
    def over(self) -> bool:
        """Whether there were too many measurements without a better one."""
        return 0 < self.limit <= self.waited
