"""What becomes of a person's answer: a plain yes or no is the judge's, anything else is a password and never his."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.pam.conftest import PASSWORD, Door
from tests.pam.stub_judge import Hear, Hold, Say, Script, fields, result
from tests.pam.transaction import Code

QUESTION = Say(b"ASK text=q echo=0\n")
APPROVED: Script = [Hear(), QUESTION, Hear(), result("match", "matched")]
REFUSED: Script = [Hear(), QUESTION, Hear(), result("unavailable", "no-intent")]
OUR_PROMPT = ("PROMPT_ECHO_OFF", "q")

PLAIN = ["", "  ", "y", "Y", "yes", "YES", "yEs ", "n", "N", "no", " No\t", "y\r", "\tn\n"]
PASSWORDS = [
    PASSWORD,
    "yy",
    "ye",
    "yesno",
    "y e s",
    "non",
    "y.",
    "100%",
    "a b\tc\nd",
    "naïve ✓ 😀",
    "\udcff",
    "x" * 5000,
]


@pytest.fixture
def stack(door: Door, token_module: str) -> tuple[str, ...]:
    return door.line("debug", control="sufficient"), f"auth required {token_module}"


def tokens(tmp_path: Path) -> list[str]:
    """Return every password that the module behind ours was given."""
    path = tmp_path / "tokens"
    return path.read_text(errors="surrogateescape").splitlines() if path.exists() else []


@pytest.mark.parametrize("answer", PLAIN)
def test_a_plain_yes_or_no_arrives_as_it_was_given(door: Door, answer: str) -> None:
    outcome, judge = door.ask(APPROVED, answers=[answer])
    assert judge.heard[1].count(b"\n") == 1
    assert fields(judge.heard[1]) == {"text": answer}
    assert outcome.code == Code.SUCCESS


@pytest.mark.parametrize("answer", PASSWORDS)
@pytest.mark.parametrize("echo", ["0", "1"])
def test_of_any_other_answer_the_judge_hears_no(door: Door, answer: str, echo: str) -> None:
    script: Script = [Hear(), Say(f"ASK text=q echo={echo}\n".encode()), *REFUSED[2:]]
    outcome, judge = door.ask(script, answers=[answer])
    assert judge.heard[1:] == [b"ANSWER text=n\n"]
    assert outcome.code == Code.AUTHINFO_UNAVAIL


def test_a_password_typed_at_the_question_opens_without_a_second_prompt(
    door: Door, stack: tuple[str, ...], tmp_path: Path
) -> None:
    with door.judged(REFUSED):
        outcome = door.open(*stack, answers=[PASSWORD])
    assert outcome.code == Code.SUCCESS
    assert outcome.messages == [OUR_PROMPT]
    assert tokens(tmp_path) == [PASSWORD]


@pytest.mark.parametrize("script", [[Hear(), QUESTION], [Hear(), QUESTION, Hear()], [Hear(), QUESTION, Hear(), Hold()]])
def test_a_password_typed_at_the_question_opens_though_the_judge_dies(
    door: Door, stack: tuple[str, ...], script: Script
) -> None:
    with door.judged(script):
        outcome = door.open(stack[0] + " timeout=1", *stack[1:], answers=[PASSWORD])
    assert outcome.code == Code.SUCCESS
    assert outcome.messages == [OUR_PROMPT]


def test_a_wrong_password_typed_at_the_question_is_tried_once_and_forgotten(
    door: Door, stack: tuple[str, ...], tmp_path: Path
) -> None:
    with door.judged(REFUSED, REFUSED):
        outcome = door.open(*stack, answers=["a guess", PASSWORD], times=2)
    assert outcome.again == ["PAM_SYSTEM_ERR", "PAM_SUCCESS"], "pam_exec makes a system error of a refusal"
    assert outcome.messages == [OUR_PROMPT]
    assert tokens(tmp_path) == ["a guess", PASSWORD]


@pytest.mark.parametrize("answer", ["n", "", "y"])
def test_a_plain_answer_is_never_tried_as_a_password(
    door: Door, stack: tuple[str, ...], tmp_path: Path, answer: str
) -> None:
    with door.judged(REFUSED):
        outcome = door.open(*stack, answers=[answer, PASSWORD])
    assert outcome.code == Code.SUCCESS
    assert len(outcome.messages) == 2
    assert tokens(tmp_path) == [PASSWORD]


def test_a_module_that_insists_on_asking_gets_its_answer(door: Door, password_module: str) -> None:
    with door.judged(REFUSED):
        outcome = door.open(
            door.line(control="sufficient"), f"auth required {password_module}", answers=["a guess", PASSWORD]
        )
    assert outcome.code == Code.SUCCESS


@pytest.mark.parametrize("answer", ["xyzzy plugh", "  xyzzy plugh"])
def test_an_answer_is_not_logged(door: Door, stack: tuple[str, ...], answer: str) -> None:
    with door.judged(REFUSED):
        outcome = door.open(*stack, answers=[answer], log_up_to=7)
    assert any("answered with a password" in line for line in outcome.log)
    assert not any(word in line for line in outcome.log for word in ("xyzzy", quote(answer)))
