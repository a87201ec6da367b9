"""Attacks on the whole house: real judge, real eye, real PAM. Each falls to the password, and none opens."""

from __future__ import annotations

import dataclasses
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clips import Cast
from tests.house import House, living_in
from tests.pam.transaction import Code, Outcome

pytestmark = pytest.mark.real

root_alone = pytest.mark.skipif(os.getuid() != 0, reason="root alone can tell the judge of an accepted password")


@pytest.fixture
def house(best: Path, cast: Cast, pam_parts: None, tmp_path: Path) -> House:
    """A house in which the password comes first, as it does by default; nobody lives in it yet."""
    return dataclasses.replace(House.to_play_in(tmp_path / "house", best, cast), password_first=os.getuid() == 0)


@pytest.fixture
def alices(house: House, cast: Cast) -> Iterator[House]:
    """Alice is enrolled, has typed her password, and sits before the camera."""
    with living_in(house):
        house.play(cast.enrolment)
        house.enroll()
        house.play(cast.later)
        house.login()
        yield house


def by_face(outcome: Outcome) -> bool:
    return outcome.code == Code.SUCCESS and "PROMPT_ECHO_OFF" not in [style for style, _text in outcome.messages]


def by_password(outcome: Outcome) -> bool:
    return outcome.code == Code.SUCCESS and "PROMPT_ECHO_OFF" in [style for style, _text in outcome.messages]


def at_the_door(house: House, line: str) -> str:
    """Say a line at the judge's door, and return what it answers."""
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(house.runtime / "door.sock"))
        door.sendall(line.encode() + b"\n")
        heard = b""
        while chunk := door.recv(4096):
            heard += chunk
    return heard.decode()


@root_alone
def test_a_face_that_was_enrolled_opens_nothing_before_the_password(house: House, cast: Cast) -> None:
    with living_in(house):
        house.play(cast.enrolment)
        house.enroll()
        house.play(cast.later)
        first = house.login()
        assert by_password(first)
        assert "password-wanted" in house.last_verdict
        assert any("The password comes first" in text for _style, text in first.messages)
        assert by_face(house.login())


@root_alone
def test_five_strangers_shut_the_face_until_the_password_and_a_restart_does_not_open_it(
    alices: House, cast: Cast
) -> None:
    assert cast.stranger
    assert by_face(alices.login())
    alices.play(cast.stranger)
    for _ in range(5):
        assert not by_face(alices.login(answers=["a guess"]))
    alices.play(cast.later)
    alices.stop()
    alices.start()
    assert not by_face(alices.login(answers=["a guess"]))
    assert "password-wanted" in alices.last_verdict
    assert by_password(alices.login())
    assert by_face(alices.login())


def test_an_old_database_that_is_put_back_opens_nothing(alices: House) -> None:
    assert by_face(alices.login())
    alices.stop()
    state = alices.folder / "state"
    shutil.copytree(state, alices.folder / "copy")
    alices.start()
    alices.command("remove", "--all", "--yes", "--user", "alice")
    alices.stop()
    for path in state.glob("facelatch.db*"):
        path.unlink()
    for path in (alices.folder / "copy").glob("facelatch.db*"):
        shutil.copy2(path, state)
    alices.start()
    assert by_password(alices.login())
    assert "store-rolled-back" in alices.last_verdict


def test_a_camera_that_nobody_named_opens_nothing(alices: House, cast: Cast) -> None:
    clip = f"file:{alices.folder}/other?rate=15&loop=1"
    (alices.folder / "other").symlink_to((alices.folder / "clip").resolve())
    settings = (alices.folder / "facelatch.toml").read_text()
    own = next(line for line in settings.splitlines() if line.startswith("use = "))
    alices.stop()
    (alices.folder / "facelatch.toml").write_text(settings.replace(own, f'use = "{clip}"'))
    alices.start()
    assert by_password(alices.login())
    assert "camera-untrusted" in alices.last_verdict


@pytest.mark.parametrize("service", ["sshd", "vsftpd", "cups", "screenlock2", "other"])
def test_a_service_that_no_class_names_is_refused(alices: House, service: str) -> None:
    answer = at_the_door(alices, f"VERIFY v=1 user=alice service={service} seconds=5")
    assert answer == "RESULT verdict=unavailable reason=service-refused\n"


def test_settings_with_a_typo_leave_the_old_ones_in_force(alices: House) -> None:
    path = alices.folder / "facelatch.toml"
    path.write_text(path.read_text() + '\n[class.login]\nlivness = "off"\n')
    with pytest.raises(RuntimeError, match=r"livness.*liveness"):
        alices.command("reload")
    assert by_face(alices.login())
