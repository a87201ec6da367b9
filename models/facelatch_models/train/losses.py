"""What is minimised: how far a student is from its teacher, or one person from another."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.train.recipe import Metric
from facelatch_models.train.student import DIMENSION, Seen


def cosine_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return 1 - cosine, averaged over rows of unit length."""
    return (1 - (found * wanted).sum(dim=1)).mean()


def relation_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared difference of all cosines within the batch; rows of unit length.

    Who is like whom is what a vector is for; W. Park et al., "Relational knowledge distillation", CVPR 2019.
    """
    return ((found @ found.T - wanted @ wanted.T) ** 2).mean()


class MapLoss(nn.Module):  # type: ignore[misc]
    """How badly the teacher's maps can be read off the student's, channel by channel in units of their spread."""

    def __init__(self, coarse: Tensor, fine: Tensor, channels: tuple[int, int]) -> None:
        """Take samples of the teacher's maps, (n, channels, side, side), and the student's channels, coarse first."""
        super().__init__()
        self.readers = nn.ModuleList(
            nn.Conv2d(before, after.shape[1], 1) for before, after in zip(channels, (coarse, fine), strict=True)
        )
        for name, sample in (("coarse", coarse), ("fine", fine)):
            self.register_buffer(f"{name}_mean", sample.mean((0, 2, 3), keepdim=True))
            self.register_buffer(f"{name}_spread", sample.std((0, 2, 3), keepdim=True) + 1e-3)

    def forward(self, seen: Seen, coarse: Tensor, fine: Tensor) -> Tensor:
        """Return the sum of both maps' mean squared errors."""
        wanted = (coarse - self.coarse_mean) / self.coarse_spread, (fine - self.fine_mean) / self.fine_spread
        read = (reader(flow) for reader, flow in zip(self.readers, (seen.coarse, seen.fine), strict=True))
        return sum(((one.float() - other) ** 2).mean() for one, other in zip(read, wanted, strict=True))


def batch_hard_triplet_loss(vectors: Tensor, people: Tensor, margin: float) -> Tensor:
    """Return the mean of max(0, nearest stranger's - farthest own cosine + margin) over rows of unit length.

    A. Hermans, L. Beyer, B. Leibe, "In defense of the triplet loss for person re-identification", 2017. Rows without
    a second picture of the person, or without a stranger, do not count; where none is left the loss is 0.
    """
    cosines = vectors @ vectors.T
    same = people[:, None] == people[None, :]
    own = same & ~torch.eye(len(people), dtype=torch.bool, device=people.device)
    farthest = cosines.masked_fill(~own, math.inf).amin(dim=1)
    nearest = cosines.masked_fill(same, -math.inf).amax(dim=1)
    counts = own.any(dim=1) & (~same).any(dim=1)
    if not bool(counts.any()):
        return vectors.sum() * 0
    return functional.relu(nearest[counts] - farthest[counts] + margin).mean()


class ArcFace(nn.Module):  # type: ignore[misc]
    """A direction for every person of the training set, which a vector must meet by an angle to spare.

    J. Deng et al., "ArcFace: additive angular margin loss for deep face recognition", CVPR 2019. Where angle and margin
    together pass a straight line, the cosine is lowered by a constant instead, so that it keeps falling.
    """

    def __init__(self, people: int, settings: Metric) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(people, DIMENSION))
        self.angle, self.scale = settings.angle, settings.scale

    def forward(self, vectors: Tensor, people: Tensor) -> Tensor:
        """Return the mean cross entropy; rows of unit length."""
        cosines = (vectors @ functional.normalize(self.directions, dim=1).T).clamp(-1 + 1e-6, 1 - 1e-6)
        rows = torch.arange(len(people), device=people.device)
        own = cosines[rows, people]
        shifted = torch.cos(torch.acos(own) + self.angle)
        beyond = own < math.cos(math.pi - self.angle)
        lowered = torch.where(beyond, own - self.angle * math.sin(self.angle), shifted)
        logits = cosines.index_put((rows, people), lowered)
        return functional.cross_entropy(logits * self.scale, people)
