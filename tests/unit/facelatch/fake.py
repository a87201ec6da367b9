"""A daemon that says what a test tells it to, on a real socket, in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from facelatch.admin import Answer, Request


class Conversation:
    """One connection from the daemon's side."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._stream = connection.makefile("rb")

    def receive(self) -> Request:
        line = self._stream.readline()
        if not line:
            raise ConnectionResetError("the command hung up without a word")
        request: Request = msgspec.json.decode(line, type=Request)
        return request

    def send(self, *answers: Answer | bytes) -> None:
        for answer in answers:
            self.connection.sendall(answer if isinstance(answer, bytes) else msgspec.json.encode(answer) + b"\n")

    def wait_for_end(self) -> None:
        while self._stream.read(65536):
            pass

    def close(self) -> None:
        self._stream.close()
        self.connection.close()


Script = Callable[[Conversation], None]


class FakeDaemon:
    """Runs a script for every connection, one after the other; `requests` are those that `answering` read."""

    def __init__(self, path: Path, script: Script | None = None) -> None:
        self.path = path
        self.script = script
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self.fault: Exception | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def answering(self, *answers: Answer | bytes) -> Self:
        """Give these answers to every request, then close."""

        def script(talk: Conversation) -> None:
            self.requests.append(talk.receive())
            talk.send(*answers)

        self.script = script
        return self

    def then_waiting(self, *answers: Answer) -> Self:
        """Give these answers, then say nothing until the other side hangs up, which sets `hung_up`."""

        def script(talk: Conversation) -> None:
            self.requests.append(talk.receive())
            talk.send(*answers)
            talk.wait_for_end()
            self.hung_up.set()

        self.script = script
        return self

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive(), "the fake daemon's script hangs"
        if self.fault is not None:
            raise self.fault

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            connection.settimeout(20)
            talk = Conversation(connection)
            try:
                assert self.script is not None
                self.script(talk)
            except ConnectionError:
                self.hung_up.set()
            except Exception as fault:  # noqa: BLE001 - `stop` raises it, in the test's own thread
                self.fault = fault
            finally:
                talk.close()
