"""A layout that places things in rows and breaks them as a text does."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class Flow(QLayout):
    """Rows from the left (from the right where one reads so), or centred.

    Items stand in the middle of their row, or at its top where they are aligned so. What is hidden takes no room.
    """

    def __init__(self, spacing: int, *, centred: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._centred = centred
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Add it at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return the item there, None past the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take the item there out, None past the end."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def clear(self) -> None:
        """Take everything out, and delete it."""
        while (item := self.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()

    def expandingDirections(self) -> Qt.Orientation:
        """It takes no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return how high it is at a width."""
        return self._place(QRect(0, 0, width, 0), moving=False)

    def setGeometry(self, field: QRect) -> None:
        """Place everything."""
        super().setGeometry(field)
        self._place(field, moving=True)

    def sizeHint(self) -> QSize:
        """All in one row."""
        widths = [item.sizeHint().width() for item in self._items if not item.isEmpty()]
        return QSize(sum(widths) + self.spacing() * max(0, len(widths) - 1), self.minimumSize().height())

    def minimumSize(self) -> QSize:
        """One below the other."""
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, field: QRect, *, moving: bool) -> int:
        """Go through the rows, moving the items or not; return the height of all."""
        parent = self.parentWidget()
        from_right = parent is not None and parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        top = field.top()
        for row in self._rows(field.width()):
            high = max(item.sizeHint().height() for item in row)
            wide = sum(item.sizeHint().width() + self.spacing() for item in row) - self.spacing()
            x = (field.width() - wide) // 2 if self._centred else 0
            for item in row if moving else ():
                size = item.sizeHint()
                left = field.width() - x - size.width() if from_right else x
                down = 0 if item.alignment() & Qt.AlignmentFlag.AlignTop else (high - size.height()) // 2
                item.setGeometry(QRect(QPoint(field.left() + left, top + down), size))
                x += size.width() + self.spacing()
            top += high + self.spacing()
        return max(0, top - self.spacing() - field.top())

    def _rows(self, width: int) -> Iterator[list[QLayoutItem]]:
        """Yield the items of each row."""
        row: list[QLayoutItem] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            if row and used + item.sizeHint().width() > width:
                yield row
                row, used = [], 0
            row.append(item)
            used += item.sizeHint().width() + self.spacing()
        if row:
            yield row
