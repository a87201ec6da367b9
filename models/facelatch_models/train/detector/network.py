"""The network that finds faces: 0.14 million parameters, any picture whose sides are multiples of 32.

Plain narrow 3 x 3 convolutions: at the same number of parameters as depthwise ones they take as long in ONNX Runtime
(1.3 against 1.2 ms for 320 x 256 on one core) and half as long to learn from (4.3 against 8.9 ms a scene of 256 x 256).
What coarse strides see is handed down to the fine ones, as in T.-Y. Lin et al., "Feature pyramid networks", CVPR 2017.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES: Final = (8, 16, 32)
STEM: Final = (16, 24)
"""Channels of the two layers before stride 8, each with a step of two."""

STAGES: Final = ((32, 2), (48, 2), (48, 1))
"""For each stride: channels, and layers behind the one that makes the step."""

SHARED: Final = 32
"""Channels of the maps that the heads read."""

ANSWER: Final = (1, 1, 4, 10)
"""Numbers of a cell: is this a face, how well placed its points are, its box, its five points."""

SCALE: Final = 1 / 128
"""What pixels are multiplied by. Nothing is subtracted, so that the black margin of a picture is the layers' own."""

RARE: Final = 0.01
"""Share of cells on a face, about: what the network says of every cell before it has learnt anything."""


class Layer(nn.Module):  # type: ignore[misc]
    """A convolution, its norm and rectifier; with a way around where nothing changes its size."""

    def __init__(self, before: int, channels: int, step: int, side: int = 3, groups: int = 1) -> None:
        super().__init__()
        self.filter = nn.Conv2d(before, channels, side, step, side // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.around = before == channels and step == 1

    def forward(self, flow: Tensor) -> Tensor:
        """Return the layer's output, (n, channels, height / step, width / step)."""
        made = functional.relu(self.norm(self.filter(flow)), inplace=True)
        return flow + made if self.around else made


class Finder(nn.Module):  # type: ignore[misc]
    """The detector. Fed (n, 3, height, width), blue, green, red, times `SCALE`; answers for every cell of a stride."""

    def __init__(self) -> None:
        super().__init__()
        first, second = STEM
        self.stem = nn.Sequential(Layer(3, first, 2), Layer(first, second, 2), Layer(second, second, 1))
        before = second
        stages = []
        for channels, more in STAGES:
            stages.append(
                nn.Sequential(Layer(before, channels, 2), *(Layer(channels, channels, 1) for _ in range(more)))
            )
            before = channels
        self.stages = nn.ModuleList(stages)
        self.sides = nn.ModuleList(nn.Conv2d(channels, SHARED, 1) for channels, _ in STAGES)
        self.wide = nn.ModuleList(Layer(SHARED, SHARED, 1, 5, SHARED) for _ in STRIDES)
        self.mixed = nn.ModuleList(Layer(SHARED, SHARED, 1, 1) for _ in STRIDES)
        self.heads = nn.ModuleList(nn.Conv2d(SHARED, sum(ANSWER), 1) for _ in STRIDES)
        with torch.no_grad():
            for head in self.heads:
                head.weight.mul_(0.1)
                head.bias.zero_()
                head.bias[0] = math.log(RARE)
                head.bias[2:4] = 0.5
                head.bias[4:6] = math.log(4)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return, for each stride, (n, sum(ANSWER), rows, columns): two logits, box and points in units of the stride.

        Box: offset of its centre from the cell's upper left corner, logarithm of its width and height. Points: offsets
        from that corner.
        """
        flow = self.stem(pictures)
        maps = []
        for stage in self.stages:
            flow = stage(flow)
            maps.append(flow)
        above: Tensor | None = None
        answers: list[Tensor] = []
        for index in reversed(range(len(STRIDES))):
            flow = self.sides[index](maps[index])
            if above is not None:
                flow = flow + functional.interpolate(above, scale_factor=2.0, mode="nearest")
            above = flow
            seen = self.mixed[index](self.wide[index](flow))
            with torch.autocast(pictures.device.type, enabled=False):  # bfloat16 is too coarse for a point's place
                answers.insert(0, self.heads[index](seen.float()))
        return answers


def fed(pictures: Tensor) -> Tensor:
    """Return pictures (n, height, width, 3) of bytes as the network is fed them."""
    return pictures.permute(0, 3, 1, 2).float() * SCALE
