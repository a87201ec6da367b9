"""Camera: which there are, what they see, and which one logins use."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from facelatch.bus import Daemon
from facelatch.types import Analysis, CameraSummary, PolicyReport, StatusReport
from facelatch_gui import style
from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.style import Tone
from facelatch_gui.widgets.card import Card
from facelatch_gui.widgets.flow import Flow
from facelatch_gui.widgets.live import LiveFeed, LiveView
from facelatch_gui.widgets.symbol import Symbol
from facelatch_gui.widgets.text import Button, Text

FIRST_REAL: Final = ""
"""The choice that leaves it to the daemon: the first camera that is not virtual."""

translate = QCoreApplication.translate


class Choice(Card):
    """One camera that can be chosen."""

    def __init__(self, camera: str, title: str, details: str, warning: str = "") -> None:
        super().__init__()
        self.camera = camera
        self.button = QRadioButton(title.replace("&", "&&"))
        self.button.setAccessibleDescription(f"{details} {warning}".strip())
        self.body.addWidget(self.button)
        self.body.addWidget(Text(details, tone=Tone.MUTED, scale=0.9))
        if warning:
            self.body.addWidget(Text(warning, tone=Tone.WARNING))


class Portrait(LiveView):
    """A picture as high as its width wants it, so that what belongs to it stands right below."""

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_image(self, image: QImage, analysis: Analysis | None = None) -> None:
        """Show a picture; one of another shape wants another height."""
        other = image.size() != self.image.size()
        super().show_image(image, analysis)
        if other:
            self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        """Its height depends on its width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Four to three, or as the picture is."""
        size = self.image.size()
        return round(width * (0.75 if size.isEmpty() else size.height() / size.width()))


class CameraPage(Page):
    """A choice beside a live picture of what is chosen; it holds once it is saved."""

    name: ClassVar[str] = "camera"

    def __init__(self, courier: Courier, parent: QWidget | None = None) -> None:
        super().__init__(
            courier,
            translate("CameraPage", "Camera"),
            Symbol.CAMERA,
            translate("CameraPage", "Choose the camera that looks at you when you log in or unlock."),
            parent,
        )
        self._status: StatusReport | None = None
        self._trusted: tuple[str, ...] = ()
        self._view = Portrait()
        self._feed = LiveFeed(courier, self._view)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._look)
        self._choices: list[Choice] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(style.gap(self, 0.5))
        self._state = Text(tone=Tone.MUTED)
        self._save = Button(self.tr("&Use for logins"), primary=True)
        self._save.setEnabled(False)
        self._save.clicked.connect(self._set_camera)
        self._search = Button(self.tr("&Search again"))
        self._search.clicked.connect(self._fetch)
        buttons = Flow(style.gap(self, 0.5))
        buttons.addWidget(self._save)
        buttons.addWidget(self._search)
        right = QVBoxLayout()
        right.setSpacing(style.gap(self, 0.8))
        right.addWidget(self._view)
        right.addWidget(self._state)
        right.addLayout(buttons)
        right.addStretch(1)
        left = QVBoxLayout()
        left.addLayout(self._column)
        left.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(style.gap(self, 1.2))
        row.addLayout(left, 1)
        row.addLayout(right, 1)
        self.body.addLayout(row, 1)

    def enter(self) -> None:
        """Fetch the cameras, and show what the one in use sees."""
        self._fetch()

    def leave(self) -> None:
        """Let go of the camera."""
        self._feed.stop()
        self._view.clear()
        super().leave()

    def show_cameras(self, told: tuple[StatusReport, PolicyReport]) -> None:
        """Show the cameras that there are; what is chosen but not saved yet stays chosen, if it is still there."""
        status, policy = told
        known, trusted = self._status, self._trusted
        self._trusted = policy.trusted
        chosen = self._chosen() if known is not None and known.camera == status.camera else None
        self._status = status
        self.notice.clear()
        if status.camera_problem:
            self.notice.say(
                Tone.WARNING,
                self.tr("Logins cannot use their camera now."),
                self.tr("Connect it, or open its shutter; or choose another one below."),
                status.camera_problem,
            )
        before = (known.cameras, known.camera, trusted) if known is not None else None
        if before != (status.cameras, status.camera, self._trusted):
            self._build_choices(status)
        self._check(status.camera if chosen is None else chosen)
        self._look()

    def _fetch(self) -> None:
        async def fetch(daemon: Daemon) -> tuple[StatusReport, PolicyReport]:
            return await daemon.status(), await daemon.policy()

        self.ask(fetch, self.show_cameras)

    def _build_choices(self, status: StatusReport) -> None:
        for choice in self._choices:
            self._group.removeButton(choice.button)
            choice.hide()
            choice.deleteLater()
        first = Choice(
            FIRST_REAL,
            self.tr("The camera of your face"),
            self.tr("One that you enrolled with, else the first that is connected. Virtual cameras are left out."),
        )
        names = {camera.id: camera.name for camera in status.cameras}
        self._choices = [first, *(_choice(camera, names, self._trusted) for camera in status.cameras)]
        if status.camera and all(status.camera not in (one.id, one.path) for one in status.cameras):
            self._choices.append(
                Choice(
                    status.camera,
                    self.tr("The camera in the settings"),
                    status.camera,
                    self.tr("It is not connected now.") if status.camera_problem else "",
                )
            )
        for choice in self._choices:
            self._group.addButton(choice.button)
            self._column.addWidget(choice)
        order = [*(choice.button for choice in self._choices), self._save, self._search]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def _chosen(self) -> str | None:
        return next((choice.camera for choice in self._choices if choice.button.isChecked()), None)

    def _check(self, camera: str) -> None:
        """Check the camera of this id or path; the first choice where it is not there any more."""
        camera = self._id_of(camera)
        found = next((choice for choice in self._choices if choice.camera == camera), self._choices[0])
        found.button.setChecked(True)

    def _id_of(self, camera: str) -> str:
        """Return the id of a camera that the settings may name by its path."""
        cameras = self._status.cameras if self._status is not None else ()
        return next((one.id for one in cameras if camera in (one.id, one.path)), camera)

    def _look(self) -> None:
        """Show what the chosen camera sees."""
        chosen = self._chosen()
        if chosen is None or self._status is None:
            return
        saved = self._id_of(self._status.camera)
        self._save.setEnabled(chosen != saved)
        if chosen != saved:
            self._state.setText(self.tr("Not in use yet. Saving asks for an administrator's password."))
        else:  # where it cannot be used, the page says so above
            self._state.setText("" if self._status.camera_problem else self.tr("Logins use this camera."))
        if not self._status.cameras and chosen == FIRST_REAL:
            self._feed.stop()
            self._view.clear(self.tr("No camera is connected. Connect one, or open its shutter, then search again."))
        else:
            self._feed.start("" if chosen == saved else chosen)  # "" is what logins use, a file too

    def _set_camera(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        self._save.setEnabled(False)
        self.ask(lambda daemon: daemon.set_camera(chosen), lambda _nothing: self._saved(), self._refuse)

    def _saved(self) -> None:
        self.say(self.tr("Logins use this camera from now on."))
        self._fetch()

    def _refuse(self, error: Exception) -> None:
        """Put the choice back to what still holds."""
        if self._status is not None:
            self._check(self._status.camera)
            self._look()
        self.show_failure(error)


def _choice(camera: CameraSummary, names: dict[str, str], trusted: Collection[str]) -> Choice:
    """Return the choice of a camera, with what tells it from others; `names` are the cameras', by id."""
    kind = [_kind(camera)]
    if camera.companion:
        text = translate("CameraPage", "Looks together with its infrared camera: {name}")
        kind.append(text.format(name=names.get(camera.companion) or camera.companion))
    if camera.id in trusted or camera.path in trusted:
        kind.append(translate("CameraPage", "Trusted by the settings: every face may log in with it"))
    numbers = translate("CameraPage", "USB {ids}").format(ids=camera.vendor_product) if camera.vendor_product else ""
    hardware = " · ".join(part.replace(" ", "\u00a0") for part in (camera.path, camera.driver, numbers) if part)
    warning = (
        translate(
            "CameraPage",
            "This is not a real camera: any program on this computer can put pictures into it. Use it for tests only.",
        )
        if camera.virtual
        else ""
    )
    return Choice(camera.id, camera.name or camera.path, "\n".join((*kind, hardware, camera.id)), warning)


def _kind(camera: CameraSummary) -> str:
    """Return what a camera sees, and whether anybody could have put it there; of a virtual one a warning says that."""
    if camera.virtual:
        if camera.infrared:
            return translate("CameraPage", "Infrared camera")
        return translate("CameraPage", "Colour camera")
    if camera.infrared and camera.removable:
        return translate("CameraPage", "Infrared camera, can be unplugged")
    if camera.infrared:
        return translate("CameraPage", "Infrared camera, built in: sees in the dark")
    if camera.removable:
        return translate("CameraPage", "Colour camera, can be unplugged")
    return translate("CameraPage", "Colour camera, built in")
