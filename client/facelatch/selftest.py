"""What a self-test comes to: rates with their exact intervals, where the time of a look goes. Pure.

Times are no scores, and nothing here says how like a face was: the report can be given to anybody.
"""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from facelatch.types import STAGES, Attack, Infrared, Intent, Level, Liveness, Reason, Tried, Verdict

CONFIDENCE: Final = 0.95

LOCKS_AT: Final = 5
"""Mismatches in a row at which the daemon locks the face (`facelatchd.policy`)."""

STOP_AT: Final = LOCKS_AT - 2
"""Mismatches on record at which a self-test ends, or asks: two are left for logins."""

_HALVINGS: Final = 60


class Fate(enum.Enum):
    """What a look says of the face, or of the picture, before the camera."""

    OPENED = enum.auto()
    REFUSED = enum.auto()
    UNJUDGED = enum.auto()
    """Nothing could be judged: for who sits there as good as refused, for an attack no answer."""
    TAKEN_AWAY = enum.auto()
    """Somebody else needed the camera: the look is to be taken again."""
    BROKEN = enum.auto()
    """It has nothing to do with who is there, and another look would end the same."""


_UNJUDGED: Final = {
    Reason.NO_FACE, Reason.SEVERAL_FACES, Reason.TOO_DARK, Reason.COVERED, Reason.EYES_CLOSED, Reason.UNCLEAR,
    Reason.TIMEOUT, Reason.NO_INTENT,
}  # fmt: skip


def fate_of(reason: Reason) -> Fate:
    """Return what a look that ended so says."""
    match reason.verdict:
        case Verdict.MATCH:
            return Fate.OPENED
        case Verdict.MISMATCH:
            return Fate.REFUSED
    if reason in (Reason.BUSY, Reason.CANCELLED):
        return Fate.TAKEN_AWAY
    return Fate.UNJUDGED if reason in _UNJUDGED else Fate.BROKEN


# --- rates ------------------------------------------------------------------------------------------------------------


class Share(msgspec.Struct, frozen=True):
    """So many of so many, and between which rates, in [0, 1], the true one lies with 95 % confidence."""

    count: int
    of: int
    low: float
    high: float

    @classmethod
    def measured(cls, count: int, of: int) -> Share:
        """Return the share with its exact two-sided interval (Clopper and Pearson, Biometrika 26, 1934).

        Of none nothing is known: 0 to 1. Raises `ValueError` for counts that cannot be, and for more than 1000.
        """
        if not 0 <= count <= of <= 1000:
            raise ValueError(f"{count} of {of}")
        return cls(count, of, 1.0 - _highest(of - count, of), _highest(count, of))

    @property
    def words(self) -> str:
        """Where the true rate lies, in whole per cent, outwards rounded.

        Where no case was seen it is one-sided, 1 - 0.05^(1 / n): the "rule of three", about 3 / n.
        """
        if not self.of:
            return "nothing is known"
        if not self.count:
            return f"below {_up(-math.expm1(math.log(1 - CONFIDENCE) / self.of))} %"
        return f"between {_down(self.low)} % and {_up(self.high)} %"


def _highest(count: int, of: int) -> float:
    """Return the rate at which `count` or fewer of `of` are seen in one of forty cases."""
    if count == of:
        return 1.0
    tail = (1 - CONFIDENCE) / 2
    return _where(lambda rate: _at_most(count, of, rate) <= tail)


def _where(is_beyond: Callable[[float], bool]) -> float:
    """Return from where in [0, 1] on it is so, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return (low + high) / 2


def _at_most(count: int, of: int, rate: float) -> float:
    """Return how likely `count` or fewer of `of` independent cases are."""
    return math.fsum(math.comb(of, seen) * rate**seen * (1 - rate) ** (of - seen) for seen in range(count + 1))


def _down(rate: float) -> int:
    return math.floor(rate * 100 + 1e-9)


def _up(rate: float) -> int:
    return math.ceil(rate * 100 - 1e-9)


# --- times ------------------------------------------------------------------------------------------------------------


class Part(enum.Enum):
    """Where the time of a look goes, in the order in which it is told."""

    OPEN = "open"
    """From asking for the camera to its first frame."""
    WAIT = "wait"
    """For the frames after it: the camera exposes, and its rate is what it is."""
    DECODE = "decode"
    DETECT = "detect"
    EYES = "eyes"
    EMBED = "embed"
    LIVENESS = "liveness"
    DECIDE = "decide"
    """The judge's own: gates, comparing, adding up."""
    REST = "rest"
    """Before and behind the judge's look: the bus, polkit, writing the attempt down."""
    TOTAL = "total"


class Glance(msgspec.Struct, frozen=True):
    """One look; `spent` are milliseconds by `Part`, which do not add up to the total where stages overlap."""

    reason: Reason
    frames: int
    spent: dict[str, float]

    @classmethod
    def of(cls, tried: Tried, seconds: float) -> Glance:
        """Return what a look came to that took so long as who asked for it sees it."""
        total = seconds * 1000
        known = {Part.OPEN.value: (tried.opening or 0.0) * 1000} | {
            stage: tried.took[stage] * tried.frames for stage in STAGES if stage in tried.took
        }
        known[Part.DECIDE.value] = tried.deciding * 1000
        # Not what the parts leave of the total: stages overlap, and their sum is often more than it.
        rest = max(0.0, total - tried.seconds * 1000)
        spent = known | {Part.REST.value: rest, Part.TOTAL.value: total}
        return cls(tried.reason, tried.frames, {part: round(each, 1) for part, each in spent.items()})

    @property
    def fate(self) -> Fate:
        """What it says of who was there."""
        return fate_of(self.reason)


