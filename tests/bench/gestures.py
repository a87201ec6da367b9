"""How often a gesture is seen where there is one, and where there is none.

`--data`: NUAA's people, who hold still or talk, and prints of them, waved and bent. Each recording is asked for each
gesture once; its frames are taken to be 0.2 s apart (prints: 0.3 s), which is about their true distance. Nothing was
tuned on these pictures.

`--looks`: how much the points of a face slip from frame to frame: pictures of `lfw/train`, shaken as a webcam shakes
them. The sizes of gestures were set by this.

Always: heads that move, projected from three dimensions with such slips (`tests/head.py`). There are no recordings of
people who were asked for gestures, so how often real people fail is not known.

    python -m tests.bench.gestures --pack build/packs/open --data ../shared/data/nuaa --looks ../shared/data/lfw/train
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Gesture
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import Observation
from facelatch_models.evaluation.look import shaken
from facelatch_models.networks import load_networks
from facelatch_models.pack import Role, open_pack
from facelatch_models.picture import decode
from facelatch_models.statistics import clopper_pearson
from facelatchd.challenge import Challenge, nose_drop
from tests.bench.attacks import SPECIES, Errors, errors_of
from tests.bench.transactions import POSITION, SESSION, Recording, Subject, read_subjects
from tests.head import HEAD, Course, frames, showing, still

LIVE_STEP, PRINT_STEP = 0.2, 0.3
"""Seconds between frames: the recordings have 20 frames a second, of which live ones keep about every fourth."""

SLIP = 0.022
"""Standard deviation of one coordinate of a point, in distances of the eyes: yaw slips by 2.2 degrees and the nose by
0.025 distances then, in the shaken looks by 2.5 and 0.024."""

RATES = (10, 15, 30)
HEADS = 200
LOOKS, LOOK_FRAMES = 250, 6

SIZES = {Gesture.TURN_LEFT: (18, 35), Gesture.TURN_RIGHT: (18, 35), Gesture.NOD: (12, 25), Gesture.BLINK: (1, 1)}
"""Degrees by which heads are turned and bent, drawn evenly; made up, as is that a gesture takes 0.7 to 1.5 seconds."""


def met(gesture: Gesture, observations: Iterator[Observation] | Recording) -> bool:
    """Return whether the gesture is seen where it is asked for."""
    return challenged(gesture, observations).met


def asked(gesture: Gesture, observations: Recording) -> bool:
    """Return whether the face settles, so that anything is asked for."""
    return challenged(gesture, observations).begun


def challenged(gesture: Gesture, observations: Iterator[Observation] | Recording) -> Challenge:
    """Return the challenge at the end of the frames."""
    challenge = Challenge([gesture])
    for seen in observations:
        challenge.add(seen, seen.captured)
    return challenge


def timed(recording: Recording, step: float) -> Recording:
    """Return the frames as if each came a step after the other."""
    return [msgspec.structs.replace(seen, captured=number * step) for number, seen in enumerate(recording)]


def of_recordings(subjects: list[Subject], gestures: list[Gesture]) -> list[Errors]:
    """Count how often people who hold still, and prints, are taken for each gesture, and how often they are asked."""
    told = []
    for gesture in gestures:
        kinds = {"live, still": [(one.name, timed(seen, LIVE_STEP)) for one in subjects for seen in one.live.values()]}
        for species in sorted(set(SPECIES.values())):
            kinds[f"{species} prints"] = [
                (one.name, timed(seen, PRINT_STEP))
                for one in subjects
                for name, seen in one.prints.items()
                if SPECIES[name.split("_")[0]] == species
            ]
        for kind, held in kinds.items():
            told.append(errors_of(gesture.value, kind, ((name, met(gesture, one)) for name, one in held)))
            told.append(errors_of(gesture.value, f"{kind}: asked", ((name, asked(gesture, one)) for name, one in held)))
    return told


def somebody(random: np.random.Generator) -> NDArray[np.float64]:
    """Return a head whose nose is longer or shorter, higher or lower than others' (as it is on `lfw/train`)."""
    head = HEAD.copy()
    head[2] += [0, random.normal(0, 0.05), random.normal(0, 0.08)]
    return head


def of_heads(gesture: Gesture, rate: int) -> list[Errors]:
    """Count heads that move and are not seen to, and heads that are still and are."""
    random = np.random.default_rng(rate)
    missed, invented = [], []
    for number in range(HEADS):
        course = showing(gesture, random.uniform(0.7, 1.5), random.uniform(*SIZES[gesture]), random.uniform(0.7, 1.5))
        missed.append((str(number), not met(gesture, _frames(course, rate, random))))
        invented.append((str(number), met(gesture, _frames(still, rate, random))))
    name = f"{gesture.value}, {rate}/s"
    return [errors_of(name, "shown, not seen", missed), errors_of(name, "seen, not shown", invented)]


def _frames(course: Course, rate: int, random: np.random.Generator) -> Iterator[Observation]:
    return frames(course, 4.0, rate, slip=SLIP, random=random, head=somebody(random))


def slips(gaze: Gaze, folder: Path) -> NDArray[np.float64]:
    """Return how far yaw (degrees) and nose (distances of the eyes) are from their medians, shape (frames, 2)."""
    random = np.random.default_rng(1)
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    found = []
    for index in random.permutation(len(people))[:LOOKS]:
        picture = decode(min(people[index].glob("*.jpg")).read_bytes())
        seen = [gaze.look(shaken(picture, random), (), Moment()) for _ in range(LOOK_FRAMES)]
        faces = [one.faces[0] for one in seen if one.faces]
        rows = np.array([(face.yaw, nose_drop(face) or 0.0) for face in faces])
        if len(faces) == LOOK_FRAMES:
            found.append(rows - np.median(rows, axis=0))
    return np.concatenate(found)


def report(told: list[Errors]) -> None:
    """Print rates with their intervals."""
    for one in told:
        rate = clopper_pearson(one.errors, one.of)
        print(
            f"  {one.name:18} {one.kind:20} {100 * rate.value:6.2f} %  [{100 * rate.low:.2f}, {100 * rate.high:.2f}]  "
            f"{one.errors} of {one.of}; {one.people_with_errors} of {one.people} people"
        )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="a folder with live/SUBJECT and print/SUBJECT")
    parser.add_argument("--looks", type=Path, help="a folder with PERSON/PICTURE")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    pack = open_pack(options.pack)
    gaze = Gaze(load_networks(pack, threads=options.threads))
    gestures = [one for one in Gesture if one is not Gesture.BLINK or pack.manifest.part(Role.EYES)]
    print(f"pack {pack.manifest.id} {pack.manifest.version}; 95 % intervals are Clopper–Pearson's")
    if options.looks:
        told = slips(gaze, options.looks)
        for name, column in (("yaw, degrees", told[:, 0]), ("nose, distances of the eyes", told[:, 1])):
            print(f"{name}: deviation {column.std():.4f}, 99 % within {np.quantile(np.abs(column), 0.99):.4f}")
    if options.data:
        print("recordings of people who were asked for nothing, taken for a gesture:")
        report(of_recordings(read_subjects(options.data, gaze, (POSITION, SESSION)), gestures))
    print(f"heads in three dimensions, {HEADS} each:")
    for gesture in Gesture:
        for rate in RATES:
            report(of_heads(gesture, rate))
    return 0


if __name__ == "__main__":
    sys.exit(main())
