"""The real eye process over a real socket; no network is needed for what is asked here."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from facelatch_eye.messages import (
    HEADER,
    LARGEST_REQUEST,
    Analyse,
    Describe,
    Description,
    Problem,
    ProblemKind,
    Watch,
    pack_message,
)
from tests.integration.eye_support import PATIENCE, RunningEye, answers, await_log, build_pack, running_eye


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEye]:
    """An eye with a damaged pack: it runs, and knows why it cannot see."""
    folder = tmp_path_factory.mktemp("eye")
    (folder / "packs" / "broken").mkdir(parents=True)
    (folder / "packs" / "broken" / "pack.toml").write_text("id = 5")
    with running_eye(folder, "--packs", str(folder / "packs"), "--pack", "broken") as running:
        yield running


def the_problem(eye: RunningEye, request: Watch | Analyse) -> Problem:
    (problem,) = eye.ask(request)
    assert isinstance(problem, Problem), problem
    return problem


def still_answers(eye: RunningEye) -> bool:
    return [type(answer) for answer in eye.ask(Describe())] == [Description]


def test_an_eye_with_a_damaged_pack_runs_and_says_what_is_wrong(eye: RunningEye) -> None:
    (description,) = eye.ask(Describe())

    assert isinstance(description, Description)
    assert description.pack is None
    assert description.problem is not None
    assert description.problem.kind is ProblemKind.PACK_DAMAGED
    assert "broken/pack.toml" in description.problem.text
    assert the_problem(eye, Watch()) == the_problem(eye, Analyse(b"x")) == description.problem


def test_an_eye_without_a_pack_says_how_to_get_one(tmp_path: Path) -> None:
    with running_eye(tmp_path, "--packs", str(tmp_path), "--pack", "nowhere") as eye:
        problem = the_problem(eye, Watch())

    assert problem.kind is ProblemKind.NO_PACK
    assert "facelatch pack" in problem.text


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_end_their_connection_and_nothing_else(eye: RunningEye, seed: int) -> None:
    generator = random.Random(seed)
    body = generator.randbytes(generator.randrange(1, 300))

    with eye.connected() as connection:
        connection.sendall(HEADER.pack(len(body)) + body)
        received = list(answers(connection))

    assert [answer.kind for answer in received if isinstance(answer, Problem)] == [ProblemKind.BAD_REQUEST]
    assert still_answers(eye)


@pytest.mark.parametrize("length", [0, LARGEST_REQUEST + 1, 2**32 - 1])
def test_an_oversized_or_empty_message_is_refused_before_it_is_read(eye: RunningEye, length: int) -> None:
    with eye.connected() as connection:
        connection.sendall(HEADER.pack(length))
        (problem,) = answers(connection)

    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.BAD_REQUEST
    assert str(length) in problem.text


def test_whoever_says_nothing_is_sent_away(eye: RunningEye) -> None:
    with eye.connected() as connection:
        (problem,) = answers(connection)

    assert isinstance(problem, Problem)
    assert "in time" in problem.text


def test_a_message_that_stops_in_the_middle_leaves_the_eye_as_it_was(eye: RunningEye) -> None:
    with eye.connected() as connection:
        connection.sendall(pack_message(Analyse(b"x" * 1000))[:500])

    assert still_answers(eye)


def test_fifty_connections_are_answered_or_told_that_the_eye_is_busy(eye: RunningEye) -> None:
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(50)]
    try:
        for connection in sockets:
            connection.settimeout(PATIENCE)
            connection.connect(str(eye.socket))
        outcomes = []
        for connection in sockets:
            with contextlib.suppress(BrokenPipeError):
                connection.sendall(pack_message(Describe()))
            outcomes.extend(answers(connection))
    finally:
        for connection in sockets:
            connection.close()

    described = [answer for answer in outcomes if isinstance(answer, Description)]
    busy = [answer for answer in outcomes if isinstance(answer, Problem)]
    assert len(described) + len(busy) == 50
    assert described
    assert {problem.kind for problem in busy} <= {ProblemKind.CAMERA_BUSY, ProblemKind.BAD_REQUEST}
    assert still_answers(eye)


def test_a_client_that_resets_its_connection_harms_nobody(eye: RunningEye) -> None:
    with eye.connected() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(pack_message(Describe()))

    assert still_answers(eye)


def test_the_eye_writes_no_core_files(eye: RunningEye) -> None:
    assert resource.prlimit(eye.process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_the_socket_is_gone_when_the_eye_has_left(tmp_path: Path) -> None:
    with running_eye(tmp_path, "--packs", str(tmp_path), "--pack", "nowhere") as eye:
        assert eye.socket.is_socket()

    assert eye.process.returncode == 0
    assert not eye.socket.exists()


def test_a_second_eye_at_the_same_socket_refuses_to_start(eye: RunningEye) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "facelatch_eye.main", "--socket", str(eye.socket)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert second.returncode == 1
    assert "another eye listens there already" in second.stderr
    assert still_answers(eye)


def test_an_eye_that_shall_end_with_its_parent_does_so_when_that_is_killed(tmp_path: Path) -> None:
    path, log = tmp_path / "eye.sock", tmp_path / "eye.log"
    eye = [sys.executable, "-m", "facelatch_eye.main", "--socket", str(path), "--packs", str(tmp_path)]
    judge = "import subprocess, sys; subprocess.run(sys.argv[1:], check=False)"
    with log.open("wb") as output:
        parent = subprocess.Popen(
            [sys.executable, "-c", judge, *eye, "--pack", "nowhere", "--end-with-parent"],
            stderr=output,
            start_new_session=True,
        )
    try:
        await_log(log, "ready", parent)
        parent.kill()
        parent.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while "leaving: it was told to stop" not in log.read_text():
            assert time.monotonic() < end, f"the eye lives on: {log.read_text()}"
            time.sleep(0.02)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(parent.pid, signal.SIGKILL)
        parent.wait(PATIENCE)

    assert not path.exists()


def test_every_option_has_a_help_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "facelatch_eye.main", "--help"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    )

    explained = [line for line in done.stdout.splitlines() if line.startswith("  -")]
    assert len(explained) >= 8
    assert all("  " in line.strip() for line in explained), done.stdout


@pytest.mark.parametrize("option", [["--threads", "0"], ["--idle-exit", "nan"], ["--idle-exit", "-1"], ["--watch"]])
def test_a_wrong_option_is_refused_with_the_usage(option: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "facelatch_eye.main", *option],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 2
    assert "usage: facelatch-eye" in done.stderr


HEAVY = {"numpy", "cv2", "onnxruntime", "linuxpy", "facelatch_models"}

LISTENING = """
import sys
import facelatch_eye.main as main
from facelatch_eye.loading import Loading

