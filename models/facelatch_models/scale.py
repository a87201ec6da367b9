"""What a pack says its scores are worth: `[calibration]` and `[[figure]]`, and which levels these support.

Imports neither NumPy nor ONNX Runtime, like the manifest that it is a part of.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

LEVELS: Final = {"convenient": 1e-4, "balanced": 1e-5, "strict": 1e-6}
"""The levels that a calibration has a bound for, lowest first, and the false match rate that each is for."""

FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}")
CHECKSUM: Final = re.compile("[0-9a-f]{64}")

LARGEST_COHORT: Final = 4096
MOST_STEPS: Final = 256

PASSED: Final = "FMR of one comparison at the bound of "
MISSED: Final = "FNMR of one comparison at the bound of "
"""What the figures of a level are called, before its name."""

USABLE: Final = 0.5
"""Share of genuine comparisons missed, people weighing alike, above which a level is of no use: luck lets people in."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of the manifest's tables: unknown keys are refused, and what has its default is not written."""


class Cohort(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Vectors that nobody has, as many people's would be: little-endian float16, row after row, each of unit length.

    They were drawn from a distribution, so that a pack holds nobody's template. `nearest` is how many of them tell how
    crowded the space is around a vector.
    """

    name: str
    sha256: str
    bytes: int
    count: int
    nearest: int


class Calibration(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an embedder's cosine means.

    `slope` and `intercept` make a log-likelihood ratio (natural logarithm) of a cosine, from which, where there is a
    cohort, the mean of both vectors' mean cosines with their nearest of the cohort has been taken. `correlation` is how
    much the frames of one look repeat each other, in [0, 1]; `bounds` is the evidence, per level, above which a
    comparison's false match rate was within the level. `shown` holds points (evidence, log odds): what to say where a
    probability is shown, at even odds beforehand. `measured` says on what.
    """

    slope: float
    intercept: float
    correlation: float
    bounds: dict[str, float]
    shown: tuple[tuple[float, float], ...] = ()
    cohort: Cohort | None = None
    measured: str


class Figure(Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One measured figure, with its 95 % interval where there is one."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    data: str
    command: str


def reached(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Return the levels whose false match rate was shown to hold, lowest first: what safety asks of a pack.

    A level is one at whose bound, on people that the pack was not fitted on, the interval of the false match rate ends
    within the level's. What was not measured, or without an interval, is not reached.
    """
    ends = {figure.name: figure.high for figure in figures}
    return tuple(
        level for level, rate in LEVELS.items() if (end := ends.get(PASSED + level)) is not None and end <= rate
    )


def supported(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Return the levels that were shown to be of use, lowest first.

    A level is one that is reached, and at whose bound no more than half of the genuine comparisons are missed.
    """
    figures = tuple(figures)
    missed = {figure.name: figure.value for figure in figures}
    return tuple(level for level in reached(figures) if missed.get(MISSED + level, 1.0) <= USABLE)


def calibration_faults(calibration: Calibration, dimension: int) -> Iterator[str]:
    """Name what the types cannot say about a calibration; comparisons that `nan` fails hold numbers to ranges."""
    if not 0 < calibration.slope < math.inf:
        yield "slope: expected a number above 0"
    if not math.isfinite(calibration.intercept):
        yield "intercept: expected a number"
    if not 0 <= calibration.correlation <= 1:
        yield "correlation: expected a number in [0, 1]"
    if not calibration.measured.isprintable():
        yield "measured: holds a character that cannot be printed"
    if calibration.cohort is not None:
        yield from (f"cohort.{fault}" for fault in _cohort_faults(calibration.cohort, dimension))
    if not _is_rising(calibration.shown):
        yield f"shown: expected at most {MOST_STEPS} pairs of numbers, the first rising, the second not falling"
    if odd := set(LEVELS) ^ set(calibration.bounds):
        yield f"bounds: missing or unknown {', '.join(sorted(map(repr, odd)))}"
        return
    convenient, balanced, strict = (calibration.bounds[level] for level in LEVELS)
    if not 0 < convenient <= balanced <= strict < math.inf:
        yield f"bounds: expected numbers above 0, in this order not falling: {', '.join(LEVELS)}"


def figure_faults(figure: Figure) -> Iterator[str]:
    """Name what the types cannot say about a figure."""
    if not all(math.isfinite(value) for value in (figure.value, figure.low, figure.high) if value is not None):
        yield "value, low, high: expected numbers"
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    if not low <= figure.value <= high:
        yield "expected low <= value <= high"
    if not all(text.isprintable() for text in (figure.name, figure.data, figure.command)):
        yield "holds a character that cannot be printed"


def _cohort_faults(cohort: Cohort, dimension: int) -> Iterator[str]:
    if not FILE_NAME.fullmatch(cohort.name):
        yield "name: expected a plain file name"
    if not CHECKSUM.fullmatch(cohort.sha256):
        yield "sha256: expected 64 lower-case hexadecimal digits"
    if not 1 <= cohort.nearest <= cohort.count <= LARGEST_COHORT:
        yield f"nearest, count: expected 1 <= nearest <= count <= {LARGEST_COHORT}"
    if cohort.bytes != 2 * cohort.count * dimension:
        yield f"bytes: expected two for each of {cohort.count} x {dimension} numbers"


def _is_rising(points: tuple[tuple[float, float], ...]) -> bool:
    if len(points) > MOST_STEPS or not all(math.isfinite(number) for point in points for number in point):
        return False
    return all(low[0] < high[0] and low[1] <= high[1] for low, high in itertools.pairwise(points))
