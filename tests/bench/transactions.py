"""FRR, FAR and IAPAR per transaction, with the judge's own rules on the eye's own observations of real webcam frames.

A user is enrolled from the frames of one recorded session; every other session of his is a genuine attempt, every
session of somebody else an impostor's, every session of prints of him a presentation attack. A transaction is a window
of consecutive frames, looked at as a login would. Nothing here was trained or tuned on these pictures.

    python -m tests.bench.transactions --pack build/packs/open --data ../shared/data/nuaa
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Level, Reason
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import Observation, Task, View
from facelatch_models.calibration import intraclass_correlation
from facelatch_models.networks import load_networks
from facelatch_models.pack import Pack, Role, open_pack
from facelatch_models.picture import decode
from facelatch_models.statistics import clopper_pearson
from facelatch_models.yardstick import Yardstick, combined
from facelatchd.look import MATCH_FRAMES, Bar, Look, Step
from facelatchd.settings import ClassRule
from facelatchd.shots import Shots

WINDOW = 12
"""Frames of a transaction: NUAA keeps about every fourth frame of a recording, so these span some two seconds."""

POSITION, SESSION = 2, 3
"""Parts of a frame's name: `ID_GLASSES_POSITION_SESSION_FRAME.jpg`."""

Recording = list[Observation]


@dataclasses.dataclass
class Subject:
    """One person: observations of him by session, and of prints of him by what sets their recordings apart."""

    name: str
    live: dict[str, Recording]
    prints: dict[str, Recording]


@dataclasses.dataclass
class Tally:
    """How the transactions of one kind ended."""

    ends: Counter[Reason] = dataclasses.field(default_factory=Counter)
    enrolments: int = 0
    pairs: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    """Who was enrolled and who looked, in either order: there are few of these, however many transactions."""
    matched_pairs: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    frames: list[list[float]] = dataclasses.field(default_factory=list)
    """Evidence frame by frame of the transactions in which a whole window was judged."""
    reached: list[float] = dataclasses.field(default_factory=list)
    """The highest bound at which each transaction would have opened, liveness apart; minus infinity where none."""

    @property
    def total(self) -> int:
        """All transactions."""
        return self.ends.total()

    @property
    def matched(self) -> int:
        """Transactions that opened."""
        return self.ends[Reason.MATCHED]


def observe(gaze: Gaze, pictures: list[Path]) -> Recording:
    """Return what the eye sees in each picture."""
    tasks = (Task.EMBED, Task.LIVENESS, Task.EYES)
    return [gaze.look(decode(path.read_bytes()), tasks, Moment(number)) for number, path in enumerate(pictures)]


def recordings(folder: Path, parts: tuple[int, ...]) -> dict[str, list[Path]]:
    """Return a subject's frames in order, by the parts of their names that set one recording apart from another."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.jpg")):
        name = path.stem.split("_")
        found.setdefault("_".join(name[part] for part in parts), []).append(path)
    return found


def read_subjects(data: Path, gaze: Gaze, print_parts: tuple[int, ...] = (SESSION,)) -> list[Subject]:
    """Observe every frame of the data set once."""
    subjects = []
    for folder in sorted((data / "live").iterdir()):
        kinds = {
            kind: {name: observe(gaze, paths) for name, paths in recordings(data / kind / folder.name, parts).items()}
            for kind, parts in (("live", (SESSION,)), ("print", print_parts))
        }
        subjects.append(Subject(folder.name, kinds["live"], kinds["print"]))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return subjects


def enrol(recording: Recording, pack: Pack, yardstick: Yardstick) -> NDArray[np.float32] | None:
    """Return the templates of an enrolment from a recording, None where it fails."""
    liveness = pack.manifest.part(Role.LIVENESS)
    shots = Shots(yardstick, liveness.threshold if liveness else None)
    for observation in recording:
        shots.add(observation)
    return np.stack([shot.vector for shot in shots.kept]) if shots.enough and shots.looks_alive else None


def windows(recording: Recording, length: int = WINDOW) -> Iterator[Recording]:
    """Yield the recording's transactions: windows side by side; a rest of less than half a window is left out."""
    for start in range(0, len(recording), length):
        window = recording[start : start + length]
        if len(window) >= length // 2:
            yield window


