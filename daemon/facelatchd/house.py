"""What every session works with: store, eye, settings, pack and accounts; and how a session says no."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from facelatch.types import Reason
from facelatch_models.pack import Manifest, PackDamaged, PackMissing, choose
from facelatchd.bouncer import find_user
from facelatchd.clerk import Clerk
from facelatchd.settings import Settings
from facelatchd.store import User
from facelatchd.watcher import Watcher

LOOKUP_PATIENCE: Final = 2.0
"""Seconds that the account database (which may be on the network) gets to know a user, and the disk to give the pack's
manifest."""


class Refused(Exception):
    """What was asked for ends here, for this reason; the text is for a person."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or reason.value)
        self.reason = reason


@dataclass(frozen=True)
class House:
    """What every session works with. `settings` gives those in force now; `pack` names one, or is empty."""

    clerk: Clerk
    watcher: Watcher
    settings: Callable[[], Settings]
    pack: str = ""

    async def manifest(self) -> Manifest:
        """Return the manifest of the pack in use, read anew, so that a new pack needs no new judge.

        Raises `Refused` where there is none, or none that can be used.
        """
        try:
            async with asyncio.timeout(LOOKUP_PATIENCE):
                pack = await asyncio.to_thread(choose, self.pack)
        except TimeoutError as error:
            raise Refused(
                Reason.PACK_DAMAGED, "the pack's manifest cannot be read: the disk does not answer"
            ) from error
        except PackMissing as error:
            raise Refused(Reason.NO_PACK, str(error)) from error
        except PackDamaged as error:
            raise Refused(Reason.PACK_DAMAGED, str(error)) from error
        return pack.manifest


async def known_user(name: str) -> User:
    """Return the account of that name; raises `Refused` where there is none or nobody can say."""
    try:
        async with asyncio.timeout(LOOKUP_PATIENCE):
            user = await asyncio.to_thread(find_user, name)
    except TimeoutError as error:
        raise Refused(Reason.UNKNOWN_USER, "the account database does not answer") from error
    if user is None:
        raise Refused(Reason.UNKNOWN_USER, "there is no such account")
    return user
