"""Text and buttons that take their size from the desktop's font and their colour from its palette, and follow both."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QStyle, QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone

_INKS = (QColor(Qt.GlobalColor.white), QColor(Qt.GlobalColor.black))


class Text(QLabel):
    """A text that wraps. It is plain: what users typed may be in it, and must not be taken for markup."""

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = Tone.PLAIN,
        scale: float = 1.0,
        bold: bool = False,
        wrap: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._tone = tone
        self._scale = scale
        self._bold = bold
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._dress()

    def set_tone(self, tone: Tone) -> None:
        """Show it in another colour."""
        self._tone = tone
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop's font and palette."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationFontChange, QEvent.Type.PaletteChange):
            self._dress()

    def _dress(self) -> None:
        font = style.enlarged(QApplication.font(), self._scale)
        font.setBold(self._bold)
        if font != self.font():
            self.setFont(font)
        shade = style.colour(style.application_palette(), self._tone)
        if self.palette().color(QPalette.ColorRole.WindowText) != shade:
            palette = QPalette(self.palette())
            palette.setColor(QPalette.ColorRole.WindowText, shade)
            self.setPalette(palette)


class Heading(Text):
    """A heading; screen readers hear its text like any other."""

    def __init__(self, text: str = "", *, scale: float = 1.25, parent: QWidget | None = None) -> None:
        super().__init__(text, scale=scale, bold=True, parent=parent)


class Button(QPushButton):
    """A button with some room around its text. `primary` is the one that leads on; a page shows at most one.

    A primary one is painted here: some styles lighten a button's colour, and white on that cannot be read.
    """

    def __init__(self, text: str = "", *, primary: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._primary = primary
        self.setAutoDefault(True)
        if primary:
            self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """The style's, with more room."""
        return super().sizeHint() + QSize(style.gap(self, 0.8), style.gap(self, 0.45))

    def minimumSizeHint(self) -> QSize:
        """As `sizeHint`: the text is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it as the style does, or filled with the accent."""
        if not self._primary:
            super().paintEvent(event)
            return
        palette = style.application_palette()
        window = palette.color(QPalette.ColorRole.Window)
        ground = style.colour(palette, Tone.ACCENT)
        ink = max(_INKS, key=lambda ink: style.contrast(ink, ground))
        if not self.isEnabled():
            ground, ink = style.outline(palette), style.colour(palette, Tone.MUTED)
        elif self.isDown() or self.underMouse():
            ground = style.mix(ground, palette.color(QPalette.ColorRole.WindowText), 0.22 if self.isDown() else 0.1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = style.gap(self, 0.22)
        field = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(field, radius, radius)
        if self.hasFocus():
            line = style.gap(self, 0.1)
            painter.setPen(QPen(window, line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(field.adjusted(2 * line, 2 * line, -2 * line, -2 * line), radius, radius)
        painter.setPen(ink)
        shown = self.style().styleHint(QStyle.StyleHint.SH_UnderlineShortcut, None, self)
        mnemonic = Qt.TextFlag.TextShowMnemonic if shown else Qt.TextFlag.TextHideMnemonic
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | mnemonic, self.text())
