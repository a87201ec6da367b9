"""Whether whoever is to be verified sits at this machine: pure functions, no input or output."""

from __future__ import annotations

import enum
import re
from typing import Final

import msgspec

from facelatch.types import Reason, ServiceClass
from facelatchd.bouncer import Caller
from facelatchd.store import User

_VIRTUAL_CONSOLE: Final = re.compile(r"tty([1-9][0-9]?)")
"""What `login` calls a console of the machine's own screen; serial ones are `ttyS0`, `ttyUSB0`, `hvc0`."""

CONSOLES_SEAT: Final = "seat0"
"""The one seat that has virtual consoles."""

_DISPLAY: Final = re.compile(r":[0-9]+(\.[0-9]+)?")
"""What display managers call an X server of this machine; another machine's has that one's name before the colon."""


class Kind(enum.Enum):
    """What a session is for: logind's classes, as far as they differ for us."""

    USER = "user"
    GREETER = "greeter"
    LOCK_SCREEN = "lock-screen"
    MANAGER = "manager"
    """systemd's own, of a user's service manager (since 256): whatever a user's units start, a terminal's tmux too."""
    OTHER = "other"
    """Cron's and the like: nobody sits before one."""

    @classmethod
    def of(cls, logind_class: str) -> Kind:
        """Return the kind of a class of logind's, such as `user-early` or `background-light`."""
        for kind in (cls.USER, cls.GREETER, cls.LOCK_SCREEN, cls.MANAGER):
            if logind_class == kind.value or logind_class.startswith(kind.value + "-"):
                return kind
        return cls.OTHER


class Session(msgspec.Struct, frozen=True):
    """A session, as logind knows it. `seat` is empty where it has none, `console` 0 where it has no virtual one."""

    id: str
    uid: int
    kind: Kind
    seat: str = ""
    console: int = 0
    active: bool = False
    remote: bool = False
    locked: bool = False
    """Whether it says that its screen is locked, as GNOME's and KDE's do."""

    @property
    def in_front(self) -> bool:
        """Whether it is what the screen, camera and keyboard of a seat of this machine are given to."""
        return bool(self.seat) and self.active and not self.remote


class Place(msgspec.Struct, frozen=True):
    """Who is at this machine, and where a request comes from.

    `caller` is the session that the asking process is in, for polkit's helper that of the dialog; None where it is in
    none. `front` are the sessions before which somebody may sit: at most one a seat. `asker` is the uid of who asks
    where no session says so; None where nobody can, as of a service of the system's: then nobody is elevated.
    """

    caller: Session | None = None
    front: tuple[Session, ...] = ()
    lid_closed: bool = False
    asker: int | None = None


def gate_of_place(place: Place, *, service_class: ServiceClass, user: User, caller: Caller, tty: str) -> Reason | None:
    """Return why the place of a request shuts a gate, None where it does not.

    A session that asks must itself be in front, whatever it asks for: the person at the seat must not open what
    somebody else has before him. What is in no session (greeters, polkit's helper, tmux) is judged by what is wanted,
    and by who asks: from afar, `su bob` in a tmux must not have the face of bob, who sits there and asks for nothing.
    """
    asking, asker = place.caller, place.asker
    if asking is not None and asking.remote:
        return Reason.REMOTE
    if asking is not None and asking.kind is Kind.MANAGER:
        asker, asking = asking.uid, None  # it has never had a seat, so it says no more than who asks
    if asking is not None and not asking.in_front:
        return Reason.NOT_AT_SEAT
    front = [session for session in place.front if session.in_front]
    match service_class:
        case ServiceClass.UNLOCK:
            open_ = bool(_of_user(front, user))
        case ServiceClass.LOGIN:
            open_ = _may_log_in(front, user, caller, tty)
        case ServiceClass.ELEVATE:
            # `su bob`: whoever sits there is not who is verified, and that he sits there is enough.
            there = _of_user(front, user) if asking is None else _of_people([asking])
            own = asking is not None or asker == user.uid
            open_ = own and any(not session.locked for session in there)
        case ServiceClass.OTHER:
            open_ = False
    return None if open_ else Reason.NOT_AT_SEAT


def _of_people(sessions: list[Session]) -> list[Session]:
    return [session for session in sessions if session.kind is Kind.USER]


def _of_user(front: list[Session], user: User) -> list[Session]:
    return [session for session in _of_people(front) if session.uid == user.uid]


def _may_log_in(front: list[Session], user: User, caller: Caller, tty: str) -> bool:
    """Whether somebody may be before a greeter, or a screen that GNOME locks by its greeter's service, or a console.

    At a console nobody has a session yet, so that one is believed where root names it and nobody else is in front.
    """
    name = tty.removeprefix("/dev/")
    console = _VIRTUAL_CONSOLE.fullmatch(name)
    if name and not console and not _DISPLAY.fullmatch(name):
        return False  # a serial line, a pseudo-terminal: whoever is there is not before the camera
    if any(session.kind in (Kind.GREETER, Kind.LOCK_SCREEN) for session in front):
        return True
    if any(session.locked for session in _of_user(front, user)):
        return True
    if console is None:
        return False
    elsewhere = [session for session in front if session.seat == CONSOLES_SEAT and session.console != int(console[1])]
    return caller.is_root and not elsewhere
