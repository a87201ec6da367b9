"""An enrolment over the bus: what its client hears, decides and loses."""

from __future__ import annotations

import asyncio
import sqlite3

import msgspec
import pytest

from facelatch.types import Enrolled, Hint, Pose, Reason, Refusal, View
from facelatch_eye.messages import Watch
from facelatchd.bus import action as action_module
from facelatchd.enrolment import Patience
from facelatchd.store import LabelTaken
from tests.unit.facelatchd.bus.enrolments import begin, faces, failure, steps
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, Office
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.fake_eye import CAMERA, JPEG, OPENED
from tests.unit.facelatchd.seen import ALL_POSES, MANIFEST, NOBODY, STRAIGHT_ONLY, shot, varied

# --- from the camera --------------------------------------------------------------------------------------------------


def test_an_enrolment_tells_each_shot_and_ends_with_the_face(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await begin(office)
        result, done, progress, enrolled = (await office.end()).values
        assert (result, done, progress) == ("enroll-completed", True, 1.0)
        assert isinstance(enrolled, Enrolled)
        assert (enrolled.face.label, enrolled.face.camera, enrolled.face.usable) == ("plain", CAMERA.id, True)
        assert (enrolled.missing, enrolled.text) == ((), "")
        assert [face.id for face in faces(office)] == [enrolled.face.id]
        assert [told.values[0] for told in office.bus.told[:-1]] == ["enroll-stage-passed"] * len(ALL_POSES)
        shares = [told.values[2] for told in office.bus.told]
        assert shares == sorted(shares)
        assert [step.shot for step in steps(office)] == list(range(1, len(ALL_POSES) + 1))
        assert {(told.receiver, told.signal) for told in office.bus.told} == {(AS_ALICE.sender, "EnrollStatus")}

    office.run(work)
    (watch,) = office.rooms.eye.requests
    assert isinstance(watch, Watch)
    assert not watch.preview, "nobody looks at it"


def test_who_does_not_turn_his_head_is_told_what_is_missing(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = empty_office
    monkeypatch.setattr(action_module, "BRISK", Patience(longest=5.0, stalled=0.1))
    office.rooms.eye.answers = (OPENED, *STRAIGHT_ONLY, NOBODY)

    async def work() -> None:
        await begin(office)
        enrolled = (await office.end()).values[3]
        assert isinstance(enrolled, Enrolled)
        assert enrolled.missing == (Pose.LEFT, Pose.RIGHT, Pose.UP, Pose.DOWN)
        assert "improve this face" in enrolled.text
        retry = next(told for told in office.bus.told if told.values[0] == "enroll-retry-scan")
        assert retry.values[3].hint is Hint.NO_FACE

    office.run(work)


@pytest.mark.parametrize("how", ["enroll_stop", "release", "leave"])
def test_an_enrolment_that_is_cut_short_frees_the_camera_and_stores_nothing(empty_office: Office, how: str) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *STRAIGHT_ONLY, NOBODY)

    async def work() -> None:
        await begin(office)
        await office.heard("enroll-retry-scan")
        if how == "leave":
            office.bus.leave(AS_ALICE.sender)
        else:
            await getattr(office.camera, how)(AS_ALICE)
        await office.eye_is_left()
        assert not any(told.values[1] for told in office.bus.told)

    office.run(work)
    assert faces(office) == []


def test_leaving_while_the_eye_says_nothing_leaves_the_queue_for_the_camera(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers, office.rooms.eye.hangs = (), True

    async def work() -> None:
        await begin(office)
        async with asyncio.timeout(5):
            while not office.rooms.eye.open:
                await asyncio.sleep(0.005)
        office.bus.leave(AS_ALICE.sender)
        await office.eye_is_left()

    office.run(work)


def test_what_does_not_look_alive_is_refused(empty_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office = empty_office
    monkeypatch.setattr(action_module, "BRISK", Patience(longest=5.0, stalled=0.1))
    office.rooms.eye.answers = (OPENED, *(shot(number, live=0.01) for number in range(4)), NOBODY)

    async def work() -> None:
        await begin(office)
        assert failure(await office.end())[0] is Reason.NOT_LIVE

    office.run(work)
    assert faces(office) == []


def test_a_label_that_is_taken_is_refused_before_the_camera_opens(office: Office) -> None:
    async def work() -> None:
        await office.camera.claim(AS_ALICE, "")
        with pytest.raises(LabelTaken, match="'made up'"):
            await office.camera.enroll_start(AS_ALICE, "made up", {})

    office.run(work)
    assert office.rooms.eye.requests == []


def test_an_enrolment_into_a_locked_store_fails_in_words(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES[:-1], NOBODY)

    async def work() -> None:
        await begin(office)
        await office.heard("enroll-retry-scan")
        lock = sqlite3.connect(office.rooms.folder / "facelatch.db")
        lock.execute("BEGIN EXCLUSIVE")
        try:
            await office.camera.enroll_finish(AS_ALICE)
            reason, text = failure(await office.end())
        finally:
            lock.rollback()
            lock.close()
        assert reason is Reason.STORE_FAILED
        assert "locked" in text

    office.run(work)
    assert faces(office) == []


def test_a_fault_of_ours_ends_an_enrolment_and_tells_nothing_of_itself(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    async def work() -> None:
        monkeypatch.setattr(office.rooms.store, "add_face", fail)
        await begin(office)
        reason, text = failure(await office.end())
        assert reason is Reason.INTERNAL
        assert "secret" not in text

    office.run(work)
    assert "a secret" in caplog.text


# --- with a review ----------------------------------------------------------------------------------------------------


def test_a_review_shows_the_shots_and_saves_all_but_those_dropped(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await begin(office, review=True)
        told = await office.heard("enroll-review")
        assert told.values[1] is False
        assert faces(office) == []
        shots = await office.camera.enroll_shots(AS_ALICE)
        assert [one.shot for one in shots] == list(range(1, len(ALL_POSES) + 1))
        assert {one.picture for one in shots} == {JPEG}
        assert {one.pose for one in shots} == set(Pose)
        await office.eye_is_left()
        (left,) = (one.shot for one in shots if one.pose is Pose.LEFT)
        await office.camera.enroll_save(AS_ALICE, [1, left])
        enrolled = (await office.end()).values[3]
        assert (enrolled.face.templates, enrolled.missing) == (len(ALL_POSES) - 2, (Pose.LEFT,))

    office.run(work)


def test_frames_are_shown_while_the_shots_are_taken_and_not_any_more_after(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES[:-1], NOBODY)

    async def work() -> None:
        await begin(office, review=True)
        await office.heard("enroll-retry-scan")
        _number, jpeg, analysis = await office.camera.next_frame(AS_ALICE, 0)
        assert (jpeg, analysis.view) == (JPEG, View.NO_FACE)
        await office.camera.enroll_finish(AS_ALICE)
        await office.heard("enroll-review")
        await refused(office.camera.next_frame(AS_ALICE, 0), Refusal.NO_ACTION_IN_PROGRESS)
        assert len(await office.camera.enroll_shots(AS_ALICE)) == len(ALL_POSES) - 1

    office.run(work)


@pytest.mark.parametrize(("dropped", "word"), [([99], "no shot 99"), (list(range(1, 9)), "0 shots would be left")])
def test_a_choice_of_shots_that_cannot_be_loses_nothing(empty_office: Office, dropped: list[int], word: str) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await begin(office, review=True)
        await office.heard("enroll-review")
        assert word in await refused(office.camera.enroll_save(AS_ALICE, dropped), Reason.BAD_REQUEST)
        await office.camera.enroll_save(AS_ALICE, [])
        assert (await office.end()).values[0] == "enroll-completed"

    office.run(work)
    assert len(faces(office)) == 1


def test_a_review_that_nobody_ends_is_over_some_day_and_stores_nothing(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = empty_office
    monkeypatch.setattr(action_module, "REVIEW", 0.2)
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await begin(office, review=True)
        reason, text = failure(await office.end())
        assert reason is Reason.TIMEOUT
        assert "nothing is stored" in text

    office.run(work)
    assert faces(office) == []


def test_where_no_review_was_asked_for_nothing_is_to_be_saved(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, NOBODY)

    async def work() -> None:
        await begin(office)
        await refused(office.camera.enroll_save(AS_ALICE, []), Refusal.NO_ACTION_IN_PROGRESS)
        await refused(office.camera.enroll_picture(AS_ALICE, "a.jpg", b"jpeg"), Refusal.NO_ACTION_IN_PROGRESS)

    office.run(work)


# --- improving, and others --------------------------------------------------------------------------------------------


def test_a_face_is_improved(empty_office: Office) -> None:
    office = empty_office
    known = office.rooms.store.add_face(ALICE, "mine", MANIFEST.id, MANIFEST.space, "made-up", [varied(14)])
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await begin(office, "", face="mine")
        enrolled = (await office.end()).values[3]
        assert (enrolled.face.id, enrolled.face.templates) == (known.id, 1 + len(ALL_POSES))

    office.run(work)
    assert len(faces(office)) == 1


def test_somebody_else_is_enrolled_by_who_may_manage_others(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work() -> None:
        await office.camera.claim(AS_BOB, "alice")
        await office.camera.enroll_start(AS_BOB, "", {})
        assert (await office.end()).receiver == AS_BOB.sender

    office.run(work)
    assert [face.label for face in faces(office)] == ["face 1"]


def test_a_virtual_camera_that_nobody_named_enrols_nobody(empty_office: Office) -> None:
    office = empty_office
    loopback = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(CAMERA, virtual=True))
    office.rooms.eye.answers = (loopback, *ALL_POSES)

    async def work() -> None:
        await begin(office)
        assert failure(await office.end())[0] is Reason.CAMERA_UNTRUSTED

    office.run(work)
    assert faces(office) == []
