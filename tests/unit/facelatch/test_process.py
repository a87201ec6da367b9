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

from facelatch.types import Quality
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Spawn
from tests.unit.facelatch.fake import Act, Bus, Call, FakeDaemon, Raw

COMMANDS = [
    "list", "rename a b", "remove a --yes", "status", "cameras", "history", "try", "enroll", "analyse",
    "selftest --unattended",
]  # fmt: skip


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=20)
    return process.returncode, stdout.decode(), stderr.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_daemon_every_command_exits_3_and_says_how_to_start_it(spawn: Spawn, bus: Bus, command: str) -> None:
    system = {"FACELATCH_BUS": "", "DBUS_SYSTEM_BUS_ADDRESS": bus.address}
    in_words, as_json = spawn(*command.split(), env=system), spawn(*command.split(), "--json", env=system)
    code, stdout, stderr = ended(in_words)
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)
    assert stderr.startswith("facelatch: the daemon cannot be reached: nobody answers as org.facelatch on the bus")
    assert stderr.endswith("; start it: sudo systemctl start facelatchd\n")
    code, stdout, stderr = ended(as_json)
    assert (code, stderr) == (3, "")
    assert json.loads(stdout)["error"] == "no-daemon"


def test_without_a_bus_it_is_said(spawn: Spawn) -> None:
    code, stdout, stderr = ended(spawn("--bus", "unix:path=/nowhere", "status"))
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)
    assert "no bus at unix:path=/nowhere: No such file or directory" in stderr


def test_without_a_daemon_on_a_bus_that_was_named_the_name_is_to_be_checked(spawn: Spawn, bus: Bus) -> None:
    for arguments in (("status",), ("--bus", bus.address, "status")):
        code, _stdout, stderr = ended(spawn(*arguments))
        assert code == 3
        assert stderr.endswith("; is it running there? check --bus / FACELATCH_BUS\n")
        assert "systemctl" not in stderr


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    ("command", "start", "ends"),
    [("try", "VerifyStart", ["VerifyStop", "Release"]), ("enroll", "EnrollStart", ["EnrollStop", "Release"])],
)
def test_ctrl_c_exits_130_and_ends_what_runs(
    spawn: Spawn, daemon: FakeDaemon, command: str, start: str, ends: list[str], options: tuple[str, ...]
) -> None:
    daemon.telling(start, answers.NEAR if command == "try" else answers.SHOT)
    process = spawn(command, *options)
    wait_until(lambda: start in daemon.members)
    process.send_signal(signal.SIGINT)
    code, stdout, stderr = ended(process)
    assert code == 130, (stdout, stderr)
    assert daemon.hung_up.wait(10)
    assert daemon.members == ["Claim", start, *ends]
    if options:
        assert json.loads(stdout.splitlines()[-1]) == {"error": "cancelled", "text": "interrupted"}
        assert stderr == ""
    else:
        assert stderr == "facelatch: interrupted\n"


@pytest.mark.parametrize("method", ["Claim", "EnrollStart"])
def test_ctrl_c_at_the_question_for_a_password_gives_up(spawn: Spawn, daemon: FakeDaemon, method: str) -> None:
    daemon.answering(**{method: Act.NOTHING})
    process = spawn("enroll")
    wait_until(lambda: method in daemon.members)
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == 130
    assert daemon.hung_up.wait(10)


