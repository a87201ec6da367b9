"""Between our structures and what travels on the bus: struct to `a{sv}` by its types, and back."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import msgspec
from gi.repository import GLib
from msgspec import inspect

_SIMPLE: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "s",
    inspect.EnumType: "s",
    inspect.BoolType: "b",
    inspect.IntType: "x",
    inspect.FloatType: "d",
    inspect.BytesType: "ay",
    inspect.StructType: "a{sv}",
}


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return tuple((field.name, _signature(field.type)) for field in info.fields)


def _signature(kind: inspect.Type) -> str:
    """Return the D-Bus signature of a field's type; `TypeError` for one that has none."""
    if simple := _SIMPLE.get(type(kind)):
        return simple
    match kind:
        case inspect.UnionType(types=types):
            (one,) = (each for each in types if not isinstance(each, inspect.NoneType))
            return _signature(one)
        case inspect.VarTupleType(item_type=item):
            return "a" + _signature(item)
        case inspect.TupleType(item_types=items) if len(set(map(_signature, items))) == 1:
            return "a" + _signature(items[0])
        case inspect.DictType(key_type=inspect.StrType(), value_type=value):
            return "a{s" + _signature(value) + "}"
    raise TypeError(f"{kind} has no signature")


def variant(signature: str, value: Any) -> GLib.Variant:
    """Return a value as a variant of that signature; a struct stands for `a{sv}`, absent values are left out."""
    if signature == "ay":
        return GLib.Variant.new_from_bytes(GLib.VariantType.new("ay"), GLib.Bytes.new(value), True)
    return GLib.Variant(signature, _native(value))


def _native(value: Any) -> Any:
    match value:
        case msgspec.Struct():
            pairs = ((name, kind, getattr(value, name)) for name, kind in _fields(type(value)))
            return {name: variant(kind, each) for name, kind, each in pairs if each is not None}
        case enum.Enum():
            return value.value
        case list() | tuple():
            return [_native(each) for each in value]
        case dict():
            return {key: _native(each) for key, each in value.items()}
    return value


def answer(signatures: Sequence[str], values: Sequence[Any]) -> GLib.Variant | None:
    """Return a method's answer; None where it has none."""
    if not signatures:
        return None
    pairs = zip(signatures, values, strict=True)
    return GLib.Variant.new_tuple(*(variant(signature, value) for signature, value in pairs))


def plain(value: GLib.Variant) -> Any:
    """Return what a variant holds; bytes as bytes, which PyGObject would make a list of numbers."""
    kind = value.get_type_string()
    if kind == "ay":
        return bytes(value.get_data_as_bytes().get_data() or b"")
    if kind.startswith("("):
        return tuple(plain(value.get_child_value(index)) for index in range(value.n_children()))
    return value.unpack()
