"""The eye's socket: who may connect, how many, and how the process ends."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import os
import pwd
import signal
import socket
import stat
import struct
from pathlib import Path
from typing import Final, Protocol

from facelatch_eye import notify
from facelatch_eye.conversation import Conversation
from facelatch_eye.duty import STUCK, Duty
from facelatch_eye.messages import Problem, ProblemKind, Request, pack_message

log = logging.getLogger(__name__)

MOST_CONVERSATIONS: Final = 8
"""Connections at a time; the judge holds one or two. With the largest requests they are 256 MiB."""

JUDGE: Final = "facelatch"
"""The judge's user, who may ask; so may root and the eye's own user."""

LAST_WORDS: Final = 0.6
"""Seconds that a stopping eye waits for its cameras to close; together with the rest it is gone within one."""

_CREDENTIALS: Final = struct.Struct("iII")


class Ending(enum.Enum):
    """Why the eye leaves."""

    STOPPED = "it was told to stop"
    IDLE = "nobody asked for anything"
    STUCK = "a camera or network does not answer"


class SocketError(Exception):
    """The eye's socket cannot be made; the text says why."""


class Served(Protocol):
    """What is served at the socket."""

    @property
    def hangs(self) -> bool:
        """Whether something that no request waits for in its own thread does not end."""

    def serve(self, request: Request, duty: Duty) -> None:
        """Answer a request, in the duty's thread."""


def bind(path: Path) -> socket.socket:
    """Return a listening socket at `path`, mode 0660; one that nobody listens on any more is replaced.

    Raises `SocketError`.
    """
    try:
        if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
            raise SocketError(f"{path}: is in the way, and no socket")
        if path.exists():
            _check_abandoned(path)
            path.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        # The mode has to be right from the first moment, so it is made by the mask and not by a chmod behind it.
        mask = os.umask(0o117)
        try:
            listening.bind(str(path))
        finally:
            os.umask(mask)
        listening.listen(MOST_CONVERSATIONS)
    except OSError as error:
        raise SocketError(f"{path}: {error.strerror or error}") from error
    return listening


def _check_abandoned(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
    raise SocketError(f"{path}: another eye listens there already")


def allowed_users() -> frozenset[int]:
    """Return the user ids that may connect."""
    allowed = {0, os.geteuid()}
    with contextlib.suppress(KeyError):
        allowed.add(pwd.getpwnam(JUDGE).pw_uid)
    return frozenset(allowed)


class Server:
    """Accepts connections until it is told to stop, has been idle for `idle_exit` seconds, or is stuck."""

    def __init__(
        self, eye: Served, allowed: frozenset[int], idle_exit: float | None = None, watchdog: float | None = None
    ) -> None:
        self._eye = eye
        self._allowed = allowed
        self._idle_exit = idle_exit
        self._watchdog = watchdog
        self._conversations = 0
        self._duties: set[Duty] = set()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._idle: asyncio.TimerHandle | None = None

    async def serve(self, listening: socket.socket) -> Ending:
        """Serve a listening socket; returns why it ended, when every camera is closed or was given up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, Ending.STOPPED)
        server = await asyncio.start_unix_server(self._accept, sock=listening)
        sentry = asyncio.ensure_future(self._stand_sentry())
        self._await_guests()
        notify.tell("READY=1")
        log.info("ready")
        ending = await self._ending
        notify.tell("STOPPING=1")
        sentry.cancel()
        server.close()
        return await self._close(ending)

    def _end(self, ending: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    async def _close(self, ending: Ending) -> Ending:
        """Stop what still runs, and wait a little for it."""
        for duty in self._duties:
            duty.stop()
        deadline = asyncio.get_running_loop().time() + LAST_WORDS
        while self._duties and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        return Ending.STUCK if self._duties or self._eye.hangs else ending

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._may_talk(writer):
                await self._converse(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _may_talk(self, writer: asyncio.StreamWriter) -> bool:
        credentials = writer.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
        )
        process, user, _group = _CREDENTIALS.unpack(credentials)
        if user not in self._allowed:
            log.warning("refused: process %d of user %d may not use the eye", process, user)
            return False
        if self._conversations >= MOST_CONVERSATIONS:
            log.warning("refused: %d conversations are open already", self._conversations)
            text = f"the eye is busy with {self._conversations} others"
            writer.write(pack_message(Problem(ProblemKind.CAMERA_BUSY, text)))
            return False
        return True

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations += 1
        self._await_guests()
        try:
            await Conversation(reader, writer, self._eye.serve, self._duties).hold()
        finally:
            self._conversations -= 1
            self._await_guests()

    def _await_guests(self) -> None:
        """Start the clock of idleness where nobody is here, else stop it."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._idle_exit is not None and not self._conversations:
            self._idle = asyncio.get_running_loop().call_later(self._idle_exit, self._end, Ending.IDLE)

    async def _stand_sentry(self) -> None:
        """Feed the watchdog while no duty is stuck; where there is none, end the process that nobody else would end."""
        while True:
            stuck = sum(duty.silence > STUCK for duty in self._duties)
            if stuck:
                log.critical("%d duties gave no sign of life for %g s", stuck, STUCK)
            if self._eye.hangs:
                log.critical("the networks are not loaded to their end")
            if not stuck and not self._eye.hangs:
                if self._watchdog is not None:
                    notify.tell("WATCHDOG=1")
            elif self._watchdog is None:
                self._end(Ending.STUCK)
            await asyncio.sleep(min(self._watchdog or 1.0, 1.0))
