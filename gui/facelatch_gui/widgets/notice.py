"""A bar that says what is wrong, or good, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Text

_SYMBOLS = {
    Tone.GOOD: Symbol.GOOD,
    Tone.WARNING: Symbol.WARNING,
    Tone.BAD: Symbol.BAD,
}


class Notice(Card):
    """Hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._symbol = SymbolView(Symbol.INFORMATION, lines=1.6)
        self._what = Text(bold=True)
        self._remedy = Text()
        self._detail = Text(tone=Tone.MUTED, scale=0.9)
        self._detail.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._button = Button()
        self._button.clicked.connect(self._act)
        self._action: Callable[[], None] | None = None
        texts = QVBoxLayout()
        texts.setSpacing(style.gap(self, 0.2))
        for text in (self._what, self._remedy, self._detail):
            texts.addWidget(text)
        row = QHBoxLayout()
        row.setSpacing(style.gap(self, 0.8))
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(row)
        self.clear()

    @property
    def text(self) -> str:
        """All that it says, empty while it says nothing."""
        return "\n".join(part.text() for part in (self._what, self._remedy, self._detail) if part.text())

    def say(
        self,
        tone: Tone,
        what: str,
        remedy: str = "",
        detail: str = "",
        button: str = "",
        action: Callable[[], None] | None = None,
    ) -> None:
        """Show what is so and what to do, with a button that does it where there is one."""
        self.set_tone(tone)
        self._symbol.show_symbol(_SYMBOLS.get(tone, Symbol.INFORMATION), tone)
        for label, text in ((self._what, what), (self._remedy, remedy), (self._detail, detail)):
            label.setText(text)
            label.setVisible(bool(text))
        self._button.setText(button)
        self._button.setVisible(action is not None)
        self._action = action
        self.setAccessibleName(what)
        self.setAccessibleDescription(remedy)
        self.show()
        style.announce(self, f"{what} {remedy}".strip())

    def clear(self) -> None:
        """Say nothing more, and hide."""
        for label in (self._what, self._remedy, self._detail):
            label.clear()
        self._button.hide()
        self._action = None
        self.hide()

    def _act(self) -> None:
        if self._action is not None:
            self._action()
