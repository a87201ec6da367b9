from __future__ import annotations

import io
from datetime import UTC, datetime

import msgspec
import pytest
from rich.console import Console

from tests.bench.speed.goals import Goal, judged
from tests.bench.speed.machine import Bustle, Machine, PackUsed
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.report import (
    BEGIN,
    END,
    Report,
    SectionRun,
    between_markers,
    doubts,
    draw_up,
    figure,
    page,
    show,
    to_json,
)

CALM = Bustle(load_begin=0.1, load_end=1.9, others=0.0, cores=2)
MEASURES = (
    Measure("eye", "dlib", "a frame", "ms", (100.0, 100.0), "HOG and ResNet"),
    Measure("eye", OURS, "a frame", "ms", (20.0, 20.0), "two threads"),
    missing("eye", "insightface", "a frame", "ms", "No module named 'insightface'"),
    Measure("door", OURS, "own time", "ms", (0.05,)),
)


def drawn_up(
    *measures: Measure,
    bustle: Bustle = CALM,
    commit: str = "abc1234",
    quick: bool = False,
    sections: tuple[SectionRun, ...] = (SectionRun("eye", 3.0), SectionRun("door", 1.0)),
) -> Report:
    return draw_up(
        commit=commit,
        began=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        quick=quick,
        machine=Machine("A processor", 2, "performance", 16.0, "6.1", "3.11.2", {"numpy": "2.4", "dlib": None}),
        bustle=bustle,
        pack=PackUsed("open", "1", {"detector.onnx": "ab" * 32}),
        sections=sections,
        measures=measures or MEASURES,
    )


def cells(text: str, row: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {row} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_ours_comes_first_and_a_peer_has_its_ratio_beside_it() -> None:
    text = page(drawn_up())

    assert cells(text, "a frame | facelatch") == ["a frame", "facelatch", "20 ms", "", "2", ""]
    assert cells(text, "a frame | dlib") == ["a frame", "dlib", "100 ms", "", "2", "5 (5 to 5)"]
    assert text.index("| a frame | facelatch") < text.index("| a frame | dlib")


def test_a_missing_peer_is_named_with_the_reason() -> None:
    text = page(drawn_up())

    assert cells(text, "a frame | insightface") == ["a frame", "insightface", "not measured", "", "0", ""]
    assert "- insightface, a frame: No module named 'insightface'" in text


def test_each_section_has_a_table_of_its_own_under_its_name() -> None:
    text = page(drawn_up())

    assert text.index("### eye") < text.index("| a frame") < text.index("### door") < text.index("| own time")


def test_what_it_was_measured_on_is_said() -> None:
    text = page(drawn_up())

    for word in (
        "2026-01-02 03:04",
        "abc1234",
        "pack open 1",
        "A processor, 2 cores, governor performance",
        "numpy 2.4",
    ):
        assert word in text
    assert "dlib None" not in text


def test_nothing_is_doubted_of_a_whole_run_on_a_calm_machine() -> None:
    assert doubts(drawn_up()) == []
    assert "Mind" not in page(drawn_up())


@pytest.mark.parametrize(
    ("report", "doubt"),
    [
        (drawn_up(bustle=Bustle(1.5, 1.0, 0.0, 2)), "load average was 1.5 on 2 cores"),
        (drawn_up(bustle=Bustle(0.0, 1.0, 0.5, 2)), "others took 0.5 of 2 cores"),
        (drawn_up(quick=True), "quick run"),
        (drawn_up(commit="abc1234-dirty"), "not as committed"),
        (drawn_up(sections=(SectionRun("door", 1.0, "DoorFailed: no compiler"),)), "door did not end well: DoorFailed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_speaks_against_the_figures_is_said_on_the_page_and_in_the_terminal(report: Report, doubt: str) -> None:
    shown = io.StringIO()
    show(report, Console(file=shown, width=400))

    assert any(doubt in one for one in doubts(report))
    assert doubt in page(report)
    assert doubt in shown.getvalue()


def test_the_terminal_shows_every_measure_and_reason() -> None:
    shown = io.StringIO()
    show(drawn_up(), Console(file=shown, width=400))

    for word in ("a frame", "own time", "5 (5 to 5)", "not measured", "No module named 'insightface'"):
        assert word in shown.getvalue()


def test_json_has_all_raw_values_and_comes_back_as_the_same_report() -> None:
    report = drawn_up()
    told = msgspec.json.decode(to_json(report))

    assert told["schema"] == 1
    assert told["measures"][0]["values"] == [100.0, 100.0]
    assert told["comparisons"][0]["ratio"] == 5.0
    assert msgspec.json.decode(to_json(report), type=Report) == report


def test_the_figures_of_a_page_are_replaced_and_its_words_stay() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nbehind\n"
    written = between_markers(text, "new\n")

    assert written == f"before\n{BEGIN}\n\nnew\n\n{END}\nbehind\n"
    assert between_markers(written, "new\n") == written


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_page_without_both_markers_is_not_written_to(text: str) -> None:
    with pytest.raises(ValueError, match="figures of `make bench`"):
        between_markers(text, "new")


def test_a_bar_in_a_name_does_not_break_the_table() -> None:
    text = page(drawn_up(Measure("eye", OURS, "this|that", "ms", (1.0,))))

    assert "| this\\|that | facelatch |" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.0, "0"),
        (3.0, "3"),
        (0.04567, "0.0457"),
        (0.5, "0.50"),
        (3.14159, "3.14"),
        (-2.5, "-2.50"),
        (19.87, "19.9"),
        (107.4, "107"),
        (11108.0, "11,108"),
    ],
)
def test_a_figure_has_as_many_digits_as_say_something(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_a_goal_is_reached_missed_or_was_not_measured() -> None:
    report = drawn_up()
    goals = [
        Goal("eye", "a frame", "median", 20),
        Goal("eye", "a frame", "median", 19),
        Goal("eye", "a frame", "p95", 100),
        Goal("eye", "a frame", "ratio", 5, "dlib"),
        Goal("eye", "a frame", "ratio", 5.1, "dlib"),
        Goal("eye", "a frame", "ratio", 3, "insightface"),
        Goal("eye", "another thing", "median", 1),
    ]
    found = judged(report.measures, report.comparisons, goals)

    assert [one.reached for one in found] == [True, False, None, True, False, None, None]


def test_goals_of_sections_that_were_not_run_are_left_out() -> None:
    assert judged(MEASURES, [], [Goal("unlock", "a frame", "median", 1)]) == []


def test_goals_stand_on_the_page() -> None:
    text = page(drawn_up())

    assert cells(text, "door: own time, median") == ["door: own time, median", "≤ 1 ms", "0.0500 ms", "reached"]
