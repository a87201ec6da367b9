"""What keeps somebody from opening anything by face now, in words for a person."""

from __future__ import annotations

import math
from typing import Final

from facelatch.types import PasswordCause, StandingReport

_CAUSES: Final = {
    PasswordCause.NEVER: "none is on record yet",
    PasswordCause.BOOT: "the machine was started since it was last typed",
    PasswordCause.AGE: "it was last typed too long ago",
    PasswordCause.MISMATCHES: "too many faces were refused since it was last typed",
    PasswordCause.ENROLMENT: "a face was added or improved since it was last typed",
    PasswordCause.SUSPEND: "the machine slept for long since it was last typed",
    PasswordCause.CLOCK: "the clock was set back since it was last typed",
}


def password_first(cause: PasswordCause) -> str:
    """Return why the password is wanted before the face opens anything, as a sentence."""
    return f"The password comes first: {_CAUSES[cause]}."


def locked_for(seconds: float, mismatches: int) -> str:
    """Return for how many seconds more the face is locked, and why, as a sentence."""
    return f"The face is locked for {math.ceil(seconds)} s more: {mismatches} were refused in a row."


def locked(standing: StandingReport) -> str:
    """Return for how long the face is locked, and why; empty where it is not."""
    return locked_for(standing.locked_seconds, standing.mismatches) if standing.locked_seconds > 0 else ""


def hindrances(standing: StandingReport) -> tuple[str, ...]:
    """Return what keeps somebody from opening anything by face now, a sentence each; none where nothing does."""
    if not standing.faces:
        return ("No face is enrolled.",)
    said = []
    if not standing.usable:
        said.append("No face can be compared with the pack in use: all were enrolled with another.")
    if lock := locked(standing):
        said.append(lock)
    if standing.password_wanted is not None:
        said.append(password_first(standing.password_wanted))
    return tuple(said)
