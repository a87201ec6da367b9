"""That the screenshots' check sees a text that is cut off."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from facelatch_gui.widgets.table import Cell, Table
from tests.gui.clipping import clipped

TEXT = "A sentence of some length, as they stand in a window."


def window(qtbot: QtBot, content: QWidget) -> QWidget:
    shown = QWidget()
    qtbot.addWidget(shown)
    QHBoxLayout(shown).addWidget(content)
    shown.show()
    return shown


def test_what_has_room_is_not_complained_about(qtbot: QtBot) -> None:
    assert not list(clipped(window(qtbot, QLabel(TEXT))))
    assert not list(clipped(window(qtbot, QPushButton(TEXT))))


def test_a_label_that_is_too_narrow_is_found(qtbot: QtBot) -> None:
    label = QLabel(TEXT)
    label.setFixedWidth(40)
    assert len(list(clipped(window(qtbot, label)))) == 1


def test_a_wrapped_label_that_is_too_low_or_has_too_long_a_word_is_found(qtbot: QtBot) -> None:
    low, word = QLabel(TEXT), QLabel("Donaudampfschifffahrtsgesellschaft")
    for label in (low, word):
        label.setWordWrap(True)
    low.setFixedSize(100, low.fontMetrics().height())
    word.setFixedSize(40, 300)
    assert len(list(clipped(window(qtbot, low)))) == 1
    assert len(list(clipped(window(qtbot, word)))) == 1


def test_a_button_that_is_too_small_is_found(qtbot: QtBot) -> None:
    button = QPushButton(TEXT)
    button.setFixedWidth(40)
    assert len(list(clipped(window(qtbot, button)))) == 1


def test_a_page_that_is_wider_than_its_window_is_found(qtbot: QtBot) -> None:
    page = QWidget()
    page.setMinimumWidth(500)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setFixedSize(200, 200)
    assert any("wider" in fault for fault in clipped(window(qtbot, area)))


def test_a_cell_that_is_cut_off_is_found(qtbot: QtBot) -> None:
    table = Table(("One", "Two"))
    table.show_rows([(Cell("a"), Cell(TEXT))])
    table.setFixedSize(300, 300)
    shown = window(qtbot, table)
    assert not list(clipped(shown))
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height())
    assert any(TEXT in fault for fault in clipped(shown))
