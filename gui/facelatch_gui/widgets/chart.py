"""A small chart of the attempts of the last days, painted here: a charting library would be larger than the window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QDate, QDateTime, QEvent, QLocale, QPoint, QPointF, QRectF, QSize, Qt, QTimeZone
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from facelatch.types import AttemptSummary, Verdict
from facelatch_gui.style import Tone, colour, gap, outline

ORDER: Final = (Verdict.MATCH, Verdict.MISMATCH, Verdict.UNAVAILABLE)
"""From the bottom of a bar to its top."""

TONES: Final = {Verdict.MATCH: Tone.GOOD, Verdict.MISMATCH: Tone.BAD, Verdict.UNAVAILABLE: Tone.MUTED}

_LINES: Final = 6
"""The chart's height in lines of text."""


@dataclass(slots=True)
class Day:
    """How many attempts of one local day ended how."""

    date: QDate
    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(ORDER, 0))

    @property
    def total(self) -> int:
        """All attempts of the day."""
        return sum(self.counts.values())


def local_time(when: str) -> QDateTime:
    """Return a time of the bus (UTC in ISO 8601) in local time; an invalid one where it is none."""
    found = QDateTime.fromString(when, Qt.DateFormat.ISODateWithMs)
    if found.timeSpec() is Qt.TimeSpec.LocalTime:
        found.setTimeZone(QTimeZone.utc())
    return found.toLocalTime()


def days_until(today: QDate, count: int, attempts: Sequence[AttemptSummary]) -> tuple[Day, ...]:
    """Return the last `count` local days, oldest first; attempts of other days are left out."""
    days = {day.date.toJulianDay(): day for day in (Day(today.addDays(back)) for back in range(1 - count, 1))}
    for attempt in attempts:
        day = days.get(local_time(attempt.when).date().toJulianDay())
        if day is not None:
            day.counts[attempt.verdict] += 1
    return tuple(days.values())


def paint_outcome(painter: QPainter, field: QRectF, verdict: Verdict, widget: QWidget) -> None:
    """Fill a field as an outcome is marked; one is hatched, for those who cannot tell the colours."""
    shade = colour(widget.palette(), TONES[verdict])
    painter.save()
    painter.setPen(QPen(shade, 1))
    if verdict is not Verdict.UNAVAILABLE:
        painter.fillRect(field, shade)
        painter.restore()
        return
    frame = field.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRect(frame)
    painter.setClipRect(frame)
    step = gap(widget, 0.3)
    for line in range(1, math.ceil((frame.width() + frame.height()) / step)):
        across = line * step
        painter.drawLine(QPointF(frame.left(), frame.top() + across), QPointF(frame.left() + across, frame.top()))
    painter.restore()


class DayChart(QWidget):
    """Bars of days: recognised at the bottom, refused above, not judged on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days: tuple[Day, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Attempts of the last days"))

    def show_days(self, days: Sequence[Day]) -> None:
        """Show these days."""
        self._days = tuple(days)
        self.setAccessibleDescription(self.describe())
        self.update()

    def describe(self) -> str:
        """Return the chart in words: the sums, and every day on which anything happened."""
        busy = [self._describe_day(day) for day in self._days if day.total]
        if not busy:
            return self.tr("There were no attempts in these days.")
        return "\n".join(busy)

    def _describe_day(self, day: Day) -> str:
        return self.tr("{date}: {matches} recognised, {mismatches} refused, {unjudged} not judged.").format(
            date=QLocale().toString(day.date, QLocale.FormatType.LongFormat),
            matches=day.counts[Verdict.MATCH],
            mismatches=day.counts[Verdict.MISMATCH],
            unjudged=day.counts[Verdict.UNAVAILABLE],
        )

    def sizeHint(self) -> QSize:
        """Wide enough for a date below each third bar."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 4 * max(7, len(self._days)), metrics.lineSpacing() * _LINES)

    def minimumSizeHint(self) -> QSize:
        """Bars may become thin, not low."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * max(7, len(self._days)), metrics.lineSpacing() * _LINES)

    def event(self, event: QEvent) -> bool:
        """Tell of the day under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            day = self._day_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if day is None else self._describe_day(day), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the axis, the bars and a date here and there."""
        if not self._days:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self._plot()
        most = max(1, *(day.total for day in self._days))
        self._paint_axis(painter, plot, most)
        slot = plot.width() / len(self._days)
        thickness = min(slot * 0.6, self.fontMetrics().height() * 1.5)
        for position, day in enumerate(self._days):
            left = plot.left() + position * slot + (slot - thickness) / 2
            self._paint_bar(painter, QRectF(left, plot.top(), thickness, plot.height()), day, most)
        self._paint_dates(painter, plot, slot)
        painter.end()

    def _plot(self) -> QRectF:
        metrics = self.fontMetrics()
        most = max((day.total for day in self._days), default=0)
        gutter = metrics.horizontalAdvance(QLocale().toString(most)) + metrics.averageCharWidth()
        top, bottom = metrics.height() / 2, metrics.lineSpacing() * 1.4
        return QRectF(gutter, top, max(1.0, self.width() - gutter - 1), max(1.0, self.height() - top - bottom))

    def _day_at(self, point: QPoint) -> Day | None:
        plot = self._plot()
        position = int((point.x() - plot.left()) // (plot.width() / max(1, len(self._days))))
        return self._days[position] if 0 <= position < len(self._days) else None

    def _paint_axis(self, painter: QPainter, plot: QRectF, most: int) -> None:
        painter.setPen(QPen(outline(self.palette()), 1))
        painter.drawLine(plot.topLeft(), plot.topRight())
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(colour(self.palette(), Tone.MUTED))
        height = self.fontMetrics().height()
        numbers = QRectF(0, 0, plot.left() - self.fontMetrics().averageCharWidth() / 2, height)
        for value, at in ((most, plot.top()), (0, plot.bottom())):
            numbers.moveTop(at - height / 2)
            painter.drawText(numbers, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value}")

    def _paint_bar(self, painter: QPainter, room: QRectF, day: Day, most: int) -> None:
        bottom = room.bottom()
        for verdict in ORDER:
            height = room.height() * day.counts[verdict] / most
            if height:
                paint_outcome(painter, QRectF(room.left(), bottom - height, room.width(), height), verdict, self)
                bottom -= height

    def _paint_dates(self, painter: QPainter, plot: QRectF, slot: float) -> None:
        """Name each day, or each second, third, … from the last one backwards, as many as have room."""
        metrics = self.fontMetrics()
        form = self.tr("d MMM", "a date below a bar, as Qt writes it")
        texts = [QLocale().toString(day.date, form) for day in self._days]
        widest = max(metrics.horizontalAdvance(text) for text in texts)
        step = max(1, math.ceil((widest + 2 * metrics.averageCharWidth()) / slot))
        painter.setPen(colour(self.palette(), Tone.MUTED))
        for position in range(len(texts) - 1, -1, -step):
            left = plot.left() + (position + 0.5) * slot - widest / 2
            left = min(max(0.0, left), self.width() - widest)
            place = QRectF(left, plot.bottom() + metrics.leading() + 2, widest + 1, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, texts[position])
