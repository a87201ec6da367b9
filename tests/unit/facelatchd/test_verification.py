"""One verification: every fault is an outcome, and what was seen is written down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from facelatch.types import Liveness, Reason, ServiceClass, Verdict
from facelatch_eye.messages import Answer, Observation, Problem, ProblemKind, View
from facelatch_models.pack import MANIFEST as MANIFEST_FILE
from facelatch_models.pack import Pack
from facelatch_models.scale import Cohort
from facelatchd import house as house_module
from facelatchd import store as store_module
from facelatchd import verification as verification_module
from facelatchd.bouncer import Caller
from facelatchd.house import House, caller_user, known_user
from facelatchd.look import Look
from facelatchd.refusal import Refused
from facelatchd.screen import Screen
from facelatchd.shelf import Shelf
from facelatchd.store import FaceRefused, StoreError, User
from facelatchd.store.errors import StoreRolledBack
from facelatchd.verification import Verification
from facelatchd.watcher import Watcher
from tests.unit.facelatchd import rooms as rooms_module
from tests.unit.facelatchd.fake_eye import JPEG, OPENED
from tests.unit.facelatchd.person import ASK, SUDO, Person, outcome_of, recorded, run, watched
from tests.unit.facelatchd.rooms import ME, Rooms
from tests.unit.facelatchd.seen import DIMENSION, MANIFEST, STRANGER, USER, seen

TRY = msgspec.structs.replace(ASK, service="facelatch-try", service_class=ServiceClass.UNLOCK)


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    rooms = Rooms(tmp_path)
    rooms.enrol()
    rooms.eye.answers = (OPENED, USER)
    return rooms


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Released at the end: a thread that hangs keeps the tests from ending."""
    event = threading.Event()
    yield event
    event.set()


def test_a_match_says_how_it_came_to_be(rooms: Rooms) -> None:
    outcome = outcome_of(rooms)
    assert outcome.verdict is Verdict.MATCH
    assert outcome.frames == 3
    assert outcome.evidence is not None
    assert outcome.bound is not None
    assert outcome.evidence >= outcome.bound
    assert outcome.took == {"detect": 2.0}
    assert recorded(rooms) == [Reason.MATCHED]


def test_each_frame_is_heard_of(rooms: Rooms) -> None:
    views: list[View] = []
    rooms.eye.answers = (OPENED, seen(View.FAR), USER)

    def note(view: View, look: Look) -> None:
        views.append(view)

    async def work(house: House) -> None:
        await Verification(house, ASK, Person(), note).run()

    run(rooms, work)
    assert views == [View.FAR, View.CLEAR, View.CLEAR, View.CLEAR]


def test_who_may_watch_sees_the_frames(rooms: Rooms) -> None:
    screen = Screen()

    async def work(house: House) -> None:
        await Verification(house, ASK, Person(), screen=screen).run()
        shown = await screen.next(0)
        assert shown is not None
        assert (shown.number, shown.jpeg) == (3, JPEG)

    run(rooms, work)
    assert watched(rooms).preview


def test_a_try_gives_way_to_a_login(rooms: Rooms) -> None:
    """Else whoever is at his desk could keep the camera by one try after another."""
    rooms.eye.answers = (OPENED, seen(View.FAR))
    reasons: list[Reason] = []

    async def work(house: House) -> None:
        under_way = asyncio.Event()
        trying = asyncio.create_task(Verification(house, TRY, Person(), lambda view, look: under_way.set()).run())
        await under_way.wait()
        login = await Verification(house, ASK, Person()).run()
        reasons.extend([(await trying).reason, login.reason])

    run(rooms, work)
    assert reasons == [Reason.BUSY, Reason.UNCLEAR]


async def cancelled(verification: Verification, after: float) -> None:
    task = asyncio.create_task(verification.run())
    await asyncio.sleep(after)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_cancel_before_the_look_records_nothing(rooms: Rooms) -> None:
    async def work(house: House) -> None:
        await cancelled(Verification(house, SUDO, Person(after=60.0)), 0.2)

    run(rooms, work)
    assert recorded(rooms) == []
    assert rooms.eye.looks == []


@pytest.mark.parametrize(
    ("frames", "reason"),
    [((seen(View.FAR),), Reason.CANCELLED), ((STRANGER,) * 4, Reason.ANOTHER_FACE), ((USER,) * 2, Reason.CANCELLED)],
)
def test_a_cancel_in_the_middle_records_what_was_judged_and_never_a_match(
    rooms: Rooms, frames: tuple[Observation, ...], reason: Reason
) -> None:
    rooms.eye.answers, rooms.eye.hangs = (OPENED, *frames), True

    async def work(house: House) -> None:
        heard: list[View] = []
        seen_all = asyncio.Event()

        def note(view: View, look: Look) -> None:
            heard.append(view)
            if len(heard) == len(frames):
                seen_all.set()

        verifying = asyncio.create_task(Verification(house, ASK, Person(), note).run())
        await seen_all.wait()
        verifying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await verifying

    run(rooms, work)
    assert recorded(rooms) == [reason]
    assert rooms.store.standing(ME).mismatches == (reason is Reason.ANOTHER_FACE)


