"""How near a face came: by band for everybody, by evidence for who may see figures."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from facelatch.types import Band
from facelatch_gui import style, words
from facelatch_gui.style import Tone

SHARES: Final = {Band.FAR: 1 / 6, Band.NEAR: 1 / 2, Band.MATCH: 1.0}
"""How far each band fills the bar."""

TONES: Final = {Band.FAR: Tone.BAD, Band.NEAR: Tone.WARNING, Band.MATCH: Tone.GOOD}

GOAL: Final = 2 / 3
"""Where in the bar the wanted evidence lies; nothing at all is at its left end, and beyond the goal is some room."""


def probability(evidence: float) -> float:
    """Return how probable the claimed person is at even odds before, 0 to 1, from evidence in nats."""
    if evidence >= 0:
        return 1 / (1 + math.exp(-evidence))
    odds = math.exp(evidence)
    return odds / (1 + odds)


class EvidenceBar(QWidget):
    """A bar in three parts, one for each band, or filled by evidence against a mark where it is enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._tone = Tone.MUTED
        self._band: Band | None = None
        self._mark = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("How near your face came to the enrolled one"))

    @property
    def share(self) -> float:
        """How much of the bar is filled, 0 to 1."""
        return self._share

    def clear(self) -> None:
        """Show an empty bar."""
        self._show(0.0, Tone.MUTED, self.tr("Nothing was compared."))

    def show_band(self, band: Band) -> None:
        """Fill it as coarsely as a band is."""
        self._show(SHARES[band], TONES[band], words.band(band), band=band)

    def show_evidence(self, evidence: float, wanted: float) -> None:
        """Fill it by evidence, in nats, against what is wanted."""
        share = min(1.0, max(0.0, evidence / wanted * GOAL)) if wanted > 0 else 0.0
        tone = Tone.GOOD if evidence >= wanted else Tone.WARNING if evidence > 0 else Tone.BAD
        locale = QLocale()
        enough = self.tr("{evidence} of {wanted} nats").format(
            evidence=locale.toString(evidence, "f", 1), wanted=locale.toString(wanted, "f", 1)
        )
        mark = self.tr("wanted: {wanted} nats").format(wanted=locale.toString(wanted, "f", 1))
        self._show(share, tone, enough, mark=mark)

    def sizeHint(self) -> QSize:
        """As wide as its captions, and high enough for the bar above them."""
        widest = max(self.fontMetrics().horizontalAdvance(words.band(band)) for band in Band)
        return QSize(3 * widest + style.gap(self, 2), style.gap(self, 2.0))

    def minimumSizeHint(self) -> QSize:
        """Narrower, captions are cut."""
        return QSize(style.gap(self, 8), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and, below it, what its parts mean."""
        palette = style.application_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = style.gap(self, 0.55)
        field = QRectF(0, style.gap(self, 0.15), self.width(), high)
        form = QPainterPath()
        form.addRoundedRect(field, high / 2, high / 2)
        painter.setClipPath(form)
        painter.fillRect(field, style.outline(palette))
        filled = QRectF(field.left(), field.top(), field.width() * self._share, high)
        painter.fillRect(filled, style.colour(palette, self._tone))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Window), max(2.0, high * 0.25)))
        for share in () if self._mark else (1 / 3, 2 / 3):
            painter.drawLine(QPointF(self.width() * share, 0), QPointF(self.width() * share, field.bottom() + 1))
        painter.setClipping(False)
        room = QRectF(0, field.bottom(), self.width(), self.height() - field.bottom())
        if self._mark:
            self._paint_mark(painter, field, room)
        else:
            self._paint_bands(painter, room)

    def _paint_mark(self, painter: QPainter, field: QRectF, room: QRectF) -> None:
        """Draw where the evidence is enough."""
        palette = style.application_palette()
        x = self.width() * GOAL
        reach = field.top()
        painter.setPen(QPen(style.colour(palette, Tone.PLAIN), max(2.0, field.height() * 0.25)))
        painter.drawLine(QPointF(x, field.top() - reach), QPointF(x, field.bottom() + reach))
        painter.setPen(style.colour(palette, Tone.MUTED))
        painter.drawText(room.adjusted(x - room.width() / 3, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, self._mark)

    def _paint_bands(self, painter: QPainter, room: QRectF) -> None:
        palette = style.application_palette()
        wide = room.width() / 3
        for number, band in enumerate(Band):
            reached = band is self._band
            painter.setPen(style.colour(palette, TONES[band] if reached else Tone.MUTED))
            text = self.fontMetrics().elidedText(words.band(band), Qt.TextElideMode.ElideRight, round(wide))
            painter.drawText(QRectF(number * wide, room.top(), wide, room.height()), Qt.AlignmentFlag.AlignCenter, text)

    def _show(self, share: float, tone: Tone, description: str, band: Band | None = None, mark: str = "") -> None:
        self._share = share
        self._tone = tone
        self._band = band
        self._mark = mark
        self.setAccessibleDescription(description)
        self.setToolTip(description)
        self.update()
