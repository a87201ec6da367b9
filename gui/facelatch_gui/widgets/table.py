"""A read-only table that screen readers can walk, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QWidget,
)

from facelatch_gui import style
from facelatch_gui.style import Tone

Index = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()

_LOOKED_AT = 1000
"""Rows that decide how wide a column and how high a row is; few of their texts differ."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell."""

    text: str
    tone: Tone = Tone.PLAIN
    number: bool = False
    """Numbers stand at the right."""


class _Rows(QAbstractTableModel):
    def __init__(self, headings: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)
        self._rows: Sequence[Sequence[Cell]] = ()

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        same = len(rows) == len(self._rows)
        if not same:
            self.beginResetModel()
        self._rows = rows
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self._headings) - 1))

    def texts(self, column: int) -> set[str]:
        """Return the texts of a column, each once."""
        return {row[column].text for row in self._rows[:_LOOKED_AT]}

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            number = bool(self._rows) and self._rows[0][section].number
            return _alignment(number)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self._rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._headings[index.column()]}: {cell.text}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(cell.number)
        if role == Qt.ItemDataRole.ForegroundRole and cell.tone is not Tone.PLAIN:
            return style.colour(style.application_palette(), cell.tone)
        return None


class Table(QTableView):
    """Rows that can be selected one at a time; the last column takes the room that is left."""

    chosen = Signal(int)
    """The row that has become the selected one, -1 for none."""

    def __init__(self, headings: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _Rows(headings, self)
        self._most = 0
        self.setModel(self._rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)  # Tab leaves the table, the arrows walk it
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(1)
        self.selectionModel().currentRowChanged.connect(lambda now, _before: self.chosen.emit(now.row()))

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show these rows; as many as before keep the selection."""
        self._rows.show_rows(rows)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the rows be as high as the new width wants it."""
        super().resizeEvent(event)
        self._fit_rows()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit_columns()

    def _columns(self) -> list[int]:
        return [column for column in range(self._rows.columnCount()) if not self.isColumnHidden(column)]

    def _fit_columns(self) -> None:
        """Let every column but the last be as wide as its texts.

        Qt's own way asks for each cell several times: with a thousand rows, 50 ms for each change of the width.
        """
        metrics, header = self.fontMetrics(), self.horizontalHeader()
        for column in self._columns()[:-1]:
            widest = max((metrics.horizontalAdvance(text) for text in self._rows.texts(column)), default=0)
            width = max(widest + 2 * metrics.averageCharWidth(), header.sectionSizeHint(column))
            self.setColumnWidth(column, width + metrics.averageCharWidth())
        self._fit_rows()

    def _fit_rows(self) -> None:
        """Let every row be as high as the longest text of the last column, which takes the room that is left."""
        *before, last = self._columns()
        metrics = self.fontMetrics()
        left = self.viewport().width() - sum(self.columnWidth(column) for column in before)
        room = QRect(0, 0, max(left, metrics.averageCharWidth() * 10) - metrics.averageCharWidth(), 0)
        heights = (
            metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height() for text in self._rows.texts(last)
        )
        self.verticalHeader().setDefaultSectionSize(max(metrics.height(), *heights, 0) + style.gap(self, 0.7))
        if self._most:
            self.setFixedHeight(self.height_of(min(max(1, self._rows.rowCount()), self._most)))

    def limit(self, rows: int) -> None:
        """Be as high as the rows want it, up to so many of them; more are scrolled to."""
        self._most = rows
        self._fit_rows()

    def height_of(self, rows: int) -> int:
        """Return the pixels that the heading and so many rows take."""
        return (
            self.horizontalHeader().sizeHint().height()
            + rows * self.verticalHeader().defaultSectionSize()
            + 2 * self.frameWidth()
        )


def _alignment(number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