def look_at(window: Recording, templates: NDArray[np.float32], bar: Bar) -> Look:
    """Return the look at a window, as far as a login would have looked."""
    look = Look(templates, bar)
    for observation in window:
        if look.add(observation, 0.0) is Step.END:
            break
    return look


def tally(subjects: list[Subject], pack: Pack, level: Level) -> tuple[dict[str, Tally], int]:
    """Return the tallies of genuine, impostor and print transactions, and how many enrolments failed."""
    yardstick = Yardstick.of(pack)
    bar = Bar.of(pack.manifest, yardstick, ClassRule(services=(), level=level))
    tallies = {"genuine": Tally(), "impostor": Tally(), "print": Tally()}
    failed = 0
    for subject in subjects:
        for enrolled, recording in subject.live.items():
            templates = enrol(recording, pack, yardstick)
            if templates is None:
                failed += 1
                continue
            own = [recording for session, recording in subject.live.items() if session != enrolled]
            _count(tallies["genuine"], (subject.name, subject.name), templates, bar, own)
            _count(tallies["print"], (subject.name, subject.name), templates, bar, list(subject.prints.values()))
            for other in subjects:
                if other is not subject:
                    _count(tallies["impostor"], (subject.name, other.name), templates, bar, list(other.live.values()))
            tallies["impostor"].enrolments += 1
    return tallies, failed


def _count(
    kind: Tally, pair: tuple[str, str], templates: NDArray[np.float32], bar: Bar, recordings: list[Recording]
) -> None:
    if recordings and pair[0] == pair[1]:
        kind.enrolments += 1
    for recording in recordings:
        for window in windows(recording):
            look = look_at(window, templates, bar)
            kind.ends[look.conclude()] += 1
            people = min(pair), max(pair)
            kind.pairs.add(people)
            if look.matched:
                kind.matched_pairs.add(people)
            kind.reached.append(reach(templates, window, bar))
            if len(evidence := frame_evidence(templates, window, bar.yardstick)) == WINDOW:
                kind.frames.append(evidence)


def reach(templates: NDArray[np.float32], window: Recording, bar: Bar) -> float:
    """Return the highest bound at which a look at the window would have opened, if it were alive."""
    look, highest = Look(templates, msgspec.structs.replace(bar, bound=math.inf, live_threshold=None)), -math.inf
    for observation in window:
        step = look.add(observation, 0.0)
        if look.judged >= MATCH_FRAMES:
            highest = max(highest, look.evidence)
        if step is Step.END:
            break
    return highest


def frame_evidence(templates: NDArray[np.float32], window: Recording, yardstick: Yardstick) -> list[float]:
    """Return the evidence of each frame that is clear."""
    held = yardstick.hold(templates)
    faces = [seen.faces[seen.best] for seen in window if seen.best is not None and seen.view is View.CLEAR]
    return [combined(yardstick.ratios(np.frombuffer(face.embedding, "<f4"), held)) for face in faces if face.embedding]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How often transactions of one kind went wrong at a level; `ends` by reason, commonest first.

    matched_pairs, pairs: of people (who was enrolled, who looked, in either order): those that opened once, and all.
    """

    name: str
    level: Level
    errors: int
    of: int
    enrolments: int
    matched_pairs: int
    pairs: int
    meaning: str
    ends: dict[str, int]


def outcomes(tallies: dict[str, Tally], level: Level) -> list[Outcome]:
    """Return what is to be told of a level."""
    genuine, impostor, prints = tallies["genuine"], tallies["impostor"], tallies["print"]
    rows = [
        ("FRR", genuine.total - genuine.matched, genuine, "genuine attempts refused, in another session"),
        ("FAR", impostor.matched, impostor, "strangers let in, without effort"),
        ("IAPAR", prints.matched, prints, "printed photos of the user let in"),
    ]
    return [
        Outcome(
            name=name,
            level=level,
            errors=errors,
            of=kind.total,
            enrolments=kind.enrolments,
            matched_pairs=len(kind.matched_pairs),
            pairs=len(kind.pairs),
            meaning=meaning,
            ends={reason.value: count for reason, count in kind.ends.most_common()},
        )
        for name, errors, kind, meaning in rows
    ]


def correlations(tallies: dict[str, Tally]) -> dict[str, float | None]:
    """Return how much the frames of a window repeat each other, genuine ones and impostors' (intraclass)."""
    return {
        kind: intraclass_correlation(np.array(tallies[kind].frames)) if len(tallies[kind].frames) > 1 else None
        for kind in ("genuine", "impostor")
    }


