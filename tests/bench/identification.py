"""How well, how fast and at what cost the judge finds one among many (1:N).

With --data: FPIR, FNIR and how far its probabilities can be believed. Half of the people are enrolled with half of
their pictures (one at least, 16 at most); the rest of theirs are mated searches, all pictures of the other half of the
people searches for somebody unknown. Then the halves change places. A search is one picture.

    python -m tests.bench.identification --pack build/packs/open --data ../shared/data/lfw/dev

With --templates: what made-up people, eight templates each, cost in memory and time, and what an index misses that an
exact search finds.

    python -m tests.bench.identification --templates 1000 10000 100000 1000000
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core, as beside everything else that a machine does
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.bounds import place
from facelatch_models.evaluation.comparison import read_suspects
from facelatch_models.evaluation.gallery import Cache, Gallery, read_gallery, vector_key
from facelatch_models.networks import load_networks
from facelatch_models.pack import open_pack
from facelatch_models.statistics import Rate, bootstrap_share, calibration_error
from facelatch_models.yardstick import Yardstick
from facelatchd.gallery import Crowd
from facelatchd.identification import FALSE_POSITIVES, identified
from facelatchd.store import Guest, ListedFace
from tests.bench.multitude import measure

MOST_PICTURES = 16
ROUNDS = 1000


@dataclasses.dataclass(frozen=True)
class Search:
    """How one search ended. `right` says that the likeliest person is the one; `probability` is what he was given."""

    person: int
    mated: bool
    named: bool
    right: bool
    probability: float
    nobody: float


def enrolled_rows(gallery: Gallery, people: set[int]) -> list[int]:
    """Return the pictures that these people are enrolled with: the first half of each one's, in the order of names."""
    rows = []
    for person in sorted(people):
        own = np.flatnonzero((gallery.people == person) & gallery.acquired).tolist()
        rows += own[: min(MOST_PICTURES, (len(own) + 1) // 2)]
    return rows


def crowd_of(gallery: Gallery, rows: list[int], yardstick: Yardstick) -> Crowd:
    """Return the crowd that is enrolled with these pictures."""
    numbers, counts = np.unique(gallery.people[rows], return_counts=True)
    faces = tuple(
        ListedFace(str(number), "", Guest(str(number)), int(count))
        for number, count in zip(numbers.tolist(), counts, strict=True)
    )
    return Crowd(faces, yardstick.hold(gallery.vectors[rows]), len(faces))


def searches(gallery: Gallery, yardstick: Yardstick, doubtful: set[tuple[str, str]]) -> Iterator[Search]:
    """Yield every search of both halves; one that can end in a suspect pair of labels is left out."""
    people = np.random.default_rng(1).permutation(np.unique(gallery.people))
    for half in (people[::2], people[1::2]):
        known = set(half.tolist())
        rows = enrolled_rows(gallery, known)
        crowd = crowd_of(gallery, rows, yardstick)
        files = {gallery.files[row] for row in rows}
        for probe in sorted(set(np.flatnonzero(gallery.acquired).tolist()) - set(rows)):
            file, person = gallery.files[probe], int(gallery.people[probe])
            if any((file, other) in doubtful for other in files):
                continue
            told = identified(crowd, gallery.vectors[probe][np.newaxis], yardstick)
            first = told.identities[0] if told.identities else None
            right = first is not None and first.user == str(person)
            yield Search(
                person, person in known, bool(told.user), right, first.probability if first else 0, told.nobody
            )


def share(found: list[Search], hits: list[bool]) -> Rate:
    """Return the share of searches that hit, with its interval from drawing people."""
    people = np.array([search.person for search in found])
    numbers, index = np.unique(people, return_inverse=True)
    size = len(numbers)
    return bootstrap_share(
        np.bincount(index, np.array(hits, float), size).astype(np.int64), np.bincount(index, minlength=size)
    )


def believed(found: list[Search], probability: NDArray[np.float64], right: NDArray[np.bool_]) -> Rate:
    """Return the calibration error, searches weighted so that half are mated, as the probabilities suppose.

    The interval is from drawing people.
    """
    mated = np.array([search.mated for search in found])
    weight = np.where(mated, 0.5 / mated.mean(), 0.5 / (1 - mated.mean()))
    value = calibration_error(probability, right, weight)
    people, index = np.unique([search.person for search in found], return_inverse=True)
    random, errors = np.random.default_rng(1), []
    for _ in range(ROUNDS):
        drawn = np.bincount(random.integers(0, len(people), len(people)), minlength=len(people))[index]
        errors.append(calibration_error(probability, right, weight * drawn))
    low, high = np.quantile(errors, (0.025, 0.975))
    return Rate(value, float(low), float(high))


def figures(options: argparse.Namespace) -> None:
    """Measure how well people are found, and print it."""
    pack = open_pack(options.pack)
    cache = Cache(options.cache, vector_key(pack, "own")) if options.cache else None
    gallery = read_gallery(options.data, load_networks(pack, 1), cache)
    if cache is not None:
        cache.save()
    pairs = read_suspects(options.suspects) if options.suspects else ()
    doubtful = {pair for one, other in pairs for pair in ((one, other), (other, one))}
    found = list(searches(gallery, Yardstick.of(pack), doubtful))
    mated, others = [s for s in found if s.mated], [s for s in found if not s.mated]
    people = len(np.unique(gallery.people))
    print(
        f"pack {pack.manifest.id} {pack.manifest.version}, {place(options.data)}: {people} people, half of them "
        f"enrolled at a time; {len(mated)} mated searches of {len({s.person for s in mated})} people, "
        f"{len(others)} of {len({s.person for s in others})} unknown ones; wanted FPIR {FALSE_POSITIVES:g}"
    )
    print("95 % intervals from drawing people with replacement")
    rows = {
        "FPIR: unknown, and named": share(others, [s.named for s in others]),
        "FNIR: enrolled, and not named, or wrongly": share(mated, [not (s.named and s.right) for s in mated]),
        "named wrongly, of the enrolled": share(mated, [s.named and not s.right for s in mated]),
        "likeliest is another, or nobody is told of": share(mated, [not s.right for s in mated]),
        "ECE of the likeliest person's probability": believed(
            found, np.array([s.probability for s in found]), np.array([s.right for s in found])
        ),
        "ECE of nobody's probability": believed(
            found, np.array([s.nobody for s in found]), np.array([not s.mated for s in found])
        ),
    }
    for name, rate in rows.items():
        print(f"  {name:44} {100 * rate.value:7.3f} %  [{100 * rate.low:.3f}, {100 * rate.high:.3f}]")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--data", type=Path, help="a folder of pictures, one folder a person")
    parser.add_argument("--suspects", type=Path, help="JSON list of pairs of files whose names are probably wrong")
    parser.add_argument("--cache", type=Path, help="a folder to keep vectors in between runs")
    parser.add_argument("--templates", type=int, nargs="+", default=[], help="how many made-up templates")
    options = parser.parse_args()
    if bool(options.pack) != bool(options.data) or not (options.data or options.templates):
        parser.error("give --pack and --data, or --templates")
    if options.data:
        figures(options)
    for templates in options.templates:
        measure(templates)
    return 0


if __name__ == "__main__":
    sys.exit(main())
