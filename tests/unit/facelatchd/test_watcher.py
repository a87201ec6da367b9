"""The eye's client: deadlines, and one error for everything that goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
import pytest

from facelatch.types import Reason
from facelatch_eye.messages import HEADER, LARGEST_ANSWER, CameraInfo, Observation, Opened, Problem, ProblemKind, Watch
from facelatchd import watcher as watcher_module
from facelatchd.bouncer import Caller
from facelatchd.screen import Screen
from facelatchd.watcher import LONGEST_QUEUE, EyeError, Watcher
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED, PACK, FakeEye
from tests.unit.facelatchd.seen import MANIFEST
from tests.unit.facelatchd.watching import FRAME, ROOT, fails, gather, with_eye


def test_what_the_eye_sees_arrives(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        assert await gather(watcher) == [OPENED, FRAME, FRAME]

    assert with_eye(tmp_path, eye, work) == 0


def test_leaving_a_look_tells_the_eye_and_frees_the_camera(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        for _ in range(3):
            await gather(watcher)
        await asyncio.sleep(0.05)
        assert eye.open == 0

    with_eye(tmp_path, eye, work)


def test_a_deadline_ends_a_look_without_blaming_the_eye(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        assert len(await gather(watcher, seconds=0.6, most=1000)) > 2

    assert with_eye(tmp_path, eye, work) == 0


def test_an_eye_that_never_opens_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "STALL", 0.3)
    eye = FakeEye()
    eye.answers, eye.hangs = (), True
    assert with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED, "in time")) == 1


def test_an_eye_that_had_little_time_is_not_blamed(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers, eye.hangs = (), True
    assert with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.TIMEOUT, "time was over")) == 0


def test_a_look_whose_turn_comes_too_late_opens_no_camera(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        first = asyncio.create_task(gather(watcher, seconds=0.6, most=100000))
        await asyncio.sleep(0.05)
        await fails(watcher, Reason.BUSY, "no time for this one", seconds=0.8)
        await first
        assert len(eye.requests) == 1

    assert with_eye(tmp_path, eye, work) == 0


def test_an_eye_that_stops_in_the_middle_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "STALL", 0.1)
    eye = FakeEye()
    eye.answers, eye.hangs = (OPENED, FRAME), True
    assert with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED, "in time", 5.0)) == 1


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_every_problem_of_the_eye_has_its_reason(tmp_path: Path, kind: ProblemKind) -> None:
    eye = FakeEye()
    eye.answers = (Problem(kind, "in words"),)

    async def work(watcher: Watcher) -> None:
        with pytest.raises(EyeError, match="in words"):
            await gather(watcher)

    with_eye(tmp_path, eye, work)


@pytest.mark.parametrize(
    "garbage",
    [b"\0\0\0\0", HEADER.pack(LARGEST_ANSWER + 1), HEADER.pack(3) + b"abc", HEADER.pack(9) + b"abc", b"\0"],
)
def test_garbage_from_the_eye_is_an_error(tmp_path: Path, garbage: bytes) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, garbage)
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED))


def test_what_an_eye_says_out_of_all_range_is_an_error_before_the_camera_and_of_a_picture(tmp_path: Path) -> None:
    impossible = msgspec.structs.replace(FRAME, light=float("nan"))
    eye = FakeEye()
    eye.answers, eye.pictures = (OPENED, impossible), [impossible]
    screen = Screen()

    async def work(watcher: Watcher) -> None:
        await fails(watcher, Reason.EYE_FAILED, "the eye sent a light")
        with pytest.raises(EyeError, match="the eye sent a light") as error:
            await watcher.analyse(b"jpeg")
        assert error.value.reason is Reason.EYE_FAILED
        with pytest.raises(EyeError):
            await gather(watcher, screen=screen)
        assert screen.newest == b"", "nor is it shown"

    with_eye(tmp_path, eye, work)


def test_whether_the_eye_has_our_pack_can_be_asked(tmp_path: Path) -> None:
    eye = FakeEye()

    async def work(watcher: Watcher) -> None:
        await watcher.check_pack(MANIFEST)
        for other, reason in (
            (msgspec.structs.replace(eye.description, pack=msgspec.structs.replace(PACK, version="2")), "restart"),
            (msgspec.structs.replace(eye.description, pack=None), "restart"),
            (msgspec.structs.replace(eye.description, problem=Problem(ProblemKind.NO_PACK, "none here")), "none here"),
        ):
            eye.description = other
            with pytest.raises(EyeError, match=reason):
                await watcher.check_pack(MANIFEST)

    with_eye(tmp_path, eye, work)


def test_an_observation_before_the_camera_is_open_is_an_error(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (FRAME,)
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED, "nobody asked for"))


def test_an_eye_with_another_pack_is_not_believed(tmp_path: Path) -> None:
    eye = FakeEye()
    other = msgspec.structs.replace(PACK, space="f" * 16)
    eye.answers = (msgspec.structs.replace(OPENED, pack=other), FRAME)
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.PACK_DAMAGED, "restart facelatch-eye"))


def test_without_an_eye_there_is_an_error_that_names_the_socket(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "none.sock")
    asyncio.run(fails(watcher, Reason.EYE_FAILED, r"none\.sock"))


def test_a_second_look_waits_for_the_first_and_gives_up_in_time(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        first = asyncio.create_task(gather(watcher, seconds=5.0, most=100000))
        await asyncio.sleep(0.05)
        await fails(watcher, Reason.BUSY, "did not end", seconds=0.1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert len(await gather(watcher)) == 3

    with_eye(tmp_path, eye, work)


def test_a_crowd_of_looks_is_told_to_come_back(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        looks = [asyncio.create_task(gather(watcher, 5.0, 100000)) for _ in range(LONGEST_QUEUE + 1)]
        await asyncio.sleep(0.05)
        await fails(watcher, Reason.BUSY, "others, or another look")
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    with_eye(tmp_path, eye, work)


def test_an_ordinary_user_has_one_place_in_the_queue_and_leaves_others_theirs(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)
    mallory, alice = Caller(pid=1, uid=4711), Caller(pid=1, uid=4712)

    async def work(watcher: Watcher) -> None:
        looks = [asyncio.create_task(gather(watcher, 5.0, 100000, mallory)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(EyeError, match="another look of this user"):
            await gather(watcher, 5.0, 1, mallory)
        waiting = asyncio.create_task(gather(watcher, 5.0, 1, alice))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        for look in looks:
            look.cancel()
        assert await waiting == [OPENED]
        await asyncio.gather(*looks, return_exceptions=True)

    with_eye(tmp_path, eye, work)


# --- two cameras of one device ----------------------------------------------------------------------------------------

COLOUR = msgspec.structs.replace(CAMERA, companion="made-up-infrared")
INFRARED = msgspec.structs.replace(CAMERA, id="made-up-infrared", path="/dev/video10", infrared=True)
OPENED_BOTH = msgspec.structs.replace(OPENED, camera=COLOUR, infrared=INFRARED)
LIT = msgspec.structs.replace(FRAME, infrared=True, lit=150.0)


async def gather_both(watcher: Watcher, screen: Screen | None = None) -> list[Opened | Observation]:
    got: list[Opened | Observation] = []
    watching = watcher.watch(Watch(seconds=0.6, companion=True), MANIFEST, ROOT, screen)
    async with contextlib.aclosing(watching) as answers:
        async for answer in answers:
            got.append(answer)
            if len(got) == 3:
                break
    return got


def test_frames_of_the_companion_arrive_where_it_was_asked_for_and_never_reach_the_screen(tmp_path: Path) -> None:
    eye, screen = FakeEye(), Screen()
    eye.answers = (OPENED_BOTH, FRAME, LIT)

    async def work(watcher: Watcher) -> None:
        assert await gather_both(watcher) == [OPENED_BOTH, FRAME, LIT]

    with_eye(tmp_path, eye, work)
    (request,) = eye.requests
    assert isinstance(request, Watch)
    assert request.companion

    eye.answers = (OPENED_BOTH, LIT)

    async def shown(watcher: Watcher) -> None:
        with contextlib.suppress(EyeError):  # the made-up eye sends a picture before it, which no eye does
            await gather_both(watcher, screen)
        assert screen.newest == b""

    with_eye(tmp_path, eye, shown)


@pytest.mark.parametrize(
    "infrared",
    [
        msgspec.structs.replace(INFRARED, infrared=False),
        msgspec.structs.replace(INFRARED, serial="another"),
        msgspec.structs.replace(INFRARED, vendor_product="1234:5678"),
        msgspec.structs.replace(INFRARED, id="another"),
    ],
    ids=["no infrared camera", "of another serial", "of another maker", "not the companion"],
)
def test_a_companion_that_is_not_of_the_same_device_is_not_believed(tmp_path: Path, infrared: CameraInfo) -> None:
    eye = FakeEye()
    eye.answers = (msgspec.structs.replace(OPENED_BOTH, infrared=infrared), FRAME)

    async def work(watcher: Watcher) -> None:
        with pytest.raises(EyeError, match="not of the same device") as error:
            await gather_both(watcher)
        assert error.value.reason is Reason.EYE_FAILED

    with_eye(tmp_path, eye, work)


def test_a_companion_nobody_asked_for_is_an_error(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED_BOTH, FRAME)
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED, "nobody asked for"))


def test_an_infrared_frame_without_an_infrared_camera_is_an_error(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, LIT)

    async def work(watcher: Watcher) -> None:
        with pytest.raises(EyeError, match="did not open"):
            await gather_both(watcher)

    with_eye(tmp_path, eye, work)


def test_cameras_with_names_that_would_ruin_a_terminal_are_not_told_of(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.description = msgspec.structs.replace(
        eye.description, cameras=(msgspec.structs.replace(CAMERA, name="\x1b[2J"),)
    )

    async def work(watcher: Watcher) -> None:
        with pytest.raises(EyeError, match="names that cannot be read"):
            await watcher.describe()

    with_eye(tmp_path, eye, work)
