"""Measures one thing, and fails."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import NoPictures, Setting


def measures(setting: Setting) -> Iterator[Measure]:
    yield Measure("failing", OURS, "one", "ms", (1.0,))
    raise NoPictures("there are no pictures")
