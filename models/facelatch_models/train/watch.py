"""How well a network tells people apart whom it does not learn from, while it learns."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.statistics import threshold_at
from facelatch_models.train.data import DataError, FaceSet
from facelatch_models.train.pool import for_student
from facelatch_models.train.student import both_ways, fed

RATES: Final = (1e-3, 1e-4)
BATCH: Final = 128


class Watched:
    """The pictures of people held out."""

    def __init__(self, faces: FaceSet) -> None:
        """Take named faces; raises `DataError` where they have too few pairs of one person or of two to measure on."""
        _, self._people = np.unique(faces.people, return_inverse=True)
        self._first, self._second = np.triu_indices(len(faces.people), 1)
        self._same = self._people[self._first] == self._people[self._second]
        strangers = int((~self._same).sum())
        if not self._same.any() or strangers * max(RATES) < 1:
            raise DataError(
                f"too few are held out to measure on: they have {int(self._same.sum())} pairs of pictures of one "
                f"person and {strangers} of two, expected at least 1 and {1 / max(RATES):.0f}"
            )
        self._pictures = fed(torch.from_numpy(np.stack([for_student(face) for face in faces.faces])))

    def vectors(self, student: nn.Module, device: str, side: int) -> Tensor:
        """Return the unit vectors of all pictures, seen at `side` pixels, on the processor."""
        student.eval()
        with torch.no_grad():
            found = [both_ways(student, resized(part.to(device), side)).cpu() for part in self._pictures.split(BATCH)]
        student.train()
        return torch.cat(found)

    def figures(self, vectors: Tensor) -> dict[str, float]:
        """Return the true accept rate at every FMR of `RATES` that the pairs of strangers can show."""
        cosines = (vectors @ vectors.T).numpy()[self._first, self._second]
        genuine, impostors = cosines[self._same], np.sort(cosines[~self._same])
        bars = {rate: threshold_at(impostors, rate) for rate in RATES}
        return {f"TAR at FMR {rate:g}": float((genuine > bar).mean()) for rate, bar in bars.items() if bar is not None}


def resized(pictures: Tensor, side: int) -> Tensor:
    """Return pictures (n, 3, any, any) at `side` pixels, smoothed before they are made smaller."""
    if pictures.shape[-1] == side:
        return pictures
    return functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True, align_corners=False)
