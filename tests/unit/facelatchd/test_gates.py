"""What shuts a gate before a look, and for whom it stands open."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from facelatch.types import Band, Reason, ServiceClass, Verdict
from facelatch_eye.messages import Watch
from facelatch_models.pack import Pack
from facelatchd.bouncer import Caller
from facelatchd.clock import now
from facelatchd.gates import Ask
from facelatchd.house import House
from facelatchd.place import Kind, Place, Session
from facelatchd.seat import Seat
from facelatchd.settings import CameraRule, PasswordRule, SeatRule
from facelatchd.store import Attempt, Moment
from tests.unit.facelatchd import rooms as rooms_module
from tests.unit.facelatchd.fake_eye import OPENED
from tests.unit.facelatchd.person import ASK, SUDO, Person, outcome_of, recorded, watched
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import MANIFEST, USER, unit
from tests.unit.facelatchd.written import parse_settings


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    rooms.eye.answers = (OPENED, USER)
    return rooms


def test_who_does_not_approve_sees_no_camera_open(rooms: Rooms) -> None:
    assert outcome_of(rooms, SUDO, Person(approves=False)).reason is Reason.NO_INTENT
    assert rooms.eye.looks == []


def test_a_lock_that_came_while_one_waited_holds(rooms: Rooms) -> None:
    class Slow(Person):
        async def approve(self, ask: Ask) -> bool:
            for _ in range(5):
                rooms.store.record_attempt(mismatch(), now())
            return True

    assert outcome_of(rooms, SUDO, Slow()).reason is Reason.LOCKED_OUT


def during_the_question(rooms: Rooms, change: Callable[[], object]) -> Reason:
    """How an elevation ends where something changes before it is approved."""

    class Slow(Person):
        async def approve(self, ask: Ask) -> bool:
            change()
            return True

    return outcome_of(rooms, SUDO, Slow()).reason


def test_a_face_that_was_removed_during_the_question_opens_nothing(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "other", MANIFEST.id, MANIFEST.space, "made-up", [-unit()] * 3)
    assert during_the_question(rooms, lambda: rooms.store.remove_face(ME, "made up")) is Reason.ANOTHER_FACE


def test_a_class_that_was_shut_during_the_question_opens_nothing(rooms: Rooms) -> None:
    def shut() -> None:
        rooms.settings = parse_settings(b"[class.elevate]\nallowed = false", "settings")

    assert during_the_question(rooms, shut) is Reason.SERVICE_REFUSED
    assert rooms.eye.looks == []


def test_a_screen_that_was_locked_during_the_question_opens_nothing(rooms: Rooms) -> None:
    """Who comes back and unlocks it by face must not approve what a program has asked meanwhile."""
    seat = MadeUpSeat(Place(front=(AT_SEAT,)))

    class Leaving(Person):
        async def approve(self, ask: Ask) -> bool:
            seat.leave(Place(front=(msgspec.structs.replace(AT_SEAT, locked=True),)))
            return True

    rooms.settings = msgspec.structs.replace(rooms.settings, seat=SeatRule())
    outcome = outcome_of(rooms, SUDO, Leaving(), change=lambda house: dataclasses.replace(house, seat=seat))
    assert outcome.reason is Reason.NOT_AT_SEAT
    assert rooms.eye.requests == []


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
        rooms.store.record_attempt(mismatch(), now())
    assert outcome_of(rooms, msgspec.structs.replace(ASK, authorised=True)).reason is Reason.LOCKED_OUT


def test_a_try_is_held_to_the_class_it_names(rooms: Rooms) -> None:
    ask = msgspec.structs.replace(ASK, service="facelatch-try", service_class=ServiceClass.UNLOCK)
    assert outcome_of(rooms, ask).reason is Reason.MATCHED


POLKIT = msgspec.structs.replace(ASK, service="polkit-1", can_ask=True)


@pytest.mark.parametrize(("wants_password", "reason"), [(True, Reason.SERVICE_REFUSED), (False, Reason.MATCHED)])
def test_no_face_answers_polkit_while_it_is_asked_for_something_that_wants_the_password(
    rooms: Rooms, wants_password: bool, reason: Reason
) -> None:
    defaults = parse_settings(b"", "the defaults, in which polkit-1 is a service")
    rooms.settings = msgspec.structs.replace(rooms.settings, rules=defaults.rules)
    rooms.wants_password = wants_password
    assert outcome_of(rooms, POLKIT).reason is reason
    assert bool(rooms.eye.requests) is not wants_password


def test_other_services_do_not_mind_what_polkit_is_asked(rooms: Rooms) -> None:
    rooms.wants_password = True
    assert outcome_of(rooms).reason is Reason.MATCHED


# --- which camera -----------------------------------------------------------------------------------------------------


LOOPBACK = msgspec.structs.replace(OPENED, camera=msgspec.structs.replace(OPENED.camera, virtual=True))
AS_ME = Caller(pid=1, uid=ME.uid or 4711)
ANOTHER_NAME = "/dev/another"


@pytest.mark.parametrize(
    ("rule", "asked", "caller", "reason"),
    [
        (CameraRule(), "", ASK.caller, Reason.CAMERA_UNTRUSTED),
        (CameraRule(), "", AS_ME, Reason.CAMERA_UNTRUSTED),
        (CameraRule(), OPENED.camera.path, ASK.caller, Reason.MATCHED),
        (CameraRule(), OPENED.camera.path, AS_ME, Reason.CAMERA_UNTRUSTED),
        (CameraRule(use=OPENED.camera.id), "", AS_ME, Reason.MATCHED),
        (CameraRule(use=OPENED.camera.path), ANOTHER_NAME, AS_ME, Reason.MATCHED),
        (CameraRule(trusted=(OPENED.camera.driver,)), "", AS_ME, Reason.MATCHED),
        (CameraRule(use="another"), ANOTHER_NAME, AS_ME, Reason.CAMERA_UNTRUSTED),
    ],
)
def test_a_virtual_camera_is_believed_where_root_or_the_settings_name_it(
    rooms: Rooms, rule: CameraRule, asked: str, caller: Caller, reason: Reason
) -> None:
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=rule)
    rooms.eye.answers = (LOOPBACK, USER)
    ask = msgspec.structs.replace(ASK, camera=asked, caller=caller, authorised=True)
    assert outcome_of(rooms, ask).reason is reason
    if asked or rule.use:
        assert watched(rooms).cameras == (asked or rule.use,)


def elsewhere(rooms: Rooms, **changes: object) -> None:
    """Let another camera open than the one the face was enrolled with."""
    other = msgspec.structs.replace(OPENED.camera, id="another", path="/dev/video7", **changes)
    rooms.eye.answers = (msgspec.structs.replace(OPENED, camera=other), USER)


def test_a_face_opens_nothing_with_a_camera_it_was_not_enrolled_with(rooms: Rooms) -> None:
    elsewhere(rooms)
    outcome = outcome_of(rooms)
    assert outcome.reason is Reason.CAMERA_UNTRUSTED
    assert outcome.frames == 0
    assert "enrolled with made-up" in outcome.text
    assert "another" in outcome.text
    assert watched(rooms).cameras[0] == "made-up"


@pytest.mark.parametrize("rule", [CameraRule(bind=False), CameraRule(trusted=("another",))])
def test_a_camera_that_the_settings_trust_is_good_for_every_face(rooms: Rooms, rule: CameraRule) -> None:
    elsewhere(rooms)
    rooms.settings = msgspec.structs.replace(rooms.settings, camera=rule)
    assert outcome_of(rooms).reason is Reason.MATCHED


def test_only_the_faces_that_were_enrolled_with_the_camera_are_compared(rooms: Rooms) -> None:
    rooms.store.add_face(ME, "dock", MANIFEST.id, MANIFEST.space, "another", [-unit()] * 3)
    assert outcome_of(rooms).reason is Reason.MATCHED
    elsewhere(rooms)
    assert outcome_of(rooms).reason is Reason.ANOTHER_FACE


# --- the pack ---------------------------------------------------------------------------------------------------------


def test_a_pack_that_was_not_shown_to_keep_the_level_serves_no_class_of_it(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = tuple(
        msgspec.structs.replace(figure, high=2e-6) if figure.name.endswith("strict") else figure
        for figure in MANIFEST.figure
    )
    monkeypatch.setattr(
        rooms_module, "PACK", Pack(Path("/nonexistent"), msgspec.structs.replace(MANIFEST, figure=weak))
    )
    assert outcome_of(rooms, SUDO).reason is Reason.PACK_TOO_WEAK
    assert rooms.eye.requests == []
    assert outcome_of(rooms).reason is Reason.MATCHED


# --- the password clock -----------------------------------------------------------------------------------------------


def strict(rooms: Rooms) -> None:
    """Ask for the password as it is by default."""
    rooms.settings = msgspec.structs.replace(rooms.settings, password=PasswordRule())


def test_the_password_comes_first_and_the_person_is_told_why(rooms: Rooms) -> None:
    strict(rooms)
    person = Person()
    assert outcome_of(rooms, person=person).reason is Reason.PASSWORD_WANTED
    assert rooms.eye.requests == []
    assert recorded(rooms) == []
    (text,) = person.heard
    assert text.startswith("The password comes first: ")


def test_behind_a_password_the_face_opens_until_the_machine_starts_again(rooms: Rooms) -> None:
    strict(rooms)
    rooms.store.record_password(ME, now())
    assert outcome_of(rooms).reason is Reason.MATCHED
    later = msgspec.structs.replace(now(), boot="another", boottime=10.0, monotonic=10.0)
    assert outcome_of(rooms, change=lambda house: dataclasses.replace(house, clock=lambda: later)).reason is (
        Reason.PASSWORD_WANTED
    )


def test_a_clock_that_is_set_back_or_forward_changes_nothing(rooms: Rooms) -> None:
    strict(rooms)
    rooms.store.record_password(ME, now())
    for days in (-3650, 3650):
        moved = msgspec.structs.replace(now(), wall=now().wall + timedelta(days=days))
        assert outcome_of(rooms, change=lambda house, at=moved: at_moment(house, at)).reason is Reason.MATCHED
    old = msgspec.structs.replace(now(), boottime=now().boottime + 73 * 3600, monotonic=now().monotonic + 73 * 3600)
    outcome = outcome_of(rooms, change=lambda house: at_moment(house, old))
    assert outcome.reason is Reason.PASSWORD_WANTED


def test_a_try_opens_nothing_and_wants_no_password(rooms: Rooms) -> None:
    strict(rooms)
    ask = msgspec.structs.replace(ASK, service="facelatch-try", service_class=ServiceClass.UNLOCK)
    assert outcome_of(rooms, ask).reason is Reason.MATCHED


def test_a_try_that_matches_ends_no_run_of_mismatches(rooms: Rooms) -> None:
    """Who has shut the face by five guesses must not open it again by a try, which wants no password."""
    strict(rooms)
    rooms.store.record_password(ME, now())
    for _ in range(5):
        rooms.store.record_attempt(mismatch(), now())
    later = msgspec.structs.replace(now(), boottime=now().boottime + 60, monotonic=now().monotonic + 60)
    ask = msgspec.structs.replace(ASK, service="facelatch-try", service_class=ServiceClass.UNLOCK)
    outcome = outcome_of(rooms, ask, change=lambda house: at_moment(house, later))
    assert outcome.reason is Reason.MATCHED
    outcome = outcome_of(rooms, change=lambda house: at_moment(house, later))
    assert outcome.reason is Reason.PASSWORD_WANTED


def at_moment(house: House, moment: Moment) -> House:
    return dataclasses.replace(house, clock=lambda: moment)


# --- who sits there ---------------------------------------------------------------------------------------------------


AT_SEAT = Session(id="2", uid=ME.uid, kind=Kind.USER, seat="seat0", console=2, active=True)
FROM_AFAR = Session(id="7", uid=ME.uid, kind=Kind.USER, active=True, remote=True)


class MadeUpSeat(Seat):
    """A seat with somebody at it; None where logind says nothing."""

    def __init__(self, place: Place | None) -> None:
        super().__init__()
        self._place = place

    def leave(self, place: Place) -> None:
        """Have somebody else there from now on, or the same with his screen locked."""
        self._place = place

    async def place(self, caller: Caller) -> Place:
        return self._place or await super().place(caller)


def at(rooms: Rooms, place: Place | None, ask: Ask = ASK) -> Reason:
    rooms.settings = msgspec.structs.replace(rooms.settings, seat=SeatRule())
    return outcome_of(rooms, ask, change=lambda house: dataclasses.replace(house, seat=MadeUpSeat(place))).reason


def test_who_sits_there_is_looked_at(rooms: Rooms) -> None:
    assert at(rooms, Place(front=(AT_SEAT,))) is Reason.MATCHED


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place(caller=FROM_AFAR, front=(AT_SEAT,)), Reason.REMOTE),
        (Place(), Reason.NOT_AT_SEAT),
        (None, Reason.NOT_AT_SEAT),
        (Place(front=(msgspec.structs.replace(AT_SEAT, uid=ME.uid + 1),)), Reason.NOT_AT_SEAT),
    ],
)
@pytest.mark.parametrize("ask", [ASK, SUDO])
def test_nobody_is_let_in_who_is_not_there(rooms: Rooms, place: Place | None, reason: Reason, ask: Ask) -> None:
    assert at(rooms, place, ask) is reason
    assert rooms.eye.requests == []
    assert recorded(rooms) == []


NOBODY_ELSE = "root" if ME.name != "root" else "daemon"


@pytest.mark.parametrize(
    ("asker", "uid", "reason"),
    [
        (ME.name, 0, Reason.MATCHED),
        (ME.name, ME.uid, Reason.MATCHED),
        ("", 0, Reason.NOT_AT_SEAT),  # the helper of polkit 127 names nobody
        (NOBODY_ELSE, 0, Reason.NOT_AT_SEAT),
        ("nobody-of-that-name", 0, Reason.NOT_AT_SEAT),
        ("", ME.uid + 1, Reason.NOT_AT_SEAT),
        (ME.name, ME.uid + 1, Reason.NOT_AT_SEAT),
    ],
)
def test_su_in_cron_wants_who_asks_at_the_seat_and_not_whom_it_verifies(
    rooms: Rooms, asker: str, uid: int, reason: Reason
) -> None:
    ask = msgspec.structs.replace(SUDO, asker=asker, asker_uid=uid)
    assert at(rooms, Place(front=(AT_SEAT,)), ask) is reason


def test_who_is_in_a_users_slice_cannot_be_named_another(rooms: Rooms) -> None:
    elsewhere = Place(front=(AT_SEAT,), asker=ME.uid + 1)
    assert at(rooms, elsewhere, msgspec.structs.replace(SUDO, asker=ME.name)) is Reason.NOT_AT_SEAT


def test_a_closed_lid_shuts_the_built_in_camera(rooms: Rooms) -> None:
    built_in = msgspec.structs.replace(OPENED.camera, removable=False)
    rooms.eye.description = msgspec.structs.replace(rooms.eye.description, cameras=(built_in,))
    assert at(rooms, Place(front=(AT_SEAT,), lid_closed=True)) is Reason.LID_CLOSED
    assert not any(isinstance(request, Watch) for request in rooms.eye.requests)


def test_a_closed_lid_leaves_the_camera_of_the_dock(rooms: Rooms) -> None:
    docked = msgspec.structs.replace(OPENED.camera, removable=True)
    rooms.eye.description = msgspec.structs.replace(rooms.eye.description, cameras=(docked,))
    rooms.eye.answers = (msgspec.structs.replace(OPENED, camera=docked), USER)
    assert at(rooms, Place(front=(AT_SEAT,), lid_closed=True)) is Reason.MATCHED
