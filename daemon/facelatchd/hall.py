"""Who may stand before the judge: so many at a time, and whoever says nothing gives way to those who come."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from facelatchd.bouncer import Caller


class GaveWay(Exception):
    """The connection said nothing, and others came."""


class Hall:
    """The connections of the door. Root has as many places of its own as all others have together.

    To count a user's connections is not enough: whoever has a range of subordinate uids is many users. So a connection
    that has not said its first line yet may be ended for the sake of a new one, the oldest of the user who has most.
    A door says its line at once; those who are shut out by that are the silent and the slow.
    """

    def __init__(self, most: int, most_of_one_user: int) -> None:
        self._most = most
        self._most_of_one_user = most_of_one_user
        self._inside: dict[asyncio.Task[Any], Caller] = {}
        self._silent: dict[asyncio.Task[Any], Caller] = {}
        """Of those inside, who has said nothing yet; the oldest first."""
        self._sent_off: set[asyncio.Task[Any]] = set()

    @contextlib.contextmanager
    def admit(self, caller: Caller) -> Iterator[bool]:
        """Hold a place for the running task during the block; False where there is none left for this caller.

        Where that makes room, a silent connection is sent off: its block ends with `GaveWay`.
        """
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        admitted = self._has_room(caller) or self._make_room(caller)
        if admitted:
            self._inside[task] = self._silent[task] = caller
        try:
            yield admitted
        except asyncio.CancelledError:
            if task not in self._sent_off:
                raise
            task.uncancel()
            raise GaveWay from None
        finally:
            self._sent_off.discard(task)
            self._leave(task)

    def hear(self) -> None:
        """Say that the running task's connection has said its first line: nobody takes its place any more."""
        self._silent = {task: caller for task, caller in self._silent.items() if task is not asyncio.current_task()}

    async def disperse(self, patience: float) -> None:
        """Cancel every task inside, and give them so many seconds to write down what they have seen."""
        inside = list(self._inside)
        for task in inside:
            task.cancel()
        if inside:
            await asyncio.wait(inside, timeout=patience)

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self._inside.pop(task, None)
        self._silent.pop(task, None)

    def _has_room(self, caller: Caller) -> bool:
        users = Counter(other.uid for other in self._inside.values())
        if caller.is_root:
            return users[caller.uid] < self._most
        others = sum(users.values()) - users[0]
        return users[caller.uid] < self._most_of_one_user and others < self._most

    def _make_room(self, caller: Caller) -> bool:
        """End a silent connection: one of the same user's where he has too many, else of the user who has most."""
        users = Counter(other.uid for other in self._inside.values())
        own = caller.is_root or users[caller.uid] >= self._most_of_one_user
        leaving = max(
            (task for task, other in self._silent.items() if other.uid == caller.uid or not (own or other.is_root)),
            key=lambda task: users[self._silent[task].uid],
            default=None,
        )
        if leaving is None:
            return False
        self._leave(leaving)
        self._sent_off.add(leaving)
        leaving.cancel()
        return self._has_room(caller)
