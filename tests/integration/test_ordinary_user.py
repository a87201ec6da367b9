"""What an ordinary user may ask of a running judge, and what he may not: the kernel says who he is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.clips import Cast
from tests.house import House
from tests.integration.strangers import BOB, alices_house, must_let_alice_in, nobody_harmed
from tests.mocks import PolicyPolkit, Session, obstacle

pytestmark = [
    pytest.mark.real,
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="becoming an ordinary user takes root"),
]

BECOME_BOB = (
    "setpriv", f"--reuid={BOB}", f"--regid={BOB}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
)  # fmt: skip
"""The one capability left lets him find Python where root's home holds it."""

AT_THE_DOOR = """
import socket, sys
with socket.socket(socket.AF_UNIX) as door:
    door.connect(sys.argv[1])
    door.sendall(sys.argv[2].encode() + b"\\n")
    while chunk := door.recv(4096):
        sys.stdout.write(chunk.decode())
"""

CROWDING = """
import socket, sys
crowd = [socket.socket(socket.AF_UNIX) for _ in range(100)]
for one in crowd:
    one.connect(sys.argv[1])
print("inside", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def house(best: Path, cast: Cast, pam_parts: None) -> Iterator[House]:
    if reason := obstacle():
        pytest.skip(reason)
    with alices_house(best, cast) as house:
        assert house.bus is not None
        PolicyPolkit(house.bus).seat(BOB, Session.ACTIVE)
        yield house


@pytest.fixture(autouse=True)
def unharmed(house: House) -> Iterator[None]:
    with nobody_harmed(house):
        yield


def as_bob(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program as an ordinary user."""
    return subprocess.run([*BECOME_BOB, *command], capture_output=True, text=True, timeout=60, check=False)


def bobs_command(house: House, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Return exit code and last answer of `facelatch … --json`, typed by bob."""
    program = Path(sys.executable).parent / "facelatch"
    done = as_bob(sys.executable, program, *house.at_the_bus, *arguments, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_an_ordinary_user_sees_the_status_and_his_own(house: House) -> None:
    code, status = bobs_command(house, "status")
    assert (code, status["eye"]) == (0, "ready")
    assert bobs_command(house, "list", "--user", "bob")[0] == 0
    assert bobs_command(house, "history", "--user", "bob")[0] == 0
    assert bobs_command(house, "try", "--user", "bob")[1]["reason"] == "not-enrolled"


@pytest.mark.parametrize(
    "request_",
    [
        ["list", "--user", "alice"],
        ["history", "--user", "alice"],
        ["try", "--user", "alice"],
        ["enroll", "--user", "alice"],
        ["enroll", "--user", "bob"],
        ["remove", "--all", "--yes", "--user", "alice"],
        ["remove", "face 1", "--yes", "--user", "bob"],
        ["rename", "face 1", "face 2", "--user", "alice"],
    ],
    ids=" ".join,
)
def test_an_ordinary_user_may_not(house: House, request_: Sequence[str]) -> None:
    before = house.command("list", "--user", "alice")
    code, answer = bobs_command(house, *request_)
    assert (code, answer["error"]) == (4, "not-permitted")
    assert house.command("list", "--user", "alice") == before


def test_an_account_that_is_none_is_said_to_be_none(house: House) -> None:
    code, answer = bobs_command(house, "list", "--user", "nobody-here")
    assert (code, answer["error"]) == (1, "unknown-user")


def test_an_ordinary_user_may_not_enrol_from_pictures(house: House, cast: Cast) -> None:
    pictures = house.folder / "pictures"  # where bob may look, unlike in the folders of the tests
    pictures.mkdir()
    for picture in cast.enrolment[:4]:
        shutil.copy(picture, pictures)
    code, answer = bobs_command(house, "enroll", "--user", "bob", "--from-pictures", pictures)
    assert (code, answer["error"]) == (4, "not-permitted")


def test_an_ordinary_user_may_not_have_somebody_else_verified(house: House, cast: Cast) -> None:
    house.play(cast.later)
    line = "VERIFY v=1 user=alice service=screenlock"
    done = as_bob(sys.executable, "-c", AT_THE_DOOR, house.runtime / "door.sock", line)
    assert done.stdout == "RESULT verdict=unavailable reason=not-permitted\n"


def test_a_password_that_an_ordinary_user_claims_is_not_believed(house: House) -> None:
    logged = len(house.log)
    line = "PASSED v=1 user=alice service=screenlock"
    done = as_bob(sys.executable, "-c", AT_THE_DOOR, house.runtime / "door.sock", line)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"uid {BOB} says that a password was accepted: not believed" in house.log[logged:]


def test_an_ordinary_user_who_crowds_in_keeps_nobody_out(house: House, cast: Cast) -> None:
    command = [*BECOME_BOB, sys.executable, "-c", CROWDING, str(house.runtime / "door.sock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdout is not None
        assert crowd.stdout.readline() == "inside\n"
        assert house.command("status")["eye"] == "ready"
        must_let_alice_in(house, cast)


def test_an_ordinary_user_does_not_reach_the_eye(house: House) -> None:
    path = house.runtime / "eye.sock"
    done = as_bob(sys.executable, "-c", AT_THE_DOOR, path, "")
    assert "PermissionError" in done.stderr
    logged = len(house.log)
    mode = path.stat().st_mode
    path.chmod(0o666)
    try:
        done = as_bob(sys.executable, "-c", AT_THE_DOOR, path, "")
    finally:
        path.chmod(mode)
    assert done.stdout == ""
    assert f"of user {BOB} may not use the eye" in house.log[logged:]
