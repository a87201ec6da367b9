"""What the parts of Facelatch say in values, as translated words for a person."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from facelatch.types import Band, Gesture, Hint, Intent, Level, Liveness, Pose, Quality, ServiceClass, Verdict, View

translate = QCoreApplication.translate


def verdict(said: Verdict) -> str:
    """Return a verdict as a short sentence."""
    return {
        Verdict.MATCH: translate("Words", "Recognised"),
        Verdict.MISMATCH: translate("Words", "Not recognised"),
        Verdict.UNAVAILABLE: translate("Words", "No decision"),
    }[said]


def view(said: View) -> str:
    """Return what keeps a frame from being useful, as something to do; empty where nothing does."""
    return {
        View.CLEAR: "",
        View.COVERED: translate("Words", "Uncover the camera, please."),
        View.DARK: translate("Words", "More light, please."),
        View.NO_FACE: translate("Words", "No face to be seen."),
        View.SEVERAL_FACES: translate("Words", "Only one face, please."),
        View.FAR: translate("Words", "Come closer."),
        View.BLURRED: translate("Words", "Hold still."),
        View.TURNED: translate("Words", "Look at the camera."),
        View.EYES_CLOSED: translate("Words", "Open your eyes, please."),
    }[said]


def gesture(said: Gesture) -> str:
    """Return what a person is asked to do before the camera; directions are the person's own."""
    return {
        Gesture.TURN_LEFT: translate("Words", "Now turn your head to the left, and back."),
        Gesture.TURN_RIGHT: translate("Words", "Now turn your head to the right, and back."),
        Gesture.NOD: translate("Words", "Now nod."),
        Gesture.BLINK: translate("Words", "Now close your eyes for a moment."),
    }[said]


def hint(said: Hint) -> str:
    """Return what a person is told during an enrolment."""
    return {
        Hint.STRAIGHT: translate("Words", "Look straight at the camera."),
        Hint.LEFT: translate("Words", "Turn your head a little to the left."),
        Hint.RIGHT: translate("Words", "Turn your head a little to the right."),
        Hint.UP: translate("Words", "Raise your chin a little."),
        Hint.DOWN: translate("Words", "Lower your chin a little."),
        Hint.UNCOVER: translate("Words", "Uncover the camera, please."),
        Hint.MORE_LIGHT: translate("Words", "More light, please."),
        Hint.LESS_LIGHT: translate("Words", "Less light, please."),
        Hint.NO_FACE: translate("Words", "No face to be seen."),
        Hint.ONE_FACE: translate("Words", "Only one face, please."),
        Hint.CLOSER: translate("Words", "Come closer."),
        Hint.HOLD_STILL: translate("Words", "Hold still."),
        Hint.LESS_TURNED: translate("Words", "Not so far to the side."),
        Hint.OPEN_EYES: translate("Words", "Open your eyes, please."),
        Hint.UNCLEAR: translate("Words", "Take off a mask or scarf, and let light fall on your face."),
        Hint.ANOTHER_FACE: translate("Words", "This is not the same face as before."),
        Hint.UNDECIDED: translate("Words", "It is not clear who is meant."),
        Hint.ALIKE: translate("Words", "This shows nothing new."),
        Hint.ENOUGH: translate("Words", "There are enough pictures already."),
        Hint.BAD_PICTURE: translate("Words", "This picture cannot be read."),
        Hint.DONE: translate("Words", "That is all. Thank you."),
    }[said]


