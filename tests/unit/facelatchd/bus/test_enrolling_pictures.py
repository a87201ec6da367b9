"""An enrolment from pictures over the bus."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from facelatch.limits import LARGEST_PICTURE
from facelatch.types import Hint, Reason, Refusal
from facelatch_eye.messages import Answer, Problem, ProblemKind, Watch
from facelatchd.bus import action as action_module
from facelatchd.selection import Choice, Selection, Sheet
from tests.unit.facelatchd.bus.enrolments import begin, faces, failure, of_somebody_else, steps
from tests.unit.facelatchd.bus.office import AS_ALICE, AS_BOB, Office
from tests.unit.facelatchd.bus.test_camera import refused
from tests.unit.facelatchd.seen import NOBODY, STRAIGHT_ONLY, STRANGER, shot


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
