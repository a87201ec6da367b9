"""The enrolment's picture: round, with a ring around it that fills as the head has been seen from each side."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from facelatch.types import Pose
from facelatch_gui import style, words
from facelatch_gui.style import Tone
from facelatch_gui.widgets.live import Showing, paint_picture, paint_text_below
from facelatch_gui.widgets.symbol import Symbol, paint_symbol

MIDDLES: Final = {Pose.RIGHT: 0.0, Pose.UP: 90.0, Pose.LEFT: 180.0, Pose.DOWN: 270.0}
"""Where each side's segment lies, in degrees counter-clockwise from the right. The picture is mirrored, so the person's
left is on the left. Straight ahead is the whole inner ring."""

SPAN: Final = 76.0
"""Degrees of one segment."""

FILLING: Final = 350
"""Milliseconds in which a segment fills."""


class Ring(QWidget):
    """Shows frames mirrored in a circle, which poses are covered, and which one is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._text = ""
        self._filled: dict[Pose, float] = {}
        self._asked: Pose | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Camera picture, with a ring that shows how far the enrolment is"))

    @property
    def covered(self) -> frozenset[Pose]:
        """The poses whose segments are filled, or are filling now."""
        return frozenset(self._filled)

    @property
    def asked(self) -> Pose | None:
        """The pose whose segment is marked as the next one."""
        return self._asked

    def reset(self, text: str) -> None:
        """Empty the ring and show a text instead of a picture."""
        self._image = QImage()
        self._text = text
        self._filled.clear()
        self._asked = None
        self._describe()
        self.update()

    def show_image(self, image: QImage) -> None:
        """Show a frame; a null one leaves the last one standing."""
        if not image.isNull():
            self._image = image
            self.update()

    def cover(self, poses: Collection[Pose]) -> None:
        """Fill the segments of these poses."""
        for pose in poses:
            if pose not in self._filled:
                self._fill(pose)
        self._describe()

    def ask(self, pose: Pose | None) -> None:
        """Mark the pose that is wanted next."""
        self._asked = pose
        self.update()

    def sizeHint(self) -> QSize:
        """Twenty-two lines square."""
        return QSize(style.gap(self, 22), style.gap(self, 22))

    def minimumSizeHint(self) -> QSize:
        """Still large enough to see oneself."""
        return QSize(style.gap(self, 11), style.gap(self, 11))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture and ring."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self.width(), self.height())
        thick = side * 0.035
        field = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        outer = field.adjusted(thick, thick, -thick, -thick)
        inner = outer.adjusted(1.5 * thick, 1.5 * thick, -1.5 * thick, -1.5 * thick)
        self._paint_disc(painter, inner.adjusted(thick, thick, -thick, -thick))
        self._paint_segment(painter, Pose.STRAIGHT, inner, 90.0, 360.0, thick * 0.6)
        for pose, middle in MIDDLES.items():
            self._paint_segment(painter, pose, outer, middle - SPAN / 2, SPAN, thick)

    def _paint_disc(self, painter: QPainter, field: QRectF) -> None:
        palette = style.application_palette()
        disc = QPainterPath()
        disc.addEllipse(field)
        if self._image.isNull():
            painter.fillPath(disc, style.mix(style.surface(palette), style.outline(palette), 0.35))
            shade = style.colour(palette, Tone.MUTED)
            side = style.gap(self, 3)
            symbol = QRectF(field.center().x() - side / 2, field.center().y() - side, side, side)
            paint_symbol(painter, Symbol.CAMERA, symbol, shade)
            paint_text_below(painter, self._text, field, symbol, shade)
            return
        painter.save()
        painter.setClipPath(disc)
        width, height = self._image.width(), self._image.height()
        square = min(width, height)
        part = QRectF((width - square) / 2, (height - square) / 2, square, square)
        paint_picture(painter, self._image, field, Showing.MIRRORED, part)
        painter.restore()

    def _paint_segment(
        self, painter: QPainter, pose: Pose, field: QRectF, start: float, span: float, thick: float
    ) -> None:
        """Draw one segment: its track, and over it as much as is filled, from its middle outwards."""
        palette = style.application_palette()
        track = style.outline(palette)
        if pose is self._asked:
            track = style.mix(track, style.colour(palette, Tone.ACCENT), 0.75)
        _arc(painter, field, start, span, track, thick)
        share = self._filled.get(pose, 0.0)
        if share > 0:
            middle = start + span / 2
            _arc(painter, field, middle - span * share / 2, span * share, style.colour(palette, Tone.GOOD), thick)

    def _fill(self, pose: Pose) -> None:
        self._filled[pose] = 0.0
        filling = QVariantAnimation(self)
        filling.setStartValue(0.0)
        filling.setEndValue(1.0)
        filling.setDuration(FILLING)
        filling.setEasingCurve(QEasingCurve.Type.OutCubic)
        filling.valueChanged.connect(lambda share: self._set_share(pose, share))
        filling.start(QVariantAnimation.DeletionPolicy.DeleteWhenStopped)

    def _set_share(self, pose: Pose, share: float) -> None:
        if pose in self._filled:  # an animation of before a reset may run out
            self._filled[pose] = share
            self.update()

    def _describe(self) -> None:
        missing = [words.pose(pose) for pose in Pose if pose not in self._filled]
        if missing:
            self.setAccessibleDescription(self.tr("Still to be shown: {poses}").format(poses=", ".join(missing)))
        else:
            self.setAccessibleDescription(self.tr("All sides have been shown."))


def _arc(painter: QPainter, field: QRectF, start: float, span: float, shade: QColor, thick: float) -> None:
    cap = Qt.PenCapStyle.FlatCap if span >= 360 else Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(shade, thick, Qt.PenStyle.SolidLine, cap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(field, round(start * 16), round(span * 16))
