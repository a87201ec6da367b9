"""The eye's process, and a plain client of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Answer,
    Observation,
    Opened,
    Problem,
    Request,
    Stop,
    announced_length,
    pack_message,
    read_answer,
)

PATIENCE = 60.0
"""Seconds for one answer: an emulated machine is slow. Nothing is measured against it."""


class Talk:
    """One conversation with the eye."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def say(self, request: Request) -> None:
        self._connection.sendall(pack_message(request))

    def answers(self) -> Iterator[Answer]:
        """Return what the eye says until it closes the connection."""
        with self._connection.makefile("rb") as stream:
            while header := stream.read(HEADER.size):
                yield read_answer(stream.read(announced_length(header, LARGEST_ANSWER)))


@dataclass
class RunningEye:
    """The real process."""

    process: subprocess.Popen[bytes]
    socket: Path

    @contextmanager
    def asked(self, request: Request) -> Iterator[Talk]:
        """Say something in a conversation of its own."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket))
            talk = Talk(connection)
            talk.say(request)
            yield talk

    def ask(self, request: Request) -> list[Answer]:
        """Return everything that the eye answers."""
        with self.asked(request) as talk:
            return list(talk.answers())

    def see(self, request: Request, frames: int) -> tuple[Opened, list[Observation]]:
        """Return the first frames of a watch, and stop it."""
        with self.asked(request) as talk:
            answers = talk.answers()
            opened = next(answers)
            assert isinstance(opened, Opened), opened
            seen = [observation_of(next(answers)) for _ in range(frames)]
            talk.say(Stop())
            for _late in answers:
                pass
        return opened, seen

    def devices(self) -> set[str]:
        """Return the video devices that the process has open; each buffer that it maps holds one open, too."""
        links = {os.path.realpath(link) for link in Path(f"/proc/{self.process.pid}/fd").iterdir()}
        return {link for link in links if link.startswith("/dev/video")}


def observation_of(answer: Answer) -> Observation:
    assert isinstance(answer, Observation), answer
    return answer


def problem_of(answers: list[Answer]) -> Problem:
    """Return how a conversation ended, which is with a problem."""
    assert answers
    assert isinstance(answers[-1], Problem), answers[-1]
    return answers[-1]


@contextmanager
def eye_running(folder: Path, pack: Path) -> Iterator[RunningEye]:
    """Start the eye and wait until it answers."""
    path = folder / "eye.sock"
    command = [sys.executable, "-m", "facelatch_eye.main", "--socket", str(path), "--pack", str(pack)]
    with subprocess.Popen(command) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while not path.exists():
                assert process.poll() is None, "the eye has ended"
                assert time.monotonic() < deadline, "the eye does not listen"
                time.sleep(0.2)
            yield RunningEye(process, path)
        finally:
            process.terminate()
            process.wait(PATIENCE)
