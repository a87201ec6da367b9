"""What the attributes network learns from, what it is calibrated on, and what is kept for figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.labelled import Labelled, held_out, joined, read_labelled
from facelatch_models.evaluation.likeness import vectors_of
from facelatch_models.face import Embedder
from facelatch_models.train.data import DataError, Progress, Source

CALIBRATED: Final = 6
"""One in so many of the pictures that may be learnt from is kept to choose, calibrate and set bounds by."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some faces with the teacher's vectors, (n, dimension) float32, and the index of each one's source, (n,)."""

    known: Labelled
    vectors: NDArray[np.float32]
    source: NDArray[np.int64]

    def only(self, chosen: NDArray[np.bool_]) -> Share:
        """Return the faces that are chosen, (n,)."""
        return Share(self.known.only(chosen), self.vectors[chosen], self.source[chosen])

    def save(self, path: Path) -> None:
        """Write the share as one file."""
        known = {field.name: getattr(self.known, field.name) for field in fields(Labelled)}
        np.savez(path, vectors=self.vectors, source=self.source, **known)

    @classmethod
    def load(cls, path: Path) -> Share:
        """Return what `save` wrote."""
        with np.load(path) as stored:
            known = Labelled(*(stored[field.name] for field in fields(Labelled)))
            return cls(known, stored["vectors"], stored["source"])


@dataclass(frozen=True, slots=True)
class Shares:
    """The three parts; no picture is in two of them."""

    learn: Share
    calibrate: Share
    held: Share


def read_shares(sources: Sequence[Source], data: Path, embedder: Embedder, progress: Progress | None = None) -> Shares:
    """Read and divide the archives that a recipe names, and embed every face (4 ms each).

    Raises `DataError` where an archive cannot be read or a part stays empty, `NetworkFailed`.
    """
    learn, calibrate, held = [], [], []
    try:
        archives = [read_labelled(data / source.path) for source in sources]
    except GalleryError as error:
        raise DataError(str(error)) from error
    total, done = sum(len(known.ages) for known in archives), 0
    for index, known in enumerate(archives):
        count = len(known.ages)
        vectors = vectors_of(known.faces, embedder, _shifted(progress, done, total))
        share = Share(known, vectors, np.full(count, index, np.int64))
        out = held_out(count)
        inner = share.only(~out)
        apart = np.arange(len(inner.source)) % CALIBRATED == CALIBRATED - 1
        learn.append(inner.only(~apart))
        calibrate.append(inner.only(apart))
        held.append(share.only(out))
        done += count
    found = Shares(_joined(learn), _joined(calibrate), _joined(held))
    if not all(len(share.source) for share in (found.learn, found.calibrate, found.held)):
        raise DataError(f"{data}: too few pictures to learn from, calibrate on and measure on")
    return found


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Return what tells the progress of an archive as a part of that of all."""
    return None if progress is None else lambda done, _: progress(before + done, total)


def _joined(parts: Sequence[Share]) -> Share:
    return Share(
        joined([part.known for part in parts]),
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.source for part in parts]),
    )
