"""The page that says where the face is used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from facelatch.bus import BusError
from facelatch.pam.wiring import Wired, Wiring, explain
from facelatch.types import Intent, Level, Liveness, PolicyReport, Reason, ServiceClass
from facelatch_gui.pages import usage
from facelatch_gui.pages.usage import UsagePage
from facelatch_gui.widgets.rule import RuleCard, wired
from facelatch_gui.widgets.selection import Selection, SelectionBox
from facelatch_gui.widgets.switch import Switch
from facelatch_gui.widgets.text import Text
from tests.gui.exhibit import THREE_CLASSES, Exhibit
from tests.gui.showcase import Showcase

UNLOCK, LOGIN, ELEVATE = range(3)
NOT_PERMITTED = BusError(Reason.NOT_PERMITTED, "not authorised")


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of PAM stacks that the page looks at instead of this machine's."""
    folder = tmp_path / "etc" / "pam.d"
    folder.mkdir(parents=True)
    (folder / "sudo").write_text("auth sufficient pam_facelatch.so\nauth required pam_unix.so\n")
    (folder / "su").write_text("auth required pam_facelatch.so\nauth required pam_unix.so\n")
    (folder / "login").write_text("auth sufficient pam_facelatch.so\nauth required pam_unix.so\n")
    monkeypatch.setattr(usage, "explain", partial(explain, root=tmp_path))
    return folder


@pytest.fixture
def case(qtbot: QtBot, stacks: Path) -> Iterator[Showcase[UsagePage]]:
    """The page, opened, with its three classes."""
    case = Showcase(qtbot, UsagePage, Exhibit())
    case.open()
    case.wait(lambda: len(case.visible(RuleCard)) == 3)
    yield case
    case.close()


def card(case: Showcase[UsagePage], position: int) -> RuleCard:
    return case.visible(RuleCard)[position]


def switch(case: Showcase[UsagePage], position: int, text: str) -> Switch:
    (found,) = [one for one in case.visible(Switch, card(case, position)) if text in one.text()]
    return found


def boxes(case: Showcase[UsagePage], position: int) -> list[SelectionBox]:
    """The boxes of a class: level, liveness, intent."""
    return case.visible(SelectionBox, card(case, position))


def level(case: Showcase[UsagePage], position: int) -> SelectionBox:
    return boxes(case, position)[0]


