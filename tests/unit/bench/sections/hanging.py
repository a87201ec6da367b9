"""Measures one thing, and hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting


def measures(setting: Setting) -> Iterator[Measure]:
    yield Measure("hanging", OURS, "one", "ms", (1.0,))
    try:
        threading.Event().wait()
    finally:
        (setting.scratch / "cleared").touch()
