"""The people to compare a face with (1:N): their templates in memory, for as long as somebody is looked for.

What the store holds is listed anew after each change, and only what is new is opened. Up to `MOST_EXACT` templates all
are compared, by one product of matrices; of more an index proposes some. They are dropped when nobody has been looked
for for a while: nothing of them should be in memory that need not be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.pack import Manifest
from facelatch_models.scale import Calibration
from facelatch_models.yardstick import Held, Yardstick
from facelatchd.clerk import Clerk
from facelatchd.index import Index, refreshed
from facelatchd.store import ListedFace
from facelatchd.templates import listed_faces, opened

IDLE: Final = 60.0
"""Seconds without a question after which the templates are dropped."""

MOST_EXACT: Final = 100_000
"""Templates that are all compared: 100 MB and some 10 ms a frame at 256 numbers (tests/bench/identification.py)."""

PROPOSED: Final = 64
"""Templates near a frame whose people are compared with it, where there are more than `MOST_EXACT`."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Some of those enrolled, with their templates.

    faces: person by person. held: the templates, in the faces' order. enrolled: how many people they were chosen from.
    """

    faces: tuple[ListedFace, ...]
    held: Held
    enrolled: int

    @property
    def face_starts(self) -> NDArray[np.int64]:
        """Index of each face's first template."""
        counts = np.array([face.templates for face in self.faces], np.int64)
        return np.cumsum(counts) - counts

    @property
    def user_starts(self) -> NDArray[np.int64]:
        """Index of each person's first face."""
        users = [face.user for face in self.faces]
        return np.array([at for at, user in enumerate(users) if at == 0 or user != users[at - 1]], np.int64)


class Gallery:
    """Knows whom to compare a face with. `idle` and `most_exact` as the constants."""

    def __init__(self, idle: float = IDLE, most_exact: int = MOST_EXACT) -> None:
        self._idle = idle
        self._most_exact = most_exact
        self._of: tuple[str, Calibration] | None = None
        self._listed: tuple[ListedFace, ...] = ()
        self._state: tuple[object, ...] | None = None
        self._crowd: Crowd | None = None
        self._index: Index | None = None
        self._asked = asyncio.Lock()
        self._dropping: asyncio.TimerHandle | None = None

    @property
    def kept(self) -> int:
        """How many templates are in memory."""
        return (len(self._crowd.held) if self._crowd else 0) + (len(self._index) if self._index else 0)

    async def crowds(
        self, clerk: Clerk, manifest: Manifest, yardstick: Yardstick, faces: Sequence[NDArray[np.float32]]
    ) -> list[Crowd] | None:
        """Return for each face, (frames, dimension), the people to compare it with; None where nobody is enrolled.

        Raises what the store raises, `SealBroken` too where templates have not the pack's dimension.
        """
        async with self._asked:
            self._drop_never()
            try:
                return await self._crowds(clerk, manifest, yardstick, faces)
            finally:
                self._drop_later()

    async def _crowds(
        self, clerk: Clerk, manifest: Manifest, yardstick: Yardstick, faces: Sequence[NDArray[np.float32]]
    ) -> list[Crowd] | None:
        if self._of != (manifest.space, yardstick.calibration):
            self._of = (manifest.space, yardstick.calibration)
            self._crowd = self._index = self._state = None
        # The state is asked for before the list: what changes in between shows the next time.
        state = await clerk.do(clerk.store.everybody.state)
        if self._state != state:
            await self._refresh(clerk, manifest, yardstick)
            self._state = state
        if self._index is not None:
            return [await self._proposed(self._index, clerk, manifest, yardstick, frames) for frames in faces]
        return [self._crowd] * len(faces) if self._crowd is not None and self._crowd.faces else None

    async def _refresh(self, clerk: Clerk, manifest: Manifest, yardstick: Yardstick) -> None:
        """Have what is in memory as the store is."""
        self._listed = await listed_faces(clerk, manifest.space)
        if sum(face.templates for face in self._listed) <= self._most_exact:
            self._index = None
            self._crowd = await self._all(clerk, manifest, yardstick, self._listed)
        else:
            self._crowd = None
            # Not kept where that does not come to its end: a thread may still be adding to it.
            index, self._index = self._index, None
            self._index = await refreshed(index, clerk, manifest, self._listed)

    async def _all(
        self, clerk: Clerk, manifest: Manifest, yardstick: Yardstick, listed: tuple[ListedFace, ...]
    ) -> Crowd:
        """Return everybody; of those who were there before only what was added is opened."""
        known = {} if self._crowd is None else _by_face(self._crowd)
        kept = [face for face in listed if len(known.get(face.id, ())) == face.templates]
        found = {face.id: (face, known[face.id]) for face in kept}
        new = [face for face in listed if face.id not in found]
        found |= await _opened_by_face(clerk, new, manifest)
        return await _crowd([found[face.id] for face in listed if face.id in found], manifest, yardstick)

    async def _proposed(
        self, index: Index, clerk: Clerk, manifest: Manifest, yardstick: Yardstick, frames: NDArray[np.float32]
    ) -> Crowd:
        """Return the people whom the index proposes, with all of their own templates out of the store."""
        faces, enrolled = await asyncio.to_thread(_near, index, self._listed, frames)
        found = await _opened_by_face(clerk, faces, manifest)
        return await _crowd([found[face.id] for face in faces if face.id in found], manifest, yardstick, enrolled)

    def _drop_never(self) -> None:
        if self._dropping is not None:
            self._dropping.cancel()
            self._dropping = None

    def _drop_later(self) -> None:
        self._dropping = asyncio.get_running_loop().call_later(self._idle, self._drop)

    def _drop(self) -> None:
        self._crowd = self._index = self._state = self._dropping = None
        self._listed = ()


def _near(index: Index, listed: Sequence[ListedFace], frames: NDArray[np.float32]) -> tuple[list[ListedFace], int]:
    """Return all faces of the people near to some frames, and how many people there are."""
    near = index.near(frames, PROPOSED)
    people = {face.user for face in listed if face.id in near}
    return [face for face in listed if face.user in people], len({face.user for face in listed})


Opened = tuple[ListedFace, NDArray[np.float32]]
"""A face and its templates, (templates, dimension)."""


async def _opened_by_face(clerk: Clerk, faces: Sequence[ListedFace], manifest: Manifest) -> dict[str, Opened]:
    found: dict[str, Opened] = {}
    async for job, vectors in opened(clerk, faces, manifest.embedder.dimension):
        ends = np.cumsum([face.templates for face in job])
        found |= {face.id: (face, own) for face, own in zip(job, np.split(vectors, ends[:-1]), strict=True)}
    return found


async def _crowd(found: Sequence[Opened], manifest: Manifest, yardstick: Yardstick, enrolled: int = 0) -> Crowd:
    """Return the crowd of these faces; how many are `enrolled` where it is not all of them."""
    faces = tuple(face for face, _vectors in found)
    vectors = [np.empty((0, manifest.embedder.dimension), np.float32), *(vectors for _face, vectors in found)]
    # In a thread: to hold 100,000 vectors against a pack's cohort takes seconds.
    held = await asyncio.to_thread(lambda: yardstick.hold(np.concatenate(vectors)))
    return Crowd(faces, held, enrolled or len({face.user for face in faces}))


def _by_face(crowd: Crowd) -> dict[str, NDArray[np.float32]]:
    starts = crowd.face_starts.tolist()
    return {
        face.id: crowd.held.vectors[start : start + face.templates]
        for face, start in zip(crowd.faces, starts, strict=True)
    }
