"""An enrolment that runs: its shots as they come, and what becomes of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from types import TracebackType
from typing import Self

import msgspec

from facelatch.errors import BusError, ProtocolBroken
from facelatch.remote import PICTURE_PATIENCE, SILENCE, Answer, Remote, read
from facelatch.types import Enrolled, EnrollShot, EnrollStep, Failure, Refusal
from facelatch.wire import PATIENCE, Body, Signals


class ReviewReady(msgspec.Struct, frozen=True):
    """The shots are there; the enrolment waits for `save`."""

    step: EnrollStep


Event = EnrollStep | ReviewReady | Enrolled


class Enrolment:
    """An enrolment, as the async iterator of what happens: the last is `Enrolled`.

    An enrolment that fails raises `BusError` with the reason, from the iterator and from every call. As an async
    context manager it is stopped at the end: what is not saved then is gone.
    """

    def __init__(self, camera: Remote, signals: Signals, listening: contextlib.ExitStack, *, ours: bool) -> None:
        self._camera = camera
        self._signals = signals
        self._listening = listening
        self._ours = ours
        """Whether the daemon waits for us, who may take as long as a person needs."""
        self._limit: asyncio.Timeout | None = None
        self._ended = False

    async def __aenter__(self) -> Self:
        """Return the enrolment."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the enrolment."""
        self._listening.close()
        await self._camera.end("EnrollStop")

    def __aiter__(self) -> Self:
        """Return the enrolment."""
        return self

    async def __anext__(self) -> Event:
        """Return what happens next; raises `BusError` for a failure, `ProtocolBroken` when too long nothing does."""
        if self._ended:
            raise StopAsyncIteration
        try:
            async with asyncio.timeout(None if self._ours else SILENCE) as self._limit:
                event = _enroll_status(await self._signals.next())
        except TimeoutError:
            raise ProtocolBroken(f"no sign of an enrolment for {SILENCE:g} s") from None
        finally:
            self._limit = None
        self._ours = self._ours or isinstance(event, ReviewReady)
        self._ended = isinstance(event, Enrolled)
        return event

    async def add_picture(self, name: str, picture: bytes) -> EnrollStep:
        """Send an encoded picture, and return what there is to say of it by itself: whether it could be kept.

        Which are kept is decided once all are there: `finish` and `save` make the iterator tell of each again.
        """
        (step,) = await self._ask(tuple[EnrollStep], "EnrollPicture", "say", name, picture, patience=PICTURE_PATIENCE)
        return step

    async def finish(self) -> None:
        """Take no more shots or pictures, and go on with those there are.

        Of pictures, the iterator then tells in an `EnrollStep` each whether it is kept, in the order in which they were
        sent, and at last `ReviewReady`; it raises `BusError` where they are too few, or do not show one person.
        """
        await self._ask(tuple[()], "EnrollFinish")

    async def shots(self) -> tuple[EnrollShot, ...]:
        """Return the shots that would be saved, with their pictures."""
        (shots,) = await self._ask(tuple[tuple[EnrollShot, ...]], "EnrollShots")
        return shots

    async def save(self, dropped: Collection[int] = ()) -> None:
        """Save the shots but those dropped, by their numbers; the iterator then tells what came of it."""
        await self._ask(tuple[()], "EnrollSave", "au", list(dropped))
        self._ours = False
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + SILENCE)

    async def stop(self) -> None:
        """End the enrolment; what is not saved is gone."""
        self._listening.close()
        await self._camera.ask(tuple[()], "EnrollStop")

    async def _ask(
        self, kind: type[Answer], member: str, signature: str = "", *arguments: object, patience: float = PATIENCE
    ) -> Answer:
        try:
            return await self._camera.ask(kind, member, signature, *arguments, patience=patience)
        except BusError as refusal:
            if refusal.error is Refusal.NO_ACTION_IN_PROGRESS:
                # It has failed in the meantime, and a signal that nobody has read yet says why.
                for body in self._signals.waiting():
                    _enroll_status(body)
            raise


def _enroll_status(body: Body) -> Event:
    """Return what a signal says; raises `BusError` for a failure, `ProtocolBroken` for what the contract has not."""
    result, done, _progress, _details = read(body, tuple[str, bool, float, object], "EnrollStatus")
    match result, done:
        case "enroll-stage-passed" | "enroll-retry-scan", False:
            return read(body, tuple[str, bool, float, EnrollStep], "EnrollStatus")[3]
        case "enroll-review", False:
            return ReviewReady(read(body, tuple[str, bool, float, EnrollStep], "EnrollStatus")[3])
        case "enroll-completed", True:
            return read(body, tuple[str, bool, float, Enrolled], "EnrollStatus")[3]
        case "enroll-failed", True:
            failure = read(body, tuple[str, bool, float, Failure], "EnrollStatus")[3]
            raise BusError(failure.reason, failure.text)
    raise ProtocolBroken(f"EnrollStatus: {result!r}{', done' if done else ''}")
