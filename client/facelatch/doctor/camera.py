"""The camera: is there a real one, the one the settings name, is it free, and may the eye open it."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from facelatch.doctor.answers import Trouble
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene, untold
from facelatch.holder import holder_of
from facelatch.types import FROM_PICTURES, CameraSummary, FaceSummary, Infrared, PolicyReport, StatusReport

EYE_ACCOUNT: Final = "facelatch-eye"
GROUP: Final = "video"


def check_camera(scene: Scene) -> Iterator[Finding]:
    """Look at the cameras that the daemon knows, and at those that the kernel has."""
    status = scene.answers.status
    if isinstance(status, Trouble):
        yield untold(Part.CAMERA, status)
        return
    if not status.cameras and not status.eye_answers:
        yield Finding(Part.CAMERA, State.NOTE, "Not known as long as the eye cannot work.")
    elif status.camera_problem:
        yield from _unusable(scene, status)
    elif not status.cameras and not status.camera:
        yield from _none(scene)
    else:
        yield from _usable(scene, status)
        faces, policy = scene.answers.faces, scene.answers.policy
        if not isinstance(faces, Trouble) and not isinstance(policy, Trouble):
            yield from strange_cameras(status, policy, faces)


def _usable(scene: Scene, status: StatusReport) -> Iterator[Finding]:
    camera = used(status)
    if camera is None:
        # A file that stands in for a camera is not among those found.
        yield Finding(Part.CAMERA, State.OK, f"The camera of the settings can be used: {status.camera}.")
        return
    kind = "infrared camera" if camera.infrared else "camera"
    if camera.virtual:
        text = f"{camera.name} ({camera.path}) is fed by a program, which can show it any face."
        remedy = "Choose a real camera, unless this is a trial."
        yield Finding(Part.CAMERA, State.WARNING, text, remedy, "facelatch cameras")
        return
    holder = holder_of(scene.root / camera.path.lstrip("/"), scene.root / "proc")
    if holder:
        text = (
            f"{holder} has the {kind} {camera.name} ({camera.path}) open: while it takes pictures, no face is judged."
        )
        yield Finding(Part.CAMERA, State.WARNING, text, "Close that program.")
    else:
        yield Finding(Part.CAMERA, State.OK, f"The {kind} {camera.name} ({camera.path}) is there.")


def strange_cameras(status: StatusReport, policy: PolicyReport, faces: Collection[FaceSummary]) -> Iterator[Finding]:
    """Say which faces open nothing because the cameras that they were enrolled with are not in use, or not there."""
    if not status.cameras:
        return
    usable = [face for face in faces if face.usable]
    if policy.infrared is Infrared.REQUIRED and (bare := [face for face in usable if not face.infrared]):
        text = (
            "Enrolled without an infrared camera, which the settings require, so that they open nothing: "
            f"{_labels(bare)}."
        )
        remedy = "Enrol anew with an infrared camera in the same device, or set infrared to auto."
        yield Finding(Part.CAMERA, State.WARNING, text, remedy, "facelatch cameras")
    here = {camera.id: camera for camera in status.cameras}
    if policy.infrared is not Infrared.OFF:
        lost = [face for face in usable if face.infrared and face.infrared not in here]
        if lost:
            text = (
                f"Enrolled with an infrared camera that is not there, so that they open nothing: {_labels(lost)} "
                f"({', '.join(sorted({face.infrared for face in lost}))})."
            )
            remedy = "Connect that camera, or remove these faces and enrol anew."
            yield Finding(Part.CAMERA, State.WARNING, text, remedy, "facelatch list")
    chosen = used(status) if status.camera else None
    looking = [chosen] if chosen is not None else [camera for camera in status.cameras if not camera.virtual]
    names = {name for camera in looking for name in (camera.id, camera.path)}
    if not usable or not policy.bind or names & set(policy.trusted) or all(camera.virtual for camera in looking):
        return
    if not any(face.camera == FROM_PICTURES or face.camera in names for face in usable):
        cameras = " and ".join(f"{camera.name} ({camera.path})" for camera in looking)
        text = f"No face was enrolled with {cameras}, and a face opens nothing with another camera than its own."
        remedy = "Enrol with this camera, or name it as trusted in the settings."
        yield Finding(Part.CAMERA, State.WARNING, text, remedy, "facelatch enroll")


def _labels(faces: Collection[FaceSummary]) -> str:
    return ", ".join(f"“{face.label}”" for face in faces)


def used(status: StatusReport) -> CameraSummary | None:
    """Return the camera that a login would use, None where it is not among those found."""
    if status.camera:
        return next((camera for camera in status.cameras if status.camera in (camera.id, camera.path)), None)
    return next((camera for camera in status.cameras if not camera.virtual), None)


def _unusable(scene: Scene, status: StatusReport) -> Iterator[Finding]:
    """Say what keeps the camera from being used; the daemon's own words come first."""
    problem = f"{status.camera_problem.rstrip('.')}."
    camera = used(status)
    if camera is None and status.cameras and all(one.virtual for one in status.cameras) and not status.camera:
        remedy = "Connect a real camera, or allow this one by naming it in the settings."
        yield Finding(Part.CAMERA, State.BAD, f"There are only cameras that programs feed: {problem}", remedy)
    elif camera is None and status.camera:
        remedy = "Connect that camera, or choose one of those that are there."
        yield Finding(Part.CAMERA, State.BAD, f"No face can be judged: {problem}", remedy, "facelatch cameras")
    elif camera is None:
        yield from _none(scene)
    else:
        device = scene.root / camera.path.lstrip("/")
        holder = holder_of(device, scene.root / "proc")
        who = f" {holder} has it open." if holder else ""
        remedy = "Close the program that uses it, or plug the camera in again."
        command = "" if holder else f"sudo fuser -v {camera.path}"
        yield Finding(Part.CAMERA, State.BAD, f"No face can be judged: {problem}{who}", remedy, command)
        yield from _rights(scene, [device])


