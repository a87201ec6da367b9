"""Who makes way for whom before one camera: previews for everybody, enrolments for logins."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from facelatch.types import Reason
from facelatch_eye.messages import Frame, Observation, Opened, Watch
from facelatchd import watcher as watcher_module
from facelatchd.bouncer import Caller
from facelatchd.screen import Screen
from facelatchd.watcher import EyeError, GaveWay, Manners, Watcher
from tests.unit.facelatchd.fake_eye import JPEG, OPENED, FakeEye
from tests.unit.facelatchd.watching import FRAME, ROOT, fails, gather, with_eye

# --- frames, and previews ---------------------------------------------------------------------------------------------


def test_frames_go_to_the_screen_with_what_was_seen_in_them(tmp_path: Path) -> None:
    eye, screen = FakeEye(), Screen()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        assert await gather(watcher, screen=screen) == [OPENED, FRAME, FRAME]
        shown = await screen.next(0)
        assert shown is not None
        assert (shown.number, shown.jpeg, shown.seen) == (2, JPEG, FRAME)

    with_eye(tmp_path, eye, work)
    (request,) = eye.requests
    assert isinstance(request, Watch)
    assert request.preview


def test_without_a_screen_no_frames_are_asked_for_and_none_are_taken(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, Frame(0, JPEG), FRAME)
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.EYE_FAILED, "a Frame nobody asked for"))
    (request,) = eye.requests
    assert isinstance(request, Watch)
    assert not request.preview


async def previewing(watcher: Watcher, asker: Caller = ROOT) -> asyncio.Task[list[Opened | Observation]]:
    """Begin a preview that lasts, and return it when it shows something."""
    screen = Screen()
    preview = asyncio.create_task(gather(watcher, 60.0, 1_000_000, asker, screen, manners=Manners.YIELD))
    async with asyncio.timeout(5):
        await screen.next(0)
    return preview


@pytest.mark.parametrize("uid", [4711, 4712])
def test_a_preview_ends_when_a_login_waits_whoevers_it_is(tmp_path: Path, uid: int) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        preview = await previewing(watcher, Caller(pid=1, uid=4711))
        assert await gather(watcher, asker=Caller(pid=2, uid=uid)) == [OPENED, FRAME, FRAME]
        with pytest.raises(EyeError, match="a login needs the camera") as error:
            await preview
        assert error.value.reason is Reason.BUSY

    assert with_eye(tmp_path, eye, work) == 0


def test_a_preview_ends_for_a_login_even_while_its_camera_opens(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers, eye.hangs = (), True

    async def work(watcher: Watcher) -> None:
        preview = asyncio.create_task(gather(watcher, 60.0, manners=Manners.YIELD))
        await asyncio.sleep(0.05)
        eye.answers, eye.hangs = (OPENED, FRAME), False
        assert await gather(watcher, 5.0, asker=Caller(pid=2, uid=4712)) == [OPENED, FRAME, FRAME]
        with pytest.raises(EyeError, match="a login needs the camera"):
            await preview

    with_eye(tmp_path, eye, work)


def test_a_camera_that_does_not_open_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "OPENING", 0.2)
    eye = FakeEye()
    eye.answers, eye.hangs = (), True
    with_eye(tmp_path, eye, lambda watcher: fails(watcher, Reason.TIMEOUT, "before the eye had answered", seconds=60.0))


def test_a_preview_waits_for_nobody(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        look = asyncio.create_task(gather(watcher, 5.0, 1_000_000))
        await asyncio.sleep(0.05)
        with pytest.raises(EyeError, match="somebody else uses the camera") as error:
            await gather(watcher, 60.0, manners=Manners.YIELD)
        assert error.value.reason is Reason.BUSY
        assert not look.done(), "nor does it end a look"
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
        assert len(eye.requests) == 1

    with_eye(tmp_path, eye, work)


def test_a_second_preview_does_not_end_the_first(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        preview = await previewing(watcher)
        with pytest.raises(EyeError, match="somebody else uses the camera"):
            await gather(watcher, 60.0, asker=Caller(pid=2, uid=4711), manners=Manners.YIELD)
        await asyncio.sleep(0.05)
        assert not preview.done()
        preview.cancel()
        await asyncio.gather(preview, return_exceptions=True)

    with_eye(tmp_path, eye, work)


def test_an_eye_that_is_asked_what_it_has_does_not_end_a_preview(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        preview = await previewing(watcher)
        assert await watcher.describe() == eye.description
        await asyncio.sleep(0.05)
        assert not preview.done()
        preview.cancel()
        await asyncio.gather(preview, return_exceptions=True)

    with_eye(tmp_path, eye, work)


# --- enrolments, and logins -------------------------------------------------------------------------------------------


async def enrolling(watcher: Watcher, asker: Caller = ROOT) -> asyncio.Task[list[Opened | Observation]]:
    """Begin what an enrolment does before the camera, and return it when frames come."""
    screen = Screen()
    enrolment = asyncio.create_task(gather(watcher, 60.0, 1_000_000, asker, screen, Manners.PAUSE))
    async with asyncio.timeout(5):
        await screen.next(0)
    return enrolment


def test_an_enrolment_makes_way_for_a_login_and_waits_for_it_to_end(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        enrolment = await enrolling(watcher)
        login = asyncio.create_task(gather(watcher, 5.0, 1_000_000, Caller(pid=2, uid=4711)))
        with pytest.raises(GaveWay):
            await enrolment
        again = asyncio.create_task(gather(watcher, 5.0, manners=Manners.PAUSE))
        await asyncio.sleep(0.05)
        assert not again.done(), "the login has the camera"
        login.cancel()
        assert await again == [OPENED, FRAME, FRAME]

    assert with_eye(tmp_path, eye, work) == 0


def test_an_enrolment_keeps_the_camera_from_another_enrolment_and_from_previews(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)

    async def work(watcher: Watcher) -> None:
        enrolment = await enrolling(watcher)
        other = asyncio.create_task(gather(watcher, 5.0, manners=Manners.PAUSE))
        with pytest.raises(EyeError, match="somebody else uses the camera"):
            await gather(watcher, 60.0, manners=Manners.YIELD)
        await asyncio.sleep(0.05)
        assert not enrolment.done()
        enrolment.cancel()
        assert len(await other) == 3

    with_eye(tmp_path, eye, work)


def test_an_enrolment_that_waits_takes_no_login_its_place(tmp_path: Path) -> None:
    eye = FakeEye()
    eye.answers = (OPENED, FRAME)
    me = Caller(pid=1, uid=4711)

    async def work(watcher: Watcher) -> None:
        first = asyncio.create_task(gather(watcher, 5.0, 1_000_000))
        await asyncio.sleep(0.05)
        enrolment = asyncio.create_task(gather(watcher, 5.0, 1_000_000, me, manners=Manners.PAUSE))
        await asyncio.sleep(0.01)
        login = asyncio.create_task(gather(watcher, 5.0, 3, me))
        await asyncio.sleep(0.05)
        first.cancel()
        assert await login == [OPENED, FRAME, FRAME]
        with pytest.raises(GaveWay):
            await enrolment
        assert len(eye.requests) == 2, "and the enrolment, which stood before it, opened no camera in between"

    with_eye(tmp_path, eye, work)
