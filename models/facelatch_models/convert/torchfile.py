"""Reads the tensors out of a PyTorch file of the first format (`torch.save` before 1.6), without PyTorch.

Such a file is five pickles (magic number, version, system, the object, the keys of its storages) and then the storages'
numbers. A pickle is a program, and `pickle.load` runs it. Here its operations are only looked at: those that a plain
dictionary of tensors needs are followed on a stack of ordinary values, nothing is imported, no function is called, and
any other operation ends the reading.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.convert import ConvertError

MAGIC: Final = 0x1950A86A20F9469CFC6C
VERSION: Final = 1001
LARGEST_OBJECT: Final = 64 * 1024 * 1024
MOST_STORAGES: Final = 65536

_STORAGES: Final[dict[str, np.dtype[Any]]] = {
    "torch FloatStorage": np.dtype("<f4"),
    "torch DoubleStorage": np.dtype("<f8"),
    "torch HalfStorage": np.dtype("<f2"),
    "torch LongStorage": np.dtype("<i8"),
    "torch IntStorage": np.dtype("<i4"),
}
_DICTIONARY: Final = "collections OrderedDict"
_TENSOR: Final = "torch._utils _rebuild_tensor_v2"


@dataclass(frozen=True)
class _Global:
    """A name that the pickle mentions; it is never looked up."""

    name: str


@dataclass(frozen=True)
class _Storage:
    key: str
    kind: np.dtype[Any]
    size: int


@dataclass(frozen=True)
class _Tensor:
    """A tensor as the pickle describes it: a window on a storage. Lengths and steps count numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Mark:
    """The place on the stack to which an operation reaches back."""