def test_ctrl_c_ends_even_where_the_daemon_answers_nothing_more(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(Release=Act.NOTHING).telling("VerifyStart", answers.NEAR)
    process = spawn("try")
    wait_until(lambda: "VerifyStart" in daemon.members)
    process.send_signal(signal.SIGINT)
    assert ended(process)[0] == 130
    assert daemon.members[-2:] == ["VerifyStop", "Release"]


def test_a_reader_that_has_gone_ends_an_enrolment_quietly(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.SHOT)
    process = spawn("enroll", "--json")
    assert process.stdout is not None
    assert b"enroll-step" in process.stdout.readline()
    process.stdout.close()
    daemon.tell(answers.MISSED)
    daemon.tell(answers.ENROLLED)
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert daemon.members[-2:] == ["EnrollStop", "Release"]


@pytest.mark.parametrize("command", ["list", "list --json", "status", "--help", "--version"])
def test_a_pipe_that_nobody_reads_is_no_traceback(spawn: Spawn, daemon: FakeDaemon, command: str) -> None:
    daemon.answering(GetStatus=answers.STATUS, ListEnrolledFaces=answers.FACES)
    reading, writing = os.pipe()
    os.close(reading)
    process = spawn(*command.split(), stdout=writing)
    os.close(writing)
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b""


def test_a_full_disk_is_said(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES)
    with Path("/dev/full").open("wb") as full:
        process = spawn("list", "--json", stdout=full)
    assert process.wait(20) == 1
    assert process.stderr is not None
    assert process.stderr.read() == b"facelatch: cannot write: No space left on device\n"


@pytest.mark.parametrize("garbage", [Raw("", ()), Raw("s", ("x" * 1_200_000,)), Raw("a{sv}", ({"version": ("i", 1)},))])
def test_a_daemon_that_talks_nonsense_is_an_error_of_one_line(spawn: Spawn, daemon: FakeDaemon, garbage: Raw) -> None:
    daemon.answering(GetStatus=garbage)
    code, stdout, stderr = ended(spawn("status"))
    assert (code, stdout, stderr.count("\n")) == (3, "", 1)
    assert stderr.startswith("facelatch: the daemon broke off: ")
    assert "Traceback" not in stderr


def test_a_daemon_that_dies_in_the_middle_of_a_try_leaves_a_json_error_last(spawn: Spawn, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE, answers.NEAR, Act.LEAVE)
    code, stdout, _stderr = ended(spawn("try", "--json"))
    assert code == 3
    assert [json.loads(line).get("error") for line in stdout.splitlines()] == [None, None, "no-daemon"]


@pytest.mark.parametrize(
    "arguments",
    [
        (b"list", b"--user", b"ann\xff"),
        (b"rename", b"\xff", b"x"),
        (b"rename", b"a", b"\xff"),
        (b"remove", b"\xff", b"--yes"),
        (b"try", b"--camera", b"\xff"),
        (b"try", b"--face", b"\xff"),
        (b"enroll", b"--label", b"\xff"),
        (b"enroll", b"--improve", b"\xff"),
    ],
)
def test_words_that_are_not_utf_8_are_wrong_use(spawn: Spawn, daemon: FakeDaemon, arguments: tuple[bytes, ...]) -> None:
    code, _stdout, stderr = ended(spawn(*arguments))
    assert (code, stderr.count("\n")) == (2, 1)
    assert "is not UTF-8" in stderr
    assert daemon.calls == []


@pytest.mark.parametrize("name", [b"\xff", b"%ff"])
def test_a_bus_whose_socket_is_not_named_in_utf_8_works(
    spawn: Spawn, bus: Bus, daemon: FakeDaemon, tmp_path: Path, name: bytes
) -> None:
    daemon.answering(ListEnrolledFaces=answers.FACES)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).symlink_to(bus.socket)
    address = b"unix:path=" + os.fsencode(tmp_path) + b"/" + name
    assert ended(spawn(b"--bus", address, b"list", b"--json"))[0] == 0


