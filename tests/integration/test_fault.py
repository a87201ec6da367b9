"""Whatever breaks, the password is asked within the door's patience, and the log says why."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facelatch_models.pack import Role
from facelatch_models.pack import open_pack as read_pack
from tests.clips import Cast, empty_room
from tests.house import House, living_in
from tests.pam.transaction import Code, Outcome

pytestmark = pytest.mark.real

PATIENCE = 5 + 1.5
"""The door's timeout, its second of grace, and half a second for the process around it."""


@pytest.fixture
def broken(best: Path, cast: Cast, pam_parts: None, tmp_path: Path) -> Iterator[House]:
    """A house of its own for each fault, with alice enrolled and before the camera."""
    pack = tmp_path / "open"
    shutil.copytree(best, pack)
    with living_in(House.to_play_in(tmp_path / "house", pack, cast)) as house:
        house.play(cast.enrolment)
        house.enroll()
        house.play(cast.later)
        yield house


def must_fall_to_the_password(outcome: Outcome) -> None:
    assert outcome.code == Code.SUCCESS
    assert "PROMPT_ECHO_OFF" in [style for style, _text in outcome.messages]
    assert outcome.seconds < PATIENCE


def was_let_in_by_face(outcome: Outcome) -> bool:
    return outcome.code == Code.SUCCESS and [style for style, _text in outcome.messages] == ["TEXT_INFO"]


def during_a_look(house: House, tmp_path: Path, break_it: Callable[[], None]) -> Outcome:
    """Log in while nobody is there, and break something in the middle of the look."""
    house.play(empty_room(tmp_path / "empty"))
    breaking = threading.Timer(0.8, break_it)
    breaking.start()
    try:
        return house.login()
    finally:
        breaking.join()


def test_the_judge_is_stopped(broken: House) -> None:
    broken.stop()
    must_fall_to_the_password(broken.login())


def test_the_judge_is_killed_in_the_middle_of_a_look(broken: House, tmp_path: Path) -> None:
    assert broken.judge is not None
    must_fall_to_the_password(during_a_look(broken, tmp_path, broken.judge.kill))


def test_a_killed_judge_takes_its_eye_along_and_the_next_one_works(broken: House) -> None:
    assert broken.judge is not None
    eye = Path(f"/proc/{broken.eye_pid()}")
    broken.judge.kill()
    deadline = time.monotonic() + 10
    while eye.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not eye.exists()
    broken.stop()
    broken.start()
    assert was_let_in_by_face(broken.login())


def test_the_judge_hangs(broken: House) -> None:
    assert broken.judge is not None
    broken.judge.send_signal(signal.SIGSTOP)
    try:
        must_fall_to_the_password(broken.login())
    finally:
        broken.judge.send_signal(signal.SIGCONT)


def test_the_eye_hangs(broken: House) -> None:
    os.kill(broken.eye_pid(), signal.SIGSTOP)
    must_fall_to_the_password(broken.login())
    assert "the eye did not answer in time" in broken.log


def test_the_eye_is_killed_in_the_middle_of_a_look_and_the_next_login_works(
    broken: House, cast: Cast, tmp_path: Path
) -> None:
    eye = broken.eye_pid()
    must_fall_to_the_password(during_a_look(broken, tmp_path, lambda: os.kill(eye, signal.SIGKILL)))
    assert "the eye closed the connection" in broken.log
    broken.play(cast.later)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if was_let_in_by_face(outcome := broken.login()):
            break
        must_fall_to_the_password(outcome)
        time.sleep(0.5)
    assert was_let_in_by_face(outcome), broken.log


def test_a_file_of_the_pack_is_damaged(broken: House) -> None:
    part = read_pack(broken.pack).manifest.part(Role.EMBEDDER)
    assert part is not None
    with (broken.pack / part.name).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    os.kill(broken.eye_pid(), signal.SIGKILL)
    time.sleep(3)
    must_fall_to_the_password(broken.login())
    assert part.name in broken.log
    assert "pack-damaged" in broken.log


def test_the_manifest_of_the_pack_is_damaged(broken: House) -> None:
    (broken.pack / "pack.toml").write_text("id = ")
    must_fall_to_the_password(broken.login())
    assert "pack.toml" in broken.log


def test_the_database_is_locked(broken: House) -> None:
    with contextlib.closing(sqlite3.connect(broken.folder / "state" / "facelatch.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        must_fall_to_the_password(broken.login())
        other.rollback()
    assert "store-failed" in broken.log or "the attempt cannot be recorded" in broken.log


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small file system takes root")
def test_the_disk_is_full(best: Path, cast: Cast, pam_parts: None, tmp_path: Path) -> None:
    house = House.to_play_in(tmp_path / "house", best, cast)
    state = house.folder / "state"
    state.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "facelatch-test", state], check=True)
    try:
        with living_in(house):
            house.play(cast.enrolment)
            house.enroll()
            house.play(cast.later)
            with contextlib.suppress(OSError), (state / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
            must_fall_to_the_password(_until_the_log_is_full(house))
            assert "the attempt cannot be recorded" in house.log
            (state / "filler").unlink()
            assert [style for style, _text in house.login().messages] == ["TEXT_INFO"], (
                "with room again, alice is let in"
            )
    finally:
        subprocess.run(["umount", "--lazy", state], check=True)


def _until_the_log_is_full(house: House) -> Outcome:
    """Log in until the room that the database had already taken for itself is used up."""
    outcome = house.login()
    for _ in range(200):
        if not was_let_in_by_face(outcome):
            break
        outcome = house.login()
    return outcome
