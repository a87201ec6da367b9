"""MiniFASNet, the liveness networks of minivision's Silent-Face-Anti-Spoofing, from PyTorch's weights to ONNX.

The authors pruned every network by itself, so that each of its blocks has a width of its own. Nothing of that is
written down here: the widths are the shapes of the weights, the number of blocks and which of them end in a
squeeze-and-excitation are the names of the weights. What the weights cannot tell (where the steps of two are, that a
block of a chain is added to what went in) is the network's family, MobileFaceNet.

The pruned widths (13, 26, 77, 103 and so on) fit no vector of a processor: every layer is made as wide as the next
multiple of 16 by channels of zeros, which changes no answer. ONNX Runtime 1.31 then stays in one layout from beginning
to end, as it does with `Graph.prelu`, and the network takes a fraction of its time.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from facelatch_models.convert import ConvertError, first_line
from facelatch_models.convert.graph import Graph
from facelatch_models.convert.torchfile import read_tensors

SIDE: Final = 80
CLASSES: Final = 3
BLOCK: Final = 16
"""Channels that ONNX Runtime's convolutions take at once: 16 with AVX-512, 8 with AVX2, 4 on ARM."""

EPSILON: Final = 1e-5
"""What PyTorch's batch normalisation adds to the variance."""

_HALVING: Final = ("conv_23", "conv_34", "conv_45")
_CHAINS: Final = ("conv_3", "conv_4", "conv_5")

Array = NDArray[np.float64]


def convert_minifasnet(content: bytes) -> bytes:
    """Return the network as ONNX: input "input" (N, 3, 80, 80), output "output" (N, 3), class scores before softmax.

    Raises `ConvertError`, which names the weight.
    """
    builder = _Builder(_Weights(read_tensors(content)))
    try:
        return builder.network()
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(f"the layers do not fit together: {first_line(error)}") from error


