"""What can be told of a face in a picture, in words and figures: how sharp it is, how lit, how turned."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale

from facelatch.types import AnalysedFace

BLURRED: Final = 0.010
SOFT: Final = 0.050
"""Sharpness below which the eye calls a face blurred; 19 in 20 ordinary pictures are above the second."""

DARK: Final = 20 / 255
DIM: Final = 60 / 255
BRIGHT: Final = 225 / 255
"""Light: below the first the eye calls a face too dark; the others are where details begin to drown."""

STRAIGHT: Final = 10.0
"""Degrees: what the five points of a face can tell apart from straight."""

translate = QCoreApplication.translate


def sharpness(face: AnalysedFace) -> str:
    """Return how sharp a face is."""
    if face.sharpness < BLURRED:
        word = translate("Traits", "Blurred")
    elif face.sharpness < SOFT:
        word = translate("Traits", "Soft")
    else:
        word = translate("Traits", "Sharp")
    return _with_figure(word, QLocale().toString(face.sharpness, "f", 3))


def light(face: AnalysedFace) -> str:
    """Return how a face is lit."""
    if face.light < DARK:
        word = translate("Traits", "Too dark")
    elif face.light < DIM:
        word = translate("Traits", "Dim")
    elif face.light > BRIGHT:
        word = translate("Traits", "Very bright")
    else:
        word = translate("Traits", "Well lit")
    return _with_figure(word, _percent(face.light))


def turn(face: AnalysedFace) -> str:
    """Return where a head points, as its owner has left and right."""
    parts = (
        (face.yaw, translate("Traits", "{angle}° left"), translate("Traits", "{angle}° right")),
        (face.pitch, translate("Traits", "{angle}° up"), translate("Traits", "{angle}° down")),
    )
    figures = [
        (positive if angle >= 0 else negative).format(angle=round(abs(angle))) for angle, positive, negative in parts
    ]
    figures.append(translate("Traits", "{angle}° tilted").format(angle=round(abs(face.roll))))
    return _with_figure(_direction(face), translate("Traits", ", ", "between figures").join(figures))


def _direction(face: AnalysedFace) -> str:
    if max(abs(face.yaw), abs(face.pitch)) < STRAIGHT:
        return translate("Traits", "Straight")
    if abs(face.yaw) >= abs(face.pitch):
        return translate("Traits", "Turned left") if face.yaw > 0 else translate("Traits", "Turned right")
    return translate("Traits", "Raised") if face.pitch > 0 else translate("Traits", "Lowered")


def _percent(share: float) -> str:
    return translate("Traits", "{number} %", "a percentage").format(number=QLocale().toString(round(100 * share)))


def _with_figure(word: str, figure: str) -> str:
    return translate("Traits", "{word} ({figure})").format(word=word, figure=figure)
