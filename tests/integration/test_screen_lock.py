"""Real screen lockers on a screen of their own: what a face opens, and that the password always does.

They ask PAM as alice, not as root: what lets them ask about her is the judge's rule of peer credentials alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clips import Cast, empty_room
from tests.house import PASSWORD, House
from tests.integration.screen import TOOLS, Screen, missing, wait_until
from tests.integration.screen_locker import I3LOCK, XSECURELOCK, XSECURELOCK_OF_DEBIAN, Desk, Kind
from tests.integration.strangers import alices_house, at_the_door
from tests.integration.sudo_machine import ALICE, obstacle
from tests.unguarded import NEVER_THE_PASSWORD_FIRST, NO_SEAT

OBSTACLE = missing(TOOLS) or obstacle()

pytestmark = [
    pytest.mark.real,
    pytest.mark.root,
    pytest.mark.skipif(bool(OBSTACLE), reason=OBSTACLE),
]

WRONG = "a wrong guess"

AFTER_ONE_MISMATCH = NEVER_THE_PASSWORD_FIRST.replace("after_mismatches = 0", "after_mismatches = 1")


@pytest.fixture(scope="module")
def furnished(best: Path, cast: Cast, pam_parts: None) -> Iterator[Desk]:
    with (
        alices_house(best, cast) as house,
        Screen() as screen,
        contextlib.closing(Desk(house.folder / "desk", house, screen)) as desk,
    ):
        yield desk


@pytest.fixture
def desk(furnished: Desk) -> Desk:
    """Alice's desk, with a judge that has nothing against her, whatever the test before has left."""
    house = furnished.house
    if house.judge is None or house.judge.poll() is not None:
        house.stop()
        house.start()
    settle(house)
    tell_of_a_password(house)
    return furnished


