"""Finds texts that are cut off, and pages that do not fit their window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QListWidget, QScrollArea, QTableView, QWidget

Child = TypeVar("Child", bound=QWidget)

SLACK = 1
"""Pixels that rounding may cost."""

_FAR = 1_000_000

PADDING = 3
"""Pixels that the style leaves at each side of a cell."""


def clipped(window: QWidget) -> Iterator[str]:
    """Yield a line for each text in the window that is not shown whole."""
    for area in _shown(window, QScrollArea):
        over = area.horizontalScrollBar().maximum()
        if over > 0:
            yield f"the page is {over} pixels wider than its window"
    for label in _shown(window, QLabel):
        if label.text() and not _fits(label):
            yield f"{label.text()!r} needs {_wanted(label)}, has {label.width()}x{label.height()}"
    for button in _shown(window, QAbstractButton):
        yield from _too_small(button, button.text())
    for box in _shown(window, QComboBox):
        yield from _too_small(box, box.currentText())
    for table in _shown(window, QTableView):
        yield from _short_cells(table)
    for names in _shown(window, QListWidget):
        if names.sizeHintForColumn(0) > names.viewport().width() + SLACK:
            yield f"a list needs {names.sizeHintForColumn(0)}, has {names.viewport().width()}"


def _shown(window: QWidget, kind: type[Child]) -> Iterator[Child]:
    return (child for child in window.findChildren(kind) if child.isVisible())


def _fits(label: QLabel) -> bool:
    if not label.wordWrap():
        hint = label.sizeHint()
        return hint.width() <= label.width() + SLACK and hint.height() <= label.height() + SLACK
    room = label.contentsRect()
    needed = label.fontMetrics().boundingRect(
        QRect(0, 0, room.width(), _FAR), int(Qt.TextFlag.TextWordWrap), label.text()
    )
    return needed.width() <= room.width() + SLACK and label.heightForWidth(label.width()) <= label.height() + SLACK


def _wanted(label: QLabel) -> str:
    if label.wordWrap():
        return f"{label.heightForWidth(label.width())} in height, or a word is too long"
    return f"{label.sizeHint().width()}x{label.sizeHint().height()}"


def _too_small(widget: QWidget, text: str) -> Iterator[str]:
    hint = widget.minimumSizeHint() if isinstance(widget, QComboBox) else widget.sizeHint()
    if text and (hint.width() > widget.width() + SLACK or hint.height() > widget.height() + SLACK):
        yield f"{text!r} needs {hint.width()}x{hint.height()}, has {widget.width()}x{widget.height()}"


def _short_cells(table: QTableView) -> Iterator[str]:
    """Yield the columns of whose texts one does not fit, be it in several lines."""
    model = table.model()
    if over := table.horizontalScrollBar().maximum():
        yield f"a table is {over} pixels wider than its place"
    for column in range(model.columnCount()):
        if table.isColumnHidden(column):
            continue
        heading = model.headerData(column, Qt.Orientation.Horizontal)
        if table.horizontalHeader().sectionSizeFromContents(column).width() > table.columnWidth(column) + SLACK:
            yield f"the heading {heading!r} has {table.columnWidth(column)} only"
        metrics = table.fontMetrics()
        for row in range(model.rowCount()):
            text = str(model.index(row, column).data())
            room = QRect(0, 0, table.columnWidth(column) - 2 * PADDING, table.rowHeight(row))
            needed = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text)
            if needed.width() > room.width() + SLACK or needed.height() > room.height() + SLACK:
                yield f"{text!r} in the column {heading!r} needs {needed.size()}, has {room.size()}"
                break
