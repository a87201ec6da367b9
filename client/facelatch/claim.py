"""A claimed camera: what a client does before it, and with the faces of the user it is claimed for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

import msgspec

from facelatch.enrolment import Enrolment
from facelatch.errors import BusError, ProtocolBroken
from facelatch.remote import FRAME_PATIENCE, PASSWORD_PATIENCE, SILENCE, Answer, Remote, read
from facelatch.types import Analysis, FaceSummary, Failure, Refusal, Tried, TryStep
from facelatch.wire import Body


class PreviewFrame(msgspec.Struct, frozen=True):
    """A frame of what runs; `number` grows, `overlay` is what the eye saw in it."""

    number: int
    jpeg: bytes
    overlay: Analysis


class Claim:
    """A camera claimed for a user; as an async context manager it is released at the end.

    The calls raise `BusError` for what the daemon refuses, `DaemonUnreachable` when it leaves, `ProtocolBroken` for an
    answer that is none, and `ValueError` for text or numbers that cannot travel.
    """

    def __init__(self, camera: Remote) -> None:
        self._camera = camera
        self._preview_ended = contextlib.ExitStack()
        self._preview_status = self._preview_ended.enter_context(camera.listen("PreviewStatus"))

    async def __aenter__(self) -> Self:
        """Return the claim."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the camera; where the daemon has ended the claim by itself, that will do."""
        self._preview_ended.close()
        await self._camera.end("Release")

    async def release(self) -> None:
        """End whatever runs, and the claim."""
        self._preview_ended.close()
        await self._camera.ask(tuple[()], "Release")

    async def rename_face(self, face: str, label: str) -> FaceSummary:
        """Give a face, named by its id, a unique beginning of it or its label, a new label; may ask for a password."""
        (renamed,) = await self._change(tuple[FaceSummary], "RenameEnrolledFace", "ss", face, label)
        return renamed

    async def delete_face(self, face: str) -> FaceSummary:
        """Remove a face, named as for `rename_face`; may ask for a password."""
        (deleted,) = await self._change(tuple[FaceSummary], "DeleteEnrolledFace", "s", face)
        return deleted

    async def delete_faces(self) -> tuple[FaceSummary, ...]:
        """Remove all of the user's faces, and return them; may ask for a password."""
        (deleted,) = await self._change(tuple[tuple[FaceSummary, ...]], "DeleteEnrolledFaces")
        return deleted

    async def verify(
        self, face: str = "", *, figures: bool = False, preview: bool = False
    ) -> AsyncGenerator[TryStep | Tried, None]:
        """Look once, and yield what each frame showed, then the verdict; closing the generator ends the look.

        An empty `face` is any of the user's. `figures` tells evidence, and may ask for an administrator's password.
        With `preview`, `next_frame` shows what is seen.
        """
        options = {key: ("b", True) for key, wanted in (("figures", figures), ("preview", preview)) if wanted}
        with self._camera.listen("VerifyStatus") as signals:
            await self._camera.begin("VerifyStart", "VerifyStop", "sa{sv}", face or "any", options)
            try:
                while True:
                    async with asyncio.timeout(SILENCE):
                        status = _verify_status(await signals.next())
                    yield status
                    if isinstance(status, Tried):
                        return
            except TimeoutError:
                raise ProtocolBroken(f"no sign of a verification for {SILENCE:g} s") from None
            finally:
                await self._camera.end("VerifyStop")

    async def enroll(
        self, label: str = "", *, face: str = "", pictures: bool = False, review: bool = False, like: str = ""
    ) -> Enrolment:
        """Begin to enrol a face; asks for a password.

        An empty label is the daemon's choice. `face` adds to that face instead of a new one. With `pictures`, the shots
        are those that `add_picture` sends; with them and with `review`, nothing is stored before `save`. `like` is the
        name of a picture that shows the person alone, for when it is not clear who is meant.
        """
        options: dict[str, tuple[str, object]] = {
            key: ("s", text) for key, text in (("face", face), ("like", like)) if text
        }
        options |= {key: ("b", True) for key, wanted in (("pictures", pictures), ("review", review)) if wanted}
        with contextlib.ExitStack() as listening:
            signals = listening.enter_context(self._camera.listen("EnrollStatus"))
            await self._camera.begin("EnrollStart", "EnrollStop", "sa{sv}", label, options)
            return Enrolment(self._camera, signals, listening.pop_all(), ours=pictures)

    async def start_preview(self) -> None:
        """Show the camera; ends by itself when a login needs it, or after 5 seconds without `next_frame`."""
        for _of_the_one_before in self._preview_status.waiting():
            pass
        await self._change(tuple[()], "PreviewStart")

    async def stop_preview(self) -> None:
        """End the preview."""
        await self._camera.ask(tuple[()], "PreviewStop")

    async def next_frame(self, after: int = 0) -> PreviewFrame:
        """Return the newest frame of what runs, as soon as there is one with a number above `after`.

        Raises `BusError` with `NO_ACTION_IN_PROGRESS` when nothing runs any more; where a preview ended by itself, its
        cause is a `BusError` with the reason (`BUSY`: a login needed the camera; start again after a moment).
        """
        try:
            frame = await self._camera.ask(
                tuple[int, bytes, Analysis], "NextFrame", "t", after, patience=FRAME_PATIENCE
            )
        except BusError as refusal:
            if refusal.error is Refusal.NO_ACTION_IN_PROGRESS:
                raise refusal from self._why_no_preview()
            raise
        return PreviewFrame(*frame)

    def _why_no_preview(self) -> BusError | None:
        why = None
        for body in self._preview_status.waiting():
            _result, done, failure = read(body, tuple[str, bool, Failure], "PreviewStatus")
            why = BusError(failure.reason, failure.text) if done else why
        return why

    async def _change(self, kind: type[Answer], member: str, signature: str = "", *arguments: object) -> Answer:
        return await self._camera.ask(kind, member, signature, *arguments, patience=PASSWORD_PATIENCE)


def _verify_status(body: Body) -> TryStep | Tried:
    """Return what a signal says; one that contradicts itself is `ProtocolBroken`, above all a match that is none."""
    result, done, _details = read(body, tuple[str, bool, object], "VerifyStatus")
    status: TryStep | Tried
    if done:
        status = read(body, tuple[str, bool, Tried], "VerifyStatus")[2]
        if status.reason.verdict is not status.verdict:
            raise ProtocolBroken(f"VerifyStatus: the verdict {status.verdict.value} with {status.reason.value}")
        word = status.reason.ending
    else:
        status = read(body, tuple[str, bool, TryStep], "VerifyStatus")[2]
        word = status.view.value
    if result != f"verify-{word}":
        raise ProtocolBroken(f"VerifyStatus: {result!r}{', done,' if done else ''} with the details of verify-{word}")
    return status
