"""How the window looks: distances from the font, colours from the desktop's palette, nothing fixed."""

from __future__ import annotations

import enum
from typing import Final

from PySide6 import QtGui
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPalette,
)
from PySide6.QtWidgets import QWidget

LEAST_CONTRAST: Final = 4.5
"""What WCAG 2.2 asks of text (AA)."""


class Tone(enum.Enum):
    """What a text or a mark says by its colour; it always says so by its words or its shape as well."""

    PLAIN = "plain"
    MUTED = "muted"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


_HUES: Final = {Tone.GOOD: 145 / 360, Tone.WARNING: 38 / 360, Tone.BAD: 4 / 360}


def gap(widget: QWidget, lines: float = 1.0) -> int:
    """Return a distance of so many lines of the widget's font, in pixels; at least 1."""
    return max(1, round(QFontMetricsF(widget.font()).height() * lines))


def enlarged(font: QFont, factor: float) -> QFont:
    """Return the font at `factor` times its size, whether that is set in points or in pixels."""
    copy = QFont(font)
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * factor)
    else:
        copy.setPixelSize(max(1, round(font.pixelSize() * factor)))
    return copy


def is_dark(palette: QPalette) -> bool:
    """Return whether the palette shows light text on a dark ground."""
    return (
        palette.color(QPalette.ColorRole.Window).lightnessF()
        < palette.color(QPalette.ColorRole.WindowText).lightnessF()
    )


def colour(palette: QPalette, tone: Tone, ground: QPalette.ColorRole = QPalette.ColorRole.Window) -> QColor:
    """Return the tone's colour, which can be read on the palette's `ground`: contrast at least `LEAST_CONTRAST`."""
    text = palette.color(QPalette.ColorRole.WindowText)
    back = palette.color(ground)
    if tone is Tone.PLAIN:
        return text
    if tone is Tone.MUTED:
        shades = [mix(text, back, share) for share in (0.35, 0.25, 0.15)]
        return next((shade for shade in shades if contrast(shade, back) >= LEAST_CONTRAST), text)
    if tone is Tone.ACCENT:
        accent = palette.color(QPalette.ColorRole.Highlight)
        return _readable(accent.hslHueF(), accent.hslSaturationF(), back)
    return _readable(_HUES[tone], 0.65, back)


def surface(palette: QPalette) -> QColor:
    """Return the ground of a card: a shade that lifts it off the window, light and dark."""
    window = palette.color(QPalette.ColorRole.Window)
    return mix(window, QColor.fromRgbF(1.0, 1.0, 1.0), 0.06 if is_dark(palette) else 0.6)


def outline(palette: QPalette) -> QColor:
    """Return the colour of thin lines around and between things."""
    return mix(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.16)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Return `one` with `share` (0 to 1) of `other`."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        one.redF() * keep + other.redF() * share,
        one.greenF() * keep + other.greenF() * share,
        one.blueF() * keep + other.blueF() * share,
    )


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours after WCAG 2.2, 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say a text that changed by itself."""
    if not text or not QAccessible.isActive():
        return
    if hasattr(QtGui, "QAccessibleAnnouncementEvent"):
        QAccessible.updateAccessibility(QtGui.QAccessibleAnnouncementEvent(widget, text))
    else:  # Qt before 6.8 knows no announcements
        QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.Alert))


def application_palette() -> QPalette:
    """Return the desktop's palette."""
    return QGuiApplication.palette()


def _luminance(shade: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(shade.redF()) + 0.7152 * linear(shade.greenF()) + 0.0722 * linear(shade.blueF())


def _readable(hue: float, saturation: float, back: QColor) -> QColor:
    """Return the shade nearest the middle that has contrast enough on `back`; on a middling ground the best one."""
    steps = range(25, 50) if _luminance(back) < 0.18 else range(25, 0, -1)
    shades = [QColor.fromHslF(max(0.0, hue), saturation, step / 50) for step in steps]
    return next((shade for shade in shades if contrast(shade, back) >= LEAST_CONTRAST), shades[-1])
