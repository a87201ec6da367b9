from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from facelatch_eye import notify


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        notify.tell("READY=1")

        assert manager.recv(64) == b"READY=1"


def test_without_a_service_manager_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    notify.tell("READY=1")


@pytest.mark.parametrize(
    ("microseconds", "process", "interval"),
    [("30000000", None, 10.0), ("30000000", "me", 10.0), ("30000000", "1", None), ("", None, None), ("x", None, None)],
)
def test_the_watchdog_is_fed_three_times_as_often_as_asked(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, process: str | None, interval: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if process is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if process == "me" else process)

    assert notify.watchdog_interval() == interval


def handed_over(tmp_path: Path, listen: bool, process: str = "me", count: str = "1") -> str:
    """Return what a process says of descriptor 3, handed over as systemd does it."""
    script = (
        "import os, sys\n"
        "if os.environ['LISTEN_PID'] == 'me': os.environ['LISTEN_PID'] = str(os.getpid())\n"
        "from facelatch_eye.notify import HandoverError, handed_sockets\n"
        "try: print(handed_sockets('eye').get('eye'))\n"
        "except HandoverError as error: print('refused:', error)\n"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(tmp_path / "eye.sock"))
        if listen:
            made.listen()
        done = subprocess.run(
            [sys.executable, "-c", "import os,sys; os.dup2(int(sys.argv[1]), 3); os.execv(sys.executable, "
             "[sys.executable, '-c', sys.argv[2]])", str(made.fileno()), script],
            env={**os.environ, "LISTEN_PID": process, "LISTEN_FDS": count},
            pass_fds=[made.fileno(), 3] if made.fileno() != 3 else [3],
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip
    return done.stdout


def test_the_socket_that_systemd_hands_over_is_taken(tmp_path: Path) -> None:
    assert f"laddr={tmp_path / 'eye.sock'}" in handed_over(tmp_path, listen=True)


def test_a_socket_meant_for_another_process_is_left_alone(tmp_path: Path) -> None:
    assert handed_over(tmp_path, listen=True, process="1") == "None\n"


def test_a_socket_that_does_not_listen_is_refused(tmp_path: Path) -> None:
    assert "refused: descriptor 3 is no listening" in handed_over(tmp_path, listen=False)


def test_more_than_one_socket_is_refused(tmp_path: Path) -> None:
    assert "refused: LISTEN_FDS=2" in handed_over(tmp_path, listen=True, count="2")
