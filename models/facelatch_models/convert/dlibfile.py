"""Reads dlib's face recognition network out of dlib's own serialisation, without dlib.

dlib writes a network from the outside in: the loss, then one version number for each layer that wraps the rest, then
the input, and from there on what each layer holds, in the order in which a picture passes through them. Whole numbers
carry their length with them; weights are plain float32. Widths, windows and the places of the shortcuts are all in the
file, so that none of them is written down here.
"""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.convert import ConvertError

SIDE: Final = 150
MEAN: Final = (122.782, 117.001, 104.298)
"""What is taken from red, green and blue; dlib then divides by 256. A pack feeds the network so."""

LARGEST_FILE: Final = 64 * 1024 * 1024
"""The one file that there is has 22 MB."""

MOST_LAYERS: Final = 1024
LONGEST_NAME: Final = 64
LONGEST: Final = 65536
"""Of an axis, a window, a step or a margin."""

_INPUT, _LOSS = "input_rgb_image_sized", "loss_metric_2"

# The version that dlib gives a wrapper says what it is: a layer, the layer next to the input, or none at all (a place
# that later layers refer to, or such a reference).
_MARK, _LAYER, _FIRST = 1, 2, 3

WHOLE: Final = (0, 0)
"""The size of a window that is the whole map."""

_RATES: Final = 4
"""How many factors a layer has that only training knows."""

_LARGEST_EXPONENT: Final = 512

Array = NDArray[np.float64]
Shape = tuple[int, int, int, int]


@dataclass(frozen=True)
class Window:
    """What a filter or a pool looks at. Vertical first."""

    size: tuple[int, int]
    steps: tuple[int, int]
    margin: tuple[int, int]


@dataclass(frozen=True)
class Convolution:
    """Filters (outputs, inputs, height, width), and a bias for each."""

    filters: Array
    biases: Array
    window: Window


@dataclass(frozen=True)
class Affine:
    """A factor and an offset for each channel: a batch normalisation at rest."""

    factors: Array
    offsets: Array


@dataclass(frozen=True)
class Pool:
    """`operator` is ONNX's: MaxPool or AveragePool."""

    operator: str
    window: Window


@dataclass(frozen=True)
class Full:
    """A matrix (inputs, outputs)."""

    matrix: Array


class Plain(enum.Enum):
    """A step that has no numbers of its own."""

    RELU = enum.auto()
    KEEP = enum.auto()
    """A block begins: what there is now will be needed again."""

    TURN = enum.auto()
    """The block's long way ends here; what comes next is done to what the block began with."""

    ADD = enum.auto()
    """The block's two ways are added. Without a turn, the short way is what the block began with."""


Step = Convolution | Affine | Pool | Full | Plain


def read_steps(content: bytes) -> list[Step]:
    """Return what the network does to a picture, in order; raises `ConvertError`, which names the byte."""
    if len(content) > LARGEST_FILE:
        raise ConvertError(f"has {len(content)} bytes, at most {LARGEST_FILE} are read")
    reader = _Reader(content)
    reader.version("the loss", 1)
    reader.expect(_LOSS)
    reader.pass_numbers(2)  # margin and distance, which only training knows
    wrappers = [reader.integer("the version of a layer", _MARK, _FIRST)]
    while wrappers[-1] != _FIRST:
        if len(wrappers) == MOST_LAYERS:
            raise reader.fault(f"expected at most {MOST_LAYERS} layers")
        wrappers.append(reader.integer("the version of a layer", _MARK, _FIRST))
    _read_input(reader)
    steps: list[Step] = []
    for version, run in itertools.groupby(reversed(wrappers)):
        count = len(list(run))
        if version == _MARK:
            if count > 2:
                raise reader.fault(f"expected a shortcut, found {count} marks in a row")
            steps.append(Plain.KEEP if count == 1 else Plain.TURN)
            continue
        steps += [_read_layer(reader, version) for _ in range(count)]
    reader.expect_end()
    return steps


def _read_input(reader: _Reader) -> None:
    reader.expect(_INPUT)
    mean = [reader.number() for _ in MEAN]
    height, width = (reader.integer("a side of the input", 1, LONGEST) for _ in range(2))
    if not np.allclose(mean, MEAN, atol=1e-3) or (height, width) != (SIDE, SIDE):
        found = f"{width}x{height} less ({', '.join(f'{value:g}' for value in mean)})"
        raise reader.fault(f"expected an input of {SIDE}x{SIDE} less {MEAN}, found {found}")


def _read_layer(reader: _Reader, version: int) -> Step:
    """Read what a layer holds, and what dlib keeps beside it: three flags and the tensors of its training."""
    name = reader.text()
    if name not in _READERS:
        raise reader.fault(f"expected one of {', '.join(_READERS)}, found {name!r}")
    layer = _READERS[name](reader)
    for _ in range(3):
        reader.flag()
    for _ in range(3):
        reader.tensor()
    if version == _FIRST and reader.integer("the number of pictures made of one", 0, LONGEST) != 1:
        raise reader.fault("expected one picture made of one")
    return layer


def _read_convolution(reader: _Reader) -> Convolution:
    params = reader.weights()
    count = reader.integer("filters", 1, LONGEST)
    window = _read_window(reader)
    filters, biases = reader.shape(), reader.shape()
    if window.size == WHOLE or filters != (count, filters[1], *window.size) or biases != (1, count, 1, 1):
        raise reader.fault(f"{count} filters of {window.size} do not have the shapes {filters} and {biases}")
    reader.pass_numbers(_RATES)
    first, second = reader.parted(params, filters, biases)
    return Convolution(first, second.ravel(), window)


