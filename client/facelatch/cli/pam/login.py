"""Which login somebody confirms a change from, as logind knows it."""

from __future__ import annotations

from facelatch.doctor.bus import Bus, BusDown, CallFailed
from facelatch.doctor.session import session_of_caller
from facelatch.pam.confirmation import NEW_LOGIN, NotConfirmed, Session


def find_session(bus: Bus) -> Session:
    """Return the session of this process, else that on its user's display, where programs of a desktop may run outside.

    Raises `NotConfirmed` where there is none.
    """
    try:
        told = session_of_caller(bus)
    except (BusDown, CallFailed) as error:
        raise NotConfirmed(f"nobody says when you have logged in (logind: {error}); {NEW_LOGIN}") from error
    if told is None:
        raise NotConfirmed(f"you are in no session, so that it cannot be seen when you have logged in; {NEW_LOGIN}")
    match told:
        case {"Name": str(user), "Class": str(kind), "TimestampMonotonic": int(began)}:
            return Session(user, kind, began, str(told.get("TTY", "")))
    raise NotConfirmed(f"logind does not say when you have logged in; {NEW_LOGIN}")
