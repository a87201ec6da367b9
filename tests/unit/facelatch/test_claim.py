"""A claimed camera: verification, enrolment and preview before a daemon that may be anything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from jeepney.io.blocking import open_dbus_connection

from facelatch import sync
from facelatch.bus import BusError, Daemon, DaemonUnreachable, PreviewFrame, ProtocolBroken, ReviewReady
from facelatch.types import (
    Band,
    Enrolled,
    EnrollShot,
    Failure,
    Pose,
    Reason,
    Refusal,
    Tried,
    TryStep,
    Verdict,
    View,
)
from tests.unit.facelatch import answers
from tests.unit.facelatch.fake import (
    Act,
    Bus,
    Call,
    FakeDaemon,
    Raw,
    fields,
    next_of,
    refusal_of,
    send_signal,
)

MISMATCH = Tried(Verdict.MISMATCH, Reason.ANOTHER_FACE, Band.FAR)
FAILURE = Failure(Reason.TIMEOUT, "sit nearer")


@pytest.mark.parametrize("camera", [answers.CAMERA.id, answers.CAMERA.path])
def test_a_camera_is_claimed_by_its_id_or_its_device(client: sync.Daemon, daemon: FakeDaemon, camera: str) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    with client.claim("anna", camera):
        pass
    assert [(call.member, call.path) for call in daemon.calls] == [
        ("GetStatus", "/org/facelatch/Manager"),
        ("Claim", answers.CAMERA.object),
        ("Release", answers.CAMERA.object),
    ]


@pytest.mark.parametrize("camera", ["/dev/video7", answers.INFRARED.id, "front camera"])
def test_a_camera_that_is_not_connected_is_not_claimed(client: sync.Daemon, daemon: FakeDaemon, camera: str) -> None:
    daemon.answering(GetStatus=answers.STATUS)
    refused = refusal_of(lambda: client.claim("anna", camera))
    assert refused.error is Refusal.NO_SUCH_CAMERA
    assert str(refused) == f"no camera {camera!r} is connected; connected are: /dev/video0"
    assert daemon.members == ["GetStatus"]


def test_a_claim_that_was_refused_is_not_released(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(Claim=BusError(Refusal.ALREADY_IN_USE, "later"))
    assert refusal_of(client.claim).error is Refusal.ALREADY_IN_USE
    assert daemon.members == ["Claim"]


def test_a_release_that_fails_at_the_end_hides_nothing(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(Release=BusError(Refusal.CLAIM_CAMERA, "it has gone"))
    with pytest.raises(KeyError), client.claim():
        raise KeyError
    with client.claim() as claim:
        assert refusal_of(claim.release).error is Refusal.CLAIM_CAMERA


# --- verification -----------------------------------------------------------------------------------------------------


def test_a_verification_yields_the_steps_then_the_verdict_and_is_stopped(
    client: sync.Daemon, daemon: FakeDaemon
) -> None:
    tried = Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, 1.5, 9, {"embed": 20.5}, 9.5, 7.0)
    steps = (TryStep(View.DARK), TryStep(View.CLEAR, Band.NEAR, False, -2.5), tried)
    daemon.telling("VerifyStart", *steps)
    with client.claim("anna") as claim:
        assert tuple(claim.verify("ab", figures=True, preview=True)) == steps
        assert tuple(claim.verify()) == steps
    assert daemon.calls == [
        Call("Claim", ("anna",)),
        Call("VerifyStart", ("ab", {"figures": True, "preview": True})),
        Call("VerifyStop"),
        Call("VerifyStart", ("any", {})),
        Call("VerifyStop"),
        Call("Release"),
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_verdict_arrives(client: sync.Daemon, daemon: FakeDaemon, reason: Reason) -> None:
    tried = Tried(reason.verdict, reason)
    daemon.telling("VerifyStart", tried)
    with client.claim() as claim:
        assert list(claim.verify()) == [tried]


MATCH = fields(answers.MATCHED)
UNTRUE = {
    "a match without done": ("verify-match", False, MATCH),
    "a step that is called a match": ("verify-match", False, fields(answers.NEAR)),
    "a mismatch that is called a match": ("verify-match", True, fields(MISMATCH)),
    "a match that is called none": ("verify-no-match", True, MATCH),
    "a match for a reason that is none": ("verify-match", True, MATCH | {"reason": ("s", "timeout")}),
    "a mismatch because it matched": ("verify-no-match", True, MATCH | {"verdict": ("s", "mismatch")}),
    "a match without a reason": ("verify-match", True, {"verdict": ("s", "match")}),
    "a match without anything": ("verify-match", True, {}),
    "no word of ours": ("match", True, MATCH),
    "an end that is a step": ("verify-clear", True, fields(answers.NEAR)),
}


@pytest.mark.parametrize(("result", "done", "details"), UNTRUE.values(), ids=list(UNTRUE))
def test_a_match_that_is_none_is_a_broken_protocol(
    client: sync.Daemon, daemon: FakeDaemon, result: str, done: bool, details: dict[str, Any]
) -> None:
    daemon.telling("VerifyStart", ("VerifyStatus", Raw("sba{sv}", (result, done, details))), answers.MATCHED)
    with client.claim() as claim, pytest.raises(ProtocolBroken, match="VerifyStatus"):
        list(claim.verify())


@pytest.mark.parametrize(
    "body", [Raw("", ()), Raw("s", ("verify-match",)), Raw("sb", ("verify-match", True)), Raw("a{sv}", (MATCH,))]
)
def test_a_signal_of_another_shape_is_a_broken_protocol(client: sync.Daemon, daemon: FakeDaemon, body: Raw) -> None:
    daemon.telling("VerifyStart", ("VerifyStatus", body), answers.MATCHED)
    with client.claim() as claim, pytest.raises(ProtocolBroken, match="not what the contract says"):
        list(claim.verify())


@pytest.mark.parametrize("when", ["before the answer", "after the first step"])
def test_a_signal_of_another_sender_is_not_believed(
    client: sync.Daemon, daemon: FakeDaemon, bus: Bus, when: str
) -> None:
    body = Raw("sba{sv}", ("verify-match", True, MATCH))
    with open_dbus_connection(bus.address) as impostor:

        def forge(_call: Call | None = None) -> None:
            (listener,) = daemon.callers
            send_signal(impostor, listener, "/org/facelatch/Camera/default", "VerifyStatus", body)
            # The bus has handed the signal on once it has answered the impostor's next question.
            bus.ask("GetId", "", sender=impostor)

        daemon.telling("VerifyStart", answers.NO_FACE)
        if when == "before the answer":
            daemon.answering(VerifyStart=forge)
        with client.claim() as claim:
            steps = claim.verify()
            assert next(steps) == answers.NO_FACE
            if when != "before the answer":
                forge()
            daemon.tell(MISMATCH)
            assert list(steps) == [MISMATCH]


def test_nobody_but_the_bus_can_say_that_the_daemon_is_another_now(
    client: sync.Daemon, daemon: FakeDaemon, bus: Bus
) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE)
    with open_dbus_connection(bus.address) as impostor, client.claim() as claim:
        steps = claim.verify()
        assert next(steps) == answers.NO_FACE
        (listener,) = daemon.callers
        owner = Raw("sss", ("org.facelatch", "", impostor.unique_name))
        send_signal(impostor, listener, "/org/freedesktop/DBus", "NameOwnerChanged", owner)
        body = Raw("sba{sv}", ("verify-match", True, MATCH))
        send_signal(impostor, listener, "/org/facelatch/Camera/default", "VerifyStatus", body)
        bus.ask("GetId", "", sender=impostor)
        daemon.tell(MISMATCH)
        assert list(steps) == [MISMATCH]


def test_another_cameras_signals_are_not_taken(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE)
    with client.claim() as claim:
        steps = claim.verify()
        assert next(steps) == answers.NO_FACE
        daemon.tell(answers.MATCHED, path="/org/facelatch/Camera/c9")
        daemon.tell(answers.SHOT)
        daemon.tell(MISMATCH)
        assert list(steps) == [MISMATCH]


@pytest.mark.parametrize("leave", [FakeDaemon.leave, FakeDaemon.give_up_name])
def test_a_verification_ends_when_the_daemon_goes(
    client: sync.Daemon, daemon: FakeDaemon, leave: Callable[[FakeDaemon], None]
) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE)
    with client.claim() as claim:
        steps = claim.verify()
        next(steps)
        leave(daemon)
        with pytest.raises(DaemonUnreachable, match="the daemon has left the bus"):
            next(steps)


def test_a_look_of_which_nothing_is_heard_is_given_up(
    client: sync.Daemon, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelatch.claim.SILENCE", 0.05)
    daemon.telling("VerifyStart", answers.NO_FACE)
    with client.claim() as claim, pytest.raises(ProtocolBroken, match="no sign of a verification"):
        list(claim.verify())
    assert daemon.members == ["Claim", "VerifyStart", "VerifyStop", "Release"]


def test_closing_the_steps_ends_the_look(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.telling("VerifyStart", answers.NO_FACE, answers.NEAR)
    with client.claim() as claim:
        with contextlib.closing(claim.verify()) as steps:
            next(steps)
        assert daemon.members == ["Claim", "VerifyStart", "VerifyStop"]


def test_a_look_that_was_refused_is_not_stopped_for_it_may_be_anothers(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(VerifyStart=BusError(Refusal.ALREADY_IN_USE, "later"))
    with client.claim() as claim:
        assert refusal_of(lambda: list(claim.verify())).error is Refusal.ALREADY_IN_USE
    assert daemon.members == ["Claim", "VerifyStart", "Release"]


@pytest.mark.parametrize(
    ("method", "end"), [("Claim", "Release"), ("VerifyStart", "VerifyStop"), ("EnrollStart", "EnrollStop")]
)
def test_what_is_given_up_while_it_begins_is_ended(bus: Bus, daemon: FakeDaemon, method: str, end: str) -> None:
    daemon.answering(**{method: Act.NOTHING})

    async def started(client: Daemon) -> None:
        if method == "Claim":
            await client.claim()
        elif method == "VerifyStart":
            await anext((await client.claim()).verify())
        else:
            await (await client.claim()).enroll()

    async def main() -> None:
        async with await Daemon.connect(bus.address) as client:
            task = asyncio.create_task(started(client))
            while method not in daemon.members:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert daemon.members[-2:] == [method, end]


# --- enrolment --------------------------------------------------------------------------------------------------------


def test_an_enrolment_tells_what_happens_and_is_stopped(client: sync.Daemon, daemon: FakeDaemon) -> None:
    enrolled = Enrolled(answers.GLASSES, (Pose.LEFT, Pose.UP), "turn next time")
    events = (answers.SHOT, answers.MISSED, enrolled)
    daemon.telling("EnrollStart", *events)
    with client.claim() as claim, claim.enroll("hat") as enrolment:
        assert tuple(enrolment) == events
        assert tuple(enrolment) == ()
    assert daemon.calls[1:] == [Call("EnrollStart", ("hat", {})), Call("EnrollStop"), Call("Release")]


def test_the_options_of_an_enrolment_travel(client: sync.Daemon, daemon: FakeDaemon) -> None:
    with client.claim() as claim, claim.enroll(face="ab", pictures=True, review=True) as enrolment:
        enrolment.stop()
    assert daemon.calls[1] == Call("EnrollStart", ("", {"face": "ab", "pictures": True, "review": True}))


def test_a_reviewed_enrolment_waits_for_the_save(client: sync.Daemon, daemon: FakeDaemon) -> None:
    shot = EnrollShot(3, (1.0, 2.0, 3.0, 4.0), 0.5, 0.5, Pose.STRAIGHT, b"\xff\xd8\0")
    daemon.answering(EnrollShots=(shot,), EnrollFinish=None)
    daemon.telling("EnrollStart", answers.SHOT, ReviewReady(answers.SHOT)).telling("EnrollSave", answers.ENROLLED)
    with client.claim() as claim, claim.enroll(review=True) as enrolment:
        events = iter(enrolment)
        assert next(events) == answers.SHOT
        enrolment.finish()
        assert next(events) == ReviewReady(answers.SHOT)
        assert enrolment.shots() == (shot,)
        enrolment.save({4})
        assert list(events) == [answers.ENROLLED]
    assert Call("EnrollSave", ([4],)) in daemon.calls


def test_pictures_are_answered_one_by_one(client: sync.Daemon, daemon: FakeDaemon) -> None:
    def answer(call: Call) -> msgspec.Struct:
        return msgspec.structs.replace(answers.SHOT, name=call.arguments[0])

    daemon.answering(EnrollPicture=answer).telling("EnrollSave", answers.ENROLLED)
    with client.claim() as claim, claim.enroll(pictures=True) as enrolment:
        assert enrolment.add_picture("a.jpg", b"\0\1").name == "a.jpg"
        enrolment.save()
        assert list(enrolment) == [answers.ENROLLED]
    assert Call("EnrollPicture", ("a.jpg", b"\0\1")) in daemon.calls


def test_a_failed_enrolment_is_raised(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.telling("EnrollStart", answers.SHOT, FAILURE)
    with client.claim() as claim, claim.enroll() as enrolment:
        refused = refusal_of(lambda: list(enrolment))
    assert (refused.error, str(refused)) == (Reason.TIMEOUT, "sit nearer")


def test_a_picture_for_an_enrolment_that_has_failed_says_why_it_did(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(EnrollPicture=BusError(Refusal.NO_ACTION_IN_PROGRESS, "none"))
    daemon.telling("EnrollStart", FAILURE)
    with client.claim() as claim, claim.enroll(pictures=True) as enrolment:
        assert str(refusal_of(lambda: enrolment.add_picture("a", b"x"))) == "sit nearer"


@pytest.mark.parametrize(
    ("result", "done", "details"),
    [
        ("enroll-completed", False, fields(answers.ENROLLED)),
        ("enroll-completed", True, fields(answers.SHOT)),
        ("enroll-failed", False, fields(FAILURE)),
        ("enroll-stage-passed", True, fields(answers.SHOT)),
        ("enroll-unheard-of", False, fields(answers.SHOT)),
    ],
)
def test_an_enrolment_that_contradicts_itself_is_a_broken_protocol(
    client: sync.Daemon, daemon: FakeDaemon, result: str, done: bool, details: dict[str, Any]
) -> None:
    daemon.telling("EnrollStart", ("EnrollStatus", Raw("sbda{sv}", (result, done, 0.5, details))))
    with client.claim() as claim, claim.enroll() as enrolment, pytest.raises(ProtocolBroken, match="EnrollStatus"):
        list(enrolment)


def test_an_enrolment_of_which_nothing_is_heard_is_given_up_but_not_while_it_waits_for_us(
    bus: Bus, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelatch.enrolment.SILENCE", 0.05)
    daemon.telling("EnrollStart", ReviewReady(answers.SHOT))

    async def main() -> None:
        async with (
            await Daemon.connect(bus.address) as client,
            await client.claim() as claim,
            await claim.enroll(review=True) as enrolment,
        ):
            assert await anext(enrolment) == ReviewReady(answers.SHOT)
            following = asyncio.ensure_future(next_of(enrolment))
            done, _pending = await asyncio.wait([following], timeout=0.3)
            assert not done
            await enrolment.save()
            with pytest.raises(ProtocolBroken, match="no sign of an enrolment"):
                await following

    asyncio.run(main())


# --- preview ----------------------------------------------------------------------------------------------------------


def test_a_frame_comes_with_what_the_eye_saw(client: sync.Daemon, daemon: FakeDaemon) -> None:
    daemon.answering(NextFrame=Raw("taya{sv}", (2**40, b"\xff\xd8\0", fields(answers.ANALYSIS))))
    with client.claim() as claim:
        claim.start_preview()
        assert claim.next_frame(2**40 - 1) == PreviewFrame(2**40, b"\xff\xd8\0", answers.ANALYSIS)
    assert Call("NextFrame", (2**40 - 1,)) in daemon.calls


def test_a_preview_that_has_ended_by_itself_says_why(client: sync.Daemon, daemon: FakeDaemon) -> None:
    ended = ("PreviewStatus", Raw("sba{sv}", ("preview-busy", True, fields(Failure(Reason.BUSY, "a login")))))
    daemon.answering(NextFrame=BusError(Refusal.NO_ACTION_IN_PROGRESS, "none")).telling("PreviewStart", ended)
    with client.claim() as claim:
        claim.start_preview()
        refused = refusal_of(claim.next_frame)
        assert refused.error is Refusal.NO_ACTION_IN_PROGRESS
        assert isinstance(refused.__cause__, BusError)
        assert refused.__cause__.error is Reason.BUSY
        assert refusal_of(claim.next_frame).__cause__ is None
