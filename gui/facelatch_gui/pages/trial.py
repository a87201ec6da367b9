"""Try it: one look as the screen lock would take it, with its verdict in words and, where wanted, in figures."""

from __future__ import annotations

from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from facelatch.bus import BusError, DaemonUnreachable
from facelatch.types import Reason, StandingReport, Tried, TryStep, Verdict
from facelatch_gui import sayings, session, style, words
from facelatch_gui.courier import Courier, Errand
from facelatch_gui.page import Page
from facelatch_gui.session import Picture
from facelatch_gui.standing import standing_saying
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.evidence import EvidenceBar, probability
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.live import LiveView
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text

translate = QCoreApplication.translate

_LOOKS = {
    Verdict.MATCH: (Symbol.GOOD, Tone.GOOD),
    Verdict.MISMATCH: (Symbol.BAD, Tone.BAD),
    Verdict.UNAVAILABLE: (Symbol.WARNING, Tone.WARNING),
}


ALL_BUT_CERTAIN: Final = 99.9999
"""Percent, the most and with the least the two ends of what is shown as a probability."""


def stage_name(stage: str) -> str:
    """Return what the eye does in a stage; one that this window does not know keeps its name."""
    return {
        "wait": translate("Trial", "Waiting for the picture"),
        "decode": translate("Trial", "Decoding the picture"),
        "detect": translate("Trial", "Finding the face"),
        "eyes": translate("Trial", "Checking that the eyes are open"),
        "embed": translate("Trial", "Describing the face"),
        "liveness": translate("Trial", "Telling life from a picture"),
    }.get(stage, stage)


