"""A judge that plays a script on a Unix socket, one script a connection, in a thread of its own."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote_to_bytes


@dataclass(frozen=True)
class Say:
    """Send these bytes."""

    raw: bytes


@dataclass(frozen=True)
class Hear:
    """Read one line and keep it; at the end of the connection, keep an empty one."""


@dataclass(frozen=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """Send these bytes one by one with a pause before each, until all are sent or the door has gone."""

    raw: bytes
    pause: float


@dataclass(frozen=True)
class Hold:
    """Keep the connection open until the door closes it."""


Step = Say | Hear | Wait | Drip | Hold
Script = Sequence[Step]


def result(verdict: str, reason: str) -> Say:
    return Say(f"RESULT verdict={verdict} reason={reason}\n".encode())


def fields(line: bytes) -> dict[str, str]:
    """Return the decoded values of a line; a ValueError where it is none."""
    _word, *pairs = line.removesuffix(b"\n").split(b" ")
    parted = [pair.split(b"=") for pair in pairs]
    return {key.decode("ascii"): unquote_to_bytes(value).decode("utf-8") for key, value in parted}


@dataclass
class StubJudge:
    """Plays `scripts`, one a connection in their order; refuses further connections by closing them.

    `listen_as` is the user id that the socket's peer credentials name (needs root): Linux takes them at listen(). One
    connection more than `queue` waits to be accepted, further ones wait for their place.
    """

    path: Path
    scripts: Sequence[Script]
    listen_as: int | None = None
    queue: int = 128
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> StubJudge:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        os.chmod(self.path, 0o666)
        self._listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=30)
        self._listener.close()
        self.path.unlink()
        if self._thread.is_alive():
            raise RuntimeError("the stub judge's script did not end: the door kept its connection")

    def _listen(self) -> None:
        if self.listen_as is None:
            self._listener.listen(self.queue)
            return
        os.seteuid(self.listen_as)
        try:
            self._listener.listen(self.queue)
        finally:
            os.seteuid(0)

    def _serve(self) -> None:
        scripts = iter(self.scripts)
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed by __exit__
            self.connections += 1
            with connection:
                self._play(connection, next(scripts, ()))

    def _play(self, connection: socket.socket, script: Script) -> None:
        connection.settimeout(20)
        reader = connection.makefile("rb")
        for step in script:
            try:
                match step:
                    case Say(raw):
                        connection.sendall(raw)
                    case Hear():
                        self.heard.append(reader.readline())
                    case Wait(seconds):
                        time.sleep(seconds)
                    case Drip(raw, pause):
                        for byte in raw:
                            time.sleep(pause)
                            connection.sendall(bytes([byte]))
                    case Hold():
                        reader.read()
            except ConnectionError:
                return  # the door has gone, which some tests want
