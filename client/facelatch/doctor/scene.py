"""What the checks look at: files, commands, the bus, the clock, and what the daemon said. Tests bring their own."""

from __future__ import annotations

import enum
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from facelatch.address import given_address, is_system_bus
from facelatch.doctor.answers import Answers, Silence, Trouble, ask_daemon
from facelatch.doctor.bus import Bus, SystemBus
from facelatch.doctor.report import Finding, Part, State

COMMAND_PATIENCE: Final = 3.0
"""Seconds that a command may take; those that are run answer within 0.1 s."""


class Unrun(enum.Enum):
    """Why a command told nothing."""

    MISSING = "missing"
    FAILED = "failed"
    """It ended with an error, or did not end in time."""


Run = Callable[[Sequence[str]], str | Unrun]
"""Runs a command and returns its output."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of a folder."""

    free: int
    """Bytes that are left for those who are not root."""
    writable: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What the checks look at. `now` is in seconds since 1970; `uid` is the caller's, `user` whose faces they are."""

    answers: Answers
    bus: Bus
    run: Run
    disk: Callable[[Path], Disk]
    root: Path
    environment: Mapping[str, str]
    version: str
    now: float
    uid: int
    user: str = ""
    other_bus: str = ""
    """The bus that the daemon was asked for on, where that is not the system's, which logins and units belong to."""

    @property
    def systemd(self) -> bool:
        """Whether systemd runs this machine."""
        return (self.root / "run/systemd/system").is_dir()

    def command(self, words: str) -> str:
        """Return a command of systemd's as it is, empty where systemd does not run."""
        return words if self.systemd else ""


def real_scene(address: str = "", user: str = "") -> Scene:
    """Return the scene of this machine, with the daemon on the bus at an address.

    Empty is that of FACELATCH_BUS, else the system's.
    """
    address = given_address(address)
    bus = {"DBUS_SYSTEM_BUS_ADDRESS": address} if address else {}
    environment = {**os.environ, **bus, "LC_ALL": "C.UTF-8"}
    return Scene(
        answers=ask_daemon(address, user),
        bus=SystemBus(address),
        run=lambda words: run_command(words, environment),
        disk=disk_of,
        root=Path("/"),
        environment=environment,
        version=metadata.version("facelatch"),
        now=time.time(),
        uid=os.getuid(),
        user=user,
        other_bus="" if is_system_bus(address) else address,
    )


def run_command(words: Sequence[str], environment: Mapping[str, str]) -> str | Unrun:
    """Run a command without a terminal and return its output; it is killed where it takes too long."""
    try:
        ran = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=COMMAND_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        return Unrun.MISSING
    except (OSError, subprocess.TimeoutExpired):
        return Unrun.FAILED
    return ran.stdout if ran.returncode == 0 else Unrun.FAILED


def disk_of(folder: Path) -> Disk:
    """Return the file system that a folder is on, or will be once it is there; raises `OSError`."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    return Disk(found.f_bavail * found.f_frsize, not found.f_flag & os.ST_RDONLY)


def untold(part: Part, trouble: Trouble) -> Finding:
    """Return the finding for what only the daemon could have told."""
    if trouble.silence is Silence.REFUSED:
        return Finding(part, State.NOTE, f"Not known, the daemon does not tell: {trouble.text.rstrip('.')}.")
    return Finding(part, State.NOTE, "Not known as long as the daemon does not answer.")
