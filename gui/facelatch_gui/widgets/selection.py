"""A question with a few answers, of which one holds, and what that one means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from facelatch_gui import style
from facelatch_gui.style import Tone
from facelatch_gui.widgets.text import Text


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be chosen: the value that travels, what it is called, and what it means in a sentence or two."""

    value: str
    title: str
    meaning: str


class SelectionBox(QComboBox):
    """A choice that the wheel leaves alone: somebody who scrolls past must not change how strict a login is."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()


class Selection(QWidget):
    """The question, the box of answers beside it, and below them what the chosen one means."""

    chosen = Signal(str)
    """The person wants another answer than the one that was shown: its value."""

    def __init__(self, question: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._meanings = {answer.value: answer.meaning for answer in answers}
        self._held = ""
        self.box = SelectionBox()
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for answer in answers:
            self.box.addItem(answer.title, answer.value)
        self._meaning = Text(tone=Tone.MUTED)
        label = QLabel(question)
        label.setBuddy(self.box)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.box)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.2))
        column.addLayout(row)
        column.addWidget(self._meaning)
        self.box.activated.connect(self._choose)

    def show_answer(self, value: str) -> None:
        """Show the answer that holds."""
        self._held = value
        self.box.setCurrentIndex(self.box.findData(value))
        self._meaning.setText(self._meanings[value])

    def _choose(self, _index: int) -> None:
        value = str(self.box.currentData())
        if value != self._held:
            self._meaning.setText(self._meanings[value])
            self.chosen.emit(value)
