"""The eye as a child of the judge."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from facelatchd import child
from facelatchd.child import EyeChild, eye_command


@contextlib.asynccontextmanager
async def kept(command: list[str]) -> AsyncIterator[EyeChild]:
    eye = EyeChild(command)
    eye.start()
    try:
        yield eye
    finally:
        await eye.stop()


def program(folder: Path, then: str) -> list[str]:
    """A program that adds its number to a file, and goes on as it is told."""
    return ["/bin/sh", "-c", f"echo $$ >> {folder}/started; {then}"]


def started(folder: Path) -> list[int]:
    path = folder / "started"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def test_an_eye_that_dies_starts_again_after_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(child, "LONGEST_PAUSE", 0.3)

    async def work() -> None:
        async with kept(program(tmp_path, "exit 7")):
            await until(lambda: len(started(tmp_path)) >= 5)

    asyncio.run(work())
    pauses = [record.message.split()[-2] for record in caplog.records]
    assert pauses[:4] == ["0.1", "0.2", "0.3", "0.3"]
    assert "ended with 7" in caplog.text


def test_an_eye_that_lived_long_starts_again_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(child, "LONGEST_PAUSE", 0.04)

    async def work() -> None:
        async with kept(program(tmp_path, "sleep 0.1")):
            await until(lambda: len(started(tmp_path)) >= 4)

    asyncio.run(work())
    assert {record.message.split()[-2] for record in caplog.records} == {"0.0"}, "0.01 s, shown with one digit"


def test_an_eye_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE", 0.01)

    async def work() -> None:
        async with kept([str(tmp_path / "none")]):
            await until(lambda: caplog.text.count("cannot be started") >= 2)

    asyncio.run(work())


def test_a_stuck_eye_is_killed_only_when_it_has_had_time_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE", 0.01)

    async def work() -> None:
        async with kept(program(tmp_path, "exec sleep 60")) as eye:
            await until(lambda: len(started(tmp_path)) == 1)
            (first,) = started(tmp_path)
            eye.kill_if_stuck()
            await asyncio.sleep(0.1)
            assert lives(first), "within its grace an eye may be silent"
            monkeypatch.setattr(child, "GRACE", 0.0)
            eye.kill_if_stuck()
            await until(lambda: len(started(tmp_path)) == 2)
            assert not lives(first)

    asyncio.run(work())


def test_silence_of_an_eye_that_never_started_or_is_dead_kills_nobody(tmp_path: Path) -> None:
    async def work() -> None:
        EyeChild(["true"]).kill_if_stuck()
        async with kept(program(tmp_path, "exit 0")) as eye:
            await until(lambda: bool(started(tmp_path)) and not lives(started(tmp_path)[0]))
            eye.kill_if_stuck()

    asyncio.run(work())


@pytest.mark.parametrize("manner", ["exec sleep 60", "trap '' TERM; while :; do sleep 0.05; done"])
def test_stopping_ends_the_eye_even_where_it_ignores_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(child, "STOP_PATIENCE", 0.2)

    async def work() -> None:
        async with kept(program(tmp_path, f"{manner}")):
            await until(lambda: bool(started(tmp_path)))
            await asyncio.sleep(0.1)  # the trap is set behind the first line
        (eye,) = started(tmp_path)
        assert not lives(eye)

    asyncio.run(work())


def test_stopping_in_the_pause_between_two_eyes_starts_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE", 0.2)

    async def work() -> None:
        async with kept(program(tmp_path, "exit 1")):
            await until(lambda: len(started(tmp_path)) == 1)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        assert len(started(tmp_path)) == 1

    asyncio.run(work())


def test_stopping_what_never_started_is_no_error() -> None:
    asyncio.run(EyeChild(["true"]).stop())


def test_the_eyes_command_names_its_socket_and_options(tmp_path: Path) -> None:
    command = eye_command(tmp_path / "eye.sock", ["--threads", "1"])
    assert command[0] == sys.executable
    assert command[-5:] == ["--socket", str(tmp_path / "eye.sock"), "--end-with-parent", "--threads", "1"]
