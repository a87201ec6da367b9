"""Framed ground for things that belong together."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone


class Card(QFrame):
    """A rounded ground a shade off the window's. Put things into `body`. With a tone, it is edged in its colour."""

    def __init__(self, *, tone: Tone | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.body = QVBoxLayout(self)
        margin = style.gap(self, 0.9)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(style.gap(self, 0.4))

    def set_tone(self, tone: Tone | None) -> None:
        """Edge it in another colour."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        palette = style.application_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = style.gap(self, 0.5)
        field = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(style.outline(palette), 1.0))
        painter.setBrush(style.surface(palette))
        painter.drawRoundedRect(field, radius, radius)
        if self._tone is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colour(palette, self._tone))
            width = style.gap(self, 0.22)
            painter.setClipRect(QRectF(0, 0, width, self.height()))
            painter.drawRoundedRect(field, radius, radius)
