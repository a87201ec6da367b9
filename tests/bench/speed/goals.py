"""What is to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from tests.bench.speed.comparison import Comparison
from tests.bench.speed.record import OURS, Measure


class Goal(msgspec.Struct, frozen=True):
    """A bound for our figure, or, with a `peer`, for the ratio of the peer's median to ours.

    section, what: of the measure. figure: which of it; a ratio is to be at least the bound, all else at most.
    """

    section: str
    what: str
    figure: Literal["median", "p95", "ratio"]
    bound: float
    peer: str = ""


class Reached(msgspec.Struct, frozen=True):
    """A goal beside what was measured, null where that was not."""

    goal: Goal
    unit: str
    value: float | None
    reached: bool | None


GOALS: Final[tuple[Goal, ...]] = (
    Goal("eye", "whole look at a frame", "median", 20),
    Goal("eye", "whole look at a frame", "ratio", 5, "dlib HOG and ResNet, 320 rows, doubled"),
    Goal("eye", "whole look at a frame", "ratio", 3, "insightface buffalo_sc, 640"),
    Goal("eye", "whole look at a frame", "ratio", 3, "insightface buffalo_l size, 640"),
    Goal("unlock", "warm, VERIFY to RESULT", "median", 250),
    Goal("unlock", "warm, VERIFY to RESULT", "p95", 600),
    Goal("unlock", "cold, VERIFY to RESULT", "median", 1200),
    Goal("door", "own time", "median", 1),
    Goal("door", "own processor time", "median", 1),
    Goal("starting", "judge, store there, to READY", "median", 150),
    Goal("memory", "judge, idle, resident", "median", 60),
    Goal("memory", "eye, watching, resident", "median", 140),
    Goal("memory", "eye, after idling, resident", "median", 0),
)


def judged(
    measures: Sequence[Measure], comparisons: Iterable[Comparison], goals: Iterable[Goal] = GOALS
) -> list[Reached]:
    """Return each goal with what was measured; those of sections that were not run are left out."""
    ours = {(one.section, one.what): one for one in measures if one.subject == OURS}
    ratios = {(one.section, one.what, one.peer): one.ratio for one in comparisons}
    run = {one.section for one in measures}
    return [_judged(goal, ours.get((goal.section, goal.what)), ratios) for goal in goals if goal.section in run]


def _judged(goal: Goal, measure: Measure | None, ratios: dict[tuple[str, str, str], float]) -> Reached:
    if goal.figure == "ratio":
        ratio = ratios.get((goal.section, goal.what, goal.peer))
        return Reached(goal, "times", ratio, None if ratio is None else ratio >= goal.bound)
    unit = measure.unit if measure else ""
    value = None if measure is None else (measure.median if goal.figure == "median" else measure.p95)
    return Reached(goal, unit, value, None if value is None else value <= goal.bound)
