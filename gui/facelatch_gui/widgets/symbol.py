"""The window's own line symbols, drawn in the palette's colours at any size."""

from __future__ import annotations

import enum
from functools import cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone


class Symbol(enum.Enum):
    """A symbol; the value draws it on a field of 24 by 24."""

    FACES = "<circle cx='12' cy='12' r='9'/><path d='M9 10v.01M15 10v.01M8.5 14.5c2 2.3 5 2.3 7 0'/>"
    ENROL = "<circle cx='10' cy='8' r='4'/><path d='M3 20c.6-4.4 3.4-6.5 7-6.5 1.3 0 2.5.3 3.5.8M18 14v6M15 17h6'/>"
    TRY = (
        "<path d='M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2"
        "M8.5 12.5l2.5 2.5 4.5-5'/>"
    )
    INSPECT = "<circle cx='10.5' cy='10.5' r='6.5'/><path d='M15.5 15.5L21 21'/>"
    USAGE = "<rect x='5' y='11' width='14' height='9' rx='2'/><path d='M8 11V8a4 4 0 0 1 8 0v3M12 15v1.5'/>"
    HISTORY = "<path d='M4 5v5h5M4.5 10A8 8 0 1 1 4.3 14M12 8v4.5l3 2'/>"
    CAMERA = "<rect x='3' y='6' width='12' height='12' rx='2'/><path d='M15 11l6-3.5v9L15 13'/>"
    PACK = "<path d='M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9'/>"
    HEALTH = "<path d='M3 12h4l2.5-6 4.5 12 2.5-6H21'/>"
    GOOD = "<circle cx='12' cy='12' r='9'/><path d='M8 12.5l2.800 2.800L16 9.5'/>"
    WARNING = "<path d='M12 4l9 16H3zM12 10v4.5M12 17.3v.01'/>"
    BAD = "<circle cx='12' cy='12' r='9'/><path d='M9 9l6 6M15 9l-6 6'/>"
    INFORMATION = "<circle cx='12' cy='12' r='9'/><path d='M12 11v5.5M12 7.8v.01'/>"
    WAITING = "<circle cx='12' cy='12' r='9'/><path d='M12 7v5l3.5 2'/>"
    PICTURE = (
        "<rect x='3' y='5' width='18' height='14' rx='2'/><circle cx='8.5' cy='10' r='1.5'/>"
        "<path d='M4 17l5-4 3.500 3 3-2.500L20 17'/>"
    )


@cache
def _renderer(symbol: Symbol, shade: str) -> QSvgRenderer:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke-width='1.7' "
        f"stroke-linecap='round' stroke-linejoin='round' stroke='{shade}'>{symbol.value}</svg>"
    )
    return QSvgRenderer(QByteArray(svg.encode()))


def paint_symbol(painter: QPainter, symbol: Symbol, field: QRectF, shade: QColor) -> None:
    """Draw the symbol into a field, which should be square."""
    _renderer(symbol, shade.name()).render(painter, field)


class SymbolView(QWidget):
    """A symbol as a picture of its own, `lines` of the font high. It says nothing: a text stands beside it."""

    def __init__(
        self, symbol: Symbol, *, tone: Tone = Tone.PLAIN, lines: float = 1.5, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._symbol = symbol
        self._tone = tone
        self._lines = lines
        side = style.gap(self, lines)
        self.setFixedSize(side, side)

    def show_symbol(self, symbol: Symbol, tone: Tone) -> None:
        """Show another."""
        self._symbol = symbol
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        side = min(self.width(), self.height())
        field = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        paint_symbol(painter, self._symbol, field, style.colour(style.application_palette(), self._tone))
