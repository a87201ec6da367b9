"""A bus with a fake daemon on it, and the command run in this process and as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facelatch import sync
from facelatch.cli.app import app
from tests.unit.facelatch import answers
from tests.unit.facelatch.fake import Bus, FakeDaemon

COMMAND = (sys.executable, "-c", "from facelatch.cli import main; main()")

Run = Callable[..., Result]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="session")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """A bus of the system's type."""
    bus = Bus(tmp_path_factory.mktemp("bus"))
    yield bus
    bus.stop()


@pytest.fixture
def daemon(bus: Bus) -> Iterator[FakeDaemon]:
    """A fake daemon on the bus; the test says what it answers, but for what lets a face open, which is well."""
    fake = FakeDaemon(bus).answering(
        GetStanding=answers.STANDING,
        GetPack=answers.PACK,
        GetPolicy=answers.EASY_POLICY,
        ListEnrolledFaces=(answers.SEEN,),
    )
    yield fake
    fake.stop()


@pytest.fixture
def client(bus: Bus) -> Iterator[sync.Daemon]:
    """The client library on the bus."""
    with sync.Daemon.connect(bus.address) as client:
        yield client


@pytest.fixture
def run(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, 80 columns wide, asking on the test's bus."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FACELATCH_BUS", bus.address)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


@pytest.fixture
def spawn(bus: Bus) -> Iterator[Spawn]:
    """Start the command as a process of its own; what is left of it at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if key != "SUDO_USER"}
        environment |= {"FACELATCH_BUS": bus.address, "COLUMNS": "80", "PYTHONUTF8": "1"}
        environment |= options.pop("env", {})
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen((*COMMAND, *arguments), env=environment, **streams | options)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
