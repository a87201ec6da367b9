"""The network that learns: 2.0 million parameters, pictures of 80 x 80, vectors of 256 numbers.

A residual network of plain 3 x 3 convolutions, because those are what processors are fastest at while learning, and
one learnt weighted sum over the last map, because where a feature is matters in an aligned face (S. Chen et al.,
"MobileFaceNets", 2018). Leaky instead of parametric rectifiers: PReLU's gradient alone took a fourth of a step.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from facelatch_models.pack import InputSpec
from facelatch_models.train.mixtures import LAYOUT
from facelatch_models.train.pool import STUDENT_SIDE
from facelatch_models.train.teacher import SIDES

SPEC: Final = InputSpec(
    width=STUDENT_SIDE, height=STUDENT_SIDE, mean=(127.5,) * 3, scale=(1 / 127.5,) * 3, points=LAYOUT
)
"""How the network is fed, as a pack says it."""

SLOPE: Final = 0.1
DIMENSION: Final = 256
STAGES: Final = ((32, 1), (64, 2), (128, 2), (192, 2))
"""Channels and blocks of each stage; all but the first begin with a step of two."""


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions, and the way around them."""

    def __init__(self, before: int, channels: int, step: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, channels, 3, step, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.around = nn.Conv2d(before, channels, 1, step, bias=False) if before != channels else None
        self.around_norm = nn.BatchNorm2d(channels) if before != channels else None

    def forward(self, flow: Tensor) -> Tensor:
        """Return the block's output, (n, channels, height / step, width / step)."""
        inner = functional.leaky_relu(self.first_norm(self.first(flow)), SLOPE, inplace=True)
        side = flow if self.around is None or self.around_norm is None else self.around_norm(self.around(flow))
        return functional.leaky_relu(self.second_norm(self.second(inner)) + side, SLOPE, inplace=True)


class Seen(NamedTuple):
    """A student's answer: vectors, (n, DIMENSION), not yet of unit length; its last map and the one before."""

    vectors: Tensor
    coarse: Tensor
    fine: Tensor


class Student(nn.Module):  # type: ignore[misc]
    """The embedder. Fed (n, 3, side, side) as `SPEC` says; sides of 64 to 80 are taken while learning."""

    def __init__(self) -> None:
        super().__init__()
        channels = STAGES[0][0]
        self.stem = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        stages: list[nn.Module] = []
        for wide, blocks in STAGES:
            step = 2 if stages else 1
            stages.append(nn.Sequential(Block(channels, wide, step), *(Block(wide, wide, 1) for _ in range(1, blocks))))
            channels = wide
        self.stages = nn.ModuleList(stages)
        self.places = nn.Conv2d(channels, channels, SIDES[0], groups=channels, bias=False)
        self.places_norm = nn.BatchNorm2d(channels)
        self.vector = nn.Linear(channels, DIMENSION)

    def forward(self, pictures: Tensor) -> Seen:
        """Return what the student sees in pictures."""
        flow = functional.leaky_relu(self.stem_norm(self.stem(pictures)), SLOPE, inplace=True)
        maps = []
        for stage in self.stages:
            flow = stage(flow)
            maps.append(flow)
        coarse, fine = (_of_side(flow, side) for flow, side in zip((maps[-1], maps[-2]), SIDES, strict=True))
        # a convolution as large as its map is a weighted sum; written so, it is many times faster on a processor
        summed = (coarse * self.places.weight[:, 0]).sum((2, 3), keepdim=True)
        return Seen(self.vector(self.places_norm(summed).flatten(1)), coarse, fine)


def both_ways(student: nn.Module, pictures: Tensor) -> Tensor:
    """Return the unit vectors of faces, (n, DIMENSION): what the student sees in each and in its mirror image, summed.

    This is what is measured and exported. It takes twice the time, and tells people better apart than either alone.
    """
    seen, mirrored = (functional.normalize(student(one).vectors.float(), dim=1) for one in (pictures, pictures.flip(3)))
    return functional.normalize(seen + mirrored, dim=1)


def fed(faces: Tensor) -> Tensor:
    """Return faces (n, side, side, 3) of bytes as the network is fed them."""
    return (faces.permute(0, 3, 1, 2).float() - SPEC.mean[0]) * SPEC.scale[0]


def _of_side(flow: Tensor, side: int) -> Tensor:
    """Return a map with `side` cells a side: pictures smaller than 80 pixels leave fewer."""
    if flow.shape[-1] == side:
        return flow
    return functional.interpolate(flow, (side, side), mode="bilinear", align_corners=False)


def parameters_of(module: nn.Module) -> int:
    """Return how many numbers a module has learnt."""
    return sum(parameter.numel() for parameter in module.parameters())


def processor_is_fast_with_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 itself (elsewhere it is emulated, and slower than float32)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "").split()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
