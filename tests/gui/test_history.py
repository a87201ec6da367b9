"""The history page, and its chart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError
from facelatch.types import AttemptSummary, Band, Reason, Verdict
from facelatch_gui import words
from facelatch_gui.pages.history import HistoryPage
from facelatch_gui.widgets.chart import DayChart, days_until
from facelatch_gui.widgets.table import Table
from tests.gui.exhibit import Exhibit
from tests.gui.showcase import Showcase

NOON = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


def attempt(reason: Reason, days: float = 0, band: Band | None = None, service: str = "kde") -> AttemptSummary:
    return AttemptSummary(
        when=(NOON - timedelta(days=days)).isoformat(timespec="seconds"),
        user="anna",
        service=service,
        verdict=reason.verdict,
        reason=reason,
        band=band,
        seconds=1.25,
        frames=4,
    )


ATTEMPTS = (
    attempt(Reason.MATCHED, 0, Band.MATCH),
    attempt(Reason.ANOTHER_FACE, 1, Band.NEAR, "sudo"),
    attempt(Reason.TOO_DARK, 1),
    attempt(Reason.MATCHED, 2, Band.MATCH),
)


@pytest.fixture
def case(qtbot: QtBot) -> Iterator[Showcase[HistoryPage]]:
    """The page with four attempts, not opened yet."""
    daemon = Exhibit()
    daemon.attempts = ATTEMPTS
    case = Showcase(qtbot, HistoryPage, daemon)
    yield case
    case.close()


def rows(case: Showcase[HistoryPage]) -> list[list[str]]:
    found = []
    for table in case.visible(Table):
        model = table.model()
        for row in range(model.rowCount()):
            found.append([str(model.index(row, column).data()) for column in range(model.columnCount())])
    return found


def open_and_wait(case: Showcase[HistoryPage]) -> None:
    case.open()
    case.wait(lambda: rows(case))


def test_each_attempt_says_when_for_what_how_and_why(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    assert rows(case)[1] == [
        words.moment(ATTEMPTS[1].when),
        "sudo",
        "Not recognised",
        "The face matches none of yours. Similar, but not enough.",
    ]


@pytest.mark.parametrize(("name", "count"), [("All: 4", 4), ("Recognised: 2", 2), ("No decision: 1", 1)])
def test_the_outcomes_can_be_told_apart(case: Showcase[HistoryPage], name: str, count: int) -> None:
    open_and_wait(case)
    case.press(name)
    assert len(rows(case)) == count


def test_an_outcome_that_never_happened_says_so_and_the_way_back_stays(case: Showcase[HistoryPage]) -> None:
    case.daemon.attempts = ATTEMPTS[:1]
    open_and_wait(case)
    case.press("Not recognised: 0")
    assert "No attempt ended like this." in case.text
    case.press("All: 1")
    assert len(rows(case)) == 1


def test_without_attempts_it_says_so_instead_of_showing_empty_things(case: Showcase[HistoryPage]) -> None:
    case.daemon.attempts = ()
    case.open()
    case.wait_for_text("Nothing yet")
    assert not case.visible(Table)
    assert not case.visible(DayChart)


def test_an_attempt_that_failed_says_what_can_be_done_and_leads_there(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    (table,) = case.visible(Table)
    table.selectRow(1)
    assert "add pictures in this light" in case.text
    case.press("Open “Faces”")
    assert case.wanted == ["faces"]


def test_an_attempt_that_went_well_gives_no_advice(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    (table,) = case.visible(Table)
    table.selectRow(1)
    table.selectRow(0)
    assert "improve your face" not in case.text


def test_how_long_a_failed_look_took_is_told_with_the_advice(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    (table,) = case.visible(Table)
    table.selectRow(1)
    assert f"It took {QLocale().toString(1.25, 'f', 1)} s." in case.text


def test_a_refused_question_is_explained(case: Showcase[HistoryPage]) -> None:
    case.daemon.attempts = BusError(Reason.NOT_PERMITTED, "no")
    case.open()
    case.wait_for_text("This was not allowed.")


def test_what_happened_meanwhile_comes_with_a_refresh(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    case.daemon.attempts = (attempt(Reason.NO_FACE), *ATTEMPTS)
    case.press("Refresh")
    case.wait(lambda: len(rows(case)) == 5)
    assert case.button("All: 5").isVisible()


def test_a_thousand_attempts_are_shown_without_making_a_widget_of_each(case: Showcase[HistoryPage]) -> None:
    case.daemon.attempts = ATTEMPTS * 250
    open_and_wait(case)
    assert len(case.page.findChildren(QPushButton)) < 20
    (table,) = case.visible(Table)
    assert table.model().rowCount() == 1000


def test_the_filters_are_marked_as_the_chart_is(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    marked = [button for button in case.visible(QPushButton) if not button.icon().isNull()]
    assert [button.text().split(":")[0] for button in marked] == ["Recognised", "Not recognised", "No decision"]


def test_days_are_counted_in_local_time_from_the_oldest() -> None:
    days = days_until(QDate.currentDate(), 3, ATTEMPTS)
    assert [day.date for day in days] == [QDate.currentDate().addDays(back) for back in (-2, -1, 0)]
    assert [tuple(day.counts.values()) for day in days] == [(1, 0, 0), (0, 1, 1), (1, 0, 0)]


def test_an_attempt_around_midnight_counts_for_the_local_day() -> None:
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=1, microsecond=0).astimezone(UTC)
    late = attempt(Reason.MATCHED)
    moments = [midnight.isoformat(), (midnight - timedelta(seconds=2)).isoformat()]
    attempts = [
        AttemptSummary(when=when, user="a", service="kde", verdict=Verdict.MATCH, reason=late.reason, band=None,
                       seconds=1.0, frames=1)
        for when in moments
    ]  # fmt: skip
    assert [day.total for day in days_until(QDate.currentDate(), 2, attempts)] == [1, 1]


def test_attempts_older_than_the_chart_and_times_that_are_none_are_left_out() -> None:
    broken = AttemptSummary(
        when="yesterday", user="a", service="kde", verdict=Verdict.MATCH, reason=Reason.MATCHED, band=None, seconds=1.0,
        frames=1,
    )  # fmt: skip
    days = days_until(QDate.currentDate(), 2, (*ATTEMPTS, broken))
    assert sum(day.total for day in days) == 3


def test_a_screen_reader_hears_every_day_of_the_chart_on_which_anything_happened(qtbot: QtBot) -> None:
    chart = DayChart()
    qtbot.addWidget(chart)
    chart.show_days(days_until(QDate.currentDate(), 14, ATTEMPTS))
    lines = chart.accessibleDescription().splitlines()
    assert len(lines) == 3
    assert lines[1].endswith(": 0 recognised, 1 refused, 1 not judged.")


def test_the_chart_says_when_there_was_nothing(qtbot: QtBot) -> None:
    chart = DayChart()
    qtbot.addWidget(chart)
    chart.show_days(days_until(QDate.currentDate(), 14, ()))
    assert chart.accessibleDescription() == "There were no attempts in these days."


def test_the_bars_show_how_a_day_ended(qtbot: QtBot) -> None:
    chart = DayChart()
    qtbot.addWidget(chart)
    chart.resize(300, 200)
    chart.show_days(days_until(QDate.currentDate(), 1, ATTEMPTS[:1]))
    good = chart.grab().toImage().pixelColor(chart._plot().center().toPoint())
    chart.show_days(days_until(QDate.currentDate().addDays(-1), 1, ATTEMPTS[1:2]))
    bad = chart.grab().toImage().pixelColor(chart._plot().center().toPoint())
    assert good.green() > good.red()
    assert bad.red() > bad.green()


def test_the_table_is_walked_with_the_arrows_and_left_with_tab(case: Showcase[HistoryPage]) -> None:
    open_and_wait(case)
    (table,) = case.visible(Table)
    assert table.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert not table.tabKeyNavigation()
    assert table.accessibleName() == "Attempts"
