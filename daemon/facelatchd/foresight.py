"""Gets eye and camera ready before a face is asked for: when the machine wakes, its lid opens, a screen is locked.

Nothing of it decides or delays anything. Whatever goes wrong is logged, and a look opens its camera by itself.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from facelatch.types import ServiceClass
from facelatchd.bouncer import Caller
from facelatchd.cameras import wants_infrared
from facelatchd.gates import Ask, Gates
from facelatchd.house import House, caller_user
from facelatchd.place import Kind, Place, Session
from facelatchd.refusal import Refused
from facelatchd.seat import LOGIND, MANAGER, PROPERTIES, ROOT, SESSION
from facelatchd.store import Guest, StoreError, User
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

UPOWER: Final = "org.freedesktop.UPower"
UPOWER_ROOT: Final = "/org/freedesktop/UPower"

PATIENCE: Final = 5.0
"""Seconds that all of it may take, after which it comes too late."""

PAUSE: Final = 10.0
"""Seconds until the same is done again, unless the machine slept or the lid was closed in between. Whoever owns a
session may say as often as he likes that it is locked."""

MOST_PEOPLE: Final = 8
"""Of those enrolled, so many are asked about before a login screen: they have the one camera of this machine."""


class Sign(enum.Enum):
    """What happens that bears on whether somebody is about to be verified."""

    SLEEPS = "the machine goes to sleep"
    WAKES = "the machine has woken"
    LID_CLOSES = "the lid is closed"
    LID_OPENS = "the lid is open"
    LOCKS = "a screen is locked, or is to be"
    UNLOCKS = "a screen is unlocked"
    COMES_TO_FRONT = "a session comes to the front of its seat"


ENDS: Final = frozenset({Sign.SLEEPS, Sign.LID_CLOSES, Sign.UNLOCKS})
"""Nobody wants to be seen any more."""

RETURNS: Final = frozenset({Sign.WAKES, Sign.LID_OPENS})
"""Somebody is there again. Whoever locks a screen leaves it, and no light shall go on behind him."""


class Preparation(enum.Enum):
    """What is got ready for it."""

    NOTHING = "nothing is got ready"
    EYE = "the eye is started"
    CAMERA = "a camera is opened ahead"


class Prospect(msgspec.Struct, frozen=True):
    """Somebody whose face could open something now, all gates passed: for these service classes, with these cameras."""

    uid: int
    classes: frozenset[ServiceClass]
    cameras: tuple[str, ...] = ()
    infrared: bool = False


def signs_of(interface: str, changed: Mapping[str, Any]) -> Iterator[Sign]:
    """Name what changed properties of an interface, logind's or UPower's, are signs of."""
    for owner, name, when_true, when_false in _TELLING:
        value = changed.get(name) if owner == interface else None
        sign = when_true if value is True else when_false if value is False else None
        if sign is not None:
            yield sign


_TELLING: Final = (
    (MANAGER, "LidClosed", Sign.LID_CLOSES, Sign.LID_OPENS),
    (UPOWER, "LidIsClosed", Sign.LID_CLOSES, Sign.LID_OPENS),  # logind says nothing of its own before systemd 256
    (SESSION, "LockedHint", Sign.LOCKS, Sign.UNLOCKS),
    (SESSION, "Active", Sign.COMES_TO_FRONT, None),
)


def preparation_for(sign: Sign, place: Place, prospects: Sequence[Prospect], ahead: float) -> Preparation:
    """Return what to get ready at a sign. `ahead`: for how many seconds a camera may be opened ahead, 0 is never."""
    if sign in ENDS or place.lid_closed:
        return Preparation.NOTHING
    if sign in RETURNS and ahead > 0 and awaited(place, prospects):
        return Preparation.CAMERA
    return Preparation.EYE if awaited(place, prospects, unlocked=True) else Preparation.NOTHING


def awaited(place: Place, prospects: Sequence[Prospect], *, unlocked: bool = False) -> list[Prospect]:
    """Return those whose face could open what a screen shows now; `unlocked`: or could, once it is locked."""
    return [
        prospect
        for prospect in prospects
        if any(_may_open(prospect, session, unlocked=unlocked) for session in place.front if session.in_front)
    ]


def _may_open(prospect: Prospect, session: Session, *, unlocked: bool) -> bool:
    if session.kind in _LOGIN_SCREENS:
        return ServiceClass.LOGIN in prospect.classes
    own = session.kind is Kind.USER and session.uid == prospect.uid
    return own and (session.locked or unlocked) and bool(prospect.classes)


_LOGIN_SCREENS: Final = (Kind.GREETER, Kind.LOCK_SCREEN)

_CLASSES: Final = (ServiceClass.UNLOCK, ServiceClass.LOGIN)
"""What opens a locked session: GNOME's by the service that also logs in."""


class Listening(Protocol):
    """The bus, as far as it is needed here."""

    def listen(self, sender: str, path: str, interface: str, signal: str, heard: Callable[[Any], None]) -> None:
        """Call `heard` with the arguments of a signal; of whatever object where the path is empty."""


