"""The command as a process of its own: signals, pipes, terminals, daemons that die, names that are not text."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatch.admin import FaceList, ListFaces, RemoveFaces
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Spawn
from tests.unit.facelatch.fake import Conversation, FakeDaemon

COMMANDS = ["list", "rename a b", "remove a --yes", "status", "cameras", "history", "try", "enroll"]


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=20)
    return process.returncode, stdout.decode(), stderr.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_daemon_every_command_exits_3_and_says_how_to_start_it(spawn: Spawn, command: str) -> None:
    in_words, as_json = spawn(*command.split()), spawn(*command.split(), "--json")
    code, stdout, stderr = ended(in_words)
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)
    assert "No such file or directory; start it: sudo systemctl start facelatchd" in stderr
    code, stdout, stderr = ended(as_json)
    assert (code, stderr) == (3, "")
    assert json.loads(stdout)["error"] == "no-daemon"


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("command", ["try", "enroll"])
def test_ctrl_c_exits_130_and_hangs_up(
    spawn: Spawn, daemon: FakeDaemon, command: str, options: tuple[str, ...]
) -> None:
    daemon.then_waiting(answers.NEAR if command == "try" else answers.SHOT)
    process = spawn(command, *options)
    wait_until(lambda: daemon.requests)
    process.send_signal(signal.SIGINT)
    code, stdout, stderr = ended(process)
    assert code == 130
    assert daemon.hung_up.wait(10)
    if options:
        assert json.loads(stdout.splitlines()[-1]) == {"error": "cancelled", "text": "interrupted"}
        assert stderr == ""
    else:
        assert stderr == "facelatch: interrupted\n"


def test_a_reader_that_has_gone_ends_an_enrolment_quietly(spawn: Spawn, daemon: FakeDaemon) -> None:
    def script(talk: Conversation) -> None:
        daemon.requests.append(talk.receive())
        talk.send(answers.SHOT)
        daemon.hung_up.wait(10)
        talk.send(answers.MISSED, answers.ENROLLED)

    daemon.script = script
    process = spawn("enroll", "--json")
    assert process.stdout is not None
    assert b"enroll-step" in process.stdout.readline()
    process.stdout.close()
    daemon.hung_up.set()
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""


@pytest.mark.parametrize("command", ["list", "list --json", "status", "--help", "--version"])
def test_a_pipe_that_nobody_reads_is_no_traceback(spawn: Spawn, daemon: FakeDaemon, command: str) -> None:
    daemon.answering(answers.STATUS if command == "status" else answers.FACES)
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn(*command.split(), stdout=writing)
    os.close(writing)
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_a_full_disk_is_said(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(answers.FACES)
    with Path("/dev/full").open("wb") as full:
        process = spawn("list", "--json", stdout=full)
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b"facelatch: cannot write: No space left on device\n"


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe\n", b'{"is":"status-', b"x" * 1_200_000])
def test_a_daemon_that_dies_or_talks_nonsense_is_an_error_of_one_line(
    spawn: Spawn, daemon: FakeDaemon, garbage: bytes
) -> None:
    daemon.answering(garbage)
    code, stdout, stderr = ended(spawn("status"))
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)
    assert stderr.startswith("facelatch: the daemon broke off: ")
    assert "Traceback" not in stderr


def test_a_daemon_that_dies_in_the_middle_of_a_try_leaves_a_json_error_last(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(answers.NO_FACE, answers.NEAR)
    code, stdout, _stderr = ended(spawn("try", "--json"))
    assert code == 3
    assert [json.loads(line).get("error") for line in stdout.splitlines()] == [None, None, "broken-answer"]


@pytest.mark.parametrize(
    "arguments",
    [
        (b"list", b"--user", b"ann\xff"),
        (b"rename", b"\xff", b"x"),
        (b"rename", b"a", b"\xff"),
        (b"remove", b"\xff", b"--yes"),
        (b"try", b"--camera", b"\xff"),
        (b"enroll", b"--label", b"\xff"),
    ],
)
def test_words_that_are_not_utf_8_are_wrong_use(spawn: Spawn, daemon: FakeDaemon, arguments: tuple[bytes, ...]) -> None:
    daemon.answering(answers.FACES)
    code, _stdout, stderr = ended(spawn(*arguments))
    assert (code, stderr.count("\n")) == (2, 1)
    assert "is not UTF-8" in stderr
    assert daemon.requests == []


def test_a_socket_whose_name_is_not_utf_8_works(spawn: Spawn, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.sock"))
    fake = FakeDaemon(path).start().answering(answers.FACES)
    try:
        assert ended(spawn(b"--socket", os.fsencode(path), b"list", b"--json"))[0] == 0
    finally:
        fake.stop()


def test_a_label_outside_the_character_set_is_written_all_the_same(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    daemon.answering(FaceList("anna", (type(answers.GLASSES)("ab" * 16, "Brille ä", "", 1, "", "", True),)))
    code, stdout, _stderr = ended(spawn("rename", "ab", "Brille"))
    assert code == 0
    assert "Brille \\xe4" in stdout


# --- on a terminal ----------------------------------------------------------------------------------------------------


def on_terminal(
    spawn: Spawn, *arguments: str, typed: bytes = b"", after: Callable[[], object] = lambda: True
) -> tuple[int, str]:
    """Run on a pseudo-terminal, type when `after` has come true, and return exit code and everything shown."""
    main, side = pty.openpty()
    process = spawn(*arguments, stdin=side, stdout=side, stderr=side, start_new_session=True)
    os.close(side)
    shown = b""
    if typed:
        while b"[y/N]" not in shown:
            shown += os.read(main, 4096)
        wait_until(after)
        os.write(main, typed)
    while True:
        try:
            chunk = os.read(main, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(main)
    return process.wait(20), shown.decode()


@pytest.fixture
def removing(daemon: FakeDaemon) -> FakeDaemon:
    """A daemon that lists and removes."""

    def script(talk: Conversation) -> None:
        request = talk.receive()
        daemon.requests.append(request)
        talk.send(answers.FACES if isinstance(request, ListFaces) else FaceList("anna", (answers.GLASSES,)))

    daemon.script = script
    return daemon


@pytest.mark.parametrize("named", ["ab", "with glasses", "ab" * 16])
def test_remove_asks_and_removes_exactly_what_it_showed(spawn: Spawn, removing: FakeDaemon, named: str) -> None:
    code, shown = on_terminal(spawn, "remove", named, "-u", "anna", typed=b"y\n")
    assert code == 0
    assert "Remove “with glasses” (abababababab) of anna? [y/N]" in shown
    assert removing.requests == [ListFaces("anna"), RemoveFaces("anna", "ab" * 16)]


@pytest.mark.parametrize("typed", [b"n\n", b"\n", b"nonsense\n", b"\x04"])
def test_everything_but_a_yes_removes_nothing(spawn: Spawn, removing: FakeDaemon, typed: bytes) -> None:
    code, shown = on_terminal(spawn, "remove", "--all", "-u", "anna", typed=typed)
    assert code == 1
    assert "Remove these 2 faces of anna? [y/N]" in shown
    assert "nothing was removed" in shown
    assert removing.requests == [ListFaces("anna")]


@pytest.mark.parametrize("named", ["zz", ""])
def test_a_face_that_is_not_there_is_not_asked_about(spawn: Spawn, removing: FakeDaemon, named: str) -> None:
    code, shown = on_terminal(spawn, "remove", named or "x" * 40, "-u", "anna")
    assert code == 1
    assert "see which there are: sudo facelatch list --user anna" in shown
    assert removing.requests == [ListFaces("anna")]


def test_a_beginning_that_two_faces_share_is_not_asked_about(spawn: Spawn, daemon: FakeDaemon) -> None:
    twin = type(answers.GLASSES)("abcd" * 8, "twin", "", 1, "", "", True)
    daemon.answering(FaceList("anna", (answers.GLASSES, twin)))
    code, shown = on_terminal(spawn, "remove", "ab", "-u", "anna")
    assert code == 1
    assert "fits 2 faces" in shown


@pytest.mark.parametrize("wanted", [True, False])
def test_colours_are_for_terminals_that_want_them(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not wanted:
        monkeypatch.setenv("NO_COLOR", "1")
    daemon.answering(answers.FACES)
    _code, shown = on_terminal(spawn, "list")
    assert ("\x1b[32m" in shown) is wanted


def test_a_pipe_gets_no_escape_sequence(spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    daemon.answering(answers.SHOT, answers.MISSED, answers.ENROLLED)
    assert "\x1b" not in ended(spawn("enroll"))[1]


def test_the_moving_line_gives_the_cursor_back_when_the_daemon_dies(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    daemon.answering(answers.SHOT)
    code, shown = on_terminal(spawn, "enroll")
    assert code == 3
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "1 of 5 shots" in shown


def test_list_loads_neither_a_plugin_nor_what_it_has_no_use_for() -> None:
    script = (
        "import sys\nsys.argv[1:] = ['list', '--json']\n"
        "from facelatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=20)
    loaded = set(done.stderr.split())
    assert "facelatch.cli.faces" in loaded
    assert not loaded & {"rich.console", "rich.table", "facelatch_models", "facelatchd", "numpy", "asyncio"}
