"""A console of another machine: what it says is waited for, what is typed goes to it."""

from __future__ import annotations

import itertools
import os
import re
import select
import time
from dataclasses import dataclass
from typing import BinaryIO

SHOWN = 2000
"""Characters of what was heard last that an error quotes."""


class ConsoleError(Exception):
    """The console does not do what it should."""


class Silent(ConsoleError):
    """What was waited for has not come in time."""


class HungUp(ConsoleError):
    """There is nobody at the other end any more."""


class Failed(ConsoleError):
    """A command ended with another code than 0."""


@dataclass(frozen=True)
class Heard:
    """Which of the patterns waited for came, what matched, and everything before it that nobody had read."""

    which: int
    match: re.Match[str]
    before: str


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote."""

    code: int
    text: str


class Console:
    """One end of a line with a machine at the other: a socket of qemu's, a pseudo-terminal.

    `moment` is how many seconds are waited where a call does not say. All that is heard goes to `log` as it is.
    """

    def __init__(self, descriptor: int, log: BinaryIO, moment: float = 10.0) -> None:
        self._descriptor = descriptor
        self._log = log
        self._moment = moment
        self._unread = ""
        self._numbers = itertools.count(1)

    def expect(self, *patterns: str, within: float | None = None) -> Heard:
        """Wait for the first of the regular expressions and read up to its end; raises `Silent` and `HungUp`."""
        seconds = self._moment if within is None else within
        deadline = time.monotonic() + seconds
        while True:
            found = [(match.start(), which, match) for which, pattern in enumerate(patterns)
                     if (match := re.search(pattern, self._unread, re.MULTILINE)) is not None]  # fmt: skip
            if found:
                _start, which, match = min(found, key=lambda one: one[:2])
                before, self._unread = self._unread[: match.start()], self._unread[match.end() :]
                return Heard(which, match, before)
            left = deadline - time.monotonic()
            if left <= 0:
                raise Silent(
                    f"{' or '.join(patterns)}: has not come in {seconds:.0f} s; heard:\n{self._unread[-SHOWN:]}"
                )
            self._listen(left)

    def type(self, text: str) -> None:
        """Type a text; raises `HungUp`."""
        waiting = text.encode()
        try:
            while waiting:
                waiting = waiting[os.write(self._descriptor, waiting) :]
        except OSError as error:
            raise HungUp(f"nobody is there to type {text!r} for: {error.strerror}") from error

    def line(self, text: str) -> None:
        """Type a text and Enter."""
        self.type(f"{text}\r")

    def forget(self) -> None:
        """Read what has come so far, and drop it."""
        while select.select([self._descriptor], [], [], 0)[0]:
            self._listen(0)
        self._unread = ""

    def log_in(self, user: str, password: str, within: float) -> None:
        """Log in as somebody whose shell is bash, and make that shell a quiet one; raises `Silent` and `HungUp`."""
        self.expect(r"login: $", within=within)
        self.line(user)
        self.expect(r"Password: $")
        self.line(password)
        self.expect(r"[#$] $", within=within)
        # No line editor, which would write control sequences; no echo, so that what is heard is what was said. What is
        # typed while a shell starts may be lost, so that each is waited for; the quotes tell the echo from the answer.
        self.line("exec env TERM=dumb PS1='re''ady> ' bash --norc --noprofile --noediting")
        self.expect(r"ready> ")
        self.line("stty -echo; PS1= PS2=; printf '%s\\n' qui''et")
        self.expect(r"quiet\r?\n")

    def begin(self, command: str) -> str:
        """Start a command in a quiet shell; return the pattern of its end, whose group 1 is its code."""
        number = next(self._numbers)
        self.forget()
        self.line(f"printf '<%s>\\n' begin{number}; {{ {command}\n}}; printf '\\n<%s %s>\\n' end{number} $?")
        return rf"\r?\n<end{number} (\d+)>\r?\n"

    def end(self, ending: str, within: float | None = None) -> Done:
        """Wait for the end of a command that was begun; raises `Silent` and `HungUp`."""
        heard = self.expect(ending, within=within)
        # Before its beginning stands what an earlier command has said too late; what asked has had it read already.
        text = re.split(r"<begin\d+>\r?\n", heard.before)[-1]
        return Done(int(heard.match[1]), text.replace("\r\n", "\n").strip("\n"))

    def run(self, command: str, within: float | None = None) -> Done:
        """Run a command in a quiet shell, without input, and return how it ended; raises `Silent` and `HungUp`."""
        return self.end(self.begin(f"{{ {command}\n}} </dev/null"), within)

    def read(self, command: str, within: float | None = None) -> str:
        """Return what a command writes; raises `Failed` where it fails, `Silent` and `HungUp`."""
        done = self.run(command, within)
        if done.code != 0:
            raise Failed(f"{command}: ended with {done.code}:\n{done.text[-SHOWN:]}")
        return done.text

    def _listen(self, seconds: float) -> None:
        """Hear what comes, or nothing for so long; raises `HungUp`."""
        readable, _, _ = select.select([self._descriptor], [], [], seconds)
        if not readable:
            return
        try:
            heard = os.read(self._descriptor, 65536)
        except OSError:  # the other end of a pseudo-terminal is closed
            heard = b""
        if not heard:
            raise HungUp(f"the line is dead; heard last:\n{self._unread[-SHOWN:]}")
        self._log.write(heard)
        self._log.flush()
        self._unread += heard.decode(errors="replace")
