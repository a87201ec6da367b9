"""What the daemon tells of itself and of those it knows."""

from __future__ import annotations

from typing import Final

import msgspec

from facelatch.types.words import (
    Band,
    Infrared,
    Intent,
    Level,
    Liveness,
    PasswordCause,
    Quality,
    Reason,
    ServiceClass,
    Verdict,
)

FROM_PICTURES: Final = "pictures"
"""What `FaceSummary.camera` says of a face that was enrolled from pictures."""


class FaceSummary(msgspec.Struct, frozen=True):
    """One enrolled appearance of a user, without its templates. `enrolled` is UTC in ISO 8601."""

    id: str
    label: str
    enrolled: str
    templates: int
    pack: str
    camera: str
    """The camera's id, or `FROM_PICTURES`."""
    usable: bool
    """False where the pack in use compares in another space: the face must be enrolled anew."""
    quality: Quality
    infrared: str = ""
    """The id of the infrared camera that it was enrolled with, too, and that it wants ever after."""


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
    removable: bool = False
    """Whether anybody could have plugged it in; a built-in one is not."""
    companion: str = ""
    """The id of the infrared camera in the same device."""


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

    @property
    def eye_answers(self) -> bool:
        """Whether the eye has said what there is; without a pack it does, and `eye` tells of that."""
        return self.eye in (EYE_READY, self.pack_problem)


class ClassPolicy(msgspec.Struct, frozen=True):
    """What holds for one service class."""

    service_class: ServiceClass
    allowed: bool
    level: Level
    liveness: Liveness
    intent: Intent
    services: tuple[str, ...]
    seconds: float = 4.0
    no_face_seconds: float = 2.5


class PolicyReport(msgspec.Struct, frozen=True):
    """The policy in force; `sources` are the files it was read from.

    `bind`: a face opens only with the camera it was enrolled with. `password_first`: there is something after which the
    password is wanted before the face opens anything, so that the PAM stack must tell of it (a `passed` line).
    """

    classes: tuple[ClassPolicy, ...]
    camera: str
    sources: tuple[str, ...]
    trusted: tuple[str, ...] = ()
    """Cameras that are good for every face."""
    infrared: Infrared = Infrared.AUTO
    bind: bool = True
    password_first: bool = True


class StandingReport(msgspec.Struct, frozen=True):
    """How somebody stands with the judge: what, beside his face, decides whether a login by face can open now.

    `password_wanted` is why the password comes first, None where it need not; `locked_seconds` for how long the face is
    locked after mismatches; `password_given` when the password was last accepted, UTC in ISO 8601, empty where none is
    on record.
    """

    user: str
    faces: int
    usable: int
    mismatches: int = 0
    locked_seconds: float = 0.0
    password_wanted: PasswordCause | None = None
    password_given: str = ""


class ExportReport(msgspec.Struct, frozen=True):
    """All that is stored about somebody, the numbers of his templates apart, which are never given out.

    `exported` is UTC in ISO 8601; `withheld` says in words what is left out, and why.
    """

    user: str
    uid: int
    exported: str
    standing: StandingReport
    faces: tuple[FaceSummary, ...]
    attempts: tuple[AttemptSummary, ...]
    withheld: str


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