def test_an_account_database_that_hangs_is_an_unknown_user_in_time(
    rooms: Rooms, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def hang(name: str) -> User | None:
        stuck.wait()
        return ME

    async def work(house: House) -> None:
        try:
            outcome = await Verification(house, ASK, Person()).run()
        finally:
            stuck.set()
        assert outcome.reason is Reason.UNKNOWN_USER

    monkeypatch.setattr(house_module, "LOOKUP_PATIENCE", 0.1)
    monkeypatch.setattr(house_module, "find_user", hang)
    caplog.set_level("INFO")
    run(rooms, work)
    assert "the account database does not answer" in caplog.text
    assert rooms.eye.requests == []


def test_an_account_that_is_not_there_is_refused_by_name_and_by_uid() -> None:
    for lookup in (known_user("nobody-of-that-name"), caller_user(Caller(pid=1, uid=2**32 - 2))):
        with pytest.raises(Refused, match="no such account") as refusal:
            asyncio.run(lookup)
        assert refusal.value.reason is Reason.UNKNOWN_USER


def test_a_caller_is_the_account_of_his_uid() -> None:
    assert asyncio.run(caller_user(Caller(pid=1, uid=ME.uid))) == ME


FAULTS = [
    fault
    for fault in vars(store_module).values()
    if isinstance(fault, type) and issubclass(fault, StoreError) and not issubclass(fault, FaceRefused)
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["faces", "standing", "templates", "record_attempt"])
def test_every_fault_of_the_store_wherever_it_happens_grants_nothing(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, fault: type[StoreError], method: str
) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise fault("in words")

    monkeypatch.setattr(rooms.store, method, fail)
    outcome = outcome_of(rooms)
    rolled_back = fault is StoreRolledBack and method != "record_attempt"
    assert outcome.reason is (Reason.STORE_ROLLED_BACK if rolled_back else Reason.STORE_FAILED)
    assert outcome.evidence is None
    assert bool(rooms.eye.requests) == (method == "record_attempt")


def test_an_attempt_that_no_history_can_hold_is_not_granted(rooms: Rooms) -> None:
    assert outcome_of(rooms, msgspec.structs.replace(TRY, service="a\0b")).reason is Reason.STORE_FAILED
    assert recorded(rooms) == []


def of_pack(folder: Path) -> Callable[[House], House]:
    """A house as it is outside of tests, whose pack is in a folder."""
    return lambda house: House(house.clerk, house.watcher, house.settings, f"{folder}/")


def test_without_a_pack_no_camera_opens(rooms: Rooms, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert outcome_of(rooms, change=of_pack(tmp_path / "none")).reason is Reason.NO_PACK
    assert "pack build" in caplog.text
    assert rooms.eye.requests == []
    assert recorded(rooms) == [Reason.NO_PACK]


def test_with_a_damaged_pack_no_camera_opens(rooms: Rooms, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    (tmp_path / MANIFEST_FILE).write_text("id = ")
    assert outcome_of(rooms, change=of_pack(tmp_path)).reason is Reason.PACK_DAMAGED
    assert str(tmp_path / MANIFEST_FILE) in caplog.text
    assert rooms.eye.requests == []


@pytest.mark.parametrize("content", [None, b"", bytes(2 * DIMENSION)])
def test_with_a_damaged_cohort_no_camera_opens(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    cohort = Cohort(name="cohort.f16", sha256="0" * 64, bytes=2 * DIMENSION, count=1, nearest=1)
    calibration = msgspec.structs.replace(MANIFEST.calibration, cohort=cohort)
    manifest = msgspec.structs.replace(MANIFEST, calibration=calibration)
    if content is not None:
        (tmp_path / cohort.name).write_bytes(content)
    monkeypatch.setattr(rooms_module, "PACK", Pack(tmp_path, manifest))
    outcome = outcome_of(rooms)
    assert (outcome.reason, outcome.evidence) == (Reason.PACK_DAMAGED, None)
    assert rooms.eye.requests == []


def test_a_disk_that_does_not_give_the_manifest_is_a_damaged_pack_in_time(
    rooms: Rooms, stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(shelf: Shelf, name: str) -> None:
        stuck.wait()

    async def work(house: House) -> None:
        try:
            outcome = await Verification(of_pack(rooms.folder)(house), ASK, Person()).run()
        finally:
            stuck.set()
        assert outcome.reason is Reason.PACK_DAMAGED

    monkeypatch.setattr(house_module, "LOOKUP_PATIENCE", 0.1)
    monkeypatch.setattr(Shelf, "pack", hang)
    run(rooms, work)


def test_what_the_gates_took_is_taken_from_the_look(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_module, "known_user", slow(0.5))
    outcome_of(rooms, msgspec.structs.replace(ASK, seconds=1.6))
    assert watched(rooms).seconds < 0.75


def test_gates_that_took_all_the_time_leave_no_look(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_module, "known_user", slow(0.7))
    assert outcome_of(rooms, msgspec.structs.replace(ASK, seconds=1.0)).reason is Reason.TIMEOUT
    assert rooms.eye.requests == []


def test_the_time_that_the_person_takes_to_answer_is_not_taken_from_the_look(rooms: Rooms) -> None:
    ask = msgspec.structs.replace(SUDO, seconds=1.4)
    assert outcome_of(rooms, ask, Person(after=1.1)).reason is Reason.MATCHED
    assert watched(rooms).seconds > 0.5


def slow(seconds: float) -> Callable[[str], Awaitable[User]]:
    async def known(name: str) -> User:
        await asyncio.sleep(seconds)
        return ME

    return known


def test_an_eye_that_is_not_there_is_an_outcome(rooms: Rooms) -> None:
    def blind(house: House) -> House:
        return type(house)(house.clerk, Watcher(rooms.folder / "none.sock"), house.settings)

    assert outcome_of(rooms, change=blind).reason is Reason.EYE_FAILED
    assert recorded(rooms) == [Reason.EYE_FAILED]


@pytest.mark.parametrize("liveness", [Liveness.PASSIVE, Liveness.OFF])
def test_liveness_is_asked_of_the_eye_where_the_policy_wants_it(rooms: Rooms, liveness: Liveness) -> None:
    rules = {name: msgspec.structs.replace(rule, liveness=liveness) for name, rule in rooms.settings.rules.items()}
    rooms.settings = msgspec.structs.replace(rooms.settings, rules=rules)
    outcome_of(rooms)
    assert ("liveness" in [task.value for task in watched(rooms).tasks]) is (liveness is not Liveness.OFF)


def failures(rooms: Rooms) -> int:
    return rooms.store.standing(ME).mismatches


@pytest.mark.parametrize("ending", [Problem(ProblemKind.CAMERA_FAILED, "unplugged"), b"\0\0\0\0", b"\0\0\0\1x"])
def test_a_camera_that_is_pulled_in_time_is_no_free_guess(rooms: Rooms, ending: Answer | bytes) -> None:
    rooms.eye.answers = (OPENED, *[STRANGER] * 5, ending)
    assert outcome_of(rooms).reason is Reason.ANOTHER_FACE
    assert failures(rooms) == 1


def test_a_glance_that_is_too_short_to_count_tells_no_band(rooms: Rooms) -> None:
    rooms.eye.answers = (OPENED, STRANGER, STRANGER, seen(View.NO_FACE))
    outcome = outcome_of(rooms)
    assert outcome.reason is Reason.NO_FACE
    assert outcome.band is None
    assert failures(rooms) == 0


def test_the_history_knows_the_camera_that_looked(rooms: Rooms) -> None:
    outcome_of(rooms)
    assert rooms.store.attempts(ME.name, 1)[0].camera == OPENED.camera.id


def test_a_pack_that_cannot_tell_life_serves_no_class_that_wants_it(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifeless = msgspec.structs.replace(MANIFEST, file=MANIFEST.file[:2])
    monkeypatch.setattr(rooms_module, "PACK", Pack(Path("/nonexistent"), lifeless))
    assert outcome_of(rooms).reason is Reason.NO_LIVENESS
    assert rooms.eye.requests == []


@pytest.mark.parametrize("frames", [(USER,), (STRANGER,), ()])
def test_opened_templates_are_zeroed_however_a_look_ends(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, frames: tuple[Observation, ...]
) -> None:
    rooms.eye.answers = (OPENED, *frames)
    opened = []
    held = []
    templates, begin = rooms.store.templates, Look.__init__

    def note(*arguments: Any) -> Any:
        opened.extend(templates(*arguments))
        return opened

    def hold(look: Look, vectors: NDArray[np.float32], *arguments: Any) -> None:
        held.append(vectors)
        begin(look, vectors, *arguments)

    monkeypatch.setattr(rooms.store, "templates", note)
    monkeypatch.setattr(Look, "__init__", hold)
    outcome_of(rooms)
    assert opened
    assert held
    assert not any(template.vector.any() for template in opened)
    assert not any(vectors.any() for vectors in held)
