"""The words that all parts of Facelatch share: each enumeration's value is what travels."""

from __future__ import annotations

import enum
from typing import Final


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
    NOT_AT_SEAT = "not-at-seat"
    """Nobody who may be meant is active at a seat of this machine, or logind cannot say."""
    LID_CLOSED = "lid-closed"
    PASSWORD_WANTED = "password-wanted"
    LOCKED_OUT = "locked-out"
    NO_INTENT = "no-intent"
    # unavailable: nothing could be judged
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_DARK = "too-dark"
    COVERED = "covered"
    """Every frame is of one tone: a shutter, or a sticker."""
    EYES_CLOSED = "eyes-closed"
    UNCLEAR = "unclear"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    BUSY = "busy"
    # unavailable: a part is missing or broken
    NO_PACK = "no-pack"
    PACK_DAMAGED = "pack-damaged"
    PACK_TOO_WEAK = "pack-too-weak"
    """The pack was not shown to keep the false match rate that is wanted."""
    NO_LIVENESS = "no-liveness"
    NO_CAMERA = "no-camera"
    CAMERA_UNTRUSTED = "camera-untrusted"
    """A program's camera, or not one that the face was enrolled with."""
    CAMERA_BUSY = "camera-busy"
    CAMERA_FAILED = "camera-failed"
    EYE_FAILED = "eye-failed"
    STORE_FAILED = "store-failed"
    STORE_ROLLED_BACK = "store-rolled-back"
    """An older database was put in the place of the newest."""
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


class Liveness(enum.Enum):
    """What a service class asks for to be sure that a face is no picture of one."""

    OFF = "off"
    PASSIVE = "passive"
    """The pack's network, and the infrared camera where the face was enrolled with one."""
    ACTIVE = "active"
    """The same, and gestures chosen at random."""


class Intent(enum.Enum):
    """How somebody approves, before a face opens anything, what is asked for."""

    NONE = "none"
    KEY = "key"
    """An answer to a question, before the camera opens."""
    GESTURE = "gesture"
    """A nod before the camera, for where nothing can be asked."""


class Infrared(enum.Enum):
    """What becomes of the infrared camera that is built into the same device as the one that is used."""

    AUTO = "auto"
    """Faces enrolled with it want it ever after."""
    OFF = "off"
    REQUIRED = "required"
    """Faces that were enrolled without it open nothing."""


class Gesture(enum.Enum):
    """What a person is asked to do before the camera; directions are the person's own."""

    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    NOD = "nod"
    BLINK = "blink"


class Attack(enum.Enum):
    """What somebody holds before the camera in the place of his face, to see whether it gets in."""

    PHOTO = "photo"
    PHONE = "phone"


class PasswordCause(enum.Enum):
    """Why the password is wanted before the face opens anything."""

    NEVER = "never"
    """None is on record."""
    BOOT = "boot"
    AGE = "age"
    MISMATCHES = "mismatches"
    ENROLMENT = "enrolment"
    SUSPEND = "suspend"
    CLOCK = "clock"
    """The clock was set back, so that nobody can tell how old the last one is."""


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
    COVERED = "covered"
    DARK = "dark"
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    FAR = "far"
    BLURRED = "blurred"
    TURNED = "turned"
    EYES_CLOSED = "eyes-closed"


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
    UNCOVER = "uncover"
    MORE_LIGHT = "more-light"
    LESS_LIGHT = "less-light"
    NO_FACE = "no-face"
    ONE_FACE = "one-face"
    CLOSER = "closer"
    HOLD_STILL = "hold-still"
    LESS_TURNED = "less-turned"
    OPEN_EYES = "open-eyes"
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
