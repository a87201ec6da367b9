from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from facelatch_eye.camera.custody import LINGER
from facelatchd.settings.files import files_of
from facelatchd.settings.reading import settings_of
from tests.bench.speed import unlock
from tests.bench.speed.household import NOBODY, Household, Neighbourhood, Resident
from tests.bench.speed.record import OURS, Measure
from tests.bench.speed.setting import NoPictures, Setting
from tests.bench.speed.tap import Course
from tests.bench.speed.unlock import Looks, parts


def test_only_looks_that_matched_are_timed_and_the_others_are_counted_by_their_reason() -> None:
    looks = Looks()
    for seconds, end in ((0.1, "matched"), (4.0, "no-face"), (0.2, "matched"), (4.0, "no-face"), (4.0, "timeout")):
        looks.add(seconds, end)
    measure = looks.measure("warm")

    assert (measure.subject, measure.unit, measure.values) == (OURS, "ms", (100.0, 200.0))
    assert measure.note == "not timed, because they did not match: 2 no-face, 1 timeout"


def test_where_none_matched_nothing_is_measured_and_that_is_said() -> None:
    looks = Looks()
    looks.add(4.0, "no-face")
    measure = looks.measure("warm", "howdy", "a new process")

    assert measure.values == ()
    assert measure.note == "a new process; not timed, because they did not match: 1 no-face; none matched"


def test_the_parts_of_a_look_make_the_whole() -> None:
    course = Course(asked=10.010, opening=12.0, looking=88.0, waiting=20.0, judging=2.0, ended=10.112, frames=3)
    found = parts(course, 10.0, 10.115)

    assert sum(found.values()) == pytest.approx(115.0)
    assert found["the gates"] == pytest.approx(10.0)
    assert found["seeing what is in them"] == pytest.approx(68.0)


def test_every_look_begins_with_another_frame_and_shows_all() -> None:
    frames = [Path(f"{number}.jpg") for number in range(5)]
    resident = Resident("s0001", [], frames)

    assert resident.frames(0) == frames
    assert resident.frames(2)[0] == resident.frames(7)[0] == frames[2]
    assert sorted(resident.frames(3)) == frames


def recorded(data: Path, subject: str, *sessions: str) -> None:
    folder = data / "nuaa" / "live" / subject
    folder.mkdir(parents=True)
    for session in sessions:
        for number in (1, 2):
            (folder / f"{subject}_00_00_{session}_{number}.jpg").touch()


def test_who_was_recorded_twice_lives_there_enrolled_in_the_first_session_and_seen_in_the_last(tmp_path: Path) -> None:
    recorded(tmp_path, "0001", "01", "02", "03")
    recorded(tmp_path, "0002", "01")
    (resident,) = Neighbourhood.of(Setting(tmp_path, tmp_path, False, tmp_path)).residents

    assert resident.name == "s0001"
    assert {path.stem.split("_")[3] for path in resident.enrolment} == {"01"}
    assert {path.stem.split("_")[3] for path in resident.later} == {"03"}


def test_where_nobody_was_recorded_twice_that_is_said(tmp_path: Path) -> None:
    recorded(tmp_path, "0002", "01")

    with pytest.raises(NoPictures, match="two sessions"):
        Neighbourhood.of(Setting(tmp_path, tmp_path, False, tmp_path))


def test_a_household_keeps_no_camera_open_behind_a_look(tmp_path: Path) -> None:
    Household(tmp_path / "house", tmp_path)
    settings = settings_of(files_of(tmp_path / "house" / "facelatch.toml"))

    assert settings.camera.hold == 0


class Events(list[str]):
    """A household, and whatever waits, that write down what happens, in its order."""

    def play(self, pictures: list[Path]) -> None:
        self.append("play")

    def verify(self, user: str) -> tuple[float, str]:
        self.append("look")
        return 0.1, "matched"

    def log_in(self, household: object, resident: Resident) -> tuple[float, str]:
        return self.verify(resident.name)

    def sleep(self, seconds: float) -> None:
        assert seconds > LINGER
        self.append("rest")


class NoHowdy:
    def __init__(self, household: object) -> None: ...

    def log_in(self, resident: Resident, start: int) -> None: ...

    def measure(self, what: str) -> Measure:
        return Measure("unlock", "howdy", what, "ms", (1.0,))


def test_no_timed_look_takes_over_the_camera_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    events = Events()
    monkeypatch.setattr(unlock, "Howdy", NoHowdy)
    monkeypatch.setattr(unlock, "_log_in", events.log_in)
    monkeypatch.setattr(unlock.time, "sleep", events.sleep)
    residents = [Resident("s0001", [], [Path("1.jpg")])]
    list(unlock._warm(events, residents, Setting(Path(), None, False, Path())))  # type: ignore[arg-type]

    assert events.count("look") > 8
    assert all(before == "rest" for before, event in itertools.pairwise(events) if event == "look")


def test_nobody_lives_in_a_household_but_alice_unless_it_is_said() -> None:
    assert NOBODY.residents == []
