"""What every page of the window has: a heading, room for what went wrong, and the courier."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from facelatch.bus import Daemon, DaemonUnreachable
from facelatch_gui import sayings, style, words
from facelatch_gui.courier import Courier, Errand
from facelatch_gui.style import Tone
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.text import Heading, Text

T = TypeVar("T")


class Page(QWidget):
    """One page. Begin work in `enter`, end in `leave` what costs something while nobody looks.

    Fill `body`, and put a stretch at its end where nothing in it grows. Errands that are asked for with `ask` end when
    the page is left.
    """

    name: ClassVar[str]
    """How other pages call it: "faces", "enrol", "trial", "inspect", "usage", "history", "camera", "pack", "health"."""

    mend_wanted = Signal(str)
    """The person wants the page of this name, where what is wrong here can be mended."""

    said = Signal(str)
    """A short notice for the window to show for some seconds."""

    def __init__(
        self, courier: Courier, title: str, symbol: Symbol, lead: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.courier = courier
        self.title = title
        self.symbol = symbol
        self.notice = Notice()
        self._errands: list[Errand] = []
        self.setAccessibleName(title)
        margin = style.gap(self, 1.6)
        column = QVBoxLayout(self)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(style.gap(self, 0.8))
        top = QVBoxLayout()
        top.setSpacing(style.gap(self, 0.25))
        top.addWidget(Heading(title, scale=1.6))
        if lead:
            top.addWidget(Text(lead, tone=Tone.MUTED))
        column.addLayout(top)
        column.addWidget(self.notice)
        self.body = QVBoxLayout()
        self.body.setSpacing(style.gap(self, 0.8))
        column.addLayout(self.body, 1)

    def enter(self) -> None:
        """The page is shown now."""

    def unsaved(self) -> str:
        """Return what closing the window now would lose, as a question to ask before; empty where nothing."""
        return ""

    def leave(self) -> None:
        """The page is hidden now. A page that says more must call this as well."""
        for errand in self._errands:
            errand.cancel()
        self._errands.clear()

    def resume(self) -> None:
        """The daemon is back, after it was lost while the page was shown."""
        self.enter()

    def say(self, text: str) -> None:
        """Have the window show a short notice."""
        self.said.emit(text)

    def ask(
        self,
        work: Callable[[Daemon], Coroutine[Any, Any, T]],
        then: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> Errand:
        """Ask the daemon; without `failed`, an error is shown in the page's notice."""
        errand = self.courier.ask(work, then, failed or self.show_failure)
        self._errands = [other for other in self._errands if not other.over]
        self._errands.append(errand)
        return errand

    def show_failure(self, error: Exception) -> None:
        """Show an error in the page's notice, with a way to where it is mended.

        That there is no daemon is not shown here: the window says so above every page.
        """
        if isinstance(error, DaemonUnreachable):
            return
        self.show_saying(sayings.failure(error), Tone.WARNING)

    def show_saying(self, saying: sayings.Saying, tone: Tone) -> None:
        """Show what happened and what to do in the page's notice."""
        leads_away = saying.page not in ("", self.name)
        self.notice.say(
            tone,
            saying.what,
            saying.remedy,
            saying.detail,
            button=words.way_to(saying.page) if leads_away else "",
            action=(lambda: self.mend_wanted.emit(saying.page)) if leads_away else None,
        )
        QTimer.singleShot(0, self, self._reveal_notice)

    def _reveal_notice(self) -> None:
        """Scroll to the notice: it may be above what is seen of a page in a small window."""
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self.notice, 0, above.height())
