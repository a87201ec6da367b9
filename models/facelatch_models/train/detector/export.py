"""From the network that learnt to the file that a pack holds, and the proof that both are the same.

The outputs are laid out as those of YuNet, so that the decoder of `Kind.YUNET` reads them. It is the layout that is
shared; network and weights are our own.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import torch
from torch import nn

from facelatch_models.convert.graph import Graph
from facelatch_models.face import Picture
from facelatch_models.pack import InputSpec
from facelatch_models.runtime import Network, planes
from facelatch_models.train.detector.network import ANSWER, SCALE, STRIDES, Finder, Layer, fed
from facelatch_models.train.detector.settle import LEAST_VOTE, neighbours, settled, turning
from facelatch_models.train.export import ExportError, convolved, filters, half, integers

SPEC: Final = InputSpec(width=320, height=320)
"""Bytes as they are; their scale is folded into the first convolution."""

NAMES: Final = ("cls", "obj", "bbox", "kps")

LARGEST_DIFFERENCE: Final = 0.05
"""Between PyTorch in float32 and ONNX Runtime with weights rounded to float16, of scores and in units of the stride.

Measured: under 0.01; a layer that is missing, or in the wrong place, makes differences of several units."""


Both = tuple[str, str]
"""A flow of the picture, and that of its mirror image, turned back."""


def exported(finder: Finder) -> bytes:
    """Return the network as ONNX, settled: weights float16, one picture at a time, any multiples of 32 for its sides.

    Written node by node, not traced: operator set and bytes do not depend on the version of PyTorch. The mirror image
    is never made: kernels that are mirrored themselves see the picture as the others would see its mirror image.
    """
    graph = Graph("finder", "height", "width", pictures=1)
    flow = ("input", "input")
    maps = []
    for index, layer in enumerate(finder.stem):
        flow = _layer(graph, flow, layer, SCALE if index == 0 else 1.0)
    for stage in finder.stages:
        for layer in stage:
            flow = _layer(graph, flow, layer)
        maps.append(flow)
    named: dict[str, tuple[str, list[int | str]]] = {}
    above: Both | None = None
    for index in reversed(range(len(STRIDES))):
        flow = _pointwise(graph, maps[index], finder.sides[index])
        if above is not None:
            flow = _sum(graph, flow, (_doubled(graph, above[0]), _doubled(graph, above[1])))
        above = flow
        flow = _layer(graph, _layer(graph, flow, finder.wide[index]), finder.mixed[index])
        answers = _voted(graph, _mean(graph, flow, finder.heads[index]))
        for name, answer, length in zip(NAMES, answers, ANSWER, strict=True):
            named[f"{name}_{STRIDES[index]}"] = (_cells(graph, answer, length), [f"cells_{STRIDES[index]}", length])
    return graph.finished_with(named)


def largest_difference(finder: Finder, content: bytes, pictures: list[Picture]) -> float:
    """Return by how much the answers of both networks to pictures (sides: multiples of 32) differ at most.

    Raises `ExportError` where that is more than `LARGEST_DIFFERENCE`; `PackDamaged`, `NetworkFailed`.
    """
    finder.eval()
    network = Network(content, "the exported network", threads=1)
    largest = 0.0
    for picture in pictures:
        with torch.no_grad():
            wanted = settled(finder, fed(torch.from_numpy(picture[np.newaxis])))
        found = network.run(planes(picture, SPEC))
        for stride, answer in zip(STRIDES, wanted, strict=True):
            cells = answer.flatten(2)[0].T
            same = np.concatenate([found[f"{name}_{stride}"][0] for name in NAMES], axis=1)
            largest = max(largest, float(np.abs(same - cells.numpy()).max()))
    if not largest <= LARGEST_DIFFERENCE:
        raise ExportError(f"ONNX Runtime's answers differ from PyTorch's by up to {largest:.4f}")
    return largest


def _layer(graph: Graph, flow: Both, layer: Layer, scale: float = 1.0) -> Both:
    kernel, offset = filters(graph, layer.filter, layer.norm, scale)
    above, beside = layer.filter.padding
    # where every second pixel is left out, those that the mirror image would keep are the others
    right_first = [above, beside - (layer.filter.stride[1] - 1), above, beside]
    straight = convolved(graph, flow[0], layer.filter, kernel, offset, [above, beside, above, beside])
    turned = convolved(graph, flow[1], layer.filter, _mirrored(graph, kernel), offset, right_first)
    made = (graph.node("Relu", [straight]), graph.node("Relu", [turned]))
    return _sum(graph, flow, made) if layer.around else made


def _pointwise(graph: Graph, flow: Both, layer: nn.Conv2d) -> Both:
    weights = [graph.weight(half(layer.weight)), graph.weight(half(layer.bias))]
    straight, turned = (graph.node("Conv", [one, *weights], kernel_shape=[1, 1]) for one in flow)
    return straight, turned


def _sum(graph: Graph, one: Both, other: Both) -> Both:
    return graph.node("Add", [one[0], other[0]]), graph.node("Add", [one[1], other[1]])


def _doubled(graph: Graph, flow: str) -> str:
    factors = graph.weight(np.array([1, 1, 2, 2], np.float32))
    kind = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    return graph.node("Resize", [flow, "", factors], **kind)


def _mean(graph: Graph, flow: Both, head: nn.Conv2d) -> str:
    """Return the mean of a stride's answers to the picture and, turned, to its mirror image."""
    matrix, offset = (torch.from_numpy(part).double() for part in turning())
    kernel, own = head.weight.double() / 2, head.bias.double() / 2
    turned = (torch.einsum("oi,ijhw->ojhw", matrix, kernel), matrix @ own + offset / 2)
    sides = [
        graph.node("Conv", [one, *(graph.weight(half(part)) for part in parts)], kernel_shape=[1, 1])
        for one, parts in zip(flow, ((kernel, own), turned), strict=True)
    ]
    return graph.node("Add", sides)


