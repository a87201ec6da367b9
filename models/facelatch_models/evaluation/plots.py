"""Figures as pictures: misses against false matches, and whether shown probabilities hold. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.comparison import Comparisons
from facelatch_models.reliability import Reliability
from facelatch_models.statistics import detection_error_tradeoff

POINTS: Final = 60
WORST_RATE: Final = 0.1
_SIZE: Final = (6.4, 4.2)


class PlotsMissing(Exception):
    """matplotlib is not there; the text says how it is had."""


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """False match rates that the impostors can show, falling, and the share of genuine comparisons missed at each.

    missed: of all pairs; missed_by_people: people weighing alike. All (points,).
    """

    rates: NDArray[np.float64]
    missed: NDArray[np.float64]
    missed_by_people: NDArray[np.float64]


def tradeoff(comparisons: Comparisons) -> Tradeoff:
    """Return the detection error trade-off of a gallery."""
    order = np.argsort(comparisons.genuine)
    owner = comparisons.owner[order]
    weights = 1 / np.bincount(owner)[owner]
    below = np.concatenate(([0.0], np.cumsum(weights) / weights.sum()))
    rates = tuple(np.geomspace(WORST_RATE, 1 / len(comparisons.impostors), POINTS).tolist())
    points = detection_error_tradeoff(comparisons.genuine[order], comparisons.impostors, rates)
    shown, missed = np.array(points).reshape(-1, 2).T
    return Tradeoff(shown, missed, below[np.rint(missed * len(order)).astype(np.int64)])


def plot_tradeoffs(curves: Mapping[str, Tradeoff], path: Path) -> None:
    """Write the curves, by name, as a picture of the kind that the path's ending names. Raises `PlotsMissing`."""
    with _figure(path) as axes:
        for number, (name, curve) in enumerate(curves.items()):
            axes.plot(curve.rates, 100 * curve.missed, f"C{number}-", label=name)
            axes.plot(curve.rates, 100 * curve.missed_by_people, f"C{number}:")
        axes.set(ylim=(0.01, 100), xlabel="false match rate", ylabel="genuine comparisons missed, %")
        axes.set(xscale="log", yscale="log")
        axes.set_title("solid: all pairs; dotted: mean of people", fontsize="small")
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend()


def plot_reliability(curves: Mapping[str, Reliability], path: Path) -> None:
    """Write reliability diagrams, by name: what was shown against what came true. Raises `PlotsMissing`."""
    with _figure(path) as axes:
        axes.plot((0, 1), (0, 1), color="0.6", linewidth=1)
        for number, (name, curve) in enumerate(curves.items()):
            filled = curve.mass > 0
            shown, true, size = curve.shown[filled], curve.true[filled], 6 + 150 * np.sqrt(curve.mass[filled])
            axes.plot(shown, true, color=f"C{number}", linewidth=0.7, label=f"{name} ({curve.error:.2%})")
            axes.scatter(shown, true, size, color=f"C{number}", clip_on=False)
        axes.set(xlabel="probability shown", ylabel="share that came true", xlim=(0, 1), ylim=(0, 1))
        axes.set_title("even odds beforehand; area: root of the share; in brackets: ECE", fontsize="small")
        axes.grid(visible=True, alpha=0.3)
        axes.legend()


@contextmanager
def _figure(path: Path) -> Iterator[Any]:
    """Yield axes to draw on, and write them: the same bytes for the same figures."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PlotsMissing("plots need matplotlib: pip install 'facelatch[plots]'") from error
    with matplotlib.rc_context({"svg.hashsalt": "facelatch", "svg.fonttype": "none"}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        yield figure.subplots()
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
