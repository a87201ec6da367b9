"""An eye that plays a script on a Unix socket: what the judge does with each answer, and with none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from facelatch_eye.messages import (
    HEADER,
    LARGEST_REQUEST,
    Analyse,
    Answer,
    CameraInfo,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    PackInfo,
    Request,
    Warm,
    Watch,
    announced_length,
    pack_message,
    read_request,
)
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST

CAMERA = CameraInfo(id="made-up", name="Made up", path="/dev/video9", driver="made-up", bus="usb-1")
PACK = PackInfo(id=MANIFEST.id, version=MANIFEST.version, space=MANIFEST.space, dimension=DIMENSION)
OPENED = Opened(camera=CAMERA, pack=PACK, width=640, height=480, rate=30.0)


JPEG = b"\xff\xd8 made up \xff\xd9"

RING = "somebody came and asked nothing"
"""What starts an eye that systemd listens for."""


class FakeEye:
    """Answers `Watch` with `answers`, then stays silent (`hangs`) or repeats the last one until it is left.

    A camera that is to run ahead runs until it is left (`warm` counts those), or whoever asks is kept waiting
    (`hangs`). Where frames are to be shown, each observation comes behind one.
    """

    def __init__(self) -> None:
        self.answers: Sequence[Answer | bytes] = (OPENED,)
        self.pictures: list[Answer] = []
        self.description = Description(cameras=(CAMERA,), pack=PACK)
        self.hangs = False
        self.requests: list[Request | str] = []
        self.open = 0
        self.warm = 0

    @property
    def looks(self) -> list[Watch | Warm]:
        """What it was asked that opens a camera."""
        return [request for request in self.requests if isinstance(request, Watch | Warm)]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            header = await self._header(reader)
            request = read_request(await reader.readexactly(announced_length(header, LARGEST_REQUEST)))
            self.requests.append(request)
            await self._answer(request, reader, writer)
        self.open -= 1
        writer.close()

    async def _header(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readexactly(HEADER.size)
        except asyncio.IncompleteReadError:
            self.requests.append(RING)
            raise

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(request, Describe):
            writer.write(pack_message(self.description))
        elif isinstance(request, Analyse):
            writer.write(pack_message(self.pictures.pop(0)))
        elif isinstance(request, Warm):
            self.warm += 1
            try:
                if not self.hangs:
                    writer.write(pack_message(OPENED))
                await reader.read()
            finally:
                self.warm -= 1
        elif isinstance(request, Watch):
            for answer in self.answers:
                writer.write(answer if isinstance(answer, bytes) else self._packed(answer, request))
            while not self.hangs and not reader.at_eof():
                last = self.answers[-1]
                if isinstance(last, bytes) or last is OPENED:
                    return
                writer.write(self._packed(last, request))
                await writer.drain()
                await asyncio.sleep(0.005)
            await reader.read()

    def _packed(self, answer: Answer, request: Watch) -> bytes:
        if request.preview and isinstance(answer, Observation):
            return pack_message(Frame(answer.sequence, JPEG)) + pack_message(answer)
        return pack_message(answer)


@contextlib.asynccontextmanager
async def serving(eye: FakeEye, path: Path) -> AsyncIterator[None]:
    """Serve the eye at `path`."""
    server = await asyncio.start_unix_server(eye.accept, path)
    try:
        yield
    finally:
        server.close()
