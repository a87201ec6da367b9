"""What was seen, in a picture or before a camera, and what came of it."""

from __future__ import annotations

from typing import Final

import msgspec

from facelatch.types.reports import FaceSummary
from facelatch.types.words import Band, Gesture, Hint, Pose, Reason, Verdict, View

STAGES: Final = ("wait", "decode", "detect", "eyes", "embed", "liveness")
"""What `Tried.took` may name: what the eye takes time for, in the order in which it is told."""

UNSURE: Final = "unsure"
"""What `Told.label` says where no label is likely enough."""


class Told(msgspec.Struct, frozen=True):
    """One attribute of a face as its looks suggest it, never used to decide; `probability` is calibrated, in [0, 1].

    It is the label's, or where the label is `UNSURE` that of the likeliest one.
    """

    name: str
    label: str
    probability: float


class Identity(msgspec.Struct, frozen=True):
    """Somebody enrolled whom a face may be; `face` is the label, `probability` calibrated, in [0, 1]."""

    user: str
    face: str
    probability: float


class Identified(msgspec.Struct, frozen=True):
    """Who of the enrolled a face is taken for: `user`, empty for nobody.

    `identities` are the likeliest few, likeliest first; `nobody` is the probability that it is none of all.
    """

    user: str
    nobody: float
    identities: tuple[Identity, ...] = ()


class AnalysedFace(msgspec.Struct, frozen=True):
    """One face in a picture. Lengths are pixels, angles degrees, the rest is in [0, 1].

    `box` is x, y, width, height; `landmarks` are x, y of the person's right eye, left eye, nose, right and left mouth
    corner. `yaw` is positive towards the person's left, `pitch` upwards. `quality` are components after ISO/IEC
    29794-5, 0 (worst) to 100. `live` is None where the pack cannot tell. `attributes` and `identified` are there where
    they were asked for.
    """

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...]
    confidence: float
    yaw: float
    pitch: float
    roll: float
    sharpness: float
    light: float
    quality: dict[str, float] = {}
    live: bool | None = None
    attributes: tuple[Told, ...] = ()
    identified: Identified | None = None


class Analysis(msgspec.Struct, frozen=True):
    """What one picture shows, its faces the largest first. `took` are milliseconds per stage.

    `more` is how many further, smaller faces were found that are not told of: a crowd must not cost a minute.
    """

    width: int
    height: int
    view: View
    light: float
    faces: tuple[AnalysedFace, ...] = ()
    took: dict[str, float] = {}
    more: int = 0


class TryStep(msgspec.Struct, frozen=True):
    """One frame of a verification. `instruction` is the gesture that the person is to show now.

    An ordinary caller learns the view and the instruction only; the rest is for who may see figures.
    """

    view: View
    band: Band | None = None
    live: bool | None = None
    evidence: float | None = None
    instruction: Gesture | None = None


class Tried(msgspec.Struct, frozen=True):
    """The verdict of a verification; `evidence` and `wanted`, in nats, are set for who may see figures only.

    `seconds` is how long the look took: `opening` of it until the camera's first frame, None where there was none, and
    `deciding` in the judge; `took` the mean milliseconds of a frame per stage, which may overlap. `text` says more than
    the reason where pack or camera keep the face from opening anything: which is wanted, which is there, what to do.
    """

    verdict: Verdict
    reason: Reason
    band: Band | None = None
    seconds: float = 0.0
    frames: int = 0
    took: dict[str, float] = {}
    evidence: float | None = None
    wanted: float | None = None
    text: str = ""
    opening: float | None = None
    deciding: float = 0.0


class EnrollStep(msgspec.Struct, frozen=True):
    """One shot: kept or not; `hint` says why not, or what to do next, `text` the same in English for a person.

    `covered` are the poses of which there are shots enough; `shot` is the number of the shot that was kept; `name` is
    the picture's where there is one. A picture that is kept with the hint `ONE_FACE` shows others, too.
    """

    kept: int
    wanted: int
    taken: bool
    hint: Hint | None = None
    text: str = ""
    name: str = ""
    covered: tuple[Pose, ...] = ()
    shot: int | None = None


class EnrollShot(msgspec.Struct, frozen=True):
    """One shot that waits to be saved. Lengths as in `AnalysedFace`.

    `picture` is a JPEG of the camera's; pictures that were sent are not kept, and have a `name` instead.
    """

    shot: int
    box: tuple[float, float, float, float]
    sharpness: float
    light: float
    pose: Pose | None = None
    picture: bytes = b""
    name: str = ""


class Enrolled(msgspec.Struct, frozen=True):
    """The enrolment is stored; `missing` are the poses never shown, `text` says so to a person."""

    face: FaceSummary
    missing: tuple[Pose, ...] = ()
    text: str = ""


class Failure(msgspec.Struct, frozen=True):
    """What was asked for came to nothing; `text` is for a person and says what to do."""

    reason: Reason
    text: str
