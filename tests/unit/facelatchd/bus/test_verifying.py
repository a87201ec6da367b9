"""A verification over the bus: what its client hears, who sees figures, and that it is no way round the lock-out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from facelatch.types import Band, Reason, Refusal, Tried, TryStep, Verdict, View
from facelatch_eye import messages
from facelatch_eye.messages import Observation, Problem, ProblemKind, Watch
from facelatchd.bus.adapter import Call
from facelatchd.bus.authority import Right
from facelatchd.bus.roster import DEFAULT
from facelatchd.clock import now
from facelatchd.store import StoreError
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, AS_ROOT, Office, Told, attempt
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.fake_eye import CAMERA, JPEG, OPENED
from tests.unit.facelatchd.seen import MANIFEST, STRANGER, seen, unit

FAR = seen(messages.View.FAR)


async def verify(office: Office, call: Call = AS_ALICE, face: str = "any", **options: bool) -> list[Told]:
    """Claim, verify to the end, and return what was told."""
    await office.camera.claim(call, "alice")
    await office.camera.verify_start(call, face, dict(options))
    await office.end()
    return office.bus.told


def recorded(office: Office) -> list[Reason]:
    return [line.reason for line in office.rooms.store.attempts("alice", 9)]


@pytest.mark.parametrize("call", [AS_ALICE, AS_ROOT])
@pytest.mark.parametrize("figures", [False, True])
def test_the_claimer_hears_of_each_frame_and_of_figures_only_where_he_asked_for_them(
    office: Office, call: Call, figures: bool
) -> None:
    async def work() -> None:
        *steps, last = await verify(office, call, figures=figures)
        assert {(told.receiver, told.path, told.signal) for told in (*steps, last)} == {
            (call.sender, DEFAULT, "VerifyStatus")
        }
        result, done, tried = last.values
        assert (result, done) == ("verify-match", True)
        assert isinstance(tried, Tried)
        assert (tried.verdict, tried.reason, tried.band) == (Verdict.MATCH, Reason.MATCHED, Band.MATCH)
        assert len(steps) == tried.frames == 3
        assert tried.took == {"detect": 2.0}
        for told in steps:
            result, done, step = told.values
            assert (result, done) == ("verify-clear", False)
            assert isinstance(step, TryStep)
            assert step.view is View.CLEAR
            assert (step.band is Band.MATCH) is figures, "frame by frame, a band would tell which way is up"
            assert (step.evidence is not None) is figures
        assert steps[-1].values[2].live is (True if figures else None)
        assert [value is not None for value in (tried.evidence, tried.wanted)] == [figures] * 2

    office.run(work)
    assert recorded(office) == [Reason.MATCHED]


def test_an_ordinary_caller_learns_where_the_time_went_and_no_score_by_it(office: Office) -> None:
    async def work() -> None:
        tried = (await verify(office))[-1].values[2]
        assert tried.opening is not None
        assert 0 < tried.opening < tried.seconds
        assert 0 < tried.deciding < tried.seconds
        assert (tried.evidence, tried.wanted) == (None, None)

    office.run(work)


def test_a_camera_that_did_not_open_took_no_time_to(office: Office) -> None:
    office.rooms.eye.answers = (Problem(ProblemKind.CAMERA_BUSY, "a program has it"),)

    async def work() -> None:
        tried = (await verify(office))[-1].values[2]
        assert tried.opening is None
        assert 0 < tried.deciding <= tried.seconds

    office.run(work)


def test_figures_are_for_who_may_configure(office: Office) -> None:
    async def work() -> None:
        office.bus.allowed = set(Right) - {Right.CONFIGURE}
        await office.camera.claim(AS_ALICE, "")
        await refused(office.camera.verify_start(AS_ALICE, "any", {"figures": True}), Reason.NOT_PERMITTED)
        assert office.rooms.eye.requests == []
        await office.camera.verify_start(AS_ALICE, "any", {})
        assert (await office.end()).values[0] == "verify-match"

    office.run(work)


def test_a_stranger_is_no_match_and_counts(office: Office) -> None:
    office.rooms.eye.answers = (OPENED, STRANGER)

    async def work() -> None:
        result, done, tried = (await verify(office))[-1].values
        assert (result, done, tried.verdict) == ("verify-no-match", True, Verdict.MISMATCH)
        assert (tried.band, tried.evidence) == (Band.FAR, None)

    office.run(work)
    assert recorded(office) == [Reason.ANOTHER_FACE]
    assert office.rooms.store.standing(ALICE).mismatches == 1


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (seen(messages.View.NO_FACE), "verify-no-face"),
        (FAR, "verify-unclear"),
        (Problem(ProblemKind.CAMERA_BUSY, "a program has it"), "verify-camera-busy"),
    ],
)
def test_every_other_end_is_called_by_its_reason(office: Office, answer: messages.Answer, result: str) -> None:
    office.rooms.eye.answers = (OPENED, answer)

    async def work() -> None:
        told = (await verify(office))[-1]
        assert told.values[:2] == (result, True)
        assert told.values[2].verdict is Verdict.UNAVAILABLE

    office.run(work)


def test_trying_does_not_go_round_the_lock_out_not_even_for_root(office: Office) -> None:
    for _ in range(5):
        office.rooms.store.record_attempt(attempt("sudo", when=datetime.now(UTC)), now())

    async def work() -> None:
        for call in (AS_ALICE, AS_ROOT):
            assert (await verify(office, call))[-1].values[0] == "verify-locked-out"
            await office.camera.release(call)
            office.bus.told.clear()

    office.run(work)
    assert office.rooms.eye.requests == []


def test_somebody_else_is_verified_for_who_may_manage_others(office: Office) -> None:
    async def work() -> None:
        assert (await verify(office, AS_BOB))[-1].values[0] == "verify-match"

    office.run(work)
    assert recorded(office) == [Reason.MATCHED]


@pytest.mark.parametrize(
    ("face", "result"), [("any", "match"), ("", "match"), ("made up", "match"), ("other", "no-match")]
)
def test_the_face_that_is_named_is_the_only_one_compared(office: Office, face: str, result: str) -> None:
    office.rooms.store.add_face(ALICE, "other", MANIFEST.id, MANIFEST.space, "made-up", [-unit()] * 3)

    async def work() -> None:
        assert (await verify(office, face=face))[-1].values[0] == f"verify-{result}"

    office.run(work)


def test_an_unknown_face_is_refused_before_the_camera_opens(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await refused(office.camera.verify_start(AS_ALICE, "nobody", {}), Refusal.NO_SUCH_FACE)

    office.run(work)
    assert office.rooms.eye.requests == []


def test_the_camera_that_was_claimed_is_the_one_that_looks(office: Office) -> None:
    async def work() -> None:
        office.roster.update([CAMERA])
        office.camera = list(office.roster)[1]
        told = await verify(office)
        assert {one.path for one in told} == {office.camera.path_on_bus} != {DEFAULT}

    office.run(work)
    (watch,) = office.rooms.eye.requests
    assert isinstance(watch, Watch)
    assert watch.cameras == (CAMERA.id,)


def test_the_default_camera_is_the_one_that_the_face_was_enrolled_with(office: Office) -> None:
    office.rooms.store.add_face(ALICE, "newer", MANIFEST.id, MANIFEST.space, "usb-7", [unit()] * 3)
    office.run(lambda: verify(office))  # type: ignore[arg-type, return-value]
    (watch,) = office.rooms.eye.requests
    assert isinstance(watch, Watch)
    assert watch.cameras == ("usb-7", CAMERA.id)


def test_the_default_camera_is_the_one_of_the_settings(office: Office) -> None:
    office.choices.choose("camera", use="usb-7")
    office.run(lambda: verify(office))  # type: ignore[arg-type, return-value]
    (watch,) = office.rooms.eye.requests
    assert isinstance(watch, Watch)
    assert watch.cameras == ("usb-7",)


# --- frames -----------------------------------------------------------------------------------------------------------


def test_frames_are_shown_to_who_asked_for_them(office: Office) -> None:
    office.rooms.eye.answers = (OPENED, FAR)

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await office.camera.verify_start(AS_ALICE, "any", {"preview": True})
        number, jpeg, analysis = await office.camera.next_frame(AS_ALICE, 0)
        assert (jpeg, analysis.view) == (JPEG, View.FAR)
        later, _jpeg, _analysis = await office.camera.next_frame(AS_ALICE, number + 2)
        assert later > number + 2
        await refused(office.camera.next_frame(AS_BOB, 0), Refusal.CLAIM_CAMERA)

    office.run(work)


def test_who_waits_for_a_frame_that_never_comes_is_told_at_the_end(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await office.camera.verify_start(AS_ALICE, "any", {})
        await refused(office.camera.next_frame(AS_ALICE, 0), Refusal.NO_ACTION_IN_PROGRESS)

    office.run(work)
    (watch,) = office.rooms.eye.requests
    assert isinstance(watch, Watch)
    assert not watch.preview


# --- ends -------------------------------------------------------------------------------------------------------------


ENDINGS = {
    "stopped": lambda office: office.camera.verify_stop(AS_ALICE),
    "released": lambda office: office.camera.release(AS_ALICE),
    "the judge stops": lambda office: office.camera.end(),
    "the machine sleeps": lambda office: office.camera.pause(),
}


async def _leave(office: Office) -> None:
    office.bus.leave(AS_ALICE.sender)


@pytest.mark.parametrize("ending", [*ENDINGS, "gone"])
@pytest.mark.parametrize(("frame", "reason", "run"), [(STRANGER, Reason.ANOTHER_FACE, 1), (FAR, Reason.CANCELLED, 0)])
def test_a_try_that_is_cut_short_counts_what_was_judged_and_frees_the_camera(
    office: Office, frame: Observation, reason: Reason, run: int, ending: str
) -> None:
    office.rooms.eye.answers, office.rooms.eye.hangs = (OPENED, *[frame] * 4), True

    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        await office.camera.verify_start(AS_ALICE, "any", {})
        async with asyncio.timeout(5):
            while len(office.bus.told) < 4:
                await asyncio.sleep(0.005)
        await ENDINGS.get(ending, _leave)(office)
        await office.eye_is_left()
        async with asyncio.timeout(5):
            while not recorded(office):
                await asyncio.sleep(0.005)
        assert recorded(office) == [reason]
        assert office.rooms.store.standing(ALICE).mismatches == run
        assert office.camera.claimed is (ending in ("stopped", "the machine sleeps"))

    office.run(work)


def test_a_stop_after_the_end_is_no_fault_and_another_try_may_follow(office: Office) -> None:
    async def work() -> None:
        for _ in range(2):
            office.bus.told.clear()
            await office.camera.verify_start(AS_ALICE, "any", {}) if office.camera.claimed else await verify(office)
            await office.end()
            await office.camera.verify_stop(AS_ALICE)

    office.run(work)
    assert recorded(office) == [Reason.MATCHED] * 2


@pytest.mark.parametrize(
    ("error", "reason"), [(StoreError("locked"), "store-failed"), (ZeroDivisionError("x"), "internal")]
)
def test_a_fault_of_ours_is_no_verdict_and_the_client_hears_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    async def work() -> None:
        monkeypatch.setattr(office.rooms.store, "standing", fail)
        told = (await verify(office))[-1]
        assert told.values[:2] == (f"verify-{reason}", True)
        assert told.values[2] == msgspec.structs.replace(told.values[2], verdict=Verdict.UNAVAILABLE, evidence=None)

    office.run(work)
