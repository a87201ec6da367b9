"""What runs before a claimed camera to find out who is there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Final

from facelatch.types import Failure, Identified, Reason
from facelatch_eye.messages import Opened, Task, Watch
from facelatch_models.pack import Manifest
from facelatchd.bus.action import Action, Bench
from facelatchd.cameras import candidates, want_trusted
from facelatchd.identification import Glances, prepare, who
from facelatchd.refusal import Refused
from facelatchd.watcher import Manners

log = logging.getLogger(__name__)

SECONDS: Final = 4.0
"""Seconds that a look takes at most; with a face before the camera it takes five frames."""


class Identifying(Action):
    """A look that asks who of all the enrolled is there; it gives way to a login, and opens nothing.

    The log says who asked, and for whom the face was taken. The history does not: that is each user's own, and has what
    was tried in his name.
    """

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._found: Identified | None = None
        self._failure = Failure(Reason.CANCELLED, "the look was ended")

    async def found(self) -> Identified:
        """Return who it is, once that is known; raises `Refused` with what kept it from being known."""
        assert self._task is not None, "started first"
        await asyncio.wait([self._task])
        if self._found is None:
            raise Refused(self._failure.reason, self._failure.text)
        return self._found

    async def run(self) -> None:
        """Look, and compare with all."""
        house = self.bench.house
        pack = await house.chosen()
        await prepare(house, pack)  # before the camera opens: the first time it takes a while, and there may be nobody
        face = (await self._look(pack.manifest)).face()
        (self._found,) = await who(house, pack, [face])
        named = repr(self._found.user) if self._found.user else "nobody enrolled"
        log.info("identified for uid %d: %s, by %d frames", self.bench.caller.uid, named, len(face))

    async def _look(self, manifest: Manifest) -> Glances:
        bench, glances = self.bench, Glances()
        rule = bench.house.settings().camera
        watch = Watch(candidates(rule, (), bench.camera), tasks=(Task.EMBED,), seconds=SECONDS)
        watching = bench.house.watcher.watch(watch, manifest, bench.caller, manners=Manners.YIELD)
        async with contextlib.aclosing(watching) as sights:
            async for sight in sights:
                if isinstance(sight, Opened):
                    want_trusted(sight.camera, rule, bench.camera, bench.caller.is_root)
                    continue
                glances.add(sight)
                if glances.enough:
                    break
        return glances

    def fail(self, failure: Failure) -> None:
        """Keep what it came to for whoever waits."""
        self._failure = failure
