"""OpenVINO's IR, version 5 (`.xml` with the graph, `.bin` with the weights), to ONNX.

The format: "Deep Learning Deployment Toolkit, Intermediate Representation notation reference", OpenVINO 2019. Only the
layer types that the zoo's small face networks are made of are known; any other is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from xml.etree import ElementTree as Xml

import numpy as np
import onnx

from facelatch_models.convert import ConvertError, first_line
from facelatch_models.convert.graph import Graph, Weights

LARGEST_XML: Final = 8 * 1024 * 1024
MOST_LAYERS: Final = 4096

MOST_DIGITS: Final = 15
"""Of a whole number: far more than any place in a file needs, and few enough for Python, which refuses 4300."""

LONGEST_QUOTE: Final = 80
"""Letters of a file that an error repeats."""

LONGEST: Final = 65536
"""Of an axis, a kernel, a step or a pad."""

_TYPES: Final[Mapping[str, type[np.float16] | type[np.float32]]] = {"FP16": np.float16, "FP32": np.float32}

Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Layer:
    """One layer as the file declares it, with what its inputs are called in the graph in the making."""

    name: str
    kind: str
    data: Mapping[str, str]
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    output: Shape
    weights: Weights | None
    biases: Weights | None

    def fault(self, text: str) -> ConvertError:
        return ConvertError(f"layer {self.name!r} ({self.kind}): {text}")

    def pair(self, key: str) -> tuple[int, int]:
        """Return two whole numbers of `data`, vertical first."""
        try:
            vertical, horizontal = map(int, self.data[key].split(","))
        except (KeyError, ValueError) as error:
            raise self.fault(f"{key} = {_quoted(self.data.get(key))}, expected two whole numbers") from error
        if max(vertical, horizontal) > LONGEST:
            raise self.fault(f"{key} = {vertical},{horizontal}: expected at most {LONGEST}")
        return vertical, horizontal

    def number(self, key: str) -> int:
        """Return a whole number of `data`, not negative."""
        return _number(self.data.get(key), f"layer {self.name!r} ({self.kind})", key)

    def blob(self, values: Weights | None, shape: Shape) -> Weights:
        if values is None or values.size != math.prod(shape):
            raise self.fault(f"expected weights of shape {shape}, found {0 if values is None else values.size} numbers")
        return values.reshape(shape)


def convert_openvino(xml: bytes, weights: bytes) -> bytes:
    """Return the network as ONNX: input "input" (N, 3, height, width), output "output", weights as fine as they came.

    Raises `ConvertError`, which names the layer.
    """
    net = _parse(xml)
    if net.get("version") not in ("4", "5"):
        raise ConvertError(f"IR version {net.get('version')!r}: expected 5 (the zoo's releases of 2019 up to R3)")
    elements = net.findall("layers/layer")
    if not 1 < len(elements) <= MOST_LAYERS:
        raise ConvertError(f"{len(elements)} layers: expected 2 to {MOST_LAYERS}")
    edges = _edges(net)
    _check_ids(elements)
    made: dict[str, tuple[str, Shape]] = {}
    graph: Graph | None = None
    for element in elements:
        layer = _layer(element, weights, [made.get(start) for start in edges.pop(element.get("id", ""), [])])
        if layer.kind == "Input":
            if graph is not None or layer.output[1] != 3:
                raise layer.fault("expected one input, of 1 x 3 x height x width")
            graph = Graph(net.get("name", ""), *layer.output[2:])
            made[element.get("id", "")] = ("input", layer.output)
        elif graph is None or layer.kind not in _MAKERS:
            raise layer.fault("a layer of this type is not known here" if graph else "comes before the input")
        else:
            made[element.get("id", "")] = (_made(graph, layer), layer.output)
    assert graph is not None
    name, shape = made[elements[-1].get("id", "")]
    try:
        return graph.finished(name, shape[1:])
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ConvertError(f"the layers do not fit together: {first_line(error)}") from error


class _PlainBuilder(Xml.TreeBuilder):
    """Refuses a document type, and with it every entity: nothing in an IR needs one, and they can be bombs."""

    def doctype(self, name: str, public: str | None, system: str | None) -> NoReturn:
        raise ConvertError("the XML declares a document type, which no IR has")


def _parse(xml: bytes) -> Xml.Element:
    if len(xml) > LARGEST_XML:
        raise ConvertError(f"the XML has {len(xml)} bytes, at most {LARGEST_XML} are read")
    parser = Xml.XMLParser(target=_PlainBuilder())
    try:
        parser.feed(xml)
        net = parser.close()
    except (Xml.ParseError, LookupError, ValueError) as error:
        # The latter two come of an encoding that is none, or none of single bytes.
        raise ConvertError(f"is not XML: {error}") from error
    if not isinstance(net, Xml.Element) or net.tag != "net":
        raise ConvertError("is not an IR: expected the element <net>")
    return net


def _check_ids(elements: Sequence[Xml.Element]) -> None:
    names: dict[str, str] = {}
    for element in elements:
        number, name = element.get("id", ""), _quoted(element.get("name"))
        if number in names:
            raise ConvertError(f"layer {name}: has the id {_quoted(number)}, which layer {names[number]} has too")
        names[number] = name


def _edges(net: Xml.Element) -> dict[str, list[str]]:
    """Return the ids of the layers that each layer's inputs come from, in the order of its ports."""
    found: dict[str, list[tuple[int, str]]] = {}
    for edge in net.findall("edges/edge"):
        where = f"the edge from layer {_quoted(edge.get('from-layer'))} to {_quoted(edge.get('to-layer'))}"
        port = _number(edge.get("to-port"), where, "to-port")
        found.setdefault(edge.get("to-layer", ""), []).append((port, edge.get("from-layer", "")))
    return {layer: [start for _, start in sorted(ends)] for layer, ends in found.items()}


