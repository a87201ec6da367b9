"""The real sudo, typed by an ordinary user at a terminal: what her face opens, and what it never does."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clips import Cast
from tests.house import PASSWORD, House, living_in
from tests.integration.sudo_machine import SudoMachine, Terminal, fingerprint, obstacle
from tests.places import TREE

OBSTACLE = obstacle()

pytestmark = [
    pytest.mark.real,
    pytest.mark.root,
    pytest.mark.skipif(bool(OBSTACLE), reason=OBSTACLE),
]

QUESTION = ": Enter to approve by face, or type the password: "
PASSWORD_PROMPT = "[sudo] password for alice: "
OPENED = "uid=0(root)"
"""What `id` prints; no prompt repeats it, as it would an argument."""

HOLD = """
import sys, time
from pathlib import Path
from tests.house import House
from tests.integration.sudo_machine import SudoMachine
machine = SudoMachine(Path(sys.argv[1]), House(Path(sys.argv[2]), Path("no-pack")))
print(machine.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def machine(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SudoMachine]:
    with contextlib.closing(SudoMachine(tmp_path_factory.mktemp("machine"), house)) as machine:
        yield machine


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Holds every test to changing no file of the real machine."""
    before = fingerprint()
    yield
    assert fingerprint() == before


@pytest.fixture
def sudo(machine: SudoMachine, house: House, cast: Cast) -> Iterator[Terminal]:
    """`sudo id`, typed by alice, who sits before the camera."""
    house.play(cast.later)
    with machine.sudo("/usr/bin/id") as terminal:
        yield terminal


def attempts(house: House) -> list[dict[str, Any]]:
    newest_first: list[dict[str, Any]] = house.command("history", "--user", "alice")["attempts"]
    return newest_first


def last_attempt(house: House) -> tuple[str, str]:
    attempt = attempts(house)[0]
    return attempt["service"], attempt["reason"]


def sit_down(house: House, people: list[Path] | None) -> None:
    assert people
    house.play(people)


def test_alice_approves_with_enter_and_her_face_opens(sudo: Terminal, machine: SudoMachine, house: House) -> None:
    sudo.expect(QUESTION)
    sudo.type("\n")
    assert sudo.end() == 0
    assert OPENED in sudo.shown
    assert PASSWORD_PROMPT not in sudo.shown
    assert last_attempt(house) == ("sudo", "matched")
    assert "'sudo' for 'alice': match (matched)" in house.log
    assert "alice : " in machine.log
    assert "COMMAND=/usr/bin/id" in machine.log


def test_another_face_is_asked_for_the_password_which_opens(sudo: Terminal, house: House, cast: Cast) -> None:
    sit_down(house, cast.stranger)
    sudo.expect(QUESTION)
    sudo.type("\n")
    assert OPENED not in sudo.expect(PASSWORD_PROMPT)
    sudo.type(f"{PASSWORD}\n")
    assert sudo.end() == 0
    assert OPENED in sudo.shown
    assert last_attempt(house) == ("sudo", "another-face")


def test_another_face_with_wrong_passwords_is_refused(
    sudo: Terminal, machine: SudoMachine, house: House, cast: Cast
) -> None:
    sit_down(house, cast.stranger)
    for answer in ("\n", "n\n", "n\n"):
        sudo.expect(QUESTION)
        sudo.type(answer)
        sudo.expect(PASSWORD_PROMPT)
        sudo.type("a guess\n")
    assert sudo.end() == 1
    assert sudo.shown.count("Sorry, try again.") == 2
    assert "3 incorrect password attempts" in sudo.shown
    assert "3 incorrect password attempts" in machine.log
    assert OPENED not in sudo.shown


def test_no_leaves_the_camera_shut_and_asks_for_the_password(sudo: Terminal, house: House) -> None:
    sudo.expect(QUESTION)
    sudo.type("n\n")
    sudo.expect(PASSWORD_PROMPT)
    assert last_attempt(house) == ("sudo", "no-intent")
    sudo.type(f"{PASSWORD}\n")
    assert sudo.end() == 0
    assert OPENED in sudo.shown


def test_a_password_typed_at_the_question_opens_without_a_second_prompt(
    sudo: Terminal, machine: SudoMachine, house: House
) -> None:
    sudo.expect(QUESTION)
    sudo.type(f"{PASSWORD}\n")
    assert sudo.end() == 0
    assert OPENED in sudo.shown
    assert PASSWORD_PROMPT not in sudo.shown
    assert last_attempt(house) == ("sudo", "no-intent")
    for text in (sudo.shown, machine.log, house.log):
        assert PASSWORD not in text


def test_a_wrong_password_typed_at_the_question_is_refused_and_the_next_one_opens(
    sudo: Terminal, machine: SudoMachine, house: House
) -> None:
    sudo.expect(QUESTION)
    sudo.type("a wrong guess\n")
    refused = sudo.expect(QUESTION)
    assert "Sorry, try again." in refused
    sudo.type(f"{PASSWORD}\n")
    assert sudo.end() == 0
    assert OPENED in sudo.shown
    assert PASSWORD_PROMPT not in sudo.shown
    for text in (sudo.shown, machine.log, house.log):
        assert "a wrong guess" not in text
        assert PASSWORD not in text


def test_wrong_passwords_at_every_question_are_refused(sudo: Terminal, machine: SudoMachine) -> None:
    for _ in range(3):
        sudo.expect(QUESTION)
        sudo.type("a wrong guess\n")
    assert sudo.end() == 1
    assert sudo.shown.count("Sorry, try again.") == 2
    assert "3 incorrect password attempts" in machine.log
    assert OPENED not in sudo.shown


def test_a_password_piped_into_sudo_opens(machine: SudoMachine, house: House, cast: Cast) -> None:
    house.play(cast.later)
    piped = machine.pipe(f"{PASSWORD}\n", "--stdin", "/usr/bin/id")
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout.startswith(OPENED)
    assert re.fullmatch(r"sudo --stdin /usr/bin/id \(asked by alice.*\)" + QUESTION, piped.stderr.rstrip("\n"))
    assert last_attempt(house) == ("sudo", "no-intent")


def test_a_wrong_password_piped_into_sudo_opens_nothing(machine: SudoMachine, house: House, cast: Cast) -> None:
    house.play(cast.later)
    piped = machine.pipe("a wrong guess\n", "--stdin", "/usr/bin/id")
    assert piped.returncode == 1
    assert piped.stdout == ""
    assert "1 incorrect password attempt" in piped.stderr


@pytest.mark.parametrize(("name", "shown"), [("sudo apt upgrade", "otherwise"), ("sudoedit", "sudoedit")])
def test_the_question_names_the_program_that_runs_before_what_it_was_called(
    machine: SudoMachine, house: House, cast: Cast, name: str, shown: str
) -> None:
    house.play(cast.later)
    with machine.sudo("/usr/bin/id", name=name) as terminal:
        question = terminal.expect(QUESTION)
        named = re.escape(f"sudo (called {shown}) /usr/bin/id (asked by alice at ")
        assert re.fullmatch(rf"{named}pts/\d+\){QUESTION}", question)
        terminal.type("\x03")


def test_interrupting_the_question_opens_nothing(sudo: Terminal, house: House) -> None:
    before = attempts(house)
    sudo.expect(QUESTION)
    sudo.type("\x03")
    assert sudo.end() != 0
    assert OPENED not in sudo.shown
    assert attempts(house) == before, "a look would be in the history"


def test_sudo_that_must_not_ask_opens_nothing(machine: SudoMachine, house: House, cast: Cast) -> None:
    house.play(cast.later)
    before = attempts(house)
    with machine.sudo("--non-interactive", "/usr/bin/id") as terminal:
        assert terminal.end() == 1
    assert "a password is required" in terminal.shown
    assert OPENED not in terminal.shown
    assert attempts(house) == before, "a look would be in the history"


def test_a_face_that_opened_once_does_not_open_the_next_time_unasked(machine: SudoMachine, sudo: Terminal) -> None:
    sudo.expect(QUESTION)
    sudo.type("\n")
    assert sudo.end() == 0
    with machine.sudo("/usr/bin/id") as again:
        assert OPENED not in again.expect(QUESTION)


def test_the_judge_dies_while_it_asks_and_the_password_opens(
    best: Path, cast: Cast, pam_parts: None, tmp_path: Path
) -> None:
    with (
        living_in(House.to_play_in(tmp_path / "house", best, cast)) as house,
        contextlib.closing(SudoMachine(tmp_path / "machine", house)) as machine,
    ):
        house.play(cast.enrolment)
        house.enroll()
        with machine.sudo("/usr/bin/id") as terminal:
            terminal.expect(QUESTION)
            assert house.judge is not None
            house.judge.kill()
            house.judge.wait()
            terminal.type("\n")
            terminal.expect(PASSWORD_PROMPT)
            terminal.type(f"{PASSWORD}\n")
            assert terminal.end() == 0
        assert OPENED in terminal.shown
        with machine.sudo("/usr/bin/id") as terminal:
            assert "Enter to approve" not in terminal.expect(PASSWORD_PROMPT), "the daemon is stopped"
            terminal.type(f"{PASSWORD}\n")
            assert terminal.end() == 0
        assert OPENED in terminal.shown


def test_tests_that_are_killed_leave_nothing_behind(pam_parts: None, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "machine"), str(tmp_path / "house")]
    with subprocess.Popen(command, cwd=TREE, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        keeper = os.pidfd_open(int(tests.stdout.readline()))
        tests.kill()
    try:
        ended, _, _ = select.select([keeper], [], [], 10)
        assert ended, "the keeper of the namespace lives on"
    finally:
        os.close(keeper)
