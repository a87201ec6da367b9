"""The rule of one class of services: what may be changed, and what its services really do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from facelatch.bus import DaemonUnreachable
from facelatch.pam.wiring import Wired, Wiring
from facelatch.types import ClassPolicy, Intent, Level, Liveness, ServiceClass
from facelatch_gui import sayings, style, words
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.selection import Answer, Selection
from facelatch_gui.widgets.switch import Switch
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Heading, Text

translate = QCoreApplication.translate

_SYMBOLS: Final = {Tone.GOOD: Symbol.GOOD, Tone.WARNING: Symbol.WARNING, Tone.BAD: Symbol.BAD}

_TONES: Final = {
    Wired.FIRST: Tone.GOOD,
    Wired.AFTER: Tone.GOOD,
    Wired.BESIDE: Tone.GOOD,
    Wired.IDLE: Tone.WARNING,
    Wired.UNREACHED: Tone.WARNING,
    Wired.UNCLEAR: Tone.WARNING,
    Wired.LOCKOUT: Tone.BAD,
    Wired.OPEN: Tone.BAD,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to hold from now on; None stays as it is."""

    allowed: bool | None = None
    level: Level | None = None
    liveness: Liveness | None = None
    intent: Intent | None = None


class RuleCard(Card):
    """A switch and selections. They show what the person wants until `show_rule` or `refuse` says what holds."""

    changed = Signal(Change)

    def __init__(self, service_class: ServiceClass, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._rule: ClassPolicy | None = None
        title = words.service_class(service_class)
        self.setAccessibleName(title)
        self.body.addWidget(Heading(title))
        self.body.addWidget(Text(_purpose(service_class), tone=Tone.MUTED))
        self.body.addSpacing(style.gap(self, 0.2))
        self._allowed = Switch(self.tr("Allow the face here"))
        self._level = Selection(self.tr("How sure it has to be:"), _levels())
        self._liveness = Selection(self.tr("Against photos and screens:"), _livenesses())
        self._intent = Selection(self.tr("How you agree:"), _intents())
        self._times = Text(tone=Tone.MUTED, scale=0.9)
        self.body.addWidget(self._allowed, 0, Qt.AlignmentFlag.AlignLeft)
        for selection in (self._level, self._liveness, self._intent):
            self.body.addWidget(selection)
        self.body.addWidget(self._times)
        self._notice = Notice()
        self.body.addWidget(self._notice)
        self._services = QVBoxLayout()
        self._services.setSpacing(style.gap(self, 0.3))
        self.body.addSpacing(style.gap(self, 0.3))
        self.body.addLayout(self._services)
        self._shown: list[QWidget] = []
        for control in self._controls:
            control.setAccessibleDescription(title)
        self._allowed.clicked.connect(lambda on: self.changed.emit(Change(allowed=on)))
        self._level.chosen.connect(lambda value: self.changed.emit(Change(level=Level(value))))
        self._liveness.chosen.connect(lambda value: self.changed.emit(Change(liveness=Liveness(value))))
        self._intent.chosen.connect(lambda value: self.changed.emit(Change(intent=Intent(value))))

    @property
    def _controls(self) -> tuple[QWidget, ...]:
        return self._allowed, self._level.box, self._liveness.box, self._intent.box

    def show_rule(self, rule: ClassPolicy) -> None:
        """Show what holds; `show_wirings` belongs after it."""
        self._rule = rule
        self._notice.clear()
        self._settle()

    def wait(self) -> None:
        """Let nothing be changed while a change is under way: a password may be asked for meanwhile."""
        for control in self._controls:
            control.setEnabled(False)

    def refuse(self, error: Exception) -> None:
        """Go back to what holds, and say why; that there is no daemon is said above the page."""
        self._settle()
        if not isinstance(error, DaemonUnreachable):
            saying = sayings.failure(error)
            self._notice.say(
                Tone.WARNING,
                self.tr("Nothing was changed: {why}").format(why=saying.what),
                saying.remedy,
                saying.detail,
            )

    def _settle(self) -> None:
        if self._rule is None:
            return
        self._allowed.setEnabled(True)
        self._allowed.setChecked(self._rule.allowed)
        self._level.show_answer(self._rule.level.value)
        self._liveness.show_answer(self._rule.liveness.value)
        self._intent.show_answer(self._rule.intent.value)
        self._times.setText(_times(self._rule))
        for control in self._controls[1:]:
            control.setEnabled(self._rule.allowed)

    # --- what the services do -----------------------------------------------------------------------------------------

    def show_wirings(self, wirings: Sequence[Wiring]) -> None:
        """Show what PAM does for each service; those that are not on this computer are named together."""
        for widget in self._shown:
            widget.hide()
            widget.deleteLater()
        present = [wiring for wiring in wirings if wiring.wired is not Wired.ABSENT]
        absent = [wiring.service for wiring in wirings if wiring.wired is Wired.ABSENT]
        self._shown = [Text(self.tr("What the programs on this computer do"), bold=True)]
        if present:
            self._shown.append(_table(present, self._rule is not None and self._rule.allowed))
        if absent:
            text = self.tr("Not on this computer: {services}").format(services=", ".join(absent))
            self._shown.append(Text(text, tone=Tone.MUTED, scale=0.9))
        for widget in self._shown:
            self._services.addWidget(widget)


def _table(wirings: Sequence[Wiring], allowed: bool) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(style.gap(table, 0.6))
    grid.setVerticalSpacing(style.gap(table, 0.3))
    grid.setColumnStretch(2, 1)
    top = Qt.AlignmentFlag.AlignTop
    for row, wiring in enumerate(wirings):
        idle = not allowed and _TONES.get(wiring.wired) is Tone.GOOD
        tone = Tone.MUTED if idle else _TONES.get(wiring.wired, Tone.MUTED)
        text = wired(wiring)
        if idle:
            text = translate("Wiring", "{what} The rule above does not allow it.").format(what=text)
        grid.addWidget(SymbolView(_SYMBOLS.get(tone, Symbol.INFORMATION), tone=tone, lines=1.1), row, 0, top)
        grid.addWidget(Text(wiring.service, wrap=False), row, 1, top)
        grid.addWidget(Text(text, tone=tone), row, 2, top)
    return table


def wired(wiring: Wiring) -> str:
    """Return what a service does with the face, in the window's language; and where to look, if that is not right."""
    sentence = {
        Wired.ABSENT: translate("Wiring", "It is not on this computer."),
        Wired.NONE: translate("Wiring", "No face is tried; only the password counts."),
        Wired.FIRST: translate("Wiring", "The face is tried first, and the password if that fails."),
        Wired.AFTER: translate("Wiring", "The password is asked first, and the face is tried if that is wrong."),
        Wired.BESIDE: translate("Wiring", "The face is tried beside the password, by a service of its own."),
        Wired.IDLE: translate("Wiring", "The face is tried but opens nothing: the password is asked in any case."),
        Wired.UNREACHED: translate("Wiring", "A line for the face is there, but it is never reached."),
        Wired.LOCKOUT: translate("Wiring", "Danger: where the face fails, the password does not help either."),
        Wired.OPEN: translate("Wiring", "Danger: this opens to anybody, whatever the face or the password."),
        Wired.UNCLEAR: translate("Wiring", "What happens cannot be told from its files."),
    }[wiring.wired]
    if wiring.wired is Wired.UNCLEAR and wiring.faults:
        return f"{sentence} ({'; '.join(wiring.faults)})"
    if wiring.wired in (Wired.LOCKOUT, Wired.OPEN, Wired.IDLE, Wired.UNREACHED):
        place = translate("Wiring", "See line {line} of {file}.").format(line=wiring.line, file=wiring.file)
        return translate("Wiring", "{one} {other}", "two sentences").format(one=sentence, other=place)
    return sentence


def _purpose(service_class: ServiceClass) -> str:
    return {
        ServiceClass.UNLOCK: translate("RuleCard", "The screen lock of somebody who has logged in before."),
        ServiceClass.LOGIN: translate("RuleCard", "The login screen, and the consoles behind it."),
        ServiceClass.ELEVATE: translate(
            "RuleCard",
            "sudo, su, and the dialogs that ask for a password before something is changed on this computer.",
        ),
        ServiceClass.OTHER: translate("RuleCard", "Programs that belong to none of the others."),
    }[service_class]


def _times(rule: ClassPolicy) -> str:
    whole, nobody = (QLocale().toString(seconds, "g", 3) for seconds in (rule.seconds, rule.no_face_seconds))
    return translate(
        "RuleCard",
        "A look takes {seconds} s at most, and {nobody} s where nobody is there. Then comes the password.",
    ).format(seconds=whole, nobody=nobody)


def _levels() -> list[Answer]:
    return [Answer(level.value, words.level(level), _meaning(level)) for level in Level]


def _livenesses() -> list[Answer]:
    meanings = {
        Liveness.OFF: translate("RuleCard", "A photo of you, on paper or on a screen, may pass."),
        Liveness.PASSIVE: translate(
            "RuleCard",
            "What looks like a photo or a screen is refused, as far as the recognition pack can tell. An infrared "
            "camera helps, if your face was enrolled with one.",
        ),
        Liveness.ACTIVE: translate(
            "RuleCard",
            "As with signs of life, and you are asked to turn your head, to nod or to blink: each time something else.",
        ),
    }
    return [Answer(one.value, words.liveness(one), meanings[one]) for one in Liveness]


def _intents() -> list[Answer]:
    meanings = {
        Intent.NONE: translate("RuleCard", "The camera opens as soon as a program asks for you."),
        Intent.KEY: translate(
            "RuleCard", "You are shown what is asked for, and the camera opens once you have pressed Enter."
        ),
        Intent.GESTURE: translate(
            "RuleCard", "You nod at the camera: for programs that cannot ask you anything before it opens."
        ),
    }
    return [Answer(one.value, words.intent(one), meanings[one]) for one in Intent]


def _meaning(level: Level) -> str:
    """Return what a level means for somebody who has never heard of a false match rate."""
    many = QLocale().toString(round(1 / level.false_match_rate))
    bound = translate("RuleCard", "Of {many} tries by other people, at most one passes for you.").format(many=many)
    price = {
        Level.CONVENIENT: translate("RuleCard", "You are recognised the soonest."),
        Level.BALANCED: translate("RuleCard", "You are recognised at a glance in good light."),
        Level.STRICT: translate("RuleCard", "You may have to look longer, or type the password more often."),
    }[level]
    return translate("RuleCard", "{one} {other}", "two sentences").format(one=bound, other=price)