def end(*_):
    print("\\n".join(sys.modules))
    sys.exit(0)

Loading.start = end  # the eye listens, and would begin to load
main.main(["--socket", sys.argv[1]])
"""


def test_an_eye_listens_before_anything_large_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTENING, str(tmp_path / "eye.sock")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    modules = set(done.stdout.split())
    assert "facelatch_eye.eye" in modules, done.stderr
    assert not modules & HEAVY
    assert len(modules) < 240, sorted(modules)


def test_a_camera_opens_without_what_decodes_its_pictures(tmp_path: Path) -> None:
    script = (
        "import sys; from facelatch_eye.camera.roster import Roster; from facelatch_eye.camera import CameraError\n"
        "from facelatch_eye.camera.node import KernelNode\n"
        "try: KernelNode('/dev/null').abilities()\n"
        "except OSError: pass\n"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True)

    modules = set(done.stdout.split())
    assert modules & HEAVY == {"linuxpy"}
    assert {name for name in modules if name.startswith("linuxpy.video.")} == {
        "linuxpy.video.device",
        "linuxpy.video.raw",
        "linuxpy.video.util",
    }


def test_sigterm_ends_an_eye_whose_networks_are_being_loaded(tmp_path: Path) -> None:
    packs = tmp_path / "packs" / "slow"
    packs.mkdir(parents=True)
    os.mkfifo(packs / "pack.toml")  # opening it for reading waits for a writer that never comes
    options = ("--packs", str(tmp_path / "packs"), "--pack", "slow")
    with running_eye(tmp_path, *options) as eye, eye.connected() as connection:
        connection.sendall(pack_message(Describe()))
        eye.process.send_signal(signal.SIGTERM)
        status = eye.process.wait(PATIENCE)

    assert status == 0
    assert "leaving: it was told to stop" in eye.log.read_text()
    assert not eye.socket.exists()


def test_an_eye_that_systemd_started_serves_its_socket_reports_and_leaves_when_idle(tmp_path: Path) -> None:
    path = tmp_path / "eye.sock"
    script = "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.executable, sys.argv[1:])"
    with (
        socket.socket(socket.AF_UNIX) as listening,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        (tmp_path / "eye.log").open("wb") as output,
    ):
        listening.bind(str(path))
        listening.listen()
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE)
        eye = [sys.executable, "-m", "facelatch_eye.main", "--pack", "nowhere", "--idle-exit", "0.5"]
        shell = f'exec 3<&{listening.fileno()}; exec "$0" -c "$1" "${{@:2}}"'
        process = subprocess.Popen(
            ["bash", "-c", shell, sys.executable, script, *eye],
            stderr=output,
            pass_fds=[listening.fileno()],
            env={
                **os.environ,
                "LISTEN_FDS": "1",
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
                "WATCHDOG_USEC": "300000",
            },
        )
        try:
            told = {manager.recv(64), manager.recv(64)}
            description = RunningEye(process, path, tmp_path / "eye.log").ask(Describe())
            status = process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()

    assert told == {b"READY=1", b"WATCHDOG=1"}
    assert [type(answer) for answer in description] == [Description]
    assert status == 0
    assert path.exists()


@pytest.mark.real
def test_sigterm_ends_an_eye_whose_camera_blocks_for_ever(tmp_path: Path, shared_models: Path) -> None:
    build_pack(tmp_path / "packs" / "test", shared_models)
    (tmp_path / "clip").mkdir()
    os.mkfifo(tmp_path / "clip" / "0.png")  # opening it for reading waits for a writer that never comes
    options = ("--packs", str(tmp_path / "packs"), "--allow-file-cameras", "--verbose")
    with running_eye(tmp_path, *options) as eye, eye.connected() as connection:
        connection.sendall(pack_message(Watch(cameras=(f"file:{tmp_path / 'clip'}",))))
        await_log(eye.log, "opening", eye.process)
        time.sleep(0.1)
        eye.process.send_signal(signal.SIGTERM)
        status = eye.process.wait(PATIENCE)

    assert status == 1
    assert "a camera or network does not answer" in eye.log.read_text()
