"""What a section of `make bench` hands over: raw values, which the report makes medians and ratios of."""

from __future__ import annotations

import math
import statistics
from typing import Final

import msgspec

OURS: Final = "facelatch"
FEW: Final = 20
"""Values under which a 95th percentile is little more than the largest one."""


class Measure(msgspec.Struct, frozen=True):
    """What was measured of somebody.

    section: the module's name. subject: `OURS` or a peer's name. what: equal for those that stand side by side. values:
    as they came, in `unit`; none where it could not be measured, and `note` then says why.
    """

    section: str
    subject: str
    what: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what no report could show; raises ValueError."""
        if not all(map(math.isfinite, self.values)):
            raise ValueError(f"{self.section}, {self.subject}, {self.what}: a value is no number")
        if not self.values and not self.note:
            raise ValueError(
                f"{self.section}, {self.subject}, {self.what}: there is no value, nor a note that says why"
            )

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def median(self) -> float | None:
        """The median, None where nothing was measured."""
        return statistics.median(self.values) if self.values else None

    @property
    def p95(self) -> float | None:
        """The lowest value that 95 % do not exceed, None where there are fewer than `FEW`."""
        if len(self.values) < FEW:
            return None
        return sorted(self.values)[math.ceil(0.95 * len(self.values)) - 1]


def missing(section: str, subject: str, what: str, unit: str, why: str) -> Measure:
    """Return what stands in for a measure that could not be taken, such as one of a peer that is not installed."""
    return Measure(section, subject, what, unit, (), why)
