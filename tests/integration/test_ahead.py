"""A camera that runs before anybody asks, and on behind a login that failed: real judge, real eye, logind played.

What the eye says of its camera tells the order: one that is handed over is opened once, and not closed in between.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import mocks
from tests.clips import Cast, empty_room
from tests.house import House, living_in
from tests.mocks import Logind
from tests.pam.transaction import Code, Outcome

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(mocks.obstacle()), reason=mocks.obstacle())]

TOLD = re.compile(r" facelatch_eye[\w.]*: (opening|holding|watching|closed) ")

SETTINGS = "[camera]\nahead = 30\nhold = {hold}\n"


class Laptop:
    """A house with a lid, and alice's session, locked, in front."""

    def __init__(self, house: House, logind: Logind) -> None:
        self.house = house
        self.logind = logind
        self._covered = False
        self._told = 0

    def lid(self, *, closed: bool) -> None:
        """Close or open the lid."""
        self._covered = closed
        self.logind.lid(closed=closed)

    @property
    def told(self) -> list[str]:
        """What the eye has told of its camera since the last fresh start."""
        return TOLD.findall(self.house.log)[self._told :]

    def until(self, *told: str) -> None:
        """Wait until the eye has told this, and nothing else."""
        self.wait(lambda: len(self.told) >= len(told))
        assert self.told == list(told)

    def wait(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline, f"{self.told}\n{self.house.log}"
            time.sleep(0.02)

    def begin(self) -> None:
        """Have it asleep and its camera closed, whatever was before."""
        if self._covered:
            before = self.told.count("holding")
            self.lid(closed=False)
            self.wait(lambda: self.told.count("holding") > before)
        self.logind.prepare_for_sleep(True)
        self.wait(lambda: self.told.count("opening") == self.told.count("closed"))
        self._told += len(self.told)

    def hold(self, seconds: float) -> None:
        """Set for how long the camera runs on."""
        (self.house.folder / "conf.d" / "ahead.toml").write_text(SETTINGS.format(hold=seconds))
        self.house.command("reload")


@pytest.fixture(scope="module")
def mine(best: Path, cast: Cast, pam_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    house = House.to_play_in(tmp_path_factory.mktemp("house"), best, cast)
    house.eye_options = ("--verbose",)
    (house.folder / "conf.d").mkdir()
    (house.folder / "conf.d" / "ahead.toml").write_text(SETTINGS.format(hold=10))
    with living_in(house):
        assert house.bus is not None
        house.play(cast.enrolment)
        house.enroll()
        logind = Logind(house.bus)
        logind.add_seat("seat0")
        logind.add_session("2", house.uid, seat="seat0", console=2, locked=True)
        yield Laptop(house, logind)
        logind.end()


@pytest.fixture
def laptop(mine: Laptop, cast: Cast) -> Laptop:
    mine.house.play(cast.later)
    mine.begin()
    return mine


def by_face(outcome: Outcome) -> bool:
    return outcome.code == Code.SUCCESS and [style for style, _text in outcome.messages] == ["TEXT_INFO"]


@pytest.mark.parametrize("sign", ["wake", "lid"])
def test_a_login_s_first_frame_comes_from_the_camera_that_was_opened_when_she_came_back(
    laptop: Laptop, sign: str
) -> None:
    if sign == "wake":
        laptop.logind.prepare_for_sleep(False)
    else:
        laptop.lid(closed=True)
        laptop.lid(closed=False)
    laptop.until("opening", "holding")
    assert by_face(laptop.house.login())
    laptop.until("opening", "holding", "watching", "closed")


@pytest.mark.parametrize("end", ["sleep", "lid", "unlock"])
def test_a_camera_that_nobody_needs_any_more_is_closed_at_once(laptop: Laptop, end: str) -> None:
    laptop.logind.prepare_for_sleep(False)
    laptop.until("opening", "holding")
    match end:
        case "sleep":
            laptop.logind.prepare_for_sleep(True)
        case "lid":
            laptop.lid(closed=True)
        case "unlock":
            laptop.logind.change("2", LockedHint=("b", False))
            laptop.logind.change("2", LockedHint=("b", True))
    laptop.until("opening", "holding", "closed")


def test_a_login_that_failed_leaves_the_camera_to_the_next_one(laptop: Laptop, tmp_path: Path) -> None:
    laptop.house.play(empty_room(tmp_path))
    assert not by_face(laptop.house.login(answers=["wrong"]))
    laptop.until("opening", "watching", "holding")
    assert not by_face(laptop.house.login(answers=["wrong"]))
    laptop.until("opening", "watching", "holding", "watching", "holding")


def test_a_password_closes_the_camera_that_a_failed_login_left_running(laptop: Laptop, tmp_path: Path) -> None:
    laptop.house.play(empty_room(tmp_path))
    assert laptop.house.login().code == Code.SUCCESS, "the password is right"
    laptop.wait(lambda: "closed" in laptop.told)
    assert laptop.told.count("opening") == 1


def test_a_camera_that_is_not_to_be_held_is_closed_with_the_look(laptop: Laptop, tmp_path: Path) -> None:
    laptop.hold(0)
    try:
        laptop.house.play(empty_room(tmp_path))
        laptop.house.login(answers=["wrong"])
        laptop.until("opening", "watching", "closed")
    finally:
        laptop.hold(10)


def test_a_screen_that_is_locked_opens_no_camera(laptop: Laptop) -> None:
    laptop.logind.order_lock("2")
    laptop.logind.change("2", LockedHint=("b", True))
    assert by_face(laptop.house.login())
    laptop.until("opening", "watching", "closed")


def test_an_eye_that_hangs_when_the_machine_wakes_keeps_nobody_from_the_password(laptop: Laptop) -> None:
    os.kill(laptop.house.eye_pid(), signal.SIGSTOP)  # the judge kills it, and starts another
    laptop.logind.prepare_for_sleep(False)
    outcome = laptop.house.login()
    assert outcome.code == Code.SUCCESS
    assert "PROMPT_ECHO_OFF" in [style for style, _text in outcome.messages]
