"""One enrolment: a face is stored whole, or nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from facelatch.types import Reason
from facelatch_eye.messages import Answer, Observation, Problem, ProblemKind, View
from facelatchd import enrolment as enrolment_module
from facelatchd.bouncer import Caller
from facelatchd.enrolment import FROM_PICTURES, Enrolment, Picture, Progress
from facelatchd.house import House, Refused
from facelatchd.shots import FEWEST_SHOTS, WANTED, Pose
from facelatchd.store import FaceRecord, LabelTaken, StoreError
from facelatchd.watcher import EyeError
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, face, seen

ANGLES = {Pose.STRAIGHT: (0, 0), Pose.LEFT: (20, 0), Pose.RIGHT: (-20, 0), Pose.UP: (0, 20), Pose.DOWN: (0, -20)}


def varied(index: int) -> NDArray[np.float32]:
    """Vectors of one person, none too much like another: all pairs have the cosine 0.81."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[0], vector[1 + index % (DIMENSION - 1)] = 0.9, np.sqrt(1 - 0.81)
    return vector


def shot(index: int, pose: Pose = Pose.STRAIGHT, live: float | None = 0.99) -> Observation:
    yaw, pitch = ANGLES[pose]
    return seen(View.CLEAR, face(varied(index), live=live, yaw=yaw, pitch=pitch))


POSES = [pose for pose, count in WANTED.items() for _ in range(count)]
ALL_POSES = [shot(index, pose) for index, pose in enumerate(POSES)]
STRAIGHT_ONLY = [shot(index) for index in range(FEWEST_SHOTS)]
NOBODY = seen(View.NO_FACE)
ROOT = Caller(pid=1, uid=0)


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path)


def enrol(
    rooms: Rooms, work: Callable[[Enrolment], Awaitable[tuple[FaceRecord, str]]], label: str = "plain"
) -> tuple[FaceRecord, list[Progress]]:
    told: list[Progress] = []
    faces: list[FaceRecord] = []

    async def report(progress: Progress) -> None:
        told.append(progress)

    async def inside() -> None:
        async with rooms.serving() as house:
            face, _advice = await work(Enrolment(house, ROOT, ME, label, report))
            faces.append(face)

    asyncio.run(inside())
    return faces[0], told


def from_camera(rooms: Rooms, *observations: Answer) -> tuple[FaceRecord, list[Progress]]:
    rooms.eye.answers = (OPENED, *observations)
    return enrol(rooms, lambda enrolment: enrolment.from_camera(""))


def from_pictures(rooms: Rooms, answers: Sequence[Answer]) -> tuple[FaceRecord, list[Progress]]:
    async def pictures(count: int) -> AsyncIterator[Picture]:
        for number in range(count):
            yield Picture(f"{number}.jpg", b"jpeg")

    rooms.eye.pictures = list(answers)
    return enrol(rooms, lambda enrolment: enrolment.from_pictures(pictures(len(answers))))


def nothing_is_stored(rooms: Rooms) -> bool:
    return rooms.store.faces(ME) == [] and rooms.store.enrolled_users() == 0


def test_every_pose_once_makes_a_face_of_the_camera_that_saw_it(rooms: Rooms) -> None:
    record, told = from_camera(rooms, *ALL_POSES)
    assert rooms.store.faces(ME) == [record]
    assert (record.label, record.camera, record.templates) == ("plain", CAMERA.id, len(ALL_POSES))
    assert (record.pack, record.space) == (MANIFEST.id, MANIFEST.space)
    assert [progress.kept for progress in told] == list(range(1, len(ALL_POSES) + 1))
    assert told[-1].wanted == told[-1].kept
    kept = np.stack([template.vector for template in rooms.store.templates(ME, MANIFEST.space)])
    assert np.array_equal(kept, [varied(index) for index in range(len(ALL_POSES))])


def test_a_person_who_does_not_turn_is_enrolled_with_what_there_is(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_module, "STALLED", 0.2)
    record, told = from_camera(rooms, *STRAIGHT_ONLY, NOBODY)
    assert record.templates == FEWEST_SHOTS
    assert not told[-1].shot.taken


def test_too_few_shots_are_waited_for_to_the_end_and_then_nothing_is_stored(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolment_module, "STALLED", 0.05)
    monkeypatch.setattr(enrolment_module, "LONGEST", 0.7)
    with pytest.raises(Refused, match=r"2 of 3 shots needed.*No face to be seen") as refusal:
        from_camera(rooms, *STRAIGHT_ONLY[:2], NOBODY)
    assert refusal.value.reason is Reason.UNCLEAR
    assert nothing_is_stored(rooms)


