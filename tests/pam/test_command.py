"""What the module says is being approved."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.pam.conftest import Door
from tests.pam.stub_judge import Hear, fields, result
from tests.pam.transaction import Code

MATCH = result("match", "matched")
PROGRAM = Path(sys.executable).resolve().name
PRETEND = "import os, sys; os.execv(sys.executable, sys.argv[1:])"


def command_of(door: Door, *python: str) -> str:
    """Return the command that the judge hears of, in a transaction of that Python."""
    outcome, judge = door.ask([Hear(), MATCH], python=python)
    assert outcome.code == Code.SUCCESS
    assert len(judge.heard[0]) <= 4096
    return fields(judge.heard[0])["command"]


def pretending(name: str, *arguments: str) -> list[str]:
    """Return the command of a Python that starts itself again under another name (bash's `exec -a`).

    A name of a program in the PATH would make it look for its library there.
    """
    return [sys.executable, "-c", PRETEND, name, *arguments]


def test_the_command_is_the_program_s_name_and_its_arguments(door: Door) -> None:
    outcome, judge = door.ask(
        [Hear(), MATCH], tty="/dev/tty 3", python=pretending(f"/some where/{PROGRAM}", "-E", "-s")
    )
    command = fields(judge.heard[0])["command"]
    assert outcome.code == Code.SUCCESS
    assert command.startswith(f"{PROGRAM} -E -s /")
    assert f" --confdir={door.confdir} --service=door --user=alice " in command
    assert command.endswith(" --times=1 --tty=/dev/tty 3")


@pytest.mark.parametrize(
    "name",
    [
        "sudo apt upgrade" + " " * 300,
        "x" * 32,
        "x" * 4000,
        "sudo\n",
        "-)",
        "sudo\udcff",
        "/no/such/",
        "ѕudo",
    ],
)
def test_a_forged_name_hides_neither_program_nor_arguments(door: Door, name: str) -> None:
    command = command_of(door, *pretending(name, "-E"))
    assert command.startswith(f"{PROGRAM} (called otherwise) -E /")
    assert command.endswith(" --times=1")


@pytest.mark.parametrize(
    ("name", "shown"), [("facedit", "facedit"), ("/bin/-su", "-su"), ("a b/" + "x" * 31, "x" * 31)]
)
def test_another_name_of_the_program_is_shown_beside_its_own(door: Door, name: str, shown: str) -> None:
    assert command_of(door, *pretending(name, "-E")).startswith(f"{PROGRAM} (called {shown}) -E /")


def test_blanks_in_an_argument_stay(door: Door) -> None:
    assert (
        command_of(door, sys.executable, "-X", "a  b\t c ", "-X", "", "-E")
        .partition(" -X ")[2]
        .startswith("a  b\t c  -X  -E /")
    )


@pytest.mark.parametrize("argument", ["x" * 9000, "ü" * 4000, "a" + "ü" * 4000, "ab" + "ü" * 4000, "😀" * 3000])
def test_a_long_command_is_cut_at_a_character_and_says_so(door: Door, argument: str) -> None:
    outcome, judge = door.ask([Hear(), MATCH], python=pretending(PROGRAM, "-X", argument))
    command = fields(judge.heard[0])["command"]
    assert outcome.code == Code.SUCCESS
    assert 4096 - 12 <= len(judge.heard[0]) <= 4096
    assert command.endswith("…")
    assert f"{PROGRAM} -X {argument}".startswith(command[:-1])


def test_a_command_that_is_not_utf8_still_arrives(door: Door) -> None:
    assert command_of(door, *pretending(PROGRAM, "-X", "a\udcffb\nc")).startswith(f"{PROGRAM} -X a?b\nc ")
