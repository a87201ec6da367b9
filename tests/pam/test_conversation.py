"""What the module sends, shows and asks."""

from __future__ import annotations

import os

import pytest

from tests.pam.conftest import Door
from tests.pam.stub_judge import Hear, Hold, Say, Script, fields, result
from tests.pam.transaction import Code

MATCH = result("match", "matched")


def test_the_question_says_who_asks_what_and_from_where(door: Door) -> None:
    outcome, judge = door.ask([Hear(), MATCH], ["timeout=7"], tty="/dev/tty 3", rhost="host.example", ruser="böb")
    [line] = judge.heard
    asked = fields(line)
    assert outcome.code == Code.SUCCESS
    assert line.startswith(b"VERIFY v=1 ")
    assert line.endswith(b"\n")
    assert {key: asked[key] for key in ("user", "service", "tty", "ruser", "uid", "rhost", "ask", "seconds")} == {
        "user": "alice",
        "service": "door",
        "tty": "/dev/tty 3",
        "ruser": "böb",
        "uid": str(os.getuid()),
        "rhost": "host.example",
        "ask": "1",
        "seconds": "7",
    }


@pytest.mark.parametrize("user", ["jürgen", "a b=c%20", "ålice\n", "-", "x" * 300])
def test_a_strange_user_name_arrives_as_it_is(door: Door, user: str) -> None:
    _, judge = door.ask([Hear(), MATCH], user=user)
    assert fields(judge.heard[0])["user"] == user


@pytest.mark.parametrize("user", ["a\udcff", "\udced\udca0\udc80", "x" * 4096, ""])
def test_a_user_name_that_no_line_can_hold_is_unavailable_and_not_sent(door: Door, user: str) -> None:
    outcome, judge = door.ask([Hear(), MATCH], user=user)
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert judge.heard in ([b""], [])


def test_a_remote_host_that_does_not_fit_is_unavailable_rather_than_cut(door: Door) -> None:
    outcome, judge = door.ask([Hear(), MATCH], rhost="h" * 4096)
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert judge.heard == [b""]


def test_what_the_application_does_not_know_is_empty(door: Door) -> None:
    _, judge = door.ask([Hear(), MATCH])
    asked = fields(judge.heard[0])
    assert [asked[key] for key in ("tty", "ruser", "rhost")] == ["", "", ""]


def test_what_the_judge_tells_is_shown_as_information(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"TELL text=Look%20here%2C%20%25s%C3%BC\n"), MATCH])
    assert outcome.messages == [("TEXT_INFO", "Look here, %sü")]
    assert outcome.code == Code.SUCCESS


@pytest.mark.parametrize(("echo", "style"), [("1", "PROMPT_ECHO_ON"), ("0", "PROMPT_ECHO_OFF")])
def test_a_question_is_put_with_or_without_echo(door: Door, echo: str, style: str) -> None:
    question = Say(f"ASK text=sudo%20true%3F echo={echo}\n".encode())
    outcome, judge = door.ask([Hear(), question, Hear(), MATCH], answers=["yes"])
    assert outcome.messages == [(style, "sudo true?")]
    assert judge.heard[1] == b"ANSWER text=yes\n"
    assert outcome.code == Code.SUCCESS


def test_a_question_nobody_answers_is_unavailable(door: Door) -> None:
    outcome, judge = door.ask([Hear(), Say(b"ASK text=q echo=1\n"), Hear(), MATCH])
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert judge.heard[1] == b""


def test_time_at_a_question_does_not_count(door: Door) -> None:
    script: Script = [Hear(), Say(b"ASK text=q echo=1\n"), Hear(), MATCH]
    outcome, _ = door.ask(script, ["timeout=1"], answers=["y"], answer_after=2.2)
    assert outcome.code == Code.SUCCESS


@pytest.mark.parametrize(
    "line",
    [
        b"ASK text=q\n",
        b"ASK echo=1\n",
        b"ASK text=q echo=\n",
        b"ASK text=q echo=2\n",
        b"ASK text=q echo=01\n",
        b"TELL\n",
        b"TELL txt=q\n",
        b"SHOUT text=q\n",
        b"CANCEL\n",
    ],
)
def test_a_message_without_what_it_needs_is_unavailable(door: Door, line: bytes) -> None:
    outcome, _ = door.ask([Hear(), Say(line), MATCH], answers=["y"])
    assert outcome.code == Code.AUTHINFO_UNAVAIL
    assert outcome.messages == []


def test_thirty_two_messages_are_heard(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"TELL text=again\n" * 32), MATCH])
    assert outcome.messages == [("TEXT_INFO", "again")] * 32
    assert outcome.code == Code.SUCCESS


def test_more_messages_are_not(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"TELL text=again\n" * 33), MATCH, Hold()])
    assert outcome.code == Code.AUTHINFO_UNAVAIL


def test_a_message_may_fill_its_line(door: Door) -> None:
    text = "x" * (4096 - len("TELL text=\n"))
    outcome, _ = door.ask([Hear(), Say(f"TELL text={text}\n".encode()), MATCH])
    assert outcome.messages == [("TEXT_INFO", text)]
    assert outcome.code == Code.SUCCESS


def test_a_silent_door_shows_no_message(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"TELL text=hello\n"), result("mismatch", "not-live")], silent=True)
    assert outcome.messages == []
    assert outcome.code == Code.AUTH_ERR


def test_a_silent_door_tells_which_gesture_is_wanted(door: Door) -> None:
    told = [Say(b"TELL text=hello wanted=0\n"), Say(b"TELL text=hello wanted=11\n"), Say(b"TELL text=nod wanted=1\n")]
    outcome, _ = door.ask([Hear(), *told, MATCH], silent=True)
    assert outcome.messages == [("TEXT_INFO", "nod")]


def test_a_silent_door_opens_on_a_match(door: Door) -> None:
    outcome, _ = door.ask([Hear(), Say(b"TELL text=hello\n"), MATCH], silent=True)
    assert outcome.code == Code.SUCCESS


def test_a_silent_door_puts_a_question_all_the_same(door: Door) -> None:
    outcome, judge = door.ask([Hear(), Say(b"ASK text=q echo=1\n"), Hear(), MATCH], silent=True, answers=["y"])
    assert fields(judge.heard[0])["ask"] == "1"
    assert outcome.messages == [("PROMPT_ECHO_ON", "q")]
    assert fields(judge.heard[1])["text"] == "y"
    assert outcome.code == Code.SUCCESS


def test_nothing_is_written_and_no_descriptor_stays_open(door: Door) -> None:
    script: Script = [
        Hear(),
        Say(b"TELL text=hello\n"),
        Say(b"ASK text=q echo=0\n"),
        Hear(),
        result("mismatch", "not-live"),
    ]
    with door.judged(script, script):
        outcome = door.open(door.line("debug", "max_tries=2", "nonsense"), answers=["y", "y"])
    assert outcome.code == Code.AUTH_ERR
    assert outcome.written == ""
    assert outcome.descriptors == []
