"""Which camera a user is looked at with, and which of his faces may open anything there. Pure.

The eye is asked for names and answers with a camera. What that camera is good for is judged here, of what it said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from urllib.parse import unquote

from facelatch.types import FROM_PICTURES, Infrared, Reason
from facelatch_eye.messages import CameraInfo, Opened
from facelatchd.refusal import Refused
from facelatchd.settings import CameraRule
from facelatchd.store import FaceRecord

FIRST_REAL: Final = ""
"""In a list of cameras: whichever is not virtual and comes first."""


def built_in(cameras: Iterable[CameraInfo]) -> frozenset[str]:
    """Return the names, ids and paths, of the cameras that nobody can have plugged in: those that a lid covers."""
    return frozenset(name for camera in cameras if _is_built_in(camera) for name in (camera.id, camera.path))


def candidates(
    rule: CameraRule, faces: Sequence[FaceRecord], asked: str = "", built_in: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the names for `Watch.cameras`, best first; empty, or `FIRST_REAL`, stands for the first real camera.

    asked: the camera that somebody named; it goes before all. faces: those that may be looked for; none, and any real
    camera will do. built_in: the names of those that a closed lid covers (`built_in`), empty while it is open. Raises
    `Refused` where none is left.
    """
    if named := asked or rule.use:
        return _uncovered((named,), built_in)
    if not faces:
        return _uncovered((FIRST_REAL,), built_in) if built_in else ()
    able = [face for face in faces if face.infrared or rule.infrared is not Infrared.REQUIRED]
    if not able:
        raise Refused(Reason.CAMERA_UNTRUSTED, _WITHOUT_INFRARED)
    newest_first = sorted(able, key=lambda face: face.enrolled, reverse=True)
    bound = [face.camera for face in newest_first if face.camera not in ("", FROM_PICTURES)]
    names = [*bound, *rule.trusted]
    if not rule.bind or len(bound) < len(able):
        names.append(FIRST_REAL)
    return _uncovered(tuple(dict.fromkeys(names)), built_in)


def _uncovered(names: tuple[str, ...], covered: Collection[str]) -> tuple[str, ...]:
    """Return the names but those a closed lid covers; raises `Refused` where none is left.

    Of the first real camera nobody can say beforehand whether it is one of them, so it goes, too.
    """
    left = tuple(name for name in names if name not in covered and not (covered and name == FIRST_REAL))
    if not left:
        text = "the lid is closed over the camera; for another one, enrol with it or name it in [camera] trusted"
        raise Refused(Reason.LID_CLOSED, text)
    return left


def good_faces(faces: Sequence[FaceRecord], opened: Opened, rule: CameraRule) -> list[FaceRecord]:
    """Return those of the faces that may open something with the camera that opened; `refusal` says why none may."""
    return [
        face for face in faces if _camera_is_good(face, opened.camera, rule) and _infrared_is_good(face, opened, rule)
    ]


def _camera_is_good(face: FaceRecord, camera: CameraInfo, rule: CameraRule) -> bool:
    if not rule.bind or is_named(camera, rule.trusted):
        return True
    if face.camera == FROM_PICTURES:  # bound to no camera: not to one that somebody plugs in
        return _is_built_in(camera) or is_named(camera, (rule.use,))
    return face.camera == camera.id


def _infrared_is_good(face: FaceRecord, opened: Opened, rule: CameraRule) -> bool:
    """A face that was enrolled with an infrared camera wants that very one, unless the administrator wants none."""
    if rule.infrared is Infrared.OFF:
        return True
    if not face.infrared:
        return rule.infrared is not Infrared.REQUIRED
    return opened.infrared is not None and opened.infrared.id == face.infrared


def refusal(faces: Sequence[FaceRecord], opened: Opened, rule: CameraRule) -> Refused:
    """Return what to raise where `good_faces` are none: which camera is wanted, which is there, and what to do."""
    here = opened.camera
    fitting = [face for face in faces if _camera_is_good(face, here, rule)]
    if fitting and all(not face.infrared for face in fitting):
        return Refused(Reason.CAMERA_UNTRUSTED, _WITHOUT_INFRARED)
    if fitting:
        wanted = ", ".join(dict.fromkeys(face.infrared for face in fitting if face.infrared))
        found = opened.infrared.id if opened.infrared else "none"
        text = f"the face was enrolled with the infrared camera {wanted}; there is {found}: enrol anew, or connect it"
        return Refused(Reason.CAMERA_UNTRUSTED, text)
    enrolled = ", ".join(dict.fromkeys(face.camera for face in faces)) or "no camera"
    text = f"the face was enrolled with {enrolled}, the camera is {here.id}"
    return Refused(Reason.CAMERA_UNTRUSTED, f"{text}: enrol with this one, or name it in [camera] trusted")


_WITHOUT_INFRARED: Final = (
    "the settings require the infrared camera, and the face was enrolled without: enrol anew with one"
)


def want_trusted(camera: CameraInfo, rule: CameraRule, asked: str, root: bool) -> None:
    """Raise `Refused` for a program's camera that neither the settings name nor root, who asked for it.

    Even where faces are bound to none: what a program shows can be anybody's picture.
    """
    named = is_named(camera, (rule.use, *rule.trusted)) or (root and is_named(camera, (asked,)))
    if camera.virtual and not named:
        text = f"{camera.id} ({camera.driver}) is no real camera: a program makes its pictures"
        raise Refused(Reason.CAMERA_UNTRUSTED, f"{text}; only one that [camera] trusted or use names may be used")


def wants_infrared(faces: Sequence[FaceRecord], rule: CameraRule) -> bool:
    """Return whether the infrared camera in the same device is to be opened, too, to look for these faces."""
    if rule.infrared is Infrared.AUTO:
        return any(face.infrared for face in faces)
    return rule.infrared is Infrared.REQUIRED


def is_named(camera: CameraInfo, names: Iterable[str]) -> bool:
    """Return whether one of the names means this camera: an id, a path, a driver, or the address of a file."""
    return any(_plain(name) in (camera.id, camera.path, camera.driver) for name in names if name)


def _plain(name: str) -> str:
    """Return the address of a file without its options, as it stands in the id; any other name as it is."""
    return unquote(name.partition("?")[0]) if name.startswith("file:") else name


def _is_built_in(camera: CameraInfo) -> bool:
    return not (camera.removable or camera.virtual)
