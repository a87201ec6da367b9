"""A judge that runs as a process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from facelatchd.lines import read_line, write_line
from tests.unit.facelatchd.rooms import ME


class Judge:
    """A judge of its own, without an eye and without a pack, and without a bus where a test starts none."""

    def __init__(self, folder: Path, *, before: str = "", environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = folder / "facelatch.toml"
        self.settings.touch(mode=0o644)
        self.bus = f"unix:path={folder}/no-bus"
        self._before = before
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written since it was started."""
        return (self.folder / "log").read_text()

    def command(self, *options: str) -> list[str]:
        """How it is started."""
        folder = self.folder
        return [
            sys.executable, "-c", f"{self._before}from facelatchd.main import main; main()",
            "--config", str(self.settings), "--runtime-dir", str(folder / "run"), "--state-dir", str(folder / "state"),
            "--pack", str(folder / "pack"), "--bus", self.bus, *options,
        ]  # fmt: skip

    def begin(self) -> subprocess.Popen[bytes]:
        """Start it and wait for nothing."""
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(self.command(), stderr=log, env=os.environ | self._environment)
        return self._process

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it is ready."""
        process = self.begin()
        until(lambda: "facelatchd: INFO: ready" in self.log or process.poll() is not None)
        assert process.poll() is None, self.log
        return process

    def refusal(self, *options: str) -> tuple[int, str]:
        """Return the exit status and the log of a judge that does not start."""
        done = subprocess.run(
            self.command(*options), env=os.environ | self._environment,
            capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    def allows(self, service: str) -> bool:
        """Ask at the door: who is not enrolled is told so where the service is allowed, and nothing else of him."""
        with self.visit() as visitor:
            visitor.sendall(write_line("VERIFY", v=1, user=ME.name, service=service, seconds=5))
            with visitor.makefile("rb") as answers:
                reason = read_line(answers.readlines()[-1].rstrip(b"\n")).get("reason")
        assert reason in ("not-enrolled", "service-refused")
        return reason == "not-enrolled"

    def visit(self) -> socket.socket:
        """Connect to its door."""
        visitor = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        visitor.settimeout(10)
        visitor.connect(str(self.folder / "run" / "door.sock"))
        return visitor

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def until(true: Callable[[], bool], patience: float = 20.0) -> None:
    """Return when it is true; that it comes to be at all is what is tested."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)
