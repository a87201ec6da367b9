"""From the question to the verdict: judge and eye running (warm), and with the eye to be started first (cold).

The camera is a file of 30 frames a second. Everybody of NUAA with two sessions is enrolled from the first through the
camera, and logs in from the last; every look begins at another frame, with the camera closed. Only matches are timed.
A cold eye finds its files in the page cache. Where the time goes is seen by a tap between judge and eye.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.bench.speed.household import CLOSED, RATE, Household, Neighbourhood, Resident
from tests.bench.speed.processes import PATIENCE, NotReady
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import Setting
from tests.bench.speed.tap import Course, Tap, course_of
from tests.house import CommandFailed
from tests.pam.transaction import Code
from tests.places import TREE

SECTION: Final = "unlock"
HOWDY: Final = "howdy"

WARM: Final = "warm, VERIFY to RESULT"
COLD: Final = "cold, VERIFY to RESULT"
WARM_LOGIN: Final = "warm, whole pam_authenticate"
COLD_LOGIN: Final = "cold, whole pam_authenticate"


@dataclass
class Looks:
    """Logins of one way: milliseconds of those that matched, and how the others ended."""

    taken: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def add(self, seconds: float, end: str) -> None:
        """Count one."""
        if end == "matched":
            self.taken.append(1000 * seconds)
        else:
            self.others[end] += 1

    def measure(self, what: str, subject: str = OURS, note: str = "") -> Measure:
        """Return what was measured."""
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.others.items()))
        notes = [text for text in (note, f"not timed, because they did not match: {ends}" if ends else "") if text]
        if not self.taken:
            return missing(SECTION, subject, what, "ms", "; ".join([*notes, "none matched"]))
        return Measure(SECTION, subject, what, "ms", tuple(self.taken), "; ".join(notes))


def measures(setting: Setting) -> Iterator[Measure]:
    """Yield the section's measures."""
    neighbourhood = Neighbourhood.of(setting).some(setting.times(100, 1))
    household = Household.of(setting, neighbourhood)
    with household.lived_in():
        people, others = _recognised(household, _enrolled(household, neighbourhood.residents))
        if not people:
            raise NotReady(f"nobody was recognised ({others}); the eye's log:\n{household.eye_log}")
        note = f"asked no more, because they were not recognised twice: {others}" if others else ""
        yield Measure(SECTION, OURS, "people who are timed", "people", (len(people),), note)
        yield from _warm(household, people, setting)
        yield from _split(household, people, setting)
        yield from _cold(household, people, setting)


def _enrolled(household: Household, people: Sequence[Resident]) -> Iterator[Resident]:
    """Enrol everybody through the camera; yields those of whom enough was seen."""
    for resident in people:
        household.play(resident.enrolment)
        try:
            household.enroll(resident.name)
        except CommandFailed as error:
            print(f"{SECTION}: {resident.name} is not enrolled: {error}", file=sys.stderr)
        else:
            yield resident


