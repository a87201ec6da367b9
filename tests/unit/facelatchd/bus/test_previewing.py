"""A preview over the bus: it shows frames to the claimer, and stands in nobody's way."""

from __future__ import annotations

import asyncio

import pytest

from facelatch.types import Failure, Reason, Refusal, View
from facelatch_eye.messages import Problem, ProblemKind, Watch
from facelatchd.bouncer import Caller
from facelatchd.bus import action as action_module
from facelatchd.verification import Ask, Verification
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, Office
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.fake_eye import JPEG, OPENED
from tests.unit.facelatchd.person import Person
from tests.unit.facelatchd.seen import NOBODY


@pytest.fixture
def office(office: Office) -> Office:
    """An office with nobody before the camera: a preview goes on for as long as it may."""
    office.rooms.eye.answers = (OPENED, NOBODY)
    return office


async def begin(office: Office) -> None:
    """Claim, and preview until something is seen."""
    await office.camera.claim(AS_ALICE, "")
    await office.camera.preview_start(AS_ALICE)
    await office.camera.next_frame(AS_ALICE, 0)


def watched(office: Office) -> Watch:
    request = office.rooms.eye.requests[0]
    assert isinstance(request, Watch)
    return request


def test_frames_are_fetched_as_they_come_and_nothing_is_compared(office: Office) -> None:
    async def work() -> None:
        await begin(office)
        numbers: list[int] = []
        for _ in range(3):
            number, jpeg, analysis = await office.camera.next_frame(AS_ALICE, numbers[-1] if numbers else 0)
            assert (jpeg, analysis.view) == (JPEG, View.NO_FACE)
            numbers.append(number)
        assert numbers == sorted(set(numbers))
        await refused(office.camera.next_frame(AS_BOB, 0), Refusal.CLAIM_CAMERA)
        assert office.bus.told == [], "frames are fetched, never sent"

    office.run(work)
    assert watched(office).preview
    assert watched(office).tasks == ()
    assert office.rooms.store.attempts("alice", 9) == []


@pytest.mark.parametrize("how", ["preview_stop", "release"])
def test_a_preview_that_is_stopped_frees_the_camera_and_wakes_whoever_waits_for_a_frame(
    office: Office, how: str
) -> None:
    async def work() -> None:
        await begin(office)
        waiting = asyncio.create_task(office.camera.next_frame(AS_ALICE, 10**9))
        await asyncio.sleep(0.01)
        await getattr(office.camera, how)(AS_ALICE)
        await refused(waiting, Refusal.NO_ACTION_IN_PROGRESS)
        await office.eye_is_left()
        assert office.bus.told == [], "who stops it knows"

    office.run(work)


def test_a_client_that_leaves_leaves_no_camera_on(office: Office) -> None:
    async def work() -> None:
        await begin(office)
        office.bus.leave(AS_ALICE.sender)
        await office.eye_is_left()

    office.run(work)


def test_a_login_ends_a_preview_and_the_client_hears_why(office: Office) -> None:
    async def work() -> None:
        await begin(office)
        ask = Ask(caller=Caller(pid=1, uid=0), user=ALICE.name, service="swaylock", seconds=5.0)
        outcome = await Verification(office.house, ask, Person()).run()
        assert outcome.reason is Reason.NO_FACE, "it has looked"
        told = await office.end()
        assert (told.receiver, told.signal, told.values[0]) == (AS_ALICE.sender, "PreviewStatus", "preview-busy")
        assert isinstance(told.values[2], Failure)
        assert told.values[2].reason is Reason.BUSY
        await refused(office.camera.next_frame(AS_ALICE, 0), Refusal.NO_ACTION_IN_PROGRESS)
        await office.camera.preview_start(AS_ALICE)
        await office.camera.next_frame(AS_ALICE, 0)

    office.run(work)


def test_a_preview_that_nobody_looks_at_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_module, "UNWATCHED", 0.2)

    async def work() -> None:
        await begin(office)
        told = await office.end()
        assert told.values[0] == "preview-timeout"
        assert "nobody has asked for a frame" in told.values[2].text
        await office.eye_is_left()

    office.run(work)


def test_a_preview_lasts_so_long_and_no_longer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_module, "LONGEST_PREVIEW", 0.7)

    async def work() -> None:
        await begin(office)
        assert (await office.end()).values[0] == "preview-timeout"

    office.run(work)


@pytest.mark.parametrize(
    ("problem", "result"),
    [
        (Problem(ProblemKind.NO_CAMERA, "none"), "preview-no-camera"),
        (Problem(ProblemKind.CAMERA_ENDED, "unplugged"), "preview-camera-failed"),
    ],
)
def test_a_camera_that_fails_ends_a_preview_in_words(office: Office, problem: Problem, result: str) -> None:
    office.rooms.eye.answers = (problem,)

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await office.camera.preview_start(AS_ALICE)
        told = await office.end()
        assert (told.values[0], told.values[2].text) == (result, problem.text)

    office.run(work)


def test_a_preview_of_two_cameras_is_one_too_many(office: Office) -> None:
    async def work() -> None:
        await begin(office)
        office.roster.update(office.rooms.eye.description.cameras)
        second = list(office.roster)[1]
        await second.claim(AS_BOB, "")
        await second.preview_start(AS_BOB)
        told = await office.end()
        assert (told.receiver, told.values[0]) == (AS_BOB.sender, "preview-busy")
        await office.camera.next_frame(AS_ALICE, 0)

    office.run(work)


def test_a_machine_that_goes_to_sleep_takes_the_preview_and_leaves_the_claim(office: Office) -> None:
    async def work() -> None:
        await begin(office)
        await office.camera.pause()
        await office.eye_is_left()
        assert (await office.end()).values[0] == "preview-cancelled"
        assert office.camera.claimed
        await office.camera.preview_start(AS_ALICE)

    office.run(work)
