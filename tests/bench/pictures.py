"""How often a stranger's picture gets into an enrolment from a folder of pictures, and how many of the person's own are
lost, by the judge's own rules on what the eye sees in real pictures.

Folders are put together of one person's pictures, in any order, with one, two or three of somebody else among them:
once of anybody, and once of whoever in the data looks most like the person. Nothing here was trained or tuned on these
pictures.

    python -m tests.bench.pictures --pack build/packs/open --data ../shared/data/lfw/dev
    python -m tests.bench.pictures --pack build/packs/open --data ../shared/data/nuaa/live
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelatch.types import Hint
from facelatch_eye.gaze import Gaze, Moment
from facelatch_eye.messages import Observation, Task, View
from facelatch_models.networks import load_networks
from facelatch_models.pack import open_pack
from facelatch_models.picture import decode
from facelatch_models.statistics import bootstrap_share
from facelatch_models.yardstick import Yardstick
from facelatchd.album import Album
from facelatchd.selection import RIVAL
from facelatchd.shots import FEWEST_SHOTS, vector_of

MOST_OF_ONE = 40
"""Pictures of one person in a folder; LFW has people with hundreds, who would be most of what is counted."""

STRANGERS = (1, 2, 3)
ANYBODY = 10
"""Random strangers for each person and number of pictures."""


@dataclasses.dataclass(frozen=True, eq=False)
class Person:
    """One person: what the eye sees in his pictures, those that show one face clearly, and their vectors."""

    name: str
    pictures: list[Observation]
    vectors: NDArray[np.float32]


class Tally:
    """What came of folders of one kind, by the person whom they are of."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.pairs: Counter[str] = Counter()
        """Of which a stranger's picture was enrolled, by whose was taken for whose."""

    def count(self, person: str, **what: int) -> None:
        """Add to what came of a person's folders."""
        self.counts.setdefault(person, Counter()).update(what)

    def of(self, what: str) -> NDArray[np.int64]:
        """Return a count for each person."""
        return np.array([counts[what] for counts in self.counts.values()], np.int64)


def read_people(data: Path, gaze: Gaze) -> list[Person]:
    """Observe every picture of the data set once; people without a clear picture are left out."""
    people = []
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        seen = [
            gaze.analyse(decode(path.read_bytes()), (Task.EMBED,), Moment()) for path in sorted(folder.glob("*.jpg"))
        ]
        clear = [one for one in seen if one.view is View.CLEAR]
        if clear:
            people.append(Person(folder.name, clear, np.stack([vector_of(one.faces[0]) for one in clear])))
    return people


class Mixer:
    """Puts folders together, the same ones at each run."""

    def __init__(self, people: Sequence[Person], yardstick: Yardstick, seed: int = 1) -> None:
        self._people = people
        self._yardstick = yardstick
        self._chance = np.random.default_rng(seed)
        self.owners = [person for person in people if len(person.pictures) >= FEWEST_SHOTS]

    def pure(self) -> Iterator[tuple[Person, list[Observation]]]:
        """Yield a folder of each person, without anybody else."""
        for owner in self.owners:
            yield owner, self._some(owner, MOST_OF_ONE)

    def mixed(self, alike: bool) -> Iterator[tuple[Person, list[Observation], Person, list[Observation]]]:
        """Yield folders of a person with pictures of a stranger, of whoever looks most like him or of anybody."""
        for owner, count in itertools.product(self.owners, STRANGERS):
            own = self._some(owner, MOST_OF_ONE)
            if count > RIVAL * len(own):
                continue
            others = [one for one in self._people if one is not owner and len(one.pictures) >= count]
            chosen = [self._likest(owner, others)] if alike else self._chance.permutation(len(others))[:ANYBODY]
            for index in chosen:
                yield owner, own, others[index], self._some(others[index], count)

    def shuffled(self, pictures: Sequence[Observation]) -> list[int]:
        """Return the places of pictures in an order that means nothing."""
        return [int(place) for place in self._chance.permutation(len(pictures))]

    def _some(self, person: Person, most: int) -> list[Observation]:
        return [person.pictures[place] for place in self.shuffled(person.pictures)[:most]]

    def _likest(self, owner: Person, others: Sequence[Person]) -> int:
        held = self._yardstick.hold(owner.vectors)
        means = [self._yardstick.all_ratios(self._yardstick.hold(one.vectors), held).mean() for one in others]
        return int(np.argmax(means))


