"""A house whose eye starts when it is asked, as systemd starts it, and whose judge says when it is ready."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from facelatch_eye.camera.custody import LINGER
from facelatch_models.pack import Role, open_pack
from facelatchd.lines import read_line, write_line
from tests.bench.speed.footage import portraits, recordings
from tests.bench.speed.processes import PATIENCE, PYTHON, Herald, NotReady, end, processor_seconds, running
from tests.bench.speed.setting import NoPictures, Setting
from tests.buses import PrivateBus, obstacle
from tests.clips import sessions_of
from tests.house import House
from tests.places import DOOR, find_library

RATE: Final = 30
ACTIVATOR: Final = "systemd-socket-activate"
FIRST_UID: Final = 4300

CLOSED: Final = 3 * LINGER
"""Seconds behind a look after which its camera is: until then the eye hands it over running to whoever comes next."""

JUDGE: Final = (*PYTHON, "-c", "from facelatchd.main import main; main()")
EYE: Final = (*PYTHON, "-c", "import sys; from facelatch_eye.main import main; sys.exit(main())")


class Impossible(RuntimeError):
    """What a household needs is not installed; the text says what to do."""


@dataclasses.dataclass(frozen=True)
class Resident:
    """Somebody who lives there: his frames of the session he is enrolled from, and of a later one."""

    name: str
    enrolment: list[Path]
    later: list[Path]

    def frames(self, start: int) -> list[Path]:
        """Return the later frames in their order, from another one on: no two looks begin with the same picture."""
        start %= len(self.later)
        return self.later[start:] + self.later[:start]


@dataclasses.dataclass(frozen=True)
class Neighbourhood:
    """Who can live in a household. alive, level: what can be asked of their pictures (`tests.clips.Cast`)."""

    residents: list[Resident]
    alive: bool = True
    level: str = "balanced"

    @classmethod
    def of(cls, setting: Setting) -> Neighbourhood:
        """Return everybody of NUAA who was recorded twice, enrolled in the first session and seen in the last.

        Where there is no NUAA, alice is made of portraits; raises `NoPictures` where there are none either.
        """
        if (live := recordings(setting)) is not None:
            if not (found := list(_recorded_twice(live))):
                raise NoPictures(f"{live}: nobody was recorded in two sessions")
            return cls(found)
        cast = portraits(setting)
        return cls([Resident("alice", cast.enrolment, cast.later)], cast.alive, cast.level)

    def some(self, count: int) -> Neighbourhood:
        """Return the first so many of them."""
        return dataclasses.replace(self, residents=self.residents[:count])


NOBODY: Final = Neighbourhood([])


def _recorded_twice(live: Path) -> Iterator[Resident]:
    for folder in sorted(live.iterdir()):
        sessions = list(sessions_of(live.parent.parent, folder.name).values())
        if len(sessions) > 1:
            yield Resident(f"s{folder.name}", sessions[0], sessions[-1])


class EyeAlone(NamedTuple):
    """An eye that is ready. began, ready: monotonic seconds of its process's start, and of its READY=1."""

    process: subprocess.Popen[bytes]
    socket: Path
    log: Path
    began: float
    ready: float


