"""Is done, takes a moment to leave, and notes whether it was driven out meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting


def measures(setting: Setting) -> Iterator[Measure]:
    signal.signal(signal.SIGTERM, lambda _number, _frame: (setting.scratch / "driven-out").touch())
    yield Measure("leaving", OURS, "one", "ms", (1.0,))
    threading.Thread(target=time.sleep, args=(0.3,)).start()
