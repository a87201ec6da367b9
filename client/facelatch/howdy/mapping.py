"""What becomes of each option of Howdy's: a setting here, what holds anyway, or nothing, and why."""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from facelatch.howdy.options import Options
from facelatch.types import CameraSummary

CLASSES: Final = ("unlock", "login", "elevate")
"""Howdy has one rule for all that ask; here each class has its own."""

SECONDS: Final = 4.0
NO_FACE_SECONDS: Final = 2.5
SHORTEST, LONGEST = 0.5, 30.0
"""What our `seconds` and `no_face_seconds` are where nothing is set, and what they may be (`facelatchd.settings`)."""

DOOR_WAITS: Final = 5.0
"""Seconds that the PAM module waits without a `timeout=` of its own."""

CERTAINTY: Final = 3.5
"""Howdy's own choice of its `certainty`."""

Key = tuple[str, ...]
Value = bool | float | str


class Fate(enum.Enum):
    """What becomes of an option."""

    TAKEN = "taken over"
    HOLDS = "holds anyway"
    ALREADY_SET = "set here already"
    NO_COUNTERPART = "no counterpart"
    REFUSED = "not taken over"
    UNKNOWN = "unknown"


class Entry(msgspec.Struct, frozen=True):
    """One option, and what became of it; `text` says why. `settings` are what is set for it, by TOML key."""

    section: str
    name: str
    value: str
    fate: Fate
    text: str
    settings: dict[str, Value] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What one option comes to."""

    fate: Fate
    text: str
    settings: dict[Key, Value] = {}


_LOOKS_ITSELF: Final = "the eye chooses size and format of the frames itself, and shrinks them as its networks want"
_READS_ITSELF: Final = "the eye reads V4L2 itself; there is no other way in"
_SPEAKS_LITTLE: Final = "the PAM module says only what somebody must know, and nothing of it is set"
_NO_PICTURES: Final = "no picture is ever kept"

_NOTHING: Final[Mapping[tuple[str, str], str]] = {
    ("core", "detection_notice"): _SPEAKS_LITTLE,
    ("core", "timeout_notice"): _SPEAKS_LITTLE,
    ("core", "no_confirmation"): _SPEAKS_LITTLE,
    ("core", "suppress_unknown"): "who has no face enrolled is asked for the password without a word",
    ("core", "use_cnn"): "which networks find and know a face is the pack's: facelatch pack list",
    ("core", "workaround"): "no key is pressed in your name and no other module's prompt is ended: the password's "
    "comes when the look is over",
    ("core", "dismiss_lockscreen"): "the screen lock opens by PAM's answer alone",
    ("video", "warn_no_device"): "a camera that is missing is told by facelatch status and facelatch doctor",
    ("video", "max_height"): _LOOKS_ITSELF,
    ("video", "frame_width"): _LOOKS_ITSELF,
    ("video", "frame_height"): _LOOKS_ITSELF,
    ("video", "dark_threshold"): "each frame's light is judged on the face itself, and dark ones are not compared",
    ("video", "recording_plugin"): _READS_ITSELF,
    ("video", "device_format"): _READS_ITSELF,
    ("video", "force_mjpeg"): _LOOKS_ITSELF,
    ("video", "exposure"): "exposure is left to the camera",
    ("video", "rotate"): "frames are taken as they come: a camera that stands on its side is not supported",
    ("rubberstamps", "stamp_rules"): "see enabled",
    ("debug", "end_report"): "facelatch try shows what a look takes",
    ("debug", "verbose_stamps"): "nothing of this kind is there",
    ("debug", "gtk_stdout"): "nothing of this kind is there",
}
"""Options without a counterpart, and why."""

_STAMP: Final = re.compile(r"^\s*(\w+)", re.MULTILINE)


def entries(options: Options, cameras: Sequence[CameraSummary] | None) -> Iterator[Entry]:
    """Tell what becomes of each option; `cameras` are those of the daemon, None where it cannot be asked.

    Raises `HowdyError` for values that are none.
    """
    for section, name, written, value in options:
        outcome = _outcome(options, cameras, section, name)
        settings = {".".join(key): setting for key, setting in outcome.settings.items()}
        yield Entry(section, written, " ".join(value.split()), outcome.fate, outcome.text, settings)


def _outcome(options: Options, cameras: Sequence[CameraSummary] | None, section: str, name: str) -> Outcome:
    if (section, name) == ("video", "device_path"):
        return _camera(options, cameras)
    if (rule := _RULES.get((section, name))) is not None:
        return rule(options)
    if (reason := _NOTHING.get((section, name))) is not None:
        return Outcome(Fate.NO_COUNTERPART, reason)
    return Outcome(Fate.UNKNOWN, "neither Howdy 2.6 nor Howdy 3 has it")


def _of_each_class(key: str, value: Value) -> dict[Key, Value]:
    return {("class", name, key): value for name in CLASSES}


def _disabled(options: Options) -> Outcome:
    if options.flag("core", "disabled", False):
        text = "the face opens nothing until allowed = true stands in each class"
        return Outcome(Fate.TAKEN, text, _of_each_class("allowed", False))
    return Outcome(Fate.HOLDS, "the face may open what its classes allow")


def _from_afar(options: Options) -> Outcome:
    if options.flag("core", "abort_if_ssh", True):
        return Outcome(
            Fate.HOLDS, "logind says who sits at the machine (seat.required), the environment is not believed"
        )
    return Outcome(Fate.REFUSED, "a face opens nothing for who is not at the machine (seat.required)")


def _lid(options: Options) -> Outcome:
    if options.flag("core", "abort_if_lid_closed", True):
        return Outcome(Fate.HOLDS, "a closed lid shuts the cameras that are built in (seat.lid)")
    text = "built-in cameras look with the lid closed, too; one on the desk does so anyway"
    return Outcome(Fate.TAKEN, text, {("seat", "lid"): False})


def _certainty(options: Options) -> Outcome:
    certainty = options.number("video", "certainty", CERTAINTY)
    text = "it is a distance between one network's numbers; a class has a level instead, which is a false match rate"
    if certainty < CERTAINTY:
        text += '; you had made Howdy stricter: think about level = "strict"'
    return Outcome(Fate.NO_COUNTERPART, text)


def _seconds(options: Options) -> Outcome:
    wanted = options.number("video", "timeout", SECONDS)
    seconds = min(max(wanted, SHORTEST), LONGEST)
    if seconds == SECONDS:
        return Outcome(Fate.HOLDS, f"a look takes {SECONDS:g} s at most (seconds)")
    settings = _of_each_class("seconds", seconds)
    text = f"a look takes {seconds:g} s at most"
    if seconds < NO_FACE_SECONDS:
        settings |= _of_each_class("no_face_seconds", seconds)
    if seconds != wanted:
        text += f": {SHORTEST:g} to {LONGEST:g} can be"
    if seconds > DOOR_WAITS:
        text += f"; the PAM line wants timeout={seconds + 1:.0f}, or it gives up after {DOOR_WAITS:g}"
    return Outcome(Fate.TAKEN, text, settings)


def _snapshots(name: str) -> Callable[[Options], Outcome]:
    def outcome(options: Options) -> Outcome:
        kept = options.flag("snapshots", name, False)
        text = "; what Howdy kept is where it was, remove it yourself" if kept else ""
        return Outcome(Fate.NO_COUNTERPART, _NO_PICTURES + text)

    return outcome


def _stamps(options: Options) -> Outcome:
    if not options.flag("rubberstamps", "enabled", False):
        return Outcome(
            Fate.HOLDS, 'no gesture is asked for (intent = "none"; before sudo a question is, intent = "key")'
        )
    stamps = _STAMP.findall(options.text("rubberstamps", "stamp_rules"))
    if "nod" not in stamps:
        named = ", ".join(dict.fromkeys(stamps)) or "none"
        return Outcome(Fate.NO_COUNTERPART, f"no gesture here is like these: {named}")
    return Outcome(Fate.TAKEN, "a nod is asked for before anything opens", _of_each_class("intent", "gesture"))


_RULES: Final[Mapping[tuple[str, str], Callable[[Options], Outcome]]] = {
    ("core", "disabled"): _disabled,
    ("core", "abort_if_ssh"): _from_afar,
    ("core", "abort_if_lid_closed"): _lid,
    ("video", "certainty"): _certainty,
    ("video", "timeout"): _seconds,
    ("snapshots", "save_failed"): _snapshots("save_failed"),
    ("snapshots", "save_successful"): _snapshots("save_successful"),
    ("rubberstamps", "enabled"): _stamps,
}


def device_of(options: Options) -> str:
    """Return the path of Howdy's camera, empty where none was chosen; Howdy 2.3 had its number."""
    path = options.text("video", "device_path")
    if path.isdigit():
        return f"/dev/video{path}"
    return "" if path.lower() == "none" else path


