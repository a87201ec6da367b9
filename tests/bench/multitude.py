"""What very many made-up templates cost the judge: to read, to hold, to search, to keep; and what an index misses."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, insert

from facelatch_models.pack import InputSpec, Kind, Manifest, PackFile, Role
from facelatch_models.scale import Calibration
from facelatch_models.yardstick import Yardstick
from facelatchd.clerk import Clerk
from facelatchd.gallery import MOST_EXACT, PROPOSED, Gallery
from facelatchd.identification import identified
from facelatchd.index import Index
from facelatchd.store import ListedFace, Store, User
from facelatchd.store.keyring import KeyRing
from facelatchd.store.records import GUEST_UID, Guest
from facelatchd.store.schema import FACES, TEMPLATES, USERS
from facelatchd.store.sealing import Binding, seal

DIMENSION = 256
EACH = 8
QUERIES = 100
FADE = 70
"""Over so many directions a person's variety fades to 1/e: real embeddings fill their space no more evenly."""

CALIBRATION = Calibration(
    slope=44.19, intercept=-14.19, correlation=0.97, bounds={"convenient": 9.21, "balanced": 11.51, "strict": 13.82},
    measured="made up",
)  # fmt: skip

Vectors = NDArray[np.float32]
Value = TypeVar("Value")


class MadeUp:
    """People around whom their templates lie: a template's cosine with another of its person is 0.5 to 0.8."""

    def __init__(self, people: int) -> None:
        self._random = np.random.default_rng(5)
        self._fade = np.exp(-np.arange(DIMENSION) / FADE).astype(np.float32)
        self._centres = self._around(np.zeros((people, DIMENSION), np.float32), 1.0)

    def _around(self, centres: Vectors, weight: float | Vectors) -> Vectors:
        noise = self._random.standard_normal(centres.shape, np.float32) * self._fade
        found = centres + weight * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def of(self, people: NDArray[np.int64]) -> Vectors:
        """Return one more vector of each of these people, (people, dimension)."""
        weights = self._random.uniform(0.5, 1.1, (len(people), 1)).astype(np.float32)
        return self._around(self._centres[people], weights)


def _manifest() -> Manifest:
    def part(role: Role, kind: Kind, digit: str) -> PackFile:
        spec = InputSpec(width=8, height=8, points=((0.5, 0.5),) * 5)
        return PackFile(
            role=role, kind=kind, name=f"{role.value}.onnx", sha256=digit * 64, bytes=1, licence="none",
            source="made up", input=spec, dimension=DIMENSION if role is Role.EMBEDDER else 0,
        )  # fmt: skip

    files = (part(Role.DETECTOR, Kind.YUNET, "a"), part(Role.EMBEDDER, Kind.VECTOR, "b"))
    return Manifest(id="made_up", version="1", title="Made up", licence="none", file=files, calibration=CALIBRATION)


MANIFEST = _manifest()


def measure(templates: int) -> None:
    """Measure with so many templates, and print."""
    people = max(1, templates // EACH)
    made_up = MadeUp(people)
    print(f"{people * EACH} templates of {people} people, {DIMENSION} numbers each; one thread")
    with tempfile.TemporaryDirectory(prefix="facelatch-bench-") as folder:
        fill(Path(folder), made_up, people)
        asyncio.run(through_the_judge(Path(folder), made_up, people))
    compare(made_up, people)


def fill(folder: Path, made_up: MadeUp, people: int) -> None:
    """Put everybody into a store, in a few transactions: one for each would take hours."""
    keys = KeyRing(bytes(32))
    store = Store.open(folder / "facelatch.db", bytes(32))
    for first in range(0, people, 1000):
        numbers = np.arange(first, min(first + 1000, people))
        vectors = made_up.of(np.repeat(numbers, EACH)).reshape(-1, EACH, DIMENSION)
        rows: dict[Table, list[dict[str, Any]]] = {USERS: [], FACES: [], TEMPLATES: []}
        for number, own in zip(numbers.tolist(), vectors, strict=True):
            user, face = Guest(f"person {number:07d}"), secrets.token_hex(16)
            rows[USERS].append({"id": number + 1, "name": user.name, "uid": GUEST_UID})
            rows[FACES].append(
                {"id": face, "user_id": number + 1, "label": "imported", "pack": MANIFEST.id, "space": MANIFEST.space,
                 "camera": "pictures", "enrolled": datetime.now(UTC)}
            )  # fmt: skip
            for position, vector in enumerate(own):
                template = secrets.token_hex(16)
                binding = Binding(user, face, template, MANIFEST.id, MANIFEST.space, "pictures")
                sealed = seal(keys, vector, binding)
                rows[TEMPLATES].append({"id": template, "face_id": face, "position": position, "sealed": sealed})
        with store._database.writing() as connection:  # the store itself never writes so many at once
            for table, some in rows.items():
                connection.execute(insert(table), some)
    store.close()


async def through_the_judge(folder: Path, made_up: MadeUp, people: int) -> None:
    """Have people identified as the judge does it, while a login asks for somebody's templates again and again."""
    store = Store.open(folder / "facelatch.db", bytes(32), index=folder / "faces.index")
    clerk, yardstick = Clerk(store, patience=60), Yardstick(CALIBRATION)
    someone = made_up.of(np.array([0]))
    for what in ("first", "again") if people * EACH <= MOST_EXACT else ("first, index made", "index from its file"):
        gallery, before = Gallery(), resident()
        waits: list[float] = []
        logins = asyncio.create_task(log_in(clerk, waits))
        with lap() as read:
            found = await gallery.crowds(clerk, MANIFEST, yardstick, [someone])
        logins.cancel()
        assert found is not None
        kept = resident() - before
        with lap() as query:
            (crowd,) = await gallery.crowds(clerk, MANIFEST, yardstick, [someone]) or found
            identified(crowd, someone, yardstick)
        median, longest = 1000 * float(np.median(waits)), 1000 * max(waits)
        print(
            f"  judge, {what}: {read()} s to read, {query()} s a search, {kept:.0f} MB more; the store kept a login "
            f"waiting for {median:.0f} ms (median of {len(waits)}), {longest:.0f} at most"
        )
    if store.everybody.index is not None and store.everybody.index.path.exists():
        print(f"  its file has {store.everybody.index.path.stat().st_size / 1e6:.0f} MB")
    clerk.close()


async def log_in(clerk: Clerk, waits: list[float]) -> None:
    """Ask for a user's templates as a login does, and note how long it takes."""
    while True:
        began = time.monotonic()
        await clerk.do(clerk.store.templates, User("nobody", 1), MANIFEST.space)
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.05)


