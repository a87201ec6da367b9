from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from facelatch_eye import server as server_module
from facelatch_eye.duty import Duty
from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Answer,
    Describe,
    Problem,
    ProblemKind,
    Request,
    announced_length,
    pack_message,
    read_answer,
)
from facelatch_eye.server import Ending, Server, SocketError, allowed_users, bind

HELLO = Problem(ProblemKind.NO_PACK, "hello")


class FakeEye:
    """Answers everything in one way."""

    hangs = False

    def __init__(self, work: Callable[[Duty], None] = lambda duty: duty.answer(HELLO)) -> None:
        self._work = work

    def serve(self, request: Request, duty: Duty) -> None:
        self._work(duty)


async def served(server: Server, path: Path, client: Callable[[], object] | None) -> tuple[Ending, object]:
    """Serve while a client talks in a thread; with a client, the server is told to stop behind it."""
    listening = bind(path)
    serving = asyncio.ensure_future(server.serve(listening))
    result = None
    if client is not None:
        result = await asyncio.to_thread(client)
        server._end(Ending.STOPPED)
    return await asyncio.wait_for(serving, 10), result


def ask(path: Path) -> Answer | None:
    """Return the answer to a question, None where the connection is closed without one."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        with contextlib.suppress(BrokenPipeError):  # who is refused may have been answered before it has asked
            connection.sendall(pack_message(Describe()))
        try:
            header = connection.recv(HEADER.size, socket.MSG_WAITALL)
        except ConnectionResetError:
            return None
        if not header:
            return None
        return read_answer(connection.recv(announced_length(header, LARGEST_ANSWER), socket.MSG_WAITALL))


def run(eye: FakeEye, path: Path, client: Callable[[], object] | None, **options: object) -> tuple[Ending, object]:
    async def main() -> tuple[Ending, object]:
        settings = {"allowed": frozenset({os.geteuid()}), **options}
        return await served(Server(eye, **settings), path, client)  # type: ignore[arg-type]

    return asyncio.run(main())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "eye.sock"


def test_the_socket_is_open_to_owner_and_group_only(path: Path) -> None:
    with bind(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_an_abandoned_socket_is_replaced(path: Path) -> None:
    bind(path).close()

    with bind(path) as listening, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        assert listening.accept()


def test_a_socket_that_somebody_listens_on_is_left_alone(path: Path) -> None:
    with bind(path), pytest.raises(SocketError, match="another eye listens there"):
        bind(path)


def test_a_file_in_the_way_is_left_alone(path: Path) -> None:
    path.write_text("precious")

    with pytest.raises(SocketError, match="in the way"):
        bind(path)

    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SocketError, match="nowhere"):
        bind(tmp_path / "nowhere" / "eye.sock")


def test_root_and_the_eyes_own_user_may_connect() -> None:
    assert {0, os.geteuid()} <= allowed_users()


def test_an_allowed_user_is_answered(path: Path) -> None:
    assert run(FakeEye(), path, lambda: ask(path)) == (Ending.STOPPED, HELLO)


def test_another_user_is_not_answered(path: Path) -> None:
    asked: list[Duty] = []

    _, answer = run(FakeEye(asked.append), path, lambda: ask(path), allowed=frozenset({os.geteuid() + 1}))

    assert answer is None
    assert not asked


def test_an_idle_eye_leaves(path: Path) -> None:
    assert run(FakeEye(), path, None, idle_exit=0.05)[0] is Ending.IDLE


def test_an_eye_is_not_idle_while_somebody_is_there(path: Path) -> None:
    def work(duty: Duty) -> None:
        threading.Event().wait(0.3)
        duty.answer(HELLO)

    _, answer = run(FakeEye(work), path, lambda: ask(path), idle_exit=0.1)

    assert answer == HELLO


def test_one_connection_too_many_is_told_that_the_eye_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONVERSATIONS", 1)
    entered, release = threading.Event(), threading.Event()

    def work(duty: Duty) -> None:
        entered.set()
        release.wait(10)
        duty.answer(HELLO)

    def client() -> tuple[Answer | None, list[Answer | None]]:
        first: list[Answer | None] = []
        thread = threading.Thread(target=lambda: first.append(ask(path)))
        thread.start()
        entered.wait(10)
        second = ask(path)
        release.set()
        thread.join(10)
        return second, first

    _, result = run(FakeEye(work), path, client)

    second, first = result  # type: ignore[misc]
    assert isinstance(second, Problem)
    assert second.kind is ProblemKind.CAMERA_BUSY
    assert first == [HELLO]


def test_a_stopping_eye_gives_up_a_camera_that_does_not_come_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "LAST_WORDS", 0.05)
    release, entered = threading.Event(), threading.Event()

    def work(duty: Duty) -> None:
        entered.set()
        release.wait(10)

    def client() -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(pack_message(Describe()))
            entered.wait(10)

    try:
        assert run(FakeEye(work), path, client)[0] is Ending.STUCK
    finally:
        release.set()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the service manager is told."""
    lines: list[str] = []
    monkeypatch.setattr("facelatch_eye.notify.tell", lines.append)
    return lines


