"""What a Tab makes of a line of `facelatch`: in bash, zsh and fish themselves, before a daemon on a bus."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jeepney import Message, MessageFlag
from jeepney.io.blocking import DBusConnection

from facelatch.cli.candidates import cameras, faces
from facelatch.cli.completion import for_bash, words_of_line
from tests.places import TREE
from tests.unit.facelatch import answers
from tests.unit.facelatch.fake import Bus, FakeDaemon

SCRIPTS = TREE / "packaging" / "completions"
PATIENCE = 20.0
CLEAR = "\x15"
"""Ctrl-U: bash's and zsh's line editors forget the line."""
HOME = "\x01"
READY = "ready>"
BASH = ("bash", "--norc", "--noprofile", "-i")
ZSH = ("zsh", "-f", "-i")

Complete = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def places(bus: Bus, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which `facelatch` is the command of this tree, and a folder with things to name."""
    folder = tmp_path_factory.mktemp("places")
    programs = folder / "programs"
    programs.mkdir()
    command = programs / "facelatch"
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from facelatch.cli import main; main()' \"$@\"\n")
    command.chmod(0o755)
    (folder / "work" / "my pictures").mkdir(parents=True)
    (folder / "work" / "portrait.png").touch()
    (folder / "work" / "etc" / "pam.d").mkdir(parents=True)
    (folder / "work" / "etc" / "pam.d" / "login").touch()
    (folder / "work" / "etc" / "pam.d" / "login.dpkg-old").touch()
    (folder / "work" / "usr" / "lib" / "pam.d").mkdir(parents=True)
    (folder / "work" / "usr" / "lib" / "pam.d" / "polkit-1").touch()
    (folder / "packs" / "open").mkdir(parents=True)
    (folder / "packs" / "open" / "pack.toml").touch()
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PWD": str(folder / "work"),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "FACELATCH_BUS": bus.address,
        "FACELATCH_PACKS": str(folder / "packs"),
    }


class Terminal:
    """A shell that takes a terminal for its user's."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], *first: str) -> None:
        self._ours, theirs = pty.openpty()
        modes = termios.tcgetattr(theirs)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
        self._shell = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=environment["PWD"],
            start_new_session=True, close_fds=True,
        )  # fmt: skip
        os.close(theirs)
        for line in first:
            self.type(f"{line}\n")
        self.type("printf '%s%s\\n' rea dy'>'\n")
        self.read_until(READY)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def read_until(self, wanted: str) -> str:
        seen, end = "", time.monotonic() + PATIENCE
        while wanted not in seen:
            if not select.select([self._ours], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"{wanted!r} does not come after {seen!r}")
            seen += os.read(self._ours, 4096).decode(errors="replace")
        return seen

    def completed(self, line: str) -> list[str]:
        """Return the words that a line has after a Tab: the shell itself is asked to write them, one a line."""
        self.type(f"{CLEAR}{line}\t{HOME}printf '<%s>' \n")
        self.type("printf '%s%s\\n' rea dy'>'\n")
        seen = self.read_until(READY)
        words = seen[seen.rindex("<facelatch>") :]
        # zsh takes the slash behind a folder away again when the line ends
        return [word.partition(">")[0].removesuffix("/") for word in words.split("<")[1:]]

    def close(self) -> None:
        self._shell.kill()
        self._shell.wait()
        os.close(self._ours)


@pytest.fixture(scope="module", params=["bash", "zsh"])
def tab(request: pytest.FixtureRequest, places: dict[str, str]) -> Iterator[Complete]:
    """A shell that is told a line and a Tab."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    if request.param == "bash":
        terminal = Terminal(BASH, places, f"PS1=; source {shlex.quote(str(SCRIPTS / 'facelatch.bash'))}")
    else:
        folder = shlex.quote(str(SCRIPTS))
        terminal = Terminal(
            ZSH, places, f"PS1=; unsetopt zle_bracketed_paste; bindkey -e; fpath=({folder} $fpath); "
            "autoload -Uz compinit; compinit -u -D",
        )  # fmt: skip
    yield terminal.completed
    with suppress(OSError):
        terminal.close()


@pytest.fixture(scope="module")
def fish(places: dict[str, str]) -> Complete:
    """What fish offers for a line."""
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")

    def complete(line: str) -> list[str]:
        script = f"source {shlex.quote(str(SCRIPTS / 'facelatch.fish'))}; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script], env=places, cwd=places["PWD"], capture_output=True, text=True,
            check=True, timeout=PATIENCE,
        )  # fmt: skip
        return [offer.partition("\t")[0] for offer in done.stdout.splitlines()]

    return complete


