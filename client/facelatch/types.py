"""The words that all parts of Facelatch share: verdicts, reasons, faces, attempts."""

from __future__ import annotations

import enum
from typing import Final

import msgspec


class Verdict(enum.Enum):
    """The end of a verification."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNAVAILABLE = "unavailable"


class Reason(enum.Enum):
    """Why a verification ended as it did. The value travels to the door, into the history and to callers."""

    MATCHED = "matched"
    # mismatch: a face was judged
    ANOTHER_FACE = "another-face"
    NOT_LIVE = "not-live"
    # unavailable: a gate was shut before the camera opened
    UNKNOWN_USER = "unknown-user"
    NOT_ENROLLED = "not-enrolled"
    NOT_PERMITTED = "not-permitted"
    SERVICE_REFUSED = "service-refused"
    REMOTE = "remote"
    LOCKED_OUT = "locked-out"
    NO_INTENT = "no-intent"
    # unavailable: nothing could be judged
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_DARK = "too-dark"
    UNCLEAR = "unclear"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    BUSY = "busy"
    # unavailable: a part is missing or broken
    NO_PACK = "no-pack"
    PACK_DAMAGED = "pack-damaged"
    NO_LIVENESS = "no-liveness"
    NO_CAMERA = "no-camera"
    CAMERA_BUSY = "camera-busy"
    CAMERA_FAILED = "camera-failed"
    EYE_FAILED = "eye-failed"
    STORE_FAILED = "store-failed"
    BAD_REQUEST = "bad-request"
    INTERNAL = "internal"

    @property
    def verdict(self) -> Verdict:
        """The only verdict that this reason may stand beside."""
        if self is Reason.MATCHED:
            return Verdict.MATCH
        if self in (Reason.ANOTHER_FACE, Reason.NOT_LIVE):
            return Verdict.MISMATCH
        return Verdict.UNAVAILABLE

    @property
    def ending(self) -> str:
        """What a verification that ends so is called on the bus: fprintd's word where it has one, else the value."""
        return {Reason.MATCHED: "match", Reason.ANOTHER_FACE: "no-match"}.get(self, self.value)


class Band(enum.Enum):
    """How near a face came, coarse enough to be of no use to somebody who climbs scores."""

    FAR = "far"
    NEAR = "near"
    MATCH = "match"


class ServiceClass(enum.Enum):
    """What a PAM service is for; the policy is written per class."""

    UNLOCK = "unlock"
    LOGIN = "login"
    ELEVATE = "elevate"
    OTHER = "other"


class Level(enum.Enum):
    """The false match rate a verification is held to: 1e-4, 1e-5, 1e-6 per transaction."""

    CONVENIENT = "convenient"
    BALANCED = "balanced"
    STRICT = "strict"

    @property
    def false_match_rate(self) -> float:
        """The wanted upper bound of the false match rate."""
        return {Level.CONVENIENT: 1e-4, Level.BALANCED: 1e-5, Level.STRICT: 1e-6}[self]


class Refusal(enum.Enum):
    """What only a call on the bus runs into, beside the values of `Reason`."""

    CLAIM_CAMERA = "claim-camera"
    """The caller has not claimed the camera."""
    ALREADY_IN_USE = "already-in-use"
    """Somebody has claimed the camera, or something runs already."""
    NO_ACTION_IN_PROGRESS = "no-action-in-progress"
    NO_SUCH_CAMERA = "no-such-camera"
    NO_SUCH_FACE = "no-such-face"


ERROR_PREFIX: Final = "org.facelatch.Error."

ERROR_NAMES: Final[dict[Reason | Refusal, str]] = {
    error: ERROR_PREFIX + error.value.title().replace("-", "") for error in (*Reason, *Refusal)
} | {Reason.NOT_PERMITTED: ERROR_PREFIX + "PermissionDenied"}
"""The one table of the bus's errors, both ways; `PermissionDenied` is what fprintd's clients know."""

ERRORS_BY_NAME: Final = {name: error for error, name in ERROR_NAMES.items()}


class View(enum.Enum):
    """What kept a frame from being useful, or that nothing did."""

    CLEAR = "clear"
    DARK = "dark"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    FAR = "far"
    BLURRED = "blurred"
    TURNED = "turned"


