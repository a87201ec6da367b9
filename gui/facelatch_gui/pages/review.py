"""The review of an enrolment: the shots, of which bad ones can be dropped before anything is stored."""

from __future__ import annotations

import enum
import statistics
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from facelatch.types import EnrollShot
from facelatch_gui import style, words
from facelatch_gui.report import Report
from facelatch_gui.session import Review
from facelatch_gui.style import Tone
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.live import Showing, paint_picture
from facelatch_gui.widgets.symbol import Symbol, paint_symbol
from facelatch_gui.widgets.text import Button, Heading, Text

DARK: Final = 0.16
"""Light of a face below which a shot is pointed out: twice what the eye refuses (20 of 255)."""

BLURRED: Final = 0.5
"""Share of the other shots' sharpness (their median) below which a shot is pointed out. How sharp a face can be differs
from camera to camera by more than from shot to shot, so there is no fixed bound."""


class Flaw(enum.Enum):
    """What a shot had better not be."""

    DARK = "dark"
    BLURRED = "blurred"


def flaw(shot: EnrollShot, shots: tuple[EnrollShot, ...]) -> Flaw | None:
    """Return what is wrong with a shot, beside the others."""
    if shot.light < DARK:
        return Flaw.DARK
    if shot.sharpness < BLURRED * statistics.median(other.sharpness for other in shots):
        return Flaw.BLURRED
    return None


