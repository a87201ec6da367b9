"""A place that takes one dropped picture file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class DropArea(QWidget):
    """Wraps a widget, on which a file can be dropped then."""

    dropped = Signal(Path)
    refused = Signal(str)
    """Why what was dropped cannot be taken, for a person."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Let everything in that names files: what is wrong with it is better said than shown by a pointer."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take one local file."""
        event.acceptProposedAction()
        self.take(event.mimeData())

    def take(self, data: QMimeData) -> None:
        """Tell of the file that the data names, or why it cannot be taken."""
        addresses = data.urls()
        if len(addresses) > 1:
            self.refused.emit(
                self.tr("These are {count} files. Drop one picture at a time.").format(count=len(addresses))
            )
        elif not addresses or not addresses[0].isLocalFile():
            self.refused.emit(
                self.tr("This is not a file on this computer. Save the picture first, then drop the file.")
            )
        else:
            self.dropped.emit(Path(addresses[0].toLocalFile()))
