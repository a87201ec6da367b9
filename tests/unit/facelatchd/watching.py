"""Looks through a watcher at a made-up eye."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from facelatch.types import Reason
from facelatch_eye.messages import Observation, Opened, View, Watch
from facelatchd.bouncer import Caller
from facelatchd.screen import Screen
from facelatchd.watcher import EyeError, Manners, Watcher
from tests.unit.facelatchd.fake_eye import FakeEye, serving
from tests.unit.facelatchd.seen import MANIFEST, seen

FRAME = seen(View.NO_FACE)
ROOT = Caller(pid=1, uid=0)


def with_eye(tmp_path: Path, eye: FakeEye, work: Callable[[Watcher], Coroutine[None, None, None]]) -> int:
    """Run `work` against a served eye; return how often the watcher called the eye silent."""
    silences: list[None] = []

    async def run() -> None:
        async with serving(eye, tmp_path / "eye.sock"):
            await work(Watcher(tmp_path / "eye.sock", lambda: silences.append(None)))

    asyncio.run(run())
    return len(silences)


async def gather(
    watcher: Watcher,
    seconds: float = 0.6,
    most: int = 3,
    asker: Caller = ROOT,
    screen: Screen | None = None,
    manners: Manners = Manners.INSIST,
) -> list[Opened | Observation]:
    got: list[Opened | Observation] = []
    watching = watcher.watch(Watch(seconds=seconds), MANIFEST, asker, screen, manners=manners)
    async with contextlib.aclosing(watching) as answers:
        async for answer in answers:
            got.append(answer)
            if len(got) == most:
                break
    return got


async def fails(watcher: Watcher, reason: Reason, text: str = ".", seconds: float = 0.6) -> None:
    with pytest.raises(EyeError, match=text) as error:
        await gather(watcher, seconds, most=1000)
    assert error.value.reason is reason
