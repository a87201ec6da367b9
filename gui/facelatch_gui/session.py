"""What the window does before a camera, as streams that the courier follows: a look, and an enrolment."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage

from facelatch.bus import BusError, Claim, Daemon, Enrolment, PreviewFrame, ProtocolBroken, ReviewReady
from facelatch.types import Analysis, Enrolled, EnrollShot, EnrollStep, Hint, Refusal, Tried, TryStep
from facelatch_gui.frame import decoded
from facelatch_gui.picture import PictureProblem, open_picture, read_picture

T = TypeVar("T")

ROOM_AROUND = 0.35
"""Share of a face's box that a shot's picture shows around it, so that one sees why it is a bad one."""

LARGEST_FACE = 320
"""Pixels of the longer side of a shot's picture: sharp at twice the size that the review shows it in."""


NOTHING_YET = 0.03
"""Seconds until a frame is asked for again where nothing runs yet: about one frame's time."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame of what runs, decoded. The image is null where that could not be done."""

    image: QImage
    overlay: Analysis


@dataclass(frozen=True, slots=True)
class Begun:
    """The password was accepted, and the camera starts."""


@dataclass(frozen=True, slots=True)
class Review:
    """The shots that wait to be saved, each with the picture of its face."""

    shots: tuple[EnrollShot, ...]
    faces: tuple[QImage, ...]
    left_out: tuple[EnrollStep, ...] = ()
    """The pictures that are not among them, where the person chose pictures."""


@dataclass(frozen=True, slots=True)
class Looking:
    """A picture of so many that is looked at now, by its number from 1."""

    name: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of each picture that the person chose."""

    steps: tuple[EnrollStep, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person decides in an enrolment, once she has; the window sets it, the enrolment waits for it."""

    enough: concurrent.futures.Future[None] = field(default_factory=concurrent.futures.Future)
    """That no more shots shall be taken."""
    dropped: concurrent.futures.Future[frozenset[int]] = field(default_factory=concurrent.futures.Future)
    """Which shots shall not be saved."""


async def look(daemon: Daemon, *, figures: bool) -> AsyncGenerator[TryStep | Tried | Picture, None]:
    """Look once, as the screen lock would. The last is `Tried`."""
    async with (
        await daemon.claim() as claim,
        contextlib.aclosing(claim.verify(figures=figures, preview=True)) as steps,
        contextlib.aclosing(_with_pictures(claim, steps)) as events,
    ):
        async for event in events:
            yield event


async def enrol(
    daemon: Daemon, label: str, face: str, choice: Choice
) -> AsyncGenerator[Begun | EnrollStep | Picture | Review | Enrolled, None]:
    """Enrol under a label, or more shots of a face, let `choice` be made over the shots, and save."""
    async with await daemon.claim() as claim, await claim.enroll(label, face=face, review=True) as enrolment:
        yield Begun()
        finishing = asyncio.ensure_future(_finish(enrolment, choice))
        try:
            async with contextlib.aclosing(_with_pictures(claim, enrolment)) as events:
                async for event in events:
                    if isinstance(event, ReviewReady):
                        break
                    yield event
                else:
                    return
        finally:
            await _end(finishing)
        shots = await enrolment.shots()
        yield Review(shots, tuple(_face_of(shot) for shot in shots))
        yield await _saved(enrolment, choice)


async def enrol_from_pictures(
    daemon: Daemon, label: str, face: str, pictures: Sequence[Path], choice: Choice
) -> AsyncGenerator[Begun | Looking | Judged | Review | Enrolled, None]:
    """Enrol as `enrol` does, from picture files. What became of them is yielded although the enrolment then fails."""
    named = _named(pictures)
    async with await daemon.claim() as claim, await claim.enroll(label, face=face, pictures=True) as enrolment:
        yield Begun()
        steps: list[EnrollStep] = []
        for number, (name, path) in enumerate(named.items(), 1):
            yield Looking(name, number, len(named))
            try:
                content = await asyncio.to_thread(read_picture, path)
            except PictureProblem as problem:
                steps.append(EnrollStep(0, 0, False, Hint.BAD_PICTURE, str(problem), name))
            else:
                await enrolment.add_picture(name, content)
        await enrolment.finish()
        try:
            async for event in enrolment:
                if not isinstance(event, EnrollStep):
                    break
                steps.append(event)
        except BusError:
            yield Judged(tuple(steps))
            raise
        yield Judged(tuple(steps))
        shots = await enrolment.shots()
        faces = [await asyncio.to_thread(_face_in, named[shot.name], shot) for shot in shots]
        yield Review(shots, tuple(faces), tuple(step for step in steps if not step.taken))
        yield await _saved(enrolment, choice)


