"""An enrolment over the bus: what its client hears, decides and loses."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import Enrolled, EnrollStep, Failure, Hint, Pose, Reason, Refusal, View
from facelatch_eye.messages import Answer, Observation, Problem, ProblemKind, Watch
from facelatch_eye.messages import View as EyeView
from facelatchd.bus import action as action_module
from facelatchd.enrolment import Patience
from facelatchd.selection import Choice, Selection, Sheet
from facelatchd.store import FaceRecord, LabelTaken
from tests.unit.facelatchd.bus.office import ALICE, AS_ALICE, AS_BOB, Office, Told
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.fake_eye import CAMERA, JPEG, OPENED
from tests.unit.facelatchd.seen import ALL_POSES, MANIFEST, NOBODY, STRAIGHT_ONLY, STRANGER, face, seen, shot, varied


async def begin(office: Office, label: str = "plain", **options: Any) -> None:
    await office.camera.claim(AS_ALICE, "")
    await office.camera.enroll_start(AS_ALICE, label, options)


def of_somebody_else(index: int) -> Observation:
    """A picture of another person than `shot` shows."""
    looks = varied(index)[::-1]
    return seen(EyeView.CLEAR, face(np.ascontiguousarray(looks)))


def faces(office: Office) -> list[FaceRecord]:
    return office.rooms.store.faces(ALICE)


def steps(office: Office) -> list[EnrollStep]:
    return [told.values[3] for told in office.bus.told if isinstance(told.values[3], EnrollStep)]


def failure(told: Told) -> tuple[Reason, str]:
    """Assert that an enrolment failed; return why."""
    result, done, _progress, details = told.values
    assert (result, done) == ("enroll-failed", True)
    assert isinstance(details, Failure)
    return details.reason, details.text


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


# --- from pictures ----------------------------------------------------------------------------------------------------


def test_pictures_are_enrolled_and_a_bad_one_is_named(empty_office: Office) -> None:
    office = empty_office
    bad = Problem(ProblemKind.BAD_PICTURE, "not a picture")
    office.rooms.eye.pictures = [shot(0), bad, shot(1), shot(2)]

    async def work() -> None:
        await begin(office, pictures=True)
        told = [await office.camera.enroll_picture(AS_ALICE, f"{number}.jpg", b"jpeg") for number in range(4)]
        assert [(one.name, one.taken, one.shot) for one in told] == [
            ("0.jpg", True, 1), ("1.jpg", False, None), ("2.jpg", True, 3), ("3.jpg", True, 4),
        ]  # fmt: skip
        assert (told[1].hint, told[1].text) == (Hint.BAD_PICTURE, "not a picture")
        assert office.bus.told == []
        shots = await office.camera.enroll_shots(AS_ALICE)
        assert [(one.name, one.picture) for one in shots] == [("0.jpg", b""), ("2.jpg", b""), ("3.jpg", b"")]
        await office.camera.enroll_save(AS_ALICE, [])
        enrolled = (await office.end()).values[3]
        assert (enrolled.face.camera, enrolled.face.templates, enrolled.missing) == ("pictures", 3, ())
        await refused(office.camera.enroll_picture(AS_ALICE, "a.jpg", b"jpeg"), Refusal.NO_ACTION_IN_PROGRESS)

    office.run(work)
    assert not any(isinstance(request, Watch) for request in office.rooms.eye.requests)


async def send(office: Office, *pictures: Answer) -> None:
    """Send as many pictures as are given, of which the eye sees this."""
    office.rooms.eye.pictures = list(pictures)
    for number in range(len(pictures)):
        await office.camera.enroll_picture(AS_ALICE, f"{number}.jpg", b"jpeg")


def test_while_it_is_decided_which_pictures_are_kept_others_are_answered(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = empty_office
    choose, go_on = Selection.choose, threading.Event()

    def slow(rules: Selection, sheets: Sequence[Sheet]) -> Choice:
        assert go_on.wait(10), "the loop stood still"
        return choose(rules, sheets)

    monkeypatch.setattr(Selection, "choose", slow)

    async def work() -> None:
        await begin(office, pictures=True)
        await send(office, *STRAIGHT_ONLY)
        shown = [asyncio.create_task(office.camera.enroll_shots(AS_ALICE)) for _ in range(3)]
        saved = asyncio.create_task(office.camera.enroll_save(AS_ALICE, []))
        await office.manager.get_status(AS_BOB)
        assert not any(task.done() for task in (*shown, saved))
        go_on.set()
        assert [len(shots) for shots in await asyncio.gather(*shown)] == [3, 3, 3]
        await saved
        assert (await office.end()).values[3].face.templates == 3

    office.run(work)


def test_when_there_are_no_more_pictures_each_is_judged_and_saving_is_waited_for(empty_office: Office) -> None:
    office = empty_office

    async def work() -> None:
        await begin(office, pictures=True)
        await send(office, STRANGER, *STRAIGHT_ONLY, NOBODY)
        await office.camera.enroll_finish(AS_ALICE)
        review = await office.heard("enroll-review")
        assert [(step.name, step.taken, step.shot) for step in steps(office)[:5]] == [
            ("0.jpg", False, None), ("1.jpg", True, 2), ("2.jpg", True, 3), ("3.jpg", True, 4), ("4.jpg", False, None),
        ]  # fmt: skip
        assert [step.hint for step in steps(office)[:5]] == [Hint.ANOTHER_FACE, None, None, None, Hint.NO_FACE]
        assert {step.kept for step in steps(office)[:5]} == {3}
        assert review.values[3].kept == 3
        assert faces(office) == []
        await refused(office.camera.enroll_picture(AS_ALICE, "late.jpg", b"jpeg"), Refusal.NO_ACTION_IN_PROGRESS)
        assert [one.shot for one in await office.camera.enroll_shots(AS_ALICE)] == [2, 3, 4]
        assert "no shot 1" in await refused(office.camera.enroll_save(AS_ALICE, [1]), Reason.BAD_REQUEST)
        await office.camera.enroll_save(AS_ALICE, [])
        assert (await office.end()).values[3].face.templates == 3

    office.run(work)


def test_pictures_that_are_saved_at_once_are_judged_as_well_and_no_review_is_announced(empty_office: Office) -> None:
    office = empty_office

    async def work() -> None:
        await begin(office, pictures=True)
        await send(office, *STRAIGHT_ONLY, STRANGER)
        await office.camera.enroll_save(AS_ALICE, [])
        await office.end()
        assert [told.values[0] for told in office.bus.told] == [
            *["enroll-stage-passed"] * 3, "enroll-retry-scan", "enroll-completed",
        ]  # fmt: skip

    office.run(work)


def test_pictures_of_two_people_fail_in_words_and_which_is_whose_is_told(empty_office: Office) -> None:
    office = empty_office

    async def work() -> None:
        await begin(office, pictures=True)
        await send(office, *STRAIGHT_ONLY, *(of_somebody_else(number) for number in range(3)))
        await office.camera.enroll_finish(AS_ALICE)
        reason, text = failure(await office.end())
        assert reason is Reason.SEVERAL_FACES
        assert "0.jpg, 1.jpg, 2.jpg" in text
        assert [step.hint for step in steps(office)] == [Hint.UNDECIDED] * 6

    office.run(work)
    assert faces(office) == []


def test_a_picture_of_the_person_says_whom_pictures_of_two_people_are_about(empty_office: Office) -> None:
    office = empty_office

    async def work() -> None:
        await begin(office, pictures=True, like="4.jpg")
        await send(office, *STRAIGHT_ONLY, *(of_somebody_else(number) for number in range(3)))
        await office.camera.enroll_save(AS_ALICE, [])
        await office.end()
        assert [step.name for step in steps(office) if step.taken] == ["3.jpg", "4.jpg", "5.jpg"]

    office.run(work)
    assert len(faces(office)) == 1


def test_a_picture_that_is_too_large_is_named_and_the_enrolment_goes_on(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.pictures = [shot(0)]

    async def work() -> None:
        await begin(office, pictures=True)
        step = await office.camera.enroll_picture(AS_ALICE, "0.jpg", bytes(LARGEST_PICTURE + 1))
        assert (step.taken, step.hint, step.name) == (False, Hint.BAD_PICTURE, "0.jpg")
        assert "16 MiB" in step.text
        assert office.rooms.eye.requests == []
        assert (await office.camera.enroll_picture(AS_ALICE, "1.jpg", b"jpeg")).taken

    office.run(work)


def test_too_few_pictures_fail_in_words(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.pictures = [shot(0), NOBODY]

    async def work() -> None:
        await begin(office, pictures=True)
        for number in range(2):
            await office.camera.enroll_picture(AS_ALICE, f"{number}.jpg", b"jpeg")
        await office.camera.enroll_save(AS_ALICE, [])
        reason, text = failure(await office.end())
        assert reason is Reason.UNCLEAR
        assert "1 of 3 shots needed; nothing is stored" in text

    office.run(work)
    assert faces(office) == []


def test_pictures_that_do_not_come_are_not_waited_for_without_end(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = empty_office
    monkeypatch.setattr(action_module, "WITHOUT_PERSON", 0.2)
    office.rooms.eye.pictures = [shot(0)]

    async def work() -> None:
        await begin(office, pictures=True)
        await office.camera.enroll_picture(AS_ALICE, "0.jpg", b"jpeg")
        assert failure(await office.end())[0] is Reason.TIMEOUT

    office.run(work)
    assert faces(office) == []


def test_a_client_that_leaves_between_two_pictures_stores_nothing(empty_office: Office) -> None:
    office = empty_office
    office.rooms.eye.pictures = [*STRAIGHT_ONLY]

    async def work() -> None:
        await begin(office, pictures=True)
        for number in range(3):
            await office.camera.enroll_picture(AS_ALICE, f"{number}.jpg", b"jpeg")
        office.bus.leave(AS_ALICE.sender)
        await asyncio.sleep(0.05)
        assert office.bus.told == []

    office.run(work)
    assert faces(office) == []


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
