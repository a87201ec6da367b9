"""A command that somebody may type, with a button that copies it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QWidget

from facelatch_gui.widgets.text import Button


class CommandText(QPlainTextEdit):
    """The command as it is typed, broken wherever it has to be, and as high as that needs. It can be selected."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it is high enough
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Command"))

    def sizeHint(self) -> QSize:
        """As many lines as the command takes at this width."""
        lines = max(1, round(self.document().size().height()))
        height = lines * self.fontMetrics().lineSpacing() + 2 * round(self.document().documentMargin())
        return QSize(self.fontMetrics().averageCharWidth() * 20, height)

    def minimumSizeHint(self) -> QSize:
        """No less."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height where the width changes how the command is broken."""
        super().resizeEvent(event)
        self.updateGeometry()


class CommandLine(QWidget):
    """A command beside its button."""

    copied = Signal()

    def __init__(self, command: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.command = command
        button = Button(self.tr("Copy"))
        button.setAccessibleName(self.tr("Copy the command {command}").format(command=command))
        button.clicked.connect(self._copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(CommandText(command), 1)
        row.addWidget(button)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command)
        self.copied.emit()
