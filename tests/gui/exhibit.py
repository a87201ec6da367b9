"""A daemon with something to show on every page, for screenshots and the tests of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QLinearGradient, QPainter

from facelatch.types import (
    UNSURE,
    AnalysedFace,
    Analysis,
    AttemptSummary,
    Band,
    CameraSummary,
    ClassPolicy,
    FaceSummary,
    Identified,
    Identity,
    Intent,
    Level,
    Liveness,
    PackFigure,
    PackPart,
    PackReport,
    PolicyReport,
    Quality,
    Reason,
    ServiceClass,
    StatusReport,
    Told,
    View,
)
from tests.gui.double import DoubleDaemon, answer
from tests.gui.samples import CAMERA, FACE, HEIGHT, STATUS, WIDTH, shots

BUILT_IN = msgspec.structs.replace(CAMERA, companion="usb-0000:00:14.0-6.2 Integrated IR Camera")
DOCKED = CameraSummary(
    id="usb-0000:00:14.0-3.1 Desk Camera",
    name="Desk Camera",
    path="/dev/video4",
    driver="uvcvideo",
    vendor_product="046d:085e",
    infrared=False,
    virtual=False,
    object="/org/facelatch/Camera/3",
    removable=True,
)
INFRARED = CameraSummary(
    id="usb-0000:00:14.0-6.2 Integrated IR Camera",
    name="Integrated IR Camera",
    path="/dev/video2",
    driver="uvcvideo",
    vendor_product="04f2:b6d1",
    infrared=True,
    virtual=False,
    object="/org/facelatch/Camera/1",
)
VIRTUAL = CameraSummary(
    id="platform:v4l2loopback-000 Video Call Camera",
    name="Video Call Camera",
    path="/dev/video9",
    driver="v4l2 loopback",
    vendor_product="",
    infrared=False,
    virtual=True,
    object="/org/facelatch/Camera/2",
)
FOUR_CAMERAS: StatusReport = msgspec.structs.replace(
    STATUS,
    cameras=(BUILT_IN, INFRARED, DOCKED, VIRTUAL),
    camera=CAMERA.id,
    services={"kde": "unlock", "sddm": "login", "sudo": "elevate"},
)
THREE_CLASSES = PolicyReport(
    classes=(
        ClassPolicy(
            ServiceClass.UNLOCK, True, Level.BALANCED, Liveness.PASSIVE, Intent.NONE,
            ("kde", "kde-face", "swaylock", "i3lock"),
        ),
        ClassPolicy(
            ServiceClass.LOGIN, False, Level.BALANCED, Liveness.PASSIVE, Intent.NONE, ("gdm-password", "sddm", "login")
        ),
        ClassPolicy(
            ServiceClass.ELEVATE, True, Level.STRICT, Liveness.ACTIVE, Intent.KEY, ("sudo", "su", "polkit-1"),
            seconds=6.0,
        ),
    ),
    camera=CAMERA.id,
    sources=("/etc/facelatch/facelatch.toml", "/etc/facelatch/conf.d/50-window.toml"),
    trusted=(DOCKED.id,),
)  # fmt: skip
LFW = "LFW, people not calibrated on, all pairs"
OPEN_PACK = PackReport(
    id="open",
    version="1",
    title="YuNet, face-reidentification-retail-0095, MiniFASNetV2",
    licence="Apache-2.0 (networks of libfacedetection.train, Open Model Zoo and Silent-Face-Anti-Spoofing)",
    terms="",
    measured="LFW, half of the people: 2,867 people, 6,629 pictures, 172,249 genuine and 21,796,228 other comparisons",
    levels=tuple(Level),
    parts=(
        PackPart(
            "detector",
            "yunet_n_dynamic.onnx",
            "Apache-2.0",
            "https://github.com/ShiqiYu/libfacedetection.train onnx/ (yunet_n_dynamic.onnx known 104ee26c71d5c270)",
            322_906,
        ),
        PackPart(
            "embedder",
            "face-reidentification-retail-0095.onnx",
            "Apache-2.0",
            "https://github.com/openvinotoolkit/open_model_zoo models/intel/face-reidentification-retail-0095, FP16",
            2_236_553,
        ),
        PackPart(
            "liveness",
            "2.7_80x80_MiniFASNetV2.onnx",
            "Apache-2.0",
            "https://github.com/minivision-ai/Silent-Face-Anti-Spoofing resources/anti_spoof_models/",
            1_468_170,
        ),
    ),
    figures=(
        PackFigure("FNMR at FMR 1e-4", 0.011, LFW, 0.002, 0.032),
        PackFigure("FMR of one comparison at the bound of balanced", 0.0, LFW, 0.0, 7.2e-07),
        PackFigure("FNMR of one comparison at the bound of balanced", 0.115, LFW, 0.038, 0.273),
        PackFigure(
            "BPCER of one picture at the liveness threshold", 0.053, "NUAA, 456 webcam frames of 9 people", 0.034, 0.077
        ),
        PackFigure(
            "APCER of one picture at the liveness threshold, printed photos",
            0.0028,
            "NUAA, 720 pictures of prints of 9 people",
            0.0003,
            0.01,
        ),
        PackFigure(
            "Share of frames with a face in which none is found", 0.021, "a figure that the window has no words for"
        ),
    ),
)
NO_PACK = PackReport(
    problem="no pack in /etc/facelatch/packs, /usr/share/facelatch/packs; get one: sudo facelatch pack install open"
)
THREE_FACES: tuple[FaceSummary, ...] = (
    msgspec.structs.replace(FACE, infrared=INFRARED.id),
    msgspec.structs.replace(FACE, id="2e" * 16, label="with glasses", templates=5, quality=Quality.FAIR),
    msgspec.structs.replace(
        FACE, id="3d" * 16, label="from pictures", camera="pictures", quality=Quality.POOR, usable=False
    ),
)
NEAR_FACE = AnalysedFace(
    box=(230.0, 110.0, 180.0, 240.0),
    landmarks=((290, 215), (350, 215), (320, 258), (297, 296), (343, 296)),
    confidence=0.97,
    yaw=3.0,
    pitch=-2.0,
    roll=1.0,
    sharpness=0.12,
    light=0.5,
)
FAR_FACE = AnalysedFace(
    box=(66.0, 128.0, 66.0, 88.0),
    landmarks=((84, 166), (106, 166), (93, 182), (86, 196), (103, 196)),
    confidence=0.71,
    yaw=-24.0,
    pitch=6.0,
    roll=-4.0,
    sharpness=0.008,
    light=0.17,
)
QUALITY = {
    "sharpness": 91.0, "luminance-mean": 98.0, "luminance-variance": 87.0, "dynamic-range": 83.0,
    "under-exposure-prevention": 100.0, "over-exposure-prevention": 100.0, "illumination-uniformity": 95.0,
    "natural-colour": 100.0, "inter-eye-distance": 38.0, "head-size": 4.0, "leftward-crop": 100.0,
    "rightward-crop": 100.0, "upward-crop": 77.0, "downward-crop": 88.0, "head-pose-yaw": 99.7,
    "head-pose-pitch": 99.9, "head-pose-roll": 100.0, "single-face-present": 63.0,
}  # fmt: skip
LOOKED_INTO = Analysis(
    WIDTH,
    HEIGHT,
    View.SEVERAL_FACES,
    0.5,
    (
        msgspec.structs.replace(
            NEAR_FACE,
            quality=QUALITY,
            live=True,
            attributes=(Told("age", "young", 0.82), Told("gender", UNSURE, 0.55), Told("mask", "absent", 0.99)),
            identified=Identified("anna", 0.01, (Identity("anna", "with glasses", 0.986),)),
        ),
        msgspec.structs.replace(
            FAR_FACE,
            quality=QUALITY | {"sharpness": 15.0, "single-face-present": 0.0},
            live=False,
            attributes=(Told("age", UNSURE, 0.41), Told("gender", "male", 0.93), Told("mask", "absent", 0.97)),
            identified=Identified("", 0.997),
        ),
    ),
    more=3,
)
"""Two people of whom everything is told."""
ONE_PERSON = Analysis(WIDTH, HEIGHT, View.CLEAR, 0.5, (NEAR_FACE,), {"detect": 9.8, "embed": 12.4})
TWO_PEOPLE = Analysis(WIDTH, HEIGHT, View.SEVERAL_FACES, 0.5, (NEAR_FACE, FAR_FACE), {"detect": 9.8, "embed": 12.4})
NOBODY = Analysis(WIDTH, HEIGHT, View.NO_FACE, 0.5)


def drawing(analysis: Analysis) -> bytes:
    """Return a JPEG of a room with a drawn head where the analysis has a face; nobody real is in it."""
    image = QImage(analysis.width, analysis.height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wall = QLinearGradient(QPointF(0, 0), QPointF(analysis.width, analysis.height))
    wall.setColorAt(0, QColor(150, 165, 180))
    wall.setColorAt(1, QColor(70, 78, 92))
    painter.fillRect(image.rect(), wall)
    painter.setPen(Qt.PenStyle.NoPen)
    for face in sorted(analysis.faces, key=lambda one: one.box[3]):
        _draw_person(painter, face)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"jpeg")).write(image)
    return bytes(buffer.data().data())


def _draw_person(painter: QPainter, face: AnalysedFace) -> None:
    x, y, width, height = face.box
    middle = x + width / 2
    painter.setBrush(QColor(62, 84, 112))
    painter.drawEllipse(QRectF(middle - width * 1.1, y + height * 1.02, width * 2.2, height * 1.6))
    painter.setBrush(QColor(190, 148, 122))
    painter.drawRect(QRectF(middle - width * 0.18, y + height * 0.8, width * 0.36, height * 0.35))
    painter.setBrush(QColor(58, 44, 38))
    painter.drawEllipse(QRectF(x - width * 0.04, y - height * 0.1, width * 1.08, height * 0.8))
    painter.setBrush(QColor(216, 178, 152))
    painter.drawEllipse(QRectF(x + width * 0.04, y + height * 0.04, width * 0.92, height * 0.94))
    right_eye, left_eye, nose, right_corner, left_corner = (QPointF(*point) for point in face.landmarks)
    painter.setBrush(QColor(52, 40, 36))
    for eye in (right_eye, left_eye):
        painter.drawEllipse(eye, width * 0.05, width * 0.035)
    painter.setBrush(QColor(196, 154, 130))
    painter.drawEllipse(nose, width * 0.05, width * 0.07)
    painter.setBrush(QColor(150, 82, 78))
    mouth = QRectF(right_corner, left_corner).normalized().adjusted(0, -height * 0.02, 0, height * 0.03)
    painter.drawEllipse(mouth)


def attempts(now: datetime | None = None) -> tuple[AttemptSummary, ...]:
    """Return what somebody does in a fortnight, newest first."""
    now = now or datetime.now(UTC)
    lines: list[AttemptSummary] = []
    for day in range(14):
        for turn in range(1 + (day * 5) % 7):
            service = ("kde", "sudo", "kde", "sddm")[turn % 4]
            reason, band = _ending(day, turn)
            when = now - timedelta(days=day, minutes=37 * turn + 5)
            seconds = 0.7 + 0.3 * (turn % 3) if band is not None else 2.5
            lines.append(
                AttemptSummary(
                    when=when.isoformat(timespec="seconds"),
                    user="anna",
                    service=service,
                    verdict=reason.verdict,
                    reason=reason,
                    band=band,
                    seconds=seconds,
                    frames=6,
                )
            )
    return tuple(sorted(lines, key=lambda line: line.when, reverse=True))


def _ending(day: int, turn: int) -> tuple[Reason, Band | None]:
    match (day + 3 * turn) % 9:
        case 4:
            return Reason.ANOTHER_FACE, Band.NEAR
        case 6:
            return Reason.NO_FACE, None
        case 8:
            return (Reason.TOO_DARK, None) if day % 2 else (Reason.NOT_LIVE, Band.FAR)
        case _:
            return Reason.MATCHED, Band.MATCH


class Exhibit(DoubleDaemon):
    """A daemon that is well and much used. Rules that are changed hold, cameras that are chosen are used."""

    def __init__(self) -> None:
        super().__init__()
        self.rule_error: Exception | None = None
        self.camera_error: Exception | None = None
        self.status_report = FOUR_CAMERAS
        self.policy_report = THREE_CLASSES
        self.pack_report = OPEN_PACK
        self.attempts = attempts()
        self.enrolled_faces = THREE_FACES
        self.analysed = TWO_PEOPLE
        self.pictures = [drawing(ONE_PERSON)]
        self.overlay = ONE_PERSON
        self.shots = tuple(
            msgspec.structs.replace(shot, picture=drawing(ONE_PERSON), box=NEAR_FACE.box)
            for shot in shots(blurred=(3,), dark=(6,))
        )

    async def set_class_rule(
        self,
        service_class: ServiceClass,
        *,
        allowed: bool | None = None,
        level: Level | None = None,
        liveness: Liveness | None = None,
        intent: Intent | None = None,
        seconds: float | None = None,
        no_face_seconds: float | None = None,
    ) -> PolicyReport:
        self.calls.append(("set_class_rule", service_class, allowed, level, liveness, intent))
        await self.password.wait()
        self.check(self.rule_error)
        changed = {"allowed": allowed, "level": level, "liveness": liveness, "intent": intent}
        wanted = {name: value for name, value in changed.items() if value is not None}
        policy = answer(self.policy_report)
        self.policy_report = msgspec.structs.replace(
            policy,
            classes=tuple(
                msgspec.structs.replace(rule, **wanted) if rule.service_class is service_class else rule
                for rule in policy.classes
            ),
        )
        return self.policy_report

    async def set_camera(self, camera: str) -> None:
        self.calls.append(("set_camera", camera))
        self.check(self.camera_error)
        self.status_report = msgspec.structs.replace(answer(self.status_report), camera=camera)
