"""MediaPipe's face mesh, as others have turned it into ONNX of half precision, in operators that run fast.

Worked out as the file has it, ONNX Runtime 1.31 spends two thirds of the time on PRelu (see `Graph.prelu`), and a few
channels of zeros that are put behind others send every sum of the blocks after them back into the other layout. The
weights stay of half precision in the file; sums are single, which moves no point of a face by more than 0.2 pixels.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from facelatch_models.convert import ConvertError, first_line
from facelatch_models.convert.graph import Graph

SIDE: Final = 256
NUMBERS: Final = 3 * 478
"""Of the answer: x, y and z of every point. The file's other outputs tell how likely there is a face."""


def convert_face_mesh(content: bytes) -> bytes:
    """Return the network as ONNX: input "input" (1, 3, 256, 256), output "output" (1, 1434), in pixels of the input.

    Raises `ConvertError`, which names the operator.
    """
    try:
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model)
    except (DecodeError, ValueError, TypeError, onnx.checker.ValidationError) as error:
        raise ConvertError(f"is not an ONNX file that can be read ({first_line(error)})") from error
    try:
        return _Builder(model.graph).network()
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(f"the layers do not fit together: {first_line(error)}") from error


class _Builder:
    def __init__(self, source: Any) -> None:
        self._source = source
        self._constants: dict[str, NDArray[Any]] = {
            tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in source.initializer
        }
        self._makers = {name: node for node in source.node for name in node.output}
        self._graph = Graph("face mesh", SIDE, SIDE, pictures=1)
        self._flows: dict[str, str] = {}
        """Tensors of the source, and what they are called in the new graph."""
        self._widths: dict[str, int] = {}
        """How many channels they have."""

    def network(self) -> bytes:
        """Build what the mesh needs, and nothing else."""
        if len(self._source.input) != 1:
            raise ConvertError(f"is no face mesh: it has {len(self._source.input)} inputs, expected one")
        self._flows[self._source.input[0].name] = "input"
        shapes = {
            output.name: [axis.dim_value for axis in output.type.tensor_type.shape.dim]
            for output in self._source.output
        }
        meshes = [name for name, shape in shapes.items() if np.prod(shape) == NUMBERS]
        if len(meshes) != 1 or self._makers[meshes[0]].op_type != "Reshape":
            raise ConvertError(f"is no face mesh: expected one output of {NUMBERS} numbers in a row")
        last = self._makers[meshes[0]].input[0]
        needed = self._needed(last)
        for node in self._source.node:
            if node.output[0] in needed:
                self._flows[node.output[0]] = self._node(node)
        return self._graph.finished(self._graph.node("Flatten", [self._flows[last]]), [NUMBERS])

    def _needed(self, last: str) -> set[str]:
        """Return the names of what a tensor is made of, and its own."""
        needed, open_ends = set[str](), [last]
        while open_ends:
            name = open_ends.pop()
            if name in self._makers and name not in needed:
                needed.add(name)
                open_ends += self._makers[name].input
        return needed

    def _node(self, node: Any) -> str:
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        name = node.output[0]
        self._widths[name] = self._widths.get(node.input[0], 0)
        match node.op_type, list(node.input):
            case "Conv", [flow, *weights]:
                kernel, *bias = map(self._constant, weights)
                self._widths[name] = len(kernel)
                inputs = [self._flows[flow], *map(self._graph.weight, (kernel, *bias))]
                return self._graph.node("Conv", inputs, **attributes)
            case "PRelu", [flow, slopes]:
                return self._graph.prelu(self._flows[flow], self._constant(slopes).astype(np.float32))
            case "Pad", [flow, room, *value] if not any(self._constant(each).any() for each in value):
                before, behind = self._constant(room).reshape(2, -1)
                if before.any() or behind[[0, 2, 3]].any() or attributes.get("mode", b"constant") != b"constant":
                    raise ConvertError("is no face mesh that is known: it pads something else than channels with zeros")
                self._widths[name] += int(behind[1])
                return self._copied(self._flows[flow], self._widths[flow], self._widths[name])
            case ("Add" | "MaxPool") as operator, flows:
                return self._graph.node(operator, [self._flows[flow] for flow in flows], **attributes)
        raise ConvertError(f"is no face mesh that is known: it has the operator {node.op_type}")

    def _copied(self, flow: str, width: int, wider: int) -> str:
        """Add a convolution that copies channels and puts zeros behind them: it keeps the layout, as Pad does not."""
        copy = np.eye(wider, width, dtype=np.float16).reshape(wider, width, 1, 1)
        return self._graph.node("Conv", [flow, self._graph.weight(copy)], kernel_shape=[1, 1])

    def _constant(self, name: str) -> NDArray[Any]:
        if name not in self._constants:
            raise ConvertError(f"is no face mesh that is known: {name} is no constant")
        return self._constants[name]
