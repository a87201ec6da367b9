"""The question for a password on a terminal.

polkit has an agent of the caller's session ask; a desktop has one, a console or an SSH session has none but this.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterator
from typing import Final

AGENT: Final = "pkttyagent"

REGISTRATION_PATIENCE: Final = 5.0
"""Seconds for the agent to report to polkit; without it the call goes ahead, and is refused where it takes one."""


@contextlib.contextmanager
def password_agent(address: str) -> Iterator[None]:
    """Have the terminal asked while the context lasts, where there is one, polkit's agent is installed, and it matters.

    `address` is the bus's, empty for the system's. Root is asked nothing.
    """
    program = shutil.which(AGENT)
    if program is None or os.geteuid() == 0 or not sys.stdin.isatty():
        yield
        return
    settings = termios.tcgetattr(sys.stdin)
    agent = _start(program, address)
    try:
        yield
    finally:
        agent.terminate()
        agent.wait()
        # Ctrl-C at the question ends the agent too, and it leaves the terminal without an echo.
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)


def _start(program: str, address: str) -> subprocess.Popen[bytes]:
    """Start the agent and wait until it is known to polkit: it closes its end of the pipe then, or by giving up."""
    reading, writing = os.pipe()
    # fallback: where the desktop's own agent is there, it stays the one that asks.
    command = (program, "--fallback", f"--process={os.getpid()}", f"--notify-fd={writing}")
    bus = {"DBUS_SYSTEM_BUS_ADDRESS": address} if address else {}
    try:
        agent = subprocess.Popen(
            command,
            pass_fds=[writing],
            env=os.environ | bus,
            stdout=subprocess.DEVNULL,  # it asks on the terminal itself; what it says besides is for nobody
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        select.select([reading], [], [], REGISTRATION_PATIENCE)
    finally:
        os.close(reading)
    return agent
