"""Plots of what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from facelatch_models.evaluation.comparison import Comparisons
from facelatch_models.evaluation.plots import PlotsMissing, plot_reliability, plot_tradeoffs, tradeoff
from facelatch_models.reliability import reliability


def comparisons(genuine: list[float], owner: list[int], impostors: int = 1000) -> Comparisons:
    """Return genuine pairs of given scores, and impostors evenly between 0 and 0.5."""
    return Comparisons(
        genuine=np.array(genuine, np.float32),
        owner=np.array(owner),
        impostors=np.linspace(0, 0.5, impostors, dtype=np.float32),
        lost=0,
        suspect=0,
        nearest=np.empty(0, np.float32),
        nearest_people=np.empty((0, 2), np.int64),
        pictures=np.array([2, 2]),
    )


def test_a_tradeoff_counts_what_is_missed_of_pairs_and_of_people() -> None:
    curve = tradeoff(comparisons([0.9, 0.9, 0.9, 0.1], [0, 0, 0, 1]))
    assert curve.rates[0] == pytest.approx(0.1)
    assert (np.diff(curve.rates) < 0).all()
    assert curve.missed == pytest.approx(np.full(len(curve.rates), 0.25))
    assert curve.missed_by_people == pytest.approx(np.full(len(curve.rates), 0.5))


def test_no_rate_is_drawn_that_the_impostors_cannot_show() -> None:
    assert tradeoff(comparisons([0.9], [0], impostors=100)).rates.min() >= 0.01 * (1 - 1e-9)


def test_the_same_figures_make_the_same_files(tmp_path: Path) -> None:
    curve = tradeoff(comparisons([0.9, 0.4, 0.3], [0, 0, 1]))
    shown = reliability(np.array([0.9, 0.6]), np.ones(2), np.array([0.1, 0.2]))
    for name in ("one", "other"):
        plot_tradeoffs({"made-up": curve}, tmp_path / name / "det.svg")
        plot_reliability({"made-up": shown}, tmp_path / name / "reliability.svg")
    for picture in ("det.svg", "reliability.svg"):
        text = (tmp_path / "one" / picture).read_text()
        assert "made-up" in text
        assert text == (tmp_path / "other" / picture).read_text()


def test_without_matplotlib_it_is_said_how_it_is_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotsMissing, match=r"facelatch\[plots\]"):
        plot_tradeoffs({}, tmp_path / "det.svg")
