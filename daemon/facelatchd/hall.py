"""How many may be inside at a time, and who of the door's connections gives way to those who come."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from facelatchd.bouncer import Caller


class SentOff(Exception):
    """The connection said nothing, and others came."""


class Room:
    """So many tasks in all, so many of one user other than root."""

    def __init__(self, most: int, most_of_one_user: int) -> None:
        self._most = most
        self._most_of_one_user = most_of_one_user
        self._inside: dict[asyncio.Task[Any], Caller] = {}

    @contextlib.contextmanager
    def admit(self, caller: Caller) -> Iterator[bool]:
        """Hold a place for the running task during the block; False where there is none left for this caller."""
        task = _running_task()
        admitted = self._has_place(caller)
        if admitted:
            self._inside[task] = caller
        try:
            yield admitted
        finally:
            self._inside.pop(task, None)

    async def disperse(self, patience: float) -> None:
        """Cancel every task inside, and give them so many seconds to write down what they have seen."""
        inside = list(self._inside)
        for task in inside:
            task.cancel()
        if inside:
            await asyncio.wait(inside, timeout=patience)

    def _has_place(self, caller: Caller) -> bool:
        users = self._users()
        return users.total() < self._most and (caller.is_root or users[caller.uid] < self._most_of_one_user)

    def _users(self) -> Counter[int]:
        """Return how many of each user's are inside."""
        return Counter(other.uid for other in self._inside.values())


class Hall(Room):
    """The connections of the door. Root has as many places of its own as all others have together.

    To count a user's connections is not enough: whoever has a range of subordinate uids is many users. So a connection
    that has not said its first line yet may be ended for the sake of a new one, the oldest of the user who has most.
    A door says its line at once; those who are shut out by that are the silent and the slow.
    """

    def __init__(self, most: int, most_of_one_user: int) -> None:
        super().__init__(most, most_of_one_user)
        self._silent: dict[asyncio.Task[Any], Caller] = {}
        """Of those inside, who has said nothing yet; the oldest first."""
        self._sent_off: set[asyncio.Task[Any]] = set()

    @contextlib.contextmanager
    def admit(self, caller: Caller) -> Iterator[bool]:
        """Hold a place for the running task during the block; False where there is none left for this caller.

        Where that makes room, a silent connection is sent off: its block ends with `SentOff`.
        """
        task = _running_task()
        if not self._has_place(caller):
            self._send_one_off(caller)
        try:
            with super().admit(caller) as admitted:
                if admitted:
                    self._silent[task] = caller
                yield admitted
        except asyncio.CancelledError:
            if task not in self._sent_off:
                raise
            task.uncancel()
            raise SentOff from None
        finally:
            self._silent.pop(task, None)
            self._sent_off.discard(task)

    def hear(self) -> None:
        """Say that the running task's connection has said its first line: nobody takes its place any more."""
        self._silent.pop(_running_task(), None)

    def _has_place(self, caller: Caller) -> bool:
        users = self._users()
        if caller.is_root:
            return users[caller.uid] < self._most
        others = users.total() - users[0]
        return users[caller.uid] < self._most_of_one_user and others < self._most

    def _send_one_off(self, caller: Caller) -> None:
        """End a silent connection: one of the same user's where he has too many, else of the user who has most."""
        users = self._users()
        own = caller.is_root or users[caller.uid] >= self._most_of_one_user
        leaving = max(
            (task for task, other in self._silent.items() if other.uid == caller.uid or not (own or other.is_root)),
            key=lambda task: users[self._silent[task].uid],
            default=None,
        )
        if leaving is None:
            return
        del self._inside[leaving], self._silent[leaving]
        self._sent_off.add(leaving)
        leaving.cancel()


def _running_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None, "who comes in is a task"
    return task