@pytest.fixture(params=[I3LOCK, XSECURELOCK], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return must_have(found)


def must_have(kind: Kind) -> Kind:
    """Return the locker; skips where it is not installed."""
    if reason := missing({kind.name: kind.package}):
        pytest.skip(reason)
    return kind


def settle(house: House, *, intent: str = "none", password: str = NEVER_THE_PASSWORD_FIRST) -> None:
    """Set what holds for screen locks: the services that are in the class by default, and short looks."""
    file = house.folder / "facelatch.toml"
    before = file.read_text()
    lines = before.splitlines()
    start, end = lines.index("[class.unlock]"), lines.index("[class.elevate]")
    kept = [line for line in lines[start:end] if line.startswith(("level", "liveness"))]
    camera = lines[lines.index("[camera]") : start]
    unlock = ["[class.unlock]", *kept, f'intent = "{intent}"', "seconds = 3.0", "no_face_seconds = 1.0"]
    after = "\n".join([password, NO_SEAT, *camera, *unlock, *lines[end:], ""])
    if after != before:
        file.write_text(after)
        house.command("reload")


def tell_of_a_password(house: House) -> None:
    """Do what the `passed` line does where root runs PAM."""
    assert at_the_door(house, b"PASSED v=1 user=alice service=login\n") == b""


def looks(house: House) -> int:
    """Return how many doors are with the judge: connections to its socket, as the kernel lists them."""
    connected = f" 03 .* {re.escape(str(house.runtime / 'door.sock'))}$"
    return len(re.findall(connected, Path("/proc/net/unix").read_text(), re.MULTILINE))


def last_reason(house: House) -> str:
    reason: str = house.command("history", "--user", "alice", "--limit", "1")["attempts"][0]["reason"]
    return reason


def test_the_face_opens(desk: Desk, kind: Kind, cast: Cast) -> None:
    desk.house.play(cast.later)
    with desk.locked(kind) as locker:
        locker.ask()
        locker.must_open()
        assert locker.notes == []


def test_another_face_leaves_it_locked_and_the_password_opens(desk: Desk, kind: Kind, cast: Cast) -> None:
    assert cast.stranger
    desk.house.play(cast.stranger)
    with desk.locked(kind) as locker:
        locker.must_refuse(WRONG)
        assert last_reason(desk.house) == "another-face"
        locker.give(PASSWORD)
        locker.must_open()
        assert locker.notes == ["refused", "password"]


def test_nobody_before_the_camera_leaves_it_locked_and_the_password_opens(
    desk: Desk, kind: Kind, tmp_path: Path
) -> None:
    desk.house.play(empty_room(tmp_path))
    with desk.locked(kind) as locker:
        locker.must_refuse(WRONG)
        assert last_reason(desk.house) == "no-face"
        locker.give(PASSWORD)
        locker.must_open()
        assert locker.notes == ["refused", "password"]


def test_without_a_daemon_the_password_opens(furnished: Desk, kind: Kind) -> None:
    furnished.house.stop()
    with furnished.locked(kind) as locker:
        locker.must_refuse(WRONG)
        locker.give(PASSWORD)
        locker.must_open()
        assert locker.notes == ["refused", "password"]


def test_a_judge_that_dies_while_it_looks_leaves_it_locked_and_the_password_opens(
    desk: Desk, kind: Kind, tmp_path: Path
) -> None:
    house = desk.house
    house.play(empty_room(tmp_path))
    assert house.judge is not None
    with desk.locked(kind) as locker:
        locker.give(WRONG)
        wait_until(lambda: looks(house) == 1, "the judge looks")
        house.judge.kill()
        house.judge.wait()
        wait_until(lambda: bool(locker.notes), "PAM has an answer to the password")
        assert locker.notes == ["refused"]
        locker.must_be_locked()
        locker.give(PASSWORD)
        locker.must_open()
        assert locker.notes == ["refused", "password"]


def test_with_intent_a_typed_password_is_judged_without_a_look(desk: Desk, kind: Kind, cast: Cast) -> None:
    settle(desk.house, intent="key")
    desk.house.play(cast.later)
    with desk.locked(kind) as locker:
        locker.must_refuse(WRONG)
        assert last_reason(desk.house) == "no-intent"
        locker.give(PASSWORD)
        locker.must_open()
        assert last_reason(desk.house) == "no-intent"
        assert locker.notes == ["refused", "password"]


def test_with_intent_enter_alone_has_the_face_open(desk: Desk, kind: Kind, cast: Cast) -> None:
    settle(desk.house, intent="key")
    desk.house.play(cast.later)
    with desk.locked(kind) as locker:
        locker.give("")
        locker.must_open()
        assert locker.notes == []


def test_what_debian_has_xsecurelock_call_itself_is_refused_and_the_password_opens(desk: Desk, cast: Cast) -> None:
    desk.house.play(cast.later)
    with desk.locked(must_have(XSECURELOCK_OF_DEBIAN)) as locker:
        locker.give(PASSWORD)
        locker.must_open()
        assert locker.notes == ["password"]
    assert "'common-auth' for 'alice': unavailable (service-refused)" in desk.house.last_verdict


def test_a_locker_without_a_file_of_its_own_goes_by_that_for_others_and_under_its_own_name(
    desk: Desk, cast: Cast
) -> None:
    named = XSECURELOCK.environment | {"XSECURELOCK_PAM_SERVICE": "kde"}
    desk.house.play(cast.later)
    with desk.locked(must_have(dataclasses.replace(XSECURELOCK, environment=named))) as locker:
        locker.ask()
        locker.must_open()
    assert "'kde' for 'alice': match" in desk.house.last_verdict


def test_a_password_typed_here_does_not_end_a_refusal_of_the_face_and_one_that_root_tells_of_does(
    desk: Desk, cast: Cast
) -> None:
    i3lock = must_have(I3LOCK)
    house, logged = desk.house, len(desk.house.log)
    settle(house, password=AFTER_ONE_MISMATCH)
    assert cast.stranger
    house.play(cast.stranger)
    with desk.locked(i3lock) as locker:
        locker.must_refuse(WRONG)
        locker.give(PASSWORD)
        locker.must_open()
    assert f"uid {ALICE} says that a password was accepted: not believed" in house.log[logged:]
    house.play(cast.later)
    with desk.locked(i3lock) as locker:
        locker.must_refuse("")
        assert "too many faces were refused" in house.log[logged:]
        tell_of_a_password(house)
        locker.ask()
        locker.must_open()
        assert locker.notes == ["refused"]
