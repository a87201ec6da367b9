"""Networks of the shapes of InsightFace's `buffalo_l`, with random weights: how long one takes does not depend on them.

That pack may not be handed on, so that it cannot be had for a measurement; its shapes are published with its training
(recognition/arcface_torch/backbones/iresnet.py and detection/scrfd/configs/scrfd/scrfd_10g_bnkps.py of
github.com/deepinsight/insightface). As in an exported network, a normalisation behind a convolution is part of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 13
IR_VERSION: Final = 8

STRIDES: Final = (8, 16, 32)
NEVER: Final = -12.0
"""The bias of the scores: a detector of random weights finds nobody, so that no face is looked at by chance."""


class Plane(NamedTuple):
    """A tensor on its way through a network; `stride` is how many pixels of the input one of its places stands for."""

    name: str
    channels: int
    stride: int


class Sketch:
    """A network that is being drawn. It counts its parameters, and its multiply-adds for each pixel of the input."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._numbers: list[Any] = []
        self.parameters = 0
        self.work = 0.0

    def node(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Add an operator, and return the name of what it answers."""
        name = output or f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=f"node {name}", **attributes))
        return name

    def constant(self, value: NDArray[Any]) -> str:
        """Add numbers that are no parameters."""
        name = f"constant{len(self._numbers)}"
        self._numbers.append(numpy_helper.from_array(value, name))
        return name

    def weights(self, shape: tuple[int, ...], spread: float, middle: float = 0.0) -> str:
        """Add parameters."""
        self.parameters += math.prod(shape)
        return self.constant(self._random.normal(middle, spread, shape).astype(np.float32))

    def conv(self, plane: Plane, channels: int, size: int = 3, stride: int = 1, bias: float = 0.0) -> Plane:
        """Add a convolution, its weights such that what comes out is about as large as what went in."""
        shape = (channels, plane.channels, size, size)
        kernel = self.weights(shape, math.sqrt(1 / math.prod(shape[1:])))
        answer = Plane("", channels, plane.stride * stride)
        self.work += math.prod(shape) / answer.stride**2
        name = self.node(
            "Conv", (plane.name, kernel, self.weights((channels,), 0.01, bias)),
            kernel_shape=(size, size), strides=(stride, stride), pads=(size // 2,) * 4,
        )  # fmt: skip
        return answer._replace(name=name)

    def relu(self, plane: Plane) -> Plane:
        """Add a rectifier."""
        return plane._replace(name=self.node("Relu", (plane.name,)))

    def prelu(self, plane: Plane) -> Plane:
        """Add a rectifier that lets a part through, another one for each channel."""
        slopes = self.weights((plane.channels, 1, 1), 0.01, 0.25)
        return plane._replace(name=self.node("PRelu", (plane.name, slopes)))

    def norm(self, plane: Plane) -> Plane:
        """Add a normalisation that no convolution can take in."""
        channels = (plane.channels,)
        scale, shift = self.weights(channels, 0.01, 1.0), self.weights(channels, 0.01)
        mean, variance = self.constant(np.zeros(channels, np.float32)), self.constant(np.ones(channels, np.float32))
        return plane._replace(name=self.node("BatchNormalization", (plane.name, scale, shift, mean, variance)))

    def add(self, one: Plane, other: Plane) -> Plane:
        """Add two planes up."""
        return one._replace(name=self.node("Add", (one.name, other.name)))

    def pool(self, plane: Plane, kind: str) -> Plane:
        """Halve both sides."""
        name = self.node(kind, (plane.name,), kernel_shape=(2, 2), strides=(2, 2), ceil_mode=kind == "AveragePool")
        return Plane(name, plane.channels, plane.stride * 2)

    def write(self, path: Path, size: Sequence[int | str], outputs: Sequence[tuple[str, Sequence[int | str]]]) -> None:
        """Write the network, which takes (1, 3, *size) as `input`."""
        told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in outputs]
        taken = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, *size])
        graph = helper.make_graph(self._nodes, path.stem, [taken], told, self._numbers)
        operators = [helper.make_opsetid("", OPSET)]
        onnx.save(helper.make_model(graph, opset_imports=operators, ir_version=IR_VERSION), str(path))


def draw_iresnet50(path: Path) -> Sketch:
    """Write a recognition network of the shape of `w600k_r50`: IResNet-50, 112x112, 512 numbers."""
    sketch = Sketch(seed=1)
    plane = sketch.prelu(sketch.conv(Plane("input", 3, 1), 64))
    for channels, blocks in ((64, 3), (128, 4), (256, 14), (512, 3)):
        for block in range(blocks):
            stride = 2 if block == 0 else 1
            beside = sketch.conv(plane, channels, size=1, stride=stride) if block == 0 else plane
            inner = sketch.prelu(sketch.conv(sketch.norm(plane), channels))
            plane = sketch.add(sketch.conv(inner, channels, stride=stride), beside)
    flat = sketch.node("Flatten", (sketch.norm(plane).name,))
    length = 512 * 7 * 7
    sketch.work += length * 512 / 112**2
    matrix, shift = sketch.weights((512, length), math.sqrt(1 / length)), sketch.weights((512,), 0.01)
    numbers = sketch.node("Gemm", (flat, matrix, shift), transB=1)
    sketch.node("Identity", (sketch.norm(Plane(numbers, 512, 112)).name,), "numbers")
    sketch.write(path, (112, 112), [("numbers", (1, 512))])
    return sketch


def draw_scrfd10g(path: Path) -> Sketch:
    """Write a detector of the shape of `det_10g`: SCRFD-10G with five points, for pictures of any size."""
    sketch = Sketch(seed=2)
    plane = sketch.relu(sketch.conv(Plane("input", 3, 1), 28, stride=2))
    plane = sketch.relu(sketch.conv(sketch.relu(sketch.conv(plane, 28)), 56))
    plane = sketch.pool(plane, "MaxPool")
    stages = []
    for number, (channels, blocks) in enumerate(((56, 3), (88, 4), (88, 2), (224, 3))):
        for block in range(blocks):
            halves = number > 0 and block == 0
            beside = sketch.conv(sketch.pool(plane, "AveragePool"), channels, size=1) if halves else plane
            inner = sketch.relu(sketch.conv(plane, channels, stride=2 if halves else 1))
            plane = sketch.relu(sketch.add(sketch.conv(inner, channels), beside))
        stages.append(plane)
    heads = [_head(sketch, plane, stride) for plane, stride in zip(_pyramid(sketch, stages[1:]), STRIDES, strict=True)]
    # the order that InsightFace's package reads: all scores, then all boxes, then all points
    outputs = [(name, (f"places{name}", width)) for kind in zip(*heads, strict=True) for name, width in kind]
    sketch.write(path, ("height", "width"), outputs)
    return sketch


def _pyramid(sketch: Sketch, stages: list[Plane]) -> list[Plane]:
    """Add the path from coarse to fine and back (PAFPN), 56 channels."""
    lateral = [sketch.conv(stage, 56, size=1) for stage in stages]
    scales = sketch.constant(np.array([1, 1, 2, 2], np.float32))
    for finer in (1, 0):
        larger = sketch.node("Resize", (lateral[finer + 1].name, "", scales), mode="nearest")
        lateral[finer] = sketch.add(lateral[finer], lateral[finer]._replace(name=larger))
    inner = [sketch.conv(plane, 56) for plane in lateral]
    for coarser in (1, 2):
        inner[coarser] = sketch.add(inner[coarser], sketch.conv(inner[coarser - 1], 56, stride=2))
    return [inner[0], *(sketch.conv(plane, 56) for plane in inner[1:])]


def _head(sketch: Sketch, plane: Plane, stride: int) -> list[tuple[str, int]]:
    """Add what tells scores, boxes and points of one stride, and return their names and widths."""
    for _ in range(3):
        plane = sketch.relu(sketch.conv(plane, 80))
    found = []
    for kind, width, bias in (("score", 1, NEVER), ("box", 4, 0.0), ("points", 10, 0.0)):
        told = sketch.conv(plane, 2 * width, bias=bias)
        if kind == "score":
            told = told._replace(name=sketch.node("Sigmoid", (told.name,)))
        if kind == "box":
            told = told._replace(name=sketch.node("Mul", (told.name, sketch.weights((), 0.0, 1.0))))
        last = sketch.node("Transpose", (told.name,), perm=(0, 2, 3, 1))
        shape = sketch.constant(np.array([-1, width], np.int64))
        found.append((sketch.node("Reshape", (last, shape), f"{kind}{stride}"), width))
    return found
