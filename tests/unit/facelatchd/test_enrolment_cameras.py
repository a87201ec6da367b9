"""Which cameras an enrolment may use, and who it makes way for."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from facelatch.types import FROM_PICTURES, Reason
from facelatch_eye.messages import Answer, Observation, Opened, Watch
from facelatchd.enrolment import BRISK, PAUSED, Enrolment, Patience, Progress
from facelatchd.house import House
from facelatchd.refusal import Refused
from facelatchd.shots import FEWEST_SHOTS
from facelatchd.store import FaceRecord
from tests.unit.facelatchd.enrolling import HASTE, NOT_ROOT, ROOT, from_camera, inside, nothing_is_stored
from tests.unit.facelatchd.fake_eye import CAMERA, OPENED
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import ALL_POSES, MANIFEST, NOBODY, STRAIGHT_ONLY, STRANGER, shot, varied
from tests.unit.facelatchd.written import parse_settings


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    return Rooms(tmp_path)


@pytest.fixture
def enrolled(rooms: Rooms) -> FaceRecord:
    return rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, CAMERA.id, [varied(14)] * 3)


# --- with the camera it is bound to -----------------------------------------------------------------------------------


def test_a_face_is_improved_with_the_camera_it_is_bound_to_and_no_other(rooms: Rooms, enrolled: FaceRecord) -> None:
    elsewhere = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(CAMERA, id="elsewhere"))
    with pytest.raises(Refused, match="enrolled with made-up, the camera is elsewhere") as refused:
        from_camera(rooms, elsewhere, *ALL_POSES, label="", improves=enrolled.id)
    assert refused.value.reason is Reason.CAMERA_UNTRUSTED
    (watch,) = rooms.eye.requests
    assert isinstance(watch, Watch)
    assert watch.cameras == (CAMERA.id,)


def test_a_face_from_pictures_is_improved_with_any_camera(rooms: Rooms) -> None:
    face = rooms.store.add_face(ME, "mine", MANIFEST.id, MANIFEST.space, FROM_PICTURES, [varied(14)] * 3)
    record, _told = from_camera(rooms, *ALL_POSES, label="", improves=face.id)
    assert record.camera == FROM_PICTURES


def configured(rooms: Rooms, camera: str) -> None:
    """Put other lines into the settings' table of cameras."""
    rooms.settings = parse_settings(f"[camera]\n{camera}".encode(), "settings")


@pytest.mark.parametrize("line", ['use = "made-up"', 'trusted = ["made-up"]', 'trusted = ["v4l2 loopback"]'])
def test_a_virtual_camera_that_the_settings_name_enrols_whoever_asks(rooms: Rooms, line: str) -> None:
    configured(rooms, line)
    camera = msgspec.structs.replace(CAMERA, virtual=True, driver="v4l2 loopback")
    loopback = msgspec.structs.replace(OPENED, camera=camera)
    assert from_camera(rooms, loopback, *ALL_POSES, caller=NOT_ROOT)[0].camera == CAMERA.id


# --- with the infrared camera beside it -------------------------------------------------------------------------------

COLOUR = msgspec.structs.replace(CAMERA, companion="made-up-infrared")
INFRARED = msgspec.structs.replace(CAMERA, id="made-up-infrared", path="/dev/video10", infrared=True)
BOTH = msgspec.structs.replace(OPENED, camera=COLOUR, infrared=INFRARED)
ALONE = msgspec.structs.replace(OPENED, camera=COLOUR)


def with_infrared(beside: Observation, light: float = 30.0) -> list[Observation]:
    """All poses, and a frame of the infrared camera after each; light: of its whole frame."""
    both: list[Observation] = []
    for index, colour in enumerate(ALL_POSES):
        both.append(msgspec.structs.replace(colour, sequence=index, captured=index / 10))
        frame = msgspec.structs.replace(beside, captured=index / 10 + 0.01, infrared=True, light=light, lit=110.0)
        both.append(frame)
    return both


def asked_for(rooms: Rooms) -> Watch:
    (watch,) = rooms.eye.requests
    assert isinstance(watch, Watch)
    return watch


def test_a_face_on_which_both_cameras_agree_is_bound_to_both_and_only_colours_become_shots(rooms: Rooms) -> None:
    record, told = from_camera(rooms, BOTH, *with_infrared(shot(14)))
    assert (record.camera, record.infrared) == (CAMERA.id, INFRARED.id)
    assert rooms.store.faces(ME) == [record]
    assert record.templates == len(told) == len(ALL_POSES)
    assert asked_for(rooms).companion


@pytest.mark.parametrize(("beside", "why"), [(STRANGER, "sees another face"), (NOBODY, "too few frames|sees no face")])
def test_where_the_cameras_do_not_agree_the_face_is_enrolled_without_and_the_person_is_told_why(
    rooms: Rooms, beside: Observation, why: str
) -> None:
    rooms.eye.answers = (BOTH, *with_infrared(beside))
    remarks: list[str] = []
    faces: list[FaceRecord] = []

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        await enrolment.watch("", HASTE, lambda _progress: None)
        faces.append(await enrolment.save())
        remarks.append(enrolment.remark)

    inside(rooms, work)
    assert faces[0].infrared == ""
    assert re.search(f"without the infrared camera: .*({why})", remarks[0])