def read_tensors(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of a state dictionary by name; raises `ConvertError` for anything else than such a file."""
    file = io.BytesIO(content)
    try:
        if _Pickle(file).value() != MAGIC or _Pickle(file).value() != VERSION:
            raise ConvertError("is not a PyTorch file of the first format (a .pth of 2020 or older)")
        if _Pickle(file).value().get("little_endian") is not True:
            raise ConvertError("was written on a big-endian machine")
        state, keys = _Pickle(file).value(), _Pickle(file).value()
        storages = _storages(file, state, keys)
        return {name: _numbers(name, tensor, storages) for name, tensor in state.items()}
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError, RecursionError) as error:
        # What a value of an unexpected kind does to the lines above; pickletools says ValueError for broken code.
        raise ConvertError(f"is not a PyTorch state dictionary that can be read ({error})") from error


def _storages(file: io.BytesIO, state: dict[str, _Tensor], keys: list[str]) -> dict[str, NDArray[Any]]:
    """Read the numbers of every storage: for each key, a count of eight bytes and then as many numbers."""
    wanted = {tensor.storage.key: tensor.storage for tensor in state.values()}
    if len(keys) > MOST_STORAGES or set(keys) != set(wanted):
        raise ConvertError("the storages are not those that the tensors want")
    found: dict[str, NDArray[Any]] = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little", signed=True)
        storage = wanted[key]
        if count != storage.size:
            raise ConvertError(f"storage {key} has {count} numbers, its tensor says {storage.size}")
        data = file.read(count * storage.kind.itemsize)
        if len(data) != count * storage.kind.itemsize:
            raise ConvertError(f"ends within storage {key}")
        found[key] = np.frombuffer(data, storage.kind)
    if file.read(1):
        raise ConvertError("goes on after the last storage")
    return found


def _numbers(name: str, tensor: _Tensor, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
    numbers = storages[tensor.storage.key]
    lengths = zip(tensor.shape, tensor.strides, strict=True)
    count = math.prod(tensor.shape)
    last = tensor.offset + sum((length - 1) * step for length, step in lengths)
    if min(tensor.shape, default=1) < 1 or min(tensor.strides, default=0) < 0 or not 0 <= tensor.offset <= last:
        raise ConvertError(f"tensor {name!r} has shape {tensor.shape}, steps {tensor.strides}")
    if last >= len(numbers) or count > len(numbers):
        raise ConvertError(f"tensor {name!r} reaches beyond its storage")
    steps = [step * numbers.itemsize for step in tensor.strides]
    window = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, steps, writeable=False)
    return np.array(window)


class _Pickle:
    """Follows one pickle. Every operation that is not in the table below is refused by name."""

    def __init__(self, file: io.BytesIO) -> None:
        self._operations: Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]] = pickletools.genops(file)
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def value(self) -> Any:
        """Return the pickled value: numbers, texts, lists, dictionaries and `_Tensor`s."""
        for operation, argument, position in self._operations:
            if position is not None and position > LARGEST_OBJECT:
                raise ConvertError(f"its object has more than {LARGEST_OBJECT} bytes")
            if operation.name == "STOP":
                return self._stack.pop()
            act = _ACTS.get(operation.name)
            if act is None:
                raise ConvertError(f"its pickle wants the operation {operation.name}, which no state dictionary needs")
            act(self, argument)
        raise ConvertError("its pickle has no end")

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def since_mark(self) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        above: list[Any] = []
        while not isinstance(value := self._stack.pop(), _Mark):
            above.append(value)
        return above[::-1]

    def take(self, count: int) -> None:
        taken = [self._stack.pop() for _ in range(count)]
        self._stack.append(tuple(taken[::-1]))

    def remember(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def set_items(self, items: list[Any]) -> None:
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str):
                raise ConvertError(f"its pickle has a key that is no text: {key!r}")
            self._stack[-1][key] = value

    def set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self.set_items([key, value])

    def extend(self, items: list[Any]) -> None:
        self._stack[-1].extend(items)

    def recall(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def reduce(self) -> None:
        """Stand in for a call: an empty dictionary, or the description of a tensor."""
        arguments, function = self._stack.pop(), self._stack.pop()
        if function == _Global(_DICTIONARY) and arguments == ():
            self._stack.append({})
        elif function == _Global(_TENSOR):
            storage, offset, shape, strides, *_ = arguments
            numbers = [offset, *shape, *strides]
            if not isinstance(storage, _Storage) or not all(type(number) is int for number in numbers):
                raise ConvertError("its pickle describes a tensor that is none")
            self._stack.append(_Tensor(storage, offset, tuple(shape), tuple(strides)))
        else:
            raise ConvertError(f"its pickle calls {function}, which no state dictionary needs")

    def named(self, name: str) -> None:
        if name not in (_DICTIONARY, _TENSOR, *_STORAGES):
            raise ConvertError(f"its pickle names {name!r}, which no state dictionary needs")
        self._stack.append(_Global(name))

    def storage(self) -> None:
        """Stand in for `persistent_load`: ("storage", kind, key, where it lay, size, None)."""
        word, kind, key, _, size, view = self._stack.pop()
        if word != "storage" or view is not None or type(size) is not int or type(key) is not str:
            raise ConvertError("its pickle describes a storage that is none")
        self._stack.append(_Storage(key, _STORAGES[kind.name], size))

    def drop(self) -> None:
        """Leave out an object's attributes (`_metadata` of a state dictionary)."""
        self._stack.pop()


_ACTS: Final[dict[str, Callable[[_Pickle, Any], None]]] = {
    "PROTO": lambda pickle, argument: None,
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE"), _Pickle.push),
    "NONE": lambda pickle, argument: pickle.push(None),
    "NEWTRUE": lambda pickle, argument: pickle.push(True),
    "NEWFALSE": lambda pickle, argument: pickle.push(False),
    "EMPTY_DICT": lambda pickle, argument: pickle.push({}),
    "EMPTY_LIST": lambda pickle, argument: pickle.push([]),
    "EMPTY_TUPLE": lambda pickle, argument: pickle.push(()),
    "MARK": lambda pickle, argument: pickle.push(_Mark()),
    "TUPLE": lambda pickle, argument: pickle.push(tuple(pickle.since_mark())),
    "TUPLE1": lambda pickle, argument: pickle.take(1),
    "TUPLE2": lambda pickle, argument: pickle.take(2),
    "TUPLE3": lambda pickle, argument: pickle.take(3),
    "BINPUT": _Pickle.remember,
    "LONG_BINPUT": _Pickle.remember,
    "BINGET": _Pickle.recall,
    "LONG_BINGET": _Pickle.recall,
    "SETITEM": lambda pickle, argument: pickle.set_item(),
    "SETITEMS": lambda pickle, argument: pickle.set_items(pickle.since_mark()),
    "APPENDS": lambda pickle, argument: pickle.extend(pickle.since_mark()),
    "GLOBAL": _Pickle.named,
    "REDUCE": lambda pickle, argument: pickle.reduce(),
    "BUILD": lambda pickle, argument: pickle.drop(),
    "BINPERSID": lambda pickle, argument: pickle.storage(),
}
