"""The line to the machine, with a shell on a pseudo-terminal in its place."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.vm.console import Console, Failed, HungUp, Silent

SOON = 0.3
"""Seconds to wait for what does not come."""


@dataclass
class Line:
    """Both ends of a line: what is written to `far` is heard."""

    console: Console
    log: io.BytesIO
    near: int
    far: int

    def say(self, text: str) -> None:
        os.write(self.far, text.encode())


@pytest.fixture
def line() -> Iterator[Line]:
    near, far = pty.openpty()
    log = io.BytesIO()
    yield Line(Console(near, log, moment=10.0), log, near, far)
    os.close(near)
    with contextlib.suppress(OSError):  # a test has hung up
        os.close(far)


@pytest.fixture
def shell() -> Iterator[Console]:
    """A bash that is as quiet as the machine's."""
    near, far = pty.openpty()
    command = ["bash", "--norc", "--noprofile", "--noediting"]
    words = {"PS1": "", "PS2": "", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, stdin=far, stdout=far, stderr=far, env=words, start_new_session=True) as process:
        os.close(far)
        console = Console(near, io.BytesIO(), moment=10.0)
        console.line("stty -echo; PS1= PS2=; printf '%s\\n' qui''et")
        console.expect(r"quiet\r?\n")
        yield console
        process.kill()
        os.close(near)


def test_what_is_waited_for_is_read_with_what_came_before_it(line: Line) -> None:
    line.say("hello\nlogin: alice")

    heard = line.console.expect("login: ")

    assert (heard.which, heard.before) == (0, "hello\r\n")
    assert line.console.expect("al(.*)ce").match[1] == "i"


def test_of_two_patterns_the_one_that_came_first_is_told(line: Line) -> None:
    line.say("Permission denied\nPassword: ")

    assert line.console.expect("Password: ", "denied").which == 1
    assert line.console.expect("Password: ", "denied").which == 0


def test_what_comes_in_pieces_is_put_together(line: Line) -> None:
    line.say("Pass")
    with pytest.raises(Silent):
        line.console.expect("Password", within=SOON)
    line.say("word: ")

    assert line.console.expect("Password: ").before == ""


def test_silence_is_an_error_that_quotes_what_came_instead(line: Line) -> None:
    line.say("Kernel panic")

    with pytest.raises(Silent, match=r"(?s)login: .*Kernel panic"):
        line.console.expect("login: ", within=SOON)


def test_a_dead_line_is_told_from_a_silent_one(line: Line) -> None:
    line.say("half a li")
    os.close(line.far)

    with pytest.raises(HungUp, match="half a li"):
        line.console.expect("line", within=10.0)


def test_everything_heard_is_in_the_log_as_it_came(line: Line) -> None:
    line.say("caf\u00e9\n")
    line.console.expect("\n")

    assert line.log.getvalue() == "caf\u00e9\r\n".encode()


def test_what_was_forgotten_is_not_heard_again(line: Line) -> None:
    line.say("login: ")
    line.console.expect("lo")
    line.console.forget()

    with pytest.raises(Silent):
        line.console.expect("login|gin", within=SOON)


def test_a_command_tells_what_it_wrote_and_how_it_ended(shell: Console) -> None:
    assert shell.run("echo one; echo two >&2; (exit 3)") == shell.run("printf 'one\\ntwo\\n'; (exit 3)")
    done = shell.run("printf 'one\\ntwo\\n'; (exit 3)")
    assert (done.code, done.text) == (3, "one\ntwo")


def test_a_command_that_fails_where_it_must_not_is_quoted(shell: Console) -> None:
    with pytest.raises(Failed, match=r"(?s)false.*ended with 1"):
        shell.read("false")


def test_a_command_has_no_input_so_that_it_cannot_swallow_the_next_one(shell: Console) -> None:
    assert shell.run("cat").code == 0
    assert shell.read("echo next") == "next"


def test_a_command_that_asks_is_answered(shell: Console) -> None:
    ending = shell.begin("read -p 'Your name: ' name; echo hello $name")
    shell.expect("Your name: ")
    shell.line("alice")

    assert shell.end(ending).text.endswith("hello alice")


def test_a_late_end_of_an_earlier_command_is_not_taken_for_this_ones(shell: Console) -> None:
    with pytest.raises(Silent):
        shell.run("sleep 1; echo late", within=SOON)

    assert shell.read("echo mine") == "mine"


def test_a_command_that_writes_the_marks_of_an_end_does_not_end_by_it(shell: Console) -> None:
    assert shell.run("echo '<end 0>'; echo still here; (exit 4)").code == 4