def test_at_the_deadline_what_is_enough_is_stored(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_module, "LONGEST", 0.7)
    record, _told = from_camera(rooms, *STRAIGHT_ONLY, NOBODY)
    assert record.templates == FEWEST_SHOTS


@pytest.mark.parametrize("live", [0.02, None])
def test_what_does_not_look_alive_or_is_not_said_to_be_stores_nothing(rooms: Rooms, live: float | None) -> None:
    observations = [shot(index, pose, live) for index, pose in enumerate(POSES)]
    with pytest.raises(Refused, match="picture of a face") as refusal:
        from_camera(rooms, *observations)
    assert refusal.value.reason is Reason.NOT_LIVE
    assert nothing_is_stored(rooms)


def test_a_camera_that_ends_in_the_middle_stores_nothing(rooms: Rooms) -> None:
    with pytest.raises(EyeError, match="unplugged") as error:
        from_camera(rooms, *STRAIGHT_ONLY, Problem(ProblemKind.CAMERA_ENDED, "unplugged"))
    assert error.value.reason is Reason.CAMERA_FAILED
    assert nothing_is_stored(rooms)


def test_a_label_that_is_taken_stores_nothing_more(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "plain", MANIFEST.id, MANIFEST.space, "made-up", [varied(0)])
    with pytest.raises(LabelTaken, match="'plain'"):
        from_camera(rooms, *ALL_POSES)
    assert len(rooms.store.faces(ME)) == 1


def test_a_store_that_is_locked_stores_nothing(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise StoreError("locked")

    monkeypatch.setattr(rooms.store, "add_face", fail)
    with pytest.raises(StoreError, match="locked"):
        from_camera(rooms, *ALL_POSES)
    assert nothing_is_stored(rooms)


def test_pictures_make_a_face_of_no_camera_and_need_not_look_alive(rooms: Rooms) -> None:
    record, told = from_pictures(rooms, [shot(index, live=0.01) for index in range(FEWEST_SHOTS)])
    assert (record.camera, record.templates) == (FROM_PICTURES, FEWEST_SHOTS)
    assert [progress.picture for progress in told] == ["0.jpg", "1.jpg", "2.jpg"]


def test_a_bad_picture_is_named_and_the_others_are_enrolled(rooms: Rooms) -> None:
    bad = Problem(ProblemKind.BAD_PICTURE, "not a picture")
    record, told = from_pictures(rooms, [shot(0), bad, shot(1), NOBODY, shot(2)])
    assert record.templates == 3
    assert [(told[1].picture, told[1].shot.taken, told[1].shot.hint)] == [("1.jpg", False, "not a picture")]
    assert not told[3].shot.taken


def test_an_eye_that_fails_at_a_picture_ends_the_enrolment(rooms: Rooms) -> None:
    failed = Problem(ProblemKind.NETWORK_FAILED, "out of memory")
    with pytest.raises(EyeError, match="out of memory"):
        from_pictures(rooms, [shot(0), shot(1), shot(2), failed])
    assert nothing_is_stored(rooms)


def test_too_few_usable_pictures_store_nothing(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="nothing is stored"):
        from_pictures(rooms, [shot(0), shot(0), NOBODY, shot(1)])
    assert nothing_is_stored(rooms)


def test_no_more_pictures_become_templates_than_there_may_be(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_module, "MOST_FROM_PICTURES", 4)
    record, told = from_pictures(rooms, [shot(index) for index in range(6)])
    assert record.templates == 4
    assert [progress.shot.taken for progress in told] == [True] * 4 + [False] * 2


def test_without_a_pack_nothing_begins(rooms: Rooms) -> None:
    async def report(progress: Progress) -> None:
        pytest.fail("nothing can have been seen")

    async def work() -> None:
        async with rooms.serving() as served:
            house = House(served.clerk, served.watcher, served.settings, f"{rooms.folder}/none/")
            with pytest.raises(Refused) as refusal:
                await Enrolment(house, ROOT, ME, "", report).from_camera("")
            assert refusal.value.reason is Reason.NO_PACK

    asyncio.run(work())
    assert rooms.eye.requests == []


def test_an_eye_with_another_pack_enrols_nobody(rooms: Rooms) -> None:
    other = msgspec.structs.replace(OPENED, pack=msgspec.structs.replace(OPENED.pack, version="2"))
    rooms.eye.answers = (other, *ALL_POSES)
    with pytest.raises(EyeError, match="restart facelatch-eye"):
        enrol(rooms, lambda enrolment: enrolment.from_camera(""))
    assert nothing_is_stored(rooms)
