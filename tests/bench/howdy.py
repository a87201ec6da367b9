"""What it would cost to take over the numbers that Howdy stores of a face, where the pack `classic` is used.

Howdy and `classic` have the same network, dlib's ResNet. All before it differs: Howdy finds the face by dlib's HOG
detector on an equalised grey picture, aligns it by dlib's own five points, and gives dlib a frame as OpenCV reads it,
blue first, although dlib takes red first. So: Howdy's numbers of one picture against ours of another one of the same
person, and of other people, beside ours against ours of the very same pairs.

The rule, set before anything was looked at. Howdy's numbers are adopted only if, at `convenient` (the one level that
`classic` was shown to hold), for a camera that shows colours as for one that shows none,

1. the share of missed comparisons (FNMR, people weighing alike) rises by less than 5 points, whole interval, and
2. the interval (Clopper-Pearson) of the false match rate ends within the level's rate.

NUAA's logins are shown beside it and decide nothing: nine people are too few. Infrared cameras, which most of Howdy's
users have, cannot be measured here for want of pictures. Facelatch compares what the visible light shows, so that grey
pictures against ours in colour stand in for them.
Nothing was trained, calibrated or tuned on these pictures.

    python -m tests.bench.howdy --pack build/packs/classic --data ../shared/data --cache build/vectors
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import dlib  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from facelatch.types import Level
from facelatch_eye.gaze import Gaze
from facelatch_models.evaluation.comparison import Pairs, read_suspects
from facelatch_models.evaluation.gallery import Cache, Gallery, most_central, picture_files, read_gallery, vector_key
from facelatch_models.face import Picture, Vector
from facelatch_models.networks import load_networks
from facelatch_models.pack import Pack, open_pack
from facelatch_models.picture import decode
from facelatch_models.scale import LEVELS
from facelatch_models.statistics import Rate, bootstrap_mean, clopper_pearson
from facelatch_models.yardstick import Yardstick
from facelatchd.look import Bar
from facelatchd.settings import ClassRule
from tests.bench import transactions
from tests.bench.howdy_eye import HowdyEye

DECIDES: Final = "convenient"
MOST_RISE: Final = 0.05
"""How much more may be missed at `DECIDES`, as a share of comparisons."""

AS_HOWDY: Final = "colour, as Howdy does it"
GREY: Final = "a camera without colour, as Howdy does it"
RED_FIRST: Final = "colour, red first, which Howdy does not do"
KINDS: Final = (AS_HOWDY, GREY, RED_FIRST)
DECIDING: Final = (AS_HOWDY, GREY)

SEED: Final = 1
MODELS: Final = (1, 3)
"""How many of Howdy's "models", one frame each, a user of NUAA is enrolled with."""

Numbers = NDArray[np.float32]


class Howdy(HowdyEye):
    """Howdy's enrolment: one frame with just one face in it becomes 128 numbers."""

    def find(self, picture: Picture) -> Any | None:
        """Return dlib's rectangle of the one face, None where Howdy sees none or several and gives up."""
        found = self.faces(picture)
        return found[0] if len(found) == 1 else None

    def numbers(self, picture: Picture, rectangle: Any) -> dict[str, Vector]:
        """Return the numbers of each of `KINDS`, brought to unit length as they would be at an import."""
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        frames = {AS_HOWDY: picture, GREY: grey, RED_FIRST: np.ascontiguousarray(picture[:, :, ::-1])}
        result = {}
        for kind, frame in frames.items():
            numbers = self.encode(frame, rectangle)
            result[kind] = np.asarray(numbers / np.linalg.norm(numbers), np.float32)
        return result


@dataclass(frozen=True)
class Enrolled:
    """Howdy's numbers of a gallery's pictures.

    vectors: by kind, (pictures, 128), "not a number" where Howdy enrols nothing. several_or_none: pictures in which it
    sees no face or more than one. another: those whose one face is not the one that the picture is of.
    """

    vectors: dict[str, Numbers]
    several_or_none: int
    another: int


