"""The page with the doctor's findings."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from facelatch.doctor import Finding, Part, Report, State
from facelatch_gui.pages import health
from facelatch_gui.pages.health import HealthPage
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.command import CommandLine
from facelatch_gui.widgets.text import Text
from tests.gui.exhibit import Exhibit
from tests.gui.scenes import FINDINGS, HEALTHY
from tests.gui.showcase import Showcase


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """What the doctor finds; the last holds."""
    reports = [FINDINGS]
    monkeypatch.setattr(health, "examine", lambda: reports[-1])
    return reports


@pytest.fixture
def case(qtbot: QtBot, found: list[Report]) -> Iterator[Showcase[HealthPage]]:
    """The page, not opened yet."""
    case = Showcase(qtbot, HealthPage, Exhibit())
    yield case
    case.close()


def titles(case: Showcase[HealthPage]) -> list[str]:
    return [case.visible(Text, card)[0].text() for card in case.visible(Card)]


def test_the_worst_comes_first_and_what_is_well_is_told_together(case: Showcase[HealthPage]) -> None:
    case.open()
    case.wait(lambda: case.visible(Card))
    assert titles(case) == ["Logins on this computer", "Camera", "Your face", "Face service"]
    assert "The clock is right." in case.text
    assert "Something is wrong and needs mending." in case.text


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((State.OK,), "Everything is as it should be."),
        ((State.OK, State.NOTE), "All is well; there is something worth knowing."),
        ((State.NOTE, State.WARNING), "Nothing is broken, but something could be better."),
        ((State.WARNING, State.BAD), "Something is wrong and needs mending."),
    ],
)
def test_the_summary_says_how_bad_the_worst_is(
    case: Showcase[HealthPage], found: list[Report], states: tuple[State, ...], words: str
) -> None:
    found.append(Report.of(Finding(Part.CLOCK, state, "so it is") for state in states))
    case.open()
    case.wait_for_text(words)


def test_what_the_window_can_mend_leads_to_the_page(case: Showcase[HealthPage]) -> None:
    case.open()
    case.wait(lambda: len(case.visible(Card)) == 4)
    case.press("Open “Camera”")
    case.press("Open “Faces”")
    assert case.wanted == ["camera", "faces"]


def test_a_command_is_shown_whole_and_can_be_copied(case: Showcase[HealthPage]) -> None:
    command = FINDINGS.findings[5].command
    assert command
    case.open()
    case.wait(lambda: case.visible(CommandLine))
    (line,) = case.visible(CommandLine)
    assert line.command == command
    case.press("Copy")
    assert QGuiApplication.clipboard().text() == command
    assert case.said == ["Copied."]


def test_a_finding_that_was_mended_is_gone_at_the_next_look(case: Showcase[HealthPage], found: list[Report]) -> None:
    case.open()
    case.wait(lambda: len(case.visible(Card)) == 4)
    found.append(HEALTHY)
    case.press("Examine again")
    case.wait_for_text("Everything is as it should be.")
    assert len(case.visible(Card)) == 1


def test_the_window_goes_on_while_the_doctor_looks(case: Showcase[HealthPage], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[threading.Thread] = []
    go_on = threading.Event()

    def examine() -> Report:
        seen.append(threading.current_thread())
        go_on.wait(10)
        return HEALTHY

    monkeypatch.setattr(health, "examine", examine)
    case.open()
    case.wait(lambda: seen)
    assert seen[0] is not threading.main_thread()
    assert "Examining…" in case.text
    assert not case.button("Examine again").isEnabled()
    go_on.set()
    case.wait_for_text("Everything is as it should be.")


def test_a_page_that_was_left_is_not_surprised_by_the_doctors_answer(
    case: Showcase[HealthPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def examine() -> Report:
        go_on.wait(10)
        return FINDINGS

    monkeypatch.setattr(health, "examine", examine)
    case.open()
    case.page.leave()
    monkeypatch.setattr(health, "examine", lambda: HEALTHY)
    case.page.enter()
    case.wait_for_text("Everything is as it should be.")
    go_on.set()
    case.qtbot.wait(50)
    assert "Everything is as it should be." in case.text


@pytest.mark.parametrize("said", list(Part))
def test_every_part_has_a_name(said: Part) -> None:
    assert health.part(said) != said.value