def _read_affine(reader: _Reader) -> Affine:
    params = reader.weights()
    factors, offsets = reader.shape(), reader.shape()
    if factors != (1, factors[1], 1, 1) or offsets != factors:
        raise reader.fault(f"factors and offsets of channels do not have the shapes {factors} and {offsets}")
    if reader.integer("the mode", 0, 1):
        raise reader.fault("expected factors and offsets of channels, found those of single numbers")
    first, second = reader.parted(params, factors, offsets)
    return Affine(first.ravel(), second.ravel())


def _read_full(reader: _Reader) -> Full:
    outputs, inputs = (reader.integer("numbers", 1, LONGEST) for _ in range(2))
    params = reader.weights()
    matrix, biases = reader.shape(), reader.shape()
    if matrix != (inputs, outputs, 1, 1) or biases != (0, 0, 0, 0) or reader.integer("the mode", 0, 1) != 1:
        raise reader.fault(f"expected a matrix of {inputs} x {outputs} without biases, found {matrix} and {biases}")
    reader.pass_numbers(_RATES)
    (only,) = reader.parted(params, matrix)
    return Full(only.reshape(inputs, outputs))


def _read_window(reader: _Reader) -> Window:
    size, steps, margin = (
        (reader.integer(f"the vertical {what}", 0, LONGEST), reader.integer(f"the horizontal {what}", 0, LONGEST))
        for what in ("window", "step", "margin")
    )
    moved = min(size) > max(margin)
    if min(steps) < 1 or not (moved or (size, margin) == (WHOLE, (0, 0))):
        raise reader.fault(f"a window of {size} with steps of {steps} and margins of {margin} cannot be moved")
    return Window(size, steps, margin)


def _read_pool(reader: _Reader, operator: str) -> Pool:
    window = _read_window(reader)
    if window.margin != (0, 0):
        raise reader.fault(f"expected a pool without margins, found {window.margin}")
    return Pool(operator, window)


class _Reader:
    """The file, and how far it has been read. No length is believed before it was held against what is left."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._end = 0
        self._start = 0

    def fault(self, text: str) -> ConvertError:
        """Return an error that names the byte at which the last value begins."""
        return ConvertError(f"is not dlib's face recognition network: at byte {self._start}: {text}")

    def integer(self, what: str, least: int, most: int) -> int:
        """Return a whole number: a byte with its sign and its length, then as many bytes, lowest first."""
        self._start = self._end
        head = self._take(1)[0]
        length = head & 0x0F
        if head & 0x70 or not 1 <= length <= 8:
            raise self.fault(f"{what}: expected a whole number of 1 to 8 bytes")
        value = int.from_bytes(self._take(length), "little") * (-1 if head & 0x80 else 1)
        if not least <= value <= most:
            raise self.fault(f"{what}: expected {least} to {most}, found {value}")
        return value

    def version(self, what: str, known: int) -> None:
        self.integer(f"the version of {what}", known, known)

    def number(self) -> float:
        """Return a fraction: a whole number times a power of two."""
        mantissa = self.integer("a fraction", -(2**63), 2**63)
        return math.ldexp(mantissa, self.integer("an exponent", -_LARGEST_EXPONENT, _LARGEST_EXPONENT))

    def text(self) -> str:
        length = self.integer("the length of a name", 1, LONGEST_NAME)
        return bytes(self._take(length)).decode("ascii", "backslashreplace")

    def expect(self, name: str) -> None:
        if (found := self.text()) != name:
            raise self.fault(f"expected {name}, found {found!r}")

    def flag(self) -> None:
        self._start = self._end
        if (found := bytes(self._take(1))) not in (b"0", b"1"):
            raise self.fault(f"expected 0 or 1, found {found!r}")

    def tensor(self) -> NDArray[np.float32]:
        """Return a tensor's numbers, which stay where they are in the file."""
        self.version("a tensor", 2)
        count = math.prod(self._lengths())
        return np.frombuffer(self._take(count * 4), "<f4")

    def weights(self) -> Array:
        """Return a tensor of finite numbers, in double precision."""
        values = self.tensor()
        if not np.isfinite(values).all():
            raise self.fault("a weight is not a finite number")
        return values.astype(np.float64)

    def shape(self) -> Shape:
        """Return the shape of a part of a tensor."""
        self.version("a shape", 1)
        return self._lengths()

    def parted(self, values: Array, *shapes: Shape) -> list[Array]:
        """Return a layer's numbers as the parts that it says they are."""
        sizes = [math.prod(shape) for shape in shapes]
        if sum(sizes) != values.size:
            raise self.fault(f"expected {sum(sizes)} weights for {', '.join(map(str, shapes))}, found {values.size}")
        parts = np.split(values, np.cumsum(sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def pass_numbers(self, count: int) -> None:
        for _ in range(count):
            self.number()

    def expect_end(self) -> None:
        self._start = self._end
        if self._end != len(self._content):
            raise self.fault(f"{len(self._content) - self._end} bytes follow the last layer")

    def _lengths(self) -> Shape:
        lengths = [self.integer("a length", 0, LARGEST_FILE) for _ in range(4)]
        return lengths[0], lengths[1], lengths[2], lengths[3]

    def _take(self, count: int) -> memoryview:
        if count > len(self._content) - self._end:
            raise self.fault(f"expected {count} bytes from {self._end} on, but the file ends at {len(self._content)}")
        self._end += count
        return self._content[self._end - count : self._end]


_READERS: Final[Mapping[str, Callable[[_Reader], Step]]] = {
    "con_4": _read_convolution,
    "affine_": _read_affine,
    "relu_": lambda reader: Plain.RELU,
    "max_pool_2": lambda reader: _read_pool(reader, "MaxPool"),
    "avg_pool_2": lambda reader: _read_pool(reader, "AveragePool"),
    "add_prev_": lambda reader: Plain.ADD,
    "fc_2": _read_full,
}