async def _saved(enrolment: Enrolment, choice: Choice) -> Enrolled:
    """Save what the person wants saved once she has decided, and return what came of it."""
    # What happens meanwhile is listened to as well: it can only be that the enrolment was ended.
    following = asyncio.ensure_future(anext(enrolment))
    chosen = asyncio.wrap_future(choice.dropped)
    try:
        await _first_of(chosen, following)
        if not following.done():
            await enrolment.save(await chosen)
        event = await following
        if not isinstance(event, Enrolled):
            raise ProtocolBroken(f"the end of an enrolment was expected, not {type(event).__name__}")
        return event
    finally:
        await _end(following)


def _named(pictures: Sequence[Path]) -> dict[str, Path]:
    """Return picture files by names that tell them apart, though they lie in different folders."""
    named: dict[str, Path] = {}
    for path in pictures:
        name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        stem, ending = os.path.splitext(name)
        again = 2
        while name in named:
            name = f"{stem} ({again}){ending}"
            again += 1
        named[name] = path
    return named


def _face_in(path: Path, shot: EnrollShot) -> QImage:
    """Return the face of a shot in the person's own file; null where that has become unusable meanwhile."""
    try:
        image = open_picture(path).image
    except PictureProblem:
        return QImage()
    face = image.copy(_part_of(shot).intersected(image.rect()))
    if max(face.width(), face.height()) <= LARGEST_FACE:
        return face
    return face.scaled(
        LARGEST_FACE, LARGEST_FACE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


async def _finish(enrolment: Enrolment, choice: Choice) -> None:
    """Take no more shots once that is wanted. That the last one is taken meanwhile is as good."""
    await asyncio.shield(asyncio.wrap_future(choice.enough))  # else the window might set what is cancelled
    with contextlib.suppress(BusError):
        await enrolment.finish()


async def _with_pictures(claim: Claim, events: AsyncIterator[T]) -> AsyncGenerator[T | Picture, None]:
    """Yield events as they come, and between them the frames in which they happen. It ends with the events."""
    event: asyncio.Future[T] | None = None
    frame: asyncio.Future[PreviewFrame] | None = asyncio.ensure_future(_next_frame(claim, 0))
    try:
        while True:
            event = event or asyncio.ensure_future(anext(events))
            await _first_of(event, frame)
            if event.done():
                try:
                    happened = event.result()
                except StopAsyncIteration:
                    return
                event = None
                yield happened
            elif frame is not None:
                shown = _picture(frame)
                frame = None
                if shown is not None:
                    yield Picture(decoded(shown.jpeg), shown.overlay)
                    frame = asyncio.ensure_future(_next_frame(claim, shown.number))
    finally:
        await _end(event, frame)


async def _first_of(*futures: asyncio.Future[Any] | None) -> None:
    """Wait until one of them has ended, however."""
    await asyncio.wait([future for future in futures if future is not None], return_when=asyncio.FIRST_COMPLETED)


async def _end(*futures: asyncio.Future[Any] | None) -> None:
    """Cancel them and wait until each has let go of what it holds."""
    running = [future for future in futures if future is not None]
    for future in running:
        future.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _next_frame(claim: Claim, after: int) -> PreviewFrame:
    """Return the next frame, as soon as something runs: a look may be over 0.2 s after it has begun."""
    while True:
        try:
            return await claim.next_frame(after)
        except BusError as error:
            if error.error is not Refusal.NO_ACTION_IN_PROGRESS:
                raise
        await asyncio.sleep(NOTHING_YET)


def _picture(frame: asyncio.Future[PreviewFrame]) -> PreviewFrame | None:
    """Return the frame; None where there are no more, of which the events tell the reason."""
    try:
        return frame.result()
    except (BusError, ConnectionError):
        return None


def _face_of(shot: EnrollShot) -> QImage:
    """Return the face in a shot, no larger than it is shown; null where the picture cannot be decoded."""
    return decoded(shot.picture, _part_of(shot), LARGEST_FACE)


def _part_of(shot: EnrollShot) -> QRect:
    """Return the part of a shot's picture that is shown."""
    x, y, width, height = shot.box
    side = max(width, height) * (1 + 2 * ROOM_AROUND)
    return QRect(round(x + width / 2 - side / 2), round(y + height / 2 - side / 2), round(side), round(side))
