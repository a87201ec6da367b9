"""Whose camera it is: second clients in every state, one thing after the other, what is saved and what is not."""

from __future__ import annotations

import os
from typing import Any, Final

import pytest
from jeepney import HeaderFields, MessageType, message_bus

from tests.integration.bus_client import NAME, Client, Told
from tests.integration.bus_judge import ALICE_THERE, ALL_SHOTS, Judge, picture
from tests.integration.bus_states import (
    PICTURES,
    REVIEW,
    State,
    enrolling,
    labels,
    leave,
    picturing,
    previewing,
    reviewing,
    verifying,
)
from tests.mocks import obstacle
from tests.unit.facelatchd.fake_eye import JPEG

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="whom polkit need not be asked about is root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]


# --- a second client --------------------------------------------------------------------------------------------------

OPEN: Final[dict[str, tuple[Any, ...]]] = {
    "GetCameras": (),
    "GetDefaultCamera": (),
    "GetStatus": (),
    "GetPack": (),
    "GetPolicy": (),
    "SetClassRule": ("login", {}),
    "SetCamera": ("made-up",),
    "History": ("alice", 10),
    "GetPeople": (),
    "Analyse": (picture(0), {}),
    "ListEnrolledFaces": ("alice",),
}
"""What nobody needs a claim for."""

OWNED: Final[dict[str, tuple[Any, ...]]] = {
    "RenameEnrolledFace": ("made up", "renamed"),
    "DeleteEnrolledFace": ("made up",),
    "DeleteEnrolledFaces": (),
    "Release": (),
    "VerifyStart": ("any", {}),
    "VerifyStop": (),
    "EnrollStart": ("another", PICTURES),
    "EnrollPicture": ("another", picture(9)),
    "EnrollFinish": (),
    "EnrollShots": (),
    "EnrollSave": ([],),
    "EnrollStop": (),
    "PreviewStart": (),
    "PreviewStop": (),
    "NextFrame": (0,),
}
"""What only the claimer may call."""


def test_a_second_client_gets_what_needs_no_claim_and_nothing_else(judge: Judge, client: Client, state: State) -> None:
    state(judge, client)
    on = judge.eye.watching
    with judge.client() as second:
        assert {call: second.outcome(call, *OPEN[call]) for call in OPEN} == dict.fromkeys(OPEN, "")
        assert {call: second.outcome(call, *OWNED[call]) for call in OWNED} == dict.fromkeys(OWNED, "ClaimCamera")
        faces = [face["label"][1] for face in second.call("ListEnrolledFaces", "alice")[0]]
    assert faces == ["made up"]
    assert judge.eye.watching is on
    assert client.outcome("Claim", "alice") == "AlreadyInUse"


def test_where_nobody_has_claimed_the_camera_nobody_may_use_it(judge: Judge, client: Client) -> None:
    assert {call: client.outcome(call, *OWNED[call]) for call in OWNED} == dict.fromkeys(OWNED, "ClaimCamera")


def test_signals_reach_the_claimer_alone(judge: Judge, client: Client) -> None:
    with judge.client() as second:
        for rule in ("type='signal'", f"type='signal',sender='{NAME}'", "type='signal',eavesdrop='true'"):
            second.outcome_of(second.post(message_bus.AddMatch(rule)))
        judge.eye.scene = ALICE_THERE
        client.call("Claim", "alice")
        client.call("VerifyStart", "any", {})
        assert client.ending("VerifyStatus").result == "verify-match"
        judge.eye.scene = ALL_SHOTS
        client.call("EnrollStart", "half", REVIEW)
        client.hear("EnrollStatus", "enroll-review")
        client.call("EnrollStop")
        second.call("GetDefaultCamera")  # whatever was sent to it has come before this answer
        assert second.signals == []
    assert {signal.member for signal in client.signals} == {"VerifyStatus", "EnrollStatus"}


# --- one thing after the other ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "arguments", "signal"),
    [("VerifyStart", ("any", {}), "VerifyStatus"), ("EnrollStart", ("half", {}), "EnrollStatus")],
)
def test_the_answer_to_a_start_comes_before_its_signals(
    judge: Judge, client: Client, start: str, arguments: tuple[Any, ...], signal: str
) -> None:
    client.call("Claim", "alice")
    serial = client.send(start, *arguments)
    client.hear(signal)
    kinds = [
        message.header.message_type
        for message in client.heard
        if message.header.fields.get(HeaderFields.reply_serial) == serial
        or message.header.fields.get(HeaderFields.member) == signal
    ]
    assert kinds[0] is MessageType.method_return
    assert set(kinds[1:]) == {MessageType.signal}


@pytest.mark.parametrize("start", ["VerifyStart", "EnrollStart", "PreviewStart"])
def test_nothing_starts_while_something_runs(judge: Judge, client: Client, busy: State, start: str) -> None:
    busy(judge, client)
    assert client.outcome(start, *OWNED[start]) == "AlreadyInUse"


