"""The shots of an enrolment, while they are taken: the person in a ring, and what to do next."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from facelatch.types import EnrollStep, Hint, Pose
from facelatch_gui import style, words
from facelatch_gui.style import Tone
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.ring import Ring
from facelatch_gui.widgets.text import Button, Heading, Text

READABLE: Final = 900
"""Milliseconds that a hint stands at least: at 15 frames a second nobody could read them otherwise."""

POSES: Final = {
    Hint.STRAIGHT: Pose.STRAIGHT,
    Hint.LEFT: Pose.LEFT,
    Hint.RIGHT: Pose.RIGHT,
    Hint.UP: Pose.UP,
    Hint.DOWN: Pose.DOWN,
}


class ShotsView(QWidget):
    """The person in the ring, and one hint at a time."""

    cancelled = Signal()
    enough = Signal()
    """The shots that there are shall do: not everybody can turn the head every way."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0
        """How many pictures there are."""
        self._fewest = 0
        self.ring = Ring()
        self._hint = Heading(scale=1.4)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._count = Text(tone=Tone.MUTED)
        self._count.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._enough = Button(self.tr("&Go on with these"))
        self._enough.clicked.connect(self._finish)
        self._cancel = Button(self.tr("&Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        buttons = Flow(style.gap(self, 0.5), centred=True)
        buttons.addWidget(self._enough)
        buttons.addWidget(self._cancel)
        self._since = QElapsedTimer()
        self._next: tuple[str, Tone] | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.timeout.connect(self._show_next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.6))
        column.addWidget(self.ring, 1)
        column.addWidget(self._hint)
        column.addWidget(self._count)
        column.addLayout(buttons)

    def take_focus(self) -> None:
        """Put the focus on what does no harm: not on what may appear while a key is pressed."""
        self._cancel.setFocus()

    @property
    def hint(self) -> str:
        """The hint that is shown."""
        return self._hint.text()

    def reset(self, hint: str, text: str) -> None:
        """Begin anew with a hint, and a text in the ring until there is a picture."""
        self._wait.stop()
        self._next = None
        self.ring.reset(text)
        self.kept = 0
        self._count.clear()
        self._enough.hide()
        self._since.invalidate()
        self._show_hint(hint, Tone.PLAIN)

    def begin(self, fewest: int) -> None:
        """The camera looks now, for as many pictures as can be, and at least the fewest."""
        self._fewest = fewest
        self._enough.setEnabled(True)
        self.ring.reset(self.tr("The camera is starting…"))
        self.ring.ask(Pose.STRAIGHT)
        self._show_hint(words.hint(Hint.STRAIGHT), Tone.PLAIN)

    def show_step(self, step: EnrollStep) -> None:
        """Show what a shot changed."""
        self.ring.cover(step.covered)
        self._count.setText(self.tr("{kept} of {wanted} pictures").format(kept=step.kept, wanted=step.wanted))
        self.kept = step.kept
        self._enough.setVisible(step.kept >= self._fewest)
        if step.hint is None:
            return
        if pose := POSES.get(step.hint):
            self.ring.ask(pose)
        elif step.hint is Hint.DONE:
            self.ring.ask(None)
        refused = not step.taken and step.hint not in POSES
        self._want_hint(words.hint(step.hint), Tone.WARNING if refused else Tone.PLAIN)

    def _finish(self) -> None:
        self._enough.setEnabled(False)
        self.enough.emit()

    def _want_hint(self, text: str, tone: Tone) -> None:
        """Show a hint once the one before it could be read; of those that come meanwhile, the last."""
        if text == self.hint:
            self._next = None
            return
        self._next = (text, tone)
        left = READABLE - self._since.elapsed() if self._since.isValid() else 0
        if left <= 0:
            self._show_next()
        elif not self._wait.isActive():
            self._wait.start(left)

    def _show_next(self) -> None:
        if self._next is not None:
            self._show_hint(*self._next)
            self._next = None

    def _show_hint(self, text: str, tone: Tone) -> None:
        self._hint.setText(text)
        self._hint.set_tone(tone)
        self._since.restart()
        style.announce(self._hint, text)