@dataclasses.dataclass(frozen=True)
class Best:
    """The lowest bound, in nats, that lets in none of the strangers, and the genuine transactions refused there.

    Chosen on the very transactions that it is told of: what the pack could do, not what it does.
    """

    bound: float
    refused: int
    of: int
    strangers: int


def best(tallies: dict[str, Tally]) -> Best:
    """Return what the pack could do at best."""
    genuine, strangers = tallies["genuine"].reached, tallies["impostor"].reached
    bound = max(strangers, default=-math.inf)
    return Best(bound, sum(one <= bound for one in genuine), len(genuine), len(strangers))


@dataclasses.dataclass(frozen=True)
class Measured:
    """What was measured of a pack; `figures` are of every level."""

    subjects: int
    sessions: int
    frames: int
    failed: int
    correlations: dict[str, float | None]
    figures: list[Outcome]
    best: Best


def measure(pack: Pack, data: Path, threads: int = 1) -> Measured:
    """Look at every frame of a data set once, and run the transactions of every level on them."""
    subjects = read_subjects(data, Gaze(load_networks(pack, threads=threads)))
    told: list[Outcome] = []
    failed, repeats, possible = 0, dict[str, float | None](), Best(-math.inf, 0, 0, 0)
    for level in Level:
        tallies, failed = tally(subjects, pack, level)
        told += outcomes(tallies, level)
        repeats, possible = correlations(tallies), best(tallies)
    frames = sum(len(r) for s in subjects for r in (*s.live.values(), *s.prints.values()))
    return Measured(len(subjects), sum(len(s.live) for s in subjects), frames, failed, repeats, told, possible)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder with live/SUBJECT and print/SUBJECT")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    pack = open_pack(options.pack)
    began = time.monotonic()
    found = measure(pack, options.data, options.threads)
    print(
        f"pack {pack.manifest.id} {pack.manifest.version}; {found.subjects} subjects, {found.sessions} live sessions, "
        f"{found.frames} frames, windows of {WINDOW}; {found.failed} enrolments failed (FTE); "
        f"{platform.machine()}, {options.threads} threads, {time.monotonic() - began:.0f} s"
    )
    print("95 % intervals are Clopper–Pearson's; windows of one session are not independent, so the truth is wider")
    for one in found.figures:
        rate = clopper_pearson(one.errors, one.of)
        print(
            f"  {one.level.value:10} {one.name:5} {100 * rate.value:6.2f} %  [{100 * rate.low:.2f}, "
            f"{100 * rate.high:.2f}]  {one.errors} of {one.of}, {one.enrolments} enrolments, {one.matched_pairs} of "
            f"{one.pairs} pairs of people: {one.meaning} ({', '.join(f'{end} {n}' for end, n in one.ends.items())})"
        )
    print(f"frames of a window repeat each other (intraclass correlation): {found.correlations}")
    chosen = found.best
    rate = clopper_pearson(chosen.refused, chosen.of)
    print(
        f"  at a bound of {chosen.bound:.1f} nats none of {chosen.strangers} strangers gets in, {100 * rate.value:.2f} "
        f"% [{100 * rate.low:.2f}, {100 * rate.high:.2f}] of the genuine attempts are refused (chosen afterwards)"
    )
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(found), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