def compare(made_up: MadeUp, people: int) -> None:
    """Compare an exact search with indexes: what each costs, and in how many searches it proposes the likeliest one."""
    owners = np.repeat(np.arange(people), EACH)
    vectors = np.empty((len(owners), DIMENSION), np.float32)
    for at in range(0, len(owners), 8000):
        vectors[at : at + 8000] = made_up.of(owners[at : at + 8000])
    wanted = np.random.default_rng(6).integers(0, people, QUERIES)
    probes = made_up.of(wanted)
    best = np.array([int((vectors @ probe).argmax()) for probe in probes]) // EACH
    with lap() as exact:
        for probe in probes:
            (vectors @ probe).argmax()
    print(
        f"  exact product: {per_query(exact)} ms a search, {vectors.nbytes / 1e6:.0f} MB; the likeliest is the right "
        f"one in {(best == wanted).mean():.2f}"
    )
    faces = [ListedFace(str(number), "", Guest("x"), EACH) for number in range(people)]
    index = Index(MANIFEST.space, DIMENSION)
    report(
        "faiss SQ8, ours",
        probes,
        best,
        lambda: index.add(faces, vectors),
        lambda probe: index.near(probe, PROPOSED),
        lambda: sum(map(len, index.content())),
    )
    for kind, nprobe in ((f"IVF{max(16, 4 * int(len(vectors) ** 0.5))},SQ8", 64), ("HNSW16,SQ8", 0)):
        report_faiss(kind, nprobe, vectors, probes, best)
    report_usearch(vectors, probes, best)


def report_faiss(kind: str, nprobe: int, vectors: Vectors, probes: Vectors, best: NDArray[np.int64]) -> None:
    """Measure another index of faiss's."""
    import faiss

    index: Any = faiss.index_factory(DIMENSION, kind, faiss.METRIC_INNER_PRODUCT)

    def build() -> None:
        index.train(vectors[:: max(1, len(vectors) // 100_000)])
        if nprobe:
            faiss.extract_index_ivf(index).nprobe = nprobe
        else:
            index.hnsw.efSearch = 2 * PROPOSED
        index.add(vectors)

    def near(probe: Vectors) -> set[str]:
        return {str(one // EACH) for one in index.search(probe, PROPOSED)[1][0] if one >= 0}

    what = f"faiss {kind}{f', {nprobe} lists looked at' if nprobe else ''}"
    report(what, probes, best, build, near, lambda: faiss.serialize_index(index).nbytes)


def report_usearch(vectors: Vectors, probes: Vectors, best: NDArray[np.int64]) -> None:
    """Measure usearch's graph, where it is installed."""
    try:
        from usearch.index import Index as Graph
    except ModuleNotFoundError:
        print("  usearch is not installed: pip install usearch")
        return
    graph = Graph(ndim=DIMENSION, metric="ip", dtype="i8", connectivity=16, expansion_add=64, expansion_search=128)

    def near(probe: Vectors) -> set[str]:
        return {str(int(one) // EACH) for one in graph.search(probe[0], PROPOSED, threads=1).keys}

    def build() -> None:
        graph.add(np.arange(len(vectors), dtype=np.uint64), vectors, threads=1)

    report("usearch, graph of bytes", probes, best, build, near, lambda: graph.serialized_length)


def report(
    what: str,
    probes: Vectors,
    best: NDArray[np.int64],
    build: Callable[[], None],
    near: Callable[[Vectors], set[str]],
    size: Callable[[], int],
) -> None:
    """Build an index, search it, and print."""
    with lap() as built:
        build()
    with lap() as searched:
        found = [near(probe[np.newaxis]) for probe in probes]
    recall = np.mean([str(person) in some for person, some in zip(best.tolist(), found, strict=True)])
    print(
        f"  {what}: {built()} s to build, {per_query(searched)} ms a search, {size() / 1e6:.0f} MB, recall {recall:.3f}"
    )


@contextlib.contextmanager
def lap() -> Iterator[Callable[[], str]]:
    """Measure the seconds of a block."""
    began = time.perf_counter()
    seconds: list[float] = []
    yield lambda: f"{seconds[0]:.3g}"
    seconds.append(time.perf_counter() - began)


def per_query(seconds: Callable[[], str]) -> str:
    """Return milliseconds of one of `QUERIES`."""
    return f"{1000 * float(seconds()) / QUERIES:.3g}"


def resident() -> float:
    """Return this process's memory in MB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000
