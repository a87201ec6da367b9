"""What is wrong with a document of settings: where, what was expected there, and what was perhaps meant."""

from __future__ import annotations

import difflib
import json
import re
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from facelatch.types import ServiceClass
from facelatchd.settings.files import Place
from facelatchd.settings.rules import CLASSES, CameraRule, ClassRule, PasswordRule, SeatRule, Settings

_TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "password": PasswordRule, "camera": CameraRule, "seat": SeatRule,
}  # fmt: skip
_KEYS: Final = {table: typing.get_type_hints(table, include_extras=True) for table in (*_TABLES.values(), ClassRule)}
"""The keys of each table, and what their values may be."""

_ELSEWHERE: Final = {key: f"{name}.{key}" for name, struct in _TABLES.items() for key in _KEYS[struct]} | {
    service_class.value: f"class.{service_class.value}" for service_class in CLASSES
}
"""Where what stands in the wrong table belongs."""

_HINTS: Final[dict[tuple[str, bool], str]] = {
    ("liveness", True): 'what was true is "passive" now',
    ("liveness", False): 'what was false is "off" now',
    ("intent", True): 'what was true is "key" now',
    ("intent", False): 'what was false is "none" now',
    ("ahead", False): "0 is never",
    ("hold", False): "0 is not at all",
}
_FORMER_LOOK: Final = (
    "this table is gone: seconds and no_face_seconds stand with each class now, in [class.unlock] and the others"
)

_BARE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_VALUE: Final = 60
"""Characters of a wrong value that a message repeats."""

_LARGEST_SHOWN: Final = 10**18
"""Python refuses to write numbers of very many digits."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong. It comes of what is said at these places together, or at the only one; the first is named."""

    places: tuple[Place, ...]
    text: str


def dotted(place: Place) -> str:
    """Return a place as TOML spells it, on one line."""
    return ".".join(key if _BARE.fullmatch(key) else _shown(key) for key in place)


# --- what one file says -----------------------------------------------------------------------------------------------


def faults_of(document: dict[str, Any]) -> Iterator[Fault]:
    """Name what is wrong with what one file says, whatever others say beside it."""
    for name, value in document.items():
        if name == "look":
            yield Fault(((name,),), _FORMER_LOOK)
        elif name == "class":
            yield from _faults_of_classes(value)
        elif name in _TABLES:
            yield from _faults_of_table((name,), value, _TABLES[name])
        else:
            yield _unknown((name,), (*_TABLES, "class"))


def _faults_of_classes(classes: Any) -> Iterator[Fault]:
    if not isinstance(classes, dict):
        yield Fault((("class",),), "expected tables such as [class.unlock]")
        return
    known = [service_class.value for service_class in CLASSES]
    for name, table in classes.items():
        place = ("class", name)
        if name == ServiceClass.OTHER.value:
            yield Fault((place,), "what no class names is refused, there is no rule for it")
        elif name not in known:
            yield _unknown(place, known)
        else:
            yield from _faults_of_table(place, table, ClassRule)


def _faults_of_table(place: Place, table: Any, struct: type[msgspec.Struct]) -> Iterator[Fault]:
    if not isinstance(table, dict):
        yield Fault((place,), f"expected a table, [{dotted(place)}], not {_shown(table)}")
        return
    for key, value in table.items():
        if key not in _KEYS[struct]:
            yield _unknown((*place, key), _KEYS[struct])
        elif (wrong := _wrong_value(value, _KEYS[struct][key])) is not None:
            hint = _HINTS.get((key, value)) if isinstance(value, bool) else None
            yield Fault(((*place, key),), f"{wrong}; {hint}" if hint else wrong)


def _unknown(place: Place, known: Iterable[str]) -> Fault:
    known = list(known)
    name = place[-1][:_LONGEST_VALUE]
    if near := difflib.get_close_matches(name, known, 1):
        return Fault((place,), f"is unknown; did you mean {near[0]}?")
    if elsewhere := _ELSEWHERE.get(name):
        return Fault((place,), f"is unknown here; did you mean {elsewhere}?")
    return Fault((place,), f"is unknown; expected {_either(known)}")


def _wrong_value(value: Any, kind: Any) -> str | None:
    """Say what was expected in the place of a value, None where it is what it should be."""
    info = inspect.type_info(kind)
    if isinstance(info, inspect.VarTupleType) and isinstance(value, list):
        one = typing.get_args(kind)[0]
        return next((wrong for each in value if (wrong := _wrong_value(each, one)) is not None), None)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return f"expected {_expected(info)}, not {_shown(value)}"
    return None


def _expected(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(extra_json_schema={"description": str(words)}):
            return words
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.FloatType(ge=low, le=high):
            return f"a number from {low:g} to {high:g}"
        case inspect.EnumType(cls=words):
            return _either([f'"{word.value}"' for word in words])
        case inspect.VarTupleType(item_type=one):
            return f"a list [...], each {_expected(one)}"
    raise TypeError(f"{info} has no words")


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    """Return a value as a message repeats it: on one line, and no longer than helps."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > _LARGEST_SHOWN:
        return "one as large as this"
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


# --- what does not go together ----------------------------------------------------------------------------------------


def joint_faults(settings: Settings) -> Iterator[Fault]:
    """Name what is right by itself and cannot hold together, whichever files it comes from."""
    for kind, rule in settings.rules.items():
        if rule.no_face_seconds > rule.seconds:
            places = tuple(("class", kind.value, key) for key in ("no_face_seconds", "seconds"))
            text = f"expected no more than seconds, which is {rule.seconds:g}, not {rule.no_face_seconds:g}"
            yield Fault(places, text)
    owners: dict[str, ServiceClass] = {}
    for kind, rule in settings.rules.items():
        for service in rule.services:
            owner = owners.setdefault(service, kind)
            if owner is not kind:
                places = tuple(("class", each.value, "services") for each in (kind, owner))
                text = f'"{service}" is in more than one class, {owner.value} and {kind.value}; leave it in one of them'
                yield Fault(places, text)