class _Weights:
    """A state dictionary, each tensor of which must be used, or this is another network than thought."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._tensors = {name.removeprefix("module."): values for name, values in tensors.items()}
        self._left = {name for name in self._tensors if not name.endswith("num_batches_tracked")}

    def take(self, name: str, axes: int) -> Array:
        """Return a tensor in double precision; raises `ConvertError` where it is missing or of other axes."""
        values = self._tensors.get(name)
        if values is None or values.ndim != axes or not np.isfinite(values).all():
            raise ConvertError(f"is no MiniFASNet: expected {name} with {axes} axes and finite numbers")
        self._left.discard(name)
        return values.astype(np.float64)

    def has(self, name: str) -> bool:
        return name in self._tensors

    def check_used(self) -> None:
        if self._left:
            raise ConvertError(f"is no MiniFASNet: {len(self._left)} unknown weights, first {min(self._left)}")


class _Builder:
    def __init__(self, weights: _Weights) -> None:
        self._weights = weights
        self._graph = Graph("MiniFASNet", SIDE, SIDE)

    def network(self) -> bytes:
        flow = self._convolution("conv1", "input", step=2)
        flow = self._convolution("conv2_dw", flow)
        for halving, chain in zip(_HALVING, _CHAINS, strict=True):
            flow = self._block(halving, flow, step=2)
            for index in itertools.count():
                name = f"{chain}.model.{index}"
                if not self._weights.has(f"{name}.conv.conv.weight"):
                    break
                flow = self._graph.node("Add", [flow, self._block(name, flow)])
        flow = self._convolution("conv_6_sep", flow)
        flow = self._convolution("conv_6_dw", flow, padded=False)
        flow = self._classes(self._graph.node("Flatten", [flow]))
        self._weights.check_used()
        return self._graph.finished(flow, [CLASSES])

    def _block(self, name: str, flow: str, step: int = 1) -> str:
        """Widen, filter each channel by itself, narrow, and weigh the channels where the block does that."""
        flow = self._convolution(f"{name}.conv", flow)
        flow = self._convolution(f"{name}.conv_dw", flow, step=step)
        flow = self._convolution(f"{name}.project", flow)
        squeeze = f"{name}.se_module"
        if not self._weights.has(f"{squeeze}.fc1.weight"):
            return flow
        gate = self._graph.node("GlobalAveragePool", [flow])
        gate = self._filter(f"{squeeze}.fc1", f"{squeeze}.bn1", gate)
        gate = self._filter(f"{squeeze}.fc2", f"{squeeze}.bn2", self._graph.node("Relu", [gate]))
        return self._graph.node("Mul", [flow, self._graph.node("Sigmoid", [gate])])

    def _convolution(self, name: str, flow: str, step: int = 1, padded: bool = True) -> str:
        """Convolution, batch normalisation, and PReLU where there is one."""
        flow = self._filter(f"{name}.conv", f"{name}.bn", flow, step, padded)
        if not self._weights.has(f"{name}.prelu.weight"):
            return flow
        slopes = self._weights.take(f"{name}.prelu.weight", 1)
        return self._graph.prelu(flow, _widened(slopes, 0).astype(np.float32))

    def _filter(self, name: str, norm: str, flow: str, step: int = 1, padded: bool = True) -> str:
        """Convolution with the batch normalisation that follows it folded in."""
        kernel = self._weights.take(f"{name}.weight", 4)
        factor, offset = self._normalisation(norm)
        if factor.shape != kernel.shape[:1]:
            raise ConvertError(f"is no MiniFASNet: {norm} and {name} are of different widths")
        pad = [length // 2 if padded else 0 for length in kernel.shape[2:]]
        # filters of one channel each are "depthwise", but for a network that is one channel wide, which there is not
        apart = kernel.shape[1] == 1
        weights = _widened(kernel * factor[:, np.newaxis, np.newaxis, np.newaxis], 0)
        if not apart and flow != "input":
            weights = _widened(weights, 1)
        group = len(weights) if apart else 1
        bias = _widened(offset, 0)
        return self._graph.node(
            "Conv",
            [flow, self._graph.weight(weights.astype(np.float32)), self._graph.weight(bias.astype(np.float32))],
            kernel_shape=kernel.shape[2:],
            group=group,
            strides=[step, step],
            pads=pad * 2,
        )

    def _normalisation(self, name: str) -> tuple[Array, Array]:
        """Return factor and offset per channel of a batch normalisation at rest."""
        weight, bias, mean, variance = (
            self._weights.take(f"{name}.{part}", 1) for part in ("weight", "bias", "running_mean", "running_var")
        )
        if not weight.shape == bias.shape == mean.shape == variance.shape or (variance < 0).any():
            raise ConvertError(f"is no MiniFASNet: the parts of {name} do not belong together")
        factor = weight / np.sqrt(variance + EPSILON)
        return factor, bias - mean * factor

    def _classes(self, flow: str) -> str:
        """Linear, batch normalisation, linear: nothing bends in between, so that one matrix of 3 rows does it."""
        first, last = self._weights.take("linear.weight", 2), self._weights.take("prob.weight", 2)
        factor, offset = self._normalisation("bn")
        if first.shape[:1] != factor.shape or last.shape != (CLASSES, *factor.shape):
            raise ConvertError(f"is no MiniFASNet: expected {CLASSES} classes of {factor.size} numbers")
        matrix, bias = _widened((last * factor) @ first, 1), last @ offset
        inputs = [flow, self._graph.weight(matrix.astype(np.float32)), self._graph.weight(bias.astype(np.float32))]
        return self._graph.node("Gemm", inputs, transB=1)


def _widened(values: Array, axis: int) -> Array:
    """Return values with zeros behind the last channel, up to a whole block."""
    room = [(0, -length % BLOCK if index == axis else 0) for index, length in enumerate(values.shape)]
    return np.pad(values, room)