def _recognised(household: Household, people: Iterator[Resident]) -> tuple[list[Resident], str]:
    """Return who is recognised at once or at a second look, which nobody times, and how it ended for the others.

    A look without a match takes its four seconds: whom the pack does not know again would take up most of the time.
    """
    known, others = [], []
    for resident in people:
        ends = []
        for start in (0, len(resident.later) // 2):
            household.play(resident.frames(start))
            ends.append(household.verify(resident.name)[1])
            if ends[-1] == "matched":
                known.append(resident)
                break
        else:
            others.append(f"{resident.name} {' '.join(ends)}")
    return known, ", ".join(others)


def _warm(household: Household, people: Sequence[Resident], setting: Setting) -> Iterator[Measure]:
    """Measure with everything running, each way and Howdy in turn."""
    asked, whole, howdy = Looks(), Looks(), Howdy(household)
    for turn in range(setting.times(8, 1)):
        for number, resident in enumerate(people):
            start = 3 * turn + number
            household.play(resident.frames(start))
            time.sleep(CLOSED)
            asked.add(*household.verify(resident.name))
            if turn % 2 == 0:
                time.sleep(CLOSED)
                whole.add(*_log_in(household, resident))
            if turn % 4 == 0:
                howdy.log_in(resident, start)
    yield asked.measure(WARM)
    yield whole.measure(WARM_LOGIN)
    yield howdy.measure(WARM_LOGIN)
    yield howdy.measure(COLD_LOGIN)


def _log_in(household: Household, resident: Resident) -> tuple[float, str]:
    outcome = household.login(answers=(), user=resident.name)
    return outcome.seconds, "matched" if outcome.code == Code.SUCCESS else outcome.name


class Howdy:
    """Logins as Howdy does them, of the same people before the same frames."""

    def __init__(self, household: Household) -> None:
        self._household = household
        self._looks = Looks()
        self._problem = ""

    def log_in(self, resident: Resident, start: int) -> None:
        """Log somebody in from that frame on, from a process's start to its verdict; not where it cannot be had here.

        He is enrolled from the very session he is seen in: from the earlier one Howdy's distances of four people in
        six stay over its bound for good, and there would be little to time.
        """
        numbers = f"{resident.name}.npy"
        if not self._problem and not (self._household.folder / numbers).exists():
            self._household.play(resident.frames(start + len(resident.later) // 2))
            done = self._run("enrol", numbers)
            self._problem = "" if done.returncode == 0 else (done.stderr.strip() or "it enrols nobody").splitlines()[-1]
        if self._problem:
            return
        self._household.play(resident.frames(start))
        began = time.monotonic()
        done = self._run("login", numbers, str(RATE))
        ends = {0: "matched", 11: "time was over"}
        self._looks.add(time.monotonic() - began, ends.get(done.returncode, f"ended with {done.returncode}"))

    def _run(self, way: str, numbers: str, *rest: str) -> subprocess.CompletedProcess[str]:
        folder = self._household.folder
        return subprocess.run(
            [sys.executable, "-m", "tests.bench.speed.howdy_login", way, folder / "clip", folder / numbers, *rest],
            cwd=TREE, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def measure(self, what: str) -> Measure:
        """Return what was measured: Howdy knows neither warm nor cold, and the same values stand beside both."""
        if self._problem:
            return missing(SECTION, HOWDY, what, "ms", self._problem)
        note = (
            "a new process for each login, from its start to its verdict, without the PAM module in front of it; "
            "enrolled from the session it looks at, and not, as we are, from an earlier one"
        )
        return self._looks.measure(what, HOWDY, note)


def _split(household: Household, people: Sequence[Resident], setting: Setting) -> Iterator[Measure]:
    """Say where the time of a warm look goes; those here pass a tap, and are not among those timed as a whole."""
    taken: dict[str, list[float]] = {}
    frames: list[float] = []
    socket, real = household.eye_socket, household.runtime / "eye.real"
    socket.rename(real)
    with Tap(socket, real) as tap:
        for turn in range(setting.times(4, 1)):
            for number, resident in enumerate(people):
                household.play(resident.frames(3 * turn + number + 1))
                time.sleep(CLOSED)
                began = time.monotonic()
                looks = Looks()
                looks.add(*household.verify(resident.name))
                course = next((course for talk in tap.talks if (course := course_of(talk)) is not None), None)
                tap.talks.clear()
                if looks.taken and course is not None:
                    frames.append(course.frames)
                    for part, milliseconds in parts(course, began, began + looks.taken[0] / 1000).items():
                        taken.setdefault(part, []).append(milliseconds)
    real.rename(socket)
    for part, values in taken.items():
        yield Measure(SECTION, OURS, f"warm, of it {part}", "ms", tuple(values))
    if frames:
        yield Measure(SECTION, OURS, "warm, frames looked at", "frames", tuple(frames))


def parts(course: Course, began: float, ended: float) -> dict[str, float]:
    """Return how a whole look of those monotonic seconds is made up, in milliseconds."""
    return {
        "the gates": 1000 * (course.asked - began),
        "the camera's opening": course.opening,
        "waiting for frames": course.waiting,
        "seeing what is in them": course.looking - course.waiting,
        "deciding": course.judging,
        "recording and answering": 1000 * (ended - course.ended),
    }


def _cold(household: Household, people: Sequence[Resident], setting: Setting) -> Iterator[Measure]:
    """Measure with the eye's process gone before each look, as it is after idling."""
    asked, whole = Looks(), Looks()
    for turn in range(setting.times(36, 3)):
        resident = people[turn % len(people)]
        household.stop_eye()
        household.arm_eye()
        household.play(resident.frames(turn))
        if turn % 3 < 2:
            asked.add(*household.verify(resident.name))
        else:
            whole.add(*_log_in(household, resident))
    yield asked.measure(COLD)
    yield whole.measure(COLD_LOGIN)
