"""The line behind the password, which tells the judge that it was accepted."""

from __future__ import annotations

import pytest

from tests.pam.conftest import PASSWORD, Door
from tests.pam.stub_judge import Hear, Hold, Say, Script, fields, result
from tests.pam.transaction import Code

FACE: Script = [Hear(), result("match", "matched")]
NOBODY: Script = [Hear(), result("unavailable", "no-face")]


@pytest.fixture
def stack(door: Door, password_module: str) -> tuple[str, ...]:
    """Face, else password, then the `passed` line: what pam-auth-update makes of our profile."""
    return (
        door.line(control="[success=2 default=ignore]"),
        f"auth [success=1 default=ignore] {password_module}",
        "auth requisite pam_deny.so",
        "auth required pam_permit.so",
        door.line("passed", control="optional"),
    )


def test_an_accepted_password_is_told_to_the_judge(door: Door, stack: tuple[str, ...]) -> None:
    with door.judged([Hear(), result("unavailable", "no-face")], [Hear(), Hear()]) as judge:
        outcome = door.open(*stack, answers=[PASSWORD])
    assert outcome.code == Code.SUCCESS
    assert judge.heard[1].startswith(b"PASSED v=1 ")
    assert fields(judge.heard[1]) == {"v": "1", "user": "alice", "service": "door"}
    assert judge.heard[2] == b""


def test_a_face_is_not_told_as_a_password(door: Door, stack: tuple[str, ...]) -> None:
    with door.judged([Hear(), result("match", "matched")], [Hear()]) as judge:
        outcome = door.open(*stack)
    assert outcome.code == Code.SUCCESS
    assert judge.connections == 1


def test_a_password_after_a_face_on_the_same_handle_is_told(door: Door, stack: tuple[str, ...]) -> None:
    with door.judged(FACE, NOBODY, [Hear()]) as judge:
        outcome = door.open(*stack, answers=[PASSWORD], times=2)
    assert outcome.again == ["PAM_SUCCESS", "PAM_SUCCESS"]
    assert [line.split()[0] for line in judge.heard] == [b"VERIFY", b"VERIFY", b"PASSED"]


def test_a_face_after_a_password_on_the_same_handle_is_not_told(door: Door, stack: tuple[str, ...]) -> None:
    with door.judged(NOBODY, [Hear()], FACE, [Hear()]) as judge:
        outcome = door.open(*stack, answers=[PASSWORD], times=2)
    assert outcome.again == ["PAM_SUCCESS", "PAM_SUCCESS"]
    assert [line.split()[0] for line in judge.heard] == [b"VERIFY", b"PASSED", b"VERIFY"]


def test_a_wrong_password_is_not_told(door: Door, stack: tuple[str, ...]) -> None:
    with door.judged([Hear(), result("unavailable", "no-face")], [Hear()]) as judge:
        outcome = door.open(*stack, answers=["wrong"])
    assert outcome.code == Code.AUTH_ERR
    assert judge.connections == 1


def test_the_line_uses_the_service_that_its_options_name(door: Door) -> None:
    with door.judged([Hear()]) as judge:
        door.open("auth required pam_permit.so", door.line("passed", "service=sudo"))
    assert fields(judge.heard[0])["service"] == "sudo"


@pytest.mark.parametrize("script", [[], [Hold()], [Say(b"RESULT verdict=mismatch reason=not-live\n")]])
def test_whatever_the_judge_does_then_the_password_counts(door: Door, script: list[Say | Hold]) -> None:
    with door.judged(script):
        outcome = door.open("auth required pam_permit.so", door.line("passed"))
    assert outcome.code == Code.SUCCESS
    assert outcome.messages == []
    assert outcome.descriptors == []


def test_without_a_judge_the_password_counts(door: Door) -> None:
    assert door.open("auth required pam_permit.so", door.line("passed")).code == Code.SUCCESS


def test_the_line_alone_opens_nothing(door: Door) -> None:
    with door.judged([Hear(), result("match", "matched")]):
        outcome = door.open(door.line("passed"))
    assert outcome.code == Code.PERM_DENIED
