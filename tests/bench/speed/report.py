"""The report of a run: all raw values as JSON, and tables with medians, for a page and for the terminal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.speed.comparison import Comparison, compared
from tests.bench.speed.goals import Reached, judged
from tests.bench.speed.machine import Bustle, Machine, PackUsed
from tests.bench.speed.record import OURS, Measure

SCHEMA: Final = 1

BEGIN: Final = "<!-- figures of `make bench`: begin -->"
END: Final = "<!-- figures of `make bench`: end -->"

COLUMNS: Final = ("what", "who", "median", "p95", "n", "times ours")


class SectionRun(msgspec.Struct, frozen=True):
    """One section's run; `problem` says what ended it before its time, and is empty where nothing did."""

    name: str
    seconds: float
    problem: str = ""


class Report(msgspec.Struct, frozen=True):
    """Everything that is known of a run."""

    schema: int
    commit: str
    began: datetime
    quick: bool
    machine: Machine
    bustle: Bustle
    pack: PackUsed
    sections: tuple[SectionRun, ...]
    measures: tuple[Measure, ...]
    comparisons: tuple[Comparison, ...]
    goals: tuple[Reached, ...]

    @property
    def failed(self) -> list[SectionRun]:
        """The sections that did not come to their end."""
        return [section for section in self.sections if section.problem]


def draw_up(
    *,
    commit: str,
    began: datetime,
    quick: bool,
    machine: Machine,
    bustle: Bustle,
    pack: PackUsed,
    sections: Sequence[SectionRun],
    measures: Sequence[Measure],
) -> Report:
    """Return the report of these measures; what is derived from them is worked out here."""
    comparisons = compared(measures)
    return Report(
        SCHEMA, commit, began, quick, machine, bustle, pack, tuple(sections), tuple(measures), tuple(comparisons),
        tuple(judged(measures, comparisons)),
    )  # fmt: skip


def to_json(report: Report) -> bytes:
    """Return the report as JSON, all raw values included."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def doubts(report: Report) -> list[str]:
    """Say what speaks against quoting the figures."""
    found = []
    if report.bustle.disturbance:
        found.append(f"{report.bustle.disturbance}: the figures are not to be quoted")
    if report.quick:
        found.append("a quick run: few repetitions, the figures are not to be quoted")
    if report.commit.endswith("-dirty"):
        found.append("the tree was not as committed")
    return found + [f"section {section.name} did not end well: {section.problem}" for section in report.failed]


def page(report: Report) -> str:
    """Return the report as Markdown, headings of the third level."""
    parts = ["\n".join(_head(report))]
    parts += [f"**Mind:** {doubt}." for doubt in doubts(report)]
    if report.goals:
        parts += ["### Goals", _table(("goal", "bound", "measured", ""), [_goal_row(one) for one in report.goals])]
    for section, measures in itertools.groupby(report.measures, key=lambda one: one.section):
        listed = list(measures)
        parts += [f"### {section}", _table(COLUMNS, list(_rows(listed, report.comparisons)))]
        parts += ["\n".join(f"- {note}" for note in notes)] if (notes := _notes(listed)) else []
    return "\n\n".join(parts) + "\n"


def between_markers(text: str, figures: str) -> str:
    """Return a page's text with what stands between `BEGIN` and `END` replaced; ValueError where they are not there."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no {BEGIN} with an {END} behind it")
    return f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}"


def show(report: Report, console: Console) -> None:
    """Print the report as tables."""
    console.print("\n".join(_head(report)), markup=False)
    for doubt in doubts(report):
        console.print(f"Mind: {doubt}.", style="bold red", markup=False)
    for section, measures in itertools.groupby(report.measures, key=lambda one: one.section):
        listed = list(measures)
        table = Table(*COLUMNS, title=section, title_justify="left")
        for column in table.columns[2:]:
            column.justify = "right"
        for row in _rows(listed, report.comparisons):
            table.add_row(*row)
        console.print(table)
        for note in _notes(listed):
            console.print(f"- {note}", markup=False)
    for one in report.goals:
        console.print(*_goal_row(one), sep="  ", markup=False)


def figure(value: float | None) -> str:
    """Return a number with three digits that say something, nothing for None."""
    if value is None:
        return ""
    size = abs(value)
    places = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 4
    return f"{value:,.{places}f}"


def _head(report: Report) -> Iterator[str]:
    machine, bustle = report.machine, report.bustle
    governor = f", governor {machine.governor}" if machine.governor else ""
    versions = ", ".join(f"{name} {number}" for name, number in machine.packages.items() if number)
    yield (
        f"{report.began.astimezone(UTC):%Y-%m-%d %H:%M} UTC, commit {report.commit}, pack {report.pack.id} "
        f"{report.pack.version}{', quick' if report.quick else ''}."
    )
    yield (
        f"{machine.processor}, {machine.cores} cores{governor}, {machine.memory_gib:g} GiB, Linux {machine.kernel}, "
        f"Python {machine.python}, {versions}."
    )
    yield (
        f"Load average {bustle.load_begin:.2f} at the beginning, {bustle.load_end:.2f} at the end; others took "
        f"{bustle.others:.2f} cores meanwhile. Intervals are 95 %, from drawing the values again (bootstrap)."
    )


def _rows(measures: Sequence[Measure], comparisons: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    """Yield a row a measure: ours first, and peers behind what they are compared with."""
    ratios = {(one.section, one.what, one.peer): one for one in comparisons}
    order = list(dict.fromkeys(one.what for one in measures))
    for one in sorted(measures, key=lambda one: (order.index(one.what), one.subject != OURS)):
        if not one.values:
            yield one.what, one.subject, "not measured", "", "0", ""
            continue
        ratio = ratios.get((one.section, one.what, one.subject))
        yield (
            one.what, one.subject, f"{figure(one.median)} {one.unit}", figure(one.p95), str(one.count),
            "" if ratio is None else _ratio(ratio),
        )  # fmt: skip


def _ratio(one: Comparison) -> str:
    if one.low is None or one.high is None:
        return figure(one.ratio)
    return f"{figure(one.ratio)} ({figure(one.low)} to {figure(one.high)})"


def _notes(measures: Sequence[Measure]) -> list[str]:
    """Return the notes, each once, with whom they are about."""
    about: dict[str, list[str]] = {}
    for one in measures:
        if one.note:
            about.setdefault(one.note, []).append(f"{one.subject}, {one.what}")
    return [f"{'; '.join(subjects)}: {note}" for note, subjects in about.items()]


def _goal_row(one: Reached) -> tuple[str, str, str, str]:
    goal = one.goal
    name = f"{goal.section}: {goal.what}, {goal.figure}" + (f" to {goal.peer}" if goal.peer else "")
    bound = f"{'≥' if goal.figure == 'ratio' else '≤'} {figure(goal.bound)} {one.unit}".rstrip()
    said = {True: "reached", False: "missed", None: "not measured"}[one.reached]
    return name, bound, f"{figure(one.value)} {one.unit}".strip() if one.value is not None else "", said


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
