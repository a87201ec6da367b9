"""Pack: which networks recognise faces here, under which licences, how well, and how to get them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QProgressBar, QVBoxLayout, QWidget

from facelatch.types import PackFigure, PackPart, PackReport
from facelatch_gui import figures, style
from facelatch_gui.courier import Courier
from facelatch_gui.installation import Installation, Outcome, install_command
from facelatch_gui.page import Page
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.command import CommandLine
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.text import Button, Heading, Text

OPEN_PACK: Final = "open"
"""The pack that anybody may use for anything."""

RESTART: Final = "systemctl restart facelatch-eye facelatchd"

STEPS: Final = 1000

translate = QCoreApplication.translate


class PackPage(Page):
    """What the daemon reports of the pack in use, and a way to install one."""

    name: ClassVar[str] = "pack"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("PackPage", "Recognition pack"),
            Symbol.PACK,
            translate("PackPage", "What finds and compares faces. All of it happens on this computer."),
            parent,
        )
        self._report: PackReport | None = None
        self._installation: Installation | None = None
        self._content = QVBoxLayout()
        self._content.setSpacing(style.gap(self, 0.8))
        self.body.addLayout(self._content)
        self._shown: list[QWidget] = []
        self.body.addWidget(self._build_install())
        self._restart = Card(tone=Tone.GOOD)
        self._restart.body.addWidget(
            Text(self.tr("The pack is installed. The face service uses it once an administrator has restarted it:"))
        )
        command = CommandLine(f"sudo {RESTART}")
        command.copied.connect(lambda: self.say(self.tr("Copied.")))
        self._restart.body.addWidget(command)
        self._restart.hide()
        self.body.addWidget(self._restart)
        self.body.addStretch(1)

    def enter(self) -> None:
        """Fetch what is in use."""
        self.ask(lambda daemon: daemon.pack(), self.show_report)

    def show_report(self, report: PackReport) -> None:
        """Show a pack, or what is wrong with it."""
        if self._report == report:
            return
        self._report = report
        self.notice.clear()
        for widget in self._shown:
            widget.hide()
            widget.deleteLater()
        self._shown = []
        if report.problem:
            self.notice.say(
                Tone.WARNING,
                self.tr("Faces cannot be recognised now."),
                self.tr("Install one below."),
                report.problem,
            )
        if report.id:
            self._shown.append(self._about(report))
        if report.parts:
            self._shown.append(self._networks(report.parts))
        if report.figures:
            self._shown.append(self._figures(report.figures, report.measured))
        for widget in self._shown:
            self._content.addWidget(widget)
        self._show_installing(self._installation is not None)

    # --- what is in use -----------------------------------------------------------------------------------------------

    def _about(self, report: PackReport) -> Card:
        card = Card()
        card.body.addWidget(Heading(report.title or report.id))
        card.body.addWidget(
            Text(self.tr("{name}, version {version}").format(name=report.id, version=report.version), tone=Tone.MUTED)
        )
        if report.licence:
            card.body.addWidget(Text(self.tr("Licence: {licence}").format(licence=report.licence)))
        if report.terms:
            card.body.addWidget(Text(self.tr("Terms: {terms}").format(terms=report.terms), tone=Tone.WARNING))
        return card

    def _networks(self, parts: tuple[PackPart, ...]) -> Card:
        card = Card()
        card.body.addWidget(Heading(self.tr("Networks"), scale=1.1))
        for part in parts:
            card.body.addSpacing(style.gap(self, 0.2))
            card.body.addWidget(Text(_role(part.role), bold=True))
            size = QLocale().formattedDataSize(part.bytes)
            card.body.addWidget(
                Text(
                    self.tr("{name} ({size}), licence: {licence}").format(
                        name=breakable(part.name), size=size, licence=part.licence
                    )
                )
            )
            source = Text(self.tr("From {source}").format(source=breakable(part.source)), tone=Tone.MUTED, scale=0.9)
            card.body.addWidget(source)
        return card

    def _figures(self, measured: tuple[PackFigure, ...], calibrated: str) -> Card:
        card = Card()
        card.body.addWidget(Heading(self.tr("Measured"), scale=1.1))
        grid = QGridLayout()
        grid.setHorizontalSpacing(style.gap(self, 1))
        grid.setVerticalSpacing(style.gap(self, 0.7))
        grid.setColumnStretch(1, 1)
        for row, figure in enumerate(measured):
            said = figures.sentence(figure)
            grid.addWidget(
                Text(said.rate, bold=True, scale=1.15, wrap=False),
                row,
                0,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
            )
            meaning = Text(said.meaning or figure.name)
            if said.meaning:
                term = self.tr("In the words of the standards: {name}").format(name=figure.name)
                meaning.setToolTip(term)
                meaning.setAccessibleDescription(term)
            words = QVBoxLayout()
            words.setSpacing(style.gap(self, 0.1))
            words.addWidget(meaning)
            words.addWidget(Text(said.certainty, tone=Tone.MUTED, scale=0.9))
            grid.addLayout(words, row, 1)
        card.body.addLayout(grid)
        if calibrated:
            text = self.tr("The scores were calibrated on: {data}").format(data=calibrated)
            card.body.addWidget(Text(text, tone=Tone.MUTED, scale=0.9))
        return card

    # --- installing ---------------------------------------------------------------------------------------------------

    def _build_install(self) -> Card:
        self._install = Button(self.tr("&Install the open pack"), primary=True)
        self._install.clicked.connect(lambda: self.install(install_command(OPEN_PACK)))
        self._renew = Button(self.tr("&Install the open pack again"))
        self._renew.clicked.connect(lambda: self.install(install_command(OPEN_PACK)))
        self._renew.hide()
        self._from_file = Button(self.tr("Install from a &file…"))
        self._from_file.clicked.connect(self._ask_for_file)
        self._cancel = Button(self.tr("&Cancel"))
        self._cancel.clicked.connect(self._cancel_installation)
        self._cancel.hide()
        self._doing = Text(tone=Tone.MUTED)
        self._doing.hide()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the installation"))
        self._bar.hide()
        buttons = Flow(style.gap(self, 0.5))
        for button in (self._install, self._renew, self._from_file, self._cancel):
            buttons.addWidget(button)
        card = Card()
        card.body.addWidget(Heading(self.tr("Install a pack"), scale=1.1))
        card.body.addWidget(
            Text(
                self.tr(
                    "The open pack is free to use for anything. It is fetched from its authors, about 5 MB, and "
                    "checked before it is used. You are asked for an administrator's password."
                ),
                tone=Tone.MUTED,
            )
        )
        card.body.addLayout(buttons)
        card.body.addWidget(self._doing)
        card.body.addWidget(self._bar)
        return card

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose a pack"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Packs ({patterns})").format(patterns="*.zip *.tar *.tar.gz *.tar.xz *.tgz"))
        dialog.fileSelected.connect(lambda path: self.install(install_command(str(Path(path).absolute()))))
        dialog.open()

    def install(self, command: Sequence[str]) -> None:
        """Run a command that installs a pack, and show how far it is."""
        self.notice.clear()
        self._restart.hide()
        self._installation = Installation(self)
        self._installation.progressed.connect(self._show_progress)
        self._installation.ended.connect(self._end)
        self._show_installing(True)
        self._bar.setRange(0, 0)
        self._doing.setText(self.tr("Waiting for the password, then for the first file…"))
        self._installation.start(command)

    def _show_installing(self, busy: bool) -> None:
        """Show the button that is wanted most only where there is nothing to recognise faces with."""
        wanting = self._report is None or bool(self._report.problem) or not self._report.id
        self._install.setVisible(wanting)
        self._renew.setVisible(not wanting)
        for button in (self._install, self._renew, self._from_file):
            button.setEnabled(not busy)
        for widget in (self._cancel, self._doing, self._bar):
            widget.setVisible(busy)

    def _show_progress(self, name: str, share: float) -> None:
        self._doing.setText(self.tr("Fetching {name}…").format(name=name))
        self._bar.setRange(0, STEPS if share >= 0 else 0)
        self._bar.setValue(round(max(0.0, share) * STEPS))

    def _cancel_installation(self) -> None:
        if self._installation is not None:
            self._doing.setText(self.tr("Stopping…"))
            self._cancel.setEnabled(False)
            self._installation.cancel()

    def _end(self, outcome: Outcome, problem: str) -> None:
        self._cancel.setEnabled(True)
        if self._installation is not None:
            self._installation.deleteLater()
            self._installation = None
        self._show_installing(False)
        match outcome:
            case Outcome.INSTALLED:
                self._restart.show()
                self.say(self.tr("The pack is installed."))
                self.enter()
            case Outcome.CANCELLED:
                self.say(self.tr("Nothing was installed."))
            case Outcome.FAILED:
                self.notice.say(
                    Tone.BAD,
                    self.tr("The pack could not be installed. Nothing was changed."),
                    self.tr("Try it again, or get the pack as a file and install that."),
                    problem,
                )


def breakable(text: str) -> str:
    """Return a text that may be broken behind slashes and underscores, as addresses are."""
    return text.replace("/", "/\u200b").replace("_", "_\u200b")


def _role(role: str) -> str:
    known = {
        "detector": translate("PackPage", "Finds faces in a picture"),
        "embedder": translate("PackPage", "Compares faces"),
        "liveness": translate("PackPage", "Tells a face from a picture of one"),
    }
    return known.get(role, role)
