"""While polkit waits for a password, or hangs, nobody else waits, and nothing opens by itself."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.buses import PrivateBus
from tests.integration.bus_client import Client, Told
from tests.integration.bus_judge import ALICE, ALICE_THERE, BOB, PEOPLE, Judge, picture, wait_until
from tests.mocks import Answer, PolicyPolkit, Polkit, Session, obstacle
from tests.unit.facelatchd.seen import NOBODY

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="to be other users on the bus takes root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]

PICTURES: Final = {"pictures": ("b", True)}
MANY: Final = 100
PLACES: Final = 16
"""Calls of one user that are worked on at a time."""


@pytest.fixture
def judge(running_judge: Judge, bus: PrivateBus) -> Iterator[Judge]:
    running_judge.eye.scene = [NOBODY]
    logged = len(bus.log)
    yield running_judge
    assert running_judge.alive
    assert "Traceback" not in bus.log[logged:]


@pytest.fixture(scope="module")
def long_lived_polkit(bus: PrivateBus) -> Iterator[PolicyPolkit]:
    polkit = PolicyPolkit(bus)
    yield polkit
    polkit.end()


@pytest.fixture
def polkit(long_lived_polkit: PolicyPolkit) -> Iterator[PolicyPolkit]:
    """Alice and bob sit at the desk; whom alice is asked for a password is busy with something else."""
    long_lived_polkit.seat(ALICE, Session.ACTIVE, Answer.AWAITED)
    long_lived_polkit.seat(BOB, Session.ACTIVE, Answer.OWN_PASSWORD)
    yield long_lived_polkit
    long_lived_polkit.close_dialogs(authorised=False)


@pytest.fixture
def alice(judge: Judge) -> Iterator[Client]:
    with judge.client(ALICE) as alice:
        yield alice
        alice.outcome("Release")


def wait_for_dialogs(polkit: PolicyPolkit, count: int) -> None:
    wait_until(lambda: polkit.open_dialogs == count, f"{count} dialogs")


def start_to_enrol(alice: Client, polkit: PolicyPolkit) -> int:
    """Let alice begin to enrol and be asked for her password; return the call that waits."""
    alice.call("Claim", "")
    waiting = alice.send("EnrollStart", "", PICTURES)
    wait_for_dialogs(polkit, 1)
    return waiting


FOR_BOB: Final[dict[str, tuple[Any, ...]]] = {
    "GetCameras": (),
    "GetDefaultCamera": (),
    "GetStatus": (),
    "GetPack": (),
    "GetPolicy": (),
    "History": ("", 10),
    "Analyse": (picture(0), {}),
    "ListEnrolledFaces": ("",),
}
WITHOUT_CLAIM: Final = (
    "RenameEnrolledFace", "DeleteEnrolledFace", "DeleteEnrolledFaces", "Release", "VerifyStart", "VerifyStop",
    "EnrollStart", "EnrollPicture", "EnrollFinish", "EnrollShots", "EnrollSave", "EnrollStop", "PreviewStart",
    "PreviewStop", "NextFrame",
)  # fmt: skip
ARGUMENTS: Final[dict[str, tuple[Any, ...]]] = {
    "RenameEnrolledFace": ("made up", "renamed"),
    "DeleteEnrolledFace": ("made up",),
    "VerifyStart": ("any", {}),
    "EnrollStart": ("", {}),
    "EnrollPicture": ("", b"1"),
    "EnrollSave": ([],),
    "NextFrame": (0,),
}


def test_every_call_of_others_is_answered_before_the_one_that_waits_for_a_password(
    judge: Judge, polkit: PolicyPolkit, alice: Client
) -> None:
    waiting = start_to_enrol(alice, polkit)
    with judge.client(BOB) as bob:
        assert {call: bob.outcome(call, *FOR_BOB[call]) for call in FOR_BOB} == dict.fromkeys(FOR_BOB, "")
        assert bob.outcome("Claim", "") == "AlreadyInUse"
        got = {call: bob.outcome(call, *ARGUMENTS.get(call, ())) for call in WITHOUT_CLAIM}
        assert got == dict.fromkeys(WITHOUT_CLAIM, "ClaimCamera")
    with judge.client() as root:
        assert root.outcome("SetClassRule", "login", {}) == ""
        assert root.outcome("SetCamera", "made-up") == ""
    assert not alice.has_answer(waiting)
    polkit.close_dialogs(authorised=True)
    assert alice.outcome_of(waiting) == ""


def test_whoever_waits_for_a_password_may_do_something_else_meanwhile(
    judge: Judge, polkit: PolicyPolkit, alice: Client
) -> None:
    waiting = start_to_enrol(alice, polkit)
    judge.eye.scene = ALICE_THERE
    assert alice.outcome("VerifyStart", "any", {}) == ""
    assert alice.ending("VerifyStatus").result == "verify-match"
    assert not alice.has_answer(waiting)
    polkit.close_dialogs(authorised=False)
    assert alice.outcome_of(waiting) == "PermissionDenied"


@pytest.fixture
def lost_polkit() -> Iterator[tuple[Judge, Polkit]]:
    """A judge that waits half a second for polkit, and a polkit that hangs."""
    with PrivateBus(people=PEOPLE) as bus, Judge(bus, ask_seconds=0.5) as judge:
        judge.enrol()
        polkit = Polkit(bus)
        polkit.allow_all()
        yield judge, polkit
        assert judge.alive
        assert "Traceback" not in bus.log


def test_a_check_that_hangs_is_refused_and_its_late_answer_changes_nothing(lost_polkit: tuple[Judge, Polkit]) -> None:
    judge, polkit = lost_polkit
    with judge.client(ALICE) as alice:
        alice.call("Claim", "")
        polkit.hang()
        rows = {"EnrollStart": ("half", PICTURES), "VerifyStart": ("any", {}), "PreviewStart": ()}
        rows |= {"DeleteEnrolledFaces": (), "History": ("", 10), "SetClassRule": ("login", {})}
        for interactive in (True, False):
            serials = [alice.send(row, *arguments, interactive=interactive) for row, arguments in rows.items()]
            for serial in serials:
                with pytest.raises(Told, match=r"PermissionDenied: polkit has not answered within 0\.5 s"):
                    alice.answer(serial)
        assert polkit.hanging
        polkit.release()
        assert len(alice.call("ListEnrolledFaces", "")[0]) == 1
        for stop in ("VerifyStop", "EnrollStop", "PreviewStop"):
            assert alice.outcome(stop) == "NoActionInProgress"
        assert not judge.eye.watching
        assert alice.signals == []
        assert alice.outcome("EnrollStart", "half", PICTURES) == ""


def test_a_login_does_not_wait_for_polkit(lost_polkit: tuple[Judge, Polkit]) -> None:
    judge, polkit = lost_polkit
    polkit.hang()
    judge.eye.scene = ALICE_THERE
    with judge.client(ALICE) as alice:
        waiting = [alice.send("Claim", "") for _ in range(PLACES)]
        wait_until(lambda: polkit.hanging, "polkit to hang")
        assert judge.door() == "matched"
        assert [alice.outcome_of(serial) for serial in waiting] == ["PermissionDenied"] * PLACES


def test_a_caller_who_vanishes_closes_the_dialog(judge: Judge, polkit: PolicyPolkit) -> None:
    before = polkit.cancelled
    with judge.client(ALICE) as alice:
        start_to_enrol(alice, polkit)
    wait_for_dialogs(polkit, 0)
    assert polkit.cancelled == before + 1
    with judge.client(ALICE) as again:
        assert again.outcome("Claim", "") == ""
        assert again.outcome("EnrollStop") == "NoActionInProgress"
        again.call("Release")


def test_a_dialog_that_stays_open_too_long_is_closed() -> None:
    with PrivateBus(people=PEOPLE) as bus, Judge(bus, ask_seconds=0.5) as judge:
        polkit = PolicyPolkit(bus)
        polkit.seat(ALICE, Session.ACTIVE, Answer.AWAITED)
        with judge.client(ALICE) as alice:
            waiting = start_to_enrol(alice, polkit)
            assert alice.outcome_of(waiting) == "PermissionDenied"
        wait_for_dialogs(polkit, 0)
        assert polkit.cancelled == 1


@pytest.mark.parametrize("again", [False, True], ids=["and is gone", "and is claimed anew"])
@pytest.mark.parametrize(
    ("call", "arguments"), [("EnrollStart", ("", PICTURES)), ("DeleteEnrolledFaces", ()), ("VerifyStart", ())]
)
def test_a_claim_that_ends_while_a_password_is_typed_is_not_used(
    judge: Judge, polkit: PolicyPolkit, alice: Client, call: str, arguments: tuple[Any, ...], again: bool
) -> None:
    alice.call("Claim", "")
    waiting = alice.send(call, *(arguments or ("any", {"figures": ("b", True)})))
    wait_for_dialogs(polkit, 1)
    alice.call("Release")
    if again:
        alice.call("Claim", "")
    polkit.close_dialogs(authorised=True)
    assert alice.outcome_of(waiting) == "ClaimCamera"
    assert not judge.eye.watching
    with judge.client() as root:
        assert len(root.call("ListEnrolledFaces", "alice")[0]) == 1


def test_a_claim_is_not_granted_twice_where_two_wait_for_a_password(judge: Judge, polkit: PolicyPolkit) -> None:
    with judge.client(ALICE) as first, judge.client(ALICE) as second:
        serials = [(client, client.send("Claim", "bob")) for client in (first, second)]
        wait_for_dialogs(polkit, 2)
        polkit.close_dialogs(authorised=True)
        assert sorted(client.outcome_of(serial) for client, serial in serials) == ["", "AlreadyInUse"]
        for client, _serial in serials:
            client.outcome("Release")


def test_the_calls_of_one_user_that_wait_leave_places_for_others(judge: Judge, polkit: PolicyPolkit) -> None:
    with contextlib.ExitStack() as exits:
        crowd = [exits.enter_context(judge.client(ALICE)) for _ in range(5)]
        waiting = [(client, client.send("Claim", "bob")) for client in crowd for _ in range(MANY // 5)]
        wait_for_dialogs(polkit, PLACES)
        with judge.client(BOB) as bob:
            assert bob.outcome("GetStatus") == ""
            assert bob.outcome("Claim", "") == ""
            assert bob.outcome("VerifyStart", "any", {}) == ""
            assert bob.ending("VerifyStatus").result == "verify-not-enrolled"
            bob.call("Release")
        with judge.client() as root:
            assert root.outcome("GetStatus") == ""
        with judge.client(ALICE) as one_more:
            assert one_more.outcome("GetStatus") == "Busy"
        polkit.close_dialogs(authorised=False)
        outcomes = [client.outcome_of(serial) for client, serial in waiting]
    assert outcomes.count("Busy") == MANY - PLACES
    assert outcomes.count("PermissionDenied") == PLACES


# --- the password, never the face -------------------------------------------------------------------------------------

GUARDED: Final[dict[str, tuple[Any, ...]]] = {
    "EnrollStart": ("", PICTURES),
    "DeleteEnrolledFaces": (),
    "VerifyStart": ("any", {"figures": ("b", True)}),
    "SetClassRule": ("login", {}),
}


@pytest.mark.parametrize("call", GUARDED)
def test_no_face_answers_polkit_while_it_asks_for_one_of_our_passwords(
    judge: Judge, polkit: PolicyPolkit, alice: Client, call: str
) -> None:
    judge.eye.scene = ALICE_THERE
    assert judge.door("polkit-1") == "matched"
    alice.call("Claim", "")
    waiting = alice.send(call, *GUARDED[call])
    wait_for_dialogs(polkit, 1)
    assert judge.door("polkit-1") == "service-refused"
    assert judge.door("screenlock") == "matched"
    assert judge.door("sudo") == "matched"
    polkit.close_dialogs(authorised=False)
    assert alice.outcome_of(waiting) == "PermissionDenied"
    assert judge.door("polkit-1") == "matched"


def test_a_face_may_answer_polkit_again_when_who_was_asked_has_gone(judge: Judge, polkit: PolicyPolkit) -> None:
    judge.eye.scene = ALICE_THERE
    with judge.client(ALICE) as alice:
        start_to_enrol(alice, polkit)
        assert judge.door("polkit-1") == "service-refused"
    wait_for_dialogs(polkit, 0)
    assert judge.door("polkit-1") == "matched"


def test_a_face_may_answer_polkit_while_nobody_could_be_asked(judge: Judge, polkit: PolicyPolkit) -> None:
    judge.eye.scene = ALICE_THERE
    with judge.client(ALICE) as alice:
        alice.call("Claim", "")
        assert alice.outcome("EnrollStart", "", PICTURES, interactive=False) == "PermissionDenied"
        assert judge.door("polkit-1") == "matched"
        alice.call("Release")