def picture_hint(said: Hint) -> str:
    """Return why a picture file was not kept for an enrolment, in a few words; before a camera it is `hint`."""
    return {
        Hint.MORE_LIGHT: translate("Words", "The face is too dark"),
        Hint.LESS_LIGHT: translate("Words", "The face is too bright"),
        Hint.NO_FACE: translate("Words", "No face to be seen"),
        Hint.ONE_FACE: translate("Words", "Several faces"),
        Hint.CLOSER: translate("Words", "The face is too small"),
        Hint.HOLD_STILL: translate("Words", "The face is blurred"),
        Hint.LESS_TURNED: translate("Words", "The face is turned too far"),
        Hint.OPEN_EYES: translate("Words", "The eyes are closed"),
        Hint.ANOTHER_FACE: translate("Words", "Another person"),
        Hint.UNDECIDED: translate("Words", "One of several people"),
        Hint.ALIKE: translate("Words", "Too much like another picture"),
        Hint.ENOUGH: translate("Words", "Adds little to the others"),
        Hint.BAD_PICTURE: translate("Words", "Cannot be read"),
    }.get(said, translate("Words", "Nothing to be seen clearly"))


def pose(said: Pose) -> str:
    """Return where a head points, in one or two words."""
    return {
        Pose.STRAIGHT: translate("Words", "straight"),
        Pose.LEFT: translate("Words", "left"),
        Pose.RIGHT: translate("Words", "right"),
        Pose.UP: translate("Words", "up"),
        Pose.DOWN: translate("Words", "down"),
    }[said]


def band(said: Band) -> str:
    """Return how near a face came."""
    return {
        Band.FAR: translate("Words", "Not similar"),
        Band.NEAR: translate("Words", "Similar, but not enough"),
        Band.MATCH: translate("Words", "A match"),
    }[said]


def quality(said: Quality) -> str:
    """Return how well a face is covered."""
    return {
        Quality.POOR: translate("Words", "Poor quality"),
        Quality.FAIR: translate("Words", "Fair quality"),
        Quality.GOOD: translate("Words", "Good quality"),
    }[said]


def level(said: Level) -> str:
    """Return how strict a comparison is."""
    return {
        Level.CONVENIENT: translate("Words", "Convenient"),
        Level.BALANCED: translate("Words", "Balanced"),
        Level.STRICT: translate("Words", "Strict"),
    }[said]


def liveness(said: Liveness) -> str:
    """Return what is done against pictures of a face."""
    return {
        Liveness.OFF: translate("Words", "Nothing"),
        Liveness.PASSIVE: translate("Words", "Look for signs of life"),
        Liveness.ACTIVE: translate("Words", "Ask for a gesture, too"),
    }[said]


def intent(said: Intent) -> str:
    """Return how somebody agrees to what is asked for."""
    return {
        Intent.NONE: translate("Words", "You are not asked"),
        Intent.KEY: translate("Words", "With a key"),
        Intent.GESTURE: translate("Words", "With a nod"),
    }[said]


def service_class(said: ServiceClass) -> str:
    """Return what a class of services is for."""
    return {
        ServiceClass.UNLOCK: translate("Words", "Unlocking the screen"),
        ServiceClass.LOGIN: translate("Words", "Logging in"),
        ServiceClass.ELEVATE: translate("Words", "Administrator's rights"),
        ServiceClass.OTHER: translate("Words", "Other programs"),
    }[said]


def page(name: str) -> str:
    """Return the title of the window's page of that name."""
    return {
        "faces": translate("Words", "Faces"),
        "enrol": translate("Words", "Enrol"),
        "trial": translate("Words", "Try it"),
        "inspect": translate("Words", "Inspect"),
        "usage": translate("Words", "Where it is used"),
        "history": translate("Words", "History"),
        "camera": translate("Words", "Camera"),
        "pack": translate("Words", "Recognition pack"),
        "health": translate("Words", "Health"),
    }[name]


def way_to(name: str) -> str:
    """Return the text of a button that shows the page of that name."""
    return translate("Words", "Open “{page}”").format(page=page(name))


def moment(utc: str) -> str:
    """Return a moment, given as UTC in ISO 8601, in the person's own time and way of writing."""
    when = QDateTime.fromString(utc, Qt.DateFormat.ISODateWithMs)
    if not when.isValid():
        return utc
    return QLocale().toString(when.toLocalTime(), QLocale.FormatType.ShortFormat)
