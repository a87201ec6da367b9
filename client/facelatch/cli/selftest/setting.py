"""With what a self-test is made: versions, camera, machine, settings; nothing that names its owner."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from facelatch.selftest import CameraModel, Machine, Rules, Setting
from facelatch.types import CameraSummary, FaceSummary, PolicyReport, ServiceClass, StatusReport

if TYPE_CHECKING:
    from facelatch.sync import Daemon

PROCESSORS: Final = Path("/proc/cpuinfo")


def setting_of(daemon: Daemon, user: str, camera: str) -> Setting:
    """Return with what a user is looked at, with the camera that was named, or else with that of a login."""
    status = daemon.status()
    used = camera_of(status, daemon.faces(user), camera)
    return Setting(
        version=status.version,
        pack=status.pack,
        machine=Machine(processor(), os.cpu_count() or 1),
        rules=_rules(daemon.policy()),
        camera=None if used is None else model_of(used),
    )


def camera_of(status: StatusReport, faces: Sequence[FaceSummary], named: str) -> CameraSummary | None:
    """Return the camera that is looked through: the one named, the settings' choice, the newest face's, the first."""
    if wanted := named or status.camera:
        return next((camera for camera in status.cameras if wanted in (camera.id, camera.path)), None)
    newest_first = sorted((face for face in faces if face.usable), key=lambda face: face.enrolled, reverse=True)
    for face in newest_first:
        if enrolled := next((camera for camera in status.cameras if camera.id == face.camera), None):
            return enrolled
    return next((camera for camera in status.cameras if not camera.virtual), None)


def model_of(camera: CameraSummary) -> CameraModel:
    """Return what a camera shares with all others of its kind. Its id ends in the serial number, if it has one."""
    _place, ids, serial = camera.id.rpartition(f"{camera.vendor_product}/") if camera.vendor_product else ("", "", "")
    name = camera.name.replace(serial, "").strip() if ids and serial else camera.name
    return CameraModel(name, camera.driver, camera.vendor_product, bool(camera.companion), camera.virtual)


def processor() -> str:
    """Return the processor's model, or its architecture where the kernel does not say."""
    try:
        lines = PROCESSORS.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _rules(policy: PolicyReport) -> Rules | None:
    """Return what a test is held to, which is what a screen lock is."""
    return next(
        (
            Rules(rule.level, rule.liveness, rule.intent, rule.seconds, rule.no_face_seconds, policy.infrared)
            for rule in policy.classes
            if rule.service_class is ServiceClass.UNLOCK
        ),
        None,
    )
