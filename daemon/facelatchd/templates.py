"""The templates of many people out of the store, in short jobs: between two of them a login gets its turn at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from facelatchd.clerk import Clerk
from facelatchd.store import ListedFace, SealBroken
from facelatchd.store.everybody import MOST_LISTED

JOB: Final = 512
"""Templates that are opened in one job of the clerk's, about: it ends with a face."""

Job = tuple[list[ListedFace], NDArray[np.float32]]
"""Faces and their templates, (templates, dimension), each face's in a row."""


async def listed_faces(clerk: Clerk, space: str) -> tuple[ListedFace, ...]:
    """Return all faces of a space, person by person."""
    faces: list[ListedFace] = []
    more = True
    while more:
        some = await clerk.do(clerk.store.everybody.faces, space, faces[-1].id if faces else "")
        faces += some
        more = len(some) == MOST_LISTED
    # In a thread, as all that takes long with very many: a login must not wait for its turn at the loop.
    return tuple(await asyncio.to_thread(sorted, faces, key=lambda face: (face.user.name, face.user.uid, face.id)))


async def opened(clerk: Clerk, faces: Sequence[ListedFace], dimension: int) -> AsyncIterator[Job]:
    """Yield the faces' templates, job by job and in their order; a face that goes meanwhile is left out.

    What is added to a face meanwhile is, too: it shows in the next list. Raises what the store raises, and `SealBroken`
    where templates have not this dimension.
    """
    for job in _jobs(faces):
        found = await clerk.do(clerk.store.everybody.vectors, [face.id for face in job])
        there = [face for face in job if face.id in found]
        for face in there:
            if (numbers := found[face.id].shape[1]) != dimension:
                raise SealBroken(
                    f"face {face.id[:12]} of {face.user.name}: templates of {numbers} numbers, expected {dimension}; "
                    "remove it and enrol it anew"
                )
        vectors = [found[face.id][: face.templates] for face in there]
        if there:
            counted = zip(there, vectors, strict=True)
            yield [msgspec.structs.replace(face, templates=len(own)) for face, own in counted], np.concatenate(vectors)


def _jobs(faces: Sequence[ListedFace]) -> Iterator[list[ListedFace]]:
    job: list[ListedFace] = []
    templates = 0
    for face in faces:
        job.append(face)
        templates += face.templates
        if templates >= JOB:
            yield job
            job, templates = [], 0
    if job:
        yield job
