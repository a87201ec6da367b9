"""A real judge on a bus of its own, before an eye that plays what a test wants to be seen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Self

from facelatch_eye.messages import (
    Analyse,
    Frame,
    Observation,
    Problem,
    ProblemKind,
    Request,
    Watch,
    pack_message,
)
from facelatch_models.pack import write_manifest
from tests.buses import PrivateBus, end
from tests.integration.bus_client import NAME, PATIENCE, Client
from tests.places import find_library
from tests.unguarded import UNGUARDED
from tests.unit.facelatchd.fake_eye import JPEG, OPENED, FakeEye, serving
from tests.unit.facelatchd.seen import ALL_POSES, MANIFEST, NOBODY, STRANGER, USER, shot

ALICE: Final = 4242
BOB: Final = 4243
JUDGE: Final = 4250
PEOPLE: Final = {"alice": ALICE, "bob": BOB}

LOOK_SECONDS: Final = 20
"""A look that a test does not end lasts longer than any test needs."""

SETTINGS: Final = f"""{UNGUARDED}[class.unlock]
services = ["screenlock"]
seconds = {LOOK_SECONDS}
no_face_seconds = {LOOK_SECONDS}
[class.elevate]
services = ["sudo", "polkit-1"]
level = "balanced"
intent = "none"
seconds = {LOOK_SECONDS}
no_face_seconds = {LOOK_SECONDS}
"""

PACE: Final = 0.02
"""Seconds between two frames."""


ALICE_THERE: Final = [USER]
STRANGER_STAYS: Final = [STRANGER]
STRANGER_GOES: Final = [STRANGER] * 4 + [NOBODY]
"""A stranger, for as many frames as make it a mismatch, and too few to end the look."""

ALL_SHOTS: Final = [*ALL_POSES, NOBODY]


def picture(number: int) -> bytes:
    """Return what this eye takes for a picture of alice."""
    return b"alice %d" % number


class PlayedEye(FakeEye):
    """Plays `scene` to whoever watches, its last frame again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.scene: Sequence[Observation] = [NOBODY]
        self.pace = PACE
        self.played = 0

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(request, Analyse):
            writer.write(pack_message(self._look_at(request.picture)))
        elif isinstance(request, Watch):
            writer.write(pack_message(OPENED))
            await self._play(request, reader, writer)
        else:
            await super()._answer(request, reader, writer)

    async def _play(self, watch: Watch, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scene, number = self.scene, 0
        while not reader.at_eof():
            if watch.preview:
                writer.write(pack_message(Frame(number, JPEG)))
            writer.write(pack_message(scene[min(number, len(scene) - 1)]))
            await writer.drain()
            await asyncio.sleep(self.pace)
            number += 1
            self.played += 1

    def _look_at(self, data: bytes) -> Observation | Problem:
        if known := re.fullmatch(rb"alice (\d+)", data):
            return shot(int(known[1]))
        return Problem(ProblemKind.BAD_PICTURE, f"no picture: {len(data)} bytes")

    @property
    def watching(self) -> bool:
        """Whether the camera is on."""
        return self.open > 0


class Judge:
    """The judge, its eye and its folder, on a bus. `uid` is whom it runs as, the test's own user where it is None."""

    def __init__(self, bus: PrivateBus, *, uid: int | None = None, ask_seconds: float = 60.0) -> None:
        self._bus = bus
        self._uid = uid
        self._ask_seconds = ask_seconds
        self._exits = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.eye = PlayedEye()
        self.folder = Path()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as exits:
            self.folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="facelatch-judge-")))
            self.folder.chmod(0o755)
            self._furnish()
            exits.enter_context(_played(self.eye, self.folder / "eye.sock"))
            exits.callback(self.stop)
            self.start()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def _furnish(self) -> None:
        people = {"root": 0, "facelatch": JUDGE} | PEOPLE
        accounts = (f"{name}:x:{uid}:{uid}::/:/bin/sh\n" for name, uid in people.items())
        (self.folder / "passwd").write_text("".join(accounts))
        (self.folder / "group").write_text("root:x:0:\n")
        (self.folder / "facelatch.toml").write_text(SETTINGS)
        (self.folder / "pack").mkdir()
        (self.folder / "pack" / "pack.toml").write_text(write_manifest(MANIFEST))
        for name in ("run", "state"):
            (self.folder / name).mkdir()
            if self._uid is not None:
                os.chown(self.folder / name, self._uid, self._uid)

    def start(self) -> None:
        """Start it, and return when it is on the bus."""
        environment = {
            "LD_PRELOAD": str(find_library("libnss_wrapper.so*", "libnss-wrapper")),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }
        become: list[str] = []
        if self._uid is not None:  # the one capability left lets it find Python where root's home holds it
            become = [f"--reuid={self._uid}", f"--regid={self._uid}", "--clear-groups"]
            become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        self._process = self._bus.spawn(
            [
                "setpriv", *become, "--pdeathsig", "KILL",
                sys.executable, "-c", "from facelatchd.main import main; main()",
                "--config", self.folder / "facelatch.toml", "--runtime-dir", self.folder / "run",
                "--state-dir", self.folder / "state", "--pack", self.folder / "pack",
                "--eye-socket", self.folder / "eye.sock", "--ask-seconds", str(self._ask_seconds),
                "--bus", self._bus.address,
            ],
            NAME,
            environment=environment,
        )  # fmt: skip

    def stop(self) -> None:
        """End it, kindly."""
        if self._process is not None:
            end(self._process)
            self._process = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kibibytes(self, field: str = "VmRSS") -> int:
        """Return a figure of its memory: `VmRSS` is now, `VmHWM` was the most."""
        assert self._process is not None
        found = re.search(
            rf"^{field}:\s+(\d+) kB$", Path(f"/proc/{self._process.pid}/status").read_text(), re.MULTILINE
        )
        assert found
        return int(found[1])

    def forget_peak(self) -> None:
        """Begin to measure its peak anew (proc_pid_clear_refs(5))."""
        assert self._process is not None
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    @property
    def processor_seconds(self) -> float:
        """What it has computed so far, in seconds (proc_pid_stat(5): utime and stime)."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def client(self, uid: int | None = None) -> Client:
        """Return a new client, of another user where `uid` says so."""
        return Client(self._bus, uid)

    def door(self, service: str = "screenlock", user: str = "alice") -> str:
        """Have a user verified at the door, and return the reason of the verdict."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(PATIENCE)
            door.connect(str(self.folder / "run" / "door.sock"))
            door.sendall(f"VERIFY v=1 user={user} service={service} seconds=10\n".encode())
            heard = b""
            while chunk := door.recv(4096):
                heard += chunk
        found = re.search(rb"^RESULT .*reason=([a-z-]+)", heard, re.MULTILINE)
        assert found, heard
        return found[1].decode()

    def enrol(self, user: str = "alice", label: str = "made up") -> str:
        """Enrol a user from pictures, and return the id of the face."""
        with self.client() as root:
            root.call("Claim", user)
            root.call("EnrollStart", label, {"pictures": ("b", True)})
            for number in range(3):
                root.call("EnrollPicture", f"{number}.jpg", picture(number))
            root.call("EnrollSave", [])
            ended = root.ending("EnrollStatus")
            assert ended.result == "enroll-completed", ended
            root.call("Release")
        return str(ended.details["face"]["id"][1])

    def wait_for_camera(self, *, on: bool) -> None:
        """Return when the camera is on, or off."""
        wait_until(lambda: self.eye.watching is on, f"the camera to be {'on' if on else 'off'}")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Return when a condition holds; it is asked again and again."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.005)


@contextlib.contextmanager
def _played(eye: PlayedEye, path: Path) -> Iterator[None]:
    """Serve an eye from a thread, to any user."""
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def play() -> None:
        over = asyncio.Event()
        async with serving(eye, path):
            path.chmod(0o666)
            begun.set_result((asyncio.get_running_loop(), over))
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=[play()])
    thread.start()
    loop, over = begun.result(PATIENCE)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE)
