"""One enrolment: a face is stored whole, or nothing is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from facelatch.limits import MOST_PICTURES
from facelatch.types import FROM_PICTURES, Hint, Pose, Reason
from facelatch_eye.messages import Analyse, Problem, ProblemKind
from facelatchd.bouncer import Caller
from facelatchd.enrolment import BRISK, Enrolment, Patience
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.shots import FEWEST_SHOTS, STRANGERS
from facelatchd.store import MOST_TEMPLATES, FaceRecord, FaceUnknown, LabelTaken, StoreError, StoreRolledBack, User
from facelatchd.watcher import EyeError
from tests.unit.facelatchd.enrolling import (
    HASTE,
    NOT_ROOT,
    ROOT,
    from_camera,
    from_pictures,
    inside,
    nothing_is_stored,
    refused_before_anything,
)
from tests.unit.facelatchd.fake_eye import CAMERA, JPEG, OPENED
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import ALL_POSES, MANIFEST, NOBODY, POSES, STRAIGHT_ONLY, STRANGER, shot, unit, varied


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path)


@pytest.fixture
def enrolled(rooms: Rooms) -> FaceRecord:
    return rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, CAMERA.id, [varied(14)] * 3)


# --- from a camera ----------------------------------------------------------------------------------------------------


def test_every_pose_once_makes_a_face_of_the_camera_that_saw_it(rooms: Rooms) -> None:
    record, told = from_camera(rooms, *ALL_POSES)
    assert rooms.store.faces(ME) == [record]
    assert (record.label, record.camera, record.templates) == ("plain", CAMERA.id, len(ALL_POSES))
    assert (record.pack, record.space) == (MANIFEST.id, MANIFEST.space)
    assert [progress.kept for progress in told] == list(range(1, len(ALL_POSES) + 1))
    assert [progress.number for progress in told] == list(range(1, len(ALL_POSES) + 1))
    assert told[-1].wanted == told[-1].kept
    assert told[-1].covered == tuple(Pose)
    kept = np.stack([template.vector for template in rooms.store.templates(ME, MANIFEST.space)])
    assert np.array_equal(kept, [varied(index) for index in range(len(ALL_POSES))])


def test_a_person_who_does_not_turn_is_enrolled_with_what_there_is(rooms: Rooms) -> None:
    record, told = from_camera(rooms, *STRAIGHT_ONLY, NOBODY, patience=HASTE)
    assert record.templates == FEWEST_SHOTS
    assert (told[-1].shot.taken, told[-1].shot.hint, told[-1].number) == (False, Hint.NO_FACE, None)


def test_too_few_shots_are_waited_for_to_the_end_and_then_nothing_is_stored(rooms: Rooms) -> None:
    with pytest.raises(Refused, match=r"2 of 3 shots needed.*No face to be seen") as refusal:
        from_camera(rooms, *STRAIGHT_ONLY[:2], NOBODY, patience=Patience(longest=0.7, stalled=0.05))
    assert refusal.value.reason is Reason.UNCLEAR
    assert nothing_is_stored(rooms)


def test_at_the_deadline_what_is_enough_is_stored(rooms: Rooms) -> None:
    record, _told = from_camera(rooms, *STRAIGHT_ONLY, NOBODY, patience=Patience(longest=0.7, stalled=60.0))
    assert record.templates == FEWEST_SHOTS


def test_who_has_had_enough_waits_for_no_more_shots_than_are_needed(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, *STRAIGHT_ONLY, NOBODY)

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        enrolment.finish()
        await enrolment.watch("", Patience(longest=30.0, stalled=30.0), lambda _progress: None)
        assert len(enrolment.shots.kept) == FEWEST_SHOTS
        assert (await enrolment.save()).templates == FEWEST_SHOTS

    inside(rooms, work)


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


def test_a_store_that_is_locked_stores_nothing(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise StoreError("locked")

    monkeypatch.setattr(rooms.store, "add_face", fail)
    with pytest.raises(StoreError, match="locked"):
        from_camera(rooms, *ALL_POSES)
    assert nothing_is_stored(rooms)


def test_an_eye_with_another_pack_enrols_nobody(rooms: Rooms) -> None:
    other = msgspec.structs.replace(OPENED, pack=msgspec.structs.replace(OPENED.pack, version="2"))
    with pytest.raises(EyeError, match="restart facelatch-eye"):
        from_camera(rooms, other, *ALL_POSES)
    assert nothing_is_stored(rooms)


LOOPBACK = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(CAMERA, virtual=True))


@pytest.mark.parametrize(("caller", "camera"), [(NOT_ROOT, ""), (NOT_ROOT, "made-up"), (ROOT, "")])
def test_a_virtual_camera_that_nobody_with_the_right_to_it_named_enrols_nobody(
    rooms: Rooms, caller: Caller, camera: str
) -> None:
    with pytest.raises(Refused, match="no real camera") as refusal:
        from_camera(rooms, LOOPBACK, *ALL_POSES, caller=caller, camera=camera)
    assert refusal.value.reason is Reason.CAMERA_UNTRUSTED
    assert nothing_is_stored(rooms)


def test_root_may_enrol_before_a_virtual_camera(rooms: Rooms) -> None:
    assert from_camera(rooms, LOOPBACK, *ALL_POSES, camera="made-up")[0].camera == CAMERA.id


def test_who_may_watch_sees_the_frames_and_each_shot_keeps_its_own(rooms: Rooms) -> None:
    screen = Screen()
    kept: list[bytes] = []
    rooms.eye.answers = (OPENED, *ALL_POSES)

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        await enrolment.watch("", BRISK, lambda _progress: None, screen)
        kept.extend(one.picture for one in enrolment.shots.kept)

    inside(rooms, work)
    assert kept == [JPEG] * len(ALL_POSES)
    assert screen.newest == JPEG
    assert nothing_is_stored(rooms), "nothing is stored before it is saved"


# --- from pictures ----------------------------------------------------------------------------------------------------


def test_pictures_make_a_face_of_no_camera_and_need_not_look_alive(rooms: Rooms) -> None:
    record, told = from_pictures(rooms, [shot(index, live=0.01) for index in range(FEWEST_SHOTS)])
    assert (record.camera, record.templates) == (FROM_PICTURES, FEWEST_SHOTS)
    assert [progress.picture for progress in told] == ["0.jpg", "1.jpg", "2.jpg"]


def test_a_bad_picture_is_named_and_the_others_are_enrolled(rooms: Rooms) -> None:
    bad = Problem(ProblemKind.BAD_PICTURE, "not a picture")
    record, told = from_pictures(rooms, [shot(0), bad, shot(1), NOBODY, shot(2)])
    assert record.templates == 3
    refused = told[1]
    assert (refused.picture, refused.shot.taken, refused.shot.text) == ("1.jpg", False, "not a picture")
    assert refused.shot.hint is Hint.BAD_PICTURE
    assert not told[3].shot.taken
    assert [progress.number for progress in told] == [1, None, 3, None, 5]


def test_an_eye_that_fails_at_a_picture_is_no_bad_picture(rooms: Rooms) -> None:
    failed = Problem(ProblemKind.NETWORK_FAILED, "out of memory")
    with pytest.raises(EyeError, match="out of memory"):
        from_pictures(rooms, [shot(0), shot(1), shot(2), failed])
    assert nothing_is_stored(rooms)


def test_too_few_usable_pictures_store_nothing(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="2 of 3 shots needed; nothing is stored"):
        from_pictures(rooms, [shot(0), shot(0), NOBODY, shot(1)])
    assert nothing_is_stored(rooms)


def test_no_more_pictures_become_templates_than_there_may_be(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, "made-up", [unit()] * (MOST_TEMPLATES - 2))
    record, told = from_pictures(rooms, [shot(index) for index in range(4)], improves="mine")
    assert record.templates == MOST_TEMPLATES
    assert [progress.kept for progress in told] == [1, 2, 3, 4], "each could be one of the two"


def test_an_enrolment_looks_at_so_many_pictures_and_no_more(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="more than 200 pictures") as refusal:
        from_pictures(rooms, [NOBODY] * (MOST_PICTURES + 1))
    assert refusal.value.reason is Reason.BAD_REQUEST
    assert sum(isinstance(request, Analyse) for request in rooms.eye.requests) == MOST_PICTURES


def test_an_eye_of_another_vector_length_is_a_fault_and_stores_nothing(rooms: Rooms) -> None:
    short = msgspec.structs.replace(shot(1).faces[0], embedding=unit()[:3].astype("<f4").tobytes())
    with pytest.raises(EyeError, match="an embedding that is no unit vector of the pack's dimension"):
        from_pictures(rooms, [shot(0), msgspec.structs.replace(shot(1), faces=(short,))])
    assert nothing_is_stored(rooms)


# --- dropping ---------------------------------------------------------------------------------------------------------


def test_a_shot_that_is_dropped_is_not_stored(rooms: Rooms) -> None:
    record, _told = from_camera(rooms, *ALL_POSES, dropped=[1, 3])
    assert record.templates == len(ALL_POSES) - 2
    kept = np.stack([template.vector for template in rooms.store.templates(ME, MANIFEST.space)])
    assert np.array_equal(kept, [varied(index) for index in range(len(ALL_POSES)) if index not in (0, 2)])


def test_with_too_many_dropped_nothing_is_stored(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="0 of 3 shots needed; nothing is stored") as refusal:
        from_pictures(rooms, STRAIGHT_ONLY, dropped=[1, 2, 3])
    assert refusal.value.reason is Reason.UNCLEAR
    assert nothing_is_stored(rooms)


def test_a_shot_that_is_not_there_cannot_be_dropped(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="no shot 99") as refusal:
        from_pictures(rooms, STRAIGHT_ONLY, dropped=[99])
    assert refusal.value.reason is Reason.BAD_REQUEST
    assert nothing_is_stored(rooms)


# --- what is said before anybody sits through it ----------------------------------------------------------------------


def test_a_label_that_is_taken_is_refused_before_the_camera_opens(rooms: Rooms) -> None:
    rooms.enrol()
    assert isinstance(refused_before_anything(rooms, label="made up"), LabelTaken)
    assert len(rooms.store.faces(ME)) == 1


def test_a_store_that_was_put_back_is_told_of_before_the_camera_opens(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(user: User) -> None:
        raise StoreRolledBack("an earlier copy")

    monkeypatch.setattr(rooms.store, "standing", refuse)
    assert isinstance(refused_before_anything(rooms), StoreRolledBack)


def test_without_a_pack_nothing_begins(rooms: Rooms) -> None:
    refusal = refused_before_anything(rooms, pack=f"{rooms.folder}/none/")
    assert isinstance(refusal, Refused)
    assert refusal.reason is Reason.NO_PACK


def test_a_face_that_is_not_there_is_not_improved(rooms: Rooms) -> None:
    rooms.enrol(User("somebody", 4711))
    assert isinstance(refused_before_anything(rooms, improves="made up"), FaceUnknown)


def test_a_face_of_another_pack_is_not_improved(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "old", "old pack", "f" * 16, "made-up", [unit()])
    refusal = refused_before_anything(rooms, improves="old")
    assert isinstance(refusal, Refused)
    assert refusal.reason is Reason.BAD_REQUEST
    assert "'old' is of pack old pack: remove it" in str(refusal)


def test_a_face_that_has_all_it_can_have_is_not_improved(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "full", MANIFEST.id, MANIFEST.space, "made-up", [unit()] * MOST_TEMPLATES)
    refusal = refused_before_anything(rooms, improves="full")
    assert isinstance(refusal, Refused)
    assert refusal.reason is Reason.BAD_REQUEST
    assert "32 shots" in str(refusal)


# --- improving --------------------------------------------------------------------------------------------------------


def test_an_improved_face_keeps_what_it_is_and_gains_the_shots(rooms: Rooms, enrolled: FaceRecord) -> None:
    record, _told = from_camera(rooms, *ALL_POSES, label="", improves=enrolled.id[:6])
    assert record == msgspec.structs.replace(enrolled, templates=3 + len(ALL_POSES))
    assert rooms.store.faces(ME) == [record]


def test_one_more_picture_improves_a_face(rooms: Rooms, enrolled: FaceRecord) -> None:
    record, _told = from_pictures(rooms, [shot(0)], improves="mine")
    assert record.templates == enrolled.templates + 1


def test_what_another_face_of_the_user_has_improves_this_one(rooms: Rooms, enrolled: FaceRecord) -> None:
    other = rooms.store.add_face(ME, "other", MANIFEST.id, MANIFEST.space, "made-up", [varied(0)])
    record, _told = from_pictures(rooms, [shot(0)], improves="mine")
    assert rooms.store.faces(ME) == [record, other]
    assert record.templates == enrolled.templates + 1


def test_somebody_else_does_not_improve_a_face(rooms: Rooms, enrolled: FaceRecord) -> None:
    stranger = msgspec.structs.replace(shot(0).faces[0], embedding=(-varied(0)).astype("<f4").tobytes())
    with pytest.raises(Refused, match=r"0 of 1 shots needed.*Not the person of that face"):
        from_pictures(rooms, [msgspec.structs.replace(shot(0), faces=(stranger,))], improves="mine")
    assert rooms.store.faces(ME) == [enrolled]


def test_a_face_that_was_removed_meanwhile_is_not_improved(rooms: Rooms, enrolled: FaceRecord) -> None:
    rooms.eye.pictures = [shot(0)]

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME, improves="mine")
        await enrolment.prepare(from_pictures=True)
        await enrolment.add_picture("0.jpg", b"jpeg")
        rooms.store.remove_all(ME)
        rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, "made-up", [unit()])
        with pytest.raises(FaceUnknown):
            await enrolment.save()

    inside(rooms, work)
    assert [face.templates for face in rooms.store.faces(ME)] == [1], "another face of the same label is another face"


def test_somebody_else_who_sits_down_in_the_middle_ends_it_and_nothing_is_stored(rooms: Rooms) -> None:
    with pytest.raises(Refused, match="somebody else") as refusal:
        from_camera(rooms, *STRAIGHT_ONLY, *[STRANGER] * STRANGERS)
    assert refusal.value.reason is Reason.ANOTHER_FACE
    assert nothing_is_stored(rooms)
