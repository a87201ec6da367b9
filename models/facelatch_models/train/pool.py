"""Labelled mixtures: made as they are needed, kept on disk, each learnt from a few times and then left behind.

Labelling costs about 5 ms of a core, learning from a picture 6 to 10: a mixture is therefore used about three times,
which costs nothing in quality as long as there are far more mixtures than a student can remember.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Picture
from facelatch_models.train.mixtures import Mixer
from facelatch_models.train.teacher import Teacher
from facelatch_models.train.team import Team

STUDENT_SIDE: Final = 80
PARTS: Final = 16
"""Files of a chunk: what workers, and the threads of one, share among them."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Mixtures with what the teacher says of them; rows belong together.

    faces: (n, STUDENT_SIDE, STUDENT_SIDE, 3) uint8. vectors: (n, dimension). coarse, fine: (n, channels, side, side).
    All but the faces float16: half the disk, and far finer than a student's errors.
    """

    faces: NDArray[np.uint8]
    vectors: NDArray[np.float16]
    coarse: NDArray[np.float16]
    fine: NDArray[np.float16]

    def rows(self, chosen: NDArray[np.intp]) -> Labelled:
        """Return some of the rows."""
        return Labelled(*(getattr(self, field.name)[chosen] for field in fields(self)))


def joined(parts: Sequence[Labelled]) -> Labelled:
    """Return all rows, one part after the other."""
    return Labelled(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Labelled)))


class Pool:
    """Chunks of labelled mixtures: seed, chunk and part say what is in one, whoever makes it and when."""

    def __init__(self, folder: Path, mixer: Mixer, teacher: Teacher, seed: int, chunk: int) -> None:
        """Keep chunks of `chunk` mixtures, rounded up to a multiple of `PARTS`, in `folder`."""
        self._folder, self._mixer, self._teacher = folder, mixer, teacher
        self._seed, self._rows = seed, -(-chunk // PARTS)
        self._chunks: dict[int, Labelled] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def open_window(self, first: int, end: int, team: Team) -> None:
        """Have the chunks `first` to `end` - 1 in memory, and none before them, which are removed from the disk too.

        What is not on disk is made, by every worker its share. Raises `NetworkFailed`.
        """
        for index in [index for index in self._chunks if index < first]:
            del self._chunks[index]
        missing = [index for index in range(first, end) if index not in self._chunks]
        if not missing:
            return
        wanted = [(index, part) for index in missing for part in range(team.rank, PARTS, team.size)]
        threads = max(1, (os.cpu_count() or 1) // team.size)
        with ThreadPoolExecutor(threads) as makers:
            list(makers.map(self._make, *zip(*wanted, strict=True)))
        team.meet()
        for index in missing:
            self._chunks[index] = joined([self._read(index, part) for part in range(PARTS)])
        if team.leads:
            self._forget_before(first)

    def draw(self, count: int, random: np.random.Generator) -> Labelled:
        """Return random rows, from four chunks of the window at a time: well mixed, and cheap to gather."""
        places = random.choice(sorted(self._chunks), 4)
        sizes = [count // 4 + (turn < count % 4) for turn in range(4)]
        return joined(
            [
                self._chunks[place].rows(random.choice(self._rows * PARTS, size))
                for place, size in zip(places.tolist(), sizes, strict=True)
            ]
        )

    def _forget_before(self, first: int) -> None:
        for index in range(first - 1, -1, -1):
            found = [path for part in range(PARTS) if (path := self._path(index, part)).exists()]
            if not found:
                return
            for path in found:
                path.unlink()

    def _path(self, index: int, part: int) -> Path:
        return self._folder / f"{self._seed}-{self._rows}-{index:06d}-{part:02d}.npz"

    def _read(self, index: int, part: int) -> Labelled:
        with np.load(self._path(index, part)) as stored:
            return Labelled(*(stored[field.name] for field in fields(Labelled)))

    def _make(self, index: int, part: int) -> None:
        path = self._path(index, part)
        if path.exists():
            return
        random = np.random.default_rng((self._seed, index, part))
        faces, labels = [], []
        for _ in range(self._rows):
            face = self._mixer.draw(random)
            labels.append(self._teacher.label(face))
            faces.append(for_student(face))
        unfinished = path.with_suffix(".part.npz")
        np.savez(
            unfinished,
            faces=np.stack(faces),
            vectors=np.stack([label.vector for label in labels]).astype(np.float16),
            coarse=np.stack([label.coarse for label in labels]).astype(np.float16),
            fine=np.stack([label.fine for label in labels]).astype(np.float16),
        )
        os.replace(unfinished, path)


def for_student(face: Picture) -> Picture:
    """Return an aligned face in the size that a student is fed."""
    return np.asarray(cv2.resize(face, (STUDENT_SIDE, STUDENT_SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
