"""The eye's client: asks it to look, within deadlines, and turns everything that goes wrong into one error."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec

from facelatch.types import Reason
from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Analyse,
    Answer,
    Describe,
    Description,
    Frame,
    MessageError,
    Observation,
    Opened,
    PackInfo,
    Problem,
    ProblemKind,
    Request,
    Task,
    Warm,
    Watch,
    announced_length,
    pack_message,
    read_answer,
)
from facelatch_models.pack import Manifest
from facelatchd.bouncer import Caller
from facelatchd.screen import Screen
from facelatchd.scrutiny import description_fault, fault, opened_fault
from facelatchd.warmth import Warmth

log = logging.getLogger(__name__)

LONGEST_QUEUE: Final = 4
"""Looks that may wait for the camera; one more is told `busy`."""

STALL: Final = 2.0
"""Seconds without a frame after which the eye counts as stuck; a webcam in the dark exposes for at most 0.2 s."""

OPENING: Final = 10.0
"""Seconds that a camera gets to deliver its first frame."""

DESCRIBING: Final = 5.0
"""Seconds that the eye gets to say what it has; one that is started for it has to load its networks first."""

GLANCE: Final = 0.1
"""Seconds after which one that is not a login looks whether somebody waits, while its camera opens."""

SHORTEST_LOOK: Final = 0.5
"""Seconds under which a look is not worth opening a camera for."""

_REASONS: Final = {
    ProblemKind.NO_PACK: Reason.NO_PACK,
    ProblemKind.PACK_DAMAGED: Reason.PACK_DAMAGED,
    ProblemKind.NO_CAMERA: Reason.NO_CAMERA,
    ProblemKind.CAMERA_BUSY: Reason.CAMERA_BUSY,
    ProblemKind.CAMERA_FAILED: Reason.CAMERA_FAILED,
    ProblemKind.CAMERA_ENDED: Reason.CAMERA_FAILED,
    ProblemKind.BAD_PICTURE: Reason.BAD_REQUEST,
    ProblemKind.BAD_REQUEST: Reason.BAD_REQUEST,
    ProblemKind.NETWORK_FAILED: Reason.EYE_FAILED,
}


class EyeError(Exception):
    """The eye cannot do what it was asked, or does not answer."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class GaveWay(EyeError):
    """Somebody who goes before wants the camera."""

    def __init__(self) -> None:
        super().__init__(Reason.BUSY, "a login needs the camera")


class Manners(enum.Enum):
    """How a look behaves towards others that want the camera."""

    INSIST = enum.auto()
    """A login: waits its turn, and keeps the camera until it is done."""
    PAUSE = enum.auto()
    """An enrolment or a try: waits its turn, and ends with `GaveWay` for a login."""
    YIELD = enum.auto()
    """A preview: waits for nobody, and ends with `GaveWay` for whoever waits."""