def judge(
    tally: Tally, mixer: Mixer, yardstick: Yardstick, owner: Person, own: Sequence[Observation], *others: Observation
) -> bool:
    """Enrol from a folder, count what came of it, and tell whether a stranger's picture was enrolled."""
    pictures = [*own, *others]
    order = mixer.shuffled(pictures)
    album = Album(yardstick)
    for place in order:
        album.add(pictures[place], str(place))
    mine = [shot for place, shot in zip(order, album.choice.shots, strict=True) if place < len(own)]
    undecided = bool(album.choice.trouble)
    broken_in = album.enough and any(int(shot.name) >= len(own) for shot in album.kept)
    tally.count(
        owner.name,
        folders=1,
        broken_in=broken_in,
        undecided=undecided,
        too_few=not undecided and not album.enough,
        own=len(own),
        lost=sum(shot.hint is Hint.ANOTHER_FACE for shot in mine),
    )
    return broken_in


def report(kind: str, tally: Tally) -> dict[str, object]:
    """Print what came of folders of one kind, and return it."""
    folders, own = tally.of("folders"), tally.of("own")
    rows = {
        "a stranger's picture was enrolled": (tally.of("broken_in"), folders),
        "nothing was enrolled, being undecided": (tally.of("undecided"), folders),
        "nothing was enrolled, being too few": (tally.of("too_few"), folders),
        "own pictures taken for another person's": (tally.of("lost"), own),
    }
    print(f"{kind}: {folders.sum()} folders of {len(folders)} people, {own.sum()} pictures of their own")
    figures: dict[str, object] = {"kind": kind, "folders": int(folders.sum()), "people": len(folders)}
    for meaning, (hits, trials) in rows.items():
        rate = bootstrap_share(hits, trials)
        shares = f"{100 * rate.value:6.2f} %  [{100 * rate.low:.2f}, {100 * rate.high:.2f}]"
        print(f"  {shares}  {hits.sum()} of {trials.sum()}: {meaning}")
        figures[meaning] = {"count": int(hits.sum()), "of": int(trials.sum()), "low": rate.low, "high": rate.high}
    for pair, count in tally.pairs.most_common():
        print(f"      {pair}: {count}")
    return figures | {"pairs": dict(tally.pairs)}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="a folder with one folder of JPEGs a person")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    pack, began = open_pack(options.pack), time.monotonic()
    people = read_people(options.data, Gaze(load_networks(pack, threads=os.cpu_count() or 1)))
    yardstick = Yardstick.of(pack)
    mixer = Mixer(people, yardstick)
    print(
        f"pack {pack.manifest.id} {pack.manifest.version}; {len(people)} people, {len(mixer.owners)} with at least "
        f"{FEWEST_SHOTS} clear pictures, {sum(len(one.pictures) for one in people)} clear pictures; "
        f"{platform.machine()}, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s"
    )
    print("95 % intervals from drawing people; where no folder failed, the exact one for as many trials as people")
    alone, anybody, likest = Tally(), Tally(), Tally()
    for owner, own in mixer.pure():
        judge(alone, mixer, yardstick, owner, own)
    for tally, alike in ((anybody, False), (likest, True)):
        for owner, own, stranger, foreign in mixer.mixed(alike):
            if judge(tally, mixer, yardstick, owner, own, *foreign):
                tally.pairs[f"{stranger.name} for {owner.name}"] += 1
    figures = [
        report("one person alone", alone),
        report("with 1 to 3 pictures of anybody else", anybody),
        report("with 1 to 3 pictures of whoever looks most like the person", likest),
    ]
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
