"""From the network that learnt to the file that a pack holds, and the proof that both are the same network."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from facelatch_models.convert.graph import Graph
from facelatch_models.runtime import Network, planes
from facelatch_models.train.attributes.network import LABELS, SIDE, SPEC, Beholder, both_ways, fed
from facelatch_models.train.export import ExportError, convolution, half, integers, rectified, residual

MOST_DIFFERENCE: Final = 0.05
"""Between the logits of PyTorch in float32 and of ONNX Runtime with weights rounded to float16."""


def exported(network: Beholder) -> bytes:
    """Return the network as ONNX, looking both ways: weights float16, any number of pictures at a time."""
    graph = Graph("attributes", SIDE, SIDE)
    backwards = [integers(graph, values) for values in ([-1], [-SIDE - 1], [3], [-1])]
    flow = graph.node("Concat", ["input", graph.node("Slice", ["input", *backwards])], axis=0)
    flow = rectified(graph, convolution(graph, flow, network.stem, network.stem_norm))
    for block in network.blocks:
        flow = residual(graph, flow, block)
    flow = graph.node("Flatten", [convolution(graph, flow, network.places, network.places_norm)])
    weights = [graph.weight(half(network.labels.weight)), graph.weight(half(network.labels.bias))]
    flow = graph.node("Gemm", [flow, *weights], transB=1)
    pairs = graph.node("Reshape", [flow, integers(graph, [2, -1, LABELS])])
    return graph.finished(graph.node("ReduceMean", [pairs], axes=[0], keepdims=0), [LABELS])


def largest_difference(network: Beholder, content: bytes, faces: NDArray[np.uint8]) -> float:
    """Return the largest difference between both networks' logits of faces, (n, SIDE, SIDE, 3).

    Raises `ExportError` where it is above `MOST_DIFFERENCE`; `PackDamaged`, `NetworkFailed`.
    """
    network.eval()
    with torch.no_grad():
        wanted = both_ways(network, fed(torch.from_numpy(faces))).double().numpy()
    session = Network(content, "the exported network", threads=1)
    found = np.concatenate([session.run(planes(face, SPEC))["output"] for face in faces]).astype(np.float64)
    largest = float(np.abs(found - wanted).max())
    if not largest <= MOST_DIFFERENCE:
        raise ExportError(f"ONNX Runtime's logits differ from PyTorch's by up to {largest:.4f}")
    return largest
