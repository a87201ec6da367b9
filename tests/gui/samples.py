"""What the double of the daemon says unless told otherwise: a face, a camera, pictures of a drawn head."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import msgspec
from PySide6.QtCore import QBuffer, QIODevice, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from facelatch.types import (
    AnalysedFace,
    Analysis,
    CameraSummary,
    ClassPolicy,
    EnrollShot,
    EnrollStep,
    FaceSummary,
    Hint,
    Intent,
    Level,
    Liveness,
    PolicyReport,
    Pose,
    Quality,
    ServiceClass,
    StandingReport,
    StatusReport,
    View,
)

WIDTH, HEIGHT = 640, 480
BOX = (230.0, 120.0, 180.0, 240.0)

FACE = FaceSummary(
    id="1f" * 16,
    label="face 1",
    enrolled="2026-11-20T08:15:00+00:00",
    templates=8,
    pack="open",
    camera="usb-0000:00:14.0-6 Integrated Camera",
    usable=True,
    quality=Quality.GOOD,
)
CAMERA = CameraSummary(
    id="usb-0000:00:14.0-6 Integrated Camera",
    name="Integrated Camera",
    path="/dev/video0",
    driver="uvcvideo",
    vendor_product="04f2:b6d0",
    infrared=False,
    virtual=False,
    object="/org/facelatch/Camera/0",
)
STATUS = StatusReport(
    version="0.1.0",
    pack="open",
    pack_problem="",
    eye="ready",
    cameras=(CAMERA,),
    enrolled_users=1,
    services={"kde": "unlock"},
)
POLICY = PolicyReport(
    classes=(ClassPolicy(ServiceClass.UNLOCK, True, Level.BALANCED, Liveness.PASSIVE, Intent.NONE, ("kde",)),),
    camera="",
    sources=(),
)
STANDING = StandingReport(user="anna", faces=1, usable=1, password_given="2026-11-22T07:30:00+00:00")
COMPLETE = (
    EnrollStep(1, 8, True, Hint.STRAIGHT, shot=1),
    EnrollStep(4, 8, True, Hint.LEFT, shot=4, covered=(Pose.STRAIGHT,)),
    EnrollStep(5, 8, True, Hint.RIGHT, shot=5, covered=(Pose.STRAIGHT, Pose.LEFT)),
    EnrollStep(6, 8, True, Hint.UP, shot=6, covered=(Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)),
    EnrollStep(7, 8, True, Hint.DOWN, shot=7, covered=(Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT, Pose.UP)),
    EnrollStep(8, 8, True, Hint.DONE, shot=8, covered=tuple(Pose)),
)
"""The steps of an enrolment at which all goes well."""


def picture(number: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return a JPEG of a drawn head; it looks elsewhere with each number."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(width / WIDTH, height / HEIGHT)
    ground = QLinearGradient(QPointF(0, 0), QPointF(WIDTH, HEIGHT))
    ground.setColorAt(0, QColor(120, 140, 160))
    ground.setColorAt(1, QColor(60, 66, 80))
    painter.fillRect(0, 0, WIDTH, HEIGHT, ground)
    painter.setPen(Qt.PenStyle.NoPen)
    shift = 6.0 * (number % 20) - 60.0
    painter.setBrush(QColor(70, 90, 120))
    painter.drawEllipse(QPointF(320 + shift / 3, 520), 230, 180)
    painter.setBrush(QColor(214, 176, 150))
    painter.drawEllipse(QPointF(320 + shift / 3, 240), 90, 120)
    painter.setBrush(QColor(60, 45, 40))
    painter.drawChord(230 + int(shift / 3), 112, 180, 150, 0, 180 * 16)
    for x in (285, 355):
        painter.drawEllipse(QPointF(x + shift / 2, 230), 9, 7)
    painter.drawEllipse(QPointF(320 + shift / 2, 300), 24, 7)
    painter.end()
    return encoded(image)


def encoded(image: QImage) -> bytes:
    """Return an image as a JPEG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPG", 88)  # type: ignore[call-overload]  # the stubs want bytes, the function wants text
    return bytes(cast(bytes, buffer.data().data()))


def analysis(view: View = View.CLEAR, faces: int = 1) -> Analysis:
    """Return what the eye would see in `picture`."""
    one = AnalysedFace(
        box=BOX,
        landmarks=((285, 230), (355, 230), (320, 265), (300, 300), (340, 300)),
        confidence=0.97,
        yaw=3.0,
        pitch=-2.0,
        roll=1.0,
        sharpness=0.12,
        light=0.5,
    )
    several = tuple(msgspec.structs.replace(one, box=(BOX[0] + 200 * number, *BOX[1:])) for number in range(faces))
    return Analysis(WIDTH, HEIGHT, view, 0.5, several, {"decode": 3.1, "detect": 9.8, "embed": 12.4})


def shots(count: int = 8, blurred: Collection[int] = (), dark: Collection[int] = ()) -> tuple[EnrollShot, ...]:
    """Return the shots of an enrolment, numbered from 1."""
    poses = (Pose.STRAIGHT,) * 4 + (Pose.LEFT, Pose.RIGHT, Pose.UP, Pose.DOWN)
    return tuple(
        EnrollShot(
            shot=number,
            picture=picture(number),
            box=BOX,
            sharpness=0.012 if number in blurred else 0.12,
            light=0.1 if number in dark else 0.5,
            pose=poses[(number - 1) % 8],
        )
        for number in range(1, count + 1)
    )
