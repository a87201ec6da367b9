"""What shuts a gate before a look, and for whom it stands open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from facelatch.types import Band, Reason, ServiceClass, Verdict
from facelatchd.bouncer import Caller
from facelatchd.settings import CameraChoice, parse_settings
from facelatchd.store import Attempt
from facelatchd.verification import Ask
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.person import ASK, SUDO, Person, outcome_of, recorded, watched
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import MANIFEST, USER, unit


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    rooms.eye.answers = (OPENED, USER)
    return rooms


def test_who_does_not_approve_sees_no_camera_open(rooms: Rooms) -> None:
    assert outcome_of(rooms, SUDO, Person(approves=False)).reason is Reason.NO_INTENT
    assert rooms.eye.requests == []


def test_a_lock_that_came_while_one_waited_holds(rooms: Rooms) -> None:
    class Slow(Person):
        async def approve(self, ask: Ask) -> bool:
            for _ in range(5):
                rooms.store.record_attempt(mismatch())
            return True

    assert outcome_of(rooms, SUDO, Slow()).reason is Reason.LOCKED_OUT


def mismatch() -> Attempt:
    now = datetime.now(UTC)
    return Attempt(ME.name, "sudo", Verdict.MISMATCH, Reason.ANOTHER_FACE, Band.FAR, now, 1.0, 8, "made-up")


def test_faces_of_another_pack_only_are_not_enrolled(rooms: Rooms) -> None:
    rooms.store.remove_all(ME)
    rooms.store.add_face(ME, "old", "old", "f" * 16, "made-up", [unit()] * 3)
    assert outcome_of(rooms).reason is Reason.NOT_ENROLLED


# --- one face of several ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "reason"), [("made up", Reason.MATCHED), ("other", Reason.ANOTHER_FACE)])
def test_the_one_face_that_is_asked_for_is_the_only_one_compared(rooms: Rooms, label: str, reason: Reason) -> None:
    rooms.store.add_face(ME, "other", MANIFEST.id, MANIFEST.space, "made-up", [-unit()] * 3)
    (wanted,) = (face.id for face in rooms.store.faces(ME) if face.label == label)
    assert outcome_of(rooms, msgspec.structs.replace(ASK, face=wanted)).reason is reason


@pytest.mark.parametrize("face_id", ["f" * 32, "made up"])
def test_a_face_that_is_not_the_users_by_its_whole_id_is_not_enrolled(rooms: Rooms, face_id: str) -> None:
    assert outcome_of(rooms, msgspec.structs.replace(ASK, face=face_id)).reason is Reason.NOT_ENROLLED
    assert rooms.eye.requests == []


# --- who may ----------------------------------------------------------------------------------------------------------


STRANGERS = msgspec.structs.replace(ASK, caller=Caller(pid=1, uid=ME.uid + 1))


def test_who_asks_about_another_must_have_been_allowed_to(rooms: Rooms) -> None:
    assert outcome_of(rooms, STRANGERS).reason is Reason.NOT_PERMITTED
    assert rooms.eye.requests == []
    assert recorded(rooms) == []


def test_who_was_allowed_to_ask_about_another_may(rooms: Rooms) -> None:
    assert outcome_of(rooms, msgspec.structs.replace(STRANGERS, authorised=True)).reason is Reason.MATCHED


def test_a_right_to_ask_opens_no_other_gate(rooms: Rooms) -> None:
    for _ in range(5):
        rooms.store.record_attempt(mismatch())
    assert outcome_of(rooms, msgspec.structs.replace(ASK, authorised=True)).reason is Reason.LOCKED_OUT


def test_a_try_is_held_to_the_class_it_names(rooms: Rooms) -> None:
    ask = msgspec.structs.replace(ASK, service="facelatch-try", service_class=ServiceClass.UNLOCK)
    assert outcome_of(rooms, ask).reason is Reason.MATCHED


POLKIT = msgspec.structs.replace(ASK, service="polkit-1", can_ask=True)


@pytest.mark.parametrize(("wants_password", "reason"), [(True, Reason.SERVICE_REFUSED), (False, Reason.MATCHED)])
def test_no_face_answers_polkit_while_it_is_asked_for_something_that_wants_the_password(
    rooms: Rooms, wants_password: bool, reason: Reason
) -> None:
    rooms.settings = parse_settings(b"", "the defaults, in which polkit-1 is a service")
    rooms.wants_password = wants_password
    assert outcome_of(rooms, POLKIT).reason is reason
    assert bool(rooms.eye.requests) is not wants_password


def test_other_services_do_not_mind_what_polkit_is_asked(rooms: Rooms) -> None:
    rooms.wants_password = True
    assert outcome_of(rooms).reason is Reason.MATCHED


# --- which camera -----------------------------------------------------------------------------------------------------


LOOPBACK = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(OPENED.camera, virtual=True))
AS_ME = Caller(pid=1, uid=ME.uid or 4711)
ANOTHER_NAME = "file:/another/name"


@pytest.mark.parametrize(
    ("chosen", "asked", "caller", "reason"),
    [
        ("", "", ASK.caller, Reason.NO_CAMERA),
        ("", "", AS_ME, Reason.NO_CAMERA),
        ("", ANOTHER_NAME, ASK.caller, Reason.MATCHED),
        ("", ANOTHER_NAME, AS_ME, Reason.NO_CAMERA),
        (OPENED.camera.id, "", AS_ME, Reason.MATCHED),
        (OPENED.camera.path, ANOTHER_NAME, AS_ME, Reason.MATCHED),
        (ANOTHER_NAME, ANOTHER_NAME, AS_ME, Reason.MATCHED),
        ("another", ANOTHER_NAME, AS_ME, Reason.NO_CAMERA),
    ],
)
def test_a_virtual_camera_is_believed_where_root_or_the_settings_name_it(
    rooms: Rooms, chosen: str, asked: str, caller: Caller, reason: Reason
) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=CameraChoice(use=chosen))
    rooms.eye.answers = (LOOPBACK, USER)
    ask = msgspec.structs.replace(ASK, camera=asked, caller=caller, authorised=True)
    assert outcome_of(rooms, ask).reason is reason
    assert watched(rooms).camera == (asked or chosen)
