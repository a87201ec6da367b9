"""Frees a network from the one picture size that it was exported for."""

from __future__ import annotations

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from facelatch_models.convert import ConvertError, first_line


def free_size(content: bytes) -> bytes:
    """Return the network with a free height and width (multiples of its largest stride), otherwise unchanged.

    OpenCV's YuNet of March 2023 declares 640x640 although no operator in it needs that: every Reshape leaves the
    number of cells open. At 640x640 its outputs stay the same bit for bit.
    Raises `ConvertError` where the network holds a size, so that freeing the declaration alone would be a lie.
    """
    try:
        model = onnx.load_from_string(content)
        shapes = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        onnx.checker.check_model(model)
    except (DecodeError, ValueError, TypeError, onnx.checker.ValidationError) as error:
        raise ConvertError(f"is not an ONNX file that can be read ({first_line(error)})") from error
    graph = model.graph
    if len(graph.input) != 1 or len(graph.input[0].type.tensor_type.shape.dim) != 4:
        raise ConvertError("expected one input of four axes")
    for output in graph.output:
        if len(output.type.tensor_type.shape.dim) < 2:
            raise ConvertError(f"output {output.name} has no axis of cells: expected at least two axes")
    for node in graph.node:
        if node.op_type == "Reshape" and (len(node.input) < 2 or -1 not in shapes.get(node.input[1], np.array([-1]))):
            raise ConvertError(f"operator {node.name or node.op_type} holds a size; the network cannot be freed of it")
        if node.op_type == "Resize" and (len(node.input) < 3 or not node.input[2]):
            raise ConvertError(f"operator {node.name or node.op_type} holds a size; the network cannot be freed of it")
    for axis, name in ((2, "height"), (3, "width")):
        graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"{output.name}_cells"
    del graph.value_info[:]
    return bytes(model.SerializeToString(deterministic=True))
