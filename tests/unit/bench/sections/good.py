"""Measures two things."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting


def measures(setting: Setting) -> Iterator[Measure]:
    yield Measure("good", OURS, "one", "ms", (1.0,))
    yield Measure("good", OURS, "turns", "turns", (setting.times(10, 2),))
