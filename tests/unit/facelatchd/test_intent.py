"""What a person is asked, and what he has to do, before a face opens anything."""

from __future__ import annotations

import pytest

from facelatch.types import Gesture, Intent, Liveness
from facelatchd.bouncer import Caller
from facelatchd.challenge import Challenge, Purpose
from facelatchd.gates import Ask
from facelatchd.intent import challenge_of, invitation_of, question_of
from facelatchd.settings import ClassRule


@pytest.mark.parametrize(
    ("ask", "question"),
    [
        ({"command": "sudo apt upgrade"}, "sudo apt upgrade"),
        ({}, "sudo"),
        ({"command": "sudo id", "asker": "alice", "terminal": "/dev/pts/3"}, "sudo id (asked by alice at pts/3)"),
        ({"command": "sudo id", "terminal": ":1"}, "sudo id (asked by :1)"),
        (
            {"command": "sudo\x1b[8m rm -r /", "asker": "a\nb", "terminal": "\x1b]0;x"},
            "sudo?[8m rm -r / (asked by a b at ?]0;x)",
        ),
    ],
)
def test_the_question_names_what_is_approved_and_who_asks(ask: dict[str, str], question: str) -> None:
    asked = Ask(caller=Caller(1, 0), user="alice", service="sudo", **ask)
    assert question_of(asked) == f"{question}: Enter to approve by face, or type the password: "


def asked(rule: ClassRule, *, eyes: bool = True) -> list[Gesture]:
    challenge = challenge_of(rule, eyes=eyes)
    assert isinstance(challenge, Challenge)
    return list(challenge._left)


def test_a_class_that_wants_neither_asks_for_no_gesture() -> None:
    assert challenge_of(ClassRule(services=(), intent=Intent.KEY), eyes=True) is None


def test_whoever_approves_by_a_gesture_nods() -> None:
    rule = ClassRule(services=(), intent=Intent.GESTURE)
    challenge = challenge_of(rule, eyes=True)
    assert challenge is not None
    assert challenge.purpose is Purpose.INTENT
    assert asked(rule) == [Gesture.NOD]


def test_a_nod_that_approves_comes_last_and_once() -> None:
    rule = ClassRule(services=(), intent=Intent.GESTURE, liveness=Liveness.ACTIVE)
    for _ in range(50):
        gestures = asked(rule)
        assert gestures[-1] is Gesture.NOD
        assert gestures.count(Gesture.NOD) == 1
        assert len(gestures) >= 2


def test_nobody_is_asked_to_blink_before_a_pack_that_sees_no_eyes() -> None:
    rule = ClassRule(services=(), liveness=Liveness.ACTIVE)
    assert all(Gesture.BLINK not in asked(rule, eyes=False) for _ in range(50))


def test_whoever_is_to_nod_is_told_what_he_approves() -> None:
    ask = Ask(caller=Caller(1, 0), user="alice", service="sudo", command="sudo id", asker="alice")
    text = invitation_of(ask, ClassRule(services=(), intent=Intent.GESTURE))
    assert text.startswith("sudo id (asked by alice): ")
    assert "nod" in text
    assert "sudo" not in invitation_of(ask, ClassRule(services=()))
