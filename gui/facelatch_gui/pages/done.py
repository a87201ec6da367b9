"""The end of an enrolment: what is stored, and what may come next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facelatch.types import Enrolled, StandingReport
from facelatch_gui import style, words
from facelatch_gui.style import Tone
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text


class DoneView(QWidget):
    """The face is stored."""

    trial_wanted = Signal()
    another_wanted = Signal()
    faces_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Heading(scale=1.5)
        self._quality = Text()
        self._missing = Text(tone=Tone.MUTED)
        self._password = Text(self.tr("The next login wants your password once. Your face opens from then on."))
        self._password.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.7))
        column.addStretch(1)
        column.addWidget(SymbolView(Symbol.GOOD, tone=Tone.GOOD, lines=4.5), 0, Qt.AlignmentFlag.AlignHCenter)
        for text in (self._title, self._quality, self._missing, self._password):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        buttons = Flow(style.gap(self, 0.5), centred=True)
        self._trial = Button(self.tr("&Try it now"), primary=True)
        another = Button(self.tr("Enrol another &look"))
        faces = Button(self.tr("&Show my faces"))
        for button, wanted in (
            (self._trial, self.trial_wanted),
            (another, self.another_wanted),
            (faces, self.faces_wanted),
        ):
            button.clicked.connect(wanted)
            buttons.addWidget(button)
        column.addSpacing(style.gap(self, 0.5))
        column.addLayout(buttons)
        column.addStretch(2)

    def take_focus(self) -> None:
        """Put the focus on what leads on."""
        self._trial.setFocus()

    @property
    def text(self) -> str:
        """All that it says."""
        parts = [self._title, self._quality, self._missing]
        parts += [self._password] * self._password.isVisibleTo(self)
        return "\n".join(part.text() for part in parts if part.text())

    def show_enrolled(self, enrolled: Enrolled) -> None:
        """Say what was stored, and what would make it better."""
        face = enrolled.face
        self._password.hide()
        self._title.setText(self.tr("“{label}” is enrolled").format(label=face.label))
        self._quality.setText(
            self.tr("{quality}, from %n pictures", "", face.templates).format(quality=words.quality(face.quality))
        )
        missing = ", ".join(words.pose(pose) for pose in enrolled.missing)
        self._missing.setText(
            self.tr("Not seen: {poses}. You can add that at any time with “Improve”.").format(poses=missing)
            if missing
            else ""
        )
        self._missing.setVisible(bool(missing))
        style.announce(self, self._title.text())

    def show_standing(self, standing: StandingReport) -> None:
        """Say that the password comes first, where it does: after an enrolment it mostly does."""
        self._password.setVisible(standing.password_wanted is not None)
