"""Who may call what: every method of the contract, as who sits where, with and without a password."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from jeepney import DBusAddress, new_method_call

from tests.buses import PrivateBus
from tests.integration.bus_client import CAMERA, MANAGER, METHODS, NAME, Client, Told
from tests.integration.bus_judge import ALICE, ALICE_THERE, BOB, JUDGE, PEOPLE, Judge, picture
from tests.mocks import Answer, PolicyPolkit, Session, obstacle
from tests.unit.facelatchd.seen import NOBODY

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="to be other users on the bus takes root"),
    pytest.mark.skipif(bool(obstacle()), reason=obstacle()),
]

# What a call takes: nothing (`yes`), the caller's password or an administrator's (`own`), an administrator's (`admin`),
# or it is not to be had (`no`). All are about alice; who needs a claim for a call has got it before, being let to.
#
# method                      root   alice, at   bob, at    alice, switched   alice, over
#                                    the desk    the desk   away from         the network
TABLE: Final = """
  GetCameras                  yes    yes         yes        yes               yes
  GetDefaultCamera            yes    yes         yes        yes               yes
  GetStatus                   yes    yes         yes        yes               yes
  GetPack                     yes    yes         yes        yes               yes
  GetPolicy                   yes    yes         yes        yes               yes
  SetClassRule                yes    admin       admin      no                no
  SetCamera                   yes    admin       admin      no                no
  Reload                      yes    admin       admin      no                no
  History                     yes    yes         admin      no                no
  GetStanding                 yes    yes         admin      no                no
  Export                      yes    own         admin      no                no
  Analyse                     yes    yes         yes        no                no
  GetPeople                   yes    admin       admin      no                no
  Analyse:identify            yes    admin       admin      no                no

  ListEnrolledFaces           yes    yes         admin      no                no
  RenameEnrolledFace          yes    own         admin      no                no
  DeleteEnrolledFace          yes    own         admin      no                no
  DeleteEnrolledFaces         yes    own         admin      no                no

  Claim                       yes    yes         admin      no                no
  ClaimGuest                  yes    admin       admin      no                no
  Release                     yes    yes         yes        yes               yes
  Verify                      yes    yes         admin      no                no
  Identify                    yes    admin       admin      no                no
  VerifyStart                 yes    yes         yes        no                no
  VerifyStart:figures         yes    admin       admin      no                no
  VerifyStop                  yes    yes         yes        yes               yes
  EnrollStart                 yes    own         admin      no                no
  EnrollPicture               yes    yes         yes        yes               yes
  EnrollFinish                yes    yes         yes        yes               yes
  EnrollShots                 yes    yes         yes        yes               yes
  EnrollSave                  yes    yes         yes        yes               yes
  EnrollStop                  yes    yes         yes        yes               yes
  PreviewStart                yes    yes         yes        no                no
  PreviewStop                 yes    yes         yes        yes               yes
  NextFrame                   yes    yes         yes        yes               yes
