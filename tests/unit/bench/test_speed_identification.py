"""The section about searching among many: everybody searches, and who is not installed is told."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.bench.multitude import DIMENSION, EACH
from tests.bench.speed import identification
from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import Setting

TEMPLATES = 10 * EACH


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.setattr(identification, "COUNTS", (TEMPLATES, identification.MOST_QUICK + 1))
    monkeypatch.setattr(identification, "SEARCHES", (3, 2))
    return Setting(tmp_path, None, True, tmp_path)


def test_a_quick_run_searches_with_everybody_as_often_and_leaves_out_the_large_counts(setting: Setting) -> None:
    pytest.importorskip("faiss")

    told = list(identification.measures(setting))

    searches = {one.subject: one for one in told if one.what == f"search among {TEMPLATES}"}
    assert list(searches) == [OURS, *(rival.name for rival in identification.RIVALS)]
    assert {one.count for one in searches.values()} == {2}
    assert not [one for one in told if f"{identification.MOST_QUICK + 1:,}" in one.what]


def test_a_search_that_is_not_installed_is_told_with_its_reason(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)

    told: list[Measure] = list(identification.measures(setting))

    (missing,) = (one for one in told if one.subject == "faiss flat")
    assert not missing.values
    assert "pip install faiss-cpu" in missing.note
    assert [one for one in told if one.subject == "face_recognition" and one.values]


@pytest.mark.parametrize("rival", identification.RIVALS, ids=lambda rival: str(rival.name))
def test_a_rivals_search_looks_at_every_template(rival: identification.Rival, monkeypatch: pytest.MonkeyPatch) -> None:
    if rival.name == "faiss flat":
        pytest.importorskip("faiss")

    def growing(rows: int, columns: int) -> np.ndarray:
        """Templates of which the last is the nearest to ones."""
        return np.linspace(0.1, 1.0, rows, dtype=np.float32)[:, np.newaxis] * np.ones(columns, np.float32)

    monkeypatch.setattr(identification, "_noise", growing)
    search, size = rival.take(50)
    found = search(np.ones(DIMENSION, np.float32))

    assert int(np.ravel(found[1] if isinstance(found, tuple) else found)[0]) == 49
    assert size in (50 * 128 * 8, 50 * 512 * 4, 50 * DIMENSION * 4)
