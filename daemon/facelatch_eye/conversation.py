"""One connection to the eye: a request, its answers, the end."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Callable
from typing import Final

from facelatch_eye.duty import Duty
from facelatch_eye.messages import (
    HEADER,
    LARGEST_REQUEST,
    Answer,
    MessageError,
    Problem,
    ProblemKind,
    Request,
    Stop,
    announced_length,
    pack_message,
    read_request,
)

log = logging.getLogger(__name__)

HEADER_TIME: Final = 2.0
"""Seconds from the connection to its request's header: one that says nothing shall not hold a place."""

BODY_TIME: Final = 5.0
"""Seconds from the header to the request's last byte; a picture of 13 MiB was sent, decoded and judged in 0.3 s."""

SLOWEST_READER: Final = 5.0
"""Seconds that one answer may wait for its reader, who then is taken for hung."""

PARTING: Final = 3.0
"""Seconds that the connection stays open for a stopped watch to close its camera."""


class _End(enum.Enum):
    """How the other side ended its part of a conversation."""

    STOPPED = "it said Stop and still listens"
    GONE = "it has closed the connection, or says what is no message"


class Conversation:
    """One connection. `serve` is the work that answers a request, in a thread of its own."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        serve: Callable[[Request, Duty], None],
        duties: set[Duty],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._serve = serve
        self._duties = duties

    async def hold(self) -> None:
        """Read the request, answer it, and return when the conversation is over; the caller closes the connection."""
        try:
            request = await self._request()
        except MessageError as error:
            log.warning("refused: %s", error)
            with contextlib.suppress(OSError, TimeoutError):
                await self._send(Problem(ProblemKind.BAD_REQUEST, str(error)))
        except (asyncio.IncompleteReadError, OSError):
            log.debug("the connection ended before a request came")
        else:
            await self._answer(request)

    async def _request(self) -> Request:
        """Return the next request; raises `MessageError`, and `IncompleteReadError` where the connection ended."""
        try:
            async with asyncio.timeout(HEADER_TIME):
                header = await self._reader.readexactly(HEADER.size)
            return await self._body(header)
        except TimeoutError as error:
            raise MessageError("the request did not come in time") from error

    async def _body(self, header: bytes) -> Request:
        length = announced_length(header, LARGEST_REQUEST)
        async with asyncio.timeout(BODY_TIME):
            return read_request(await self._reader.readexactly(length))

    async def _answer(self, request: Request) -> None:
        """Let a duty answer the request until it is done, or until the other side stops it or is gone."""
        duty = Duty(lambda duty: self._serve(request, duty), self._send)
        self._duties.add(duty)
        ended = duty.start()
        # A stuck duty stays on the list: the sentry has to see it.
        ended.add_done_callback(lambda _: self._duties.discard(duty))
        over = asyncio.ensure_future(self._over())
        try:
            await asyncio.wait((ended, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            duty.stop()
            # What nobody reads any more is thrown away at once, so that a duty waiting to send it wakes up.
            if over.done() and over.result() is _End.GONE:
                self._writer.transport.abort()
            over.cancel()
        await asyncio.wait((ended,), timeout=PARTING)

    async def _over(self) -> _End:
        """Return once the other side has ended its part."""
        try:
            header = await self._reader.readexactly(HEADER.size)
            if isinstance(await self._body(header), Stop):
                return _End.STOPPED
            log.warning("refused: a second request in one conversation")
        except (MessageError, TimeoutError) as error:
            log.warning("refused: %s", error)
        except (asyncio.IncompleteReadError, OSError):
            log.debug("the other side is gone")
        return _End.GONE

    async def _send(self, answer: Answer) -> None:
        """Send an answer; raises `OSError` where the other side is gone, `TimeoutError` where it does not read."""
        if self._writer.transport.is_closing():
            raise ConnectionResetError
        self._writer.write(pack_message(answer))
        async with asyncio.timeout(SLOWEST_READER):
            await self._writer.drain()
