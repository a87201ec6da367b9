"""Reasons, refusals, views and bands in words for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from facelatch.types import Band, Quality, Reason, Refusal, View


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, and what to do about it; both begin small and end without a full stop."""

    sentence: str
    remedy: str


_PASSWORD = "type the password"
_LOG = "read the log: journalctl -u facelatchd"

EXPLANATIONS: Final[dict[Reason | Refusal, Explanation]] = {
    Reason.MATCHED: Explanation("the face was recognised", "nothing needs doing"),
    Reason.ANOTHER_FACE: Explanation(
        "the face is not one that is enrolled",
        "if it was you, enrol this look too: facelatch enroll --label TEXT",
    ),
    Reason.NOT_LIVE: Explanation(
        "the face looked like a picture of one",
        "face the camera in even light, without a screen or strong lamp behind you",
    ),
    Reason.UNKNOWN_USER: Explanation("there is no such user here", "check the name given with --user"),
    Reason.NOT_ENROLLED: Explanation("no face is enrolled", "enrol one: facelatch enroll"),
    Reason.NOT_PERMITTED: Explanation(
        "it was not permitted: the password was not given, or this session may not do it",
        "try again and type the password, or use sudo",
    ),
    Reason.SERVICE_REFUSED: Explanation(
        "the settings do not allow face login here",
        "see what is allowed: facelatch status",
    ),
    Reason.REMOTE: Explanation("you are not sitting at this computer", _PASSWORD),
    Reason.NOT_AT_SEAT: Explanation(
        "your session is not the one on this computer's screen",
        f"go to the computer and switch to your session, or {_PASSWORD}",
    ),
    Reason.LID_CLOSED: Explanation(
        "the lid is closed, and the camera with it", "open the lid, or connect a camera that is not built in"
    ),
    Reason.PASSWORD_WANTED: Explanation("the password is wanted first", f"{_PASSWORD} once; why: facelatch status"),
    Reason.LOCKED_OUT: Explanation(
        "too many faces were refused in a row",
        "wait (from 30 seconds, doubling); the password ends it at once where the PAM stack reports it",
    ),
    Reason.NO_INTENT: Explanation("it was not agreed to", "agree when you are asked, or type the password"),
    Reason.NO_FACE: Explanation("no face was seen", "sit in front of the camera and check that nothing covers it"),
    Reason.SEVERAL_FACES: Explanation("more than one face was seen", "let nobody else be in the picture"),
    Reason.TOO_DARK: Explanation("it was too dark", "switch a light on, in front of you rather than behind"),
    Reason.COVERED: Explanation("the camera is covered", "open the shutter, or take the sticker off"),
    Reason.EYES_CLOSED: Explanation("the eyes were closed", "look at the camera with open eyes"),
    Reason.UNCLEAR: Explanation(
        "the face was never clear enough",
        "come nearer, hold still, look at the camera",
    ),
    Reason.TIMEOUT: Explanation("the time ran out", "try again, looking at the camera"),
    Reason.CANCELLED: Explanation("it was cancelled", "start it again when you are ready"),
    Reason.BUSY: Explanation("the daemon has its hands full", "try again in a moment"),
    Reason.NO_PACK: Explanation(
        "there is no pack of networks to see with",
        "get one: sudo facelatch pack install open, or sudo facelatch pack build open --from DIR",
    ),
    Reason.PACK_DAMAGED: Explanation("the pack is damaged", "build or install it again: facelatch pack --help"),
    Reason.PACK_TOO_WEAK: Explanation(
        "nothing shows that the pack keeps others out as surely as the settings want it",
        "put in a pack that does: sudo facelatch pack install open, or choose another level",
    ),
    Reason.NO_LIVENESS: Explanation(
        "the pack cannot tell a face from a picture of one, and the settings want it to",
        "put in a pack that can: sudo facelatch pack install open",
    ),
    Reason.NO_CAMERA: Explanation(
        "there is no camera to see with",
        "connect or switch on a camera, then look: facelatch cameras",
    ),
    Reason.CAMERA_UNTRUSTED: Explanation(
        "the camera is fed by a program, is not the one of the enrolment, or has no infrared one beside it",
        "use the camera of the enrolment, or enrol with this one; what it is: facelatch doctor",
    ),
    Reason.CAMERA_BUSY: Explanation("another program is using the camera", "close that program and try again"),
    Reason.CAMERA_FAILED: Explanation("the camera stopped working", "unplug it and plug it in again, or reboot"),
    Reason.EYE_FAILED: Explanation(
        "the eye, which runs the camera, failed", "read the log: journalctl -u facelatch-eye"
    ),
    Reason.STORE_FAILED: Explanation("the store of faces cannot be used", _LOG),
    Reason.STORE_ROLLED_BACK: Explanation(
        "an older store of faces stands where the newest should",
        "if you put it back yourself, say so: sudo facelatch-key accept",
    ),
    Reason.BAD_REQUEST: Explanation(
        "the daemon did not understand the request",
        "install command and daemon in the same version",
    ),
    Reason.INTERNAL: Explanation("the daemon made a mistake", f"{_LOG}, and report it"),
    Refusal.CLAIM_CAMERA: Explanation("the camera is not claimed any more", "start the command again"),
    Refusal.ALREADY_IN_USE: Explanation(
        "another program is enrolling or trying a face", "close it, or wait until it is done"
    ),
    Refusal.NO_ACTION_IN_PROGRESS: Explanation("what was begun has ended already", "start the command again"),
    Refusal.NO_SUCH_CAMERA: Explanation("there is no such camera", "see which there are: facelatch cameras"),
    Refusal.NO_SUCH_FACE: Explanation("there is no such face", "see which there are: facelatch list"),
}

_VIEWS: Final = {
    View.CLEAR: "a clear face",
    View.COVERED: "covered",
    View.DARK: "too dark",
    View.NO_FACE: "no face",
    View.SEVERAL_FACES: "several faces",
    View.FAR: "too far away",
    View.BLURRED: "blurred",
    View.TURNED: "turned away",
    View.EYES_CLOSED: "eyes closed",
}

_BANDS: Final = {Band.FAR: "not alike", Band.NEAR: "somewhat alike", Band.MATCH: "alike"}

_QUALITIES: Final = {Quality.POOR: "poor", Quality.FAIR: "fair", Quality.GOOD: "good"}


def quality_words(quality: Quality) -> str:
    """Return how well a face is covered."""
    return _QUALITIES[quality]


def view_words(view: View) -> str:
    """Return what a frame showed."""
    return _VIEWS[view]


def band_words(band: Band | None) -> str:
    """Return how like an enrolled face it was, empty where none was compared."""
    return "" if band is None else _BANDS[band]