def choose(box: SelectionBox, value: str) -> None:
    """Choose an answer as a person does."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def rules(daemon: Exhibit) -> dict[ServiceClass, tuple[bool, Level, Liveness, Intent]]:
    assert isinstance(daemon.policy_report, PolicyReport)
    return {
        rule.service_class: (rule.allowed, rule.level, rule.liveness, rule.intent)
        for rule in daemon.policy_report.classes
    }


def test_each_class_shows_the_rule_that_holds(case: Showcase[UsagePage]) -> None:
    shown = [
        (
            switch(case, position, "Allow").isChecked(),
            Level(boxes(case, position)[0].currentData()),
            Liveness(boxes(case, position)[1].currentData()),
            Intent(boxes(case, position)[2].currentData()),
        )
        for position in (UNLOCK, LOGIN, ELEVATE)
    ]
    assert shown == list(rules(case.daemon).values())


def test_a_class_that_is_not_allowed_has_nothing_else_to_choose(case: Showcase[UsagePage]) -> None:
    assert not any(box.isEnabled() for box in boxes(case, LOGIN))
    assert switch(case, LOGIN, "Allow").isEnabled()


@pytest.mark.parametrize(
    ("position", "value", "asked", "holds"),
    [
        (1, "active", (Liveness.ACTIVE, None), (Liveness.ACTIVE, Intent.NONE)),
        (1, "off", (Liveness.OFF, None), (Liveness.OFF, Intent.NONE)),
        (2, "gesture", (None, Intent.GESTURE), (Liveness.PASSIVE, Intent.GESTURE)),
        (2, "key", (None, Intent.KEY), (Liveness.PASSIVE, Intent.KEY)),
    ],
)
def test_what_is_chosen_holds_and_leaves_the_rest_as_it_was(
    case: Showcase[UsagePage], position: int, value: str, asked: tuple[object, object], holds: tuple[object, object]
) -> None:
    choose(boxes(case, UNLOCK)[position], value)
    case.wait(lambda: case.daemon.called("set_class_rule"))
    case.wait(lambda: boxes(case, UNLOCK)[position].isEnabled())
    assert case.daemon.called("set_class_rule") == [("set_class_rule", ServiceClass.UNLOCK, None, None, *asked)]
    assert rules(case.daemon)[ServiceClass.UNLOCK] == (True, Level.BALANCED, *holds)
    assert boxes(case, UNLOCK)[position].currentData() == value


def test_what_holds_already_is_not_asked_for_again(case: Showcase[UsagePage]) -> None:
    for box in boxes(case, UNLOCK):
        choose(box, str(box.currentData()))
    case.qtbot.wait(20)
    assert not case.daemon.called("set_class_rule")


def test_every_answer_says_what_it_means(case: Showcase[UsagePage]) -> None:
    for selection in case.visible(Selection, card(case, UNLOCK)):
        meanings = set()
        for index in range(selection.box.count()):
            selection.show_answer(str(selection.box.itemData(index)))
            meanings |= {text.text() for text in selection.findChildren(Text)}
        assert len(meanings) == 3


def test_how_long_a_look_takes_is_told(case: Showcase[UsagePage]) -> None:
    assert "A look takes 4 s at most, and 2.5 s where nobody is there." in case.text
    assert "A look takes 6 s at most" in case.text


def test_a_level_is_explained_in_plain_numbers_before_it_is_chosen_and_after(case: Showcase[UsagePage]) -> None:
    assert "1000000 tries" in case.text.replace(",", "")
    choose(level(case, ELEVATE), Level.CONVENIENT.value)
    case.wait(lambda: rules(case.daemon)[ServiceClass.ELEVATE][1] is Level.CONVENIENT)
    assert "10000 tries" in case.text.replace(",", "")


def test_nothing_can_be_changed_while_a_password_is_asked_for(case: Showcase[UsagePage]) -> None:
    case.daemon.password.is_open = False
    case.press("Allow the face here", card(case, LOGIN))
    case.wait(lambda: case.daemon.called("set_class_rule"))
    assert not switch(case, LOGIN, "Allow").isEnabled()
    assert switch(case, UNLOCK, "Allow").isEnabled()
    case.daemon.password.is_open = True
    case.wait(lambda: switch(case, LOGIN, "Allow").isEnabled())
    assert switch(case, LOGIN, "Allow").isChecked()


def test_a_refused_change_puts_the_switch_back_and_says_why(case: Showcase[UsagePage]) -> None:
    case.daemon.rule_error = NOT_PERMITTED
    case.press("Allow the face here", card(case, LOGIN))
    case.wait_for_text("Nothing was changed: This was not allowed.")
    assert not switch(case, LOGIN, "Allow").isChecked()
    assert switch(case, LOGIN, "Allow").isEnabled()
    assert not level(case, LOGIN).isEnabled()


def test_a_refused_level_is_put_back_with_its_explanation(case: Showcase[UsagePage]) -> None:
    case.daemon.rule_error = NOT_PERMITTED
    box = level(case, UNLOCK)
    choose(box, Level.STRICT.value)
    case.wait_for_text("Nothing was changed")
    assert box.currentData() == Level.BALANCED.value
    assert "100000 tries" in case.text.replace(",", "")


def test_the_wheel_scrolls_and_changes_no_level(case: Showcase[UsagePage]) -> None:
    box = level(case, UNLOCK)
    box.setFocus()
    down = QWheelEvent(
        QPointF(5, 5),
        box.mapToGlobal(QPointF(5, 5)),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, down)
    assert box.currentData() == Level.BALANCED.value
    assert not case.daemon.called("set_class_rule")


def test_each_service_says_what_pam_does_with_the_face(case: Showcase[UsagePage]) -> None:
    case.wait_for_text("Not on this computer: polkit-1")
    assert "The face is tried first, and the password if that fails." in case.text
    assert "Danger: where the face fails, the password does not help either. See line 1 of /etc/pam.d/su." in case.text


def test_a_service_of_a_class_that_is_not_allowed_does_not_look_as_if_the_face_opened_it(
    case: Showcase[UsagePage],
) -> None:
    case.wait_for_text("The rule above does not allow it.")
    assert case.text.count("The rule above does not allow it.") == 1


@pytest.mark.parametrize("kind", list(Wired))
def test_there_are_words_for_all_that_a_service_may_do(kind: Wired) -> None:
    assert wired(Wiring("sudo", kind, "", "/etc/pam.d/sudo", 3)).endswith(".")


def test_a_stack_that_cannot_be_read_says_what_is_the_matter() -> None:
    unclear = Wiring("sudo", Wired.UNCLEAR, "", faults=("/etc/pam.d/sudo:3: no module is named",))
    assert "no module is named" in wired(unclear)


def test_every_control_tells_a_screen_reader_which_class_it_is_of(case: Showcase[UsagePage]) -> None:
    for position, name in enumerate(("Unlocking the screen", "Logging in", "Administrator's rights")):
        controls = [*case.visible(Switch, card(case, position)), *boxes(case, position)]
        assert [control.accessibleDescription() for control in controls] == [name] * 4


def test_a_change_made_elsewhere_is_shown_when_the_page_is_entered_again(case: Showcase[UsagePage]) -> None:
    first = msgspec.structs.replace(THREE_CLASSES.classes[0], allowed=False)
    case.daemon.policy_report = msgspec.structs.replace(THREE_CLASSES, classes=(first, *THREE_CLASSES.classes[1:]))
    case.page.leave()
    case.page.enter()
    case.wait(lambda: not switch(case, UNLOCK, "Allow").isChecked())
