"""What memory they hold: judge and eye in each of their states, and peers that have seen one frame.

resident: pages in memory, those of libraries that others share among them; proportional: with shared pages divided
among who shares them; anonymous: what no file backs. In megabytes of 10^6 bytes.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from typing import Final

from facelatch_eye.messages import Describe, Description, Observation, Request, Watch
from tests.bench.speed import guest
from tests.bench.speed.household import Household, Neighbourhood, Resident
from tests.bench.speed.inquiry import asking
from tests.bench.speed.processes import Footprint, await_line, footprint
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import Setting
from tests.bench.speed.starting import start_guests, visit

SECTION: Final = "memory"

IDLE: Final = "judge, idle"
WORKED: Final = "judge, after 20 logins"
LOADED: Final = "eye, networks loaded"
WATCHING: Final = "eye, watching"
SHOWN: Final = "eye, after a preview"
GONE: Final = "eye, after idling"
LOGINS: Final = 20

FRAMES: Final = 45
"""Frames of a look or a preview until it is measured: a second and a half."""

IDLE_EXIT: Final = 2
"""Seconds after which the measured eye leaves; ten minutes where it is installed."""

PATIENCE: Final = 10.0

UNIT: Final = "MB"

Held = dict[tuple[str, str], list[Footprint]]


def measures(setting: Setting) -> Iterator[Measure]:
    """Yield the section's measures."""
    neighbourhood = Neighbourhood.of(setting).some(1)
    (resident,) = neighbourhood.residents
    household = Household.of(setting, neighbourhood)
    held: Held = {}
    absent: dict[str, str] = {}
    household.play(resident.later)
    start_guests(setting, resident.later[0], {}, absent)  # one builds its networks at the first start
    with household.lived_in():  # the first start makes the store, by Alembic: 12 MB that no later one takes
        household.play(resident.enrolment)
        household.enroll(resident.name)
    household.play(resident.later)
    for _ in range(setting.times(3, 1)):
        _judge(household, resident, held)
        gone = _eye(household, held)
        _guests(setting, resident, held, absent)
    notes = guest.names(setting.quick)
    for (subject, what), footprints in held.items():
        for kind in Footprint.__struct_fields__:
            values = tuple(getattr(one, kind) for one in footprints)
            yield Measure(SECTION, subject, f"{what}, {kind}", UNIT, values, notes.pop(subject, ""))
    yield gone
    for subject, why in absent.items():
        yield missing(SECTION, subject, f"{WATCHING}, resident", UNIT, why)


def _judge(household: Household, resident: Resident, held: Held) -> None:
    """Weigh a judge that has just started, and one that has let somebody in twenty times."""
    with household.lived_in():
        assert household.judge is not None
        held.setdefault((OURS, IDLE), []).append(footprint(household.judge.pid))
        for _ in range(LOGINS):
            household.verify(resident.name)
        held.setdefault((OURS, WORKED), []).append(footprint(household.judge.pid))


def _eye(household: Household, held: Held) -> Measure:
    """Weigh an eye that has just loaded its networks, one that looks, and one that has shown what it sees."""
    look = Watch(cameras=(household.camera,), seconds=20.0)
    steps: tuple[tuple[str, Request, int], ...] = (
        (LOADED, Describe(), 1),
        (WATCHING, look, FRAMES),
        (SHOWN, Watch(cameras=look.cameras, seconds=look.seconds, preview=True), FRAMES),
    )
    with household.eye_alone(f"--idle-exit={IDLE_EXIT}") as eye:
        for what, request, frames in steps:
            with asking(eye.socket, request) as answers:
                seen = (answer for _, answer in answers if isinstance(answer, Observation | Description))
                for _ in itertools.islice(seen, frames):
                    continue
                held.setdefault((OURS, what), []).append(footprint(eye.process.pid))
        return _gone(eye.process)


def _gone(process: subprocess.Popen[bytes]) -> Measure:
    """Wait for the eye to leave by itself."""
    what, began = f"{GONE}, resident", time.monotonic()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        note = f"its process was still there after {PATIENCE:g} s, with --idle-exit={IDLE_EXIT}"
        return Measure(SECTION, OURS, what, UNIT, (footprint(process.pid).resident,), note)
    note = f"its process ended by itself after {time.monotonic() - began:.1f} s, with --idle-exit={IDLE_EXIT}"
    return Measure(SECTION, OURS, what, UNIT, (0.0,), note)


def _guests(setting: Setting, resident: Resident, held: Held, absent: dict[str, str]) -> None:
    """Weigh peers when they have seen a frame, which they stand beside our watching eye with."""
    for name in guest.names(setting.quick):
        if name in absent:
            continue
        with visit(name, setting, resident.later[0], absent) as process:
            await_line(process, "seen")
            held.setdefault((name, WATCHING), []).append(footprint(process.pid))
