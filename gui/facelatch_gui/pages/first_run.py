"""What a person sees before any face is enrolled."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text


class FirstRun(QWidget):
    """What a person sees before any face is enrolled."""

    begun = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 1.1))
        column.addStretch(1)
        column.addWidget(SymbolView(Symbol.FACES, tone=Tone.ACCENT, lines=4.5), 0, Qt.AlignmentFlag.AlignHCenter)
        title = Heading(self.tr("Unlock this computer with your face"), scale=1.4)
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        card = Card()
        card.body.setSpacing(style.gap(self, 0.9))
        for symbol, text in (
            (
                Symbol.CAMERA,
                self.tr(
                    "Look at the camera for a few seconds, and this computer knows you. Your password keeps working."
                ),
            ),
            (
                Symbol.USAGE,
                self.tr(
                    "What is stored is an encrypted description of your face, on this computer only, and no pictures."
                ),
            ),
            (
                Symbol.WARNING,
                self.tr(
                    "A photo of you should be refused, but no camera can promise that. Where it matters most, use the "
                    "password."
                ),
            ),
        ):
            row = QHBoxLayout()
            row.setSpacing(style.gap(self, 0.9))
            row.addWidget(SymbolView(symbol, tone=Tone.ACCENT, lines=1.7), 0, Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(Text(text), 1)
            card.body.addLayout(row)
        column.addWidget(card)
        self._begin = Button(self.tr("&Enrol my face"), primary=True)
        self._begin.clicked.connect(self.begun)
        column.addWidget(self._begin, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