def test_a_label_outside_the_character_set_is_written_all_the_same(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    face = type(answers.GLASSES)("ab" * 16, "Brille ä", "", 1, "", "", True, Quality.GOOD)
    daemon.answering(RenameEnrolledFace=face)
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
    return daemon.answering(
        ListEnrolledFaces=answers.FACES, DeleteEnrolledFace=answers.GLASSES, DeleteEnrolledFaces=answers.FACES
    )


@pytest.mark.parametrize("named", ["ab", "with glasses", "ab" * 16])
def test_remove_asks_and_removes_exactly_what_it_showed(spawn: Spawn, removing: FakeDaemon, named: str) -> None:
    code, shown = on_terminal(spawn, "remove", named, "-u", "anna", typed=b"y\n")
    assert code == 0
    assert "Remove “with glasses” (abababababab) of anna? [y/N]" in shown
    assert removing.calls == [
        Call("ListEnrolledFaces", ("anna",)),
        Call("Claim", ("anna",)),
        Call("DeleteEnrolledFace", ("ab" * 16,)),
        Call("Release"),
    ]


@pytest.mark.parametrize("typed", [b"n\n", b"\n", b"nonsense\n", b"\x04"])
def test_everything_but_a_yes_removes_nothing(spawn: Spawn, removing: FakeDaemon, typed: bytes) -> None:
    code, shown = on_terminal(spawn, "remove", "--all", "-u", "anna", typed=typed)
    assert code == 1
    assert "Remove these 2 faces of anna, with the history and all else that is stored? [y/N]" in shown
    assert "nothing was removed" in shown
    assert removing.members == ["ListEnrolledFaces"]


@pytest.mark.parametrize("named", ["zz", ""])
def test_a_face_that_is_not_there_is_not_asked_about(spawn: Spawn, removing: FakeDaemon, named: str) -> None:
    code, shown = on_terminal(spawn, "remove", named or "x" * 40, "-u", "anna")
    assert code == 1
    assert "see which there are: facelatch list --user anna" in shown
    assert removing.members == ["ListEnrolledFaces"]


def test_a_beginning_that_two_faces_share_is_not_asked_about(spawn: Spawn, daemon: FakeDaemon) -> None:
    twin = type(answers.GLASSES)("abcd" * 8, "twin", "", 1, "", "", True, Quality.GOOD)
    daemon.answering(ListEnrolledFaces=(answers.GLASSES, twin))
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
    daemon.answering(ListEnrolledFaces=answers.FACES)
    _code, shown = on_terminal(spawn, "list")
    assert ("\x1b[32m" in shown) is wanted


def test_a_pipe_gets_no_escape_sequence(spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    daemon.telling("EnrollStart", answers.SHOT, answers.MISSED, answers.ENROLLED)
    assert "\x1b" not in ended(spawn("enroll"))[1]


def test_the_moving_line_gives_the_cursor_back_when_the_daemon_dies(
    spawn: Spawn, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    daemon.telling("EnrollStart", answers.SHOT, Act.LEAVE)
    code, shown = on_terminal(spawn, "enroll")
    assert code == 3
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "1 of 5 shots" in shown


def loaded_by(arguments: list[str]) -> set[str]:
    script = (
        f"import sys\nsys.argv[1:] = {arguments!r}\n"
        "from facelatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=20)
    return set(done.stderr.split())


def test_list_loads_neither_a_plugin_nor_what_it_has_no_use_for() -> None:
    loaded = loaded_by(["--bus", "unix:path=/nowhere", "list", "--json"])
    assert "facelatch.cli.faces" in loaded
    assert not loaded & {"rich.console", "rich.table", "facelatch_models", "facelatchd", "numpy", "gi", "jeepney.io"}


@pytest.mark.parametrize("arguments", [["--bus", "unix:path=/nowhere", "list"], ["--version"], ["lisst"]])
def test_a_command_loads_none_of_the_others(arguments: list[str]) -> None:
    loaded = {name for name in loaded_by(arguments) if name.startswith("facelatch.")}
    assert "facelatch.cli.commands" in loaded
    others = {"analyse", "enrolment", "howdy", "importing", "pam", "selftest", "status", "trial"}
    assert not loaded & {f"facelatch.cli.{other}" for other in others}
    assert not loaded & {"facelatch.pam", "facelatch.howdy", "facelatch.doctor"}


def test_wrong_use_loads_nothing_of_the_bus() -> None:
    loaded = loaded_by(["list", "--nonsense"])
    assert "facelatch.cli.faces" in loaded
    assert not loaded & {"asyncio", "jeepney", "facelatch.bus"}
