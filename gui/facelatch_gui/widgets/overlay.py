"""What the eye saw, drawn over the picture that it saw it in."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from facelatch.types import AnalysedFace, Analysis

CORNER = 0.22
"""Length of a box's corner, of its shorter side."""

LIGHT = QColor(Qt.GlobalColor.white)
SHADE = QColor(0, 0, 0, 150)
"""Light lines with a dark edge can be seen on every picture; the desktop's palette knows nothing of pictures."""


def paint_overlay(painter: QPainter, analysis: Analysis, line: float, *, mirrored: bool = False) -> None:
    """Draw boxes, landmarks and, where there are several faces, their numbers from 1.

    The painter's coordinates are the analysed picture's pixels; `line` is the width of a line in them. With `mirrored`,
    the painter draws mirrored already and numbers are turned back, to be readable.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, face in enumerate(analysis.faces, start=1):
        box = QRectF(*face.box)
        for pen in (_pen(SHADE, 2.2 * line), _pen(LIGHT, line)):
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _paint_corners(painter, box)
        _paint_landmarks(painter, face, line)
        if len(analysis.faces) > 1:
            _paint_number(painter, box, number, line, mirrored)


def annotated(image: QImage, analysis: Analysis) -> QImage:
    """Return a copy of the picture with the overlay in it."""
    copy = image.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(copy)
    painter.scale(copy.width() / max(1, analysis.width), copy.height() / max(1, analysis.height))
    paint_overlay(painter, analysis, max(analysis.width, analysis.height) / 320)
    painter.end()
    return copy


def _pen(shade: QColor, width: float) -> QPen:
    return QPen(shade, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _paint_corners(painter: QPainter, box: QRectF) -> None:
    arm = CORNER * min(box.width(), box.height())
    for x, inwards_x in ((box.left(), arm), (box.right(), -arm)):
        for y, inwards_y in ((box.top(), arm), (box.bottom(), -arm)):
            painter.drawPolyline([QPointF(x + inwards_x, y), QPointF(x, y), QPointF(x, y + inwards_y)])


def _paint_landmarks(painter: QPainter, face: AnalysedFace, line: float) -> None:
    painter.setPen(QPen(SHADE, 0.6 * line))
    painter.setBrush(LIGHT)
    for x, y in face.landmarks:
        painter.drawEllipse(QPointF(x, y), 1.3 * line, 1.3 * line)


def _paint_number(painter: QPainter, box: QRectF, number: int, line: float, mirrored: bool) -> None:
    font = QFont(painter.font())
    font.setPixelSize(max(1, round(9 * line)))
    font.setBold(True)
    field = QRectF(0, 0, 14 * line, 14 * line)
    painter.save()
    painter.translate(box.right() if mirrored else box.left(), box.top() - 2 * line)
    if mirrored:
        painter.scale(-1, 1)
    painter.translate(0, -field.height())
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawEllipse(field)
    painter.setPen(LIGHT)
    painter.drawText(field, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.restore()
