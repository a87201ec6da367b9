"""Answers that several tests let the fake daemon give."""

from __future__ import annotations

from facelatch.admin import (
    AttemptList,
    CameraLine,
    CameraList,
    Enrolled,
    EnrollStep,
    FaceList,
    StatusReport,
    Tried,
    TryStep,
)
from facelatch.types import AttemptSummary, Band, FaceSummary, Reason, Verdict

GLASSES = FaceSummary("ab" * 16, "with glasses", "2026-07-01T10:00:00+00:00", 5, "open", "usb-1", True)
OLD = FaceSummary("cd" * 16, "old", "2025-07-01T10:00:00+00:00", 3, "former", "usb-1", False)
FACES = FaceList("anna", (GLASSES, OLD))
CAMERA = CameraLine("pci-1-usb-2/046d:0825/ABC", "Front camera", "/dev/video0", "uvcvideo", "046d:0825", False, False)
INFRARED = CameraLine("platform-loopback", "Painted", "/dev/video9", "v4l2 loopback", "", True, True)
CAMERAS = CameraList((CAMERA, INFRARED))
STATUS = StatusReport("0.1.0", "open 1.2", "", "ready", 2, 3, {"sudo": "elevate", "kde": "unlock", "su": "elevate"})
MATCHED = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 1.2, 9, {})
ATTEMPT = AttemptSummary(
    "2026-07-01T10:00:00+00:00", "anna", "sudo", Verdict.MISMATCH, Reason.ANOTHER_FACE, Band.FAR, 2.5, 31
)
ATTEMPTS = AttemptList((ATTEMPT,))
SHOT = EnrollStep(1, 5, True, "turn a little to the left")
MISSED = EnrollStep(1, 5, False, "hold still")
ENROLLED = Enrolled(GLASSES)
NO_FACE = TryStep("no-face", None, None)
NEAR = TryStep("clear", Band.NEAR, True)
