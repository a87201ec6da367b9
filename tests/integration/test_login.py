"""Logins through a real PAM stack, on real faces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clips import Cast, empty_room
from tests.house import PASSWORD, CommandFailed, House
from tests.pam.transaction import Code, Outcome

pytestmark = pytest.mark.real


def asked_for_the_password(outcome: Outcome) -> bool:
    return any(text.startswith("Password") for _style, text in outcome.messages)


def last_reason(house: House) -> str:
    reason: str = house.command("history", "--user", "alice", "--limit", "1")["attempts"][0]["reason"]
    return reason


def test_alice_is_let_in_by_her_face(house: House, cast: Cast) -> None:
    house.play(cast.later)
    outcome = house.login()
    assert outcome.code == Code.SUCCESS
    assert not asked_for_the_password(outcome)
    assert last_reason(house) == "matched"


def test_a_stranger_is_not_let_in_as_alice(house: House, cast: Cast) -> None:
    assert cast.stranger
    house.play(cast.stranger)
    outcome = house.login(answers=["a guess"])
    assert outcome.code != Code.SUCCESS
    assert asked_for_the_password(outcome)
    assert last_reason(house) == "another-face"


def test_a_stranger_who_knows_the_password_gets_in_by_it(house: House, cast: Cast) -> None:
    assert cast.stranger
    house.play(cast.stranger)
    outcome = house.login()
    assert outcome.code == Code.SUCCESS
    assert asked_for_the_password(outcome)


def test_a_printed_photo_of_alice_does_not_open(house: House, cast: Cast) -> None:
    if cast.photo is None or not house.liveness:
        pytest.skip("no printed photos here, or no network that tells them")
    house.play(cast.photo)
    assert asked_for_the_password(house.login())
    assert last_reason(house) in ("not-live", "another-face", "unclear")


def test_an_empty_room_leaves_the_password(house: House, tmp_path: Path) -> None:
    house.play(empty_room(tmp_path))
    assert asked_for_the_password(house.login())
    assert last_reason(house) == "no-face"


def test_sudo_opens_no_camera_before_it_is_approved(house: House, cast: Cast) -> None:
    house.play(cast.later)
    outcome = house.login("sudo", ["n", PASSWORD])
    assert asked_for_the_password(outcome)
    assert last_reason(house) == "no-intent"
    approved = house.login("sudo", [""])
    assert approved.code == Code.SUCCESS
    assert not asked_for_the_password(approved)


def test_somebody_who_is_not_enrolled_gets_his_password_prompt_at_once(house: House) -> None:
    (house.folder / "passwords").open("a").write(f"root:{PASSWORD}:screenlock\n")
    outcome = house.login(user="root")
    assert outcome.code == Code.SUCCESS
    assert [style for style, _text in outcome.messages] == ["PROMPT_ECHO_OFF"]


def test_try_tells_the_verdict_and_removing_the_face_ends_it(house: House, cast: Cast) -> None:
    house.play(cast.later)
    assert house.command("try", "--user", "alice")["verdict"] == "match"
    house.command("remove", "--all", "--yes", "--user", "alice")
    with pytest.raises(CommandFailed, match="not-enrolled"):
        house.command("try", "--user", "alice")
    assert asked_for_the_password(house.login())
    house.play(cast.enrolment)
    house.enroll()
