"""What every session works with: store, eye, settings, pack and accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from facelatch.types import Reason
from facelatch_models.pack import Manifest, Pack, PackDamaged, PackMissing
from facelatch_models.yardstick import Yardstick
from facelatchd.bouncer import Caller, find_user, find_user_of
from facelatchd.clerk import Clerk
from facelatchd.clock import now
from facelatchd.gallery import Gallery
from facelatchd.refusal import Refused
from facelatchd.seat import Seat
from facelatchd.settings import Settings
from facelatchd.shelf import Shelf
from facelatchd.store import Moment, User
from facelatchd.watcher import Watcher

Key = TypeVar("Key", str, int)
Asked = TypeVar("Asked")
Found = TypeVar("Found")

LOOKUP_PATIENCE: Final = 2.0
"""Seconds that the account database (which may be on the network) gets to know a user, and the disk to give the pack's
manifest or cohort."""


@dataclass(frozen=True)
class House:
    """What every session works with. `settings` gives those in force now; `pack` names one, or is empty.

    `wants_password` tells whether polkit is being asked for something of ours that wants the password, and no face.
    `gallery` has the templates of all, where somebody is looked for among them; `seat` knows who sits at this machine,
    `shelf` has the pack that was used last.
    """

    clerk: Clerk
    watcher: Watcher
    settings: Callable[[], Settings]
    pack: str = ""
    wants_password: Callable[[], bool] = lambda: False
    gallery: Gallery = field(default_factory=Gallery)
    seat: Seat = field(default_factory=Seat)
    shelf: Shelf = field(default_factory=Shelf)
    clock: Callable[[], Moment] = now

    async def chosen(self) -> Pack:
        """Return the pack in use, looked for anew, so that a new pack needs no new judge.

        Raises `Refused` where there is none, or none that can be used.
        """
        return await _from_disk(self.shelf.pack, self.pack)

    async def manifest(self) -> Manifest:
        """Return the manifest of the pack in use; raises as `chosen` does."""
        return (await self.chosen()).manifest

    async def yardstick(self, pack: Pack) -> Yardstick:
        """Return what cosines of a pack are worth, its cohort verified; raises `Refused` where that is damaged."""
        return await _from_disk(self.shelf.yardstick, pack)


async def _from_disk(read: Callable[[Asked], Found], asked: Asked) -> Found:
    try:
        async with asyncio.timeout(LOOKUP_PATIENCE):
            return await asyncio.to_thread(read, asked)
    except TimeoutError as error:
        raise Refused(Reason.PACK_DAMAGED, "the pack cannot be read: the disk does not answer") from error
    except PackMissing as error:
        raise Refused(Reason.NO_PACK, str(error)) from error
    except PackDamaged as error:
        raise Refused(Reason.PACK_DAMAGED, str(error)) from error


async def find_account(name: str) -> User | None:
    """Return the account of that name, None where there is none; raises `Refused` where nobody can say."""
    return await _looked_up(find_user, name)


async def known_user(name: str) -> User:
    """Return the account of that name; raises `Refused` where there is none or nobody can say."""
    return _known(await find_account(name))


async def caller_user(caller: Caller) -> User:
    """Return the account of whoever calls; raises `Refused` as `known_user` does."""
    return _known(await _looked_up(find_user_of, caller.uid))


async def _looked_up(find: Callable[[Key], User | None], key: Key) -> User | None:
    try:
        async with asyncio.timeout(LOOKUP_PATIENCE):
            return await asyncio.to_thread(find, key)
    except TimeoutError as error:
        raise Refused(Reason.UNKNOWN_USER, "the account database does not answer") from error


def _known(user: User | None) -> User:
    if user is None:
        raise Refused(Reason.UNKNOWN_USER, "there is no such account")
    return user
