"""The words that all parts of Facelatch share: verdicts, reasons, faces, attempts."""

from __future__ import annotations

import enum

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


class FaceSummary(msgspec.Struct, frozen=True):
    """One enrolled appearance of a user, without its templates. `enrolled` is UTC in ISO 8601."""

    id: str
    label: str
    enrolled: str
    templates: int
    pack: str
    camera: str
    usable: bool
    """False where the pack in use compares in another space: the face must be enrolled anew."""


class AttemptSummary(msgspec.Struct, frozen=True):
    """One line of the history; `when` is UTC in ISO 8601."""

    when: str
    user: str
    service: str
    verdict: Verdict
    reason: Reason
    band: Band | None
    seconds: float
    frames: int