@pytest.mark.parametrize(
    ("answers", "reason", "text"),
    [
        ((BOTH, *with_infrared(STRANGER)), Reason.NOT_LIVE, "sees another face, .*linux-enable-ir-emitter"),
        ((BOTH, *with_infrared(NOBODY)), Reason.NOT_LIVE, "sees no face"),
        ((BOTH, *with_infrared(shot(14), light=110.0)), Reason.UNCLEAR, "light of the .* emitter does not show"),
        ((ALONE, *ALL_POSES), Reason.CAMERA_UNTRUSTED, "cannot be opened"),
        ((OPENED, *ALL_POSES), Reason.CAMERA_UNTRUSTED, "no infrared camera"),
    ],
    ids=["another face", "no face", "no emitter", "closed", "none"],
)
def test_where_infrared_is_required_nothing_is_stored_without(
    rooms: Rooms, answers: Sequence[Answer], reason: Reason, text: str
) -> None:
    configured(rooms, 'infrared = "required"')
    with pytest.raises(Refused, match=text) as refused:
        from_camera(rooms, *answers, patience=HASTE)
    assert refused.value.reason is reason
    assert nothing_is_stored(rooms)


def test_where_infrared_is_off_it_is_not_opened(rooms: Rooms) -> None:
    configured(rooms, 'infrared = "off"')
    record, _told = from_camera(rooms, ALONE, *ALL_POSES)
    assert record.infrared == ""
    assert not asked_for(rooms).companion


def test_an_infrared_camera_that_does_not_open_is_told_of(rooms: Rooms) -> None:
    rooms.eye.answers = (ALONE, *ALL_POSES)
    remarks: list[str] = []

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        await enrolment.watch("", BRISK, lambda _progress: None)
        await enrolment.save()
        remarks.append(enrolment.remark)

    inside(rooms, work)
    assert "made-up-infrared: it could not be opened" in remarks[0]


def test_a_face_with_infrared_is_improved_only_where_that_camera_agrees(rooms: Rooms) -> None:
    space = MANIFEST.space
    face = rooms.store.add_face(ME, "mine", MANIFEST.id, space, CAMERA.id, [varied(14)] * 3, INFRARED.id)
    with pytest.raises(Refused, match="sees another face"):
        from_camera(rooms, BOTH, *with_infrared(STRANGER), label="", improves=face.id, patience=HASTE)
    assert rooms.store.faces(ME) == [face]


def test_without_its_infrared_camera_a_face_is_not_improved(rooms: Rooms) -> None:
    space = MANIFEST.space
    face = rooms.store.add_face(ME, "mine", MANIFEST.id, space, CAMERA.id, [varied(14)] * 3, INFRARED.id)
    with pytest.raises(Refused, match="infrared camera made-up-infrared; there is none"):
        from_camera(rooms, ALONE, *ALL_POSES, label="", improves=face.id)


# --- while somebody wants to log in -----------------------------------------------------------------------------------


def enrolled_around_a_login(rooms: Rooms, then: Sequence[Answer], told: list[Progress]) -> FaceRecord:
    """Enrol; after the first shot somebody logs in, and then the eye answers anew."""
    faces: list[FaceRecord] = []
    rooms.eye.answers = (OPENED, ALL_POSES[0])

    async def log_in(house: House) -> None:
        while not told:
            await asyncio.sleep(0.01)
        look = house.watcher.watch(Watch(seconds=5.0), MANIFEST, NOT_ROOT)
        async for sight in look:
            if not isinstance(sight, Opened):
                break
        rooms.eye.answers = then
        await look.aclose()

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        login = asyncio.create_task(log_in(house))
        try:
            await enrolment.watch("", BRISK, told.append)
        finally:
            await login
        faces.append(await enrolment.save())

    inside(rooms, work)
    return faces[0]


def test_an_enrolment_waits_while_somebody_logs_in_and_loses_no_shot(rooms: Rooms) -> None:
    told: list[Progress] = []
    record = enrolled_around_a_login(rooms, (OPENED, *ALL_POSES[1:]), told)
    assert record.templates == len(ALL_POSES)
    assert [progress.shot.text for progress in told if "login" in progress.shot.text] == [PAUSED]


def test_a_login_that_takes_the_rest_of_the_time_leaves_what_is_enough(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, *STRAIGHT_ONLY, NOBODY)
    told: list[Progress] = []
    faces: list[FaceRecord] = []

    async def log_in(house: House) -> None:
        while not told or told[-1].kept < FEWEST_SHOTS:
            await asyncio.sleep(0.01)
        async with contextlib.aclosing(house.watcher.watch(Watch(seconds=9.0), MANIFEST, NOT_ROOT)) as look:
            async for _sight in look:
                pass

    async def work(house: House) -> None:
        enrolment = Enrolment(house, ROOT, ME)
        await enrolment.prepare(from_pictures=False)
        login = asyncio.create_task(log_in(house))
        await enrolment.watch("", Patience(longest=1.5, stalled=9.0), told.append)
        login.cancel()
        await asyncio.gather(login, return_exceptions=True)
        faces.append(await enrolment.save())

    inside(rooms, work)
    assert faces[0].templates == FEWEST_SHOTS


def test_who_swaps_the_camera_meanwhile_enrols_nobody(rooms: Rooms) -> None:
    elsewhere = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(CAMERA, id="elsewhere"))
    with pytest.raises(Refused, match="another camera than before"):
        enrolled_around_a_login(rooms, (elsewhere, *ALL_POSES[1:]), [])
