"""A thousand hostile connections to the door of a real judge, and how long a good unlock takes meanwhile.

`python -m tests.bench.siege --pack build/packs/open`. As root the besiegers are users of their own, else they are the
user who asks, whose own places they take: then only root's unlocks would say something, and none are tried.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import multiprocessing
import os
import platform
import random
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Final

from facelatchd.lines import LineError, read_line, write_line
from tests.clips import Cast, portrait_cast, webcam_cast
from tests.conftest import shared_folder
from tests.house import House, living_in
from tests.pam.transaction import Code
from tests.pictures import PICTURES
from tests.places import TREE

FIRST_UID: Final = 61000
"""Of the besiegers; they need no account."""

VERIFY: Final = write_line("VERIFY", v=1, user="alice", service="screenlock", ask=0, seconds=5)
PASSED: Final = write_line("PASSED", v=1, user="alice", service="screenlock")

Way = Callable[[House], tuple[float, str]]

_forked = multiprocessing.get_context("fork")


# --- besiegers --------------------------------------------------------------------------------------------------------


def _silent(connection: socket.socket) -> None:
    connection.recv(1)


def _slow(connection: socket.socket) -> None:
    for byte in itertools.cycle(VERIFY[:-1]):
        connection.sendall(bytes([byte]))
        time.sleep(1)


def _garbage(connection: socket.socket) -> None:
    connection.sendall(random.randbytes(4000) + b"\n")
    connection.recv(4096)


def _endless(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"A" * 65536)


def _deaf(connection: socket.socket) -> None:
    connection.sendall(VERIFY)
    time.sleep(5)


def _breaks_off(connection: socket.socket) -> None:
    connection.sendall(VERIFY[: len(VERIFY) // 2])


def _claims(connection: socket.socket) -> None:
    while True:
        connection.sendall(PASSED)


MANNERS: Final[tuple[Callable[[socket.socket], None], ...]] = (
    _silent, _slow, _garbage, _endless, _deaf, _breaks_off, _claims,
)  # fmt: skip


def _besiege(door: Path, manner: Callable[[socket.socket], None], pause: float, made: Synchronized[int]) -> None:
    """Come back for ever, each time as soon as the queue lets one in."""
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(door))
            with made.get_lock():
                made.value += 1
            manner(connection)
        time.sleep(pause * random.uniform(0.5, 1.5))


def _camp(door: Path, uid: int | None, count: int, pause: float, made: Synchronized[int]) -> None:
    """One user's besiegers, a thread each."""
    if uid is not None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    manners = itertools.islice(itertools.cycle(MANNERS), count)
    threads = [threading.Thread(target=_besiege, args=(door, manner, pause, made), daemon=True) for manner in manners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def siege(door: Path, uids: Sequence[int | None], count: int, pause: float) -> Iterator[Synchronized[int]]:
    """Besiege the door during the block; yields how many connections were made so far."""
    made: Synchronized[int] = _forked.Value("l", 0)
    camps = [
        _forked.Process(target=_camp, args=(door, uid, count // len(uids), pause, made), daemon=True) for uid in uids
    ]
    for camp in camps:
        camp.start()
    try:
        yield made
    finally:
        for camp in camps:
            camp.kill()
            camp.join()


# --- good unlocks -----------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Unlocks:
    """How long good unlocks took, and how they ended."""

    seconds: list[float] = dataclasses.field(default_factory=list)
    ends: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, seconds: float, end: str) -> None:
        """Count one; only one that opened says how long it takes."""
        self.ends[end] += 1
        if end == "matched":
            self.seconds.append(seconds)

    @property
    def median(self) -> float:
        """Seconds; not a number where none opened."""
        return statistics.median(self.seconds) if self.seconds else float("nan")

    @property
    def late(self) -> float:
        """The 95th percentile, in seconds."""
        return sorted(self.seconds)[int(0.95 * (len(self.seconds) - 1) + 0.5)] if self.seconds else float("nan")


def by_root(house: House) -> tuple[float, str]:
    """Unlock as a display manager does: a whole PAM transaction of root's; seconds of pam_authenticate."""
    outcome = house.login(answers=())
    return outcome.seconds, "matched" if outcome.code == Code.SUCCESS else outcome.name


def by_alice(house: House) -> tuple[float, str]:
    """Unlock as a screen locker does, which runs as the user: her uid at the socket, the door's lines."""
    told = _forked.SimpleQueue()
    child = _forked.Process(target=_unlock_as, args=(house.runtime / "door.sock", house.uid, told))
    child.start()
    child.join()
    seconds, end = told.get()
    return float(seconds), str(end)


def _unlock_as(door: Path, uid: int, told: multiprocessing.queues.SimpleQueue[tuple[float, str]]) -> None:
    if os.getuid() != uid:
        os.setgroups([])
        os.setuid(uid)
    began = time.monotonic()
    end = "nothing"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(door))
            connection.sendall(VERIFY)
            with connection.makefile("rb") as lines:
                for line in lines:  # where it is shut out, the end comes as an error
                    end = read_line(line).get("reason") or end
    except (OSError, LineError) as error:
        end = type(error).__name__ if end == "nothing" else end
    told.put((time.monotonic() - began, end))


# --- the judge --------------------------------------------------------------------------------------------------------


class Gauge:
    """Reads what the judge holds, ten times a second, and keeps the most of each."""

    FIELDS: Final = ("descriptors", "sockets", "threads", "MiB")

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read_on, daemon=True)
        self.most = dict.fromkeys(self.FIELDS, 0)

    def now(self) -> dict[str, int]:
        """What it holds at this moment."""
        folder = Path(f"/proc/{self._pid}")
        links = []
        for name in os.listdir(folder / "fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                links.append(os.readlink(folder / "fd" / name))
        status = (folder / "status").read_text()
        found = {name: re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE) for name in ("Threads", "VmRSS")}
        threads, memory = (int(match[1]) if match else 0 for match in found.values())
        sockets = sum(link.startswith("socket:") for link in links)
        return dict(zip(self.FIELDS, (len(links), sockets, threads, memory // 1024), strict=True))

    def _read_on(self) -> None:
        while not self._over.wait(0.1):
            self.most = {name: max(self.most[name], value) for name, value in self.now().items()}

    def __enter__(self) -> Gauge:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def measure(house: House, ways: Mapping[str, Way], count: int) -> dict[str, Unlocks]:
    """Unlock so often in each way, in turn."""
    unlocks = {name: Unlocks() for name in ways}
    for _ in range(count):
        for name, unlock in ways.items():
            unlocks[name].add(*unlock(house))
    return unlocks


def besieged(house: House, wanted: argparse.Namespace) -> bool:
    """Measure before, during and after; print it. True where every good unlock opened in at most twice its time."""
    assert house.judge is not None
    root = os.getuid() == 0
    uids = [FIRST_UID + number for number in range(wanted.users)] if root else [None]
    ways: dict[str, Way] = {"root (PAM)": by_root, "alice (lines)": by_alice} if root else {"alice (lines)": by_alice}
    gauge = Gauge(house.judge.pid)
    house.login(answers=())  # the first one is slower for everybody
    at_first = gauge.now()
    before = measure(house, ways, wanted.unlocks)
    began = time.monotonic()
    with siege(house.runtime / "door.sock", uids, wanted.connections, wanted.pause) as made, gauge:
        time.sleep(3)
        during = measure(house, ways, wanted.unlocks)
        came, lasted = made.value, time.monotonic() - began
    time.sleep(3)
    after = measure(house, ways, wanted.unlocks)
    processors = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {processors} processors, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}")
    print(f"{wanted.connections} besiegers, {len(uids)} users, {came} connections in {lasted:.0f} s; {house.pack.name}")
    good = True
    for name in ways:
        for when, unlocks in (("before", before), ("during", during), ("after", after)):
            each = unlocks[name]
            ratio = each.median / before[name].median
            print(
                f"{name:14} {when:7} n {sum(each.ends.values())}  median {each.median:.2f} s  95 % {each.late:.2f} s  "
                f"ratio {ratio:.2f}  {dict(each.ends)}"
            )
            good &= set(each.ends) == {"matched"} and ratio <= 2
    at_last = gauge.now()
    for name in Gauge.FIELDS:
        print(f"judge's {name:12} before {at_first[name]}  most {gauge.most[name]}  after {at_last[name]}")
    return good


def _cast(folder: Path) -> Cast:
    if (shared_folder() / "data").is_dir():
        return webcam_cast(shared_folder() / "data")
    cast = portrait_cast(TREE / "build" / "pictures", folder)
    if cast is None:
        raise SystemExit(f"no pictures ({', '.join(PICTURES)}): make faces")
    return cast


def main() -> int:
    """Besiege a house of its own; 0 where every good unlock opened in at most twice its time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pack", type=Path, default=TREE / "build" / "packs" / "open")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--users", type=int, default=10, help="whom the besiegers are (default 10)")
    parser.add_argument("--unlocks", type=int, default=20, help="good ones of each way and time (default 20)")
    parser.add_argument(
        "--pause", type=float, default=1.0, help="seconds until one who was shut out is back (default 1)"
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="siege-") as folder:
        Path(folder).chmod(0o755)
        cast = _cast(Path(folder))
        with living_in(House.to_play_in(Path(folder) / "house", wanted.pack, cast)) as house:
            house.play(cast.enrolment)
            house.enroll()
            house.play(cast.later)
            return 0 if besieged(house, wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
