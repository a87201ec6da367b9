"""Health: what the doctor finds, the worst first, each with what mends it."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from facelatch.doctor import Finding, Part, Report, State, examine
from facelatch_gui import style, words
from facelatch_gui.courier import Courier, Errand
from facelatch_gui.page import Page
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.command import CommandLine
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text

translate = QCoreApplication.translate

ORDER: Final = (State.BAD, State.WARNING, State.NOTE, State.OK)
"""The worst first."""

LOOKS: Final = {
    State.BAD: (Symbol.BAD, Tone.BAD),
    State.WARNING: (Symbol.WARNING, Tone.WARNING),
    State.NOTE: (Symbol.INFORMATION, Tone.ACCENT),
    State.OK: (Symbol.GOOD, Tone.GOOD),
}

MENDED_AT: Final = {Part.CAMERA: "camera", Part.PACK: "pack", Part.ENROLMENT: "faces"}
"""The page where a part is mended, for those that the window can mend."""


class HealthPage(Page):
    """What `facelatch doctor` says, in the window."""

    name: ClassVar[str] = "health"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("HealthPage", "Health"),
            Symbol.HEALTH,
            translate("HealthPage", "Whether everything that a login by face needs is as it should be."),
            parent,
        )
        self._examination: Errand | None = None
        self._summary = Heading(scale=1.15)
        self._again = Button(self.tr("&Examine again"))
        self._again.clicked.connect(self.examine)
        top = QHBoxLayout()
        top.addWidget(self._summary, 1)
        top.addWidget(self._again)
        self.body.addLayout(top)
        self._column = QVBoxLayout()
        self._column.setSpacing(style.gap(self, 0.6))
        self.body.addLayout(self._column)
        self.body.addStretch(1)
        self._shown: list[QWidget] = []

    def enter(self) -> None:
        """Examine anew."""
        self.examine()

    def leave(self) -> None:
        """Wait no more for an examination."""
        if self._examination is not None:
            self._examination.cancel()
            self._examination = None
        super().leave()

    def examine(self) -> None:
        """Have the doctor look, in a thread; what was found before stays until then."""
        if self._examination is not None and not self._examination.over:
            return
        self._again.setEnabled(False)
        self._summary.setText(self.tr("Examining…"))
        self._examination = self.courier.run(examine, self.show_report, self._fail)

    def _fail(self, error: Exception) -> None:
        self._again.setEnabled(True)
        self._summary.clear()
        self.show_failure(error)

    def show_report(self, report: Report) -> None:
        """Show what was found."""
        self.notice.clear()
        self._again.setEnabled(True)
        for widget in self._shown:
            widget.hide()
            widget.deleteLater()
        wanting = sorted(
            (finding for finding in report.findings if finding.state is not State.OK),
            key=lambda finding: ORDER.index(finding.state),
        )
        well = [finding for finding in report.findings if finding.state is State.OK]
        self._summary.setText(_summary([finding.state for finding in wanting]))
        self._shown = [self._card(finding) for finding in wanting]
        if well:
            self._shown.append(_well(well))
        for widget in self._shown:
            self._column.addWidget(widget)
        style.announce(self, self._summary.text())

    def _card(self, finding: Finding) -> Card:
        symbol, tone = LOOKS[finding.state]
        card = Card(tone=tone)
        texts = QVBoxLayout()
        texts.setSpacing(style.gap(self, 0.2))
        texts.addWidget(Text(part(finding.part), bold=True))
        texts.addWidget(Text(finding.text))
        if finding.remedy:
            texts.addWidget(Text(finding.remedy, tone=Tone.MUTED))
        row = QHBoxLayout()
        row.setSpacing(style.gap(self, 0.8))
        row.addWidget(SymbolView(symbol, tone=tone, lines=1.6), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        page = MENDED_AT.get(finding.part, "")
        if page:
            button = Button(words.way_to(page))
            button.clicked.connect(lambda: self.mend_wanted.emit(page))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        card.body.addLayout(row)
        if finding.command:
            command = CommandLine(finding.command)
            command.copied.connect(lambda: self.say(self.tr("Copied.")))
            card.body.addWidget(command)
        return card


def _well(findings: list[Finding]) -> Card:
    """Return one card for all that is as it should be."""
    card = Card()
    grid = QGridLayout()
    grid.setHorizontalSpacing(style.gap(card, 0.6))
    grid.setVerticalSpacing(style.gap(card, 0.35))
    grid.setColumnStretch(2, 1)
    top = Qt.AlignmentFlag.AlignTop
    for row, finding in enumerate(findings):
        grid.addWidget(SymbolView(Symbol.GOOD, tone=Tone.GOOD, lines=1.1), row, 0, top)
        grid.addWidget(Text(part(finding.part), wrap=False), row, 1, top)
        grid.addWidget(Text(finding.text, tone=Tone.MUTED), row, 2, top)
    card.body.addLayout(grid)
    return card


def _summary(wanting: list[State]) -> str:
    if State.BAD in wanting:
        return translate("HealthPage", "Something is wrong and needs mending.")
    if State.WARNING in wanting:
        return translate("HealthPage", "Nothing is broken, but something could be better.")
    if State.NOTE in wanting:
        return translate("HealthPage", "All is well; there is something worth knowing.")
    return translate("HealthPage", "Everything is as it should be.")


def part(said: Part) -> str:
    """Return what the doctor looked at."""
    return {
        Part.DAEMON: translate("HealthPage", "Face service"),
        Part.EYE: translate("HealthPage", "The part that looks"),
        Part.CAMERA: translate("HealthPage", "Camera"),
        Part.PACK: translate("HealthPage", "Recognition pack"),
        Part.ENROLMENT: translate("HealthPage", "Your face"),
        Part.PAM: translate("HealthPage", "Logins on this computer"),
        Part.POLKIT: translate("HealthPage", "Permissions"),
        Part.SESSION: translate("HealthPage", "Your session"),
        Part.TPM: translate("HealthPage", "Security chip"),
        Part.CLOCK: translate("HealthPage", "Clock"),
        Part.STORE: translate("HealthPage", "Stored faces"),
    }[said]
