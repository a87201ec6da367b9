"""Faces: what is enrolled, and what can be done with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QVBoxLayout, QWidget

from facelatch.bus import BusError, Daemon, DaemonUnreachable
from facelatch.doctor.camera import strange_cameras
from facelatch.doctor.pack import shortcomings
from facelatch.types import EYE_READY, FROM_PICTURES, FaceSummary, Quality, Reason, StandingReport, StatusReport
from facelatch_gui import sayings, style, words
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.pages.first_run import FirstRun
from facelatch_gui.standing import standing_saying
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.notice import Notice
from facelatch_gui.widgets.symbol import Symbol, SymbolView
from facelatch_gui.widgets.text import Button, Heading, Text

translate = QCoreApplication.translate

_TONES = {Quality.POOR: Tone.WARNING, Quality.FAIR: Tone.PLAIN, Quality.GOOD: Tone.GOOD}


class LabelEdit(QLineEdit):
    """The field in which a face is renamed; Escape leaves it."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave at Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FaceCard(Card):
    """One enrolled appearance."""

    renamed = Signal(str)
    """The person wants it to be called this."""
    improve_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, face: FaceSummary, camera: str) -> None:
        super().__init__(tone=None if face.usable else Tone.WARNING)
        self.face = face
        self.setAccessibleName(face.label)
        self._title = Heading(face.label, scale=1.15)
        self._edit = LabelEdit(face.label)
        self._edit.setAccessibleName(self.tr("New name of this face"))
        self._edit.returnPressed.connect(self._save)
        self._edit.left.connect(self.stop_renaming)
        self._state = Text(tone=Tone.MUTED)
        self._rename = Button(self.tr("&Rename"))
        self._improve = Button(self.tr("&Improve"))
        self._delete = Button(self.tr("&Delete"))
        self._keep = Button(self.tr("&Save"))
        self._leave = Button(self.tr("Cancel"))
        self._edit.textChanged.connect(lambda text: self._keep.setEnabled(bool(text.strip())))
        for button, act in (
            (self._rename, self.start_renaming),
            (self._improve, self.improve_wanted.emit),
            (self._delete, self.delete_wanted.emit),
            (self._keep, self._save),
            (self._leave, self.stop_renaming),
        ):
            button.clicked.connect(lambda _checked=False, act=act: act())
            button.setAccessibleDescription(face.label)
        self._improve.setToolTip(self.tr("Add more pictures, for instance with other light or glasses"))
        self._improve.setEnabled(face.usable)
        self.body.addWidget(self._title)
        self.body.addWidget(self._edit)
        self.body.addLayout(self._facts(camera))
        self.body.addWidget(self._state)
        buttons = Flow(style.gap(self, 0.4))
        for button in (self._rename, self._improve, self._delete, self._keep, self._leave):
            buttons.addWidget(button)
        self.body.addLayout(buttons)
        self.stop_renaming()

    def _facts(self, camera: str) -> QVBoxLayout:
        face = self.face
        facts = QVBoxLayout()
        facts.setSpacing(style.gap(self, 0.15))
        if not face.usable:
            row = QHBoxLayout()
            row.setSpacing(style.gap(self, 0.4))
            row.addWidget(SymbolView(Symbol.WARNING, tone=Tone.WARNING, lines=1.2), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(
                Text(
                    self.tr("This look does not work with the recognition pack in use. Delete it and enrol it again."),
                    tone=Tone.WARNING,
                ),
                1,
            )
            facts.addLayout(row)
        covered = self.tr("{quality}, from %n pictures", "", face.templates).format(quality=words.quality(face.quality))
        facts.addWidget(Text(covered, tone=_TONES[face.quality]))
        facts.addWidget(
            Text(self.tr("Enrolled {when}").format(when=words.moment(face.enrolled)), tone=Tone.MUTED, scale=0.92)
        )
        facts.addWidget(
            Text(self.tr("{camera}, pack {pack}").format(camera=camera, pack=face.pack), tone=Tone.MUTED, scale=0.92)
        )
        return facts

    @property
    def renaming(self) -> bool:
        """Whether the name is being edited."""
        return not self._edit.isHidden()

    @property
    def draft(self) -> str:
        """The name as it is being edited."""
        return self._edit.text()

    def start_renaming(self, draft: str = "") -> None:
        """Let the name be edited in its place, from a draft of before where there is one."""
        self._edit.setText(draft or self.face.label)
        self._show_renaming(True)
        self._edit.setFocus()
        self._edit.selectAll()

    def stop_renaming(self) -> None:
        """Show the name as it is."""
        self._show_renaming(False)
        self.set_waiting("")

    def set_waiting(self, text: str) -> None:
        """Say what is waited for and let nothing be changed meanwhile; an empty text ends it."""
        self._state.setText(text)
        self._state.setVisible(bool(text))
        for part in (self._edit, self._rename, self._delete, self._keep, self._leave):
            part.setEnabled(not text)
        self._improve.setEnabled(not text and self.face.usable)

    def _show_renaming(self, now: bool) -> None:
        edited: tuple[QWidget, ...] = (self._edit, self._keep, self._leave)
        shown: tuple[QWidget, ...] = (self._title, self._rename, self._improve, self._delete)
        for part in edited:
            part.setVisible(now)
        for part in shown:
            part.setVisible(not now)

    def _save(self) -> None:
        text = self._edit.text().strip()
        if text == self.face.label:
            self.stop_renaming()
        elif text:
            self.renamed.emit(text)


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the daemon has told. `standing` is None where it does not say; `hindered`: pack or camera is in the way."""

    faces: tuple[FaceSummary, ...]
    status: StatusReport
    standing: StandingReport | None
    hindered: bool = False


async def _fetch(daemon: Daemon) -> Known:
    faces, status = await daemon.faces(), await daemon.status()
    try:
        standing, pack, policy = await daemon.standing(), await daemon.pack(), await daemon.policy()
    except BusError:
        # The faces are worth showing without it.
        return Known(faces, status, None)
    hindered = any((*shortcomings(pack, policy), *strange_cameras(status, policy, faces)))
    return Known(faces, status, standing, hindered)


class FacesPage(Page):
    """Cards of the enrolled appearances, or the first run where there is none."""

    name: ClassVar[str] = "faces"

    add_wanted = Signal()
    """A new face shall be enrolled."""
    improve_wanted = Signal(object)
    """More pictures shall be added to a face, a `FaceSummary`."""

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("FacesPage", "Faces"),
            Symbol.FACES,
            translate(
                "FacesPage", "The looks by which this computer knows you, for instance with and without glasses."
            ),
            parent,
        )
        self._waiting = Text(self.tr("Asking the face service…"), tone=Tone.MUTED)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._first_run = FirstRun()
        self._first_run.begun.connect(self.add_wanted)
        self._list = QWidget()
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.9))
        self.standing = Notice()
        column.addWidget(self.standing)
        self._column = QVBoxLayout()
        self._column.setSpacing(style.gap(self, 0.9))
        column.addLayout(self._column)
        add = Button(self.tr("&Add another look"), primary=True)
        add.clicked.connect(self.add_wanted)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.cards: list[FaceCard] = []
        self._question: QMessageBox | None = None
        for view in (self._waiting, self._first_run, self._list):
            self.body.addWidget(view, 1)
        self._show_only(self._waiting)

    def enter(self) -> None:
        """Fetch the faces."""

        self.ask(_fetch, self._show, self._show_nothing)

    def leave(self) -> None:
        """End what is asked for; the answer to a question that is still open is no."""
        super().leave()
        if self._question is not None:
            self._question.reject()

    @property
    def is_first_run(self) -> bool:
        """Whether the page shows what a person sees before any face is enrolled."""
        return not self._first_run.isHidden()

    def _show(self, known: Known) -> None:
        faces, status = known.faces, known.status
        names = {camera.id: camera.name for camera in status.cameras}
        drafts = {card.face.id: card.draft for card in self.cards if card.renaming}
        self._clear_cards()
        for face in faces:
            self._add_card(face, self._camera(face, names))
            if draft := drafts.get(face.id):
                self.cards[-1].start_renaming(draft)
        self._show_only(self._list if faces else self._first_run)
        self._show_problem(status)
        self._show_standing(known)

    def _camera(self, face: FaceSummary, names: dict[str, str]) -> str:
        """Return with what a face was enrolled: an infrared camera opens the face's logins as well."""
        if face.camera == FROM_PICTURES:
            return self.tr("From pictures")
        camera = self._name(face.camera, names)
        if not face.infrared:
            return camera
        return self.tr("{camera}, and in infrared: {infrared}").format(
            camera=camera, infrared=self._name(face.infrared, names)
        )

    def _name(self, camera: str, names: dict[str, str]) -> str:
        return names.get(camera) or self.tr("A camera that is not connected ({camera})").format(camera=camera)

    def _show_standing(self, known: Known) -> None:
        """Say whether a login by face opens now; what keeps every face from being judged is said above."""
        self.standing.clear()
        status, standing = known.status, known.standing
        judging = not status.pack_problem and not status.camera_problem and status.eye == EYE_READY
        if standing is None or not standing.usable or not judging:
            return
        tone, saying = standing_saying(standing, hindered=known.hindered)
        self.standing.say(tone, saying.what, saying.remedy)

    def _show_problem(self, status: StatusReport) -> None:
        """Say beforehand what would keep a face from being enrolled or recognised."""
        self.notice.clear()
        for reason, problem in ((Reason.NO_PACK, status.pack_problem), (Reason.NO_CAMERA, status.camera_problem)):
            if problem:
                saying = sayings.reason(reason)
                self.show_saying(sayings.Saying(saying.what, saying.remedy, saying.page, problem), Tone.WARNING)
                return

    def _show_nothing(self, error: Exception) -> None:
        if not self.cards and not self.is_first_run:
            self._waiting.setText(self.tr("Your faces are shown here as soon as the face service answers."))
            self._show_only(self._waiting)
        self.show_failure(error)

    def _show_only(self, wanted: QWidget) -> None:
        for view in (self._waiting, self._first_run, self._list):
            view.setVisible(view is wanted)

    def _clear_cards(self) -> None:
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards.clear()

    def _add_card(self, face: FaceSummary, camera: str) -> None:
        card = FaceCard(face, camera)
        card.renamed.connect(partial(self._rename, face))
        card.improve_wanted.connect(partial(self.improve_wanted.emit, face))
        card.delete_wanted.connect(partial(self._confirm, face))
        self.cards.append(card)
        self._column.addWidget(card)

    def _rename(self, face: FaceSummary, label: str) -> None:
        async def rename(daemon: Daemon) -> FaceSummary:
            async with await daemon.claim() as claim:
                return await claim.rename_face(face.id, label)

        self._change(face, rename, self.tr("The face is called “{label}” now.").format(label=label))

    def _confirm(self, face: FaceSummary) -> None:
        """Ask before a face is deleted. The question does not stop the window."""
        question = QMessageBox(self)
        question.setWindowModality(Qt.WindowModality.WindowModal)
        question.setIcon(QMessageBox.Icon.Question)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(self.tr("Delete “{label}”?").format(label=face.label))
        question.setInformativeText(
            self.tr("You will not be recognised by this look any more. Your password keeps working.")
        )
        delete = question.addButton(self.tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = question.addButton(self.tr("&Keep"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setEscapeButton(keep)
        delete.clicked.connect(partial(self._delete, face))
        question.finished.connect(self._forget_question)
        self._question = question
        question.open()

    def _forget_question(self) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None

    def _delete(self, face: FaceSummary) -> None:
        async def delete(daemon: Daemon) -> FaceSummary:
            async with await daemon.claim() as claim:
                return await claim.delete_face(face.id)

        self._change(face, delete, self.tr("“{label}” is deleted.").format(label=face.label))

    def _change(self, face: FaceSummary, work: Callable[[Daemon], Coroutine[Any, Any, FaceSummary]], done: str) -> None:
        """Change a face at the daemon; what was typed stays in its card until that has happened."""
        self._set_waiting(face, self.tr("Type your password when you are asked for it…"))

        def then(_face: FaceSummary) -> None:
            for card in self._cards_of(face):
                card.stop_renaming()
            self.say(done)
            self.enter()

        def failed(error: Exception) -> None:
            self._set_waiting(face, "")
            if isinstance(error, DaemonUnreachable):
                self.show_saying(
                    sayings.Saying(
                        self.tr("The face service is gone; it may not have changed anything any more."),
                        self.tr("Look at your faces when it is back, and try it again."),
                    ),
                    Tone.WARNING,
                )
            else:
                self.show_failure(error)

        self.ask(work, then, failed)

    def _set_waiting(self, face: FaceSummary, text: str) -> None:
        for card in self._cards_of(face):
            card.set_waiting(text)

    def _cards_of(self, face: FaceSummary) -> list[FaceCard]:
        """Return the face's card, or none: cards are made anew whenever the daemon tells what is enrolled."""
        return [card for card in self.cards if card.face.id == face.id]
