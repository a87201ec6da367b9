"""Who is asked about, for how long, and what a refusal says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from gi.repository import GLib

from facelatch.types import Reason
from facelatchd.bouncer import Caller
from facelatchd.bus import authority as authority_module
from facelatchd.bus.adapter import Call
from facelatchd.bus.authority import Authority, Right
from facelatchd.refusal import Refused
from tests.unit.facelatchd.bus.office import AS_ALICE, AS_ROOT, OWN_ACCOUNT, Asked, FakeBus

SILENT = msgspec.structs.replace(AS_ALICE, interactive=False)
PASSWORD_ACTIONS = [action for action in Right if action is not Right.VERIFY]


@pytest.fixture(autouse=True)
def _own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: OWN_ACCOUNT)


def on(work: Callable[[FakeBus], Awaitable[None]]) -> FakeBus:
    """Do something with a bus, and return it."""

    async def run() -> FakeBus:
        bus = FakeBus()
        await work(bus)
        return bus

    return asyncio.run(run())


async def refusal(bus: FakeBus, call: Call, action: Right, authority: Authority | None = None) -> str:
    with pytest.raises(Refused) as refused:
        await (authority or Authority(60.0)).want(bus, call, action)
    assert refused.value.reason is Reason.NOT_PERMITTED
    return str(refused.value)


@pytest.mark.parametrize("action", list(Right))
@pytest.mark.parametrize("uid", [0, OWN_ACCOUNT])
def test_root_and_the_judges_own_account_never_ask_polkit(uid: int, action: Right) -> None:
    async def work(bus: FakeBus) -> None:
        bus.allowed = set()
        await Authority(60.0).want(bus, msgspec.structs.replace(AS_ROOT, caller=Caller(1, uid)), action)

    assert on(work).asked == []


@pytest.mark.parametrize("action", list(Right))
@pytest.mark.parametrize("call", [AS_ALICE, SILENT])
def test_others_may_what_polkit_says_of_whoever_calls(action: Right, call: Call) -> None:
    async def work(bus: FakeBus) -> None:
        authority = Authority(60.0)
        bus.allowed = {action}
        await authority.want(bus, call, action)
        for other in set(Right) - {action}:
            await refusal(bus, call, other, authority)

    asked = on(work).asked
    assert asked[0].action is action
    assert {(one.sender, one.interactive) for one in asked} == {(call.sender, call.interactive)}
    assert len({one.number for one in asked}) == len(asked), "each can be taken back by itself"


@pytest.mark.parametrize(
    ("possible", "details", "word"),
    [
        (False, {}, "polkit does not allow it"),
        (True, {}, "it takes a password"),
        (True, {"polkit.dismissed": "true"}, "the password was not given"),
    ],
)
def test_a_refusal_says_why(possible: bool, details: dict[str, str], word: str) -> None:
    async def work(bus: FakeBus) -> None:
        bus.allowed, bus.possible, bus.details = set(), possible, details
        assert word in await refusal(bus, AS_ALICE, Right.ENROLL)

    on(work)


async def forever() -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("call", [AS_ALICE, SILENT])
def test_a_polkit_that_does_not_answer_refuses_and_the_question_is_taken_back(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authority_module, "QUICK", 0.05)

    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        text = await refusal(bus, call, Right.ENROLL, Authority(person=0.1 if call.interactive else 60.0))
        assert f"not answered within {0.1 if call.interactive else 0.05:g} s" in text
        await asyncio.sleep(0.01)

    bus = on(work)
    assert bus.taken_back == [bus.asked[0].number]
    assert bus.watched == []


def test_a_polkit_that_is_not_there_refuses_with_the_reason() -> None:
    async def broken() -> None:
        raise GLib.Error("no such name", "g-dbus-error-quark", 2)

    async def work(bus: FakeBus) -> None:
        bus.answer = broken
        assert "polkit cannot be asked: no such name" in await refusal(bus, AS_ALICE, Right.VERIFY)

    assert on(work).watched == []


def test_who_leaves_while_polkit_thinks_is_refused_and_the_question_is_taken_back() -> None:
    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        asking = asyncio.create_task(refusal(bus, AS_ALICE, Right.ENROLL))
        await asyncio.sleep(0.01)
        bus.leave("somebody else")
        await asyncio.sleep(0.01)
        assert not asking.done()
        bus.leave(AS_ALICE.sender)
        assert await asking == "the caller has gone"
        assert asking.cancelling() == 0
        await asyncio.sleep(0.01)

    bus = on(work)
    assert bus.taken_back == [bus.asked[0].number]
    assert bus.watched == []


def test_a_judge_that_stops_while_polkit_thinks_takes_the_question_back() -> None:
    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        authority = Authority(60.0)
        asking = asyncio.create_task(authority.want(bus, AS_ALICE, Right.ENROLL))
        await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0.01)
        assert not authority.asks_for_password

    bus = on(work)
    assert bus.taken_back == [bus.asked[0].number]


# --- whether a face may answer polkit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("action", list(Right))
@pytest.mark.parametrize("call", [AS_ALICE, SILENT, AS_ROOT])
@pytest.mark.parametrize("allowed", [True, False])
def test_a_password_is_asked_for_only_while_a_person_is_asked_for_more_than_to_verify(
    action: Right, call: Call, allowed: bool
) -> None:
    authority = Authority(60.0)
    seen: list[bool] = []

    async def look() -> None:
        seen.append(authority.asks_for_password)

    async def work(bus: FakeBus) -> None:
        bus.allowed = {action} if allowed else set()
        bus.answer = look
        if allowed or call is AS_ROOT:
            await authority.want(bus, call, action)
        else:
            await refusal(bus, call, action, authority)

    on(work)
    assert seen == ([] if call is AS_ROOT else [call.interactive and action in PASSWORD_ACTIONS])
    assert not authority.asks_for_password


def test_a_password_is_asked_for_until_the_last_question_is_answered() -> None:
    authority = Authority(person=0.3)

    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        first = asyncio.create_task(refusal(bus, AS_ALICE, Right.ENROLL, authority))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(
            refusal(bus, msgspec.structs.replace(AS_ALICE, sender=":1.9"), Right.DELETE, authority)
        )
        await asyncio.sleep(0)
        await first
        assert authority.asks_for_password
        await second
        await asyncio.sleep(0.01)
        assert not authority.asks_for_password

    on(work)


def test_a_password_is_asked_for_until_polkit_has_closed_the_dialog_that_nobody_waits_for() -> None:
    authority = Authority(person=0.05)

    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        bus.closed.clear()
        await refusal(bus, AS_ALICE, Right.DELETE, authority)
        await asyncio.sleep(0.01)
        assert authority.asks_for_password
        bus.closed.set()
        await asyncio.sleep(0.01)
        assert not authority.asks_for_password

    on(work)


def test_nobody_waits_for_the_answer_to_anothers_question() -> None:
    authority = Authority(60.0)

    async def work(bus: FakeBus) -> None:
        bus.answer = forever
        asking = asyncio.create_task(authority.want(bus, AS_ALICE, Right.ENROLL))
        await asyncio.sleep(0.01)
        bus.answer = None
        await authority.want(bus, msgspec.structs.replace(AS_ALICE, sender=":1.9"), Right.ENROLL)
        assert not asking.done()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    assert [type(one) for one in on(work).asked] == [Asked, Asked]
