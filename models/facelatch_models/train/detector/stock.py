"""The scenes that are drawn from: painting one takes as long as learning from two, so each is used a few times."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from facelatch_models.evaluation.detection import MIRRORED
from facelatch_models.train.detector.network import fed
from facelatch_models.train.detector.recipe import DetectorRecipe
from facelatch_models.train.detector.scenes import MOST_FACES, SCENE, Painter
from facelatch_models.train.team import Team


class Stock:
    """A window over an endless row of scenes, moved on as samples are drawn.

    Seed, worker and place in the row say what a scene shows: a run that is taken up again goes on as it would have.
    """

    def __init__(self, painter: Painter, recipe: DetectorRecipe, team: Team) -> None:
        self._painter, self._recipe, self._team = painter, recipe, team
        self._pictures = np.zeros((recipe.kept, SCENE, SCENE, 3), np.uint8)
        self._faces = np.zeros((recipe.kept, MOST_FACES, 15), np.float32)
        self._end = 0
        """Place in the row behind the last scene that is here; 0: none is."""

        # beside a GPU all cores paint; without one there is a worker for each
        self._threads = len(os.sched_getaffinity(0)) if team.device != "cpu" else 1

    def batch(self, count: int, samples: int) -> tuple[Tensor, Tensor]:
        """Return `count` scenes as the network is fed them, and their faces; half of them mirrored.

        samples: how many this worker has drawn before; the same number gives the same batch.
        """
        self._move_to(int(samples / self._recipe.reuse))
        random = np.random.default_rng((self._recipe.seed, self._team.rank, samples, 1))
        rows = random.choice(self._recipe.kept, count, replace=False)
        pictures, faces = self._pictures[rows], self._faces[rows]
        turned = random.random(count) < 0.5
        pictures[turned] = pictures[turned, :, ::-1]
        faces[turned] = mirrored(faces[turned])
        device = self._team.device
        # memory in the order of the bytes: half as long a step, where processors work through channels together
        fed_pictures = fed(torch.from_numpy(pictures).to(device)).contiguous(memory_format=torch.channels_last)
        return fed_pictures, torch.from_numpy(faces).to(device)

    def _move_to(self, first: int) -> None:
        """Have the scenes `first` to `first` + kept - 1 here."""
        places = range(max(first, self._end), first + self._recipe.kept)
        if self._threads > 1 and len(places) > 1:
            with ThreadPoolExecutor(self._threads) as threads:
                list(threads.map(self._paint, places))
        else:
            for place in places:
                self._paint(place)
        self._end = first + self._recipe.kept

    def _paint(self, place: int) -> None:
        scene = self._painter.scene(np.random.default_rng((self._recipe.seed, self._team.rank, place, 0)))
        row = place % self._recipe.kept
        self._pictures[row], self._faces[row] = scene.picture, scene.faces


def mirrored(
    faces: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return faces (n, k, 15) of mirrored scenes; empty rows stay empty."""
    turned = faces.copy()
    turned[..., 0] = SCENE - faces[..., 0]
    points = faces[..., 4:14].reshape(*faces.shape[:2], 5, 2)[:, :, list(MIRRORED)]
    points[..., 0] = SCENE - points[..., 0]
    turned[..., 4:14] = points.reshape(*faces.shape[:2], 10)
    return turned
