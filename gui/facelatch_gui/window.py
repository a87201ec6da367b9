"""The window: a list of pages at its side, the page beside it, and a banner while nobody answers on the bus."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QPainter, QPalette, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QScrollArea,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from facelatch_gui import sayings, style
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.pages.enrol import EnrolPage
from facelatch_gui.pages.faces import FacesPage
from facelatch_gui.style import Tone
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.symbol import Symbol, paint_symbol
from facelatch_gui.widgets.text import Text

NOTICE_TIME: Final = 6000
"""Milliseconds that a short notice stands: long enough to be read twice."""

WIDEST: Final = 54
"""Lines of the font that a page is wide at most: longer lines of text are hard to read."""


class EntryPainter(QStyledItemDelegate):
    """Paints an entry of the side list: symbol, title, and a soft ground under the one that is chosen."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines high."""
        line = option.fontMetrics.height()
        return QSize(option.fontMetrics.horizontalAdvance(str(index.data())) + round(4.2 * line), round(2.1 * line))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint it."""
        palette = style.application_palette()
        line = option.fontMetrics.height()
        field = QRectF(option.rect).adjusted(line * 0.4, line * 0.1, -line * 0.4, -line * 0.1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        accent = style.colour(palette, Tone.ACCENT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(style.mix(palette.color(QPalette.ColorRole.Window), accent, 0.16 if chosen else 0.07))
            painter.drawRoundedRect(field, line * 0.4, line * 0.4)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(field.adjusted(0.5, 0.5, -0.5, -0.5), line * 0.4, line * 0.4)
        side = line * 1.15
        at_right = option.direction is Qt.LayoutDirection.RightToLeft
        left = field.right() - line * 0.6 - side if at_right else field.left() + line * 0.6
        symbol = QRectF(left, field.center().y() - side / 2, side, side)
        shade = style.colour(palette, Tone.PLAIN)
        paint_symbol(painter, Symbol[index.data(Qt.ItemDataRole.UserRole)], symbol, accent if chosen else shade)
        painter.setPen(shade)
        room = field.adjusted(line * 0.6, 0, -line * 2.3, 0) if at_right else field.adjusted(line * 2.3, 0, 0, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading), str(index.data()))
        painter.restore()


class Window(QWidget):
    """Holds the pages; one is shown. It goes on working, and says so, while there is no daemon."""

    def __init__(self, courier: Courier, pages: Sequence[Page]) -> None:
        super().__init__()
        self._courier = courier
        self._pages = {page.name: page for page in pages}
        self._was_lost = False
        self._may_lose = False
        self.setWindowTitle(self.tr("Face login"))
        self.banner = Notice()
        self._side = QWidget()
        self._side.setAutoFillBackground(True)
        self._list = QListWidget()
        self._stack = QStackedWidget()
        self._said = Text(tone=Tone.MUTED)
        self._said_time = QTimer(self)
        self._said_time.setSingleShot(True)
        self._said_time.setInterval(NOTICE_TIME)
        self._said_time.timeout.connect(self._said.clear)
        self._build_list(pages)
        for page in pages:
            self._stack.addWidget(self._framed(page))
            page.mend_wanted.connect(self.show_page)
            page.said.connect(self.say)
        self._lay_out()
        self._connect_pages()
        self._list.currentRowChanged.connect(self._change_page)
        courier.reachable.connect(self._show_reachable)
        for key, step in ((QKeySequence.StandardKey.NextChild, 1), (QKeySequence.StandardKey.PreviousChild, -1)):
            QShortcut(key, self, lambda step=step: self._turn(step))
        QShortcut(QKeySequence.StandardKey.Quit, self, self.close)
        room = self.screen().availableSize() * 0.9
        self.resize(QSize(style.gap(self, 58), style.gap(self, 44)).boundedTo(room))

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return list(self._pages.values())[self._list.currentRow()]

    @property
    def said(self) -> str:
        """The short notice that is shown, empty where none is."""
        return self._said.text()

    def show_page(self, name: str, *_why: object) -> None:
        """Show the page of that name; one that this window does not have changes nothing."""
        if name in self._pages:
            self._list.setCurrentRow(list(self._pages).index(name))

    def say(self, text: str) -> None:
        """Show a short notice for some seconds."""
        self._said.setText(text)
        self._said_time.start()
        style.announce(self._said, text)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before what is not saved is lost; then let the page release what it holds."""
        question = next((text for page in self._pages.values() if (text := page.unsaved())), "")
        if question and not self._may_lose:
            event.ignore()
            self._ask_before_closing(question)
            return
        self.page.leave()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the palette."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress_side()

    def _ask_before_closing(self, text: str) -> None:
        """Ask, without stopping the window meanwhile."""
        if self.findChild(QMessageBox) is not None:  # somebody who closes it twice is asked once
            return
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setWindowModality(Qt.WindowModality.WindowModal)
        question.setIcon(QMessageBox.Icon.Question)
        question.setText(text)
        question.setInformativeText(self.tr("Nothing has been stored yet. You can also go back and save them."))
        leave = question.addButton(self.tr("&Close without saving"), QMessageBox.ButtonRole.DestructiveRole)
        stay = question.addButton(self.tr("&Go back"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(stay)
        question.setEscapeButton(stay)
        leave.clicked.connect(self._close_anyway)
        stay.clicked.connect(partial(self.show_page, EnrolPage.name))
        question.open()

    def _close_anyway(self) -> None:
        self._may_lose = True
        self.close()

    def _build_list(self, pages: Sequence[Page]) -> None:
        self._list.setItemDelegate(EntryPainter(self._list))
        self._list.setAccessibleName(self.tr("Pages"))
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setMouseTracking(True)
        for page in pages:
            entry = QListWidgetItem(page.title)
            entry.setData(Qt.ItemDataRole.UserRole, page.symbol.name)
            self._list.addItem(entry)
        self._list.setMinimumWidth(self._list.sizeHintForColumn(0))
        self._list.setMaximumWidth(self._list.sizeHintForColumn(0))
        self._dress_side()

    def _dress_side(self) -> None:
        """Set the list a shade off the pages."""
        palette = QPalette(style.application_palette())
        shade = style.mix(palette.color(QPalette.ColorRole.Window), style.outline(palette), 0.35)
        palette.setColor(QPalette.ColorRole.Window, shade)
        palette.setColor(QPalette.ColorRole.Base, shade)
        for part in (self._side, self._list):
            if palette != part.palette():
                part.setPalette(palette)

    def _framed(self, page: Page) -> QScrollArea:
        """Let a page scroll where the window is too small for it."""
        page.setMaximumWidth(style.gap(self, WIDEST))
        area = QScrollArea()
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        return area

    def _lay_out(self) -> None:
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, style.gap(self, 1.0), 0, style.gap(self, 0.5))
        side.addWidget(self._list)
        content = QVBoxLayout()
        content.setSpacing(0)
        margin = style.gap(self, 0.8)
        banner = QVBoxLayout()
        banner.setContentsMargins(2 * margin, 2 * margin, 2 * margin, 0)
        banner.addWidget(self.banner)
        content.addLayout(banner)
        content.addWidget(self._stack, 1)
        said = QVBoxLayout()
        said.setContentsMargins(2 * margin, 0, 2 * margin, margin // 2)
        said.addWidget(self._said)
        content.addLayout(said)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addLayout(content, 1)

    def _connect_pages(self) -> None:
        """Let the list of faces lead to the enrolment of one."""
        faces, enrol = self._pages.get(FacesPage.name), self._pages.get(EnrolPage.name)
        if not isinstance(faces, FacesPage) or not isinstance(enrol, EnrolPage):
            return
        faces.add_wanted.connect(enrol.enrol_new)
        faces.improve_wanted.connect(enrol.improve)
        for wanted in (faces.add_wanted, faces.improve_wanted):
            wanted.connect(partial(self.show_page, enrol.name))

    def _change_page(self, row: int) -> None:
        area = self._stack.widget(self._stack.currentIndex())
        if isinstance(area, QScrollArea) and isinstance(before := area.widget(), Page):
            before.leave()
        self._stack.setCurrentIndex(row)
        self.page.enter()

    def _turn(self, step: int) -> None:
        self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())

    def _show_reachable(self, now: bool) -> None:
        if now:
            self.banner.clear()
            if self._was_lost:
                self.say(self.tr("The face service is back."))
                self.page.resume()
        else:
            saying = sayings.unreachable()
            self.banner.say(
                Tone.WARNING,
                saying.what,
                saying.remedy,
                button=self.tr("Try &now"),
                action=self._courier.retry,
            )
        self._was_lost = not now
