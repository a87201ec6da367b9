"""The templates of very many people, a byte a number, searched for those near a face.

It only proposes: those near are compared by their own templates, which the store opens for it. So it may be coarse, and
a name that it has and the store has not is nobody's.

Chosen by measurement (tests/bench/identification.py, one busy core, 256 numbers): faiss's scalar quantiser looks at
every template, 3 ms for 100,000 and at most 0.1 s for 1,000,000, finds whom an exact product finds, is built as fast as
the vectors come, and needs a quarter of their memory. Inverted lists and graphs (faiss's, usearch's) take under 4 ms,
which beside a look of seconds nobody notices, but 20 to 30 s to build for 100,000; and most miss one person in a
hundred.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatch_models.pack import Manifest
from facelatchd.clerk import Clerk
from facelatchd.store import ListedFace, SealBroken, StoreError
from facelatchd.store.sealedfile import SealedFile
from facelatchd.templates import Job, listed_faces, opened

log = logging.getLogger(__name__)

TRAINED_ON: Final = 16_384
"""Templates that tell the range of each number."""


class Contents(msgspec.Struct, frozen=True):
    """What stands before an index in its file: of which space it is, and whose templates it has, in their order."""

    space: str
    dimension: int
    faces: tuple[tuple[str, int], ...]


class Index:
    """The templates of one space; raises `StoreError` where faiss is not installed.

    For several threads: one may still be at work when whoever asked has gone and the next one asks, and faiss, where
    one thread changes what another reads, takes the judge's life.
    """

    def __init__(self, space: str, dimension: int) -> None:
        self._faiss = _faiss()
        self.space = space
        self.dimension = dimension
        self._quantised: Any = self._faiss.index_factory(dimension, "SQ8", self._faiss.METRIC_INNER_PRODUCT)
        self._faces: dict[str, int] = {}
        self._used = threading.Lock()

    @property
    def faces(self) -> Mapping[str, int]:
        """How many templates of which face there are, in their order."""
        return self._faces

    def __len__(self) -> int:
        """Return how many templates there are."""
        return int(self._quantised.ntotal)

    def add(self, faces: Iterable[ListedFace], vectors: NDArray[np.float32]) -> None:
        """Add templates, (templates, dimension), of faces that are not there, each face's in a row."""
        with self._used:
            if not self._quantised.is_trained:
                self._quantised.train(vectors[:TRAINED_ON])
            self._quantised.add(vectors)
            self._faces |= {face.id: face.templates for face in faces}

    def remove(self, gone: set[str]) -> None:
        """Take faces out."""
        with self._used:
            mine = np.repeat([face in gone for face in self._faces], list(self._faces.values()))
            self._quantised.remove_ids(np.flatnonzero(mine))
            self._faces = {face: count for face, count in self._faces.items() if face not in gone}

    def near(self, frames: NDArray[np.float32], count: int) -> set[str]:
        """Return the faces of the so many templates nearest to each of the frames, (frames, dimension)."""
        self._faiss.omp_set_num_threads(1)  # of this thread; the other cores are the eye's, and a login's
        with self._used:
            _cosines, found = self._quantised.search(frames, count)
            ends = np.cumsum(list(self._faces.values()))
            faces = list(self._faces)
        return {faces[at] for at in np.searchsorted(ends, np.unique(found[found >= 0]), side="right")}

    def content(self) -> Iterator[bytes]:
        """Yield the index as a file's content."""
        with self._used:
            head = msgspec.msgpack.encode(Contents(self.space, self.dimension, tuple(self._faces.items())))
            quantised = self._faiss.serialize_index(self._quantised)
        yield len(head).to_bytes(8, "big")
        yield head
        yield memoryview(quantised).cast("B")  # type: ignore[misc]

    @classmethod
    def of_content(cls, content: Iterable[bytes]) -> Index:
        """Return the index that a file's content is, which must be one of ours: faiss believes what it reads.

        Raises `SealBroken` where it is of another version.
        """
        whole = bytearray()
        for piece in content:  # joined at once they would be in memory twice: 260 MB of 1,000,000 templates
            whole += piece
        start = 8 + int.from_bytes(whole[:8], "big")
        try:
            head = msgspec.msgpack.decode(whole[8:start], type=Contents)
        except msgspec.MsgspecError as error:
            raise SealBroken(f"an index of another version: {error}") from error
        index = cls(head.space, head.dimension)
        try:
            index._quantised = index._faiss.deserialize_index(np.frombuffer(whole, np.uint8, offset=start))
        except RuntimeError as error:
            raise SealBroken("an index of a version that faiss does not know") from error
        index._faces = dict(head.faces)
        if len(index) != sum(index._faces.values()):
            raise SealBroken("an index whose list of faces is another's")
        return index


