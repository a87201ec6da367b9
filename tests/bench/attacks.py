"""APCER, BPCER and IAPAR per transaction (ISO/IEC 30107-3), with the judge's own code at the shipped threshold.

A transaction is eight frames of one recording, looked at as a login would. A print is taken for a living person
(APCER) where the look would end with a match if any face were the user's, a person is refused (BPCER) where it would
not: frames without a face, blurred ones and closed eyes are part of it. IAPAR is about the whole login: prints of the
user that open it. Nothing here was trained or tuned on these pictures.

    python -m tests.bench.attacks --pack build/packs/open --data ../shared/data/nuaa
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from facelatch.types import Level
from facelatch_eye.gaze import Gaze
from facelatch_eye.messages import View
from facelatch_models.networks import load_networks
from facelatch_models.pack import Pack, Role, open_pack
from facelatch_models.statistics import Rate, clopper_pearson
from facelatch_models.yardstick import Yardstick
from facelatchd.look import Bar, Look
from facelatchd.settings import ClassRule
from facelatchd.shots import vector_of
from tests.bench.transactions import POSITION, SESSION, Recording, Subject, enrol, look_at, read_subjects, windows

WINDOW = 8
"""Frames of a transaction: as many as NUAA's prints have of each position here."""

SPECIES = {
    "00": "flat", "01": "flat", "04": "flat", "08": "flat",
    "02": "bent", "03": "bent",
}  # fmt: skip
"""How a print was held, by the position in its name, as the pictures show it: 02 is held at top and bottom and bent
about the horizontal, 03 at the sides and bent or turned about the vertical; 00, 01 and 04 are moved, 08 is still."""


@dataclasses.dataclass(frozen=True)
class Errors:
    """How many presentations of one kind went wrong, and with how many of the people."""

    name: str
    kind: str
    errors: int
    of: int
    people_with_errors: int
    people: int

    @property
    def rate(self) -> Rate:
        """The share with its exact interval at 95 %."""
        return clopper_pearson(self.errors, self.of)


Cases = Iterable[tuple[str, bool]]
"""Whose presentation it was, and whether it went wrong."""


def errors_of(name: str, kind: str, cases: Cases) -> Errors:
    """Count what went wrong."""
    told = list(cases)
    wrong = [person for person, is_error in told if is_error]
    return Errors(name, kind, len(wrong), len(told), len(set(wrong)), len({person for person, _ in told}))


def looks_alive(window: Recording, bar: Bar) -> bool:
    """Return whether a login would take the window for a living person, whoever it is."""
    faces = [seen.faces[seen.best] for seen in window if seen.view is View.CLEAR and seen.best is not None]
    if not faces:
        return False
    anybody = msgspec.structs.replace(bar, bound=-math.inf)
    return look_at(window, vector_of(faces[0])[None, :], anybody).matched


def transactions(
    subjects: list[Subject], of: Callable[[Subject], dict[str, Recording]]
) -> list[tuple[str, str, Recording]]:
    """Return whose, in what recording, and the frames of each transaction."""
    return [
        (subject.name, name, window)
        for subject in subjects
        for name, recording in of(subject).items()
        for window in windows(recording, WINDOW)
    ]


def frames_of(told: list[tuple[str, str, Recording]], threshold: float) -> list[tuple[str, bool]]:
    """Return of each frame whose it is and whether it looks alive by itself; one that is not judged does not."""
    result = []
    for person, _name, window in told:
        for seen in window:
            live = seen.faces[seen.best].live if seen.view is View.CLEAR and seen.best is not None else None
            result.append((person, live is not None and live >= threshold))
    return result


def opened(subjects: list[Subject], pack: Pack, bar: Bar, yardstick: Yardstick) -> list[tuple[str, str, Look]]:
    """Return the looks at prints of the user, once for each session in which he was enrolled."""
    result = []
    for subject in subjects:
        enrolments = [enrol(recording, pack, yardstick) for recording in subject.live.values()]
        for templates in enrolments:
            if templates is not None:
                for person, name, window in transactions([subject], lambda one: one.prints):
                    result.append((person, name, look_at(window, templates, bar)))
    return result


def measure(pack: Pack, data: Path, threads: int = 1) -> list[Errors]:
    """Look at every frame of a data set once and count; raises `ValueError` for a pack that cannot tell life."""
    network = pack.manifest.part(Role.LIVENESS)
    if network is None:
        raise ValueError(f"pack {pack.manifest.id} has no network for liveness")
    yardstick = Yardstick.of(pack)
    subjects = read_subjects(data, Gaze(load_networks(pack, threads=threads)), print_parts=(POSITION, SESSION))
    bar = Bar.of(pack.manifest, yardstick, ClassRule(services=()))
    live, prints = transactions(subjects, lambda one: one.live), transactions(subjects, lambda one: one.prints)
    taken = [(person, name, looks_alive(window, bar)) for person, name, window in prints]
    told = [errors_of("BPCER", "live people", ((person, not looks_alive(window, bar)) for person, _, window in live))]
    told += _by_kind("APCER", taken)
    for level in Level:
        at_level = msgspec.structs.replace(bar, bound=yardstick.calibration.bounds[level.value])
        looks = opened(subjects, pack, at_level, yardstick)
        told += _by_kind(f"IAPAR at {level.value}", [(person, name, look.matched) for person, name, look in looks])
    alive = frames_of(live, network.threshold)
    told.append(errors_of("BPCER of a frame", "live people", ((person, not lives) for person, lives in alive)))
    told.append(errors_of("APCER of a frame", "all prints", frames_of(prints, network.threshold)))
    return told


def _by_kind(name: str, cases: list[tuple[str, str, bool]]) -> list[Errors]:
    """Return the errors of each species, of each position, and of all."""
    told = [
        errors_of(
            name, f"{species} prints", ((person, wrong) for person, of, wrong in cases if _species(of) == species)
        )
        for species in sorted(set(SPECIES.values()))
    ]
    told += [
        errors_of(name, f"position {position}", ((p, wrong) for p, of, wrong in cases if of.startswith(position)))
        for position in sorted(SPECIES)
    ]
    return [*told, errors_of(name, "all prints", ((person, wrong) for person, _of, wrong in cases))]


def _species(recording: str) -> str:
    return SPECIES[recording.split("_")[0]]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder with live/SUBJECT and print/SUBJECT")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    pack = open_pack(options.pack)
    told = measure(pack, options.data, options.threads)
    network = pack.manifest.part(Role.LIVENESS)
    print(f"pack {pack.manifest.id} {pack.manifest.version}, threshold {network.threshold if network else None}")
    print(f"windows of {WINDOW}; 95 % intervals are Clopper–Pearson's; few people, so the truth is wider")
    for one in told:
        print(
            f"  {one.name:20} {one.kind:12} {100 * one.rate.value:6.2f} %  [{100 * one.rate.low:.2f}, "
            f"{100 * one.rate.high:.2f}]  {one.errors} of {one.of}; {one.people_with_errors} of {one.people} people"
        )
    kinds = [one for one in told if one.name == "APCER" and one.kind != "all prints"]
    worst = max(kinds, key=lambda one: one.rate.value)
    print(f"  worst kind: {worst.kind}, APCER {100 * worst.rate.value:.2f} %")
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(one) for one in told], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
