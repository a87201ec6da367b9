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


def hindrances(standing: StandingReport) -> tuple[str, ...]:
    """Return what keeps somebody from opening anything by face now, a sentence each; none where nothing does."""
    if not standing.faces:
        return ("No face is enrolled.",)
    said = []
    if not standing.usable:
        said.append("No face can be compared with the pack in use: all were enrolled with another.")
    if standing.locked_seconds > 0:
        left = math.ceil(standing.locked_seconds)
        said.append(f"The face is locked for {left} s more: {standing.mismatches} were refused in a row.")
    if standing.password_wanted is not None:
        said.append(f"The password comes first: {_CAUSES[standing.password_wanted]}.")
    return tuple(said)
