"""Measures one thing, and is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting


def measures(setting: Setting) -> Iterator[Measure]:
    yield Measure("dying", OURS, "one", "ms", (1.0,))
    os.kill(os.getpid(), signal.SIGKILL)
