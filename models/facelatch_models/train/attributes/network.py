"""The network that learns what a face looks like: 188,000 parameters, pictures of 64 x 64.

Small enough to lie in the tree beside embedder and detector (0.4 MB); built of the same blocks as the embedder.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.evaluation.labelled import VOCABULARY
from facelatch_models.pack import InputSpec
from facelatch_models.train.mixtures import LAYOUT
from facelatch_models.train.student import SLOPE, Block

SIDE: Final = 64
SPEC: Final = InputSpec(width=SIDE, height=SIDE, mean=(127.5,) * 3, scale=(1 / 127.5,) * 3, points=LAYOUT)
"""How the network is fed, as a pack says it."""

STAGES: Final = ((24, 1), (48, 2), (80, 1))
"""Channels and blocks of each stage; all but the first begin with a step of two."""

CELLS: Final = SIDE // 8
LABELS: Final = sum(map(len, VOCABULARY.values()))
COLUMNS: Final = {
    name: slice(begin, begin + len(words))
    for (name, words), begin in zip(
        VOCABULARY.items(), (sum(map(len, list(VOCABULARY.values())[:turn])) for turn in range(len(VOCABULARY))),
        strict=True,
    )
}  # fmt: skip
"""Which columns of the output belong to what is told."""


class Impression(NamedTuple):
    """What the network makes of faces: a logit a label, (n, LABELS), and its guess of the teacher's vector."""

    logits: Tensor
    vectors: Tensor


class Beholder(nn.Module):  # type: ignore[misc]
    """Fed (n, 3, SIDE, SIDE) as `SPEC` says. `vector` is learnt from and not exported."""

    def __init__(self, dimension: int) -> None:
        """Take the dimension of the teacher's vectors."""
        super().__init__()
        channels = STAGES[0][0]
        self.stem = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        blocks: list[nn.Module] = []
        for wide, count in STAGES:
            blocks += [Block(channels, wide, 2 if blocks else 1), *(Block(wide, wide, 1) for _ in range(1, count))]
            channels = wide
        self.blocks = nn.ModuleList(blocks)
        self.places = nn.Conv2d(channels, channels, CELLS, groups=channels, bias=False)
        self.places_norm = nn.BatchNorm2d(channels)
        self.labels = nn.Linear(channels, LABELS)
        self.vector = nn.Linear(channels, dimension)

    def forward(self, pictures: Tensor) -> Impression:
        """Return what is made of faces."""
        flow = functional.leaky_relu(self.stem_norm(self.stem(pictures)), SLOPE, inplace=True)
        for block in self.blocks:
            flow = block(flow)
        # a convolution as large as its map is a weighted sum; written so, it is many times faster on a processor
        summed = (flow * self.places.weight[:, 0]).sum((2, 3), keepdim=True)
        features = self.places_norm(summed).flatten(1)
        return Impression(self.labels(features), self.vector(features))


def both_ways(network: nn.Module, pictures: Tensor) -> Tensor:
    """Return the logits of faces, (n, LABELS): the mean of those of each and of its mirror image; what is exported."""
    return (network(pictures).logits.float() + network(pictures.flip(3)).logits.float()) / 2


def fed(faces: Tensor) -> Tensor:
    """Return faces (n, SIDE, SIDE, 3) of bytes as the network is fed them."""
    planes = (faces.permute(0, 3, 1, 2).float() - SPEC.mean[0]) * SPEC.scale[0]
    return planes.contiguous(memory_format=torch.channels_last)
