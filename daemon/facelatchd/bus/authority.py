"""Who may do what on the bus: root anything, others what polkit says, and nobody waits for it but who asked."""

from __future__ import annotations

import asyncio
import enum
import itertools
import logging
import os
from typing import Final

from gi.repository import GLib

from facelatch.types import Reason
from facelatchd.bus.adapter import QUICK, Bus, Call
from facelatchd.refusal import Refused

log = logging.getLogger(__name__)

_ASK_A_PERSON: Final = 1
_NAME: Final = "org.freedesktop.PolicyKit1"
_PATH: Final = "/org/freedesktop/PolicyKit1/Authority"
_INTERFACE: Final = "org.freedesktop.PolicyKit1.Authority"


class Right(enum.Enum):
    """What polkit is asked about; the policy file says who may."""

    VERIFY = "org.facelatch.verify"
    ENROLL = "org.facelatch.enroll"
    DELETE = "org.facelatch.delete"
    EXPORT = "org.facelatch.export"
    MANAGE_OTHERS = "org.facelatch.manage-others"
    CONFIGURE = "org.facelatch.configure"


class Authority:
    """Asks polkit. `person` is how many seconds a check may take that asks somebody for a password."""

    def __init__(self, person: float) -> None:
        self._person = person
        self._numbers = itertools.count(1)
        self._open: set[str] = set()
        """Questions that want a password, as long as polkit may still show a dialog for them."""

    @property
    def asks_for_password(self) -> bool:
        """Whether a check is under way that wants a password: no face may answer polkit meanwhile.

        Else whoever looks like the user could enrol a face of his own, and that face would open everything.
        """
        return bool(self._open)

    async def want(self, bus: Bus, call: Call, action: Right) -> None:
        """Return if the caller may; else raise `Refused`. Never takes longer than `person` seconds.

        Root may do everything, and so may the account that the judge runs as: its files are the judge's anyway.
        """
        if call.caller.is_root or call.caller.uid == os.geteuid():
            return
        allowed, possible, details = await self._check(bus, call, action)
        if allowed:
            return
        log.info("uid %d may not: %s", call.caller.uid, action.value)
        raise Refused(Reason.NOT_PERMITTED, _why(possible, details))

    async def _check(self, bus: Bus, call: Call, action: Right) -> tuple[bool, bool, dict[str, str]]:
        """Return whether it is allowed, whether a password could make it so, and what else polkit says."""
        checking = asyncio.current_task()
        assert checking is not None
        number = f"facelatch-{os.getpid()}-{next(self._numbers)}"
        seconds = self._person if call.interactive else min(QUICK, self._person)
        left = False

        def leave() -> None:
            nonlocal left
            left = True
            checking.cancel()

        flags = _ASK_A_PERSON if call.interactive else 0
        subject = ("system-bus-name", {"name": GLib.Variant("s", call.sender)})
        arguments = GLib.Variant("((sa{sv})sa{ss}us)", (subject, action.value, {}, flags, number))
        if call.interactive and action is not Right.VERIFY:
            self._open.add(number)
        try:
            with bus.leaving(call.sender, leave):
                where = (_NAME, _PATH, _INTERFACE, "CheckAuthorization")
                ((allowed, possible, details),) = await bus.call(*where, arguments, seconds)
        except TimeoutError as error:
            bus.begin(self._take_back(bus, number))
            raise Refused(Reason.NOT_PERMITTED, f"polkit has not answered within {seconds:g} s") from error
        except GLib.Error as error:
            self._open.discard(number)
            log.error("polkit: %s", error.message)
            raise Refused(Reason.NOT_PERMITTED, f"polkit cannot be asked: {error.message}") from error
        except asyncio.CancelledError:
            bus.begin(self._take_back(bus, number))
            if left:
                checking.uncancel()
                raise Refused(Reason.NOT_PERMITTED, "the caller has gone") from None
            raise
        self._open.discard(number)
        return allowed, possible, details

    async def _take_back(self, bus: Bus, number: str) -> None:
        """Take a question back, so that no dialog stays open for an answer that nobody waits for.

        Until polkit has closed it a password is wanted: what a face answered there might be kept for the next question.
        """
        try:
            arguments = GLib.Variant("(s)", (number,))
            await bus.call(_NAME, _PATH, _INTERFACE, "CancelCheckAuthorization", arguments)
        except (GLib.Error, TimeoutError) as error:
            log.warning("polkit: a question could not be taken back: %s", error)
        finally:
            self._open.discard(number)


def _why(possible: bool, details: dict[str, str]) -> str:
    if "polkit.dismissed" in details:
        return "the password was not given"
    if possible:
        return "it takes a password, and nobody could be asked for it here; use sudo"
    return (
        "polkit does not allow it: the password was wrong, or this is not the active session at this computer; use sudo"
    )