def test_readiness_and_life_are_told_to_the_service_manager(path: Path, told: list[str]) -> None:
    run(FakeEye(), path, None, watchdog=0.01, idle_exit=0.1)

    assert told.index("READY=1") == 0 or told[0] == "WATCHDOG=1"
    assert told.count("WATCHDOG=1") >= 2
    assert told[-1] == "STOPPING=1"


def stuck_run(path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], watchdog: float | None) -> list[str]:
    """Run an eye whose only duty is stuck; return what was told from then on."""
    monkeypatch.setattr(server_module, "STUCK", 0.05)
    monkeypatch.setattr(server_module, "LAST_WORDS", 0.05)
    release, entered = threading.Event(), threading.Event()
    told_when_stuck: list[str] = []

    def work(duty: Duty) -> None:
        entered.set()
        release.wait(10)

    async def main() -> Ending:
        server = Server(FakeEye(work), frozenset({os.geteuid()}), None, watchdog)  # type: ignore[arg-type]
        serving = asyncio.ensure_future(server.serve(bind(path)))
        _, writer = await asyncio.open_unix_connection(path)
        writer.write(pack_message(Describe()))
        await asyncio.to_thread(entered.wait, 10)
        await asyncio.sleep(0.2)
        told.clear()
        await asyncio.sleep(0.2)
        told_when_stuck.extend(told)
        if watchdog is not None:
            server._end(Ending.STOPPED)
        ending = await asyncio.wait_for(serving, 10)
        writer.close()
        return ending

    try:
        assert asyncio.run(main()) is Ending.STUCK
    finally:
        release.set()
    return told_when_stuck


def test_the_watchdog_is_not_fed_while_a_camera_is_stuck(
    path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "WATCHDOG=1" not in stuck_run(path, monkeypatch, told, watchdog=0.02)


def test_without_a_watchdog_a_stuck_eye_leaves_by_itself(
    path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck_run(path, monkeypatch, told, watchdog=None)


@pytest.mark.parametrize("watchdog", [None, 0.02])
def test_networks_whose_loading_hangs_are_not_taken_for_fine(
    path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch, watchdog: float | None
) -> None:
    """With a watchdog the manager ends the process, without one it ends itself."""

    async def main() -> Ending:
        eye = FakeEye()
        server = Server(eye, frozenset({os.geteuid()}), None, watchdog)
        eye.hangs = True
        serving = asyncio.ensure_future(server.serve(bind(path)))
        if watchdog is not None:
            await asyncio.sleep(0.2)
            assert "WATCHDOG=1" not in told
            server._end(Ending.STOPPED)
        return await asyncio.wait_for(serving, 10)

    assert asyncio.run(main()) is Ending.STUCK
