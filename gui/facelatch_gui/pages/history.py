"""History: what was tried, how it ended and why, and how often lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, QDate, QEvent, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from facelatch.types import AttemptSummary, Reason, Verdict
from facelatch_gui import sayings, style, words
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.chart import ORDER, TONES, DayChart, days_until, paint_outcome
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.table import Cell, Table
from facelatch_gui.widgets.text import Button, Text

MOST: Final = 500
"""Attempts asked for: 35 on each day of the chart. They are shown within 20 ms, a thousand took 40."""

DAYS: Final = 14

MARK_ROOM: Final = 1.5
"""Widths of a filter's mark that it takes with the room behind it."""

translate = QCoreApplication.translate


class Filter(Button):
    """A button of which one of several is chosen; a line below it says so, since not every style's dark buttons do."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, and the line."""
        super().paintEvent(event)
        if self.isChecked():
            thickness = style.gap(self, 0.15)
            painter = QPainter(self)
            painter.fillRect(
                QRectF(0, self.height() - thickness, self.width(), thickness),
                style.colour(style.application_palette(), Tone.ACCENT),
            )
            painter.end()


class HistoryPage(Page):
    """The caller's own attempts, newest first."""

    name: ClassVar[str] = "history"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("HistoryPage", "History"),
            Symbol.HISTORY,
            translate("HistoryPage", "When your face was looked at, how it ended and why."),
            parent,
        )
        self._attempts: tuple[AttemptSummary, ...] = ()
        self._shown: tuple[AttemptSummary, ...] = ()
        self._chart = DayChart()
        self._chart_card = Card()
        self._chart_card.body.addLayout(self._build_heading())
        self._chart_card.body.addWidget(self._chart)
        self.body.addWidget(self._chart_card)
        self._filters: dict[Verdict | None, QPushButton] = {}
        self.body.addLayout(self._build_filters())
        self._nothing = Text(tone=Tone.MUTED)
        self.body.addWidget(self._nothing)
        self._table = Table(
            (self.tr("When"), self.tr("For"), self.tr("Result"), self.tr("Why")),
        )
        self._table.setAccessibleName(self.tr("Attempts"))
        self._table.setMinimumHeight(self._table.height_of(2))
        self._table.chosen.connect(self._explain)
        self.body.addWidget(self._table, 1)
        self._advice = Notice()
        self.body.addWidget(self._advice)
        self.body.addStretch()
        for widget in (self._chart_card, self._table, *self._filters.values()):
            widget.hide()  # until there is something to be shown
        self._dress()

    def enter(self) -> None:
        """Fetch the attempts anew."""
        self.ask(lambda daemon: daemon.history(limit=MOST), self.show_attempts)

    def show_attempts(self, attempts: Sequence[AttemptSummary]) -> None:
        """Show these, newest first."""
        self.notice.clear()
        self._attempts = tuple(attempts)
        self._chart.show_days(days_until(QDate.currentDate(), DAYS, self._attempts))
        counts = {None: len(self._attempts)} | {
            verdict: sum(attempt.verdict is verdict for attempt in self._attempts) for verdict in ORDER
        }
        for verdict, button in self._filters.items():
            name = self.tr("All") if verdict is None else words.verdict(verdict)
            button.setText(
                self.tr("{outcome}: {count}").format(outcome=name, count=QLocale().toString(counts[verdict]))
            )
        self._filter()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's palette."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ApplicationPaletteChange:
            self._dress()

    def _build_heading(self) -> QHBoxLayout:
        refresh = Button(self.tr("&Refresh"))
        refresh.clicked.connect(self.enter)
        row = QHBoxLayout()
        row.addWidget(Text(self.tr("The last {days} days").format(days=DAYS), bold=True), 1)
        row.addWidget(refresh)
        return row

    def _build_filters(self) -> Flow:
        """Return the buttons that filter; their marks are the chart's legend as well."""
        row = Flow(style.gap(self, 0.4))
        group = QButtonGroup(self)
        for verdict in (None, *ORDER):
            button = Filter()
            button.setCheckable(True)
            button.setChecked(verdict is None)
            button.clicked.connect(self._filter)
            group.addButton(button)
            self._filters[verdict] = button
            row.addWidget(button)
        return row

    def _dress(self) -> None:
        side = style.gap(self, 0.7)
        for verdict in ORDER:
            button = self._filters[verdict]
            button.setIcon(_mark(verdict, button, side))
            button.setIconSize(QSize(round(MARK_ROOM * side), side))

    def _filter(self) -> None:
        wanted = next((verdict for verdict, button in self._filters.items() if button.isChecked()), None)
        self._shown = tuple(one for one in self._attempts if wanted is None or one.verdict is wanted)
        self._advice.clear()
        self._table.clearSelection()
        self._table.show_rows([self._row(attempt) for attempt in self._shown])
        self._table.setVisible(bool(self._shown))
        for widget in (self._chart_card, *self._filters.values()):
            widget.setVisible(bool(self._attempts))
        if not self._attempts:
            self._nothing.setText(self.tr("Nothing yet: nobody has tried to log in as you with a face."))
        else:
            self._nothing.setText(self.tr("No attempt ended like this."))
        self._nothing.setVisible(not self._shown)

    def _row(self, attempt: AttemptSummary) -> tuple[Cell, ...]:
        why = sayings.reason(attempt.reason).what
        if attempt.band is not None and attempt.reason is Reason.ANOTHER_FACE:
            why = self.tr("{why} {nearness}.").format(why=why, nearness=words.band(attempt.band))
        return (
            Cell(words.moment(attempt.when)),
            Cell(attempt.service),
            Cell(words.verdict(attempt.verdict), TONES[attempt.verdict]),
            Cell(why),
        )

    def _explain(self, row: int) -> None:
        """Say what can be done about the chosen attempt, unless it went well."""
        if not 0 <= row < len(self._shown) or self._shown[row].verdict is Verdict.MATCH:
            self._advice.clear()
            return
        attempt = self._shown[row]
        saying = sayings.reason(attempt.reason)
        leads_away = saying.page not in ("", self.name)
        self._advice.say(
            TONES[attempt.verdict],
            saying.what,
            saying.remedy,
            self.tr("It took {seconds} s.").format(seconds=QLocale().toString(attempt.seconds, "f", 1)),
            button=words.way_to(saying.page) if leads_away else "",
            action=(lambda: self.mend_wanted.emit(saying.page)) if leads_away else None,
        )


def _mark(verdict: Verdict, widget: QWidget, side: int) -> QIcon:
    """Return the mark of an outcome, as the chart fills it, with room behind it: not every style leaves any."""
    ratio = widget.devicePixelRatioF()
    pixmap = QPixmap(round(MARK_ROOM * side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    left = (MARK_ROOM - 1) * side if widget.layoutDirection() is Qt.LayoutDirection.RightToLeft else 0
    paint_outcome(painter, QRectF(left, 0, side, side), verdict, widget)
    painter.end()
    return QIcon(pixmap)
