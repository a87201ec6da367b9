"""Who asks for the password on a terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import stat
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from facelatch.cli import agent

AGENT = """#!{python} -S
import os, signal, sys, termios
options = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
settings = termios.tcgetattr(0)
settings[3] &= ~termios.ECHO
termios.tcsetattr(0, termios.TCSADRAIN, settings)
with open({report!r}, "w") as report:
    print(os.getpid(), os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", ""), *sorted(options.items()), sep="\\n", file=report)
{then}
"""
"""Turns the echo off, as the real one does when it asks, says how it was called, and reports that it is there."""

REGISTERS = "os.close(int(options['--notify-fd']))\nsignal.pause()"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[IO[bytes]]:
    """A terminal as standard input, of a user who is not root."""
    main, side = pty.openpty()
    with open(side, "rb", buffering=0) as file:
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.delenv("DBUS_SYSTEM_BUS_ADDRESS", raising=False)
        kept = os.dup(0)
        os.dup2(side, 0)
        try:
            yield file
        finally:
            os.dup2(kept, 0)
            os.close(kept)
    os.close(main)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Path:
    """Put an agent of ours where the real one is looked for, and return the file that it reports in."""
    report = folder / "report"
    program = folder / "pkttyagent"
    program.write_text(AGENT.format(python=sys.executable, report=str(report), then=then))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return report


def echoes(terminal: IO[bytes]) -> bool:
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


@pytest.mark.parametrize("address", ["", "unix:path=/run/some/bus"])
def test_the_agent_asks_for_this_process_while_it_lasts_and_leaves_the_terminal_as_it_was(
    terminal: IO[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    report = install(tmp_path, monkeypatch, REGISTERS)
    with contextlib.suppress(KeyboardInterrupt), agent.password_agent(address):
        child, bus, fallback, notify, process = report.read_text().splitlines()
        assert bus == address
        assert fallback == "('--fallback', '')"
        assert notify.startswith("('--notify-fd', ")
        assert process == f"('--process', '{os.getpid()}')"
        assert not echoes(terminal)
        raise KeyboardInterrupt
    assert echoes(terminal)
    with pytest.raises(ProcessLookupError):
        os.kill(int(child), 0)


def test_an_agent_that_cannot_register_keeps_nobody_waiting(
    terminal: IO[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "REGISTRATION_PATIENCE", 60.0)
    report = install(tmp_path, monkeypatch, "raise SystemExit(127)")
    with agent.password_agent(""):
        assert report.exists()
    assert echoes(terminal)


@pytest.mark.parametrize("why", ["root", "no terminal", "not installed"])
def test_where_nobody_can_be_asked_or_needs_to_be_no_agent_is_started(
    terminal: IO[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    report = install(tmp_path, monkeypatch, REGISTERS)
    with contextlib.ExitStack() as stack:
        if why == "root":
            monkeypatch.setattr(os, "geteuid", lambda: 0)
        elif why == "no terminal":
            monkeypatch.setattr(sys, "stdin", stack.enter_context(Path(os.devnull).open()))
        else:
            (tmp_path / "pkttyagent").unlink()
        with agent.password_agent(""):
            assert not report.exists()
