"""Installing a pack: the command is run, its progress heard, its end told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from facelatch_gui.installation import Installation, Outcome, install_command

PACK = '{"name": "open", "folder": "/etc/facelatch/packs/open", "licence": "free", "files": []}'


class Heard:
    """An installation, and what it told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.installation = Installation()
        self.steps: list[tuple[str, float]] = []
        self.ends: list[tuple[Outcome, str]] = []
        self.installation.progressed.connect(lambda name, share: self.steps.append((name, share)))
        self.installation.ended.connect(lambda outcome, problem: self.ends.append((outcome, problem)))

    def run(self, script: str) -> None:
        """Run a shell's script in place of the command."""
        self.installation.start(["/bin/sh", "-c", script])

    def wait(self) -> tuple[Outcome, str]:
        """Wait for the end, of which there is one."""
        self.qtbot.waitUntil(lambda: bool(self.ends))
        assert len(self.ends) == 1
        return self.ends[0]


@pytest.fixture
def heard(qtbot: QtBot) -> Iterator[Heard]:
    """An installation that has not begun."""
    heard = Heard(qtbot)
    before = set(os.listdir("/proc/self/fd"))
    yield heard
    heard.installation.cancel()
    left = set(os.listdir("/proc/self/fd")) - before
    assert not [one for one in left if os.path.exists(f"/proc/self/fd/{one}") and _is_pipe(one)]


def _is_pipe(descriptor: str) -> bool:
    return os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:")


def test_it_goes_through_pkexec_unless_this_is_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    words = install_command("open")
    assert words[0] == "pkexec"
    assert words[1].startswith("/")
    assert words[2:] == ["pack", "install", "open", "--json"]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert install_command("open") == words[1:]


def test_each_step_is_told_and_then_the_end(heard: Heard) -> None:
    heard.run(
        'echo \'{"download": "a.onnx", "done": 5, "total": 10}\';'
        'echo \'{"download": "b.onnx", "done": 7, "total": null}\';'
        f"echo '{PACK}'"
    )
    assert heard.wait() == (Outcome.INSTALLED, "")
    assert heard.steps == [("a.onnx", 0.5), ("b.onnx", -1.0)]


def test_what_the_command_says_went_wrong_is_told(heard: Heard) -> None:
    heard.run('echo \'{"error": "failed", "text": "https://example.org: 404 Not Found"}\'; exit 1')
    assert heard.wait() == (Outcome.FAILED, "https://example.org: 404 Not Found")


def test_a_success_without_a_pack_is_none(heard: Heard) -> None:
    heard.run("true")
    outcome, problem = heard.wait()
    assert outcome is Outcome.FAILED
    assert "did not say why" in problem


def test_a_failure_is_no_success_whatever_was_said_before(heard: Heard) -> None:
    heard.run(f"echo '{PACK}'; exit 1")
    assert heard.wait()[0] is Outcome.FAILED


def test_a_command_that_dies_says_its_last_words(heard: Heard) -> None:
    heard.run("echo one >&2; echo 'no space left' >&2; kill -9 $$")
    assert heard.wait() == (Outcome.FAILED, "no space left")


def test_a_closed_question_for_the_password_is_a_cancellation(heard: Heard) -> None:
    heard.run("echo 'Error executing command as another user: Request dismissed' >&2; exit 126")
    assert heard.wait() == (Outcome.CANCELLED, "")


def test_a_refused_password_is_told_in_words(heard: Heard) -> None:
    heard.run("echo 'Error executing command as another user: Not authorized' >&2; exit 127")
    outcome, problem = heard.wait()
    assert outcome is Outcome.FAILED
    assert "password was not given" in problem


def test_a_command_that_is_not_there_says_so(heard: Heard) -> None:
    heard.installation.start(["/nowhere/facelatch", "pack"])
    outcome, problem = heard.wait()
    assert outcome is Outcome.FAILED
    assert "“/nowhere/facelatch” could not be started" in problem


def test_it_can_be_cancelled(heard: Heard) -> None:
    heard.run('echo \'{"download": "a", "done": 1, "total": 9}\'; exec sleep 60')
    heard.qtbot.waitUntil(lambda: bool(heard.steps))
    heard.installation.cancel()
    assert heard.wait() == (Outcome.CANCELLED, "")


def test_what_cannot_be_signalled_ends_at_its_next_line(heard: Heard, tmp_path: Path) -> None:
    """As root's process does, which pkexec has become: only the closed pipe reaches it."""
    script = tmp_path / "stubborn.py"
    script.write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "while True:\n"
        '    print(\'{"download": "a", "done": 1, "total": 9}\', flush=True)\n'
        "    time.sleep(0.01)\n"
    )
    heard.installation.start([sys.executable, str(script)])
    heard.qtbot.waitUntil(lambda: bool(heard.steps))
    heard.installation.cancel()
    assert heard.wait() == (Outcome.CANCELLED, "")


def test_lines_that_are_none_of_ours_are_left_out(heard: Heard) -> None:
    heard.run(f"echo 'a warning'; echo '[1]'; echo '{PACK}'")
    assert heard.wait() == (Outcome.INSTALLED, "")


def test_a_line_without_an_end_is_not_gathered_for_ever(heard: Heard) -> None:
    heard.run("exec cat /dev/zero")
    outcome, _problem = heard.wait()
    assert outcome is Outcome.FAILED
