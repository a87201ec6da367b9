"""People at the machine: sessions as PAM and logind make them, and terminals on which they type."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import pwd
import select
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from machine import run

PATIENCE = 240.0
"""Seconds for what somebody waits for at a terminal."""

JOINING = 'echo 0 >"$1" && shift && exec "$@"'
"""A shell's way into a session, which is a group of processes to logind, and to polkit that asks it."""


@dataclass(frozen=True)
class Session:
    """Somebody's session at a virtual terminal of the seat."""

    user: str
    id: str

    @property
    def is_active(self) -> bool:
        """Whether it is the one on the screen."""
        return self._property("Active") == "yes"

    def activate(self) -> None:
        """Switch the screen to it."""
        run("loginctl", "activate", self.id)
        _await(lambda: self.is_active, f"session {self.id} does not get to the screen")

    def facelatch(self, *arguments: str, password: str | None = None) -> tuple[int, dict[str, Any]]:
        """Run the command at a terminal in this session, give the password it asks for, and return code and answer."""
        with Terminal(self, "facelatch", *arguments, "--json") as terminal:
            if password is not None:
                terminal.give_password(password)
            code = terminal.end()
        # Where the agent was ended before its own new line, the answer stands behind the question.
        lines = [line[line.index("{") :] for line in terminal.shown.splitlines() if line.endswith("}")]
        assert lines, terminal.shown
        return code, json.loads(lines[-1])

    def command(self, *command: str) -> list[str]:
        """Return what root runs to have a command run here by its user."""
        uid = pwd.getpwnam(self.user).pw_uid
        processes = f"/sys/fs/cgroup/user.slice/user-{uid}.slice/session-{self.id}.scope/cgroup.procs"
        account = ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups", "--reset-env"]
        return ["sh", "-c", JOINING, "sh", processes, *account, *command]

    def _property(self, name: str) -> str:
        return run("loginctl", "show-session", "--value", "--property", name, self.id).strip()


class Terminal:
    """A command on a terminal of its own, in somebody's session; `shown` is all that it has shown."""

    def __init__(self, session: Session, *command: str) -> None:
        self.shown = ""
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *session.command(*command)], stdin=slave, stdout=slave, stderr=slave
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._master)  # which hangs up
        self._process.wait(PATIENCE)

    def give_password(self, password: str) -> None:
        """Wait for the question, and type the password; what is typed before the echo is off is thrown away."""
        deadline = time.monotonic() + PATIENCE
        while "Password: " not in self.shown or termios.tcgetattr(self._master)[3] & termios.ECHO:
            assert self._listen(deadline), f"nobody asks for a password:\n{self.shown}"
        os.write(self._master, f"{password}\n".encode())

    def end(self) -> int:
        """Wait for the end of the command and return its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._listen(deadline):
            pass
        return self._process.wait(PATIENCE)

    def _listen(self, deadline: float) -> bool:
        """Read on for a moment; False when everything is read."""
        assert time.monotonic() < deadline, f"it hangs after:\n{self.shown}"
        readable, _, _ = select.select([self._master], [], [], 0.2)
        if not readable:
            return True
        try:
            self.shown += os.read(self._master, 4096).decode(errors="replace")
        except OSError:  # nobody has the other side open any more
            return False
        return True


@contextlib.contextmanager
def logged_in(user: str, terminal: int) -> Iterator[Session]:
    """Have somebody logged in at a virtual terminal, through PAM as `login` does it."""
    unit = f"session-of-{user}.service"
    settings = (f"User={user}", "PAMName=login", f"TTYPath=/dev/tty{terminal}", "StandardInput=tty-force")
    run("systemctl", "stop", f"getty@tty{terminal}.service")
    run(
        "systemd-run",
        "--quiet",
        "--unit",
        unit,
        *(f"--property={setting}" for setting in settings),
        "sleep",
        "infinity",
    )
    try:
        _await(lambda: bool(_sessions(user)), f"{user} does not get a session")
        (session,) = _sessions(user)
        yield Session(user, session)
    finally:
        run("systemctl", "stop", unit)


def _sessions(user: str) -> list[str]:
    """Return a user's sessions that logind has opened."""
    table = [line.split() for line in run("loginctl", "list-sessions", "--no-legend", "--no-pager").splitlines()]
    mine = [row[0] for row in table if row[2] == user]
    states = [run("loginctl", "show-session", "--value", "--property", "State", session).strip() for session in mine]
    return [session for session, state in zip(mine, states, strict=True) if state in ("active", "online")]


def _await(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.2)
