"""A judge that cannot start safely does not start, and says why on one line. Needs no network."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import CommandFailed, House, living_in

EX_UNAVAILABLE = 69
EX_CONFIG = 78


@pytest.fixture
def house(pam_parts: None, tmp_path: Path) -> Iterator[House]:
    """A house without a pack, in which nothing has been started."""
    house = House(tmp_path / "house", tmp_path / "no" / "pack")
    (house.folder / "state").mkdir(mode=0o700)
    yield house
    house.stop()


def refusal(house: House) -> tuple[int, str]:
    """Start the judge, which must not come up; return its exit code and the one line it says."""
    with pytest.raises(RuntimeError, match="not ready"):
        house.start()
    assert house.judge is not None
    code = house.judge.wait(5)
    (line,) = house.log.splitlines()
    return code, line


def services(house: House) -> dict[str, Any]:
    named: dict[str, Any] = house.command("status", good=(3,))["services"]
    return named


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[camera]\nuse =\n", ":2: Invalid value"),
        ("[camera]\nuse = 3\n", ":2: camera.use: expected the id or path of a camera"),
        ("# mine\n[class.unlock]\nsecond = 4\n", ":3: class.unlock.second: is unknown; did you mean seconds?"),
        ("[class.unlock]\nseconds = 1000\n", ":2: class.unlock.seconds: expected a number from 0.5 to 30, not 1000"),
        ("[class.elevate]\nlevel = 'sloppy'\n", 'expected "convenient", "balanced" or "strict", not "sloppy"'),
        ("[class.everything]\nservices = ['sshd']\n", ":1: class.everything: is unknown; expected unlock"),
        ("[look]\nseconds = 4.0\n", ":1: look: this table is gone"),
        ("\n[class.unlock]\nliveness = true\n", ':3: class.unlock.liveness: expected "off", "passive" or "active"'),
        ("[password]\nafter_hours = -1\n", ":2: password.after_hours: expected a number from 0 to 8760, not -1"),
        ("\udcff", ":1: expected UTF-8"),
    ],
)
def test_wrong_settings_are_refused_at_the_start_with_file_line_and_what_was_expected(
    house: House, text: str, wrong: str
) -> None:
    path = house.folder / "facelatch.toml"
    path.write_bytes(os.fsencode(text))
    code, line = refusal(house)
    assert code == EX_CONFIG
    assert f"{path}:" in line
    assert wrong in line
    assert not list((house.folder / "state").iterdir()), "nothing was begun"


def test_a_wrong_drop_in_is_refused_at_the_start_by_its_own_name(house: House) -> None:
    drop_in = house.folder / "conf.d" / "50-desk.toml"
    drop_in.parent.mkdir(0o755)
    drop_in.write_text("[seat]\n\nlidd = false\n")
    code, line = refusal(house)
    assert code == EX_CONFIG
    assert f"{drop_in}:3: seat.lidd: is unknown; did you mean lid?" in line


def test_settings_that_others_may_write_are_refused_at_the_start(house: House) -> None:
    path = house.folder / "facelatch.toml"
    path.chmod(0o666)
    code, line = refusal(house)
    assert code == EX_CONFIG
    assert f"{path}: others may write there (mode 0666); chmod go-w {path}" in line


def test_rubbish_in_the_choices_is_refused_at_the_start_and_left_alone(house: House) -> None:
    path = house.folder / "state" / "choices.toml"
    path.write_text("\x00rubbish")
    code, line = refusal(house)
    assert code == EX_CONFIG
    assert f"{path}:1: " in line
    assert path.read_text() == "\x00rubbish"


def test_wrong_settings_at_a_reload_leave_the_old_ones_in_force(house: House) -> None:
    path = house.folder / "facelatch.toml"
    good = path.read_text()
    with living_in(house):
        before = services(house)
        assert before["screenlock"] == "unlock"
        path.write_text(good.replace('"screenlock"', '"screenlock", 5'))
        reload(house, "the settings of before stay in force")
        assert services(house) == before
        with pytest.raises(CommandFailed, match=r"facelatch\.toml:\d+: class\.unlock\.services: .* not 5"):
            house.command("reload")
        assert services(house) == before
        path.write_text(good.replace('"screenlock"', '"otherlock"'))
        reload(house, "is read anew")
        after = services(house)
        assert after["otherlock"] == "unlock"
        assert "screenlock" not in after
        path.write_text(good)
        house.command("reload")
        assert services(house) == before


def reload(house: House, answer: str) -> None:
    """Send SIGHUP and wait until the log says what came of it."""
    assert house.judge is not None
    logged = len(house.log)
    house.judge.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 5
    while answer not in house.log[logged:]:
        assert time.monotonic() < deadline, house.log[logged:]
        time.sleep(0.02)


# --- the key and the database -----------------------------------------------------------------------------------------


def cut(key: Path) -> None:
    key.write_bytes(b"short")
    key.chmod(0o600)


def lengthen(key: Path) -> None:
    key.write_bytes(bytes(33))
    key.chmod(0o600)


def expose(key: Path) -> None:
    key.write_bytes(bytes(32))
    key.chmod(0o644)


def link(key: Path) -> None:
    key.symlink_to("elsewhere")


def replace_by_pipe(key: Path) -> None:
    os.mkfifo(key, 0o600)


@pytest.mark.parametrize(
    ("damage", "wrong"),
    [
        (cut, "5 bytes"),
        (lengthen, "33 bytes"),
        (expose, "chmod 600"),
        (link, "symbolic link"),
        (replace_by_pipe, "not a regular file"),
    ],
)
def test_an_unfit_key_is_refused_and_left_alone(house: House, damage: Callable[[Path], None], wrong: str) -> None:
    key = house.folder / "state" / "key"
    damage(key)
    before = key.lstat()
    code, line = refusal(house)
    assert code == EX_UNAVAILABLE
    assert str(key) in line
    assert wrong in line
    after = key.lstat()
    assert (after.st_mode, after.st_ino, after.st_mtime_ns) == (before.st_mode, before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_database_that_is_none_is_refused_and_left_alone(house: House, content: bytes) -> None:
    database = house.folder / "state" / "facelatch.db"
    database.write_bytes(content)
    code, line = refusal(house)
    assert code == EX_UNAVAILABLE
    assert str(database) in line
    assert database.read_bytes() == content


# --- sockets ----------------------------------------------------------------------------------------------------------


def test_the_sockets_of_a_dead_judge_are_replaced(house: House) -> None:
    with living_in(house):
        assert house.judge is not None
        house.judge.kill()
        house.judge.wait()
        assert (house.runtime / "door.sock").is_socket()
    with living_in(house):
        assert services(house)


def test_a_living_judge_keeps_its_sockets(house: House, tmp_path: Path) -> None:
    with living_in(house):
        second = House(tmp_path / "second", tmp_path / "no" / "pack")
        (second.folder / "run").symlink_to(house.runtime)
        try:
            with contextlib.suppress(RuntimeError):  # or the first one answers in its place
                second.start()
            assert second.judge is not None
            assert second.judge.wait(5) == EX_UNAVAILABLE
        finally:
            second.stop()
        assert re.search(r"another judge listens at .*door\.sock\n$", second.log)
        assert services(house)


def test_a_judge_too_busy_to_answer_keeps_its_socket_too(house: House) -> None:
    house.runtime.mkdir()
    path = house.runtime / "door.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as waiting:
        busy.bind(str(path))
        busy.listen(0)
        waiting.connect(str(path))
        inode = path.stat().st_ino
        code, line = refusal(house)
        assert path.stat().st_ino == inode
    assert code == EX_UNAVAILABLE
    assert "another judge listens" in line
