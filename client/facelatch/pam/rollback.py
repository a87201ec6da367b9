"""The timer that puts PAM's files back unless somebody confirms the change: systemd's, to outlive this process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final, Protocol

from facelatch.pam import restore
from facelatch.pam.backup import Shelf

UNIT: Final = "facelatch-pam-rollback"
SERVICE: Final = f"{UNIT}.service"
TIMER: Final = f"{UNIT}.timer"

BOOTED: Final = Path("/run/systemd/system")
"""There where systemd is the init."""

INIT: Final = Path("/proc/1/root/")
"""What the init sees as the root of all files."""

PATIENCE: Final = 30.0
"""Seconds for one answer of systemd's."""


class NoRollback(Exception):
    """A rollback cannot be armed here; the text says why."""


class Rollback(Protocol):
    """What undoes a change that nobody confirms."""

    def arm(self, seconds: int) -> None:
        """Have the pending change put back in so many seconds, and see that it will be; raises `NoRollback`."""

    def fire(self) -> None:
        """Put the pending change back now, unless nothing is armed; raises `NoRollback`."""

    def disarm(self) -> None:
        """Have nothing put back any more; raises `NoRollback`, and where it is under way just now."""


class Systemd:
    """The rollback by systemd of the machine that this process runs on."""

    def arm(self, seconds: int) -> None:
        """Start the timer; see `Rollback`."""
        installed, _ = self.standing()
        _run("systemctl", "reset-failed", SERVICE, TIMER, may_fail=True)
        _run("systemctl", "stop", TIMER, may_fail=True)
        command = [
            *("systemd-run", "--quiet", "--no-ask-password", f"--unit={UNIT}", f"--on-active={seconds}s"),
            *("--timer-property=AccuracySec=1s", "--timer-property=IgnoreOnIsolate=yes"),
            "--description=Face login: puts PAM's files back unless confirmed",
        ]
        if not installed:
            script = restore.STATE / Shelf.PENDING.value / restore.SCRIPT
            command += ["--property=Type=oneshot", "--collect", "/bin/sh", str(script)]
        _run(*command)
        self._see_it_armed()

    @staticmethod
    def standing() -> tuple[bool, bool]:
        """Return whether the service is installed, and whether the machine starts it; raises `NoRollback`."""
        _look_for_systemd()
        state = _shown(SERVICE, "LoadState", "UnitFileState")
        if state["LoadState"] not in ("loaded", "not-found"):
            raise NoRollback(f"{SERVICE} is {state['LoadState']}; see: systemctl status {SERVICE}")
        return state["LoadState"] == "loaded", state["UnitFileState"] == "enabled"

    def _see_it_armed(self) -> None:
        found = _shown(TIMER, "ActiveState", "SubState", "Unit")
        service = _shown(SERVICE, "LoadState")["LoadState"]
        if tuple(found.values()) != ("active", "waiting", SERVICE) or service != "loaded":
            raise NoRollback(f"systemd took {TIMER} and does not wait for it: {found}, and the service is {service}")

    def fire(self) -> None:
        """Start the service, which runs once at a time whoever starts it; see `Rollback`."""
        if BOOTED.is_dir() and _shown(TIMER, "ActiveState")["ActiveState"] == "active":
            _run("systemctl", "start", SERVICE, patience=restore.PATIENCE)

    def disarm(self) -> None:
        """Stop the timer; see `Rollback`."""
        if not BOOTED.is_dir():
            return
        if _shown(TIMER, "LoadState")["LoadState"] == "loaded":
            _run("systemctl", "stop", TIMER)
        state = _shown(SERVICE, "ActiveState")["ActiveState"]
        if state not in ("inactive", "failed"):
            raise NoRollback(f"{SERVICE} is {state}: the change is being undone just now")


def _look_for_systemd() -> None:
    """Raise `NoRollback` where no systemd runs this root: in a container without, in a chroot, with another init."""
    if not BOOTED.is_dir():
        raise NoRollback("systemd does not run here (a container, a chroot, or another init)")
    try:
        init, own = INIT.stat(), os.stat("/")
    except OSError as error:
        raise NoRollback(f"it cannot be seen whether this is a chroot ({error})") from error
    if (init.st_dev, init.st_ino) != (own.st_dev, own.st_ino):
        raise NoRollback("this is a chroot, whose files systemd's timers do not see")


def _shown(unit: str, *names: str) -> dict[str, str]:
    """Return properties of a unit; raises `NoRollback`."""
    text = _run("systemctl", "show", unit, *(f"--property={name}" for name in names))
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: found.get(name, "") for name in names}


def _run(*command: str, may_fail: bool = False, patience: float = PATIENCE) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience, check=False,
            env={**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoRollback(f"{command[0]}: {error}") from error
    if done.returncode != 0 and not may_fail:
        said = " ".join((done.stderr or done.stdout).split()) or f"it ended with {done.returncode}"
        raise NoRollback(f"{command[0]}: {said}")
    return done.stdout
