"""Judge and eye do their work under the system-call filters of their units, and those filters hold."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Analyse,
    Answer,
    Describe,
    Description,
    Observation,
    Request,
    announced_length,
    pack_message,
    read_answer,
)
from tests import filters
from tests.filters import confined
from tests.places import TREE
from tests.unit.facelatchd.process import Judge, until

JUDGE, EYE = "facelatchd.service", "facelatch-eye.service"
STARTER = TREE / "models" / "packs" / "starter"

pytestmark = pytest.mark.skipif(bool(filters.obstacle()), reason=filters.obstacle())


class ConfinedJudge(Judge):
    """A judge under its unit's filters."""

    def command(self, *options: str) -> list[str]:
        return confined(JUDGE, super().command(*options))


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    judge = ConfinedJudge(tmp_path)
    yield judge
    judge.end()


@pytest.fixture
def eye(tmp_path: Path) -> Iterator[Path]:
    """Where an eye answers that runs under its unit's filters."""
    path = tmp_path / "eye.sock"
    command = [sys.executable, "-m", "facelatch_eye.main", "--socket", str(path), "--pack", str(STARTER)]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(confined(EYE, command), stderr=log, cwd=TREE) as process,
    ):
        try:
            until(lambda: path.exists() or process.poll() is not None)
            assert process.poll() is None, (tmp_path / "log").read_text()
            yield path
        finally:
            process.kill()


def ask(path: Path, request: Request) -> Answer:
    """Return the first answer of an eye."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        connection.sendall(pack_message(request))
        with connection.makefile("rb") as stream:
            header = stream.read(HEADER.size)
            return read_answer(stream.read(announced_length(header, LARGEST_ANSWER)))


def test_the_judge_answers_at_its_door(judge: Judge) -> None:
    judge.start()
    assert judge.allows("sudo")
    assert "Traceback" not in judge.log


def test_the_eye_loads_networks_and_looks_at_a_picture(eye: Path) -> None:
    description = ask(eye, Describe())
    assert isinstance(description, Description)
    assert description.problem is None
    _good, picture = cv2.imencode(".png", np.full((240, 320, 3), 128, np.uint8))
    analysis = ask(eye, Analyse(picture.tobytes()))
    assert isinstance(analysis, Observation), analysis
    assert analysis.faces == ()


def run(unit: str, code: str) -> str:
    """Return the last line that a Python under a unit's filters writes: of its answer, or of its error."""
    done = subprocess.run(
        confined(unit, [sys.executable, "-c", code]), capture_output=True, text=True, check=False, cwd=TREE
    )
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize("unit", [JUDGE, EYE])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import socket; socket.socket(socket.AF_INET)", "Address family not supported"),
        ("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "Address family not supported"),
        ("import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)", "Operation not permitted"),
        ("import os; os.setuid(4711)", "Operation not permitted"),
        ("import os; os.nice(-1)", "Operation not permitted"),
        ("import os; os.chroot('/')", "Operation not permitted"),
        ("import os; os.sched_setaffinity(0, {0})", "Operation not permitted"),
        ("import socket; socket.socketpair(); print('good')", "good"),
    ],
)
def test_what_no_daemon_of_ours_needs_is_refused(unit: str, code: str, said: str) -> None:
    assert said in run(unit, code)


def test_the_list_of_calls_is_systemds_less_what_is_roots() -> None:
    calls = filters.allowed_calls(EYE)
    assert calls == filters.allowed_calls(JUDGE)
    assert {"read", "futex", "pidfd_open", "execve"} <= calls
    assert not calls & {"mount", "ptrace", "bpf", "setuid", "chroot", "setpriority", "init_module"}


def test_without_the_filters_the_same_is_possible() -> None:
    """Else the refusals above could be the machine's."""
    code = "import mmap, socket; socket.socket(socket.AF_INET); mmap.mmap(-1, 4096, prot=6); print('good')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout == "good\n", done.stderr
