"""Polkit's helper where it is a service of its own, as since polkit 127: its unit's name says who asked for it.

systemd makes a unit for each connection to the helper's socket and names it after who has connected, the agent:
"number-pid-uid", since systemd 258 "number-cookie-pid_pidfd-uid". Nobody but root can have a unit of that name.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

_UNIT: Final = re.compile(
    r"polkit-agent-helper@[0-9]+-(?:[0-9]+-)?(?P<pid>[0-9]+)(?:_(?P<pidfd>[0-9]+))?-(?P<uid>[0-9]+)\.service"
)


class Agent(msgspec.Struct, frozen=True):
    """The program that shows polkit's dialog. `pidfd` is the inode of its process's descriptor, 0 where unknown."""

    pid: int
    uid: int
    pidfd: int = 0


def agent_of(unit: str) -> Agent | None:
    """Return who has asked for the helper whose unit this is; None for another unit."""
    match = _UNIT.fullmatch(unit)
    if match is None:
        return None
    return Agent(int(match["pid"]), int(match["uid"]), int(match["pidfd"] or 0))
