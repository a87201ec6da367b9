"""Strangers before a running judge and eye: raw bytes at their sockets, and what they cost the judge."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.clips import Cast
from tests.house import House, living_in
from tests.pam.transaction import Code

BOB: Final = 4243
"""An ordinary user, known to the judge, not enrolled."""


@contextlib.contextmanager
def alices_house(pack: Path, cast: Cast) -> Iterator[House]:
    """Alice's house, where bob is known too, in a folder that he may enter: pytest's own are shut to other users."""
    with tempfile.TemporaryDirectory(prefix="facelatch-") as folder:
        Path(folder).chmod(0o755)
        house = House.to_play_in(Path(folder) / "house", pack, cast, people={"bob": BOB})
        with living_in(house):
            house.play(cast.enrolment)
            house.enroll()
            house.play(cast.later)
            yield house


@contextlib.contextmanager
def nobody_harmed(house: House) -> Iterator[None]:
    """Hold the block to this: the same two processes live on, and neither met an error that nobody foresaw."""
    assert house.judge is not None
    eye, logged = house.eye_pid(), len(house.log)
    yield
    assert house.judge.poll() is None
    assert house.eye_pid() == eye
    assert "Traceback" not in house.log[logged:]


def call(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))  # with a timeout it would fail where it can wait for its turn
    connection.settimeout(20)
    return connection


def listen_to(connection: socket.socket) -> bytes:
    """Return all that comes until the other side hangs up."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):  # it hung up on bytes it had not read
        while chunk := connection.recv(65536):
            heard += chunk
    return heard


def say(path: Path, raw: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes and return all that comes back; `hang_up` says that no more will follow."""
    with call(path) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
            connection.sendall(raw)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        return listen_to(connection)


def at_the_door(house: House, raw: bytes, *, hang_up: bool = False) -> bytes:
    return say(house.runtime / "door.sock", raw, hang_up=hang_up)


def must_let_alice_in(house: House, cast: Cast) -> None:
    house.play(cast.later)
    outcome = house.login()
    assert outcome.code == Code.SUCCESS
    assert [style for style, _text in outcome.messages] == ["TEXT_INFO"], house.log[-2000:]


def kibibytes(house: House, field: str) -> int:
    """Return a figure of the judge's memory: `VmRSS` is now, `VmHWM` was the most."""
    assert house.judge is not None
    status = Path(f"/proc/{house.judge.pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1])


def forget_peak(house: House) -> None:
    """Begin to measure the judge's peak anew (proc_pid_clear_refs(5))."""
    assert house.judge is not None
    Path(f"/proc/{house.judge.pid}/clear_refs").write_text("5")


def descriptors(house: House) -> int:
    assert house.judge is not None
    return len(os.listdir(f"/proc/{house.judge.pid}/fd"))


def must_fall_back_to(house: House, count: int) -> None:
    """Wait until the judge holds no more descriptors than before."""
    deadline = time.monotonic() + 10
    while descriptors(house) > count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert descriptors(house) <= count