def _voted(graph: Graph, mean: str) -> list[str]:
    """Return what `settle.settled` makes of a stride's mean answers, in the order of `NAMES`."""
    edges = itertools.pairwise(np.cumsum((0, *ANSWER)).tolist())
    face, quality, box, points = (_part(graph, mean, first, end) for first, end in edges)
    face, quality = graph.node("Sigmoid", [face]), graph.node("Sigmoid", [quality])
    sure = graph.node("Mul", [face, quality])
    vote = graph.node("Add", [graph.node("Mul", [sure, sure]), graph.weight(np.array([LEAST_VOTE], np.float32))])
    sums, places = neighbours()
    around: dict[str, list[int]] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    points = graph.node("Mul", [points, vote])
    points = graph.node("Conv", [points, graph.weight(sums)], group=ANSWER[3], **around)
    points = graph.node("Add", [points, graph.node("Conv", [vote, graph.weight(places)], **around)])
    points = graph.node("Div", [points, graph.node("Conv", [vote, graph.weight(sums[:1])], **around)])
    return [face, quality, box, points]


def _cells(graph: Graph, answer: str, length: int) -> str:
    """Return (1, length, rows, columns) as (1, cells, length)."""
    rows = graph.node("Transpose", [answer], perm=[0, 2, 3, 1])
    return graph.node("Reshape", [rows, integers(graph, [1, -1, length])])


def _mirrored(graph: Graph, kernel: str) -> str:
    """Turn a kernel's columns round; of weights alone, so that ONNX Runtime does it once, when it loads the network."""
    return graph.node("Slice", [kernel, *(integers(graph, [value]) for value in (-1, np.iinfo(np.int64).min, 3, -1))])


def _part(graph: Graph, flow: str, first: int, end: int) -> str:
    return graph.node("Slice", [flow, *(integers(graph, [value]) for value in (first, end, 1))])
