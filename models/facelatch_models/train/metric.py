"""The recipe without a teacher: people's names are all that is known."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.train.data import DataError, FaceSet
from facelatch_models.train.losses import ArcFace, batch_hard_triplet_loss
from facelatch_models.train.mixtures import lit, warped
from facelatch_models.train.pool import STUDENT_SIDE, for_student
from facelatch_models.train.recipe import Recipe
from facelatch_models.train.student import Student, fed, processor_is_fast_with_bfloat16
from facelatch_models.train.team import Team
from facelatch_models.train.watch import Watched


class MetricLearning:
    """A network that learns to tell named people apart; see `loop.Task`."""

    def __init__(self, recipe: Recipe, sets: list[FaceSet], held: FaceSet, team: Team) -> None:
        """Take one set a source, and the people held out.

        People with one picture have nobody to be like, and are left out. Raises `DataError` where too few are left for
        a batch.
        """
        self._settings, self._seed, self._team = recipe.metric, recipe.seed, team
        self._faces = np.concatenate([one.faces for one in sets])
        names, people = np.unique(np.concatenate([one.people for one in sets]), return_inverse=True)
        rows = [np.flatnonzero(people == person) for person in range(len(names)) if names[person]]
        self._rows: list[NDArray[np.intp]] = [one for one in rows if len(one) >= 2]
        self._people = max(2, recipe.batch // team.size // recipe.metric.pictures)
        if len(self._rows) < self._people:
            raise DataError(
                f"{len(self._rows)} people have two pictures or more; a batch of {recipe.batch} wants {self._people}"
            )
        self.student = Student()
        self._arcface = ArcFace(len(self._rows), recipe.metric)
        self.module = nn.ModuleList((self.student, self._arcface)).to(team.device)
        self._fast = processor_is_fast_with_bfloat16()
        self._watched = Watched(held)

    def losses(self, step: int, samples: int, progress: float) -> dict[str, Tensor]:
        """Return the weighted parts of the loss on this worker's share of a batch."""
        random = np.random.default_rng((self._seed, step, self._team.rank))
        chosen = random.choice(len(self._rows), self._people, replace=False)
        faces = np.stack([self._varied(person, random) for person in chosen for _ in range(self._settings.pictures)])
        people = torch.from_numpy(chosen.repeat(self._settings.pictures)).to(self._team.device)
        with torch.autocast(self._team.device, torch.bfloat16, enabled=self._fast):
            seen = self.student(fed(torch.from_numpy(faces).to(self._team.device)))
        vectors = functional.normalize(seen.vectors.float(), dim=1)
        return {
            "arcface": self._arcface(vectors, people),
            "triplet": self._settings.triplet * batch_hard_triplet_loss(vectors, people, self._settings.margin),
        }

    def figures(self, progress: float) -> dict[str, float]:
        """Return the true accept rates on people held out."""
        return self._watched.figures(self._watched.vectors(self.student, self._team.device, STUDENT_SIDE))

    def _varied(self, person: int, random: np.random.Generator) -> NDArray[np.uint8]:
        """Return a random picture of a person, mirrored, moved, bent and lit at random."""
        face = self._faces[random.choice(self._rows[person])]
        mirrored = np.ascontiguousarray(face[:, ::-1] if random.random() < 0.5 else face)
        return for_student(lit(warped(mirrored, random), random))