def _none(scene: Scene) -> Iterator[Finding]:
    """Say why there is no camera: none is plugged in, or the eye may not open it."""
    devices = sorted((scene.root / "dev").glob("video*"))
    if not devices:
        text = "There is no camera, so no face can be judged."
        remedy = "Connect a camera or switch it on; some laptops have a key for it, or a setting in the firmware."
        yield Finding(Part.CAMERA, State.BAD, text, remedy)
        return
    shown = _shown(scene, devices[0])
    text = f"The eye finds no camera, though there is {shown}: that gives no pictures, or the eye may not open it."
    yield Finding(Part.CAMERA, State.BAD, text, "See what it is.", "facelatch cameras")
    yield from _rights(scene, devices)


def _rights(scene: Scene, devices: list[Path]) -> Iterator[Finding]:
    """Say where the eye's account may not open a device."""
    try:
        groups = [line.split(":") for line in (scene.root / "etc/group").read_text().splitlines()]
    except (OSError, UnicodeDecodeError):
        return
    video = next((group for group in groups if len(group) == 4 and group[0] == GROUP), None)
    for device in devices:
        try:
            found = device.stat()
        except OSError:
            continue
        if found.st_mode & stat.S_IROTH and found.st_mode & stat.S_IWOTH:
            continue
        shown = _shown(scene, device)
        if video is None or str(found.st_gid) != video[2] or not found.st_mode & stat.S_IWGRP:
            text = f"{shown} does not belong to the group {GROUP}, by which the eye may open cameras."
            yield Finding(Part.CAMERA, State.BAD, text, "Give it to the group.", f"sudo chgrp {GROUP} {shown}")
        elif EYE_ACCOUNT not in video[3].split(","):
            text = f"The account {EYE_ACCOUNT} is not in the group {GROUP}, so that it may not open {shown}."
            command = f"sudo usermod -aG {GROUP} {EYE_ACCOUNT}"
            yield Finding(Part.CAMERA, State.BAD, text, "Put it into the group, and restart the eye.", command)


def _shown(scene: Scene, device: Path) -> str:
    return f"/{device.relative_to(scene.root)}"
