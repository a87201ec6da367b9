"""How long the judge looks for one face among very many templates, and what memory they take; made-up people.

Ours is what `facelatch identify` has the judge do once the eye has seen the face: those to compare with, the evidence
for each person, and how likely each is. Peers only tell the distance to every template, or find the nearest; they begin
with all of them in memory, where ours are sealed in the store before the first question.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from facelatch_models.yardstick import Yardstick
from facelatchd.clerk import Clerk
from facelatchd.gallery import MOST_EXACT, Gallery
from facelatchd.identification import identified
from facelatchd.store import Store
from tests.bench.multitude import CALIBRATION, DIMENSION, EACH, MANIFEST, MadeUp, Vectors, fill
from tests.bench.speed.processes import MEGABYTE, footprint
from tests.bench.speed.record import OURS, Measure, missing
from tests.bench.speed.setting import REST, Setting

SECTION: Final = "identification"

COUNTS: Final = (1_000, 10_000, 100_000, 1_000_000)
MOST_QUICK: Final = 10_000
SEARCHES: Final = (40, 20)
"""Searches among each count, usually and in a quick run."""

WARM_UP: Final = 2
"""Searches before it is measured."""

PATIENCE: Final = 60.0
"""Seconds that the store may take to list a million."""

Search = Callable[[Vectors], object]


class Rival(NamedTuple):
    """Another search, over templates of its own: `take` has so many made and returns how to search, and their bytes."""

    name: str
    take: Callable[[int], tuple[Search, int]]
    note: str


def measures(setting: Setting) -> Iterator[Measure]:
    """Measure with ever more templates."""
    for count in COUNTS:
        if setting.quick and count > MOST_QUICK:
            return
        made_up = MadeUp(count // EACH)
        folder = setting.scratch / str(count)
        folder.mkdir()
        fill(folder, made_up, count // EACH)
        yield from asyncio.run(_searched(folder, made_up, count, setting.times(*SEARCHES)))


async def _searched(folder: Path, made_up: MadeUp, count: int, searches: int) -> list[Measure]:
    """Have people searched for by the judge and by rivals in turn."""
    store = Store.open(folder / "facelatch.db", bytes(32), index=folder / "faces.index")
    yardstick, gallery = Yardstick(CALIBRATION), Gallery()
    probes = made_up.of(np.random.default_rng(7).integers(0, count // EACH, searches + WARM_UP))
    among, memory = f"search among {count:,}", f"memory for {count:,}"
    with closing(Clerk(store, patience=PATIENCE)) as clerk:

        async def search(probe: Vectors) -> None:
            crowds = await gallery.crowds(clerk, MANIFEST, yardstick, [probe[np.newaxis]])
            assert crowds is not None, "the store was filled"
            identified(crowds[0], probe[np.newaxis], yardstick)

        before = _resident()
        began = time.perf_counter()
        await search(probes[0])
        found = [
            Measure(SECTION, OURS, f"first search among {count:,}", "s", (time.perf_counter() - began,), _note(count)),
            Measure(SECTION, OURS, memory, "MB", (max(0.0, _resident() - before),)),
        ]
        taken: list[tuple[Rival, Search]] = []
        for rival in RIVALS:
            try:
                rivals_search, size = rival.take(count)
            except ImportError as error:
                found.append(missing(SECTION, rival.name, among, "ms", f"{error}: pip install faiss-cpu"))
                continue
            taken.append((rival, rivals_search))
            found.append(Measure(SECTION, rival.name, memory, "MB", (size / MEGABYTE,)))
        took: dict[str, list[float]] = {name: [] for name in (OURS, *(rival.name for rival, _ in taken))}
        for probe in probes:
            time.sleep(REST)
            began = time.perf_counter()
            await search(probe)
            took[OURS].append(1000 * (time.perf_counter() - began))
            for rival, rivals_search in taken:
                time.sleep(REST)
                began = time.perf_counter()
                rivals_search(probe)
                took[rival.name].append(1000 * (time.perf_counter() - began))
    notes = {rival.name: rival.note for rival, _ in taken}
    return found + [
        Measure(SECTION, name, among, "ms", tuple(values[WARM_UP:]), notes.get(name, ""))
        for name, values in took.items()
    ]


def _note(count: int) -> str:
    if count <= MOST_EXACT:
        return f"{EACH} templates a person, all compared; they are unsealed for the first search"
    return (
        f"{EACH} templates a person, more than {MOST_EXACT:,}: an index is made at first, and proposes some to compare"
    )


def _resident() -> float:
    return footprint(os.getpid()).resident


def _distances(count: int) -> tuple[Search, int]:
    """Return the search that `face_recognition.face_distance` and Howdy do, in numbers of double precision."""
    encodings = _noise(count, 128).astype(np.float64)

    def search(probe: Vectors) -> object:
        return np.linalg.norm(encodings - probe[:128].astype(np.float64), axis=1).argmin()

    return search, encodings.nbytes


def _cosines(count: int) -> tuple[Search, int]:
    """Return a search by one product of a matrix, as programs around InsightFace do it."""
    encodings = _noise(count, 512)
    return lambda probe: (encodings @ np.tile(probe, 2)).argmax(), encodings.nbytes


def _flat(count: int) -> tuple[Search, int]:
    """Return an exact search by faiss; raises ImportError."""
    import faiss

    index: Any = faiss.IndexFlatIP(DIMENSION)
    for first in range(0, count, MOST_EXACT):
        index.add(_noise(min(MOST_EXACT, count - first), DIMENSION))
    return lambda probe: index.search(probe[np.newaxis], 1), index.ntotal * DIMENSION * 4


def _noise(rows: int, columns: int) -> Vectors:
    return np.random.default_rng(8).standard_normal((rows, columns), np.float32)


RIVALS: Final = (
    Rival("face_recognition", _distances, "numpy, 128 numbers of 8 bytes, Euclid: Howdy's search and face_distance"),
    Rival("numpy, 512 numbers", _cosines, "cosines of InsightFace's 512 numbers of 4 bytes, one product"),
    Rival("faiss flat", _flat, f"IndexFlatIP, {DIMENSION} numbers of 4 bytes, exact"),
)
