"""The provisional admin socket, for root and, where nothing changes, for oneself. The bus takes its place."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import logging
import socket
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import Any, Final, TypeVar

import msgspec

from facelatch.admin import (
    EYE_READY,
    LONGEST_LINE,
    MOST_PICTURES,
    Answer,
    AttemptList,
    CameraLine,
    CameraList,
    Cameras,
    Enroll,
    Enrolled,
    EnrollStep,
    FaceList,
    Failed,
    History,
    ListFaces,
    PictureLine,
    RemoveFaces,
    RenameFace,
    Request,
    Status,
    StatusReport,
    Tried,
    Try,
    TryStep,
)
from facelatch.types import AttemptSummary, FaceSummary, Reason, ServiceClass
from facelatch_eye.messages import CameraInfo
from facelatchd.bouncer import Caller, Crowd, peer_of
from facelatchd.enrolment import Enrolment, Picture, Progress
from facelatchd.house import House, Refused, known_user
from facelatchd.look import Look
from facelatchd.store import Attempt, FaceRecord, FaceRefused, StoreError, User
from facelatchd.verification import Ask, Verification
from facelatchd.watcher import EyeError

log = logging.getLogger(__name__)

_read_request = msgspec.json.Decoder(Request).decode

Result = TypeVar("Result")

MOST_CONNECTIONS: Final = 32
MOST_OF_ONE_USER: Final = 4
LONGEST_REQUEST: Final = 64 * 1024
"""Bytes of a first line: anybody may send one, and only who may enrol is lent the memory for pictures."""

FIRST_LINE_PATIENCE: Final = 2.0
PICTURE_PATIENCE: Final = 30.0
SEND_PATIENCE: Final = 5.0
"""Seconds without reading after which a caller is taken for gone: he must not keep the camera, nor his place."""

MOST_ATTEMPTS: Final = 1000
TRY_SERVICE: Final = "facelatch-try"


class Line:
    """One connection: JSON lines in and out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._received = bytearray()
        self.caller: Caller = peer_of(writer.get_extra_info("socket"))

    async def receive(self, patience: float, longest: int) -> Request:
        """Return the next message, a line of at most `longest` bytes; raises `Refused` where it is none."""
        try:
            async with asyncio.timeout(patience):
                raw = await self._line(longest)
            request: Request = _read_request(raw)
        except (TimeoutError, ConnectionError) as error:
            raise Refused(Reason.BAD_REQUEST, f"no complete line came within {patience:g} s") from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(Reason.BAD_REQUEST, f"not a request: {error}") from error
        return request

    async def _line(self, longest: int) -> bytes:
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched >= longest:
                break
            chunk = await self._reader.read(longest)
            if not chunk:
                raise Refused(Reason.BAD_REQUEST, "the connection ended before the line did")
            self._received += chunk
        if not 0 <= end < longest:
            raise Refused(Reason.BAD_REQUEST, f"a line of more than {longest} bytes")
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def post(self, answer: Answer) -> None:
        """Queue an answer without waiting for the other side to read it."""
        self._writer.write(msgspec.json.encode(answer) + b"\n")

    async def send(self, answer: Answer) -> None:
        """Send an answer; raises `ConnectionError` where nobody is there any more, or nobody reads."""
        self.post(answer)
        await self._patiently(self._writer.drain())

    async def close(self) -> None:
        """Close the connection when the last answer is out; raises `ConnectionError` where nobody reads it."""
        self._writer.close()
        await self._patiently(self._writer.wait_closed())

    async def _patiently(self, sending: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(SEND_PATIENCE):
                await sending
        except TimeoutError as error:
            raise ConnectionAbortedError(f"nothing was read for {SEND_PATIENCE:g} s") from error

    async def while_there(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what the work comes to; where the other side hangs up, end it and raise `ConnectionResetError`."""
        working = asyncio.create_task(work)
        leaving = asyncio.create_task(self._gone())
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise ConnectionResetError("hung up in the middle")
            return working.result()
        finally:
            for task in (working, leaving):
                task.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    async def _gone(self) -> None:
        """Return when the other side has hung up."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(4096):
                pass

    async def tell(self, text: str) -> None:
        """A try needs no text from the judge: the command shows its own."""

    async def approve(self, ask: Ask) -> bool:
        """Whoever types `facelatch try` has said what he wants."""
        return True


class AdminSocket:
    """Serves the socket."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._crowd = Crowd(MOST_CONNECTIONS, MOST_OF_ONE_USER)

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Accept connections until the returned server is closed."""
        return await asyncio.start_unix_server(self._accept, sock=listener)

    async def close(self, patience: float) -> None:
        """End the connections; a try that has judged a face is written down."""
        await self._crowd.disperse(patience)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        try:
            with self._crowd.admit(line.caller) as admitted:
                if admitted:
                    await self._serve_one(line)
                else:
                    await line.send(Failed(Reason.BUSY, "too many connections; try again in a moment"))
                await line.close()
        except ConnectionError as error:
            log.info("uid %d has gone: %s", line.caller.uid, error)
        except asyncio.CancelledError:
            # The judge stops. Swallowed, because the stream's own callback would report it as an error.
            log.info("the judge stops: a connection of uid %d ends", line.caller.uid)
        finally:
            writer.transport.abort()

    async def _serve_one(self, line: Line) -> None:
        try:
            request = await line.receive(FIRST_LINE_PATIENCE, LONGEST_REQUEST)
            await self._answer(line, request)
        except ConnectionError:
            raise
        except Refused as refused:
            await line.send(Failed(refused.reason, str(refused)))
        except EyeError as error:
            await line.send(Failed(error.reason, str(error)))
        except FaceRefused as error:
            await line.send(Failed(Reason.BAD_REQUEST, str(error)))
        except StoreError as error:
            log.error("admin: the store: %s", error)
            await line.send(Failed(Reason.STORE_FAILED, str(error)))
        except Exception:  # a fault of ours is an answer, too
            log.exception("admin: a fault of the judge's")
            await line.send(Failed(Reason.INTERNAL, "a fault of the daemon's own; its log says more"))

    async def _answer(self, line: Line, request: Request) -> None:
        """Do what is asked; whom it concerns and who may ask it is settled here, in one place."""
        match request:
            case Status():
                await line.send(await self._status())
            case Cameras():
                await line.send(await self._cameras())
            case ListFaces():
                user = await self._user(line, request.user)
                await line.send(FaceList(user.name, await self._faces(user)))
            case History():
                user = await self._user(line, request.user)
                await line.send(await self._history(user, request.limit))
            case Try():
                await self._try(line, await self._user(line, request.user), request)
            case RenameFace():
                user = await self._user(line, request.user, changes=True)
                await line.send(await self._rename(user, request))
            case RemoveFaces():
                user = await self._user(line, request.user, changes=True)
                await line.send(await self._remove(user, request))
            case Enroll():
                user = await self._user(line, request.user, changes=True)
                await self._enroll(line, user, request)
            case PictureLine():
                raise Refused(Reason.BAD_REQUEST, "a picture that belongs to no enrolment")

    async def _user(self, line: Line, name: str, *, changes: bool = False) -> User:
        """Return the account a request is about, if the caller may ask this about it."""
        if changes and not line.caller.may_change_faces:
            raise Refused(Reason.NOT_PERMITTED, "enrolling, renaming and removing faces takes root: use sudo")
        try:
            user = await known_user(name)
        except Refused as refused:
            reason = refused.reason if line.caller.is_root else Reason.NOT_PERMITTED
            raise Refused(reason, f"{name!r}: {refused}") from refused
        if not line.caller.may_ask_about(user):
            raise Refused(Reason.NOT_PERMITTED, f"only root may ask about {name!r}: use sudo")
        return user

    async def _status(self) -> StatusReport:
        settings = self._house.settings()
        pack, pack_problem = "", ""
        try:
            manifest = await self._house.manifest()
            pack = f"{manifest.id} {manifest.version}"
        except Refused as refused:
            pack_problem = str(refused)
        cameras: tuple[CameraInfo, ...] = ()
        eye, camera_problem = EYE_READY, ""
        try:
            description = await self._house.watcher.describe()
            cameras = description.cameras
            camera_problem = _camera_problem(settings.camera.use, cameras)
            if description.problem is not None:
                eye = description.problem.text
        except EyeError as error:
            eye = str(error)
        clerk = self._house.clerk
        return StatusReport(
            version=importlib.metadata.version("facelatch"),
            pack=pack,
            pack_problem=pack_problem,
            eye=eye,
            cameras=len(cameras),
            camera=settings.camera.use,
            camera_problem=camera_problem,
            enrolled_users=await clerk.do(clerk.store.enrolled_users),
            services={
                service: service_class.value
                for service_class, rule in settings.rules.items()
                if rule.allowed
                for service in rule.services
            },
        )

    async def _cameras(self) -> CameraList:
        description = await self._house.watcher.describe()
        return CameraList(
            tuple(
                CameraLine(c.id, c.name, c.path, c.driver, c.vendor_product, c.infrared, c.virtual)
                for c in description.cameras
            )
        )

    async def _faces(self, user: User) -> tuple[FaceSummary, ...]:
        clerk = self._house.clerk
        return await self._summaries(await clerk.do(clerk.store.faces, user))

    async def _summaries(self, faces: Sequence[FaceRecord]) -> tuple[FaceSummary, ...]:
        try:
            space = (await self._house.manifest()).space
        except Refused:
            space = ""  # no pack can be used, and no face with it
        return tuple(_face_summary(face, space) for face in faces)

    async def _history(self, user: User, limit: int) -> AttemptList:
        if not 1 <= limit <= MOST_ATTEMPTS:
            raise Refused(Reason.BAD_REQUEST, f"limit: expected 1 to {MOST_ATTEMPTS}")
        clerk = self._house.clerk
        return AttemptList(tuple(map(_attempt_summary, await clerk.do(clerk.store.attempts, user.name, limit))))

    async def _rename(self, user: User, request: RenameFace) -> FaceList:
        clerk = self._house.clerk
        face = await clerk.do(clerk.store.rename_face, user, request.face, request.label)
        return FaceList(user.name, await self._summaries([face]))

    async def _remove(self, user: User, request: RemoveFaces) -> FaceList:
        clerk = self._house.clerk
        if request.face:
            removed = [await clerk.do(clerk.store.remove_face, user, request.face)]
        else:
            removed = await clerk.do(clerk.store.remove_all, user)
        return FaceList(user.name, await self._summaries(removed))

    async def _try(self, line: Line, user: User, request: Try) -> None:
        if request.camera and not line.caller.is_root:
            raise Refused(Reason.NOT_PERMITTED, "only root may name a camera: use sudo")
        ask = Ask(
            caller=line.caller,
            user=user.name,
            service=TRY_SERVICE,
            camera=request.camera,
            can_ask=True,
            service_class=ServiceClass.UNLOCK,
        )

        def post_step(view: str, look: Look) -> None:
            if line.caller.is_root:
                line.post(TryStep(view, look.band, look.live, look.evidence if look.judged else None))
            else:  # frame by frame, even a band would tell somebody who climbs which way is up
                line.post(TryStep(view, None, None))

        outcome = await line.while_there(Verification(self._house, ask, line, post_step).run())
        await line.send(
            Tried(
                outcome.verdict,
                outcome.reason,
                outcome.band,
                outcome.seconds,
                outcome.frames,
                outcome.took,
                outcome.evidence if line.caller.is_root else None,
                outcome.bound if line.caller.is_root else None,
            )
        )

    async def _enroll(self, line: Line, user: User, request: Enroll) -> None:
        async def report(progress: Progress) -> None:
            await line.send(
                EnrollStep(progress.kept, progress.wanted, progress.shot.taken, progress.shot.hint, progress.picture)
            )

        enrolment = Enrolment(self._house, line.caller, user, request.label, report)
        if request.pictures:
            async with contextlib.aclosing(_pictures(line, request.pictures)) as pictures:
                face, advice = await enrolment.from_pictures(pictures)
        else:
            camera = request.camera or self._house.settings().camera.use
            face, advice = await line.while_there(enrolment.from_camera(camera))
        (summary,) = await self._summaries([face])
        await line.send(Enrolled(summary, advice))


def _camera_problem(wanted: str, cameras: tuple[CameraInfo, ...]) -> str:
    """Say why no camera would open, empty where one would; a file camera shows only when it is opened."""
    if wanted.startswith("file:") or any(wanted in (camera.id, camera.path) for camera in cameras):
        return ""
    if wanted:
        return f"{wanted} is not connected; facelatch cameras lists what is"
    if any(not camera.virtual for camera in cameras):
        return ""
    return "no camera is connected; connect one or switch it on"


async def _pictures(line: Line, count: int) -> AsyncGenerator[Picture]:
    if not 1 <= count <= MOST_PICTURES:
        raise Refused(Reason.BAD_REQUEST, f"expected 1 to {MOST_PICTURES} pictures")
    for _ in range(count):
        message = await line.receive(PICTURE_PATIENCE, LONGEST_LINE)
        if not isinstance(message, PictureLine):
            raise Refused(Reason.BAD_REQUEST, "expected a picture")
        yield Picture(message.name, message.data)


def _face_summary(face: FaceRecord, space: str) -> FaceSummary:
    return FaceSummary(
        id=face.id,
        label=face.label,
        enrolled=face.enrolled.isoformat(timespec="seconds"),
        templates=face.templates,
        pack=face.pack,
        camera=face.camera,
        usable=face.space == space,
    )


def _attempt_summary(attempt: Attempt) -> AttemptSummary:
    return AttemptSummary(
        when=attempt.started.isoformat(timespec="seconds"),
        user=attempt.user,
        service=attempt.service,
        verdict=attempt.verdict,
        reason=attempt.reason,
        band=attempt.band,
        seconds=attempt.seconds,
        frames=attempt.frames,
    )
