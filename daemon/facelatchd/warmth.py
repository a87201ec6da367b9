"""A camera that the eye keeps running ahead of a look, with nobody looking: the look's first frame is there at once."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    MessageError,
    Opened,
    Problem,
    Warm,
    announced_length,
    pack_message,
    read_answer,
)

log = logging.getLogger(__name__)

PATIENCE: Final = 0.1
"""Seconds that the eye's socket gets to take the request. The kernel does it at once, whatever the eye does; who has
looked in vain waits for no more."""


class Warmth:
    """At most one camera at a time. Whatever goes wrong is logged and forgotten: a look opens its own camera then."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._request: Warm | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.ends = 0
        """How often it was ended: whoever has begun to ask before that wants nothing any more."""

    @property
    def lasts(self) -> bool:
        """Whether the eye keeps a camera running, or has been asked to."""
        return self._writer is not None

    async def ask(self, request: Warm) -> None:
        """Return when the eye has been asked, and keep the connection for `request.seconds`; ends what was before."""
        writer: asyncio.StreamWriter | None = None
        ends = self.ends
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(self._path)
                writer.write(pack_message(request))
                await writer.drain()
        except (OSError, TimeoutError) as error:
            log.debug("no camera is kept warm: %s", str(error) or "the socket takes nothing")
            _abort(writer)
            return
        except asyncio.CancelledError:
            _abort(writer)
            raise
        if ends != self.ends:
            _abort(writer)
            return
        _abort(self._writer)  # what was before; the same camera is handed over running
        self._request, self._writer = request, writer
        self._keeping = asyncio.create_task(self._keep(reader, writer, request.seconds))

    def end(self) -> None:
        """Have the camera let go of."""
        self.ends += 1
        self._forget(self._writer)

    def make_way(self, cameras: tuple[str, ...]) -> None:
        """End it for a look that wants another camera first; for the same one the eye hands it over running."""
        if self._request is not None and self._request.cameras[:1] != cameras[:1]:
            self.end()

    async def _keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
        """Hear the eye's one answer, and keep the connection until the time is over: the light goes out by then.

        An eye that says more is not listened to: it could keep the judge from everything else.
        """
        try:
            async with asyncio.timeout(seconds):
                header = await reader.readexactly(HEADER.size)
                _log(await reader.readexactly(announced_length(header, LARGEST_ANSWER)))
                await reader.read(1)
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            log.debug("no camera is kept warm any more")
        except MessageError as error:
            log.debug("the eye sent %s", error)
        finally:
            self._forget(writer)

    def _forget(self, writer: asyncio.StreamWriter | None) -> None:
        """Close a connection, be it the present one or one of before."""
        _abort(writer)
        if self._writer is writer:
            self._request = self._writer = None


def _log(body: bytes) -> None:
    match read_answer(body):
        case Opened(camera):
            log.debug("%s is kept warm", camera.id)
        case Problem(_kind, text):
            log.debug("no camera is kept warm: %s", text)
        case other:
            log.debug("the eye answered with a %s nobody asked for", type(other).__name__)


def _abort(writer: asyncio.StreamWriter | None) -> None:
    if writer is not None:
        writer.transport.abort()
