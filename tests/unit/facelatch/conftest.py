"""A fake daemon, and the command run in this process and as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facelatch.cli.app import app
from tests.unit.facelatch.fake import FakeDaemon

COMMAND = (sys.executable, "-c", "from facelatch.cli import main; main()")

Run = Callable[..., Result]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[FakeDaemon]:
    """A fake daemon that listens; the test says what it answers."""
    fake = FakeDaemon(tmp_path / "admin.sock").start()
    yield fake
    fake.stop()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, 80 columns wide, asking the fake daemon's socket."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FACELATCH_SOCKET", str(tmp_path / "admin.sock"))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Start the command as a process of its own; what is left of it at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key != "SUDO_USER"}
        environment |= {"FACELATCH_SOCKET": str(tmp_path / "admin.sock"), "COLUMNS": "80", "PYTHONUTF8": "1"}
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen((*COMMAND, *arguments), env=environment, **streams | options)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
