"""Whom a call is about, whether its caller may ask it, and how many pictures may be inside."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Final

from facelatch.types import FaceSummary, Reason
from facelatchd.bus.adapter import Bus, Call
from facelatchd.bus.authority import Authority, Right
from facelatchd.bus.summaries import face_summary
from facelatchd.hall import Room
from facelatchd.house import House, caller_user, find_account, known_user
from facelatchd.refusal import Refused
from facelatchd.store import FaceRecord, Guest, User, read_label

MOST_PICTURES: Final = 4
MOST_PICTURES_OF_ONE_USER: Final = 2
"""Pictures that are looked at at a time: each is in memory three times over until the eye has answered."""

MOST_ASKED: Final = 8
"""Pictures that wait for polkit, of one user as many as are looked at: a dialog may stay open for minutes."""


class People:
    """Whom a call is about, and whether the caller may ask it."""

    def __init__(self, house: House, authority: Authority, bus: Bus) -> None:
        self._house = house
        self._authority = authority
        self._bus = bus
        self._pictures = Room(MOST_PICTURES, MOST_PICTURES_OF_ONE_USER)
        self._asked = Room(MOST_ASKED, MOST_PICTURES_OF_ONE_USER)

    async def want(self, call: Call, right: Right) -> None:
        """Raise `Refused` unless the caller has the right."""
        await self._authority.want(self._bus, call, right)

    async def want_about(self, call: Call, right: Right, user: User) -> None:
        """Raise `Refused` unless the caller has the right to change a user's faces.

        About somebody else it takes an administrator, each time: a claim may have been made long ago, and the caller's
        own password says nothing about another's faces.
        """
        await self.want(call, right if user.uid == call.caller.uid else Right.MANAGE_OTHERS)

    async def meant(self, call: Call, name: str, own: Right | None = None) -> User:
        """Return the account that is meant, an empty name being the caller; raises `Refused`.

        own: what it takes beside, about oneself. The right to verify comes first, so that nobody without it learns
        which accounts there are.
        """
        await self.want(call, Right.VERIFY)
        user = await (known_user(name) if name else caller_user(call.caller))
        right = own if user.uid == call.caller.uid else Right.MANAGE_OTHERS
        if right is not None:
            await self.want(call, right)
        return user

    async def want_all(self, call: Call) -> None:
        """Raise `Refused` unless the caller may ask about everybody."""
        await self.want(call, Right.VERIFY)
        await self.want(call, Right.MANAGE_OTHERS)

    async def guest(self, call: Call, name: str) -> Guest:
        """Return the person of that name who has no account; raises `Refused` where there is one, or nobody can say."""
        await self.want_all(call)
        label = read_label(name)
        if await find_account(label) is not None:
            raise Refused(Reason.BAD_REQUEST, f"{label!r} has an account here: no guest can be called so")
        return Guest(label)

    async def want_to_analyse(self, call: Call, *, identify: bool) -> None:
        """Raise `Refused` unless the caller may have a picture looked at; who asks takes nobody's place there."""
        with _place(self._asked, call):
            await self.want(call, Right.VERIFY)
            if identify:
                await self.want(call, Right.MANAGE_OTHERS)

    def looking(self, call: Call) -> contextlib.AbstractContextManager[None]:
        """Hold a place for a picture to be looked at during the block; raises `Refused` where there is none left."""
        return _place(self._pictures, call)

    async def summaries(self, faces: Collection[FaceRecord]) -> tuple[FaceSummary, ...]:
        """Return what is told of faces."""
        try:
            space = (await self._house.manifest()).space
        except Refused:
            space = ""  # no pack can be used, and no face with it
        return tuple(face_summary(face, space) for face in faces)


@contextlib.contextmanager
def _place(room: Room, call: Call) -> Iterator[None]:
    with room.admit(call.caller) as admitted:
        if not admitted:
            raise Refused(Reason.BUSY, "too many pictures at a time; try again in a moment")
        yield
