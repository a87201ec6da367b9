"""What systemd and the judge say to each other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from facelatch_eye import notify


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    address = f"@facelatch-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(5)
        manager.bind(address.replace("@", "\0"))
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify.tell("READY=1")
        assert manager.recv(64) == b"READY=1"


def test_a_service_manager_that_is_not_there_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    notify.tell("READY=1")
    assert "cannot be told READY=1" in caplog.text


def test_without_a_service_manager_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.tell("READY=1")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("microseconds", "process", "interval"),
    [
        ("60000000", None, 20.0),
        ("60000000", "me", 20.0),
        ("60000000", "1", None),
        (None, None, None),
        ("", None, None),
        ("0", None, None),
        ("soon", None, None),
        ("-5", None, None),
        ("²", None, None),
    ],
)
def test_the_watchdog_is_fed_three_times_as_often_as_asked_and_never_without_end(
    monkeypatch: pytest.MonkeyPatch, microseconds: str | None, process: str | None, interval: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", process)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == "me" else value)
    assert notify.watchdog_interval() == interval


TAKE = """
import os
if os.environ["LISTEN_PID"] == "me":
    os.environ["LISTEN_PID"] = str(os.getpid())
from facelatch_eye.notify import HandoverError, handed_sockets
try:
    for name, handed in sorted(handed_sockets("door", "admin").items()):
        print(name, os.path.basename(handed.getsockname()), handed.get_inheritable())
except HandoverError as error:
    print("refused:", error)
"""

HAND_OVER = """
import fcntl, os, sys
spare = [fcntl.fcntl(int(text), fcntl.F_DUPFD, 100) for text in sys.argv[2].split(",")]
for place, descriptor in enumerate(spare, 3):
    os.dup2(descriptor, place)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""


def handed_over(
    folder: Path, names: Sequence[str], *, process: str = "me", count: str = "", called: str | None = None
) -> list[str]:
    """Hand over sockets `names` from descriptor 3 on, as systemd does, and return what the taker says."""
    made = []
    for name in names:
        made.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if name == "datagram" else socket.SOCK_STREAM))
        made[-1].bind(str(folder / name))
        if name not in ("datagram", "deaf"):
            made[-1].listen()
    environment = {**os.environ, "LISTEN_PID": process, "LISTEN_FDS": count or str(len(names))}
    environment.pop("LISTEN_FDNAMES", None)
    if called is not None:
        environment["LISTEN_FDNAMES"] = called
    done = subprocess.run(
        [sys.executable, "-c", HAND_OVER, TAKE, ",".join(str(each.fileno()) for each in made)],
        env=environment, pass_fds=[each.fileno() for each in made], capture_output=True, text=True, check=True,
    )  # fmt: skip
    for each in made:
        each.close()
    return done.stdout.splitlines()


def test_sockets_are_known_by_their_names_whatever_their_order(tmp_path: Path) -> None:
    assert handed_over(tmp_path, ["b", "a"], called="admin:door") == ["admin b False", "door a False"]


def test_sockets_meant_for_another_process_are_left_alone(tmp_path: Path) -> None:
    assert handed_over(tmp_path, ["a", "b"], called="door:admin", process="1") == []


@pytest.mark.parametrize(
    ("names", "count", "called", "fault"),
    [
        (["a"], "", "door", "LISTEN_FDS=1: expected 2"),
        (["a", "b"], "many", "door:admin", "LISTEN_FDS=many"),
        (["a", "b"], "", "door:door", "LISTEN_FDNAMES=door:door"),
        (["a", "b"], "", "door:facelatchd-admin.socket", "expected door, admin"),
        (["a", "b"], "", None, "LISTEN_FDNAMES=:"),
        (["a", "deaf"], "", "door:admin", "descriptor 4 is no listening"),
        (["datagram", "b"], "", "door:admin", "descriptor 3 is no listening"),
    ],
)
def test_anything_but_the_two_listening_sockets_is_refused(
    tmp_path: Path, names: list[str], count: str, called: str | None, fault: str
) -> None:
    (said,) = handed_over(tmp_path, names, count=count, called=called)
    assert said.startswith("refused: ")
    assert fault in said
