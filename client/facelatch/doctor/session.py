"""Whether the caller sits at this computer, as logind sees it: polkit goes by that, and so does the daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from facelatch.doctor.bus import Bus, BusDown, CallFailed, properties
from facelatch.doctor.report import Finding, Part, State
from facelatch.doctor.scene import Scene

LOGIND: Final = "org.freedesktop.login1"
_MANAGER: Final = "/org/freedesktop/login1"

_REFUSED: Final = "polkit will refuse to enrol or try a face from here, and sudo will ask for the password"


def check_session(scene: Scene) -> Iterator[Finding]:
    """Look at the session that polkit would take the caller for."""
    if scene.uid == 0:
        yield Finding(Part.SESSION, State.OK, "You are root, and may do everything from anywhere.")
        return
    remedy = "Do it at the computer itself, or as root."
    try:
        session = session_of_caller(scene.bus)
    except (BusDown, CallFailed) as error:
        text = f"Nobody says who sits at this computer (logind: {error}): {_REFUSED}."
        yield Finding(Part.SESSION, State.NOTE, text, remedy)
        return
    if session is None:
        yield Finding(Part.SESSION, State.NOTE, f"You have no session at this computer: {_REFUSED}.", remedy)
    elif session.get("Remote") is True:
        yield Finding(Part.SESSION, State.NOTE, f"You are here over the network: {_REFUSED}.", remedy)
    elif session.get("Active") is not True:
        text = f"Your session is not the one on the screen: {_REFUSED}."
        yield Finding(Part.SESSION, State.NOTE, text, "Switch to it.")
    elif not _seat(session):
        text = f"Your session has no seat, no screen and keyboard of this computer: {_REFUSED}."
        yield Finding(Part.SESSION, State.NOTE, text, remedy)
    else:
        yield Finding(Part.SESSION, State.OK, "You sit at this computer, in the session on its screen.")


def _seat(session: dict[str, object]) -> str:
    """Return the seat that a session belongs to, empty where there is none."""
    match session.get("Seat"):
        case (str(name), str(_path)):
            return name
    return ""


def session_of_caller(bus: Bus) -> dict[str, object] | None:
    """Return the caller's session, else the one on his display (as polkit does), None where there is neither."""
    manager = f"{LOGIND}.Manager"
    try:
        (path,) = bus.call(LOGIND, _MANAGER, manager, "GetSessionByPID", os.getpid())
    except CallFailed as error:
        if not error.name.endswith("NoSessionForPID"):
            raise
        path = _display(bus)
    return properties(bus, LOGIND, str(path), f"{LOGIND}.Session") if path else None


def _display(bus: Bus) -> str:
    """Return the session on a user's display, empty where there is none."""
    try:
        (path,) = bus.call(LOGIND, _MANAGER, f"{LOGIND}.Manager", "GetUserByPID", os.getpid())
    except CallFailed as error:
        if not error.name.endswith("NoUserForPID"):
            raise
        return ""
    match properties(bus, LOGIND, str(path), f"{LOGIND}.User").get("Display"):
        case (str(name), str(session)) if name:
            return session
    return ""
