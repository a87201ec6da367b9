"""Whether a look may begin: pure functions, no input or output."""

from __future__ import annotations

from typing import Final

from facelatch.types import Reason
from facelatchd.settings import ClassRule

FREE_MISMATCHES: Final = 5
"""Mismatches in a row before the face is locked. NIST SP 800-63B-4 (draft) allows five without liveness detection."""

FIRST_LOCK: Final = 30.0
"""Seconds of the first lock; each further mismatch doubles it (same source: at least 30 s)."""

LONGEST_LOCK: Final = 24 * 3600.0
POLKIT_SERVICE: Final = "polkit-1"
"""What polkit's agents call themselves to PAM."""

LOCAL_HOSTS: Final = ("", "localhost")


def lock_left(mismatches: int, since: float) -> float:
    """Return for how many seconds more the face is locked; 0 where it is not."""
    if mismatches < FREE_MISMATCHES:
        return 0.0
    doublings = min(mismatches - FREE_MISMATCHES, 32)
    lock = min(FIRST_LOCK * 2.0**doublings, LONGEST_LOCK)
    return max(0.0, lock - max(0.0, since))


def gate_of_request(*, permitted: bool, rule: ClassRule | None, remote_host: str) -> Reason | None:
    """Return why what is asked for shuts a gate, before anything is looked up; None where it does not."""
    if not permitted:
        return Reason.NOT_PERMITTED
    if remote_host not in LOCAL_HOSTS:
        return Reason.REMOTE
    if rule is None or not rule.allowed:
        return Reason.SERVICE_REFUSED
    return None


def gate_of_record(*, enrolled: bool, mismatches: int, since: float) -> Reason | None:
    """Return why what is known of the user shuts a gate, None where it does not.

    since: seconds since the last mismatch; a clock that was moved back makes it negative, which counts as none.
    """
    if not enrolled:
        return Reason.NOT_ENROLLED
    if lock_left(mismatches, since) > 0:
        return Reason.LOCKED_OUT
    return None
