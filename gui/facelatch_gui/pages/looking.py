"""The pictures that a person chose for an enrolment, while they are looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from facelatch_gui import style
from facelatch_gui.session import Looking
from facelatch_gui.style import Tone
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text


class LookingView(QWidget):
    """How far it is."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Heading(scale=1.4)
        self._state = Text(tone=Tone.MUTED)
        for text in (self._title, self._state):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Pictures that were looked at"))
        self._cancel = Button(self.tr("&Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        buttons = Flow(style.gap(self, 0.5), centred=True)
        buttons.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.7))
        column.addStretch(1)
        column.addWidget(SymbolView(Symbol.ENROL, tone=Tone.ACCENT, lines=4.5), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self.bar)
        column.addWidget(self._state)
        column.addLayout(buttons)
        column.addStretch(2)

    def take_focus(self) -> None:
        """Put the focus on what does no harm."""
        self._cancel.setFocus()

    def wait_for_password(self) -> None:
        """Say that the password is wanted first."""
        self._title.setText(self.tr("Please type your password."))
        self._state.setText(self.tr("Your pictures are looked at when your password has been accepted."))
        self.bar.setRange(0, 1)
        self.bar.setValue(0)

    def show_looking(self, looking: Looking) -> None:
        """Say which picture is looked at."""
        if looking.number == 1:
            self._title.setText(self.tr("Looking at your pictures…"))
            style.announce(self, self._title.text())
        self._state.setText(
            self.tr("{number} of {count}: {name}").format(number=looking.number, count=looking.count, name=looking.name)
        )
        self.bar.setRange(0, looking.count)
        self.bar.setValue(looking.number - 1)

    def show_all_seen(self) -> None:
        """Say that the last one was looked at."""
        self.bar.setValue(self.bar.maximum())