CASES = [
    ("facelatch en", ["enroll"]),
    ("facelatch pack ins", ["pack", "install"]),
    ("facelatch enroll --from-p", ["enroll", "--from-pictures"]),
    ("facelatch enroll --from-pictures my", ["enroll", "--from-pictures", "my pictures"]),
    ("facelatch analyse por", ["analyse", "portrait.png"]),
    ("facelatch pack use o", ["pack", "use", "open"]),
    ("facelatch list --user roo", ["list", "--user", "root"]),
    ("facelatch list --user=roo", ["list", "--user=root"]),
    ("facelatch pam pl", ["pam", "plan"]),
    ("facelatch pam plan --slot kde-fa", ["pam", "plan", "--slot", "kde-face"]),
    ("facelatch pam plan --root . --service log", ["pam", "plan", "--root", ".", "--service", "login"]),
    ("facelatch pam plan --root . --service pol", ["pam", "plan", "--root", ".", "--service", "polkit-1"]),
]


@pytest.mark.parametrize(("line", "words"), CASES)
def test_a_tab_completes_the_word(tab: Complete, line: str, words: list[str]) -> None:
    assert tab(line) == ["facelatch", *words]


@pytest.mark.parametrize(("line", "words"), CASES)
def test_fish_offers_the_word(fish: Complete, line: str, words: list[str]) -> None:
    assert words[-1] in [offer.removesuffix("/") for offer in fish(line)]


@pytest.mark.parametrize("begun", ["wit", r"with\ g", "'with g", '"with'])
def test_a_label_with_a_space_stays_one_word(tab: Complete, daemon: FakeDaemon, begun: str) -> None:
    daemon.answering(ListEnrolledFaces=(answers.GLASSES,))
    assert tab(f"facelatch remove {begun}") == ["facelatch", "remove", "with glasses"]


@pytest.mark.parametrize("begun", ["pci", "pci-1-usb-2/046d:0"])
def test_an_id_with_a_colon_is_completed_whole(tab: Complete, daemon: FakeDaemon, begun: str) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    assert tab(f"facelatch try --camera {begun}") == ["facelatch", "try", "--camera", answers.CAMERA.id]
    assert tab(f"facelatch try --camera={begun}") == ["facelatch", "try", f"--camera={answers.CAMERA.id}"]


def test_fish_offers_labels_and_cameras(fish: Complete, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES, GetStatus=answers.STATUS)
    assert fish("facelatch remove ") == ["old", "with glasses"]
    assert answers.CAMERA.id in fish("facelatch try --camera ")


def test_nobody_is_asked_for_a_password(tab: Complete, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=(answers.GLASSES,))
    tab("facelatch remove wit")
    assert [(call.member, call.interactive) for call in daemon.calls] == [("ListEnrolledFaces", False)]


def test_a_daemon_that_does_not_run_is_not_started(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Message] = []
    send = DBusConnection.send_and_get_reply

    def note(connection: DBusConnection, message: Message, **options: float) -> Message:
        sent.append(message)
        return send(connection, message, **options)

    monkeypatch.setattr(DBusConnection, "send_and_get_reply", note)
    daemon.answering(GetStatus=answers.STATUS)
    assert [camera.value for camera in cameras(daemon.bus.address)] == [answers.CAMERA.id, answers.INFRARED.id]
    assert sent[-1].header.flags & MessageFlag.no_auto_start


def test_the_faces_of_others_are_not_asked_for(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert list(faces(daemon.bus.address, "somebody-else")) == []
    assert daemon.calls == []


@pytest.mark.parametrize("line", ["facelatch remove wi", "facelatch try --camera pc"])
def test_without_a_daemon_the_line_stays_as_it_is(tab: Complete, line: str) -> None:
    assert tab(line) == line.split()


@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=12))
def test_what_bash_is_given_is_the_value_again_whichever_quotes_it_is_in(value: str) -> None:
    for quote in ("", "'", '"'):
        given_back = for_bash(value, quote)
        assert words_of_line("facelatch", f"facelatch remove {quote}{given_back}{quote}")[0][-1] == value


def test_what_stands_before_the_command_is_passed_over() -> None:
    assert words_of_line("facelatch", "A=1 facelatch li")[0] == ["li"]
    assert words_of_line("facelatch", "facelatch ") == ([""], "")


@pytest.mark.parametrize("raw", ["''", '""', "'a'b", '"a"b', "'a'\"b"])
def test_behind_quotes_that_are_closed_bash_runs_nothing_of_a_value(raw: str) -> None:
    assert for_bash("ab$(reboot)", raw) == r"ab\$\(reboot\)"
