"""Who of all the enrolled is there, asked over the bus; and people without an account, who open nothing."""

from __future__ import annotations

import os
from typing import Any

import pytest

from facelatch_eye.messages import View
from tests.integration.bus_client import Client, Told
from tests.integration.bus_judge import ALICE_THERE, Judge, picture, wait_until
from tests.integration.bus_states import PICTURES
from tests.mocks import obstacle
from tests.unit.facelatchd.seen import NOBODY, USER, face, seen, unit

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="whom polkit need not be asked about is root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]

STRANGER = [seen(View.CLEAR, face(-unit()))]
TWO = [seen(View.SEVERAL_FACES, face(unit()), face(-unit()))]


def plain(value: Any) -> Any:
    """A dictionary of the bus's without its variants."""
    if isinstance(value, dict):
        return {key: plain(one) for key, (_signature, one) in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def identify(client: Client) -> dict[str, Any]:
    (identified,) = client.call("Identify")
    found: dict[str, Any] = plain(identified)
    return found


def people(client: Client) -> list[dict[str, Any]]:
    (listed,) = client.call("GetPeople")
    found: list[dict[str, Any]] = plain(listed)
    return found


def enrol(client: Client, claim: str, name: str) -> None:
    """Enrol somebody from the pictures of the played eye, all of which show one face."""
    client.call(claim, name)
    client.call("EnrollStart", "", PICTURES)
    for number in range(3):
        client.call("EnrollPicture", f"{number}.jpg", picture(number))
    client.call("EnrollSave", [])
    ended = client.ending("EnrollStatus")
    client.forget()
    client.call("Release")
    assert ended.result == "enroll-completed", ended


def clear(client: Client) -> None:
    """Remove everybody."""
    for person in people(client):
        client.call("ClaimGuest" if person["guest"] else "Claim", person["name"])
        client.call("DeleteEnrolledFaces")
        client.call("Release")


def test_the_one_who_is_there_is_named(judge: Judge, client: Client) -> None:
    judge.eye.scene = [NOBODY] * 3 + ALICE_THERE
    found = identify(client)
    assert found["user"] == "alice"
    assert found["identities"][0]["user"] == "alice"
    assert found["identities"][0]["face"] == "made up"
    assert found["identities"][0]["probability"] > 0.99 > 0.01 > found["nobody"]
    judge.wait_for_camera(on=False)
    assert client.outcome("Claim", "alice") == ""  # the camera is free again


def test_a_stranger_is_nobody(judge: Judge, client: Client) -> None:
    judge.eye.scene = STRANGER
    found = identify(client)
    assert (found["user"], found["identities"]) == ("", [])
    assert found["nobody"] > 0.99


@pytest.mark.parametrize("looks", [ALICE_THERE, STRANGER])
def test_an_identification_is_no_attempt_of_anybodys(judge: Judge, client: Client, looks: list[Any]) -> None:
    before = client.call("History", "alice", 1000)
    judge.eye.scene = looks
    for _ in range(6):
        identify(client)
    assert client.call("History", "alice", 1000) == before
    judge.eye.scene = ALICE_THERE
    assert judge.door() == "matched"  # and nobody is locked out


def test_two_faces_are_not_judged_and_the_look_ends_when_a_login_needs_the_camera(judge: Judge, client: Client) -> None:
    judge.eye.scene = TWO
    waiting = client.send("Identify")
    judge.wait_for_camera(on=True)
    played = judge.eye.played
    wait_until(lambda: judge.eye.played > played + 10, "some frames")
    assert not client.has_answer(waiting)
    judge.eye.scene = [USER]
    assert judge.door() == "matched"
    assert client.outcome_of(waiting) == "Busy"


def test_who_leaves_ends_the_look(judge: Judge) -> None:
    judge.eye.scene = [NOBODY]
    leaving = judge.client()
    leaving.send("Identify")
    judge.wait_for_camera(on=True)
    leaving.vanish()
    judge.wait_for_camera(on=False)


def test_with_nobody_enrolled_the_camera_stays_off(judge: Judge, client: Client) -> None:
    clear(client)
    played = judge.eye.played
    with pytest.raises(Told, match="NotEnrolled: nobody has a face of pack made_up"):
        identify(client)
    assert judge.eye.played == played


# --- people without an account ----------------------------------------------------------------------------------------


def test_a_guest_is_identified_and_listed_and_no_user_who_could_log_in(judge: Judge, client: Client) -> None:
    clear(client)
    enrol(client, "ClaimGuest", "Frau Röntgen")
    judge.eye.scene = ALICE_THERE
    assert identify(client)["user"] == "Frau Röntgen"
    assert people(client) == [{"name": "Frau Röntgen", "guest": True, "faces": 1, "usable": 1}]
    (status,) = client.call("GetStatus")
    assert status["enrolled_users"][1] == 0


def test_a_guests_face_opens_nothing_whoever_is_named(judge: Judge, client: Client) -> None:
    clear(client)
    enrol(client, "ClaimGuest", "carol")
    judge.eye.scene = ALICE_THERE
    assert judge.door(user="carol") == "unknown-user"
    assert judge.door(user="alice") == "not-enrolled"
    client.call("ClaimGuest", "carol")
    client.call("VerifyStart", "any", {})
    assert client.ending("VerifyStatus").result == "verify-unknown-user"


def test_when_an_account_of_that_name_comes_the_guests_face_does_not_open_it_and_goes_at_its_enrolment(
    judge: Judge, client: Client
) -> None:
    clear(client)
    enrol(client, "ClaimGuest", "dave")
    with (judge.folder / "passwd").open("a") as accounts:
        accounts.write("dave:x:4299:4299::/:/bin/sh\n")
    judge.eye.scene = ALICE_THERE
    assert judge.door(user="dave") == "not-enrolled"
    assert client.outcome("ClaimGuest", "dave") == "BadRequest"
    assert client.call("ListEnrolledFaces", "dave") == ([],)
    enrol(client, "Claim", "dave")
    assert people(client) == [{"name": "dave", "guest": False, "faces": 1, "usable": 1}]
    assert judge.door(user="dave") == "matched"


@pytest.mark.parametrize("name", ["alice", "root", "", "x" * 65, "two\nlines", "\u202egnp.exe"])
def test_a_name_that_no_guest_can_have_is_refused(client: Client, name: str) -> None:
    assert client.outcome("ClaimGuest", name) == "BadRequest"
    assert client.outcome("Claim", "alice") == ""
