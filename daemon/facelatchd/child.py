"""The eye as a child of the judge, for development: `facelatchd --with-eye`. On a real machine systemd does this."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

GRACE: Final = 10.0
"""Seconds a new eye gets to load its networks before silence counts as being stuck."""

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
STOP_PATIENCE: Final = 1.0


def eye_command(socket_path: Path, options: Sequence[str]) -> list[str]:
    """Return the command line of an eye that listens at `socket_path`; it imports nothing from the working folder."""
    return [
        sys.executable,
        "-P",
        "-m",
        "facelatch_eye.main",
        "--socket",
        str(socket_path),
        "--end-with-parent",
        *options,
    ]


class EyeChild:
    """Keeps an eye running: starts it, starts it again when it dies, kills it when it is stuck."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._started = 0.0
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep an eye running."""
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            self._started = loop.time()
            try:
                self._process = await asyncio.create_subprocess_exec(*self._command)
                ending = f"ended with {await self._process.wait()}"
            except OSError as error:
                ending = f"cannot be started ({error.strerror})"
            lived = loop.time() - self._started
            if lived > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            log.error("the eye %s after %.1f s; it starts again in %.1f s", ending, lived, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def kill_if_stuck(self) -> None:
        """Kill an eye that does not answer although it has had time to start."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if asyncio.get_running_loop().time() - self._started > GRACE:
            log.error("the eye (pid %d) is stuck: killing it", process.pid)
            process.kill()

    async def stop(self) -> None:
        """End the eye, by force if it does not end within a second."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_PATIENCE)
            except TimeoutError:
                process.kill()
                await process.wait()
