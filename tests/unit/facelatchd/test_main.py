"""The judge as a process: its sockets, its settings, how it refuses to start and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from facelatch_eye.messages import View
from facelatch_models.pack import MANIFEST as MANIFEST_FILE
from facelatch_models.pack import write_manifest
from facelatchd.judge import EX_CONFIG, EX_UNAVAILABLE, listen
from facelatchd.keys import load_key
from facelatchd.lines import write_line
from facelatchd.store import Store
from tests.unguarded import UNGUARDED
from tests.unit.facelatchd.fake_eye import OPENED, FakeEye, serving
from tests.unit.facelatchd.process import Judge, until
from tests.unit.facelatchd.rooms import ME
from tests.unit.facelatchd.seen import MANIFEST, face, seen, unit

WITHOUT_SUDO = "[class.elevate]\nallowed = false\n"
HANGING_ACCOUNTS = "import pwd, time; pwd.getpwnam = lambda name: time.sleep(60); "


# --- listening --------------------------------------------------------------------------------------------------------


@pytest.fixture
def narrow_mask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_socket_is_open_to_everybody_in_a_folder_that_all_may_enter(tmp_path: Path, narrow_mask: None) -> None:
    path = tmp_path / "run" / "door.sock"
    with listen(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.connect(str(path))


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with listen(tmp_path / "door.sock"):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_the_socket_of_a_living_judge_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with listen(path) as living:
        with pytest.raises(OSError, match=r"another judge listens at .*door\.sock"):
            listen(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.connect(str(path))
            living.accept()[0].close()


def test_a_living_judge_whose_queue_is_full_is_not_taken_for_dead(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with contextlib.ExitStack() as crowd, listen(path) as living:
        living.listen(0)
        for _ in range(3):
            visitor = crowd.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
            full = visitor.connect_ex(str(path)) != 0
        assert full
        with pytest.raises(OSError, match="another judge"):
            listen(path)


def test_what_a_dead_judge_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    listen(path).close()
    assert path.exists()
    with listen(path), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
        visitor.connect(str(path))


# --- the process ------------------------------------------------------------------------------------------------------


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    judge = Judge(tmp_path)
    yield judge
    judge.end()


def test_a_stop_ends_within_a_second_although_somebody_is_connected(judge: Judge) -> None:
    process = judge.start()
    with judge.visit() as visitor:
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(1.0) == 0, "measured: 0.12 to 0.15 s"
        with contextlib.suppress(ConnectionError):
            while visitor.recv(4096):
                pass
    assert "INFO: stopped" in judge.log
    assert "Traceback" not in judge.log
    assert judge.log.count("ERROR") == judge.log.count("no bus") == 1


def test_a_stop_does_not_wait_for_a_thread_that_hangs(tmp_path: Path) -> None:
    judge = Judge(tmp_path, before=HANGING_ACCOUNTS)
    process = judge.start()
    try:
        with judge.visit() as visitor:
            visitor.sendall(b"VERIFY v=1 user=root service=swaylock seconds=5\n")
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            assert process.wait(2.0) == 0
    finally:
        judge.end()
    assert "left behind" in judge.log
    assert "Traceback" not in judge.log


def test_a_stop_in_the_middle_of_a_look_is_no_free_guess(judge: Judge) -> None:
    eye = FakeEye()
    eye.answers, eye.hangs = (OPENED, *[seen(View.CLEAR, face(unit(0.0)))] * 4), True
    judge.settings.write_text(UNGUARDED)
    (judge.folder / "pack").mkdir()
    (judge.folder / "pack" / MANIFEST_FILE).write_text(write_manifest(MANIFEST))
    (judge.folder / "run").mkdir()
    (judge.folder / "state").mkdir()
    key = bytes(load_key(judge.folder / "state" / "key", create=True))
    with contextlib.closing(Store.open(judge.folder / "state" / "facelatch.db", key)) as store:
        store.add_face(ME, "", MANIFEST.id, MANIFEST.space, "made-up", [unit()])

    async def work() -> None:
        async with serving(eye, judge.folder / "run" / "eye.sock"):
            process = await asyncio.to_thread(judge.start)
            reader, writer = await asyncio.open_unix_connection(judge.folder / "run" / "door.sock")
            writer.write(write_line("VERIFY", v=1, user=ME.name, service="swaylock", seconds=5))
            await reader.readline()
            await asyncio.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 5) == 0
            writer.close()

    asyncio.run(work())
    with contextlib.closing(Store.open(judge.folder / "state" / "facelatch.db", key)) as store:
        assert store.standing(ME).mismatches == 1, judge.log


def test_an_interrupt_stops_it_too(judge: Judge) -> None:
    process = judge.start()
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0
    assert "Traceback" not in judge.log


def test_a_judge_starts_again_where_it_was_killed(judge: Judge) -> None:
    judge.start().kill()
    judge.end()
    judge.start()
    assert judge.allows("sudo")


def test_settings_are_read_anew_on_demand_and_bad_ones_change_nothing(judge: Judge) -> None:
    process = judge.start()
    assert judge.allows("sudo")
    for text, word in ((WITHOUT_SUDO, "is read anew"), ("[look]\nseconds = 'long'\n", "stay in force")):
        judge.settings.write_text(text)
        process.send_signal(signal.SIGHUP)
        until(lambda word=word: word in judge.log)  # type: ignore[misc]
        assert not judge.allows("sudo")
    assert f"{judge.settings}:1: look" in judge.log
    judge.settings.unlink()
    process.send_signal(signal.SIGHUP)
    until(lambda: judge.log.count("is read anew") == 2)
    assert judge.allows("sudo")


def test_what_it_keeps_is_for_nobody_else(judge: Judge) -> None:
    judge.start()
    state = judge.folder / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {
        path.name: 0o600 for path in state.iterdir()
    }
    assert {"facelatch.db", "key"} <= {path.name for path in state.iterdir()}


def test_settings_that_are_named_and_not_there_are_not_taken_for_the_defaults(judge: Judge) -> None:
    judge.settings.unlink()
    code, log = judge.refusal()
    assert code == 2
    assert f"--config {judge.settings}: there is no such file" in log


@pytest.mark.parametrize("text", ["[look]\nseconds = 99\n", "nonsense", f"a = {'[' * 5000}"])
def test_bad_settings_are_refused_at_the_start(judge: Judge, text: str) -> None:
    judge.settings.write_text(text)
    code, log = judge.refusal()
    assert code == EX_CONFIG
    assert f"{judge.settings}:" in log
    assert not (judge.folder / "run").exists()


def spoil_key(judge: Judge) -> None:
    (judge.folder / "state").mkdir()
    (judge.folder / "state" / "key").write_bytes(b"short")
    (judge.folder / "state" / "key").chmod(0o600)


def spoil_database(judge: Judge) -> None:
    (judge.folder / "state").mkdir()
    (judge.folder / "state" / "facelatch.db").write_bytes(b"not a database" * 100)


def spoil_folder(judge: Judge) -> None:
    (judge.folder / "state").write_text("in the way")


def spoil_runtime(judge: Judge) -> None:
    (judge.folder / "run").write_text("in the way")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (spoil_key, "key: has 5 bytes"),
        (spoil_database, "facelatch.db"),
        (spoil_folder, "state"),
        (spoil_runtime, "run"),
    ],
)
def test_what_it_cannot_work_without_is_named_at_the_start(
    judge: Judge, spoil: Callable[[Judge], None], word: str
) -> None:
    spoil(judge)
    code, log = judge.refusal()
    assert code == EX_UNAVAILABLE
    assert "CRITICAL" in log
    assert word in log


def test_a_second_judge_does_not_push_out_the_first(judge: Judge) -> None:
    judge.start()
    code, log = judge.refusal()
    assert code == EX_UNAVAILABLE
    assert "another judge listens" in log
    assert judge.allows("sudo")


@pytest.mark.parametrize("options", [["--nonsense"], ["--eye-option"]])
def test_wrong_options_end_with_the_usage(judge: Judge, options: Sequence[str]) -> None:
    code, log = judge.refusal(*options)
    assert code == 2
    assert "usage: facelatchd" in log


def test_sockets_that_are_not_the_one_it_wants_are_refused(tmp_path: Path) -> None:
    judge = Judge(
        tmp_path,
        before="import os; os.environ['LISTEN_PID'] = str(os.getpid()); ",
        environment={"LISTEN_FDS": "2", "LISTEN_FDNAMES": "door:admin"},
    )
    code, log = judge.refusal()
    assert code == EX_UNAVAILABLE
    assert "expected 1 (door)" in log


def test_the_service_manager_hears_of_start_life_and_stop(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        judge = Judge(tmp_path, environment={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"})
        process = judge.start()
        try:
            heard = [manager.recv(64) for _ in range(4)]
            process.send_signal(signal.SIGTERM)
            while heard[-1] != b"STOPPING=1":
                heard.append(manager.recv(64))
            assert process.wait(5) == 0
        finally:
            judge.end()
    assert heard[0] == b"READY=1"
    assert set(heard[1:-1]) == {b"WATCHDOG=1"}


def test_it_works_on_where_the_service_manager_has_gone(tmp_path: Path) -> None:
    judge = Judge(tmp_path, environment={"NOTIFY_SOCKET": str(tmp_path / "none"), "WATCHDOG_USEC": "300000"})
    process = judge.start()
    try:
        until(lambda: "cannot be told WATCHDOG=1" in judge.log)
        assert judge.allows("sudo")
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        judge.end()
    assert "Traceback" not in judge.log
