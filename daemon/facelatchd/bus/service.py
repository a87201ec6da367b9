"""The judge's place on the bus: takes it, keeps it, and takes it again when it was lost. The door works without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from facelatchd.bus.adapter import Bus, BusLost
from facelatchd.bus.authority import Authority
from facelatchd.bus.manager import INTERFACE, Manager
from facelatchd.bus.people import People
from facelatchd.bus.roster import Roster
from facelatchd.choices import Choices
from facelatchd.foresight import Foresight
from facelatchd.house import House

log = logging.getLogger(__name__)

NAME: Final = "org.facelatch"
MANAGER: Final = "/org/facelatch/Manager"

AGAIN: Final = 3.0
"""Seconds after which a lost bus is looked for again."""

LAST_WORDS: Final = 0.3
"""Seconds that calls get to be answered when the place is given up."""


class Service:
    """Serves the bus at an address, the system's where it is empty. `tried` is set after the first attempt.

    `end_looks` ends what the door looks at, which the bus does not know of, before the machine sleeps.
    """

    def __init__(
        self,
        house: House,
        authority: Authority,
        choices: Choices,
        address: str,
        end_looks: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._house = house
        self._authority = authority
        self._choices = choices
        self._address = address
        self._end_looks = end_looks
        self.tried = asyncio.Event()

    async def serve(self) -> None:
        """Serve until cancelled."""
        known = ""
        while True:
            try:
                await self._serve_once()
                log.error("the place on the bus is lost; it is taken again in %g s", AGAIN)
                known = ""
            except BusLost as error:
                if str(error) != known:  # once is enough: a machine may have no bus for long
                    log.error("%s; trying again every %g s, and logins by face work meanwhile", error, AGAIN)
                known = str(error)
            except Exception:  # whatever is wrong here, the door must not go down with it
                log.exception("a fault of the judge's; the bus is tried again in %g s", AGAIN)
            self.tried.set()
            await asyncio.sleep(AGAIN)

    async def _serve_once(self) -> None:
        """Serve until the place on the bus is lost."""
        bus = await Bus.connect(self._address)
        people = People(self._house, self._authority, bus)
        roster = Roster(self._house, people, bus)
        foresight = Foresight(self._house)
        try:
            self._house.seat.use(bus)  # before the name is had: the door needs none
            foresight.listen(bus)
            bus.publish(MANAGER, Manager(self._house, people, roster, self._choices), INTERFACE)
            await bus.own(NAME)
            self._pause_before_sleep(bus, roster)
            self.tried.set()
            log.info("on the bus as %s", NAME)
            await bus.lost.wait()
        finally:
            foresight.end()
            self._house.seat.use(None)
            await asyncio.gather(*(camera.end() for camera in roster))
            await bus.close(LAST_WORDS)

    def _pause_before_sleep(self, bus: Bus, roster: Roster) -> None:
        """End what runs before a camera when the machine goes to sleep: it would wake up to a picture of before."""

        def prepare(arguments: tuple[Any, ...]) -> None:
            if arguments == (True,):
                bus.begin(self._end_looks())
                for camera in roster:
                    bus.begin(camera.pause())

        login = "org.freedesktop.login1"
        bus.listen(login, "/org/freedesktop/login1", f"{login}.Manager", "PrepareForSleep", prepare)