class Pose(enum.Enum):
    """Where a head points, as the person sees it."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Hint(enum.Enum):
    """What a person is told during an enrolment: what to do next, or why a shot or a picture was not taken."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    MORE_LIGHT = "more-light"
    LESS_LIGHT = "less-light"
    NO_FACE = "no-face"
    ONE_FACE = "one-face"
    CLOSER = "closer"
    HOLD_STILL = "hold-still"
    LESS_TURNED = "less-turned"
    UNCLEAR = "unclear"
    ANOTHER_FACE = "another-face"
    UNDECIDED = "undecided"
    """Of a picture: it shows one of several people, and it is not clear who is meant."""
    ALIKE = "alike"
    ENOUGH = "enough"
    BAD_PICTURE = "bad-picture"
    DONE = "done"


class Quality(enum.Enum):
    """How well an enrolled face is covered: by how many shots, and of how many poses or pictures."""

    POOR = "poor"
    FAIR = "fair"
    GOOD = "good"


class FaceSummary(msgspec.Struct, frozen=True):
    """One enrolled appearance of a user, without its templates. `enrolled` is UTC in ISO 8601."""

    id: str
    label: str
    enrolled: str
    templates: int
    pack: str
    camera: str
    """The camera's id, or `pictures`."""
    usable: bool
    """False where the pack in use compares in another space: the face must be enrolled anew."""
    quality: Quality


class PersonSummary(msgspec.Struct, frozen=True):
    """Somebody who has a face. A guest has no account: he is there to be identified, and no face of his opens anything.

    `usable` is how many of the faces the pack in use can compare.
    """

    name: str
    guest: bool
    faces: int
    usable: int


class AttemptSummary(msgspec.Struct, frozen=True):
    """One line of the history; `when` is UTC in ISO 8601."""

    when: str
    user: str
    service: str
    verdict: Verdict
    reason: Reason
    seconds: float
    frames: int
    band: Band | None = None


class CameraSummary(msgspec.Struct, frozen=True):
    """One camera, as the eye knows it; `object` is its path on the bus, empty while it has none."""

    id: str
    name: str
    path: str
    driver: str
    vendor_product: str
    infrared: bool
    virtual: bool
    object: str = ""


EYE_READY: Final = "ready"
"""What `StatusReport.eye` says where nothing is wrong with it."""


class StatusReport(msgspec.Struct, frozen=True):
    """How the daemon stands. A problem is one line for a person that says what to do, empty where there is none."""

    version: str
    pack: str
    pack_problem: str
    eye: str
    """`EYE_READY`, or what is wrong with it."""
    cameras: tuple[CameraSummary, ...]
    enrolled_users: int
    services: dict[str, str]
    """Service to class, those that are allowed."""
    camera: str = ""
    """The camera that the settings name, empty for the first real one."""
    camera_problem: str = ""
    """Why the camera that would be used cannot be."""


class ClassPolicy(msgspec.Struct, frozen=True):
    """What holds for one service class."""

    service_class: ServiceClass
    allowed: bool
    level: Level
    liveness: bool
    intent: bool
    services: tuple[str, ...]


class PolicyReport(msgspec.Struct, frozen=True):
    """The policy in force; `sources` are the files it was read from."""

    classes: tuple[ClassPolicy, ...]
    camera: str
    sources: tuple[str, ...]


class PackPart(msgspec.Struct, frozen=True):
    """One network of a pack."""

    role: str
    name: str
    licence: str
    source: str
    bytes: int


class PackFigure(msgspec.Struct, frozen=True):
    """One measured figure of a pack, with its 95 % interval where there is one; rates are in [0, 1]."""

    name: str
    value: float
    data: str
    low: float | None = None
    high: float | None = None


class PackReport(msgspec.Struct, frozen=True):
    """The pack in use. Where none can be used, `problem` says why and what to do, and the rest is empty."""

    id: str = ""
    version: str = ""
    title: str = ""
    licence: str = ""
    terms: str = ""
    measured: str = ""
    """On what the scores were calibrated."""
    parts: tuple[PackPart, ...] = ()
    figures: tuple[PackFigure, ...] = ()
    levels: tuple[Level, ...] = ()
    """The levels that were shown to hold with it, on people it was not fitted on."""
    problem: str = ""


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
    """One frame of a verification. An ordinary caller learns the view only; the rest is for who may see figures."""

    view: View
    band: Band | None = None
    live: bool | None = None
    evidence: float | None = None


class Tried(msgspec.Struct, frozen=True):
    """The verdict of a verification; `evidence` and `wanted`, in nats, are set for who may see figures only.

    `seconds` is how long the look took, `took` the mean milliseconds of a frame per stage.
    """

    verdict: Verdict
    reason: Reason
    band: Band | None = None
    seconds: float = 0.0
    frames: int = 0
    took: dict[str, float] = {}
    evidence: float | None = None
    wanted: float | None = None


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