def _layer(element: Xml.Element, weights: bytes, sources: list[tuple[str, Shape] | None]) -> _Layer:
    name = f"{element.get('name')} (id {element.get('id')})"[:LONGEST_QUOTE]
    outputs = element.findall("output/port")
    known = [source for source in sources if source is not None]
    if len(known) != len(sources) or len(outputs) != 1:
        raise ConvertError(f"layer {name}: expected inputs from earlier layers, and one output")
    declared = tuple(_shape(port, name) for port in element.findall("input/port"))
    if declared != tuple(shape for _, shape in known):
        raise ConvertError(f"layer {name}: its inputs have other shapes than the layers that they come from")
    data = element.find("data")
    kind = _TYPES.get(element.get("precision", ""))
    blobs = {key: _blob(element.find(f"blobs/{key}"), weights, kind, name) for key in ("weights", "biases")}
    return _Layer(
        name=name,
        kind=element.get("type", ""),
        data={} if data is None else dict(data.attrib),
        inputs=tuple(source for source, _ in known),
        shapes=declared,
        output=_shape(outputs[0], name),
        **blobs,
    )


def _shape(port: Xml.Element, name: str) -> Shape:
    lengths = [_number(dimension.text, f"layer {name}", "a dimension") for dimension in port.findall("dim")]
    shape = tuple(lengths)
    if len(shape) != 4 or not all(0 < length <= LONGEST for length in shape):
        raise ConvertError(f"layer {name}: a port of shape {shape[:8]}: expected four lengths of 1 to {LONGEST}")
    return shape


def _number(text: str | None, where: str, what: str) -> int:
    digits = "" if text is None else text.strip()
    if not digits.isdecimal() or len(digits) > MOST_DIGITS:
        raise ConvertError(f"{where}: {what} is {_quoted(text)}, expected a whole number, {MOST_DIGITS} digits at most")
    return int(digits)


def _quoted(text: str | None) -> str:
    """Return the beginning of a text as an error repeats it."""
    return repr(text[:LONGEST_QUOTE] if text else text)


def _blob(
    element: Xml.Element | None, weights: bytes, kind: type[np.float16] | type[np.float32] | None, name: str
) -> Weights | None:
    if element is None:
        return None
    if kind is None:
        raise ConvertError(f"layer {name}: expected precision FP16 or FP32")
    offset, size = (_number(element.get(key), f"layer {name}: {element.tag}", key) for key in ("offset", "size"))
    if offset + size > len(weights) or size % np.dtype(kind).itemsize:
        raise ConvertError(f"layer {name}: wants bytes {offset} to {offset + size} of {len(weights)} in the .bin file")
    stored = np.frombuffer(weights[offset : offset + size], np.dtype(kind).newbyteorder("<"))
    values: Weights = stored.astype(np.float16) if kind is np.float16 else stored.astype(np.float32)
    if not np.isfinite(values).all():
        raise ConvertError(f"layer {name}: a weight is not a finite number")
    return values


