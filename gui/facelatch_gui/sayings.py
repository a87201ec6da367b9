"""What happened and what to do about it, as translated sentences for a person."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from facelatch.bus import BusError, DaemonUnreachable, ProtocolBroken
from facelatch.holder import camera_holder
from facelatch.types import Reason, Refusal

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Saying:
    """What happened, what to do about it, and the name of the page where that is done, if there is one."""

    what: str
    remedy: str = ""
    page: str = ""
    detail: str = ""
    """What the daemon said, where that tells more; in English."""


def failure(error: Exception) -> Saying:
    """Return what to tell a person about an error that a call ended with."""
    match error:
        case BusError(error=Refusal() as refusal):
            return _refusal(refusal)
        case BusError(error=Reason() as said):
            explained = reason(said)
            return Saying(explained.what, explained.remedy, explained.page, _detail(said, str(error)))
        case DaemonUnreachable():
            return unreachable()
        case ProtocolBroken():
            return Saying(
                translate("Words", "The face service gave an answer that this window does not understand."),
                translate("Words", "Bring all of Facelatch to the same version, and restart the service."),
                "health",
                str(error),
            )
        case _:
            return Saying(
                translate("Words", "Something went wrong in this window."),
                translate("Words", "Try it again. If it stays so, please report it with the words below."),
                "",
                f"{type(error).__name__}: {error}",
            )


def unreachable() -> Saying:
    """Return what to say while nobody answers on the bus."""
    return Saying(
        translate("Words", "The face service is not running."),
        translate(
            "Words",
            "This window tries again by itself, and your password works as always. If it stays so, an administrator "
            "can start the service with: systemctl start facelatchd",
        ),
        "health",
    )


def _detail(said: Reason, text: str) -> str:
    """The daemon's own words tell more than ours only where ours cannot know the case.

    Who holds a camera is seen from here better than from the daemon's sandbox.
    """
    if said is Reason.CAMERA_BUSY:
        return camera_holder()
    tells_more = (
        Reason.BAD_REQUEST, Reason.INTERNAL, Reason.STORE_FAILED, Reason.PACK_DAMAGED, Reason.CAMERA_FAILED,
        Reason.EYE_FAILED, Reason.UNCLEAR, Reason.TIMEOUT, Reason.PACK_TOO_WEAK, Reason.CAMERA_UNTRUSTED,
    )  # fmt: skip
    return text if said in tells_more else ""


def reason(said: Reason) -> Saying:
    """Return why something ended as it did, and what to do."""
    return _of_a_look(said) or _of_a_view(said) or _of_a_gate(said) or _of_a_camera(said) or _of_a_fault(said)


def gesture_missed() -> Saying:
    """Return why a look ended in which a gesture was asked for, and not seen or not the right one."""
    return Saying(
        translate("Words", "The gesture that was asked for was not seen."),
        translate("Words", "Make it at once, large and no other one, with your whole face in the picture."),
    )


def _of_a_look(said: Reason) -> Saying | None:
    match said:
        case Reason.MATCHED:
            return Saying(
                translate("Words", "The face matches one of yours."),
                translate("Words", "A try unlocks nothing."),
            )
        case Reason.ANOTHER_FACE:
            return Saying(
                translate("Words", "The face matches none of yours."),
                translate(
                    "Words", "If it was you, add pictures in this light, or with these glasses: “Improve” does that."
                ),
                "faces",
            )
        case Reason.NOT_LIVE:
            return Saying(
                translate("Words", "It looked like a picture of a face."),
                translate("Words", "Face the camera in even light, with no bright window or screen behind you."),
            )
        case Reason.TIMEOUT:
            return Saying(
                translate("Words", "The time ran out."),
                translate("Words", "Try it again and look at the camera."),
            )
        case Reason.CANCELLED:
            return Saying(
                translate("Words", "It was cancelled."),
                translate("Words", "Start it again when you are ready."),
            )
        case Reason.BUSY:
            return Saying(
                translate("Words", "The camera was needed for a login."),
                translate("Words", "Nothing is lost. Try it again in a moment."),
            )
        case _:
            return None


def _of_a_view(said: Reason) -> Saying | None:
    match said:
        case Reason.NO_FACE:
            return Saying(
                translate("Words", "No face was seen."),
                translate("Words", "Sit in front of the camera, and check that nothing covers it."),
                "camera",
            )
        case Reason.SEVERAL_FACES:
            return Saying(
                translate("Words", "More than one face was seen."),
                translate("Words", "Try it again with nobody else in the picture."),
            )
        case Reason.TOO_DARK:
            return Saying(
                translate("Words", "It was too dark."),
                translate("Words", "Switch on a light in front of you rather than behind."),
            )
        case Reason.COVERED:
            return Saying(
                translate("Words", "The camera is covered."),
                translate("Words", "Open its shutter, or take the sticker off."),
                "camera",
            )
        case Reason.EYES_CLOSED:
            return Saying(
                translate("Words", "Your eyes were closed."),
                translate("Words", "Look at the camera with open eyes."),
            )
        case Reason.UNCLEAR:
            return Saying(
                translate("Words", "Your face was never clear enough."),
                translate("Words", "Come closer, hold still and look at the camera."),
            )
        case _:
            return None


def _of_a_gate(said: Reason) -> Saying | None:
    match said:
        case Reason.UNKNOWN_USER:
            return Saying(
                translate("Words", "This account is not known here."),
                translate("Words", "Log in with an account of this computer."),
            )
        case Reason.NOT_ENROLLED:
            return Saying(
                translate("Words", "No face is enrolled yet."),
                translate("Words", "Enrol your face first."),
                "enrol",
            )
        case Reason.NOT_PERMITTED:
            return Saying(
                translate("Words", "This was not allowed."),
                translate(
                    "Words",
                    "Try again, and type your password when you are asked for it. If you are never asked, sit down at "
                    "the computer itself, or ask its administrator.",
                ),
            )
        case Reason.SERVICE_REFUSED:
            return Saying(
                translate("Words", "The settings do not allow the face here."),
                translate("Words", "An administrator can change where the face is used."),
                "usage",
            )
        case Reason.REMOTE:
            return Saying(
                translate("Words", "You are not sitting at this computer."),
                translate("Words", "Over the network only the password is taken."),
            )
        case Reason.NOT_AT_SEAT:
            return Saying(
                translate("Words", "Your session is not the one on this computer's screen."),
                translate("Words", "Switch to it at the computer itself, or type the password."),
            )
        case Reason.LID_CLOSED:
            return Saying(
                translate("Words", "The lid is closed, and the camera with it."),
                translate("Words", "Open the lid, or use a camera that is not built in."),
                "camera",
            )
        case Reason.PASSWORD_WANTED:
            return Saying(
                translate("Words", "The password was wanted first."),
                translate("Words", "It is wanted from time to time, so that you do not forget it, and after a start."),
                "faces",
            )
        case Reason.LOCKED_OUT:
            return Saying(
                translate("Words", "Too many faces were refused in a row, so the face is locked for a while."),
                translate("Words", "Log in or unlock with your password once, or wait."),
                "history",
            )
        case Reason.NO_INTENT:
            return Saying(
                translate("Words", "Nobody agreed to it."),
                translate("Words", "Agree when you are asked, or type the password."),
            )
        case _:
            return None


def _of_a_camera(said: Reason) -> Saying | None:
    match said:
        case Reason.NO_CAMERA:
            return Saying(
                translate("Words", "There is no camera."),
                translate("Words", "Connect a camera, or open its shutter or switch, and try it again."),
                "camera",
            )
        case Reason.CAMERA_UNTRUSTED:
            return Saying(
                translate("Words", "Your face was enrolled with another camera, or a program feeds this one."),
                translate("Words", "Use the camera you enrolled with, or enrol your face with this one, too."),
                "camera",
            )
        case Reason.CAMERA_BUSY:
            return Saying(
                translate("Words", "Another program is using the camera."),
                translate("Words", "End the video call, or close that program, and try it again."),
                "camera",
            )
        case Reason.CAMERA_FAILED:
            return Saying(
                translate("Words", "The camera stopped sending pictures."),
                translate("Words", "Check that it is still connected, and try it again."),
                "camera",
            )
        case Reason.EYE_FAILED:
            return Saying(
                translate("Words", "The part that looks through the camera failed."),
                translate("Words", "It starts again by itself: try it again in a moment."),
                "health",
            )
        case _:
            return None


def _of_a_fault(said: Reason) -> Saying:
    match said:
        case Reason.NO_PACK:
            return Saying(
                translate("Words", "There is nothing yet to recognise faces with."),
                translate("Words", "Install a recognition pack."),
                "pack",
            )
        case Reason.PACK_DAMAGED:
            return Saying(
                translate("Words", "The recognition pack is damaged."),
                translate("Words", "Install it again."),
                "pack",
            )
        case Reason.PACK_TOO_WEAK:
            return Saying(
                translate(
                    "Words", "Nothing shows that the recognition pack tells people apart as surely as is wanted."
                ),
                translate("Words", "Install a pack that does, or choose another level."),
                "pack",
            )
        case Reason.NO_LIVENESS:
            return Saying(
                translate("Words", "The recognition pack cannot tell a face from a picture of one."),
                translate("Words", "Install a pack that can, or change where the face is used."),
                "pack",
            )
        case Reason.STORE_FAILED:
            return Saying(
                translate("Words", "The stored faces cannot be read or written."),
                translate("Words", "Nothing was changed. The health page says what is wrong."),
                "health",
            )
        case Reason.STORE_ROLLED_BACK:
            return Saying(
                translate("Words", "An older copy of the stored faces was put in the place of the newest."),
                translate(
                    "Words",
                    "Your password works as always. If this was done on purpose, an administrator accepts it with: "
                    "facelatch-key accept",
                ),
                "health",
            )
        case Reason.BAD_REQUEST:
            return Saying(
                translate("Words", "The face service refused this, and nothing was changed."),
            )
        case _:
            return Saying(
                translate("Words", "Something went wrong in the face service."),
                translate("Words", "Try it again. If it stays so, the health page says more."),
                "health",
            )


def _refusal(said: Refusal) -> Saying:
    match said:
        case Refusal.ALREADY_IN_USE:
            return Saying(
                translate("Words", "The camera is in use by something else in Facelatch."),
                translate(
                    "Words", "Save or cancel an enrolment that is open, here or in another window, and try it again."
                ),
            )
        case Refusal.NO_SUCH_CAMERA:
            return Saying(
                translate("Words", "The camera is not connected any more."),
                translate("Words", "Connect it again, or choose another one."),
                "camera",
            )
        case Refusal.NO_SUCH_FACE:
            return Saying(
                translate("Words", "This face is not stored any more."),
                translate("Words", "It was deleted elsewhere; nothing needs doing."),
            )
        case Refusal.CLAIM_CAMERA | Refusal.NO_ACTION_IN_PROGRESS:
            return Saying(
                translate("Words", "It was ended before it was done."),
                translate("Words", "Nothing is lost. Try it again."),
            )
