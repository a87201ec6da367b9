"""The recipe with a teacher: what the student is shown, and how far it is from the teacher."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.train.data import FaceSet
from facelatch_models.train.losses import MapLoss, cosine_loss, relation_loss
from facelatch_models.train.mixtures import Mixer
from facelatch_models.train.pool import STUDENT_SIDE, Pool
from facelatch_models.train.recipe import Recipe
from facelatch_models.train.student import STAGES, Student, fed, processor_is_fast_with_bfloat16
from facelatch_models.train.teacher import Teacher
from facelatch_models.train.team import Team
from facelatch_models.train.watch import Watched, resized

SMALL_SIDE: Final = 64
"""Pixels in the first part of a run, where the recipe wants that: a picture costs two thirds of one of 80.

The change has its price: at 435,000 samples it set the cosine loss back from 0.215 to 0.30, and 60,000 samples later it
stood at 0.235. It pays in long runs only, and early in them."""

SCALE_FACES: Final = 256
"""Mixtures that the scale of the teacher's maps is taken from."""


class Distillation:
    """A student and its teacher; see `loop.Task`."""

    def __init__(
        self, recipe: Recipe, sets: list[FaceSet], held: FaceSet, teacher: Teacher, folder: Path, team: Team
    ) -> None:
        """Take one set a source of the recipe, and the people held out; mixtures are kept in `folder`."""
        self._settings, self._seed, self._team = recipe.distil, recipe.seed, team
        self._batch = max(2, recipe.batch // team.size)
        mixer = Mixer([one.faces for one in sets], [source.share for source in recipe.source])
        self._pool = Pool(folder / "mixtures", mixer, teacher, recipe.seed, recipe.distil.chunk)
        random = np.random.default_rng(recipe.seed)
        labels = [teacher.label(mixer.draw(random)) for _ in range(SCALE_FACES)]
        coarse, fine = (
            torch.from_numpy(np.stack(maps))
            for maps in ([label.coarse for label in labels], [label.fine for label in labels])
        )
        self.student = Student()
        self._maps = MapLoss(coarse, fine, (STAGES[-1][0], STAGES[-2][0]))
        self.module = nn.ModuleList((self.student, self._maps)).to(team.device)
        self._fast = processor_is_fast_with_bfloat16()
        self._watched = Watched(held)
        self._wanted = torch.from_numpy(np.stack([teacher.label(face).vector for face in held.faces]))

    def losses(self, step: int, samples: int, progress: float) -> dict[str, Tensor]:
        """Return the weighted parts of the loss on this worker's share of a batch."""
        settings = self._settings
        first = int(samples / (settings.reuse * settings.chunk))
        self._pool.open_window(first, first + settings.window, self._team)
        random = np.random.default_rng((self._seed, step, self._team.rank))
        drawn = self._pool.draw(self._batch, random)
        faces, wanted, coarse, fine = (
            torch.from_numpy(array).to(self._team.device)
            for array in (drawn.faces, drawn.vectors, drawn.coarse, drawn.fine)
        )
        pictures = resized(_relit(fed(faces), random), self._side(progress))
        with torch.autocast(self._team.device, torch.bfloat16, enabled=self._fast):
            seen = self.student(pictures)
            maps = self._maps(seen, coarse.float(), fine.float())
        found, wanted = functional.normalize(seen.vectors.float(), dim=1), wanted.float()
        return {
            "cosine": cosine_loss(found, wanted),
            "relation": settings.relation * relation_loss(found, wanted),
            "maps": settings.maps * (1 - min(progress, 1.0)) * maps,
        }

    def figures(self, progress: float) -> dict[str, float]:
        """Return the figures on people held out, the true accept rate first, and the mean cosine with the teacher."""
        vectors = self._watched.vectors(self.student, self._team.device, self._side(progress))
        return {
            **self._watched.figures(vectors),
            "cosine with the teacher": float((vectors * self._wanted).sum(1).mean()),
        }

    def _side(self, progress: float) -> int:
        return SMALL_SIDE if progress < self._settings.small else STUDENT_SIDE


def _relit(pictures: Tensor, random: np.random.Generator) -> Tensor:
    """Return pictures, each with up to a tenth more or less contrast and brightness: no two uses are equal."""
    shape = (len(pictures), 1, 1, 1)
    gain, offset = random.uniform(0.9, 1.1, shape), random.uniform(-0.08, 0.08, shape)
    return pictures * torch.from_numpy(gain).to(pictures) + torch.from_numpy(offset).to(pictures)
