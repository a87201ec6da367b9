"""What the module makes of the judge's verdicts."""

from __future__ import annotations

import pytest

from facelatch.types import Reason, Verdict
from tests.pam.conftest import Door
from tests.pam.stub_judge import Hear, Hold, Say, Script, Wait, result
from tests.pam.transaction import Code

NOTHING_SEEN = {
    Reason.NO_FACE,
    Reason.SEVERAL_FACES,
    Reason.TOO_DARK,
    Reason.COVERED,
    Reason.EYES_CLOSED,
    Reason.UNCLEAR,
    Reason.TIMEOUT,
}
CODES = {
    Verdict.MATCH: Code.SUCCESS,
    Verdict.MISMATCH: Code.AUTH_ERR,
    Verdict.UNAVAILABLE: Code.AUTHINFO_UNAVAIL,
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_the_judge_has_its_code(door: Door, reason: Reason) -> None:
    outcome, _ = door.ask([Hear(), result(reason.verdict.value, reason.value)])
    assert outcome.code == CODES[reason.verdict]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.verdict is Verdict.UNAVAILABLE])
def test_timeout_result_turns_only_looks_that_saw_nothing_into_failures(door: Door, reason: Reason) -> None:
    outcome, _ = door.ask([Hear(), result("unavailable", reason.value)], ["timeout_result=auth_err"])
    assert outcome.code == (Code.AUTH_ERR if reason in NOTHING_SEEN else Code.AUTHINFO_UNAVAIL)


@pytest.mark.parametrize(
    "reason", [reason.value for reason in Reason if reason is not Reason.MATCHED] + ["", "MATCHED"]
)
def test_a_match_for_another_reason_does_not_open(door: Door, reason: str) -> None:
    outcome, _ = door.ask([Hear(), result("match", reason)])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("mismatch", "matched"), ("mismatch", "no-face"), ("unavailable", "matched"), ("unavailable", "some-new-reason")],
)
def test_a_verdict_that_contradicts_its_reason_is_unavailable(door: Door, verdict: str, reason: str) -> None:
    outcome, _ = door.ask([Hear(), result(verdict, reason)])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


@pytest.mark.parametrize(
    "line",
    [
        b"RESULT verdict=match\n",
        b"RESULT reason=matched\n",
        b"RESULT\n",
        b"RESULT verdict=Match reason=matched\n",
        b"RESULT verdict=matches reason=matched\n",
        b"RESULT verdict=matc reason=matched\n",
        b"RESULT verdict=match reason=matched%0A\n",
        b"RESULT verdict=match reason=matched verdict=match\n",
        b"RESULT verdict=match verdict=mismatch reason=matched\n",
        b"RESULT verdict=match  reason=matched\n",
        b"RESULT verdict=match reason=matched \n",
        b"RESULT verdict=match reason=matched\r\n",
        b"RESULT verdict=match reason=matched text\n",
        b"RESULT verdict=match reason=matched note=%00\n",
        b"RESULT verdict=match reason=matched note=%ff\n",
        b"RESULT verdict=match reason=matched note=%4\n",
        b"RESULT verdict=match reason=matched note=a=b\n",
        b"RESULT verdict=match reason=matched\0\n",
        b"RESULT\tverdict=match reason=matched\n",
        b"RESULTS verdict=match reason=matched\n",
        b"result verdict=match reason=matched\n",
        b" RESULT verdict=match reason=matched\n",
        b"\nRESULT verdict=match reason=matched\n",
        b"VERIFY verdict=match reason=matched\n",
        b"TELL verdict=match reason=matched\n",
        b"RESULT verdict=match reason=matched" + b" note=" + b"x" * 4096 + b"\n",
    ],
)
def test_a_line_that_is_nearly_a_match_does_not_open(door: Door, line: bytes) -> None:
    outcome, _ = door.ask([Hear(), Say(line)])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


@pytest.mark.parametrize(
    "line",
    [
        b"RESULT reason=matched verdict=match\n",
        b"RESULT verdict=match reason=matched secret=abc colour=%C3%BC empty=\n",
        b"RESULT verdict=m%61tch reason=matched\n",
        b"RESULT verdict=match reason=matched note=" + b"x" * (4096 - 42) + b"\n",
    ],
)
def test_a_match_written_in_another_allowed_way_opens(door: Door, line: bytes) -> None:
    assert len(line) <= 4096
    outcome, _ = door.ask([Hear(), Say(line)])
    assert outcome.code == Code.SUCCESS


def test_two_results_in_one_piece_do_not_open(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"RESULT verdict=match reason=matched\n" * 2)])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


def test_a_second_result_shortly_after_a_match_takes_it_back(door: Door) -> None:
    outcome, _ = door.ask([Hear(), result("match", "matched"), Wait(0.02), result("mismatch", "not-live")])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


def test_a_match_opens_though_the_judge_forgets_to_close(door: Door) -> None:
    outcome, _ = door.ask([Hear(), result("match", "matched"), Hold()])
    assert outcome.code == Code.SUCCESS


def test_only_a_mismatch_shows_an_error(door: Door) -> None:
    mismatch, _ = door.ask([Hear(), result("mismatch", "another-face")])
    unavailable, _ = door.ask([Hear(), result("unavailable", "no-face")])
    match, _ = door.ask([Hear(), result("match", "matched")])
    assert mismatch.messages == [("ERROR_MSG", "Face not recognised.")]
    assert unavailable.messages == []
    assert match.messages == []


def test_a_mismatch_is_followed_by_another_try_until_max_tries(door: Door) -> None:
    miss: Script = [Hear(), result("mismatch", "another-face")]
    with door.judged(miss, miss, miss, [Hear(), result("match", "matched")]) as judge:
        outcome = door.open(door.line("max_tries=3"))
    assert outcome.code == Code.AUTH_ERR
    assert judge.connections == 3
    assert outcome.messages == [("ERROR_MSG", "Face not recognised.")] * 3


def test_a_later_try_may_match(door: Door) -> None:
    with door.judged([Hear(), result("mismatch", "not-live")], [Hear(), result("match", "matched")]) as judge:
        outcome = door.open(door.line("max_tries=3"))
    assert outcome.code == Code.SUCCESS
    assert judge.connections == 2


def test_no_other_try_follows_where_the_judge_is_unavailable(door: Door) -> None:
    with door.judged([Hear(), result("unavailable", "no-face")], [Hear(), result("match", "matched")]) as judge:
        outcome = door.open(door.line("max_tries=3"))
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert judge.connections == 1


@pytest.mark.parametrize(
    ("verdict", "reason"), [("match", "matched"), ("mismatch", "not-live"), ("unavailable", "busy")]
)
def test_no_return_comes_before_sixty_milliseconds(door: Door, verdict: str, reason: str) -> None:
    outcome, _ = door.ask([Hear(), result(verdict, reason)])
    assert outcome.seconds >= 0.06


def test_no_return_comes_before_sixty_milliseconds_without_a_judge(door: Door) -> None:
    assert door.open().seconds >= 0.06


def test_credentials_of_a_stack_of_this_module_alone_are_granted(door: Door) -> None:
    outcome, _ = door.ask([Hear(), result("match", "matched")], setcred=True)
    assert (outcome.code, outcome.setcred) == (Code.SUCCESS, Code.SUCCESS)


def test_two_authentications_on_one_handle_ask_twice(door: Door) -> None:
    with door.judged([Hear(), result("match", "matched")], [Hear(), result("mismatch", "another-face")]):
        outcome = door.open(times=2)
    assert outcome.again == ["PAM_SUCCESS", "PAM_AUTH_ERR"]
