"""Answers that several tests let the fake daemon give."""

from __future__ import annotations

import msgspec

from facelatch.types import (
    AnalysedFace,
    Analysis,
    AttemptSummary,
    Band,
    CameraSummary,
    ClassPolicy,
    Enrolled,
    EnrollStep,
    ExportReport,
    FaceSummary,
    Hint,
    Identified,
    Identity,
    Infrared,
    Intent,
    Level,
    Liveness,
    PackPart,
    PackReport,
    PolicyReport,
    Quality,
    Reason,
    ServiceClass,
    StandingReport,
    StatusReport,
    Told,
    Tried,
    TryStep,
    Verdict,
    View,
)

GLASSES = FaceSummary("ab" * 16, "with glasses", "2026-07-01T10:00:00+00:00", 5, "open", "usb-1", True, Quality.GOOD)
OLD = FaceSummary("cd" * 16, "old", "2025-07-01T10:00:00+00:00", 3, "former", "usb-1", False, Quality.POOR)
FACES = (GLASSES, OLD)
CAMERA = CameraSummary(
    "pci-1-usb-2/046d:0825/ABC",
    "Front camera",
    "/dev/video0",
    "uvcvideo",
    "046d:0825",
    False,
    False,
    "/org/facelatch/Camera/c1",
)
INFRARED = CameraSummary("platform-loopback", "Painted", "/dev/video9", "v4l2 loopback", "", True, True)
STATUS = StatusReport(
    "0.1.0", "open 1.2", "", "ready", (CAMERA, INFRARED), 3, {"sudo": "elevate", "kde": "unlock", "su": "elevate"}
)
STANDING = StandingReport("anna", 2, 1, password_given="2026-07-01T08:00:00+00:00")
POLICY = PolicyReport(
    (ClassPolicy(ServiceClass.UNLOCK, True, Level.BALANCED, Liveness.PASSIVE, Intent.NONE, ("kde", "gdm")),),
    "",
    ("/etc/x.toml",),
    ("usb-1",),
    Infrared.REQUIRED,
)
EASY_POLICY = msgspec.structs.replace(POLICY, infrared=Infrared.AUTO, trusted=())
PACK = PackReport("open", "1.2", parts=(PackPart("liveness", "life", "MIT", "", 1),), levels=tuple(Level))
SEEN = msgspec.structs.replace(GLASSES, camera=CAMERA.id)
MATCHED = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 1.2, 9, {})
ATTEMPT = AttemptSummary(
    "2026-07-01T10:00:00+00:00", "anna", "sudo", Verdict.MISMATCH, Reason.ANOTHER_FACE, 2.5, 31, Band.FAR
)
EXPORT = ExportReport(
    "anna", 1000, "2026-07-02T10:00:00+00:00", STANDING, FACES, (ATTEMPT,), "the templates' numbers, they are secret"
)
SHOT = EnrollStep(1, 5, True, Hint.LEFT, "turn a little to the left", shot=1)
MISSED = EnrollStep(1, 5, False, Hint.HOLD_STILL, "hold still")
ENROLLED = Enrolled(GLASSES)
NO_FACE = TryStep(View.NO_FACE)
NEAR = TryStep(View.CLEAR, Band.NEAR, True)
ANALYSIS = Analysis(
    640,
    480,
    View.CLEAR,
    0.5,
    (
        AnalysedFace(
            box=(1.0, 2.0, 3.0, 4.0),
            landmarks=((1.0, 2.0),) * 5,
            confidence=0.9,
            yaw=1.0,
            pitch=-2.0,
            roll=0.0,
            sharpness=0.8,
            light=0.4,
            quality={"sharpness": 71.5, "head-size": 3.0},
            live=True,
            attributes=(Told("glasses", "yes", 0.9), Told("age", "unsure", 0.4)),
            identified=Identified("anna", 0.02, (Identity("anna", "plain", 0.97), Identity("berta", "", 0.01))),
        ),
    ),
    {"detect": 12.5},
    3,
)
