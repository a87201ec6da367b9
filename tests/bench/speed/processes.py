"""Processes that are measured: when they are ready, what memory they hold, what processor time they took."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

PATIENCE: Final = 30.0
"""Seconds to wait for what takes a second or two."""

PYTHON: Final = (sys.executable, "-P")
"""Imports nothing from the working folder, as an installed program does not."""

MEGABYTE: Final = 1e6

PROCESSOR_CLOCK: Final = 2
"""What clock_getcpuclockid(3) puts beside a process's number; Python knows it for threads only."""


class NotReady(RuntimeError):
    """A process ended, or said nothing for `PATIENCE` seconds, before it did what it was started for."""


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program during the block, with pipes for input and output; it ends with the block, or with this process."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command], env=os.environ | dict(environment or {}),
            cwd=folder, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program, by force where it does not within two seconds."""
    process.terminate()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Herald:
    """Hears what services say to their manager: `environment` is for the service, `await_ready` for its READY=1."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "notify.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self) -> Herald:
        self._path.unlink(missing_ok=True)
        self._socket.bind(str(self._path))
        self._socket.settimeout(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a service has to have in its environment."""
        return {"NOTIFY_SOCKET": str(self._path)}

    def await_ready(self, process: subprocess.Popen[bytes]) -> float:
        """Return when READY=1 came (monotonic seconds); raises `NotReady`."""
        watched = os.pidfd_open(process.pid)
        try:
            while self._socket.fileno() in select.select([self._socket.fileno(), watched], [], [], PATIENCE)[0]:
                if b"READY=1" in self._socket.recv(4096):
                    return time.monotonic()
        finally:
            os.close(watched)
        raise NotReady(f"process {process.pid} ended or hung before it was ready")


def await_line(process: subprocess.Popen[bytes], word: str) -> float:
    """Return when a program has written a line that begins so (monotonic seconds); raises `NotReady`."""
    assert process.stdout is not None
    while select.select([process.stdout], [], [], PATIENCE)[0] and (line := process.stdout.readline()):
        if line.decode(errors="replace").startswith(word):
            return time.monotonic()
    raise NotReady(f"process {process.pid} did not write {word!r}")


class Footprint(msgspec.Struct, frozen=True):
    """What memory a process holds, in megabytes (10^6 bytes).

    resident: all its pages that are in memory. proportional: those, shared ones divided among who shares them.
    anonymous: its own, that no file backs.
    """

    resident: float
    proportional: float
    anonymous: float


def footprint(pid: int) -> Footprint:
    """Return what a process holds at this moment; raises `OSError` where it is gone."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    return Footprint(*(found[name] * 1024 / MEGABYTE for name in ("Rss", "Pss", "Anonymous")))


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken, threads that have ended included; raises `OSError`."""
    return time.clock_gettime(~pid << 3 | PROCESSOR_CLOCK)


def imports_of(errors: str) -> int:
    """Return how many modules were imported, from what Python wrote under `-X importtime`."""
    return len(re.findall(r"^import time:\s+\d+ \|", errors, re.MULTILINE))
