"""Whether a look may begin: pure functions, no input or output.

Time is told by `Moment`s. Within one start of the machine only the clocks count that nobody can set; the wall clock is
asked for nothing but what lies before this start.
"""

from __future__ import annotations

from typing import Final

from facelatch.types import Level, PasswordCause, Reason
from facelatch_models.pack import Manifest
from facelatch_models.scale import reached
from facelatchd.settings import ClassRule, PasswordRule
from facelatchd.store import Moment, Standing

FREE_MISMATCHES: Final = 5
"""Mismatches in a row before the face is locked. NIST SP 800-63B-4 (draft) allows five without liveness detection."""

FIRST_LOCK: Final = 30.0
"""Seconds of the first lock; each further mismatch doubles it (same source: at least 30 s)."""

LONGEST_LOCK: Final = 24 * 3600.0
HOUR: Final = 3600.0

POLKIT_SERVICE: Final = "polkit-1"
"""What polkit's agents call themselves to PAM."""

LOCAL_HOSTS: Final = ("", "localhost")


def lock_left(standing: Standing, now: Moment) -> float:
    """Return for how many seconds more the face is locked; 0 where it is not.

    After another start of the machine only the time since then has passed for certain: a restart shortens no lock, the
    lock runs anew from there.
    """
    if standing.mismatches < FREE_MISMATCHES:
        return 0.0
    doublings = min(standing.mismatches - FREE_MISMATCHES, 32)
    lock = min(FIRST_LOCK * 2.0**doublings, LONGEST_LOCK)
    return max(0.0, lock - _passed(standing.mismatched, now))


def _passed(then: Moment | None, now: Moment) -> float:
    """Return how many seconds have passed since then at the least."""
    if then is None:
        return 0.0
    return max(0.0, now.boottime - (then.boottime if then.boot == now.boot else 0.0))


def password_cause(standing: Standing, rule: PasswordRule, now: Moment) -> PasswordCause | None:
    """Return why the password is wanted before the face opens anything, None where it is not.

    Of several causes the first is told of which the person might not know: that a face was tried in vain, or enrolled,
    comes before what every start of the machine and every third day bring.
    """
    if not ever_wants_password(rule):
        return None
    if standing.password is None:
        return PasswordCause.NEVER
    if 0 < rule.after_mismatches <= standing.mismatches:
        return PasswordCause.MISMATCHES
    if rule.after_enrolment and standing.changed:
        return PasswordCause.ENROLMENT
    if rule.after_boot and standing.password.boot != now.boot:
        return PasswordCause.BOOT
    return _cause_of_age(standing.password, rule, now)


def ever_wants_password(rule: PasswordRule) -> bool:
    """Return whether there is anything at all after which the password is wanted."""
    counted = (rule.after_hours, rule.after_mismatches, rule.after_suspend_hours)
    return rule.after_boot or rule.after_enrolment or any(most > 0 for most in counted)


def _cause_of_age(password: Moment, rule: PasswordRule, now: Moment) -> PasswordCause | None:
    """Return what speaks against a password of that age.

    Since an earlier start of the machine nobody has watched: its age is what the wall clock says, and no less than this
    start has lasted; and all of it counts as slept but what this start was awake.
    """
    if rule.after_hours <= 0 and rule.after_suspend_hours <= 0:
        return None
    if password.boot == now.boot:
        age, awake = now.boottime - password.boottime, now.monotonic - password.monotonic
        turned_back = age < 0
    else:
        by_the_wall = (now.wall - password.wall).total_seconds()
        age, awake = max(by_the_wall, now.boottime), now.monotonic
        turned_back = by_the_wall < 0
    if turned_back:
        return PasswordCause.CLOCK
    if 0 < rule.after_hours * HOUR <= age:
        return PasswordCause.AGE
    if 0 < rule.after_suspend_hours * HOUR <= age - awake:
        return PasswordCause.SUSPEND
    return None


def gate_of_request(*, permitted: bool, rule: ClassRule | None, remote_host: str) -> Reason | None:
    """Return why what is asked for shuts a gate, before anything is looked up; None where it does not."""
    if not permitted:
        return Reason.NOT_PERMITTED
    if remote_host not in LOCAL_HOSTS:
        return Reason.REMOTE
    if rule is None or not rule.allowed:
        return Reason.SERVICE_REFUSED
    return None


def gate_of_record(*, enrolled: bool, standing: Standing, rule: PasswordRule | None, now: Moment) -> Reason | None:
    """Return why what is known of the user shuts a gate, None where it does not.

    rule: None for a look that opens nothing, for which no password is wanted; the lock holds for it all the same.
    That the password is wanted is told before a lock: the password ends both.
    """
    if not enrolled:
        return Reason.NOT_ENROLLED
    if rule is not None and password_cause(standing, rule, now) is not None:
        return Reason.PASSWORD_WANTED
    if lock_left(standing, now) > 0:
        return Reason.LOCKED_OUT
    return None


def gate_of_pack(manifest: Manifest, level: Level) -> Reason | None:
    """Return why a pack shuts a gate: it was not shown to keep the level's false match rate. None where it was."""
    return None if level.value in reached(manifest.figure) else Reason.PACK_TOO_WEAK
