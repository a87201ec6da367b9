"""Starts: from a process's beginning until it does what it is for, in turns with peers that start.

A service is ready when it says so to its manager. The eye has its networks when it describes them; the first frame is
of a file camera and counts when its observation is there. All files are in the page cache, and compiled. Processor time
is that of all threads until then.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from facelatch_eye.messages import Describe, Observation, Watch
from tests.bench.speed import guest
from tests.bench.speed.household import Household, Neighbourhood
from tests.bench.speed.inquiry import asking
from tests.bench.speed.processes import (
    NotReady,
    await_line,
    imports_of,
    processor_seconds,
    running,
)
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import Setting
from tests.conftest import shared_folder
from tests.places import TREE

SECTION: Final = "starting"

JUDGE: Final = "judge, store there, to READY"
FIRST: Final = "judge, first start, to READY"
LISTENING: Final = "eye, to READY"
LOADED: Final = "until networks are loaded"
SEEN: Final = "until the first frame is seen"
HELP: Final = "facelatch --help"
STATUS: Final = "facelatch status"
PROCESSOR: Final = ", processor time"
MODULES: Final = ", modules imported"

COMMAND: Final = Path(sys.executable).parent / "facelatch"

Taken = dict[tuple[str, str], list[float]]
"""Milliseconds, or how many, by subject and what."""


def measures(setting: Setting) -> Iterator[Measure]:
    """Yield the section's measures."""
    neighbourhood = Neighbourhood.of(setting).some(1)
    pictures = neighbourhood.residents[0].later
    household = Household.of(setting, neighbourhood)
    household.play(pictures)
    taken: Taken = {}
    absent: dict[str, str] = {}
    with household.lived_in():
        _command(household, "status")  # starts the eye, which stays for the measured ones
        start_guests(setting, pictures[0], {}, absent)  # one builds its networks at the first start
        for _ in range(setting.times(10, 1)):
            _start_judges(household, taken)
            _start_eye(household, taken)
            _start_commands(household, taken)
            start_guests(setting, pictures[0], taken, absent)
        _count_imports(household, taken)
    notes = guest.names(setting.quick)
    for (subject, what), values in taken.items():
        unit = "modules" if what.endswith(MODULES) else "ms"
        yield Measure(SECTION, subject, what, unit, tuple(values), notes.pop(subject, ""))
    for subject, why in absent.items():
        for what in (LOADED, SEEN):
            if (subject, what) not in taken:
                yield missing(SECTION, subject, what, "ms", why)


def _note(taken: Taken, what: str, seconds: float, processor: float, subject: str = OURS) -> None:
    taken.setdefault((subject, what), []).append(1000 * seconds)
    taken.setdefault((subject, what + PROCESSOR), []).append(1000 * processor)


def _start_judges(household: Household, taken: Taken) -> None:
    """Start the judge with the store it has, and, elsewhere, for the first time."""
    household.end_judge()
    state, kept = household.folder / "state", household.folder / "state.kept"
    state.rename(kept)
    for what in (FIRST, JUDGE):
        seconds = household.start_judge()
        assert household.judge is not None
        _note(taken, what, seconds, processor_seconds(household.judge.pid))
        if what == FIRST:
            household.end_judge()
            shutil.rmtree(state)
            kept.rename(state)


def _start_eye(household: Household, taken: Taken, *python: str) -> Path:
    """Start an eye of its own until it has seen a frame; returns its log."""
    watch = Watch(cameras=(household.camera,), seconds=20.0)
    with household.eye_alone(python=python) as eye:
        number = eye.process.pid
        _note(taken, LISTENING, eye.ready - eye.began, processor_seconds(number))
        with asking(eye.socket, watch) as frames, asking(eye.socket, Describe()) as descriptions:
            described, _ = next(descriptions)
            _note(taken, LOADED, described - eye.began, processor_seconds(number))
            seen = next(moment for moment, answer in frames if isinstance(answer, Observation))
            _note(taken, SEEN, seen - eye.began, processor_seconds(number))
        return eye.log


def _start_commands(household: Household, taken: Taken) -> None:
    for what, words in ((HELP, ["--help"]), (STATUS, ["status"])):
        _note(taken, what, *_command(household, *words))


def _command(household: Household, *words: str) -> tuple[float, float]:
    """Run the command as a person does; returns the seconds it took, and those of processor time."""
    arguments = [COMMAND, *(household.at_the_bus if words != ("--help",) else ()), *words]
    began = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: no camera of the machine's own, which is all one here
        raise NotReady(f"facelatch {' '.join(words)} ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime


def guest_command(name: str, scratch: Path, picture: Path) -> list[str]:
    """Return the command line of a peer's process."""
    arguments = (scratch, picture, shared_folder() / "models")
    return [sys.executable, "-m", "tests.bench.speed.guest", name, *map(str, arguments)]


@contextlib.contextmanager
def visit(name: str, setting: Setting, picture: Path, absent: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a peer's process during the block; where that meets `NotReady`, its last words are noted in `absent`."""
    log = setting.scratch / "guest.log"
    log.unlink(missing_ok=True)
    with running(guest_command(name, setting.scratch, picture), log, folder=TREE) as process:
        try:
            yield process
        except NotReady:
            absent[name] = (log.read_text().strip().splitlines() or ["it ended, and said nothing"])[-1]


def start_guests(setting: Setting, picture: Path, taken: Taken, absent: dict[str, str]) -> None:
    """Start every peer once, until it has seen a frame; who cannot be had is noted in `absent`, and asked no more."""
    for name in guest.names(setting.quick):
        if name in absent:
            continue
        began = time.monotonic()
        with visit(name, setting, picture, absent) as process:
            for what, word in ((LOADED, "loaded"), (SEEN, "seen")):
                seconds = await_line(process, word) - began
                _note(taken, what, seconds, processor_seconds(process.pid), name)


def _count_imports(household: Household, taken: Taken) -> None:
    """Count, once, the modules that each has imported by then; the log says them."""
    trace = ("-X", "importtime")
    household.end_judge()
    (household.folder / "judge.log").unlink()
    household.start_judge(*trace)
    taken[OURS, JUDGE + MODULES] = [imports_of(household.log)]
    taken[OURS, SEEN + MODULES] = [imports_of(_start_eye(household, {}, *trace).read_text())]
    for what, words in ((HELP, ["--help"]), (STATUS, [*household.at_the_bus, "status"])):
        arguments: Sequence[str | Path] = [sys.executable, *trace, COMMAND, *words]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        taken[OURS, what + MODULES] = [imports_of(done.stderr)]