@dataclasses.dataclass
class Household(House):
    """Judge and eye, each started by itself. No camera runs on behind a look: the next would not be like the others."""

    hold: float = 0.0
    eye: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, setting: Setting, neighbourhood: Neighbourhood = NOBODY) -> Household:
        """Return a household in the section's scratch folder, alice always in it; raises `Impossible`."""
        if reason := obstacle():
            raise Impossible(reason)
        if shutil.which(ACTIVATOR) is None:
            raise Impossible(f"{ACTIVATOR} is not installed (it comes with systemd)")
        if not DOOR.is_file():
            raise Impossible(f"{DOOR} is not built: make door")
        folder = setting.scratch / "house"
        names = [resident.name for resident in neighbourhood.residents]
        can_tell_life = open_pack(setting.pack).manifest.part(Role.LIVENESS) is not None
        return cls(
            folder,
            setting.pack,
            camera=f"file:{folder}/clip?rate={RATE}&loop=1",
            liveness=can_tell_life and neighbourhood.alive,
            level=neighbourhood.level,
            people={name: os.getuid() or FIRST_UID + place for place, name in enumerate(names) if name != "alice"},
        )

    @property
    def eye_socket(self) -> Path:
        """Where the judge asks the eye; a link may put something between them."""
        return self.runtime / "eye.sock"

    @property
    def eye_log(self) -> str:
        """What the eye that was started last has written."""
        return (self.folder / "eye.log").read_text(errors="replace")

    @contextlib.contextmanager
    def lived_in(self) -> Iterator[Household]:
        """Have judge, bus and an eye on demand during the block."""
        self.runtime.mkdir(parents=True, exist_ok=True)
        try:
            self.start_bus()
            self.arm_eye()
            self.start_judge()
            yield self
        finally:
            self.stop_eye()
            self.stop()

    def start_bus(self) -> None:
        """Have a bus until the house is stopped."""
        self.bus = self._exits.enter_context(PrivateBus(people={"alice": self.uid} | self.people))

    def start_judge(self, *python: str) -> float:
        """Start the judge and return the seconds until it was ready; `python` are options of the interpreter."""
        environment = {
            "LD_PRELOAD": str(find_library("libnss_wrapper.so*", "libnss-wrapper")),
            "NSS_WRAPPER_PASSWD": str(self.folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(self.folder / "group"),
        }
        command = [
            JUDGE[0], *python, *JUDGE[1:],
            "--config", str(self.folder / "facelatch.toml"),
            "--runtime-dir", str(self.runtime), "--state-dir", str(self.folder / "state"),
            "--eye-socket", str(self.eye_socket), "--pack", str(self.pack), "--bus", self.at_the_bus[1],
        ]  # fmt: skip
        with Herald(self.folder) as herald:
            began = time.monotonic()
            self.judge = self._popen(command, "judge.log", environment | herald.environment)
            try:
                return herald.await_ready(self.judge) - began
            except NotReady as error:
                raise NotReady(f"{error}; the judge's log:\n{self.log}") from error

    def end_judge(self) -> None:
        """End the judge, and nothing else."""
        if self.judge is not None:
            end(self.judge)
            self.judge = None

    def arm_eye(self) -> None:
        """Listen for the eye, which starts with the first connection."""
        self.eye_socket.unlink(missing_ok=True)
        (self.folder / "eye.log").unlink(missing_ok=True)
        # It clears the environment but for what is named.
        kept = [f"--setenv={name}" for name in ("ORT_DISABLE_TELEMETRY", "OMP_NUM_THREADS") if name in os.environ]
        command = [
            ACTIVATOR, f"--listen={self.eye_socket}", "--fdname=eye", *kept, *EYE,
            "--pack", str(self.pack), "--allow-file-cameras",
        ]  # fmt: skip
        self.eye = self._popen(command, "eye.log", {})
        deadline = time.monotonic() + PATIENCE
        while not _listens(self.eye_socket):
            if self.eye.poll() is not None or time.monotonic() > deadline:
                raise NotReady(f"{ACTIVATOR} does not listen:\n{self.eye_log}")
            time.sleep(0.005)

    @contextlib.contextmanager
    def eye_alone(self, *options: str, python: Sequence[str] = ()) -> Iterator[EyeAlone]:
        """Run another eye, which the judge knows nothing of; `python` are options of the interpreter."""
        folder = self.folder / "eye"
        folder.mkdir(exist_ok=True)
        path, log = folder / "eye.sock", folder / "log"
        log.unlink(missing_ok=True)
        command = [
            EYE[0], *python, *EYE[1:],
            "--socket", str(path), "--pack", str(self.pack), "--allow-file-cameras", *options,
        ]  # fmt: skip
        began = time.monotonic()
        with Herald(folder) as herald, running(command, log, herald.environment) as process:
            yield EyeAlone(process, path, log, began, herald.await_ready(process))

    def stop_eye(self) -> None:
        """End the eye, or who waits to start it."""
        if self.eye is not None:
            end(self.eye)
            self.eye = None

    def _popen(self, command: Sequence[str], log: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as written:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command], env=os.environ | environment,
                stdin=subprocess.DEVNULL, stdout=written, stderr=written, start_new_session=True,
            )  # fmt: skip

    def processor_seconds(self) -> tuple[float, float]:
        """Return the processor time that eye and judge have taken."""
        assert self.eye is not None
        assert self.judge is not None
        return processor_seconds(self.eye.pid), processor_seconds(self.judge.pid)

    def verify(self, user: str) -> tuple[float, str]:
        """Ask at the door's socket as root's door does; returns the seconds until RESULT, and its reason."""
        question = write_line("VERIFY", v=1, user=user, service="screenlock", ask=0, seconds=5)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            began = time.monotonic()
            connection.connect(str(self.runtime / "door.sock"))
            connection.sendall(question)
            with connection.makefile("rb") as lines:
                for line in lines:
                    answered, told = time.monotonic(), read_line(line)
                    if told.word == "RESULT":
                        return answered - began, told.get("reason")
        raise NotReady("the judge closed the connection without a RESULT")


def _listens(path: Path) -> bool:
    """Say whether somebody listens, without a connection that would start what waits for one."""
    listening = 0x10000  # __SO_ACCEPTCON
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[-1] == str(path):
            return bool(int(fields[3], 16) & listening)
    return False
