from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.speed.record import Measure
from tests.bench.speed.section import run_section
from tests.bench.speed.setting import Setting

PACKAGE = "tests.unit.bench.sections"


def ran(name: str, folder: Path, patience: float = 60.0, quick: bool = True) -> tuple[str, list[Measure]]:
    """Return what went wrong in a section, and what it had measured."""
    taken: list[Measure] = []
    setting = Setting(folder, None, quick, folder)
    run = run_section(name, setting, taken.append, PACKAGE, patience)
    assert run.name == name
    return run.problem, taken


@pytest.mark.parametrize(("quick", "turns"), [(True, 2.0), (False, 10.0)])
def test_a_section_hands_over_what_it_measured(tmp_path: Path, quick: bool, turns: float) -> None:
    problem, taken = ran("good", tmp_path, quick=quick)

    assert problem == ""
    assert [one.values for one in taken] == [(1.0,), (turns,)]


def test_a_section_that_is_done_leaves_by_itself(tmp_path: Path) -> None:
    problem, _ = ran("leaving", tmp_path)

    assert problem == ""
    assert not (tmp_path / "driven-out").exists()


def test_a_section_that_fails_is_named_with_its_error_and_keeps_what_it_had(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    problem, taken = ran("failing", tmp_path)

    assert problem == "NoPictures: there are no pictures"
    assert [one.what for one in taken] == ["one"]
    assert "Traceback" in capfd.readouterr().err


def test_a_section_that_is_killed_ends_nothing_but_itself(tmp_path: Path) -> None:
    problem, taken = ran("dying", tmp_path)

    assert "SIGKILL" in problem
    assert [one.what for one in taken] == ["one"]


def test_a_section_that_hangs_is_ended_and_clears_away_what_it_had_begun(tmp_path: Path) -> None:
    problem, _ = ran("hanging", tmp_path, patience=5)

    assert problem == "it was not done after 5 s"
    assert (tmp_path / "cleared").exists()


def test_a_section_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    problem, taken = ran("nowhere", tmp_path)

    assert problem.startswith("ModuleNotFoundError")
    assert taken == []