def _faiss() -> Any:
    """Return faiss: imported here, since hardly any judge ever needs it."""
    try:
        import faiss
    except ModuleNotFoundError as error:
        text = "so many templates can be searched with faiss only: pip install 'facelatch[identify]'"
        raise StoreError(text) from error
    return faiss


async def refreshed(index: Index | None, clerk: Clerk, manifest: Manifest, listed: Sequence[ListedFace]) -> Index:
    """Return an index of exactly the faces listed: the one at hand, else that of the file, else one made anew.

    What it had not is opened and added, and it is kept in the file again. Raises what the store raises.
    """
    file = clerk.store.everybody.index
    space, dimension = manifest.space, manifest.embedder.dimension
    if index is None and file is not None:
        index = await asyncio.to_thread(_kept, file)
    if index is None or (index.space, index.dimension) != (space, dimension):
        index = Index(space, dimension)
    changed, missing = await asyncio.to_thread(_without_gone, index, listed)
    await _add(index, clerk, missing)
    if file is not None and (changed or missing):
        await _keep(index, file, clerk)
    return index


def _without_gone(index: Index, listed: Sequence[ListedFace]) -> tuple[bool, list[ListedFace]]:
    """Take out what is gone, or has more templates now; return whether anything was, and what is missing then."""
    wanted = {face.id: face.templates for face in listed}
    gone = {face for face, count in index.faces.items() if wanted.get(face) != count}
    if gone:
        index.remove(gone)
    return bool(gone), [face for face in listed if face.id not in index.faces]


async def _add(index: Index, clerk: Clerk, faces: Sequence[ListedFace]) -> None:
    """Add faces, in pieces large enough to tell the ranges by."""
    waiting: list[Job] = []
    async for job in opened(clerk, faces, index.dimension):
        waiting.append(job)
        if sum(len(vectors) for _faces, vectors in waiting) >= TRAINED_ON:
            await _add_jobs(index, waiting)
            waiting = []
    if waiting:
        await _add_jobs(index, waiting)


async def _add_jobs(index: Index, jobs: Sequence[Job]) -> None:
    faces = [face for some, _vectors in jobs for face in some]
    await asyncio.to_thread(index.add, faces, np.concatenate([vectors for _faces, vectors in jobs]))


async def _keep(index: Index, file: SealedFile, clerk: Clerk) -> None:
    """Write an index to its file, unless a face of it was removed meanwhile: what is removed must be so everywhere."""
    writing = asyncio.create_task(asyncio.to_thread(_write, index, file))
    try:
        await asyncio.shield(writing)
    finally:  # whoever asked may have gone: the thread writes on, and what it writes must not stay unseen
        await asyncio.wait([writing])
        there = {face.id for face in await listed_faces(clerk, index.space)}
        if not there >= index.faces.keys():
            await clerk.do(clerk.store.everybody.forget_index)


def _write(index: Index, file: SealedFile) -> None:
    try:
        file.write(index.content())
    except StoreError as error:
        log.warning("%s; it is made anew the next time", error)


def _kept(file: SealedFile) -> Index | None:
    """Return the index in a file, None where there is none that can be used."""
    try:
        return Index.of_content(file.read())
    except FileNotFoundError:
        return None
    except StoreError as error:
        log.warning("%s; it is made anew", error)
        return None
