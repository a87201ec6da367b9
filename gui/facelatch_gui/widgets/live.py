"""The camera's picture in the window: a view that shows pictures, and a feed that fetches them."""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from facelatch.bus import BusError, Daemon, DaemonUnreachable, PreviewFrame
from facelatch.types import Analysis, Reason, Refusal
from facelatch_gui import sayings, style
from facelatch_gui.courier import Courier, Errand
from facelatch_gui.frame import decoded
from facelatch_gui.style import Tone
from facelatch_gui.widgets.overlay import paint_overlay
from facelatch_gui.widgets.symbol import Symbol, paint_symbol

PAUSE: Final = 1500
"""Milliseconds before a preview that was ended (by a login, by a pulled plug) is tried again."""


class Showing(enum.Enum):
    """How a picture is laid over the view."""

    AS_IT_IS = "as-it-is"
    MIRRORED = "mirrored"
    """As in a mirror, which is how people know themselves and how they find left and right."""


class LiveView(QWidget):
    """Shows a picture with what the eye saw in it, or a text where there is none. It keeps the picture's shape."""

    def __init__(self, showing: Showing = Showing.MIRRORED, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showing = showing
        self._text = ""
        self._symbol = Symbol.CAMERA
        self.image = QImage()
        self.analysis: Analysis | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Camera picture"))

    def show_frame(self, jpeg: bytes, analysis: Analysis | None = None) -> None:
        """Show an encoded picture; one that cannot be decoded leaves the last one standing."""
        image = decoded(jpeg)
        if not image.isNull():
            self.show_image(image, analysis)

    def show_image(self, image: QImage, analysis: Analysis | None = None) -> None:
        """Show a picture and, where it was analysed, what is in it."""
        self.image = image
        self.analysis = analysis
        if self._text:
            self._text = ""
            self.setAccessibleDescription("")
        self.update()

    def clear(self, text: str = "", symbol: Symbol = Symbol.CAMERA) -> None:
        """Show no picture but a symbol and a text."""
        self._symbol = symbol
        self.image = QImage()
        self.analysis = None
        self._text = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Four to three, eighteen lines wide."""
        return QSize(style.gap(self, 18), style.gap(self, 13.5))

    def minimumSizeHint(self) -> QSize:
        """Small enough for a small window."""
        return QSize(style.gap(self, 10), style.gap(self, 7.5))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture as large as fits."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        field = fitted(self.image.size() if not self.image.isNull() else QSize(4, 3), QRectF(self.rect()))
        clip = QPainterPath()
        clip.addRoundedRect(field, style.gap(self, 0.5), style.gap(self, 0.5))
        if self.image.isNull():
            self._paint_nothing(painter, field, clip)
            return
        painter.setClipPath(clip)
        paint_picture(painter, self.image, field, self._showing)
        if self.analysis is not None:
            painter.translate(field.topLeft())
            if self._showing is Showing.MIRRORED:
                painter.translate(field.width(), 0)
                painter.scale(-1, 1)
            scale = field.width() / max(1, self.analysis.width)
            painter.scale(scale, scale)
            line = style.gap(self, 0.12) / scale
            paint_overlay(painter, self.analysis, line, mirrored=self._showing is Showing.MIRRORED)

    def _paint_nothing(self, painter: QPainter, field: QRectF, clip: QPainterPath) -> None:
        palette = style.application_palette()
        painter.fillPath(clip, style.mix(style.surface(palette), style.outline(palette), 0.35))
        shade = style.colour(palette, Tone.MUTED)
        side = style.gap(self, 3)
        symbol = QRectF(field.center().x() - side / 2, field.center().y() - side, side, side)
        paint_symbol(painter, self._symbol, symbol, shade)
        paint_text_below(painter, self._text, field, symbol, shade)


class LiveFeed(QObject):
    """Fetches the camera's picture into a view, from `start` to `stop`.

    A preview that a login ended begins again after a moment, and so does one whose camera was unplugged. Decoding
    happens on the courier's thread, and the next frame is asked for when the last one has been shown.
    """

    shown = Signal(object)
    """A frame is in the view: its `PreviewFrame`."""

    def __init__(self, courier: Courier, view: LiveView) -> None:
        super().__init__(view)
        self._courier = courier
        self._view = view
        self._camera = ""
        self._errand: Errand | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(PAUSE)
        self._again.timeout.connect(self._begin)

    @property
    def running(self) -> bool:
        """Whether it fetches, or will again."""
        return self._again.isActive() or (self._errand is not None and not self._errand.over)

    def start(self, camera: str = "") -> None:
        """Begin with a camera, by its id or path; empty for the one that logins use."""
        self.stop()
        self._camera = camera
        self._view.clear(self.tr("The camera is starting…"))
        self._begin()

    def stop(self) -> None:
        """End, and let go of the camera. The view keeps what it shows."""
        self._again.stop()
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None

    def _begin(self) -> None:
        camera = self._camera
        self._errand = self._courier.follow(
            lambda daemon: preview(daemon, camera), self._show, self._retry, self._explain
        )

    def _show(self, item: tuple[PreviewFrame, QImage]) -> None:
        frame, image = item
        if not image.isNull():
            self._view.show_image(image, frame.overlay)
            self.shown.emit(frame)

    def _retry(self) -> None:
        self._view.clear(self.tr("The picture was interrupted. It comes back by itself."))
        self._again.start()

    def _explain(self, error: Exception) -> None:
        if isinstance(error, BusError) and error.error is Reason.BUSY:
            self._view.clear(self.tr("The camera is needed for a login. Its picture comes back by itself."))
            self._again.start()
            return
        saying = sayings.failure(error)
        self._view.clear(f"{saying.what}\n{saying.remedy}")
        permitted = not (isinstance(error, BusError) and error.error is Reason.NOT_PERMITTED)
        if permitted and not isinstance(error, DaemonUnreachable):  # the page enters again when the daemon is back
            self._again.start()


async def preview(daemon: Daemon, camera: str) -> AsyncGenerator[tuple[PreviewFrame, QImage], None]:
    """Yield the camera's frames, decoded, until something ends the preview; raises what that was, where it is known."""
    async with await daemon.claim(camera=camera) as claim:
        await claim.start_preview()
        number = 0
        while True:
            try:
                frame = await claim.next_frame(number)
            except BusError as error:
                if error.error is not Refusal.NO_ACTION_IN_PROGRESS:
                    raise
                if isinstance(error.__cause__, BusError):
                    raise error.__cause__ from None
                return
            number = frame.number
            yield frame, decoded(frame.jpeg)


def fitted(size: QSize, field: QRectF) -> QRectF:
    """Return the largest rectangle of that shape in the middle of the field."""
    inner = QSizeF(size).scaled(field.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRectF(
        field.center().x() - inner.width() / 2, field.center().y() - inner.height() / 2, inner.width(), inner.height()
    )


def paint_picture(
    painter: QPainter, image: QImage, field: QRectF, showing: Showing, part: QRectF | None = None
) -> None:
    """Draw a picture, or the part of it, over the whole field."""
    painter.save()
    painter.translate(field.topLeft())
    if showing is Showing.MIRRORED:
        painter.translate(field.width(), 0)
        painter.scale(-1, 1)
    painter.drawImage(QRectF(0, 0, field.width(), field.height()), image, part or QRectF(image.rect()))
    painter.restore()


def paint_text_below(painter: QPainter, text: str, field: QRectF, above: QRectF, shade: QColor) -> None:
    """Write a text into the field, under something that is drawn in it already."""
    painter.setPen(shade)
    room = field.adjusted(0.08 * field.width(), 0, -0.08 * field.width(), 0)
    room.setTop(above.bottom() + above.height() / 6)
    painter.drawText(
        room, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), text
    )