"""
ROWS: Final = {row[0]: row[1:] for line in TABLE.splitlines() if (row := line.split())}


class Seat(NamedTuple):
    """A column of the table."""

    uid: int
    session: Session


SEATS: Final = (
    Seat(0, Session.NONE),
    Seat(ALICE, Session.ACTIVE),
    Seat(BOB, Session.ACTIVE),
    Seat(ALICE, Session.INACTIVE),
    Seat(ALICE, Session.NONE),
)
ANSWERS: Final = (Answer.DISMISSED, Answer.OWN_PASSWORD, Answer.ADMIN_PASSWORD)
ENOUGH: Final = {
    "yes": set(ANSWERS),
    "own": {Answer.OWN_PASSWORD, Answer.ADMIN_PASSWORD},
    "admin": {Answer.ADMIN_PASSWORD},
    "no": set(),
}

PICTURES: Final = {"pictures": ("b", True)}
CLAIMED: Final = (("Claim", "alice"),)
ENROLLING: Final = (*CLAIMED, ("EnrollStart", "another", PICTURES))
PICTURED: Final = (*ENROLLING, *(("EnrollPicture", str(number), picture(number)) for number in range(3)))
WATCHED: Final = (*CLAIMED, ("EnrollStart", "another", {}))
PREVIEWING: Final = (*CLAIMED, ("PreviewStart",))

BEFORE: Final[dict[str, tuple[tuple[Any, ...], ...]]] = {
    "RenameEnrolledFace": CLAIMED,
    "DeleteEnrolledFace": CLAIMED,
    "DeleteEnrolledFaces": CLAIMED,
    "Release": CLAIMED,
    "VerifyStart": CLAIMED,
    "VerifyStart:figures": CLAIMED,
    "VerifyStop": (*CLAIMED, ("VerifyStart", "any", {})),
    "EnrollStart": CLAIMED,
    "EnrollPicture": ENROLLING,
    "EnrollFinish": WATCHED,
    "EnrollShots": ENROLLING,
    "EnrollSave": PICTURED,
    "EnrollStop": ENROLLING,
    "PreviewStart": CLAIMED,
    "PreviewStop": PREVIEWING,
    "NextFrame": PREVIEWING,
}
"""What was called before the call that counts."""

CAMERA_ON: Final = {"VerifyStop", "EnrollFinish", "PreviewStop", "NextFrame"}
"""Before which calls the camera is on."""

ARGUMENTS: Final[dict[str, tuple[Any, ...]]] = {
    "SetClassRule": ("login", {"allowed": ("b", True)}),
    "SetCamera": ("made-up",),
    "History": ("alice", 10),
    "GetStanding": ("alice",),
    "Export": ("alice",),
    "Analyse": (picture(0), {}),
    "Analyse:identify": (picture(0), {"identify": ("b", True)}),
    "ListEnrolledFaces": ("alice",),
    "RenameEnrolledFace": ("made up", "renamed"),
    "DeleteEnrolledFace": ("made up",),
    "Claim": ("alice",),
    "ClaimGuest": ("carol",),
    "Verify": ("alice", "any"),
    "VerifyStart": ("any", {}),
    "VerifyStart:figures": ("any", {"figures": ("b", True)}),
    "EnrollStart": ("another", PICTURES),
    "EnrollPicture": ("3", picture(3)),
    "EnrollSave": ([],),
    "NextFrame": (0,),
}

UNCLAIMED: Final = [row for row in ROWS if row not in BEFORE and ROWS[row][1] != "yes"] + [
    "History", "GetStanding", "Analyse", "ListEnrolledFaces", "Claim", "Verify",
]  # fmt: skip
"""What alice calls without a claim, and polkit is asked about."""

WITH_CLAIM: Final = [row for row in BEFORE if BEFORE[row] is CLAIMED and row != "Release"]
"""What she calls with one, and polkit is asked about."""


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    with PrivateBus(owner=JUDGE, people=PEOPLE) as bus:
        yield bus


@pytest.fixture(scope="module")
def judge(bus: PrivateBus) -> Iterator[Judge]:
    with Judge(bus, uid=JUDGE) as judge:
        yield judge
        assert judge.alive
        assert "Traceback" not in bus.log


@pytest.fixture(scope="module")
def long_lived_polkit(bus: PrivateBus) -> Iterator[PolicyPolkit]:
    polkit = PolicyPolkit(bus)
    yield polkit
    polkit.end()


@pytest.fixture
def polkit(long_lived_polkit: PolicyPolkit) -> PolicyPolkit:
    """Polkit; nobody sits anywhere yet, and no password is remembered."""
    for uid in (ALICE, BOB):
        long_lived_polkit.seat(uid, Session.NONE)
    long_lived_polkit.forget()
    long_lived_polkit.asked()
    return long_lived_polkit


@pytest.fixture
def faces(judge: Judge) -> Callable[[], list[str]]:
    """Alice has one face; returns what looks up her faces' labels."""
    restore(judge)

    def look_up() -> list[str]:
        with judge.client() as root:
            return [face["label"][1] for face in root.call("ListEnrolledFaces", "alice")[0]]

    return look_up


def prepare(client: Client, row: str) -> None:
    for member, *arguments in BEFORE.get(row, ()):
        client.call(member, *arguments)


def call(judge: Judge, client: Client, row: str, *, interactive: bool = True) -> str:
    """Make a row's call and return the error's name, empty where there was none."""
    judge.eye.scene = ALICE_THERE if row in ("Verify", "Identify") else [NOBODY]
    return client.outcome(row.partition(":")[0], *ARGUMENTS.get(row, ()), interactive=interactive)


def test_every_method_of_the_contract_has_its_row() -> None:
    assert {row.partition(":")[0] for row in ROWS} == set(METHODS)


@pytest.mark.parametrize("row", ROWS)
def test_a_call_takes_what_the_table_says_and_no_less(
    judge: Judge, polkit: PolicyPolkit, faces: Callable[[], list[str]], row: str
) -> None:
    expected, got = {}, {}
    for seat, wanted in zip(SEATS, ROWS[row], strict=True):
        for answer in ANSWERS if seat.uid else [Answer.DISMISSED]:
            cell = (seat.uid, seat.session.value, answer.value)
            expected[cell] = "" if answer in ENOUGH[wanted] else "PermissionDenied"
            with judge.client(seat.uid) as client:
                if faces() != ["made up"]:
                    restore(judge)
                polkit.seat(seat.uid, Session.ACTIVE, Answer.ADMIN_PASSWORD)
                prepare(client, row)
                polkit.forget()
                polkit.seat(seat.uid, seat.session, answer)
                judge.wait_for_camera(on=row in CAMERA_ON)
                got[cell] = call(judge, client, row)
                if got[cell]:
                    assert (faces(), judge.eye.watching) == (["made up"], row in CAMERA_ON)
                client.outcome("Release")
    assert got == expected


def restore(judge: Judge) -> None:
    """Let alice have the one face again that she had."""
    with judge.client() as root:
        root.call("Claim", "alice")
        root.outcome("DeleteEnrolledFaces")
        root.call("Release")
    judge.enrol()