def _made(graph: Graph, layer: _Layer) -> str:
    """Add a layer to the graph and return the name of its output."""
    wanted = 2 if layer.kind == "Eltwise" else 1
    if len(layer.inputs) != wanted:
        raise layer.fault(f"expected inputs: {wanted}, found {len(layer.inputs)}")
    return _MAKERS[layer.kind](graph, layer)


def _scale_shift(graph: Graph, layer: _Layer) -> str:
    shape = (1, layer.output[1], 1, 1)
    factor, offset = (graph.weight(layer.blob(values, shape)) for values in (layer.weights, layer.biases))
    return graph.node("Add", [graph.node("Mul", [*layer.inputs, factor]), offset])


def _convolution(graph: Graph, layer: _Layer) -> str:
    kernel, group, channels = layer.pair("kernel"), layer.number("group"), layer.output[1]
    if not group or layer.shapes[0][1] % group or channels % group:
        raise layer.fault(f"{group} groups do not divide {layer.shapes[0][1]} and {channels} channels")
    shape = (channels, layer.shapes[0][1] // group, *kernel)
    inputs = [*layer.inputs, graph.weight(layer.blob(layer.weights, shape))]
    if layer.biases is not None:
        inputs.append(graph.weight(layer.blob(layer.biases, (channels,))))
    return graph.node("Conv", inputs, group=group, dilations=layer.pair("dilations"), **_window(layer, kernel))


def _window(layer: _Layer, kernel: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """Return kernel, steps and padding as ONNX has them, held against the shape that the layer declares."""
    steps, begin, end = layer.pair("strides"), layer.pair("pads_begin"), layer.pair("pads_end")
    spread = layer.pair("dilations") if "dilations" in layer.data else (1, 1)
    if min(*steps, *kernel, *spread) < 1 or min(*begin, *end) < 0:
        raise layer.fault("expected kernel, strides and dilations of at least 1 and pads of at least 0")
    made = tuple(
        (layer.shapes[0][2 + axis] + begin[axis] + end[axis] - spread[axis] * (kernel[axis] - 1) - 1) // steps[axis] + 1
        for axis in (0, 1)
    )
    if made != layer.output[2:]:
        raise layer.fault(f"gives {made}, the file says {layer.output[2:]}")
    return {"kernel_shape": kernel, "strides": steps, "pads": (*begin, *end)}


def _prelu(graph: Graph, layer: _Layer) -> str:
    if layer.data.get("channel_shared", "0") == "1":
        slope = float(layer.blob(layer.weights, (1,))[0])
        return graph.node("LeakyRelu", layer.inputs, alpha=slope)
    return graph.node("PRelu", [*layer.inputs, graph.weight(layer.blob(layer.weights, (layer.output[1], 1, 1)))])


def _eltwise(graph: Graph, layer: _Layer) -> str:
    operator = {"sum": "Add", "mul": "Mul"}.get(layer.data.get("operation", ""))
    if operator is None:
        raise layer.fault(f"operation {layer.data.get('operation')!r} is not known here")
    return graph.node(operator, layer.inputs)


def _pooling(graph: Graph, layer: _Layer) -> str:
    if layer.data.get("rounding_type", "floor") != "floor":
        raise layer.fault("expected rounding_type floor")
    window = _window(layer, layer.pair("kernel"))
    method = layer.data.get("pool-method")
    if method == "max":
        return graph.node("MaxPool", layer.inputs, **window)
    if method == "avg":
        padded = int(layer.data.get("exclude-pad") == "false")
        return graph.node("AveragePool", layer.inputs, count_include_pad=padded, **window)
    raise layer.fault(f"pool-method {method!r} is not known here")


def _activation(graph: Graph, layer: _Layer) -> str:
    if layer.data.get("type") != "sigmoid":
        raise layer.fault(f"type {layer.data.get('type')!r} is not known here")
    return graph.node("Sigmoid", layer.inputs)


_MAKERS: Final[Mapping[str, Callable[[Graph, _Layer], str]]] = {
    "ScaleShift": _scale_shift,
    "Convolution": _convolution,
    "PReLU": _prelu,
    "Eltwise": _eltwise,
    "Pooling": _pooling,
    "Activation": _activation,
}
