"""Inspect: what is seen in a picture or before the camera, face by face."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QStandardPaths, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QStackedWidget, QWidget

from facelatch.bus import PreviewFrame
from facelatch.types import AnalysedFace, Analysis
from facelatch_gui import style, traits
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.picture import Picture, PictureProblem, of_camera, open_picture, save_picture
from facelatch_gui.style import Tone
from facelatch_gui.widgets.drop import DropArea
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.live import LiveFeed, LiveView, Showing
from facelatch_gui.widgets.overlay import annotated
from facelatch_gui.widgets.switch import Switch
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.table import Cell, Table
from facelatch_gui.widgets.text import Button, Heading, Text

TABLE_PACE: Final = 500
"""Milliseconds between two changes of the table before the live camera: figures that can be read."""

ROWS: Final = 4
TRAITS: Final = 6
"""Rows of the tables that are shown at a time."""

translate = QCoreApplication.translate


class InspectPage(Page):
    """A picture, a drop or the live camera; nothing of it is kept."""

    name: ClassVar[str] = "inspect"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("InspectPage", "Inspect"),
            Symbol.INSPECT,
            translate(
                "InspectPage", "See what Facelatch sees in a picture or before the camera. Nothing of it is kept."
            ),
            parent,
        )
        self._picture: Picture | None = None
        self._frame: PreviewFrame | None = None
        self._faces: tuple[AnalysedFace, ...] = ()
        self._still = LiveView(Showing.AS_IT_IS)
        self._still.setAccessibleName(self.tr("Picture"))
        self._live = LiveView()
        self._feed = LiveFeed(courier, self._live)
        self._feed.shown.connect(self._follow)
        self._clock = QElapsedTimer()
        self._views = QStackedWidget()
        self._views.addWidget(self._still)
        self._views.addWidget(self._live)
        area = DropArea(self._views)
        area.dropped.connect(self.open)
        area.refused.connect(lambda why: self.notice.say(Tone.WARNING, why))
        self.body.addLayout(self._build_buttons())
        self._build_guesses()
        self.body.addWidget(area, 1)
        self._summary = Heading(scale=1.1)
        self._advice = Text(
            self.tr("A face is found if light falls on it, nothing covers it, and it is not too small or cut off."),
            tone=Tone.MUTED,
        )
        self.body.addWidget(self._summary)
        self.body.addWidget(self._advice)
        self._build_tables()
        self._show_start()

    def leave(self) -> None:
        """Let go of the camera; a picture stays."""
        if self._camera.isChecked():
            self._camera.setChecked(False)
        super().leave()

    def _build_tables(self) -> None:
        self._table = Table((self.tr("Face"), self.tr("Sharpness"), self.tr("Light"), self.tr("Head")))
        self._table.setAccessibleName(self.tr("Faces in the picture"))
        self._table.limit(ROWS)
        self._table.chosen.connect(self._show_traits)
        self._traits_heading = Heading()
        self._traits = Table((self.tr("What"), self.tr("Found")))
        self._traits.limit(TRAITS)
        for widget in (self._table, self._traits_heading, self._traits):
            widget.hide()
            self.body.addWidget(widget)

    def _build_guesses(self) -> None:
        """Build the switch for guesses, which is off until somebody wants them."""
        self._guesses = Switch(self.tr("&Guess how old each person looks, and the like"))
        self._guesses.toggled.connect(self._ask_again)
        self._caution = Text(
            self.tr("Guesses go by looks alone, are often wrong, and more often for some people than for others."),
            tone=Tone.WARNING,
        )
        self._caution.hide()
        self.body.addWidget(self._guesses)
        self.body.addWidget(self._caution)

    def _build_buttons(self) -> Flow:
        self._open = Button(self.tr("&Open a picture…"), primary=True)
        self._open.clicked.connect(self._ask_what_to_open)
        self._camera = Button(self.tr("&Live camera"))
        self._camera.setCheckable(True)
        self._camera.toggled.connect(self._switch_camera)
        self._closer = Button(self.tr("&Take a closer look"))
        self._closer.clicked.connect(self._look_closer)
        self._who = Button(self.tr("&Who is it…"))
        self._who.setToolTip(self.tr("Looks among all who are enrolled. Asks for an administrator's password."))
        self._who.clicked.connect(lambda: self._ask_about(identify=True))
        self._save = Button(self.tr("Save with &marks…"))
        self._save.clicked.connect(self._ask_where_to_save)
        row = Flow(style.gap(self, 0.5))
        for button in (self._open, self._camera, self._closer, self._who, self._save):
            row.addWidget(button)
        return row

    # --- a picture ----------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Read a picture file and have it analysed."""
        super().leave()  # what was asked about the picture before
        self._camera.setChecked(False)
        self.notice.clear()
        self._show_start()
        self._still.clear(self.tr("“{name}” is being opened…").format(name=path.name))
        self.courier.run(partial(_opened, path), self._take, self.show_failure)

    def _ask_what_to_open(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                self.tr("Pictures ({patterns})").format(patterns="*.jpg *.jpeg *.png *.webp *.bmp"),
                self.tr("All files ({patterns})").format(patterns="*"),
            ]
        )
        dialog.fileSelected.connect(lambda path: self.open(Path(path)))
        dialog.open()

    def _take(self, opened: Picture | PictureProblem) -> None:
        if isinstance(opened, PictureProblem):
            self._show_start()
            self.notice.say(Tone.WARNING, str(opened))
            return
        self._picture = opened
        self._still.show_image(opened.small)
        self._say(self.tr("Looking for faces in “{name}”…").format(name=opened.name))
        self._ask_about(identify=False)

    def _ask_about(self, *, identify: bool) -> None:
        """Ask what is in the open picture, with guesses where they are wanted."""
        picture, guesses = self._picture, self._guesses.isChecked()
        if picture is None:
            return
        self.notice.clear()
        self._who.setEnabled(False)
        self.ask(
            lambda daemon: daemon.analyse(picture.content, attributes=guesses, identify=identify),
            partial(self._show_picture, picture),
            self._leave_as_it_is if identify else self._give_up,
        )

    def _ask_again(self, guesses: bool) -> None:
        self._caution.setVisible(guesses)
        self._ask_about(identify=False)

    def _leave_as_it_is(self, error: Exception) -> None:
        """Say why nobody was named; what was found before still holds."""
        self._who.setEnabled(bool(self._faces))
        self.show_failure(error)

    def _show_picture(self, picture: Picture, analysis: Analysis) -> None:
        if picture is not self._picture:
            return  # another one was opened meanwhile
        self._still.show_image(picture.small, analysis)
        self._show_faces(analysis)
        self._save.setEnabled(True)
        self._who.setEnabled(bool(analysis.faces))
        style.announce(self, self._summary.text())

    def _give_up(self, error: Exception) -> None:
        """Leave the picture standing, and say why nothing was found out about it."""
        self._say(self.tr("This picture was not looked at."))
        self.show_failure(error)

    def _show_start(self) -> None:
        self._picture = None
        self._views.setCurrentWidget(self._still)
        self._still.clear(self.tr("Drop a picture here, or open one."), Symbol.PICTURE)
        self._say("")
        self._table.show_rows(())
        self._table.hide()
        self._faces = ()
        self._show_traits(-1)
        self._closer.setVisible(False)
        self._who.setEnabled(False)
        self._save.setEnabled(False)

    # --- the camera ---------------------------------------------------------------------------------------------------

    def _switch_camera(self, on: bool) -> None:
        self.notice.clear()
        self._show_start()
        self._camera.setText(self.tr("&Stop the camera") if on else self.tr("&Live camera"))
        if on:
            super().leave()
            self._views.setCurrentWidget(self._live)
            self._clock.invalidate()
            self._feed.start()
        else:
            self._feed.stop()
            self._live.clear()

    def _follow(self, frame: PreviewFrame) -> None:
        """Say of the live picture what it shows, as often as that can be read."""
        self._frame = frame
        self._closer.setVisible(True)
        self._save.setEnabled(True)
        if not self._clock.isValid() or self._clock.hasExpired(TABLE_PACE):
            self._clock.start()
            self._show_faces(frame.overlay)

    def _look_closer(self) -> None:
        """Let go of the camera, and ask about the picture that it showed last as about any other."""
        frame = self._frame
        if frame is None:
            return
        self._camera.setChecked(False)
        self._take(of_camera(self.tr("camera", "a file's name"), frame.jpeg))

    def _say(self, text: str) -> None:
        self._summary.setText(text)
        self._summary.setVisible(bool(text))
        self._advice.hide()

    # --- what is in it ------------------------------------------------------------------------------------------------

    def _show_faces(self, analysis: Analysis) -> None:
        count = len(analysis.faces)
        if count == 0:
            summary = self.tr("No face was found.")
        elif count == 1:
            summary = self.tr("One face was found.")
        else:
            summary = self.tr("{count} faces were found.").format(count=count)
        if analysis.more:
            smaller = self.tr("{count} smaller ones were not looked at.").format(count=analysis.more)
            summary = self.tr("{found} {not_looked_at}", "two sentences").format(found=summary, not_looked_at=smaller)
        self._say(summary)
        self._advice.setVisible(count == 0)
        self._table.setVisible(count > 0)
        (self._live if self._camera.isChecked() else self._still).setAccessibleDescription(summary)
        self._table.show_rows(
            [
                (
                    Cell(f"{number}"),
                    Cell(traits.sharpness(face)),
                    Cell(traits.light(face)),
                    Cell(traits.turn(face)),
                )
                for number, face in enumerate(analysis.faces, start=1)
            ]
        )
        chosen = self._table.currentIndex().row()
        self._faces = analysis.faces
        self._show_traits(chosen if 0 <= chosen < count else 0)

    def _show_traits(self, number: int) -> None:
        """Tell all that is known of one of the faces; before the live camera that is no more than the table has."""
        rows = traits.all_of(self._faces[number]) if 0 <= number < len(self._faces) else []
        self._traits_heading.setText(
            self.tr("Face {number}").format(number=number + 1) if len(self._faces) > 1 else self.tr("This face")
        )
        self._traits.setAccessibleName(self._traits_heading.text())
        self._traits.show_rows([(Cell(name), Cell(found)) for name, found in rows])
        for widget in (self._traits_heading, self._traits):
            widget.setVisible(bool(rows))

    # --- saving -------------------------------------------------------------------------------------------------------

    def _ask_where_to_save(self) -> None:
        """Ask for a name; the picture is the one that is shown now, whatever the camera sees meanwhile."""
        view = self._live if self._camera.isChecked() else self._still
        if view.analysis is None:
            return
        picture = self._picture
        marked = partial(annotated, view.image.copy() if picture is None else picture.image, view.analysis)
        stem = self.tr("camera", "a file's name") if picture is None else Path(picture.name).stem
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self, self.tr("Save with marks"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Pictures ({patterns})").format(patterns="*.png *.jpg *.webp"))
        dialog.setDefaultSuffix("png")
        # We ask ourselves, where the file is written: what appears between question and writing is asked about as well.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.selectFile(self.tr("{name}-faces.png", "a file's name").format(name=stem))
        dialog.fileSelected.connect(lambda path: self._write(marked, Path(path), replace=False))
        dialog.open()

    def _write(self, marked: partial[QImage], path: Path, *, replace: bool) -> None:
        self.courier.run(
            partial(_saved, marked, path, replace), partial(self._end_saving, marked, path), self.show_failure
        )

    def _end_saving(
        self, marked: partial[QImage], path: Path, problem: PictureProblem | FileExistsError | None
    ) -> None:
        match problem:
            case None:
                self.notice.clear()
                self.say(self.tr("Saved as “{name}”.").format(name=path.name))
            case FileExistsError():
                self._ask_to_replace(marked, path)
            case PictureProblem():
                self.notice.say(Tone.WARNING, str(problem))

    def _ask_to_replace(self, marked: partial[QImage], path: Path) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("“{name}” is there already.").format(name=path.name))
        box.setInformativeText(self.tr("Replacing it cannot be undone."))
        replace = box.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("&Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        replace.clicked.connect(lambda: self._write(marked, path, replace=True))
        box.open()


def _opened(path: Path) -> Picture | PictureProblem:
    try:
        return open_picture(path)
    except PictureProblem as problem:
        return problem


def _saved(marked: partial[QImage], path: Path, replace: bool) -> PictureProblem | FileExistsError | None:
    try:
        save_picture(marked(), path, replace=replace)
    except (PictureProblem, FileExistsError) as problem:
        return problem
    return None
