"""The door alone: the real pam_facelatch.so before a judge that answers at once.

What it waits is not its own: the floor of 60 ms under every look, and the judge. So `knock.c` authenticates, and stands
in for the two calls by which the door waits, clock_nanosleep and poll: its own time is what is left. The processor time
is that of the whole pam_authenticate, libpam included. Instructions are counted by callgrind in pam_sm_authenticate,
for a single look; the kernel's are not among them.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.speed.processes import PATIENCE
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import Setting
from tests.pam.stub_judge import Hear, StubJudge, result
from tests.places import DOOR

SECTION: Final = "door"
USER: Final = "alice"

LANGUAGE: Final = ("-std=c11", "-D_GNU_SOURCE", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")
VISIBLE: Final = "-rdynamic"
"""So that the door finds our poll and clock_nanosleep before the C library's."""


class DoorFailed(RuntimeError):
    """The door, or what knocks at it, cannot be built or did not open."""


def measures(setting: Setting) -> Iterator[Measure]:
    """Yield the section's measures."""
    if not DOOR.is_file():
        raise DoorFailed(f"{DOOR} is not built: make door")
    knocker = build(setting.scratch)
    times = setting.times(300, 30)
    lines = knock(setting.scratch, [str(knocker)], times).splitlines()
    own, processor, whole = zip(*(map(float, line.split()) for line in lines), strict=True)
    yield Measure(SECTION, OURS, "own time", "ms", _thousandth(own))
    yield Measure(SECTION, OURS, "own processor time", "ms", _thousandth(processor))
    yield Measure(SECTION, OURS, "with the stub judge's, less the floor", "ms", _thousandth(whole))
    yield from _instructions(setting.scratch, knocker)


def _thousandth(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value / 1000 for value in values)


def build(folder: Path) -> Path:
    """Compile what knocks; raises `DoorFailed` with what the compiler says."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise DoorFailed("there is no C compiler")
    knocker = folder / "knock"
    source = Path(__file__).with_name("knock.c")
    done = subprocess.run(
        [compiler, *LANGUAGE, VISIBLE, "-o", knocker, source, "-lpam"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DoorFailed(f"{source.name} does not compile:\n{done.stderr}")
    return knocker


def knock(folder: Path, command: list[str], times: int) -> str:
    """Let a command knock so often while a stub judge answers; returns what it wrote, or raises `DoorFailed`."""
    stack, socket = folder / "pam.d", folder / "door.sock"
    stack.mkdir(exist_ok=True)
    judge = pwd.getpwuid(os.getuid()).pw_name
    (stack / "door").write_text(f"auth required {DOOR} socket={socket} judge={judge}\n")
    with StubJudge(socket, [(Hear(), result("match", "matched"))] * times):
        done = subprocess.run(
            [*command, stack, "door", USER, str(times)], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    if done.returncode != 0:
        raise DoorFailed(f"the door did not open: {done.stderr}")
    return done.stdout


def _instructions(folder: Path, knocker: Path) -> Iterator[Measure]:
    inside, everything = "instructions, the door's own code", "instructions, C library and libpam included"
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        for what in (inside, everything):
            yield missing(SECTION, OURS, what, "instructions", "valgrind is not installed")
        return
    counted = folder / "callgrind.out"
    tool = [valgrind, "--quiet", "--tool=callgrind", f"--callgrind-out-file={counted}"]
    knock(folder, [*tool, "--toggle-collect=pam_sm_authenticate", str(knocker)], times=1)
    by_object = instructions_by_object(counted.read_text())
    own = sum(count for path, count in by_object.items() if Path(path).name == DOOR.name)
    yield Measure(SECTION, OURS, inside, "instructions", (own,))
    yield Measure(SECTION, OURS, everything, "instructions", (by_object.total(),))


def instructions_by_object(text: str) -> Counter[str]:
    """Return how many instructions were counted in each program and library, from callgrind's file.

    Raises ValueError where nothing is in it, or where its parts do not make its total.
    """
    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    at, called = "", False
    for line in text.splitlines():
        if name := re.fullmatch(r"ob=\((\d+)\)(?: (.+))?", line):
            at = names.setdefault(name[1], name[2] or "")
        elif name := re.fullmatch(r"cob=\((\d+)\)(?: (.+))?", line):
            names.setdefault(name[1], name[2] or "")
        elif line.startswith("calls="):
            called = True  # the next line is what the called function took, which is counted there
        elif cost := re.fullmatch(r"[+*-]?\d* (\d+)", line):
            found[at] += 0 if called else int(cost[1])
            called = False
    total = re.search(r"^(?:summary|totals): (\d+)$", text, re.MULTILINE)
    if total is None or found.total() != int(total[1]) or not found:
        raise ValueError(f"callgrind's parts make {found.total()}, its total says {total[1] if total else 'nothing'}")
    return found
