"""Whether a look may begin: pure functions, no input or output."""

from __future__ import annotations

from typing import Final

import msgspec

from facelatch.types import Reason
from facelatchd.settings import ClassRule

FREE_MISMATCHES: Final = 5
"""Mismatches in a row before the face is locked. NIST SP 800-63B-4 (draft) allows five without liveness detection."""

FIRST_LOCK: Final = 30.0
"""Seconds of the first lock; each further mismatch doubles it (same source: at least 30 s)."""

LONGEST_LOCK: Final = 24 * 3600.0
LOCAL_HOSTS: Final = ("", "localhost")


class Facts(msgspec.Struct, frozen=True):
    """What is known before a camera opens; what the store knows comes later, and shuts no gate before it has come."""

    permitted: bool
    rule: ClassRule | None
    remote_host: str
    enrolled: bool = True
    mismatches: int = 0
    since_mismatch: float = 0.0
    """Seconds since the last mismatch; a clock that was moved back makes it negative, which counts as none."""


def lock_left(mismatches: int, since: float) -> float:
    """Return for how many seconds more the face is locked; 0 where it is not."""
    if mismatches < FREE_MISMATCHES:
        return 0.0
    doublings = min(mismatches - FREE_MISMATCHES, 32)
    lock = min(FIRST_LOCK * 2.0**doublings, LONGEST_LOCK)
    return max(0.0, lock - max(0.0, since))


def shut_gate(facts: Facts) -> Reason | None:
    """Return why no camera is opened, None where nothing speaks against it; the cheapest reason comes first."""
    if not facts.permitted:
        return Reason.NOT_PERMITTED
    if facts.remote_host not in LOCAL_HOSTS:
        return Reason.REMOTE
    if facts.rule is None or not facts.rule.allowed:
        return Reason.SERVICE_REFUSED
    if not facts.enrolled:
        return Reason.NOT_ENROLLED
    if lock_left(facts.mismatches, facts.since_mismatch) > 0:
        return Reason.LOCKED_OUT
    return None