@pytest.mark.parametrize("row", [row for row in ROWS if {"own", "admin"} & {*ROWS[row]}])
def test_nobody_is_asked_where_the_caller_did_not_allow_it_and_the_call_is_refused(
    judge: Judge, polkit: PolicyPolkit, faces: Callable[[], list[str]], row: str
) -> None:
    column = 1 if ROWS[row][1] in ("own", "admin") else 2
    with judge.client(SEATS[column].uid) as client:
        polkit.seat(SEATS[column].uid, Session.ACTIVE, Answer.ADMIN_PASSWORD)
        prepare(client, row)
        polkit.asked()
        assert call(judge, client, row, interactive=False) == "PermissionDenied"
        asked = polkit.asked()
        assert asked
        assert not any(check.interactive or check.dialog for check in asked)
        client.outcome("Release")
    assert faces() == ["made up"]


@pytest.mark.parametrize("row", ROWS)
def test_the_judges_own_account_may_everything_and_polkit_is_not_asked(
    judge: Judge, polkit: PolicyPolkit, faces: Callable[[], list[str]], row: str
) -> None:
    with judge.client(JUDGE) as client:
        prepare(client, row)
        assert call(judge, client, row) == ""
        client.outcome("Release")
    assert polkit.asked() == []


def test_whoever_may_not_verify_does_not_learn_which_accounts_there_are(judge: Judge, polkit: PolicyPolkit) -> None:
    polkit.seat(BOB, Session.NONE)
    with judge.client(BOB) as bob:
        for member, more in (("ListEnrolledFaces", ()), ("Claim", ()), ("History", (10,))):
            told = [refusal(bob, member, user, *more) for user in ("alice", "nobody-here", "", "\x1b[2J")]
            assert len(set(told)) == 1
            assert told[0].startswith("PermissionDenied")


def refusal(client: Client, member: str, *arguments: object) -> str:
    with pytest.raises(Told) as told:
        client.call(member, *arguments)
    return str(told.value)


@pytest.mark.parametrize("row", ROWS)
def test_root_needs_no_polkit(faces: Callable[[], list[str]], judge: Judge, row: str) -> None:
    with judge.client() as root:
        prepare(root, row)
        assert call(judge, root, row) == ""
        root.outcome("Release")


def properties(client: Client, member: str, signature: str, *arguments: object, path: str) -> tuple[Any, ...]:
    address = DBusAddress(path, NAME, "org.freedesktop.DBus.Properties")
    return client.answer(client.post(new_method_call(address, member, signature, arguments)))


def test_properties_are_read_by_everybody_and_written_by_nobody(judge: Judge, polkit: PolicyPolkit) -> None:
    for uid in (0, ALICE):
        with judge.client(uid) as client:
            (version,) = properties(client, "Get", "ss", f"{NAME}.Manager", "Version", path=MANAGER)
            assert version[0] == "s"
            (known,) = properties(client, "GetAll", "s", f"{NAME}.Camera", path=CAMERA)
            assert {*known} == {"Id", "Name", "Path", "Driver", "Infrared", "Virtual", "Connected"}
            for name in (*known, "Nonsense"):
                with pytest.raises(Told, match=r"DBus\.Error"):
                    properties(client, "Set", "ssv", f"{NAME}.Camera", name, ("s", "mine"), path=CAMERA)
            assert properties(client, "GetAll", "s", f"{NAME}.Camera", path=CAMERA) == (known,)
    assert polkit.asked() == []


NO_ACTIONS: Final = "<policyconfig/>"


@pytest.mark.parametrize("failing", [False, True], ids=["polkit is gone", "polkit answers with an error"])
def test_without_a_word_of_polkits_only_root_may(failing: bool, tmp_path: Path) -> None:
    with PrivateBus(owner=JUDGE, people=PEOPLE) as bus, Judge(bus, uid=JUDGE) as judge:
        judge.enrol()
        polkit = PolicyPolkit(bus)
        polkit.seat(ALICE, Session.ACTIVE, Answer.ADMIN_PASSWORD)
        with judge.client(ALICE) as alice:
            alice.call("Claim", "alice")
            polkit.end()
            if failing:
                (tmp_path / "policy").write_text(NO_ACTIONS)
                PolicyPolkit(bus, tmp_path / "policy")
            for row in WITH_CLAIM:
                told = refusal(alice, row.partition(":")[0], *ARGUMENTS.get(row, ()))
                assert told.startswith("PermissionDenied: polkit cannot be asked")
            alice.call("Release")
            assert {row: call(judge, alice, row) for row in UNCLAIMED} == dict.fromkeys(UNCLAIMED, "PermissionDenied")
            assert alice.outcome("GetStatus") == ""
        for row in (*UNCLAIMED, *WITH_CLAIM):
            with judge.client() as root:
                if root.call("ListEnrolledFaces", "alice") == ([],):
                    judge.enrol()
                prepare(root, row)
                expected = "NoSuchFace" if row == "DeleteEnrolledFace" else ""  # renamed a moment ago
                assert call(judge, root, row) == expected, row
                root.outcome("Release")
