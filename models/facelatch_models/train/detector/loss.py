"""What is wanted of which cell, and how far the network is from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from facelatch_models.train.detector.network import STRIDES

SIZES: Final = ((0.0, 64.0), (40.0, 160.0), (120.0, 1e4))
"""Pixels: the faces (root of the box's area) that the cells of each stride are to find; neighbours share some."""

BETWEEN: Final = 1.4
"""Factor beyond these sizes within which a stride may find a face or not."""

REACH: Final = (0.2, 0.7)
"""A cell is a face's own where its middle is nearer the face's than this share of its size, or of the stride."""

ROUND: Final = 1.6
"""Factor of the reach within which a cell that is not a face's own may find it or not."""

SHARPNESS: Final = 15.0
"""How fast the wanted quality falls with the mean error of the points in shares of the face's size."""

WEIGHTS: Final = {"face": 1.0, "quality": 0.5, "box": 1.0, "points": 30.0}
"""Landmarks weigh most: a recogniser sees a face through them alone."""

PLAIN: Final = (0.25, 64.0)
"""Weight of the points of the smallest faces, and the size from which they have their full one: of a face of 20 pixels
even the teacher knows them to a tenth of the eyes' distance only."""

NEAR: Final = 0.02
"""Share of the face's size below which an error of a coordinate counts with its square."""


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of a picture, stride by stride: upper left corners in units of the stride, (m, 2); strides, (m, 1)."""

    corners: Tensor
    strides: Tensor

    @classmethod
    def of(cls, answers: list[Tensor]) -> Cells:
        """Return the cells of a network's answers."""
        corners, strides = [], []
        for answer, stride in zip(answers, STRIDES, strict=True):
            height, width = answer.shape[2:]
            rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
            corners.append(torch.stack((columns.flatten(), rows.flatten()), 1).float())
            strides.append(torch.full((height * width, 1), float(stride)))
        device = answers[0].device
        return cls(torch.cat(corners).to(device), torch.cat(strides).to(device))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of every cell of every picture, (n, m): whether it is a face's own, whether it says anything, whose it is."""

    own: Tensor
    counts: Tensor
    face: Tensor


def wanted(faces: Tensor, cells: Cells) -> Wanted:
    """Return what faces, (n, k, 15) as in `scenes.Scene`, want of the cells; the smaller of two faces has a cell."""
    middles = (cells.corners + 0.5) * cells.strides
    away = (middles - faces[:, :, None, :2]).abs()
    size = faces[:, :, 2].clamp(min=0).mul(faces[:, :, 3].clamp(min=0)).sqrt()[:, :, None]
    stride = cells.strides[:, 0]
    reach = torch.maximum(REACH[0] * size, REACH[1] * stride)
    distance = away.amax(dim=3)
    limits = torch.tensor(SIZES, device=faces.device)[[STRIDES.index(int(one)) for one in stride.tolist()]]
    low, high = limits[:, 0], limits[:, 1]
    sure, perhaps = (faces[:, :, 14:] == 1), (faces[:, :, 14:] == 0)
    own = sure & (distance < reach) & (size >= low) & (size < high)
    near = (distance < ROUND * reach) & (size >= low / BETWEEN) & (size < high * BETWEEN)
    inside = perhaps & (away < faces[:, :, None, 2:4] / 2).all(dim=3)
    smallest = torch.where(own, size, torch.inf).argmin(dim=1)
    anybody = own.any(dim=1)
    return Wanted(anybody, anybody | ~((sure & near) | inside).any(dim=1), smallest)


def losses(answers: list[Tensor], faces: Tensor) -> dict[str, Tensor]:
    """Return the weighted parts of the loss; `faces`: (n, k, 15) as in `scenes.Scene`."""
    cells = Cells.of(answers)
    said = torch.cat([answer.flatten(2).transpose(1, 2) for answer in answers], dim=1)
    want = wanted(faces, cells)
    found = said[..., 0]
    surprise = (want.own.float() - found.sigmoid()).abs().detach() ** 2  # focal: T.-Y. Lin et al., 2017
    entropy = functional.binary_cross_entropy_with_logits(found, want.own.float(), reduction="none")
    count = want.own.sum().clamp(min=1)
    picture, cell = want.own.nonzero(as_tuple=True)
    face = faces[picture, want.face[picture, cell]]
    answer, corner, stride = said[picture, cell], cells.corners[cell], cells.strides[cell]
    size = (face[:, 2:3] * face[:, 3:4]).clamp(min=1e-6).sqrt()
    points = (answer[:, 6:].unflatten(1, (5, 2)) + corner[:, None]) * stride[:, None]
    errors = (points.flatten(1) - face[:, 4:14]) / size
    quality = torch.exp(-SHARPNESS * errors.detach().abs().mean(dim=1))
    rough = functional.smooth_l1_loss(errors, torch.zeros_like(errors), beta=NEAR, reduction="none").mean(dim=1)
    plain = (size[:, 0] / PLAIN[1]).clamp(PLAIN[0], 1)
    parts = {
        "face": (entropy * surprise * want.counts).sum(),
        "quality": functional.binary_cross_entropy_with_logits(answer[:, 1], quality, reduction="sum"),
        "box": _apart(answer, corner, stride, face).sum(),
        "points": (rough * plain).sum(),
    }
    return {name: WEIGHTS[name] * part / count for name, part in parts.items()}


def _apart(answer: Tensor, corner: Tensor, stride: Tensor, face: Tensor) -> Tensor:
    """Return 1 - intersection over union, and the distance of the centres in shares of the larger diagonal, squared.

    Z. Zheng et al., "Distance-IoU loss", AAAI 2020.
    """
    centre = (corner + answer[:, 2:4]) * stride
    half = answer[:, 4:6].clamp(max=5).exp() * stride / 2
    low, high = centre - half, centre + half
    true_low, true_high = face[:, :2] - face[:, 2:4] / 2, face[:, :2] + face[:, 2:4] / 2
    common = (torch.minimum(high, true_high) - torch.maximum(low, true_low)).clamp(min=0).prod(dim=1)
    union = (2 * half).prod(dim=1) + face[:, 2:4].prod(dim=1) - common
    around = (torch.maximum(high, true_high) - torch.minimum(low, true_low)).square().sum(dim=1)
    return 1 - common / union.clamp(min=1e-6) + (centre - face[:, :2]).square().sum(dim=1) / around.clamp(min=1e-6)