def enrol_by_howdy(folder: Path, pack: Pack, cache: Path | None) -> Enrolled:
    """Return what Howdy makes of each picture of a gallery, in the order of `picture_files`."""
    kept = None if cache is None else cache / "howdy.npz"
    if kept is not None and kept.exists():
        with np.load(kept) as stored:
            vectors = {kind: stored[str(place)] for place, kind in enumerate(KINDS)}
            return Enrolled(vectors, *map(int, stored["left_out"]))
    howdy, detector = Howdy(), load_networks(pack, 1).detector
    rows: dict[str, list[Vector]] = {kind: [] for kind in KINDS}
    nothing, several, another = np.full(128, np.nan, np.float32), 0, 0
    for done, file in enumerate(picture_files(folder), start=1):
        picture = decode((folder / file).read_bytes())
        face, rectangle = most_central(detector.detect(picture), picture), howdy.find(picture)
        several += rectangle is None
        meant = face is not None and rectangle is not None and _holds(rectangle, face.points[2])
        another += rectangle is not None and not meant
        numbers = howdy.numbers(picture, rectangle) if meant else dict.fromkeys(KINDS, nothing)
        for kind in KINDS:
            rows[kind].append(numbers[kind])
        if done % 100 == 0:
            print(f"\r{done} pictures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    result = Enrolled({kind: np.stack(rows[kind]) for kind in KINDS}, several, another)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        vectors = {str(place): result.vectors[kind] for place, kind in enumerate(KINDS)}
        np.savez(kept, left_out=np.array([several, another]), **vectors)
    return result


def _holds(rectangle: Any, point: Numbers) -> bool:
    x, y = point
    return bool(rectangle.left() <= x <= rectangle.right() and rectangle.top() <= y <= rectangle.bottom())


@dataclass(frozen=True)
class AtLevel:
    """What happens at one level's bound; rates of comparisons, FNMR with people weighing alike."""

    level: str
    missed: Rate
    missed_before: Rate
    rise: Rate
    false: Rate
    false_matches: int


@dataclass(frozen=True)
class Result:
    """Howdy's numbers of one kind against ours, beside ours against ours of the same pairs."""

    kind: str
    people: int
    genuine: int
    impostors: int
    cosines: tuple[float, ...]
    cosines_before: tuple[float, ...]
    strangers: tuple[float, ...]
    strangers_before: tuple[float, ...]
    levels: tuple[AtLevel, ...]

    @property
    def good_enough(self) -> bool:
        """Whether the rule allows to adopt them."""
        decides = next(one for one in self.levels if one.level == DECIDES)
        return decides.rise.high < MOST_RISE and decides.false.high <= LEVELS[DECIDES]


def compare(gallery: Gallery, enrolled: Numbers, kind: str, yardstick: Yardstick, suspects: Pairs) -> Result:
    """Compare each picture as Howdy enrolled it with each other one as we see it."""
    usable = gallery.acquired & np.isfinite(enrolled[:, 0])
    people, ours, theirs = gallery.people[usable], gallery.vectors[usable], enrolled[usable]
    names = [file for file, taken in zip(gallery.files, usable.tolist(), strict=True) if taken]
    genuine = (people[:, np.newaxis] == people) & ~np.eye(len(people), dtype=bool)
    strangers = np.triu(people[:, np.newaxis] != people)
    place = {name: row for row, name in enumerate(names)}
    for first, second in suspects:
        if first in place and second in place:
            strangers[place[first], place[second]] = strangers[place[second], place[first]] = False
    after, before = theirs @ ours.T, ours @ ours.T
    owners = np.nonzero(genuine)[0]
    return Result(
        kind=kind,
        people=len(np.unique(people[owners])),
        genuine=int(genuine.sum()),
        impostors=int(strangers.sum()),
        cosines=_spread(after[genuine]),
        cosines_before=_spread(before[genuine]),
        strangers=_spread(after[strangers]),
        strangers_before=_spread(before[strangers]),
        levels=tuple(
            _at(level, yardstick, after[genuine], before[genuine], people[owners], after[strangers]) for level in LEVELS
        ),
    )


def _spread(cosines: Numbers) -> tuple[float, ...]:
    return tuple(float(number) for number in np.quantile(cosines, (0.05, 0.5, 0.95)))


def _at(
    level: str, yardstick: Yardstick, after: Numbers, before: Numbers, owners: NDArray[np.int64], strangers: Numbers
) -> AtLevel:
    bound = yardstick.calibration.bounds[level]
    totals = np.bincount(owners)
    seen = totals > 0
    missed, missed_before = (
        np.bincount(owners, weights=yardstick.of_scores(cosines) <= bound)[seen] / totals[seen]
        for cosines in (after, before)
    )
    wrong = int((yardstick.of_scores(strangers) > bound).sum())
    return AtLevel(
        level=level,
        missed=bootstrap_mean(missed),
        missed_before=bootstrap_mean(missed_before),
        rise=bootstrap_mean(missed - missed_before),
        false=clopper_pearson(wrong, len(strangers)),
        false_matches=wrong,
    )


@dataclass(frozen=True)
class Logins:
    """Whole logins at `DECIDES` on NUAA: how the user was enrolled, refused genuine ones, strangers let in."""

    enrolled: str
    enrolments: int
    refused: Rate
    genuine: int
    let_in: Rate
    impostors: int


def logins(pack: Pack, data: Path) -> Iterator[Logins]:
    """Yield how logins go with our own enrolment, and with Howdy's numbers of frames of the same session."""
    yardstick = Yardstick.of(pack)
    subjects = transactions.read_subjects(data, Gaze(load_networks(pack, threads=1)))
    bar = Bar.of(pack.manifest, yardstick, ClassRule(services=(), level=Level(DECIDES)))
    ways: dict[str, dict[tuple[str, str], Numbers]] = {"by us": {}}
    howdy = Howdy()
    for subject in subjects:
        paths = transactions.recordings(data / "live" / subject.name, (transactions.SESSION,))
        for session, recording in subject.live.items():
            if (own := transactions.enrol(recording, pack, yardstick)) is not None:
                ways["by us"][subject.name, session] = own
            for count in MODELS:
                for kind, numbers in _models(howdy, paths[session], count).items():
                    ways.setdefault(f"{count} by Howdy, {kind}", {})[subject.name, session] = numbers
    for way, templates in ways.items():
        genuine, impostor = transactions.Tally(), transactions.Tally()
        for (name, session), held in templates.items():
            for other in subjects:
                tally = genuine if other.name == name else impostor
                for looked, recording in other.live.items():
                    if (other.name, looked) != (name, session):
                        for window in transactions.windows(recording):
                            tally.ends[transactions.look_at(window, held, bar).conclude()] += 1
        yield Logins(
            way,
            len(templates),
            clopper_pearson(genuine.total - genuine.matched, genuine.total),
            genuine.total,
            clopper_pearson(impostor.matched, impostor.total),
            impostor.total,
        )


def _models(howdy: Howdy, paths: list[Path], count: int) -> dict[str, Numbers]:
    """Return so many models of frames spread over a session, as if `howdy add` had been run then; {} where it fails."""
    found: list[dict[str, Vector]] = []
    for start in np.linspace(0, len(paths), count, endpoint=False).astype(int).tolist():
        for path in paths[start:]:
            picture = decode(path.read_bytes())
            if (rectangle := howdy.find(picture)) is not None:
                found.append(howdy.numbers(picture, rectangle))
                break
    return {kind: np.stack([one[kind] for one in found]) for kind in KINDS} if found else {}


def percent(rate: Rate) -> str:
    """Return a rate with its interval."""
    return f"{100 * rate.value:.2f} % [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"


def report(result: Result) -> None:
    """Print what was found of one kind."""
    print(f"\n{result.kind}: {result.genuine} genuine comparisons of {result.people} people, {result.impostors} others")
    for meaning, after, before in (
        ("one person", result.cosines, result.cosines_before),
        ("two people", result.strangers, result.strangers_before),
    ):
        spreads = (" / ".join(f"{number:.3f}" for number in spread) for spread in (after, before))
        print("  cosine of {}, 5 % / median / 95 %: {}; ours with ours {}".format(meaning, *spreads))
    for one in result.levels:
        print(
            f"  {one.level:10} FNMR {percent(one.missed)}, ours with ours {percent(one.missed_before)}, rise "
            f"{percent(one.rise)}; FMR {one.false.value:.1e} [{one.false.low:.0e}, {one.false.high:.0e}], "
            f"{one.false_matches} matches"
        )
    print(f"  good enough by the rule: {'yes' if result.good_enough else 'no'}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True, help="the pack classic")
    parser.add_argument("--data", type=Path, required=True, help="a folder that has lfw and nuaa")
    parser.add_argument("--cache", type=Path, help="folder to keep vectors in between runs")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    pack, folder = open_pack(options.pack), options.data / "lfw" / "dev"
    yardstick = Yardstick.of(pack)
    kept = None if options.cache is None else Cache(options.cache, vector_key(pack, "own"))
    gallery = read_gallery(folder, load_networks(pack, 1), kept)
    if kept is not None:
        kept.save()
    suspects = read_suspects(options.data / "lfw" / "suspect_label_pairs.json")
    enrolled = enrol_by_howdy(folder, pack, options.cache)
    print(
        f"pack {pack.manifest.id} {pack.manifest.version}, dlib {dlib.__version__}; lfw/dev: {len(gallery.files)} "
        f"pictures of {len(np.unique(gallery.people))} people; Howdy enrols nothing from {enrolled.several_or_none} "
        f"(no face, or several), and {enrolled.another} of another face\n95 % intervals: FNMR and its rise from "
        "drawing people, FMR and logins Clopper–Pearson's"
    )
    results = [compare(gallery, enrolled.vectors[kind], kind, yardstick, suspects) for kind in KINDS]
    for result in results:
        report(result)
    print(f"\nlogins on NUAA at {DECIDES}")
    found = list(logins(pack, options.data / "nuaa"))
    for one in found:
        print(
            f"  enrolled {one.enrolled} ({one.enrolments}): FRR {percent(one.refused)} of {one.genuine}, "
            f"FAR {percent(one.let_in)} of {one.impostors}"
        )
    adopt = all(result.good_enough for result in results if result.kind in DECIDING)
    print(f"\nHowdy's numbers are {'adopted' if adopt else 'not adopted'}, by the rule above")
    if options.json:
        told = {"comparisons": [asdict(one) for one in results], "logins": [asdict(one) for one in found]}
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
