from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.speed import __main__ as bench
from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.report import BEGIN, END, SectionRun
from tests.bench.speed.setting import Setting

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program before sections that are made up: `door` fails, all others measure one thing."""

    def run_section(name: str, setting: Setting, on_measure: Callable[[Measure], None]) -> SectionRun:
        assert setting.scratch.is_dir()
        on_measure(Measure(name, OURS, "one", "ms", (1.0,)))
        return SectionRun(name, 1.0, "DoorFailed: no compiler" if name == "door" else "")

    monkeypatch.setattr(bench, "run_section", run_section)
    monkeypatch.setattr(bench, "leave_when_told", lambda: None)
    for name in ("PYTHONDONTWRITEBYTECODE", "ORT_DISABLE_TELEMETRY"):  # so that both are as before, afterwards
        monkeypatch.setenv(name, "1")

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["bench", *map(str, arguments)])
        return bench.main()

    return run


def test_a_section_that_fails_is_named_and_the_others_go_on(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run("--only", "door", "starting", "--json", tmp_path / "new" / "bench.json")

    told = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert code == 1
    assert [section["problem"] for section in told["sections"]] == ["DoorFailed: no compiler", ""]
    assert [measure["section"] for measure in told["measures"]] == ["door", "starting"]
    assert "door: DoorFailed: no compiler" in capsys.readouterr().err


def test_a_run_that_goes_well_ends_with_nought_and_tells_its_progress_on_standard_error(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--only", "starting") == 0

    output = capsys.readouterr()
    assert "starting: facelatch, one: 1 ms (n 1)" in output.err
    assert "starting: facelatch, one" not in output.out


def test_all_sections_are_run_where_none_is_named(run: Run, tmp_path: Path) -> None:
    run("--json", tmp_path / "bench.json")

    told = json.loads((tmp_path / "bench.json").read_text())
    assert [section["name"] for section in told["sections"]] == list(bench.SECTIONS)


def test_the_tables_go_onto_the_page_and_between_the_markers_of_another(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Words\n\n{BEGIN}\nold\n{END}\n\nMore words.\n")
    run("--only", "starting", "--page", tmp_path / "bench.md", "--write", page)

    tables = (tmp_path / "bench.md").read_text()
    assert "| one | facelatch |" in tables
    assert page.read_text() == f"# Words\n\n{BEGIN}\n\n{tables.strip()}\n\n{END}\n\nMore words.\n"


@pytest.mark.parametrize("text", [None, "no markers"])
def test_a_page_that_cannot_be_written_to_is_wrong_use_before_anything_is_measured(
    run: Run, tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "performance.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(SystemExit) as ending:
        run("--only", "starting", "--write", page)

    assert ending.value.code == 2
    assert str(page) in capsys.readouterr().err


def test_a_pack_that_is_not_there_is_wrong_use_before_anything_is_measured(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        run("--only", "starting", "--pack", tmp_path)

    output = capsys.readouterr()
    assert ending.value.code == 2
    assert f"--pack {tmp_path}" in output.err
    assert "starting: facelatch" not in output.err


def test_an_unknown_section_is_wrong_use(run: Run) -> None:
    with pytest.raises(SystemExit) as ending:
        run("--only", "kitchen")

    assert ending.value.code == 2