class Watcher:
    """Asks the eye at its socket. `when_silent` is called when it has not answered in time."""

    def __init__(self, path: Path, when_silent: Callable[[], None] = lambda: None) -> None:
        self._path = path
        self._when_silent = when_silent
        self._camera = asyncio.Lock()
        self._describing: asyncio.Task[Description] | None = None
        self._warmth = Warmth(path)
        self._waiting: dict[Manners, Counter[int]] = {manners: Counter() for manners in Manners}

    def rouse(self) -> None:
        """Have the eye started, which loads its networks by itself, since a look is likely to come.

        It is asked nothing: to tell which cameras there are it would open each of them.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as bell:
            if failure := bell.connect_ex(str(self._path)):
                log.debug("%s: %s", self._path, os.strerror(failure))

    async def warm(self, cameras: tuple[str, ...], seconds: float, *, companion: bool = False) -> None:
        """Have the first of these cameras run for so many seconds (at most 30) ahead of a look, as far as none has it.

        Returns when the eye has been asked, and raises nothing: a look goes before it, and does well without it.
        """
        if not self._camera.locked():
            await self._warmth.ask(Warm(cameras, companion, seconds))

    @property
    def is_warm(self) -> bool:
        """Whether a camera is kept running, or was asked for, and nobody looks."""
        return self._warmth.lasts

    def cool(self) -> None:
        """Have the camera let go of that is kept running, and none run on behind the look that is under way."""
        self._warmth.end()

    async def describe(self) -> Description:
        """Return what cameras and pack the eye has; raises `EyeError`."""
        if self._describing is None:  # one question for all who ask: the eye has few places, and a look needs one
            self._describing = asyncio.create_task(self._describe())
            self._describing.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody may wait
        return await asyncio.shield(self._describing)

    async def _describe(self) -> Description:
        try:
            answer = await self._ask_once(Describe(), DESCRIBING)
        finally:
            self._describing = None
        if isinstance(answer, Description):
            _believe(description_fault(answer))
            return answer
        raise _unexpected(answer)

    async def analyse(
        self,
        picture: bytes,
        tasks: tuple[Task, ...] = (Task.EMBED, Task.LIVENESS),
        dimension: int | None = None,
        patience: float = 10.0,
    ) -> Observation:
        """Return what is in an encoded picture; raises `EyeError` (`BAD_REQUEST` where it is no picture).

        dimension: the pack's, where embeddings are to be compared (`fault`).
        """
        answer = await self._ask_once(Analyse(picture, tasks), patience)
        if isinstance(answer, Observation):
            _believe(fault(answer, dimension))
            return answer
        raise _unexpected(answer)

    async def check_pack(self, manifest: Manifest) -> None:
        """Raise `EyeError` where the eye has another pack than this one, or none: before embeddings are compared."""
        description = await self.describe()
        if description.problem is not None:
            raise EyeError(_REASONS[description.problem.kind], description.problem.text)
        _check_pack(description.pack, manifest)

    async def _ask_once(self, request: Request, patience: float) -> Answer:
        async with self._conversation(request, patience) as (reader, deadline):
            return await self._receive(reader, deadline)

    async def watch(
        self,
        watch: Watch,
        manifest: Manifest,
        asker: Caller,
        screen: Screen | None = None,
        manners: Manners = Manners.INSIST,
        hold: Callable[[], float] = lambda: 0.0,
    ) -> AsyncGenerator[Opened | Observation]:
        """Open a camera and yield what comes of it until `watch.seconds` have passed; raises `EyeError`.

        One look at a time, others wait within their own deadlines (`Manners`). The eye must use the pack that the judge
        knows, or its embeddings mean something else than the judge believes. Frames go to the screen, where there is
        one; those of the companion have no picture. When it ends without an error, `hold` tells for how many seconds
        the camera is to run on; but not where whoever looked is cancelled.
        """
        deadline = asyncio.get_running_loop().time() + watch.seconds
        async with self._turn(deadline, asker, manners):
            left = deadline - asyncio.get_running_loop().time()
            if left < SHORTEST_LOOK:
                raise EyeError(Reason.BUSY, "another look left no time for this one")
            request = msgspec.structs.replace(watch, seconds=left, preview=screen is not None)
            self._warmth.make_way(watch.cameras)
            async with self._conversation(request, left) as (reader, _deadline):
                opened = await self._first(reader, deadline, manners)
                if not isinstance(opened, Opened):
                    raise _unexpected(opened)
                _believe(opened_fault(opened, companion=watch.companion))
                _check_pack(opened.pack, manifest)
                self._warmth.end()  # the camera was handed over, or is another one
                ends = self._warmth.ends
                try:
                    yield opened
                    dimension = manifest.embedder.dimension
                    while (seen := await self._next_observation(reader, deadline, dimension, screen)) is not None:
                        if seen.infrared and opened.infrared is None:
                            text = "the eye sent a frame of an infrared camera it did not open"
                            raise EyeError(Reason.EYE_FAILED, text)
                        if self._wanted_by_others(manners):
                            raise GaveWay
                        yield seen
                except GeneratorExit:  # whoever looks has seen enough
                    await self._hold(watch, hold, ends)
                    raise
                await self._hold(watch, hold, ends)

    async def _hold(self, watch: Watch, hold: Callable[[], float], ends: int) -> None:
        """Have the camera run on, where it shall: asked for while the look still has it, so that it is not closed.

        Not where it was to be let go of meanwhile, when `ends` were counted: the lid was closed, the password given.
        """
        task = asyncio.current_task()
        if task is None or task.cancelling() or ends != self._warmth.ends:
            return
        if (seconds := hold()) > 0:
            await self._warmth.ask(Warm(watch.cameras, watch.companion, seconds))

    def _wanted_by_others(self, manners: Manners) -> bool:
        """Return whether somebody waits who goes before a look of these manners."""
        match manners:
            case Manners.INSIST:
                return False
            case Manners.PAUSE:
                return bool(self._waiting[Manners.INSIST].total())
            case Manners.YIELD:
                return any(waiting.total() for waiting in self._waiting.values())

    async def _first(self, reader: asyncio.StreamReader, deadline: float, manners: Manners) -> Answer:
        """Return the answer with which a camera opens; raises `EyeError` where it takes too long, or another waits."""
        patience = min(deadline, asyncio.get_running_loop().time() + OPENING)
        opening = asyncio.create_task(self._receive(reader, patience))
        try:
            while not (await asyncio.wait([opening], timeout=None if manners is Manners.INSIST else GLANCE))[0]:
                if self._wanted_by_others(manners):
                    raise GaveWay
            return opening.result()
        finally:
            opening.cancel()

    @contextlib.asynccontextmanager
    async def _turn(self, deadline: float, asker: Caller, manners: Manners) -> AsyncIterator[None]:
        """Hold the camera for the block's length. An ordinary user has one place in the queue, to leave others some."""
        waiting = self._waiting[manners]
        if waiting.total() >= LONGEST_QUEUE or (not asker.is_root and waiting[asker.uid]):
            raise EyeError(Reason.BUSY, "others, or another look of this user, wait for the camera already")
        if manners is Manners.YIELD and self._camera.locked():
            raise EyeError(Reason.BUSY, "somebody else uses the camera")
        waiting[asker.uid] += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._camera.acquire()
        except TimeoutError as error:
            raise EyeError(Reason.BUSY, "another look did not end in time") from error
        finally:
            waiting[asker.uid] -= 1
        try:
            if self._wanted_by_others(manners):  # one that pauses may have stood before a login in the queue
                raise GaveWay
            yield
        finally:
            self._camera.release()

    async def _next_observation(
        self, reader: asyncio.StreamReader, deadline: float, dimension: int, screen: Screen | None
    ) -> Observation | None:
        """Return the next observation, None once the deadline has passed; a longer silence than `STALL` is an error."""
        jpeg = b""
        while (now := asyncio.get_running_loop().time()) < deadline:
            try:
                async with asyncio.timeout_at(deadline):
                    answer = await self._receive(reader, now + STALL)
            except TimeoutError:
                return None
            if isinstance(answer, Frame) and screen is not None:
                jpeg = answer.jpeg
            elif isinstance(answer, Observation):
                _believe(fault(answer, dimension))
                if screen is not None and not answer.infrared:
                    screen.show(jpeg, answer)
                return answer
            else:
                raise _unexpected(answer)
        return None

    @contextlib.asynccontextmanager
    async def _conversation(
        self, request: Request, patience: float
    ) -> AsyncIterator[tuple[asyncio.StreamReader, float]]:
        """Connect, send the request, and close the connection at the end, which the eye takes as `Stop`."""
        began = asyncio.get_running_loop().time()
        deadline = began + patience
        try:
            async with asyncio.timeout_at(deadline):
                reader, writer = await asyncio.open_unix_connection(self._path)
        except TimeoutError as error:
            raise self._overdue(began) from error
        except OSError as error:
            raise EyeError(Reason.EYE_FAILED, f"{self._path}: {error.strerror or error}") from error
        try:
            async with asyncio.timeout_at(deadline):
                writer.write(pack_message(request))
                await writer.drain()
            yield reader, deadline
        except TimeoutError as error:
            raise self._overdue(began) from error
        except OSError as error:
            raise EyeError(Reason.EYE_FAILED, f"the eye closed the connection: {error}") from error
        finally:
            writer.transport.abort()

    async def _receive(self, reader: asyncio.StreamReader, deadline: float) -> Answer:
        """Return the next answer; a `Problem` is raised as what it stands for."""
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(deadline):
                header = await reader.readexactly(HEADER.size)
                body = await reader.readexactly(announced_length(header, LARGEST_ANSWER))
            answer = read_answer(body)
        except TimeoutError as error:
            raise self._overdue(began) from error
        except asyncio.IncompleteReadError as error:
            raise EyeError(Reason.EYE_FAILED, "the eye closed the connection in the middle") from error
        except MessageError as error:
            raise EyeError(Reason.EYE_FAILED, f"the eye sent {error}") from error
        if isinstance(answer, Problem):
            raise EyeError(_REASONS[answer.kind], answer.text)
        return answer

    def _overdue(self, began: float) -> EyeError:
        """Return what to raise for an answer that did not come; the eye is blamed only if it had time enough."""
        if asyncio.get_running_loop().time() - began < STALL:
            return EyeError(Reason.TIMEOUT, "the time was over before the eye had answered")
        self._when_silent()
        return EyeError(Reason.EYE_FAILED, "the eye did not answer in time")


def _believe(fault: str) -> None:
    """Raise `EyeError` where something is wrong with what the eye sent."""
    if fault:
        raise EyeError(Reason.EYE_FAILED, f"the eye sent {fault}")


def _check_pack(pack: PackInfo | None, manifest: Manifest) -> None:
    used = (pack.id, pack.version, pack.space, pack.dimension) if pack else ("none", "", "", 0)
    known = (manifest.id, manifest.version, manifest.space, manifest.embedder.dimension)
    if used != known:
        raise EyeError(
            Reason.PACK_DAMAGED,
            f"the eye uses pack {used[0]} {used[1]}, the judge reads {known[0]} {known[1]}: restart facelatch-eye",
        )


def _unexpected(answer: Answer) -> EyeError:
    return EyeError(Reason.EYE_FAILED, f"the eye answered with a {type(answer).__name__} nobody asked for")
