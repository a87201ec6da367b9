"""From a student to the file that a pack holds, and the proof that both are the same network."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facelatch_models.convert.graph import Graph
from facelatch_models.runtime import Network, planes
from facelatch_models.train.pool import STUDENT_SIDE
from facelatch_models.train.student import DIMENSION, SLOPE, SPEC, Block, Student, both_ways, fed

LEAST_COSINE: Final = 0.9999
"""Between the vectors of PyTorch in float32 and of ONNX Runtime with weights rounded to float16. Measured: 0.99998."""


class ExportError(Exception):
    """A network that does not do in ONNX Runtime what it did in PyTorch."""


def exported(student: Student) -> bytes:
    """Return the student as ONNX, looking both ways: weights float16, any number of pictures at a time.

    Written node by node, not traced: operator set and bytes do not depend on the version of PyTorch.
    """
    graph = Graph("starter", STUDENT_SIDE, STUDENT_SIDE)
    backwards = [integers(graph, values) for values in ([-1], [-STUDENT_SIDE - 1], [3], [-1])]
    flow = graph.node("Concat", ["input", graph.node("Slice", ["input", *backwards])], axis=0)
    flow = rectified(graph, convolution(graph, flow, student.stem, student.stem_norm))
    for stage in student.stages:
        for block in stage:
            flow = residual(graph, flow, block)
    flow = graph.node("Flatten", [convolution(graph, flow, student.places, student.places_norm)])
    weights = [graph.weight(half(student.vector.weight)), graph.weight(half(student.vector.bias))]
    flow = _unit(graph, graph.node("Gemm", [flow, *weights], transB=1))
    pairs = graph.node("Reshape", [flow, integers(graph, [2, -1, DIMENSION])])
    both = graph.node("ReduceSum", [pairs, integers(graph, [0])], keepdims=0)
    return graph.finished(_unit(graph, both), [DIMENSION])


def least_cosine(student: Student, content: bytes, faces: NDArray[np.uint8]) -> float:
    """Return the smallest cosine between both networks' vectors of faces, (n, STUDENT_SIDE, STUDENT_SIDE, 3).

    Raises `ExportError` where it is below `LEAST_COSINE`; `PackDamaged`, `NetworkFailed`.
    """
    student.eval()
    with torch.no_grad():
        wanted = both_ways(student, fed(torch.from_numpy(faces))).double().numpy()
    network = Network(content, "the exported network", threads=1)
    found = np.concatenate([network.run(planes(face, SPEC))["output"] for face in faces]).astype(np.float64)
    cosines = (found * wanted).sum(axis=1) / np.linalg.norm(found, axis=1) / np.linalg.norm(wanted, axis=1)
    least = float(cosines.min())
    if not least >= LEAST_COSINE:
        raise ExportError(f"ONNX Runtime's vectors differ from PyTorch's: smallest cosine {least:.6f}")
    return least


def residual(graph: Graph, flow: str, block: Block) -> str:
    """Add a residual block."""
    inner = rectified(graph, convolution(graph, flow, block.first, block.first_norm))
    inner = convolution(graph, inner, block.second, block.second_norm)
    side = flow
    if block.around is not None and block.around_norm is not None:
        side = convolution(graph, flow, block.around, block.around_norm)
    return rectified(graph, graph.node("Add", [inner, side]))


def convolution(graph: Graph, flow: str, layer: nn.Conv2d, norm: nn.BatchNorm2d) -> str:
    """Add a convolution and the batch norm behind it as one node."""
    return convolved(graph, flow, layer, *filters(graph, layer, norm), pads=list(layer.padding) * 2)


def filters(graph: Graph, layer: nn.Conv2d, norm: nn.BatchNorm2d, scale: float = 1.0) -> tuple[str, str]:
    """Store kernels and offsets of a convolution with the batch norm behind it; `scale` is that of its input."""
    factor = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    offset = norm.bias.double() - norm.running_mean.double() * factor
    kernel = layer.weight.double() * factor[:, None, None, None] * scale
    return graph.weight(half(kernel)), graph.weight(half(offset))


def convolved(graph: Graph, flow: str, layer: nn.Conv2d, kernel: str, offset: str, pads: list[int]) -> str:
    """Add a convolution with stored kernels and offsets; pads: above, left, below, right."""
    return graph.node(
        "Conv",
        [flow, kernel, offset],
        kernel_shape=list(layer.kernel_size),
        group=layer.groups,
        strides=list(layer.stride),
        pads=pads,
    )


def _unit(graph: Graph, flow: str) -> str:
    """Divide rows by their length."""
    return graph.node("Div", [flow, graph.node("ReduceL2", [flow], axes=[1], keepdims=1)])


def integers(graph: Graph, values: list[int]) -> str:
    """Add a list of integers, such as a shape."""
    return graph.node("Constant", [], value=onnx.numpy_helper.from_array(np.array(values, np.int64)))


def rectified(graph: Graph, flow: str) -> str:
    """Add the leaky rectifier that all our networks have."""
    return graph.node("LeakyRelu", [flow], alpha=SLOPE)


def half(values: Tensor) -> NDArray[np.float16]:
    """Return weights as float16; raises `ExportError` where one is too large for it."""
    with np.errstate(over="ignore"):
        rounded = np.asarray(values.detach().cpu().numpy(), np.float16)
    if not np.isfinite(rounded).all():
        raise ExportError("a weight is too large for float16, or no number")
    return rounded
