"""An ONNX graph in the making: nodes one after the other, weights beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

OPSET: Final = 13
FORMAT: Final = 8
"""ONNX IR version 8 with operator set 13: what ONNX Runtime 1.18, the oldest one supported, reads without a warning."""

Weights = NDArray[np.float16] | NDArray[np.float32]


class Graph:
    """A network with one input "input" and one output "output", or several named ones, all float32.

    The input is (pictures, 3, height, width); a name in place of a number stands for any length. The names of tensors
    are numbered and nothing is taken from the clock or the environment: the same artefact gives the same bytes, and
    with them the same name of the vector space.
    """

    def __init__(self, name: str, height: int | str, width: int | str, pictures: int | str = "N") -> None:
        self._name, self._pictures = name, pictures
        self._input = onnx.helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [pictures, 3, height, width])
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def weight(self, values: Weights) -> str:
        """Store weights and return the name under which they are float32; float16 stays so in the file."""
        name = f"w{len(self._weights)}"
        if values.dtype == np.float32:
            self._weights.append(onnx.numpy_helper.from_array(values, name))
            return name
        self._weights.append(onnx.numpy_helper.from_array(values, f"{name}h"))
        self._nodes.append(onnx.helper.make_node("Cast", [f"{name}h"], [name], to=onnx.TensorProto.FLOAT))
        return name

    def node(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"n{len(self._nodes)}"
        self._nodes.append(onnx.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def prelu(self, flow: str, slopes: NDArray[np.float32]) -> str:
        """Add PReLU with a slope per channel, as x + (1 - slope) * relu(-x), and return the name of its output.

        ONNX Runtime 1.31 takes its own PRelu out of the layout that convolutions run in, and works it out number by
        number: most of the time of MediaPipe's face mesh was spent so. Against PRelu it differs by rounding.
        """
        width = slopes.size
        against = self.weight(np.full((width, 1, 1, 1), -1, np.float16))
        below = self.node("Relu", [self.node("Conv", [flow, against], kernel_shape=[1, 1], group=width)])
        factors = self.weight((1 - slopes).reshape(width, 1, 1, 1))
        return self.node("Add", [self.node("Conv", [below, factors], kernel_shape=[1, 1], group=width), flow])

    def finished(self, last: str, shape: Sequence[int]) -> bytes:
        """Return the network as a file; `last` becomes the output, of shape (pictures, *shape).

        Raises `onnx.checker.ValidationError` or `onnx.shape_inference.InferenceError` where the graph is not sound.
        """
        return self.finished_with({"output": (last, shape)})

    def finished_with(self, named: Mapping[str, tuple[str, Sequence[int | str]]]) -> bytes:
        """Return the network as a file with an output of each name: a tensor and its shape behind the first axis.

        Raises as `finished` does.
        """
        outputs = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [self._pictures, *shape])
            for name, (_, shape) in named.items()
        ]
        ends = [onnx.helper.make_node("Identity", [last], [name]) for name, (last, _) in named.items()]
        graph = onnx.helper.make_graph([*self._nodes, *ends], self._name, [self._input], outputs, self._weights)
        model = onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=FORMAT, producer_name="facelatch"
        )
        onnx.checker.check_model(model)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        return bytes(model.SerializeToString(deterministic=True))
