"""What the network is shown and asked while it learns; see `loop.Task`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from facelatch_models.evaluation.labelled import ADULT, BANDS, UNKNOWN, VOCABULARY, Labelled
from facelatch_models.face import Picture
from facelatch_models.train.attributes.augmentation import faceless, masked, shown
from facelatch_models.train.attributes.data import Share
from facelatch_models.train.attributes.network import COLUMNS, LABELS, SIDE, Beholder, both_ways, fed
from facelatch_models.train.losses import cosine_loss
from facelatch_models.train.recipe import Recipe
from facelatch_models.train.student import processor_is_fast_with_bfloat16
from facelatch_models.train.team import Team

FACELESS: Final = 0.05
"""Share of pictures without a face to be judged: for these every label is wrong."""

MASKED: Final = 0.12
"""Share of the faces known to be bare that get a mask drawn on."""

BLUR: Final = 2.5
"""Years (standard deviation) by which a labelled age may be off: near its end a year belongs to two bands."""

RARE: Final = 0.5
"""Exponent of an age band's size in how often its pictures are drawn: 1 as they come, 0 all bands alike."""

WEIGHTS: Final = {"gender": 1.0, "age": 1.0, "mask": 0.5}
VECTOR: Final = 1.0
"""Weight of the likeness to the teacher's vector; an embedding of who somebody is holds gender and age as well."""

BATCH: Final = 256


class Perception:
    """The labels and the teacher's vectors of a share of faces, to be learnt together."""

    def __init__(self, recipe: Recipe, learn: Share, watched: Share, team: Team) -> None:
        """Take what is learnt from, and the share that progress is measured on."""
        self._learn, self._seed, self._batch, self._team = learn, recipe.seed, recipe.batch, team
        self._chances = np.cumsum(chances(learn, [source.share for source in recipe.source]))
        self._wanted, self._asked = wanted(learn.known)
        self.student = Beholder(learn.vectors.shape[1])
        self.module = self.student.to(team.device, memory_format=torch.channels_last)
        self._fast = processor_is_fast_with_bfloat16()
        self._watched, self._pictures = watched, fed(torch.from_numpy(np.stack([*map(plain, watched.known.faces)])))

    def losses(self, step: int, samples: int, progress: float) -> dict[str, Tensor]:
        """Return the weighted parts of the loss on a batch, which seed and step decide."""
        random = np.random.default_rng((self._seed, step))
        rows = np.searchsorted(self._chances, random.random(self._batch) * self._chances[-1], "right")
        faces = np.empty((self._batch, SIDE, SIDE, 3), np.uint8)
        wanted, asked = self._wanted[rows].copy(), self._asked[rows].copy()
        whole = np.ones(self._batch, np.float32)
        for place, row in enumerate(rows):
            face, kind = self._learn.known.faces[row], random.random()
            if kind < FACELESS:
                faces[place] = faceless(face, random)
                wanted[place], asked[place], whole[place] = 0, 1, 0
                continue
            if kind < FACELESS + MASKED and wanted[place, COLUMNS["mask"]][1] == 1:
                face = masked(face, random)
                wanted[place, COLUMNS["mask"]], whole[place] = (1, 0), 0
            faces[place] = shown(face, random)
        pictures, targets, weights, vectors, seen = (
            torch.from_numpy(array).to(self._team.device)
            for array in (faces, wanted, asked, self._learn.vectors[rows], whole)
        )
        with torch.autocast(self._team.device, torch.bfloat16, enabled=self._fast):
            found = self.module(fed(pictures))
        parts = label_losses(found.logits.float(), targets, weights)
        guessed = functional.normalize(found.vectors.float(), dim=1)[seen > 0]
        return {**parts, "vector": VECTOR * cosine_loss(guessed, vectors[seen > 0])}

    def figures(self, progress: float) -> dict[str, float]:
        """Return shares of right answers, without any "unsure", on the watched share; adults' gender first."""
        logits = self.logits(self._pictures)
        found = {}
        for name, columns in COLUMNS.items():
            truth = self._watched.known.truth(name)
            right = logits[:, columns].argmax(axis=1) == truth
            if name == "gender":
                found["gender of adults"] = _mean(right[(self._watched.known.ages >= ADULT) & (truth != UNKNOWN)])
            found[name] = _mean(right[truth != UNKNOWN])
        return found

    def logits(self, pictures: Tensor) -> NDArray[np.float32]:
        """Return the logits of pictures as the network is fed them, seen both ways, (n, LABELS)."""
        self.module.eval()
        with torch.no_grad():
            parts = [both_ways(self.module, part.to(self._team.device)).cpu() for part in pictures.split(BATCH)]
        self.module.train()
        return np.asarray(torch.cat(parts).numpy(), np.float32)


def chances(share: Share, weights: Sequence[float]) -> NDArray[np.float64]:
    """Return how often each face is drawn, (n,): each source by its weight, rare age bands oftener than they come."""
    bands = share.known.truth("age")
    found = np.ones(len(bands))
    for band in range(len(VOCABULARY["age"])):
        found[bands == band] = max(1, int((bands == band).sum())) ** (RARE - 1)
    for source, weight in enumerate(weights):
        of_source = share.source == source
        if of_source.any():
            found[of_source] *= weight / found[of_source].sum()
    return np.asarray(found / found.sum(), np.float64)


def wanted(known: Labelled) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return, for every label, what is right, in [0, 1], and whether that is known, 0 or 1; both (n, LABELS)."""
    right = np.zeros((len(known.ages), LABELS), np.float32)
    asked = np.zeros_like(right)
    for name, columns in COLUMNS.items():
        truth = known.truth(name)
        seen = truth != UNKNOWN
        asked[seen, columns] = 1
        right[seen, columns.start + truth[seen]] = 1
    aged = known.ages >= 0
    right[aged, COLUMNS["age"]] = bands_of(known.ages[aged])
    return right, asked


def bands_of(ages: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how much each age, in years, belongs to each band, (n, bands); rows add up to 1."""
    ends = [(begin - 0.5 - ages) / (BLUR * math.sqrt(2)) for begin in BANDS]
    below = np.column_stack(
        [np.zeros(len(ages)), *((1 + np.vectorize(math.erf)(end)) / 2 for end in ends), np.ones(len(ages))]
    )
    return np.diff(below, axis=1).astype(np.float32)


def label_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Return the mean cross entropy of each attribute's labels, each label a yes or no of its own."""
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, weights, reduction="none")
    return {
        name: WEIGHTS[name] * entropy[:, columns].sum() / weights[:, columns.start].sum().clamp(min=1)
        for name, columns in COLUMNS.items()
    }


def plain(face: Picture) -> Picture:
    """Return an aligned face in the network's size."""
    return np.asarray(cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)


def _mean(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if right.size else 0.0
