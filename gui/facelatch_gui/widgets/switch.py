"""A check box that looks like a switch: what it says holds as soon as it is moved."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton


class Switch(QCheckBox):
    """For screen readers and the keyboard it stays a check box."""

    def sizeHint(self) -> QSize:
        """The switch, a gap, the text."""
        metrics = self.fontMetrics()
        text = metrics.size(Qt.TextFlag.TextShowMnemonic, self.text())
        track = self._track_size()
        return QSize(track.width() + self._gap() + text.width() + 4, max(track.height(), text.height()) + 6)

    def minimumSizeHint(self) -> QSize:
        """It cannot be smaller: text is never cut."""
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        """All of it can be clicked, the gap as well."""
        return QRect(QPoint(0, 0), self.sizeHint()).contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, knob and text in the desktop's colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        palette = self.palette()
        size = self._track_size()
        track = QRectF(2, (self.height() - size.height()) / 2, size.width(), size.height())
        on = self.isChecked()
        fill = QColor(palette.color(group, QPalette.ColorRole.Highlight if on else QPalette.ColorRole.Base))
        edge = QColor(palette.color(group, QPalette.ColorRole.WindowText))
        edge.setAlphaF(0.55)
        if on and not self.isEnabled():  # many a dark palette lets a highlight look alive that is not
            fill = edge
        painter.setBrush(fill)
        painter.setPen(QPen(fill if on else edge, 1.5))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        radius = track.height() / 2 - 3
        middle = track.right() - track.height() / 2 if on else track.left() + track.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(group, QPalette.ColorRole.HighlightedText) if on else edge)
        painter.drawEllipse(QPointF(middle, track.center().y()), radius, radius)
        self._paint_text(painter, group)
        painter.end()

    def _paint_text(self, painter: QPainter, group: QPalette.ColorGroup) -> None:
        left = self._track_size().width() + 2 + self._gap()
        room = QRect(left, 0, self.width() - left, self.height())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextShowMnemonic
        self.style().drawItemText(
            painter, room, int(flags), self.palette(), self.isEnabled(), self.text(), QPalette.ColorRole.WindowText
        )
        if self.hasFocus():
            option = QStyleOptionButton()
            self.initStyleOption(option)
            option.rect = room.adjusted(-self._gap() // 2, 1, 0, -1)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self)

    def _track_size(self) -> QSize:
        height = round(self.fontMetrics().height() * 1.15)
        return QSize(round(height * 1.8), height)

    def _gap(self) -> int:
        return self.fontMetrics().averageCharWidth() + 2