def test_two_starts_at_once_begin_one_thing(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")
    serials = [client.send("VerifyStart", "any", {}) for _ in range(2)]
    assert sorted(client.outcome_of(serial) for serial in serials) == ["", "AlreadyInUse"]


STOPS: Final = {"VerifyStop", "EnrollStop", "PreviewStop"}
STOP_OF: Final = {
    verifying: "VerifyStop",
    enrolling: "EnrollStop",
    picturing: "EnrollStop",
    reviewing: "EnrollStop",
    previewing: "PreviewStop",
}


def test_a_stop_without_a_start_is_told_so(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")
    assert {stop: client.outcome(stop) for stop in STOPS} == dict.fromkeys(STOPS, "NoActionInProgress")


def test_a_stop_ends_its_own_kind_and_no_other_and_once(judge: Judge, client: Client, busy: State) -> None:
    judge.wait_for_camera(on=False)  # what came before may have just let go of it
    busy(judge, client)
    on, stop = judge.eye.watching, STOP_OF[busy]
    for other in STOPS - {stop}:
        assert client.outcome(other) == "NoActionInProgress"
    assert judge.eye.watching is on
    assert client.outcome(stop) == ""
    judge.wait_for_camera(on=False)
    assert client.outcome(stop) == "NoActionInProgress"
    assert client.outcome("NextFrame", 0) == "NoActionInProgress"
    assert not any(signal.done for signal in client.signals)
    assert client.outcome("VerifyStart", "any", {}) == ""


def test_what_has_ended_by_itself_may_be_stopped_and_something_else_started(judge: Judge, client: Client) -> None:
    judge.eye.scene = ALICE_THERE
    client.call("Claim", "alice")
    for _ in range(2):
        client.call("VerifyStart", "any", {})
        client.ending("VerifyStatus")
        client.forget()
    assert client.outcome("VerifyStop") == ""
    assert client.outcome("PreviewStart") == ""


def test_the_end_is_told_once_and_nothing_after_it(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")
    judge.eye.scene = ALICE_THERE
    client.call("VerifyStart", "any", {})
    client.ending("VerifyStatus")
    judge.eye.scene = ALL_SHOTS
    client.call("EnrollStart", "whole", {})
    enrolled = client.ending("EnrollStatus")
    assert enrolled.result == "enroll-completed"
    client.call("DeleteEnrolledFace", enrolled.details["face"]["id"][1])
    client.call("GetStatus")
    for member in ("VerifyStatus", "EnrollStatus"):
        told = [signal.done for signal in client.signals if signal.member == member]
        assert told == [False] * (len(told) - 1) + [True]


def test_one_call_claims_looks_once_and_releases(judge: Judge, client: Client) -> None:
    judge.eye.scene = ALICE_THERE
    (tried,) = client.call("Verify", "alice", "any")
    assert (tried["verdict"], tried["reason"]) == (("s", "match"), ("s", "matched"))
    assert client.outcome("Release") == "ClaimCamera"


def test_release_ends_what_runs_and_the_next_client_may_claim(judge: Judge, client: Client, state: State) -> None:
    state(judge, client)
    assert client.outcome("Release") == ""
    judge.wait_for_camera(on=False)
    with judge.client() as second:
        assert second.outcome("Claim", "alice") == ""
        leave(second)
    assert client.outcome("NextFrame", 0) == "ClaimCamera"
    assert not any(signal.done for signal in client.signals)


def test_whoever_waits_for_a_frame_is_answered_when_what_shows_it_is_stopped(judge: Judge, client: Client) -> None:
    previewing(judge, client)
    waiting = client.send("NextFrame", 2**63)
    client.call("PreviewStop")
    assert client.outcome_of(waiting) == "NoActionInProgress"


def test_whoever_starts_looks_and_stops_in_one_breath_is_answered(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")
    for _ in range(10):
        serials = [client.send("PreviewStart"), client.send("NextFrame", 2**63), client.send("PreviewStop")]
        assert [client.outcome_of(serial) for serial in serials] == ["", "NoActionInProgress", ""]


def test_frames_come_in_order_each_with_what_was_seen(judge: Judge, client: Client) -> None:
    previewing(judge, client)
    number = 0
    for _ in range(3):
        newer, jpeg, overlay = client.call("NextFrame", number)
        assert newer > number
        assert (jpeg, overlay["view"]) == (JPEG, ("s", "no-face"))
        number = newer


# --- what is saved ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [picturing, reviewing], ids=lambda state: state.__name__)
@pytest.mark.parametrize("dropped", [[99], [1, 2**32 - 1], list(range(1, 9))], ids=str)
def test_shots_that_cannot_be_dropped_are_refused_and_nothing_is_lost(
    judge: Judge, client: Client, reach: State, dropped: list[int]
) -> None:
    reach(judge, client)
    shots = client.call("EnrollShots")
    with pytest.raises(Told, match="BadRequest"):
        client.call("EnrollSave", dropped)
    assert client.call("EnrollShots") == shots
    client.call("EnrollSave", [1])
    face = client.ending("EnrollStatus").details["face"]
    assert face["templates"] == ("x", len(shots[0]) - 1)
    client.call("DeleteEnrolledFace", face["id"][1])


def test_what_is_saved_is_not_saved_again(judge: Judge, client: Client) -> None:
    picturing(judge, client)
    serials = [client.send("EnrollSave", []), client.send("EnrollSave", [1]), client.send("EnrollSave", [2])]
    assert [client.outcome_of(serial) for serial in serials] == ["", *["NoActionInProgress"] * 2]
    face = client.ending("EnrollStatus").details["face"]
    assert face["templates"] == ("x", 4)
    client.call("DeleteEnrolledFace", face["id"][1])


def test_shots_are_not_saved_while_they_are_being_taken(judge: Judge, client: Client) -> None:
    client.call("Claim", "alice")
    client.call("EnrollStart", "half", REVIEW)
    client.hear("EnrollStatus")
    assert client.outcome("EnrollSave", []) == "NoActionInProgress"
    judge.wait_for_camera(on=True)
    assert labels(judge) == ["made up"]