class Foresight:
    """Hears the signs, and does something about the newest."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._minding: asyncio.Task[None] | None = None
        self._roused_until = 0.0
        self._opened_until = 0.0
        """Until when, in the loop's time, no other is roused, or opened."""

    def listen(self, bus: Listening) -> None:
        """Hear logind's signs, and UPower's, as long as the connection lasts."""
        bus.listen(LOGIND, ROOT, MANAGER, "PrepareForSleep", self._hear_of_sleep)
        bus.listen(LOGIND, "", SESSION, "Lock", lambda _none: self.note(Sign.LOCKS))
        bus.listen(LOGIND, "", PROPERTIES, "PropertiesChanged", self._hear_of_change)
        bus.listen(UPOWER, UPOWER_ROOT, PROPERTIES, "PropertiesChanged", self._hear_of_change)

    def _hear_of_sleep(self, arguments: tuple[bool]) -> None:
        self.note(Sign.SLEEPS if arguments == (True,) else Sign.WAKES)

    def _hear_of_change(self, arguments: tuple[str, Mapping[str, Any], list[str]]) -> None:
        interface, changed, _invalidated = arguments
        for sign in signs_of(interface, changed):
            self.note(sign)

    def note(self, sign: Sign) -> None:
        """Do what is to be done about a sign, in the background."""
        now = asyncio.get_running_loop().time()
        if sign in ENDS:
            self.end()
            if sign is not Sign.UNLOCKS:
                self._opened_until = now
        elif sign in RETURNS:
            if now >= self._opened_until:
                self._begin(sign)
        elif now >= self._roused_until and (self._minding is None or self._minding.done()):
            self._roused_until = now + PAUSE
            self._begin(sign)

    def end(self) -> None:
        """Let go of what was got ready."""
        if self._minding is not None:
            self._minding.cancel()
        self._house.watcher.cool()

    def _begin(self, sign: Sign) -> None:
        if self._minding is not None:
            self._minding.cancel()
        self._minding = asyncio.create_task(self._mind(sign))

    async def _mind(self, sign: Sign) -> None:
        """Find out what to do about a sign, and do it."""
        watcher = self._house.watcher
        try:
            async with asyncio.timeout(PATIENCE):
                place = await self._house.seat.front()
                prospects = [] if place.lid_closed else await self._prospects(place)
        except (Refused, StoreError, TimeoutError) as error:
            log.debug("%s, and nothing is got ready: %s", sign.value, error)
            return
        ahead = self._house.settings().camera.ahead
        wanted = preparation_for(sign, place, prospects, ahead)
        log.log(logging.INFO if wanted is Preparation.CAMERA else logging.DEBUG, "%s: %s", sign.value, wanted.value)
        if wanted is Preparation.EYE:
            watcher.rouse()
        elif wanted is Preparation.CAMERA and not watcher.is_warm:
            self._opened_until = asyncio.get_running_loop().time() + ahead + PAUSE
            those = awaited(place, prospects)
            cameras = tuple(dict.fromkeys(name for each in those for name in each.cameras))
            await watcher.warm(cameras, ahead, companion=any(each.infrared for each in those))

    async def _prospects(self, place: Place) -> list[Prospect]:
        """Return whom the gates would let through just now; raises `Refused` and `StoreError`."""
        front = [session for session in place.front if session.in_front]
        users = [await caller_user(Caller(0, session.uid)) for session in front if session.kind is Kind.USER]
        if any(session.kind in _LOGIN_SCREENS for session in front):
            users += await self._enrolled()
        found = [await self._prospect(user) for user in dict.fromkeys(users)]
        return [prospect for prospect in found if prospect.classes]

    async def _enrolled(self) -> list[User]:
        """Return some of those who may log in here by face."""
        space = (await self._house.manifest()).space
        people = await self._house.clerk.do(self._house.clerk.store.everybody.people, space)
        return [each.user for each in people if each.usable and not isinstance(each.user, Guest)][:MOST_PEOPLE]

    async def _prospect(self, user: User) -> Prospect:
        """Ask the very gates that a login has to pass, for each class as for the first service of it."""
        classes: set[ServiceClass] = set()
        cameras: tuple[str, ...] = ()
        infrared = False
        settings = self._house.settings()
        for service_class in _CLASSES:
            rule = settings.rule(service_class)
            if rule is None or not rule.services:
                continue
            ask = Ask(caller=Caller(os.getpid(), 0), user=user.name, service=rule.services[0])
            try:
                admitted = await Gates(self._house, ask).admit(user)
            except (Refused, EyeError) as error:
                log.debug("no face of %s's is waited for by %s: %s", user.name, service_class.value, error)
                continue
            admitted.forget()
            classes.add(service_class)
            cameras, infrared = admitted.cameras, wants_infrared(admitted.faces, settings.camera)
        return Prospect(user.uid, frozenset(classes), cameras, infrared)