class Tile(QAbstractButton):
    """One shot. Checked, it is kept; a click or the space bar drops it or takes it back."""

    def __init__(self, shot: EnrollShot, face: QImage, fault: Flaw | None) -> None:
        super().__init__()
        self.shot = shot
        self.flaw = fault
        self._flaw = {Flaw.DARK: self.tr("dark"), Flaw.BLURRED: self.tr("blurred"), None: ""}[fault]
        self._face = face
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setText(shot.name or (words.pose(shot.pose) if shot.pose else str(shot.shot)))
        self.toggled.connect(self._describe)
        self._describe()

    def sizeHint(self) -> QSize:
        """A square picture with a line below it."""
        return QSize(style.gap(self, 6.4), style.gap(self, 7.9))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, mark and caption; what is dropped is pale."""
        palette = style.application_palette()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rim = style.gap(self, 0.14)
        field = QRectF(rim, rim, self.width() - 2 * rim, self.width() - 2 * rim)
        radius = style.gap(self, 0.45)
        form = QPainterPath()
        form.addRoundedRect(field, radius, radius)
        painter.save()
        painter.setClipPath(form)
        painter.fillPath(form, style.outline(palette))
        painter.setOpacity(1.0 if self.isChecked() else 0.25)
        if not self._face.isNull():
            side = min(self._face.width(), self._face.height())
            part = QRectF((self._face.width() - side) / 2, (self._face.height() - side) / 2, side, side)
            paint_picture(painter, self._face, field, Showing.AS_IT_IS if self.shot.name else Showing.MIRRORED, part)
        painter.restore()
        tone = Tone.WARNING if self.flaw and self.isChecked() else None
        painter.setPen(QPen(style.colour(palette, tone) if tone else style.outline(palette), rim))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(field, radius, radius)
        self._paint_mark(painter, field)
        self._paint_caption(painter, field)
        if self.hasFocus():
            painter.setPen(QPen(style.colour(palette, Tone.ACCENT), rim))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(rim / 2, rim / 2, -rim / 2, -rim / 2), radius, radius)

    def _paint_mark(self, painter: QPainter, field: QRectF) -> None:
        palette = style.application_palette()
        side = style.gap(self, 1.3)
        mark = QRectF(field.right() - side * 1.2, field.top() + side * 0.2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.surface(palette))
        painter.drawEllipse(mark)
        symbol, tone = (Symbol.GOOD, Tone.GOOD) if self.isChecked() else (Symbol.BAD, Tone.MUTED)
        paint_symbol(painter, symbol, mark, style.colour(palette, tone))

    def _paint_caption(self, painter: QPainter, field: QRectF) -> None:
        palette = style.application_palette()
        room = QRectF(0, field.bottom(), self.width(), self.height() - field.bottom())
        caption = self._flaw or self.text()
        tone = Tone.WARNING if self.flaw else Tone.MUTED
        painter.setPen(style.colour(palette, tone))
        elided = self.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, elided)

    def _describe(self) -> None:
        state = self.tr("kept") if self.isChecked() else self.tr("dropped")
        name = self.shot.name or self.tr("Picture {number}, {pose}").format(number=self.shot.shot, pose=self.text())
        self.setAccessibleName(", ".join(part for part in (name, self._flaw, state) if part))
        action = self.tr("Click to drop it") if self.isChecked() else self.tr("Click to keep it")
        self.setToolTip(f"{self.shot.name}\n{action}" if self.shot.name else action)


class ReviewView(QWidget):
    """All shots of an enrolment, and the way on."""

    saved = Signal(object)
    """Save all but these, a `frozenset` of their numbers."""
    repeated = Signal()
    """Forget them and begin again."""
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tiles: list[Tile] = []
        self._fewest = 0
        self._flow = Flow(style.gap(self, 0.6))
        self._advice = Text(tone=Tone.WARNING)
        self._state = Text(tone=Tone.MUTED)
        self._left_out_title = Heading(self.tr("Left out"), scale=1.1)
        self._left_out = Text()
        self._save = Button(self.tr("&Save"), primary=True)
        self._save.clicked.connect(lambda: self.saved.emit(self.dropped))
        self._again = Button(self.tr("&Take them again"))
        self._again.clicked.connect(self.repeated)
        self._cancel = Button(self.tr("&Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(style.gap(self, 0.8))
        column.addWidget(Heading(self.tr("Which pictures should be used?")))
        column.addWidget(
            Text(
                self.tr(
                    "Click a picture to drop it. The rest is turned into an encrypted description of your face; the "
                    "pictures themselves are not kept."
                )
            )
        )
        column.addLayout(self._flow)
        column.addWidget(self._advice)
        column.addWidget(self._left_out_title)
        column.addWidget(self._left_out)
        column.addWidget(self._state)
        buttons = Flow(style.gap(self, 0.5))
        for button in (self._save, self._again, self._cancel):
            buttons.addWidget(button)
        column.addLayout(buttons)
        column.addStretch(1)

    @property
    def dropped(self) -> frozenset[int]:
        """The numbers of the shots that shall not be saved."""
        return frozenset(tile.shot.shot for tile in self.tiles if not tile.isChecked())

    @property
    def can_save(self) -> bool:
        """Whether enough shots remain, and nothing is being saved yet."""
        return self._save.isEnabled()

    @property
    def left_out(self) -> str:
        """What is said of the pictures that are not among the shots."""
        return self._left_out.text()

    def show_review(self, review: Review, fewest: int, *, of_files: bool = False) -> None:
        """Show the shots, all of them kept; the fewest must remain. Of files, says which were left out and why."""
        self._fewest = fewest
        self._again.setText(self.tr("Choose &others") if of_files else self.tr("&Take them again"))
        self._left_out.setText("\n".join(Report(review.left_out).lines))
        for part in (self._left_out_title, self._left_out):
            part.setVisible(bool(review.left_out))
        self._flow.clear()
        self.tiles = []
        for shot, face in zip(review.shots, review.faces, strict=True):
            tile = Tile(shot, face, None if of_files else flaw(shot, review.shots))
            tile.toggled.connect(self._count)
            self.tiles.append(tile)
            self._flow.addWidget(tile)
        flawed = sum(bool(tile.flaw) for tile in self.tiles)
        self._advice.setText(self.tr("%n pictures are dark or blurred. You may want to drop them.", "", flawed))
        self._advice.setVisible(flawed > 0)
        self.set_saving(False)

    def take_focus(self) -> None:
        """Put the focus where a key that is pressed too late does no harm: not on the button that saves."""
        if self.tiles:
            self.tiles[0].setFocus()

    def set_saving(self, now: bool) -> None:
        """While the shots are saved nothing more can be changed."""
        for part in (*self.tiles, self._again, self._cancel):
            part.setEnabled(not now)
        self._count()
        if now:
            self._save.setEnabled(False)
            self._state.setText(self.tr("Saving…"))

    def _count(self) -> None:
        kept = len(self.tiles) - len(self.dropped)
        self._save.setEnabled(kept >= self._fewest)
        if kept >= self._fewest:
            self._state.setText(self.tr("%n pictures will be used.", "", kept))
            self._state.set_tone(Tone.MUTED)
        else:
            self._state.setText(self.tr("At least %n pictures must remain.", "", self._fewest))
            self._state.set_tone(Tone.BAD)