def camera_of(device: str, cameras: Sequence[CameraSummary]) -> CameraSummary | None:
    """Return the camera that a path leads to, by whichever link."""
    leads_to = os.path.realpath(device)
    return next((camera for camera in cameras if os.path.realpath(camera.path) == leads_to), None)


def _camera(options: Options, cameras: Sequence[CameraSummary] | None) -> Outcome:
    if not (device := device_of(options)):
        return Outcome(Fate.HOLDS, "no camera was chosen: it is that of the face, else the first real one")
    if cameras is None:
        return Outcome(Fate.REFUSED, "the daemon, which knows the cameras, could not be asked")
    if (camera := camera_of(device, cameras)) is None:
        return Outcome(Fate.REFUSED, "leads to no camera here; choose one of facelatch cameras, as camera.use")
    if camera.virtual:
        return Outcome(
            Fate.REFUSED, f"{camera.name} is a program's camera; name it yourself, as camera.use, if you trust it"
        )
    if not camera.infrared:
        return Outcome(Fate.TAKEN, f"it is {camera.name}", {("camera", "use"): camera.id})
    seeing = next((other for other in cameras if other.companion == camera.id), None)
    compared = "faces are compared by visible light, infrared is watched beside it"
    if seeing is None:
        text = f"{camera.name} is infrared, and no camera for visible light belongs to it; {compared}"
        return Outcome(Fate.REFUSED, text)
    text = f"{camera.name} is infrared, it is {seeing.name} that belongs to it: {compared}"
    return Outcome(Fate.TAKEN, text, {("camera", "use"): seeing.id})
