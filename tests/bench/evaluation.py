"""The packs side by side, on the same pictures: measures them and writes `docs/evaluation.md` with its two plots.

Nothing was learnt from or fitted on `lfw/dev` or NUAA. Vectors are kept, so that a second run takes minutes.

    python -m tests.bench.evaluation --packs build/packs --data ../shared/data --cache build/vectors --to docs
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from facelatch_models.evaluation.bounds import shown_reliability
from facelatch_models.evaluation.comparison import Pairs, compare_all, read_suspects
from facelatch_models.evaluation.gallery import Cache, Gallery, held_out, read_gallery, vector_key
from facelatch_models.evaluation.plots import Tradeoff, plot_reliability, plot_tradeoffs, tradeoff
from facelatch_models.evaluation.recognition import Point, Recognition, point_at, recognise
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import MANIFEST, Pack, Role, open_pack
from facelatch_models.reliability import Reliability
from facelatch_models.scale import LEVELS, supported
from facelatch_models.search import tree_packs
from facelatch_models.yardstick import Yardstick
from tests.bench import transactions
from tests.bench.cohorts import Reach, Scoring, reach, scorings
from tests.bench.degraded import Degraded, degraded
from tests.bench.page import page

PACKS: Final = ("open", "starter", "classic", "buffalo_sc")
LEARNT: Final = {"starter": 10}
"""Packs whose embedder learnt from `lfw/train`, and one in how many people it was that were held out there."""

DAMAGED: Final = ("open", "starter")
"""Packs that are looked at with bad pictures: what login runs."""

IDENTIFYING: Final = 0.01
"""A prior like that of an identification among a hundred."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What was measured of one pack.

    bare: without its cohort. without_actors: without the people of FaceScrub, from whom `starter` learnt. by_level: at
    the bounds of the manifest. `reliable` and `reliable_rare`: at even odds, and at `IDENTIFYING`.
    """

    pack: Pack
    networks: str
    recognition: Recognition
    bare: Recognition
    without_actors: Recognition
    by_level: dict[str, Point]
    supported: tuple[str, ...]
    reliable: Reliability
    reliable_rare: Reliability
    tradeoff: Tradeoff
    transactions: transactions.Measured
    scorings: list[Scoring]
    reach: Reach | None
    degraded: list[Degraded]


@dataclasses.dataclass(frozen=True)
class Data:
    """Where pictures are, and what is known of them."""

    folder: Path
    cache: Path
    suspects: Pairs
    actors: frozenset[str]

    @classmethod
    def at(cls, folder: Path, cache: Path) -> Data:
        """Return the data in a folder that has `lfw`, `nuaa` and `faces`."""
        with zipfile.ZipFile(folder / "faces" / "facescrub.zip") as archive:
            lines = archive.read("index.tsv").decode().splitlines()
        suspects = read_suspects(folder / "lfw" / "suspect_label_pairs.json")
        return cls(folder, cache, suspects, frozenset(line.split("\t")[1] for line in lines))

    def gallery(self, part: str, pack: Pack, networks: Networks) -> Gallery:
        """Return a part of LFW as the pack's vectors."""
        cache = Cache(self.cache, vector_key(pack, "own"))
        gallery = read_gallery(self.folder / "lfw" / part, networks, cache)
        cache.save()
        return gallery


def measure(pack: Pack, data: Data, say: Callable[[str], None]) -> Result:
    """Measure a pack; `say` is told what is being done."""
    say("lfw/dev")
    networks, yardstick = load_networks(pack, 1), Yardstick.of(pack)
    gallery = data.gallery("dev", pack, networks)
    comparisons = compare_all(gallery, data.suspects, yardstick)
    others = gallery.part(np.array([Path(file).parts[0] not in data.actors for file in gallery.files]))
    calibration = pack.manifest.calibration
    by_level = {
        level: point_at(comparisons, (bound - calibration.intercept) / calibration.slope, LEVELS[level])
        for level, bound in calibration.bounds.items()
    }
    say("transactions on NUAA")
    transacted = transactions.measure(pack, data.folder / "nuaa")
    say("lfw/train, for the cohorts")
    train = data.gallery("train", pack, networks)
    apart = held_out(train, LEARNT.get(pack.manifest.id, 2))
    ways = scorings(train.part(~apart), train.part(apart), gallery, data.suspects)
    damaged = []
    if pack.manifest.id in DAMAGED:
        say("bad pictures")
        damaged = degraded(gallery, networks, yardstick, data.suspects, calibration.bounds["balanced"])
    detector = pack.manifest.part(Role.DETECTOR)
    return Result(
        pack=pack,
        networks=f"{detector.name if detector else ''}, {pack.manifest.embedder.name}",
        recognition=recognise(gallery, comparisons, yardstick),
        bare=recognise(gallery, compare_all(gallery, data.suspects)),
        without_actors=recognise(others, compare_all(others, data.suspects, yardstick), yardstick),
        by_level=by_level,
        supported=supported(pack.manifest.figure),
        reliable=shown_reliability(comparisons, yardstick),
        reliable_rare=shown_reliability(comparisons, yardstick, IDENTIFYING),
        tradeoff=tradeoff(comparisons),
        transactions=transacted,
        scorings=ways,
        reach=reach(pack, train, data.suspects),
        degraded=damaged,
    )


def find(name: str, built: Path) -> Pack | None:
    """Return a pack that was built, or the tree's own, None where there is none."""
    folders = [place / name for place in (tree_packs(), built)]
    return next((open_pack(folder) for folder in folders if (folder / MANIFEST).is_file()), None)


def as_json(results: list[Result]) -> str:
    """Return everything that was measured, as JSON."""
    told = {}
    for result in results:
        fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
        fields["pack"] = f"{result.pack.manifest.id} {result.pack.manifest.version}, space {result.pack.manifest.space}"
        told[result.pack.manifest.id] = msgspec.to_builtins(fields, enc_hook=lambda array: array.tolist())
    return json.dumps(told, indent=1) + "\n"


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True, help="folder of packs that were built")
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, nuaa and faces")
    parser.add_argument("--cache", type=Path, required=True, help="folder to keep vectors in")
    parser.add_argument("--json", type=Path, help="write all figures there, too")
    parser.add_argument("--to", type=Path, required=True, help="folder for evaluation.md and its plots")
    options = parser.parse_args()
    data, began, results = Data.at(options.data, options.cache), time.monotonic(), []
    for name in PACKS:
        if (pack := find(name, options.packs)) is None:
            print(f"{name}: no such pack, left out", file=sys.stderr)
            continue
        results.append(measure(pack, data, partial(_say, began, name)))
    plot_tradeoffs({r.pack.manifest.id: r.tradeoff for r in results}, options.to / "evaluation-det.svg")
    plot_reliability({r.pack.manifest.id: r.reliable for r in results}, options.to / "evaluation-reliability.svg")
    missing = [name for name in PACKS if name not in {result.pack.manifest.id for result in results}]
    (options.to / "evaluation.md").write_text(page(results, missing))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(as_json(results))
    _say(began, "all", "done")
    return 0


def _say(began: float, name: str, text: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {name}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
