"""dlib's face recognition network as ONNX: the filters of a residual network, its shortcuts, one matrix at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx

from facelatch_models.convert import ConvertError, first_line
from facelatch_models.convert.dlibfile import (
    SIDE,
    WHOLE,
    Affine,
    Convolution,
    Full,
    Plain,
    Pool,
    Step,
    Window,
    read_steps,
)
from facelatch_models.convert.graph import Graph


def convert_dlib(content: bytes) -> bytes:
    """Return the network as ONNX: input "input" (N, 3, 150, 150), output "output" (N, numbers of a vector), float32.

    The input is red, green and blue, less `dlibfile.MEAN`, over 256.
    Raises `ConvertError`, which says at which byte or which layer what was expected.
    """
    builder = _Builder()
    for step in read_steps(content):
        builder.add(step)
    try:
        return builder.finished()
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(f"the layers do not fit together: {first_line(error)}") from error


@dataclass(frozen=True)
class _Flow:
    """What a picture has become: the name in the graph, channels, height, width."""

    name: str
    shape: tuple[int, int, int]


class _Builder:
    def __init__(self) -> None:
        self._graph = Graph("dlib face recognition", SIDE, SIDE)
        self._flow = _Flow("input", (3, SIDE, SIDE))
        self._kept: list[_Flow] = []
        self._filter: Convolution | None = None
        self._vector: int | None = None

    def add(self, step: Step) -> None:
        """Do the next thing to the picture; raises `ConvertError` where it cannot be done to what there is."""
        if self._vector is not None:
            raise self._fault("a layer follows the vector")
        if isinstance(step, Affine) is (self._filter is None):
            raise self._fault("expected filters, and behind them their factors and offsets")
        match step:
            case Convolution():
                self._filter = step
            case Affine():
                self._convolve(step)
            case Pool():
                self._pool(step)
            case Full():
                self._multiply(step)
            case Plain.RELU:
                self._flow = _Flow(self._graph.node("Relu", [self._flow.name]), self._flow.shape)
            case Plain.KEEP:
                self._kept.append(self._flow)
            case Plain.TURN:
                self._flow, self._kept = self._recalled(), [self._flow]
            case Plain.ADD:
                self._sum(self._flow, self._recalled())

    def finished(self) -> bytes:
        """Return the ONNX file; raises `ConvertError` where no vector has been made, and as `Graph.finished` does."""
        if self._vector is None or self._kept:
            raise self._fault("ends without a vector, or within a block")
        return self._graph.finished(self._flow.name, [self._vector])

    def _fault(self, text: str) -> ConvertError:
        return ConvertError(f"is not dlib's face recognition network: at a map of {self._flow.shape}: {text}")

    def _recalled(self) -> _Flow:
        if len(self._kept) != 1:
            raise self._fault(f"expected the beginning of one block, found {len(self._kept)}")
        return self._kept.pop()

    def _convolve(self, affine: Affine) -> None:
        """Add the convolution that is waiting, with factors and offsets folded into its weights."""
        assert self._filter is not None
        layer, self._filter = self._filter, None
        count, depth = layer.filters.shape[:2]
        if depth != self._flow.shape[0] or affine.factors.shape != (count,):
            raise self._fault(f"filters of {layer.filters.shape} with {affine.factors.size} factors do not fit")
        weights = layer.filters * affine.factors[:, np.newaxis, np.newaxis, np.newaxis]
        biases = layer.biases * affine.factors + affine.offsets
        if max(abs(weights).max(), abs(biases).max()) > np.finfo(np.float32).max:
            raise self._fault("a weight becomes too large")
        inputs = [self._graph.weight(weights.astype(np.float32)), self._graph.weight(biases.astype(np.float32))]
        self._look("Conv", layer.window, count, *inputs)

    def _pool(self, layer: Pool) -> None:
        if layer.window.size != WHOLE:
            self._look(layer.operator, layer.window, self._flow.shape[0])
        elif layer.operator == "AveragePool":
            name = self._graph.node("GlobalAveragePool", [self._flow.name])
            self._flow = _Flow(name, (self._flow.shape[0], 1, 1))
        else:
            raise self._fault("the maximum of a whole map is not known here")

    def _look(self, operator: str, window: Window, channels: int, *inputs: str) -> None:
        """Add a node that moves a window over the map; what does not fill a whole window at the end is left out."""
        height, width = (
            (length + 2 * margin - size) // step + 1
            for length, size, step, margin in zip(
                self._flow.shape[1:], window.size, window.steps, window.margin, strict=True
            )
        )
        if min(height, width) < 1:
            raise self._fault(f"a window of {window.size} does not fit")
        name = self._graph.node(
            operator,
            [self._flow.name, *inputs],
            kernel_shape=window.size,
            strides=window.steps,
            pads=window.margin * 2,
        )
        self._flow = _Flow(name, (channels, height, width))

    def _sum(self, first: _Flow, second: _Flow) -> None:
        """Add two maps as dlib does: the smaller one ends in zeros, in channels, height and width."""
        channels, height, width = map(max, first.shape, second.shape)
        names = [self._padded(flow, (channels, height, width)) for flow in (first, second)]
        self._flow = _Flow(self._graph.node("Add", names), (channels, height, width))

    def _padded(self, flow: _Flow, shape: tuple[int, int, int]) -> str:
        more = [wanted - found for wanted, found in zip(shape, flow.shape, strict=True)]
        if not any(more):
            return flow.name
        pads = onnx.numpy_helper.from_array(np.array([0, 0, 0, 0, 0, *more], np.int64))
        return self._graph.node("Pad", [flow.name, self._graph.node("Constant", [], value=pads)])

    def _multiply(self, layer: Full) -> None:
        if self._flow.shape != (len(layer.matrix), 1, 1):
            raise self._fault(f"a matrix of {layer.matrix.shape} does not fit")
        flat = self._graph.node("Flatten", [self._flow.name])
        name = self._graph.node("MatMul", [flat, self._graph.weight(layer.matrix.astype(np.float32))])
        self._vector = layer.matrix.shape[1]
        self._flow = _Flow(name, (self._vector, 1, 1))