class Figures(Card):
    """What only who may change the settings sees: evidence, liveness, time. Hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[str, tuple[Text, Text]] = {}
        self._forms = (QFormLayout(), QFormLayout())
        columns = Flow(style.gap(self, 2.5))
        for form in self._forms:
            form.setHorizontalSpacing(style.gap(self, 0.9))
            form.setVerticalSpacing(style.gap(self, 0.25))
            column = QWidget()
            column.setLayout(form)
            form.setContentsMargins(0, 0, 0, 0)
            columns.addWidget(column)
            columns.setAlignment(column, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(columns)
        self.clear()

    @property
    def rows(self) -> dict[str, str]:
        """Each figure by its name."""
        return {name: figure.text() for name, (_label, figure) in self._shown.items()}

    def show_step(self, step: TryStep) -> None:
        """Show how a look stands."""
        self._show(0, self._of_evidence(step.evidence, None) | self._of_life(step.live))

    def show_tried(self, tried: Tried, live: bool | None) -> None:
        """Show how a look ended; `live` is what its last frame said."""
        locale = QLocale()
        time = self.tr("{seconds} s, frames: {frames}").format(
            seconds=locale.toString(tried.seconds, "f", 2), frames=tried.frames
        )
        self._show(0, self._of_evidence(tried.evidence, tried.wanted) | self._of_life(live) | {self.tr("Time"): time})
        self._show(
            1,
            {
                stage_name(stage): self.tr("{milliseconds} ms").format(
                    milliseconds=locale.toString(milliseconds, "f", 1)
                )
                for stage, milliseconds in tried.took.items()
            },
        )

    def clear(self) -> None:
        """Show none."""
        self._shown.clear()
        for form in self._forms:
            while form.rowCount():
                form.removeRow(0)
        self.hide()

    def _of_evidence(self, evidence: float | None, wanted: float | None) -> dict[str, str]:
        if evidence is None:
            return {}
        locale = QLocale()
        number = locale.toString(evidence, "f", 2)
        if wanted is None:
            said = self.tr("{evidence} nats").format(evidence=number)
        else:
            said = self.tr("{evidence} of {wanted} nats").format(
                evidence=number, wanted=locale.toString(wanted, "f", 2)
            )
        return {self.tr("Evidence"): said, self.tr("Probability"): self._probability(evidence)}

    def _probability(self, evidence: float) -> str:
        """Nothing is certain: what rounds to all or nothing is written as more, or less, than can be shown."""
        percent = 100 * probability(evidence)
        locale = QLocale()
        if percent > ALL_BUT_CERTAIN:
            return self.tr("over {percent} %").format(percent=locale.toString(ALL_BUT_CERTAIN, "f", 4))
        if percent < 100 - ALL_BUT_CERTAIN:
            return self.tr("under {percent} %").format(percent=locale.toString(100 - ALL_BUT_CERTAIN, "f", 4))
        return self.tr("{percent} %").format(percent=locale.toString(percent, "f", 4))

    def _of_life(self, live: bool | None) -> dict[str, str]:
        said = {True: self.tr("yes"), False: self.tr("no"), None: self.tr("not known")}[live]
        return {self.tr("Looks alive"): said}

    def _show(self, column: int, rows: dict[str, str]) -> None:
        for name, figure in rows.items():
            if name not in self._shown:
                self._shown[name] = (Text(name, tone=Tone.MUTED, wrap=False), Text(wrap=False))
                self._forms[column].addRow(*self._shown[name])
            self._shown[name][1].setText(figure)
        self.show()


class VerdictView(Card):
    """The verdict in large plain words, why, and what to do."""

    mend_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._page = ""
        self._symbol = SymbolView(Symbol.TRY, tone=Tone.MUTED, lines=2.6)
        self._verdict = Heading(scale=1.5)
        self._what = Text()
        self._remedy = Text(tone=Tone.MUTED)
        texts = QVBoxLayout()
        texts.setSpacing(style.gap(self, 0.15))
        for text in (self._verdict, self._what, self._remedy):
            texts.addWidget(text)
        row = QHBoxLayout()
        row.setSpacing(style.gap(self, 0.9))
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        self._way = Button()
        self._way.clicked.connect(lambda: self.mend_wanted.emit(self._page))
        row.addLayout(texts, 1)
        row.addWidget(self._way, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(row)

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(part.text() for part in (self._verdict, self._what, self._remedy) if part.text())

    @property
    def page(self) -> str:
        """The page that it offers to open, empty where none."""
        return self._page

    def show_words(self, verdict: str, what: str, remedy: str, symbol: Symbol, tone: Tone, page: str = "") -> None:
        """Show a verdict, or how far it is, and a way to the page where something can be done about it."""
        self._page = page
        self._way.setText(words.way_to(page) if page else "")
        self._way.setVisible(bool(page))
        self._symbol.show_symbol(symbol, tone)
        self._verdict.set_tone(Tone.PLAIN if tone is Tone.MUTED else tone)
        for label, text in ((self._verdict, verdict), (self._what, what), (self._remedy, remedy)):
            label.setText(text)
            label.setVisible(bool(text))
        self.set_tone(None if tone is Tone.MUTED else tone)

    def show_consequence(self, text: str) -> None:
        """Show what would come of it at a login."""
        self._remedy.setText(text)
        self._remedy.show()


class TrialPage(Page):
    """A picture, a verdict, and a bar that says how near it was."""

    name: ClassVar[str] = "trial"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("TrialPage", "Try it"),
            Symbol.TRY,
            translate("TrialPage", "See whether this computer knows you. Nothing is unlocked by it."),
            parent,
        )
        self._errand: Errand | None = None
        self._asked: Errand | None = None
        """What is asked about the last match; a new look is told nothing of it."""
        self._live: bool | None = None
        self._gesture = False
        self._wanted: float | None = None
        self.view = LiveView()
        self.verdict = VerdictView()
        self.verdict.mend_wanted.connect(self.mend_wanted)
        self.bar = EvidenceBar()
        self.figures = Figures()
        self._look = Button(self.tr("&Look now"), primary=True)
        self._look.clicked.connect(self.start)
        self._stop = Button(self.tr("&Stop"))
        self._stop.clicked.connect(self.stop)
        self._with_figures = QCheckBox(self.tr("Show &figures (asks for an administrator's password)"))
        buttons = Flow(style.gap(self, 1.2))
        for button in (self._look, self._stop, self._with_figures):
            buttons.addWidget(button)
        self.body.addWidget(self.view, 1)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.figures)
        self.body.addLayout(buttons)
        self._wait_for_start()

    @property
    def looking(self) -> bool:
        """Whether a look is under way."""
        return self._errand is not None

    def enter(self) -> None:
        """Be ready for a look; the verdict of the last one stays."""
        self._look.setFocus()

    def leave(self) -> None:
        """Let go of the camera."""
        super().leave()
        if self.looking:
            self.stop()

    def resume(self) -> None:
        """The daemon is back. What was said about a look that it interrupted stays: it may be back at once."""

    def start(self) -> None:
        """Look once."""
        if self.looking:
            return
        if self._asked is not None:
            self._asked.cancel()
        self.notice.clear()
        self._live = None
        self._gesture = False
        figures = self._with_figures.isChecked()
        self.figures.clear()
        self.bar.clear()
        self.view.clear(self.tr("The camera is starting…"))
        self.verdict.show_words(
            self.tr("Please type an administrator's password.") if figures else self.tr("Look at the camera."),
            "",
            "",
            Symbol.WAITING,
            Tone.MUTED,
        )
        self._errand = self.courier.follow(
            lambda daemon: session.look(daemon, figures=figures), self._show, self._end, self._fail
        )
        self._show_running()
        self._stop.setFocus()

    def stop(self) -> None:
        """End the look."""
        if self._errand is not None:
            self._errand.cancel()
        self._errand = None
        self._wait_for_start()

    def _wait_for_start(self) -> None:
        self.view.clear(self.tr("The camera is off."))
        self.bar.clear()
        self.figures.clear()
        self.verdict.show_words(
            self.tr("Ready"),
            self.tr("Sit as you usually do, and choose “Look now”."),
            "",
            Symbol.TRY,
            Tone.MUTED,
        )
        self._show_running()

    def _show_running(self) -> None:
        had_focus = self._stop.hasFocus() or self._look.hasFocus()
        self._look.setVisible(not self.looking)
        self._stop.setVisible(self.looking)
        self._with_figures.setEnabled(not self.looking)
        if had_focus:
            (self._stop if self.looking else self._look).setFocus()

    def _show(self, event: TryStep | Tried | Picture) -> None:
        match event:
            case Picture():
                if not event.image.isNull():
                    self.view.show_image(event.image, event.overlay)
            case TryStep():
                self._show_step(event)
            case Tried():
                self._show_tried(event)

    def _show_step(self, step: TryStep) -> None:
        # Whoever turns his head as he is asked to must not be told to look at the camera.
        hint = words.view(step.view) if step.instruction is None else words.gesture(step.instruction)
        self.verdict.show_words(hint or self.tr("Looking…"), "", "", Symbol.WAITING, Tone.MUTED)
        self._gesture = self._gesture or step.instruction is not None
        if step.live is not None:
            self._live = step.live
        if step.evidence is not None:
            self.figures.show_step(step)
        if step.evidence is not None and self._wanted is not None:
            self.bar.show_evidence(step.evidence, self._wanted)
        elif step.band is not None:
            self.bar.show_band(step.band)

    def _show_tried(self, tried: Tried) -> None:
        symbol, tone = _LOOKS[tried.verdict]
        missed = self._gesture and tried.reason in (Reason.NOT_LIVE, Reason.NO_INTENT)
        saying = sayings.gesture_missed() if missed else sayings.reason(tried.reason)
        self.verdict.show_words(words.verdict(tried.verdict), saying.what, saying.remedy, symbol, tone, saying.page)
        style.announce(self.verdict, self.verdict.text)
        if tried.verdict is Verdict.MATCH:
            # Whether a login would open hangs on more than the face; where that is not told, the match is.
            self._asked = self.ask(lambda daemon: daemon.standing(), self._show_standing, lambda _error: None)
        if self.view.image.isNull():
            self.view.clear(self.tr("The camera is off."))
        if tried.evidence is not None and tried.wanted is not None:
            self._wanted = tried.wanted
            self.bar.show_evidence(tried.evidence, tried.wanted)
            self.figures.show_tried(tried, self._live)
        elif tried.band is not None:
            self.bar.show_band(tried.band)
        else:
            self.bar.clear()

    def _show_standing(self, standing: StandingReport) -> None:
        self.verdict.show_consequence(standing_saying(standing)[1].what)

    def _end(self) -> None:
        self._errand = None
        self._show_running()

    def _fail(self, error: Exception) -> None:
        figures = self._with_figures.isChecked()
        self._errand = None
        self._wait_for_start()
        if isinstance(error, DaemonUnreachable):
            self.show_saying(
                sayings.Saying(
                    self.tr("The look was interrupted, because the face service is gone."),
                    self.tr("Look again when the service is back."),
                ),
                Tone.WARNING,
            )
        elif figures and isinstance(error, BusError) and error.error is Reason.NOT_PERMITTED:
            self._with_figures.setChecked(False)
            self.show_saying(
                sayings.Saying(
                    self.tr("Figures are for administrators only, and the password was not given."),
                    self.tr("Look again without figures, or ask for them again."),
                ),
                Tone.WARNING,
            )
        else:
            self.show_failure(error)
