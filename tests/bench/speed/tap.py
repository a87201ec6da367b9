"""A tap on the line between judge and eye: passes everything on, and notes what passed when."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    LARGEST_REQUEST,
    Answer,
    Observation,
    Opened,
    Request,
    Watch,
    announced_length,
    read_answer,
    read_request,
)


@dataclass
class Talk:
    """One conversation: what passed at which moment (monotonic seconds), and when the judge had had enough."""

    requests: list[tuple[float, bytes]] = field(default_factory=list)
    answers: list[tuple[float, bytes]] = field(default_factory=list)
    ended: float | None = None


@dataclass(frozen=True)
class Course:
    """How a look went, in milliseconds.

    opening: from the request to the camera's opening. looking: from there to the last frame that was wanted, of which
    `waiting` was spent on waiting for frames, and the rest on what the networks see in them. judging: from that frame's
    arrival to the end of the look. asked, ended: monotonic seconds.
    """

    asked: float
    opening: float
    looking: float
    waiting: float
    judging: float
    ended: float
    frames: int


def course_of(talk: Talk) -> Course | None:
    """Return how the look of a conversation went, None where it was none, or showed nothing."""
    asked = next((moment for moment, request in _requests(talk.requests) if isinstance(request, Watch)), None)
    opened, last, frames, waiting = None, None, 0, 0.0
    for moment, answer in _answers(talk.answers):
        if isinstance(answer, Opened):
            opened = moment
        elif isinstance(answer, Observation) and (talk.ended is None or moment <= talk.ended):
            waiting += answer.took.get("wait", 0.0) if frames else 0.0  # the first was waited for while it opened
            last, frames = moment, frames + 1
    if asked is None or opened is None or last is None or talk.ended is None:
        return None
    return Course(
        asked=asked,
        opening=1000 * (opened - asked),
        looking=1000 * (last - opened),
        waiting=waiting,
        judging=1000 * (talk.ended - last),
        ended=talk.ended,
        frames=frames,
    )


def _requests(chunks: list[tuple[float, bytes]]) -> Iterator[tuple[float, Request]]:
    for moment, body in _bodies(chunks, LARGEST_REQUEST):
        yield moment, read_request(body)


def _answers(chunks: list[tuple[float, bytes]]) -> Iterator[tuple[float, Answer]]:
    for moment, body in _bodies(chunks, LARGEST_ANSWER):
        yield moment, read_answer(body)


def _bodies(chunks: list[tuple[float, bytes]], largest: int) -> Iterator[tuple[float, bytes]]:
    """Yield whole messages, each with the moment at which its last byte passed."""
    held = b""
    for moment, chunk in chunks:
        held += chunk
        while len(held) >= HEADER.size:
            end = HEADER.size + announced_length(held[: HEADER.size], largest)
            if len(held) < end:
                break
            yield moment, held[HEADER.size : end]
            held = held[end:]


class Tap:
    """Listens at `path` and passes everything on to `target` and back, byte by byte as it comes."""

    def __init__(self, path: Path, target: Path) -> None:
        self.talks: list[Talk] = []
        self._path = path
        self._target = target
        self._listener = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Tap:
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed by __exit__
            while True:
                connection, _ = self._listener.accept()
                self._start(self._pass_on, connection)

    def _pass_on(self, judge: socket.socket) -> None:
        talk = Talk()
        with judge, socket.socket(socket.AF_UNIX) as eye, selectors.DefaultSelector() as ready:
            eye.connect(str(self._target))
            self.talks.append(talk)
            ready.register(judge, selectors.EVENT_READ, (eye, talk.requests))
            ready.register(eye, selectors.EVENT_READ, (judge, talk.answers))
            with contextlib.suppress(ConnectionError):
                while all(_pass(key) for key, _ in ready.select()):
                    continue
            talk.ended = time.monotonic()


def _pass(key: selectors.SelectorKey) -> bool:
    """Pass on what has come; False at the end of a side."""
    source, (target, noted) = key.fileobj, key.data
    assert isinstance(source, socket.socket)
    chunk = source.recv(1 << 20)
    if chunk:
        target.sendall(chunk)
        noted.append((time.monotonic(), chunk))
    return bool(chunk)
