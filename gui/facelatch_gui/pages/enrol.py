"""Enrol: from the first look into the camera to a stored face, step by step."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from facelatch.bus import BusError, DaemonUnreachable
from facelatch.limits import MOST_PICTURES
from facelatch.types import Enrolled, EnrollStep, FaceSummary, Reason
from facelatch_gui import sayings, session, style
from facelatch_gui.courier import Courier, Errand
from facelatch_gui.page import Page
from facelatch_gui.pages.done import DoneView
from facelatch_gui.pages.looking import LookingView
from facelatch_gui.pages.review import ReviewView
from facelatch_gui.pages.shots import ShotsView
from facelatch_gui.report import Report
from facelatch_gui.session import Begun, Choice, Judged, Looking, Picture, Review
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text

translate = QCoreApplication.translate


FEWEST: Final = 3
"""Pictures that a new face takes; the daemon stores none with fewer."""

FEWEST_MORE: Final = 1
"""Pictures that improve a face."""


class Stage(enum.Enum):
    """How far an enrolment is."""

    START = "start"
    PASSWORD = "password"
    """The desktop asks for the password."""
    LOOKING = "looking"
    """The pictures that the person chose are looked at."""
    SHOTS = "shots"
    REVIEW = "review"
    SAVING = "saving"
    DONE = "done"


class StartView(QWidget):
    """What will happen, and under which name."""

    started = Signal()
    pictures_wanted = Signal()
    """Pictures shall be used instead of the camera."""
    new_face_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        card = Card()
        card.body.setSpacing(style.gap(self, 0.8))
        for symbol, text in (
            (
                Symbol.USAGE,
                self.tr("First you are asked for your password, so that nobody else can enrol a face for you."),
            ),
            (Symbol.CAMERA, self.tr("Then you look at the camera, and turn your head a little when asked.")),
            (Symbol.GOOD, self.tr("At the end you see the pictures. Nothing is stored before you save.")),
        ):
            row = QHBoxLayout()
            row.setSpacing(style.gap(self, 0.8))
            row.addWidget(SymbolView(symbol, tone=Tone.ACCENT, lines=1.5), 0, Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(Text(text), 1)
            card.body.addLayout(row)
        self._name = QLineEdit()
        self._name.setPlaceholderText(self.tr("For instance: with glasses"))
        self._name.setClearButtonEnabled(True)
        self._name.returnPressed.connect(self.started)
        self._name_label = QLabel(self.tr("&Name of this look (optional):"))
        self._name_label.setBuddy(self._name)
        self._improved = Heading(scale=1.1)
        self._start = Button(self.tr("&Start"), primary=True)
        self._start.clicked.connect(self.started)
        self._pictures = Button(self.tr("Use &pictures instead…"))
        self._pictures.clicked.connect(self.pictures_wanted)
        self._new = Button(self.tr("Enrol a &new look instead"))
        self._new.clicked.connect(self.new_face_wanted)
        self._state = Text(tone=Tone.MUTED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.9))
        column.addWidget(self._improved)
        column.addWidget(card)
        naming = QVBoxLayout()
        naming.setSpacing(style.gap(self, 0.3))
        naming.addWidget(self._name_label)
        naming.addWidget(self._name)
        column.addLayout(naming)
        buttons = Flow(style.gap(self, 0.5))
        buttons.addWidget(self._start)
        buttons.addWidget(self._pictures)
        buttons.addWidget(self._new)
        column.addLayout(buttons)
        column.addStretch(1)
        self.show_target(None)

    @property
    def label(self) -> str:
        """The name that was typed."""
        return self._name.text().strip()

    def take_focus(self) -> None:
        """Put the focus on what leads on."""
        self._start.setFocus()

    def forget_label(self) -> None:
        """Empty the name, which has been used."""
        self._name.clear()

    def show_target(self, face: FaceSummary | None) -> None:
        """Say to which face the pictures are added; None for a new one."""
        self._improved.setText(self.tr("More pictures for “{label}”").format(label=face.label) if face else "")
        self._improved.setVisible(face is not None)
        self._new.setVisible(face is not None)
        for part in (self._name_label, self._name):
            part.setVisible(face is None)


class EnrolPage(Page):
    """Start, shots, review, done: one after the other, and back to the start whatever goes wrong."""

    name: ClassVar[str] = "enrol"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("EnrolPage", "Enrol"),
            Symbol.ENROL,
            translate("EnrolPage", "Let this computer get to know you."),
            parent,
        )
        self._face: FaceSummary | None = None
        self._errand: Errand | None = None
        self._choice: Choice = Choice()
        self._pictures: tuple[Path, ...] = ()
        """The files that are enrolled from, none before the camera."""
        self._judged: tuple[EnrollStep, ...] = ()
        self.start_view = StartView()
        self.start_view.started.connect(self.start)
        self.start_view.pictures_wanted.connect(self._ask_for_pictures)
        self.start_view.new_face_wanted.connect(self.enrol_new)
        self.shots_view = ShotsView()
        self.shots_view.cancelled.connect(self.cancel)
        self.shots_view.enough.connect(lambda: self._choice.enough.set_result(None))
        self.looking_view = LookingView()
        self.looking_view.cancelled.connect(self.cancel)
        self.review_view = ReviewView()
        self.review_view.saved.connect(self._save)
        self.review_view.repeated.connect(self._repeat)
        self.review_view.cancelled.connect(self.cancel)
        self.done_view = DoneView()
        self.done_view.trial_wanted.connect(lambda: self.mend_wanted.emit("trial"))
        self.done_view.faces_wanted.connect(lambda: self.mend_wanted.emit("faces"))
        self.done_view.another_wanted.connect(self.enrol_new)
        self._views: dict[Stage, StartView | ShotsView | LookingView | ReviewView | DoneView] = {
            Stage.START: self.start_view,
            Stage.PASSWORD: self.shots_view,
            Stage.LOOKING: self.looking_view,
            Stage.SHOTS: self.shots_view,
            Stage.REVIEW: self.review_view,
            Stage.SAVING: self.review_view,
            Stage.DONE: self.done_view,
        }
        for view in (self.start_view, self.shots_view, self.looking_view, self.review_view, self.done_view):
            self.body.addWidget(view, 1)
        self.stage = Stage.START
        self._show_stage(Stage.START)

    def enter(self) -> None:
        """Show the start again where the last enrolment is done with."""
        if self.stage is Stage.DONE:
            self.enrol_new()

    def leave(self) -> None:
        """Let go of the camera. A review is kept: nothing that somebody sat for is lost by looking elsewhere."""
        super().leave()
        if self.stage in (Stage.PASSWORD, Stage.LOOKING, Stage.SHOTS):
            self.cancel()

    def unsaved(self) -> str:
        """Ask about pictures that wait to be saved."""
        return self.tr("Close without saving your pictures?") if self.stage is Stage.REVIEW else ""

    def resume(self) -> None:
        """The daemon is back. What was said about an enrolment that it interrupted stays: it may be back at once."""

    def enrol_new(self) -> None:
        """Offer to enrol a new face, unless an enrolment is under way."""
        self._offer(None)

    def improve(self, face: FaceSummary) -> None:
        """Offer to add pictures to a face, unless an enrolment is under way."""
        self._offer(face)

    def start(self) -> None:
        """Begin: the password first, then the camera."""
        label, face, choice = self._begin(())
        self.shots_view.reset(
            self.tr("Please type your password."), self.tr("The camera starts when your password has been accepted.")
        )
        self._show_stage(Stage.PASSWORD)
        self._errand = self.courier.follow(
            lambda daemon: session.enrol(daemon, label, face, choice), self._show_event, self._end, self._fail
        )

    def start_from_pictures(self, pictures: Sequence[Path]) -> None:
        """Begin with pictures instead of the camera: the password first, too."""
        if len(pictures) > MOST_PICTURES:
            self.notice.say(Tone.WARNING, self.tr("At most %n pictures can be used.", "", MOST_PICTURES))
            return
        label, face, choice = self._begin(pictures)
        self.looking_view.wait_for_password()
        self._show_stage(Stage.LOOKING)
        self._errand = self.courier.follow(
            lambda daemon: session.enrol_from_pictures(daemon, label, face, pictures, choice),
            self._show_event,
            self._end,
            self._fail,
        )

    def cancel(self) -> None:
        """Stop whatever runs, and go back to the start."""
        self._drop()
        self._show_stage(Stage.START)
        self.notice.say(Tone.PLAIN, self.tr("The enrolment was cancelled, and nothing was stored."))

    @property
    def _fewest(self) -> int:
        return FEWEST_MORE if self._face else FEWEST

    def _begin(self, pictures: Sequence[Path]) -> tuple[str, str, Choice]:
        """Forget what was before; return the label of a new face, else the id of the one to improve, and the choice."""
        self._drop()
        self.notice.clear()
        self._choice, self._pictures, self._judged = Choice(), tuple(pictures), ()
        label, face = ("", self._face.id) if self._face else (self.start_view.label, "")
        return label, face, self._choice

    def _repeat(self) -> None:
        """Begin anew: other pictures where there were pictures, else the camera again."""
        if not self._pictures:
            self.start()
            return
        self._drop()
        self._show_stage(Stage.START)
        self._ask_for_pictures()

    def _ask_for_pictures(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose pictures of yourself"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Pictures ({patterns})").format(patterns="*.jpg *.jpeg *.png *.webp *.bmp"))
        dialog.filesSelected.connect(lambda paths: self.start_from_pictures([Path(path) for path in paths]))
        dialog.open()

    def _offer(self, face: FaceSummary | None) -> None:
        if self.stage not in (Stage.START, Stage.DONE):
            return
        self._face = face
        self.start_view.show_target(face)
        self.notice.clear()
        self._show_stage(Stage.START)

    def _drop(self) -> None:
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None

    def _show_stage(self, stage: Stage) -> None:
        had_focus = self.isAncestorOf(focused) if (focused := QApplication.focusWidget()) else False
        self.stage = stage
        for view in self._views.values():
            view.setVisible(view is self._views[stage])
        if had_focus:
            self._views[stage].take_focus()

    def _show_event(self, event: Begun | EnrollStep | Picture | Looking | Judged | Review | Enrolled) -> None:
        match event:
            case Begun() if self._pictures:
                pass
            case Looking():
                self.looking_view.show_looking(event)
            case Judged():
                self._judged = event.steps
                self.looking_view.show_all_seen()
            case Begun():
                self._show_stage(Stage.SHOTS)
                self.shots_view.begin(self._fewest)
            case Picture():
                self.shots_view.ring.show_image(event.image)
            case EnrollStep():
                self.shots_view.show_step(event)
            case Review():
                self.review_view.show_review(event, self._fewest, of_files=bool(self._pictures))
                self._show_stage(Stage.REVIEW)
                style.announce(self, self.tr("Which pictures should be used?"))
            case Enrolled():
                self.start_view.forget_label()
                self.done_view.show_enrolled(event)
                self._show_stage(Stage.DONE)
                # A hint is all that is lost where this is not told.
                self.ask(lambda daemon: daemon.standing(), self.done_view.show_standing, lambda _error: None)

    def _save(self, dropped: frozenset[int]) -> None:
        self.review_view.set_saving(True)
        self._show_stage(Stage.SAVING)
        self._choice.dropped.set_result(dropped)

    def _end(self) -> None:
        self._errand = None

    def _fail(self, error: Exception) -> None:
        self._errand = None
        self._show_stage(Stage.START)
        if isinstance(error, DaemonUnreachable):
            self.show_saying(
                sayings.Saying(
                    self.tr("The enrolment was interrupted, because the face service is gone. Nothing was stored."),
                    self.tr("Start it again when the service is back."),
                ),
                Tone.WARNING,
            )
        elif self._judged:
            self.show_saying(self._of_pictures(error), Tone.WARNING)
        else:
            self.show_failure(error)

    def _of_pictures(self, error: Exception) -> sayings.Saying:
        """Return what to say of pictures of which nothing could be enrolled: why, and what became of each."""
        said = sayings.failure(error)
        match error:
            case BusError(error=Reason.SEVERAL_FACES):
                what = self.tr("It is not clear who is meant: your pictures show several people.")
                remedy = self.tr("Choose pictures of one person only. Nothing was stored.")
            case BusError(error=Reason.UNCLEAR):
                what = self.tr("Too few of your pictures can be used.")
                remedy = self.tr("Choose more pictures, at least %n that differ. Nothing was stored.", "", self._fewest)
            case _:
                return said
        return sayings.Saying(what, remedy, detail="\n".join(Report(self._judged).lines))
