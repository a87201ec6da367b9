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
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Level, Reason
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import Observation, Task
from facelatch_models.networks import load_networks
from facelatch_models.pack import Manifest, Role, open_pack
from facelatch_models.picture import decode
from facelatch_models.statistics import clopper_pearson
from facelatchd.look import Bar, Look, Step
from facelatchd.shots import Shots

WINDOW = 12
"""Frames of a transaction: NUAA keeps about every fourth frame of a recording, so these span some two seconds."""

Recording = list[Observation]


@dataclasses.dataclass
class Subject:
    """One person: observations of his sessions, and of prints of him, by session."""

    name: str
    live: dict[str, Recording]
    prints: dict[str, Recording]


@dataclasses.dataclass
class Tally:
    """How the transactions of one kind ended."""

    ends: Counter[Reason] = dataclasses.field(default_factory=Counter)
    enrolments: int = 0

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
    tasks = (Task.EMBED, Task.LIVENESS)
    return [gaze.look(decode(path.read_bytes()), tasks, Moment(number)) for number, path in enumerate(pictures)]


def by_session(folder: Path) -> dict[str, list[Path]]:
    """Return a subject's frames by recorded session (the fourth part of their names), in order."""
    sessions: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.jpg")):
        sessions.setdefault(path.stem.split("_")[3], []).append(path)
    return sessions


def read_subjects(data: Path, gaze: Gaze) -> list[Subject]:
    """Observe every frame of the data set once."""
    subjects = []
    for folder in sorted((data / "live").iterdir()):
        kinds = {
            kind: {session: observe(gaze, paths) for session, paths in by_session(data / kind / folder.name).items()}
            for kind in ("live", "print")
        }
        subjects.append(Subject(folder.name, kinds["live"], kinds["print"]))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return subjects


def enrol(recording: Recording, manifest: Manifest) -> NDArray[np.float32] | None:
    """Return the templates of an enrolment from a recording, None where it fails."""
    liveness = manifest.part(Role.LIVENESS)
    shots = Shots(manifest.calibration, liveness.threshold if liveness else None)
    for observation in recording:
        shots.add(observation)
    return np.stack([shot.vector for shot in shots.kept]) if shots.enough and shots.looks_alive else None


def windows(recording: Recording) -> Iterator[Recording]:
    """Yield the recording's transactions: windows side by side; a rest of less than half a window is left out."""
    for start in range(0, len(recording), WINDOW):
        window = recording[start : start + WINDOW]
        if len(window) >= WINDOW // 2:
            yield window


def transact(templates: NDArray[np.float32], window: Recording, bar: Bar) -> Reason:
    """Return how a look at the window ends."""
    look = Look(templates, bar)
    for observation in window:
        if look.add(observation, 0.0) is Step.END:
            break
    return look.conclude()


def tally(subjects: list[Subject], manifest: Manifest, level: Level) -> tuple[dict[str, Tally], int]:
    """Return the tallies of genuine, impostor and print transactions, and how many enrolments failed."""
    bar = Bar.of(manifest, level, liveness=True, no_face_seconds=2.5)
    tallies = {"genuine": Tally(), "impostor": Tally(), "print": Tally()}
    failed = 0
    for subject in subjects:
        for enrolled, recording in subject.live.items():
            templates = enrol(recording, manifest)
            if templates is None:
                failed += 1
                continue
            _count(tallies["genuine"], templates, bar, [r for s, r in subject.live.items() if s != enrolled])
            _count(tallies["print"], templates, bar, list(subject.prints.values()))
            others = [r for other in subjects if other is not subject for r in other.live.values()]
            _count(tallies["impostor"], templates, bar, others)
    return tallies, failed


def _count(kind: Tally, templates: NDArray[np.float32], bar: Bar, recordings: list[Recording]) -> None:
    kind.enrolments += bool(recordings)
    for recording in recordings:
        kind.ends.update(transact(templates, window, bar) for window in windows(recording))


def report(tallies: dict[str, Tally], failed: int, level: Level) -> list[dict[str, object]]:
    """Print the figures and return them."""
    genuine, impostor, prints = tallies["genuine"], tallies["impostor"], tallies["print"]
    rows = [
        ("FRR", genuine.total - genuine.matched, genuine, "genuine attempts refused, in another session"),
        ("FAR", impostor.matched, impostor, "strangers let in, without effort"),
        ("IAPAR", prints.matched, prints, "printed photos of the user let in"),
    ]
    print(f"level {level.value} (FMR {level.false_match_rate:g}); {failed} enrolments failed (FTE)")
    figures: list[dict[str, object]] = []
    for name, errors, kind, meaning in rows:
        rate = clopper_pearson(errors, kind.total)
        ends = ", ".join(f"{reason.value} {count}" for reason, count in kind.ends.most_common())
        print(
            f"  {name:5} {100 * rate.value:6.2f} %  [{100 * rate.low:.2f}, {100 * rate.high:.2f}]  "
            f"{errors} of {kind.total}, {kind.enrolments} enrolments: {meaning} ({ends})"
        )
        figures.append(
            {"name": name, "level": level.value, "errors": errors, "of": kind.total, "low": rate.low, "high": rate.high}
        )
    return figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder with live/SUBJECT and print/SUBJECT")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    pack = open_pack(options.pack)
    began = time.monotonic()
    subjects = read_subjects(options.data, Gaze(load_networks(pack, threads=os.cpu_count() or 1)))
    frames = sum(len(r) for s in subjects for r in (*s.live.values(), *s.prints.values()))
    print(
        f"pack {pack.manifest.id} {pack.manifest.version}; {len(subjects)} subjects, "
        f"{sum(len(s.live) for s in subjects)} live sessions, {frames} frames, windows of {WINDOW}; "
        f"{platform.machine()}, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s"
    )
    print("95 % intervals are Clopper–Pearson's; windows of one session are not independent, so the truth is wider")
    figures = []
    for level in Level:
        figures += report(*tally(subjects, pack.manifest, level), level)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
