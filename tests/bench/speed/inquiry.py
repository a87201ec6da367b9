"""A client of the eye's socket."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Answer,
    Problem,
    Request,
    announced_length,
    pack_message,
    read_answer,
)
from tests.bench.speed.processes import PATIENCE


class EyeRefused(RuntimeError):
    """The eye answered that it cannot do what it was asked."""


@contextlib.contextmanager
def asking(path: Path, request: Request) -> Iterator[Iterator[tuple[float, Answer]]]:
    """Ask during the block, and yield the answers with the moment at which each came (monotonic seconds).

    Raises `EyeRefused` for a `Problem`.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(path))
        connection.sendall(pack_message(request))
        with connection.makefile("rb") as reader:
            yield _answers(reader)


def _answers(reader: BinaryIO) -> Iterator[tuple[float, Answer]]:
    while header := reader.read(HEADER.size):
        answer = read_answer(reader.read(announced_length(header, LARGEST_ANSWER)))
        if isinstance(answer, Problem):
            raise EyeRefused(answer.text)
        yield time.monotonic(), answer