class Time(msgspec.Struct, frozen=True):
    """Milliseconds over several looks; `p95` is by nearest rank, so that of fewer than 20 it is the slowest."""

    median: float
    p95: float

    @classmethod
    def over(cls, values: Sequence[float]) -> Time:
        """Return the time over one value or more."""
        ordered = sorted(values)
        half = len(ordered) // 2
        median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
        return cls(round(median, 1), ordered[math.ceil(0.95 * len(ordered)) - 1])


def times_of(glances: Sequence[Glance]) -> dict[str, Time]:
    """Return the times of the looks that opened, by part: the others last as long as the settings let them."""
    opened = [glance.spent for glance in glances if glance.fate is Fate.OPENED]
    seen = {part for spent in opened for part in spent}
    return {
        part.value: Time.over([spent.get(part.value, 0.0) for spent in opened]) for part in Part if part.value in seen
    }


# --- the report -------------------------------------------------------------------------------------------------------


class CameraModel(msgspec.Struct, frozen=True):
    """Which kind of camera it is, without what tells this one from another of its kind."""

    name: str
    driver: str
    vendor_product: str
    infrared: bool
    """Whether there is an infrared camera in the same device."""
    virtual: bool


class Machine(msgspec.Struct, frozen=True):
    """What computes."""

    processor: str
    cores: int


class Rules(msgspec.Struct, frozen=True):
    """The settings that a look was held to: those of the class `unlock`."""

    level: Level
    liveness: Liveness
    intent: Intent
    seconds: float
    no_face_seconds: float
    infrared: Infrared


class Setting(msgspec.Struct, frozen=True):
    """With what was tested; `camera` is None where the daemon does not list it, as a file that stands in for one."""

    version: str
    pack: str
    machine: Machine
    rules: Rules | None = None
    camera: CameraModel | None = None


class Presentations(msgspec.Struct, frozen=True):
    """How often a picture got in: IAPAR after ISO/IEC 30107-3, of all that were presented.

    `reasons` are how the looks ended; `unanswered` are those of them in which nothing was judged.
    """

    attack: Attack
    accepted: Share
    unanswered: int
    reasons: dict[str, int]

    @classmethod
    def of(cls, attack: Attack, glances: Sequence[Glance]) -> Presentations:
        """Return what came of the presentations."""
        fates = Counter(glance.fate for glance in glances)
        return cls(
            attack,
            Share.measured(fates[Fate.OPENED], len(glances)),
            fates[Fate.UNJUDGED],
            _reasons(glances),
        )

    @property
    def words(self) -> str:
        """The outcome in a sentence's length."""
        share = self.accepted
        return f"{share.count} of {share.of} got in; the true rate is {share.words}"


class Looks(msgspec.Struct, frozen=True):
    """How often the face was refused that should have opened, for whatever reason: FRR after ISO/IEC 19795-1.

    `each` are the looks in their order; the first may have had to wait for the eye to start.
    """

    wanted: int
    refused: Share
    reasons: dict[str, int]
    each: tuple[Glance, ...]

    @classmethod
    def of(cls, wanted: int, glances: Sequence[Glance]) -> Looks:
        """Return what came of the looks."""
        refused = sum(glance.fate is not Fate.OPENED for glance in glances)
        return cls(wanted, Share.measured(refused, len(glances)), _reasons(glances), tuple(glances))

    @property
    def opened(self) -> int:
        """How many opened."""
        return self.refused.of - self.refused.count

    @property
    def words(self) -> str:
        """The outcome in a sentence's length."""
        return f"{self.opened} of {self.refused.of} opened; the true rate of refusals is {self.refused.words}"


def _reasons(glances: Sequence[Glance]) -> dict[str, int]:
    """Return how often each reason came up, the most frequent first."""
    return dict(Counter(glance.reason.value for glance in glances).most_common())


class Ending(enum.Enum):
    """Why a self-test ended."""

    DONE = "done"
    MISMATCHES = "mismatches"
    """One more would have come too near to a lock."""
    INTERRUPTED = "interrupted"
    BROKEN_OFF = "broken-off"
    """The daemon went away."""
    FAILED = "failed"


class SelftestReport(msgspec.Struct, frozen=True):
    """What a self-test came to, to be given to anybody: no score, no picture, no name, no serial number.

    `tested` is UTC in ISO 8601. `times` are those of the looks that opened, by `Part`. `mismatches` are how many
    refusals stand on record in the end. `failure` is set where it failed.
    """

    setting: Setting
    tested: str
    looks: Looks
    times: dict[str, Time]
    attacks: tuple[Presentations, ...]
    mismatches: int
    ended: Ending
    failure: Reason | None = None
