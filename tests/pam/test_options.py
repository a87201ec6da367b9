"""Options: good ones count, bad ones are logged and leave the default."""

from __future__ import annotations

import pytest

from tests.pam.conftest import Door
from tests.pam.stub_judge import Hear, Script, fields, result
from tests.pam.transaction import Code

MATCH = result("match", "matched")


@pytest.mark.parametrize("seconds", ["1", "5", "09", "60"])
def test_the_timeout_travels_to_the_judge(door: Door, seconds: str) -> None:
    _, judge = door.ask([Hear(), MATCH], [f"timeout={seconds}"])
    assert fields(judge.heard[0])["seconds"] == str(int(seconds))


@pytest.mark.parametrize(
    "option",
    [
        *(
            f"timeout={value}"
            for value in ("", "0", "00", "61", "-1", "+5", "5s", "1e1", "005", "123", "99999999999999999999")
        ),
        *(f"max_tries={value}" for value in ("", "0", "11", "-1", "x")),
        *(f"timeout_result={value}" for value in ("", "success", "AUTH_ERR")),
        "service=",
        "socket=relative/door.sock",
        "socket=/" + "x" * 107,
        "socket=",
        "judge=",
        "passed=yes",
        "debug=1",
        "Timeout=5",
        "nonsense",
        "%s%n",
    ],
)
def test_a_bad_option_is_logged_as_an_error_and_leaves_the_default(door: Door, option: str) -> None:
    outcome, judge = door.ask([Hear(), MATCH], [option], log_up_to=3)
    asked = fields(judge.heard[0])
    assert any(f'"{option}"' in line for line in outcome.log)
    assert outcome.code == Code.SUCCESS
    assert (asked["seconds"], asked["service"]) == ("5", "door")


@pytest.mark.parametrize("option", ["max_tries=0", "max_tries=11", "max_tries=x"])
def test_a_bad_number_of_tries_leaves_one(door: Door, option: str) -> None:
    miss: Script = [Hear(), result("mismatch", "another-face")]
    with door.judged(miss, miss) as judge:
        outcome = door.open(door.line(option))
    assert outcome.code == Code.AUTH_ERR
    assert judge.connections == 1


def test_a_bad_timeout_result_leaves_unavailable(door: Door) -> None:
    outcome, _ = door.ask([Hear(), result("unavailable", "no-face")], ["timeout_result=success"])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


def test_good_options_log_no_error(door: Door) -> None:
    options = ["timeout=9", "max_tries=10", "timeout_result=unavailable", "service=sudo", "debug"]
    outcome, _ = door.ask([Hear(), MATCH], options, log_up_to=4)
    assert outcome.log == []


def test_service_stands_in_for_the_service_s_name(door: Door) -> None:
    _, judge = door.ask([Hear(), MATCH], ["service=kde-face"])
    assert fields(judge.heard[0])["service"] == "kde-face"


def test_debug_logs_more(door: Door) -> None:
    script: Script = [Hear(), MATCH]
    quiet, _ = door.ask(script, log_up_to=7)
    talkative, _ = door.ask(script, ["debug"], log_up_to=7)
    assert len(talkative.log) > len(quiet.log)


def test_a_mismatch_is_a_notice_and_the_rest_is_less(door: Door) -> None:
    mismatch, _ = door.ask([Hear(), result("mismatch", "another-face")], log_up_to=5)
    unavailable, _ = door.ask([Hear(), result("unavailable", "no-face")], log_up_to=5)
    told, _ = door.ask([Hear(), result("unavailable", "no-face")], log_up_to=6)
    assert any("mismatch (another-face) for user alice" in line for line in mismatch.log)
    assert unavailable.log == []
    assert any("unavailable (no-face) for user alice" in line for line in told.log)
