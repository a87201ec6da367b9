"""What goes into the store and comes out of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Band, Reason, Verdict

LARGEST_UID: Final = 2**32 - 2
"""2**32 - 1 is `(uid_t) -1`, which means "nobody given" to the system calls."""

GUEST_UID: Final = 2**32 - 1
"""Stands for the account of somebody who has none."""


class User(msgspec.Struct, frozen=True):
    """A person: both name and uid. The same name with another uid is another person.

    Raises `ValueError` for a name that no database can hold, or a uid that is none.
    """

    name: str
    uid: int

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a user's name is empty")
        check_text("a user's name", self.name)
        if not 0 <= self.uid <= LARGEST_UID:
            raise ValueError(f"uid {self.uid} of {self.name!r}: expected 0 to {LARGEST_UID}")


class Guest(User, frozen=True):
    """A person without an account here, enrolled to be identified only: whom no login can mean.

    No account has the uid, so that nothing a guest has enrolled is ever an account's, one of the same name included:
    templates are looked up and unsealed by name and uid.
    """

    uid: int = GUEST_UID

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a guest's name is empty")
        check_text("a guest's name", self.name)
        if self.uid != GUEST_UID:
            raise ValueError(f"uid {self.uid} of the guest {self.name!r}: expected {GUEST_UID}")


def person_of(name: str, uid: int) -> User:
    """Return whom a name and uid of the store's mean; raises `ValueError` as `User` does."""
    return Guest(name) if uid == GUEST_UID else User(name, uid)


class FaceRecord(msgspec.Struct, frozen=True):
    """One enrolled appearance, without its templates; `templates` is how many there are, `enrolled` is UTC.

    `space` names the vector space of the pack's embedder; `camera` is "pictures" where it was enrolled from some, and
    `infrared` the id of the infrared camera that watched with it, or empty.
    """

    id: str
    label: str
    enrolled: datetime
    pack: str
    space: str
    camera: str
    templates: int
    infrared: str = ""


class Template(msgspec.Struct, frozen=True, eq=False):
    """One opened template. `vector`: shape (dimension,), float32, length 1, not writable."""

    face_id: str
    vector: NDArray[np.float32]


class ListedFace(msgspec.Struct, frozen=True):
    """A face in the list of all; `templates` is how many it has. They are only added to, or go with the face."""

    id: str
    label: str
    user: User
    templates: int


class Person(msgspec.Struct, frozen=True):
    """Somebody enrolled; `usable` is how many of the faces are of the space that was asked about."""

    user: User
    faces: int
    usable: int


class Attempt(msgspec.Struct, frozen=True):
    """One verification that has ended. `started` is UTC; `seconds` is how long it took; `frames` how many were judged.

    Raises `ValueError` where verdict and reason contradict each other, or a value is none the history can hold.
    """

    user: str
    service: str
    verdict: Verdict
    reason: Reason
    band: Band | None
    started: datetime
    seconds: float
    frames: int
    camera: str

    def __post_init__(self) -> None:
        if self.reason.verdict is not self.verdict:
            raise ValueError(f"verdict {self.verdict.value} with the reason {self.reason.value}")
        for what in ("user", "service", "camera"):
            check_text(f"an attempt's {what}", getattr(self, what))
        check_time("an attempt's start", self.started)


class Moment(msgspec.Struct, frozen=True):
    """A point in time that no setting of the clock moves.

    `boot` is the kernel's id of this start of the machine; `boottime` and `monotonic` are seconds since then, with and
    without what it slept; `wall` is UTC, for people, and for what lies before this start.
    """

    boot: str
    boottime: float
    monotonic: float
    wall: datetime

    def __post_init__(self) -> None:
        check_time("a moment", self.wall)


class Standing(msgspec.Struct, frozen=True):
    """What is remembered of a user beside his faces, and decides whether a face may open anything (`policy`).

    `mismatches` since the last match or password, the newest at `mismatched`; `password` is when the password was last
    accepted; `changed` says that a face was added or improved since then.
    """

    mismatches: int = 0
    mismatched: Moment | None = None
    password: Moment | None = None
    changed: bool = False


def check_text(what: str, text: str) -> None:
    """Raise `ValueError` for text that SQLite or PostgreSQL cannot hold: NUL, or what UTF-8 cannot write."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{what} holds a character that the database cannot: {text!r}")


def check_time(what: str, when: datetime) -> None:
    """Raise `ValueError` for a time that is not UTC: SQLite does not keep offsets."""
    if when.utcoffset() != timedelta(0):
        raise ValueError(f"{what}: expected a time in UTC, not {when!r}")
