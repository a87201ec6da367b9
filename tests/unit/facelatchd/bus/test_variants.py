"""Every structure of the contract travels, and arrives at a client as it was."""

from __future__ import annotations

import enum
import types
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from gi.repository import Gio, GLib
from hypothesis import given
from hypothesis import strategies as some

from facelatch import types as contract
from facelatch.types import (
    Analysis,
    Band,
    EnrollShot,
    EnrollStep,
    Hint,
    PackReport,
    Pose,
    Quality,
    Reason,
    StatusReport,
    Tried,
    TryStep,
    Verdict,
    View,
)
from facelatchd.bus.variants import answer, plain, variant

STRUCTS: list[type[msgspec.Struct]] = [
    each
    for each in vars(contract).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not msgspec.Struct
]

texts = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SIMPLE: dict[object, some.SearchStrategy[Any]] = {
    str: texts,
    bytes: some.binary(max_size=50),
    bool: some.booleans(),
    int: some.integers(-(2**63), 2**63 - 1),
    float: some.floats(allow_nan=False),
    type(None): some.none(),
}


def values_of(kind: Any) -> some.SearchStrategy[Any]:
    """Values of a field's type."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return some.sampled_from(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs_of(kind)
    arguments = get_args(kind)
    if isinstance(kind, types.UnionType):
        return some.one_of(*map(values_of, arguments))
    if get_origin(kind) is dict:
        return some.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=4)
    assert get_origin(kind) is tuple, kind
    if arguments[-1] is Ellipsis:
        return some.lists(values_of(arguments[0]), max_size=4).map(tuple)
    return some.tuples(*map(values_of, arguments))


def structs_of(kind: type[msgspec.Struct]) -> some.SearchStrategy[Any]:
    """Structures of a kind, with anything in them."""
    return some.builds(kind, **{name: values_of(hint) for name, hint in get_type_hints(kind).items()})


def bare(value: GLib.Variant) -> Any:
    """What a client makes of a value: variants opened, bytes as bytes."""
    kind = value.get_type_string()
    children = [value.get_child_value(index) for index in range(value.n_children())] if value.is_container() else []
    if kind == "v":
        return bare(children[0])
    if kind == "ay":
        return bytes(value.unpack())
    if kind.startswith("a{"):
        return {entry.get_child_value(0).unpack(): bare(entry.get_child_value(1)) for entry in children}
    if kind.startswith("("):
        return tuple(map(bare, children))
    return list(map(bare, children)) if kind.startswith("a") else value.unpack()


def over_the_bus(value: GLib.Variant) -> GLib.Variant:
    """The value as it is after it was written into a message and read again."""
    message = Gio.DBusMessage.new_signal("/a", "a.b", "C")
    message.set_body(GLib.Variant.new_tuple(value))
    blob = message.to_blob(Gio.DBusCapabilityFlags.NONE)
    return Gio.DBusMessage.new_from_blob(blob, Gio.DBusCapabilityFlags.NONE).get_body().get_child_value(0)


def arrived(struct: msgspec.Struct) -> Any:
    """The structure as a client reads it."""
    return msgspec.convert(bare(over_the_bus(variant("a{sv}", struct))), type(struct))


@pytest.mark.parametrize("kind", STRUCTS)
@given(data=some.data())
def test_every_structure_arrives_as_it_was(kind: type[msgspec.Struct], data: some.DataObject) -> None:
    struct = data.draw(structs_of(kind))
    assert arrived(struct) == struct


@pytest.mark.parametrize(
    "struct",
    [
        StatusReport("1", "", "no pack", "ready", (), 0, {}),
        PackReport(problem="no pack"),
        Analysis(640, 480, View.NO_FACE, 0.5),
        EnrollShot(1, (1.0, 2.0, 3.0, 4.0), 0.5, 0.5, picture=b"\xff\xd8\0\xff\xd9"),
        EnrollShot(1, (1.0, 2.0, 3.0, 4.0), 0.5, 0.5, pose=Pose.UP),
        EnrollStep(1, 8, True, Hint.LEFT, covered=(Pose.STRAIGHT, Pose.LEFT), shot=1),
        EnrollStep(0, 8, False),
        Tried(Verdict.MATCH, Reason.MATCHED, Band.MATCH, took={"detect": 2.0}, evidence=float("inf")),
    ],
)
def test_empty_and_absent_values_arrive_as_such(struct: msgspec.Struct) -> None:
    assert arrived(struct) == struct


def test_a_value_that_is_absent_is_left_out_and_one_that_is_empty_is_not() -> None:
    assert variant("a{sv}", TryStep(View.CLEAR)).unpack() == {"view": "clear"}
    assert variant("a{sv}", TryStep(View.CLEAR, Band.FAR, False, 0.0)).unpack() == {
        "view": "clear", "band": "far", "live": False, "evidence": 0.0,
    }  # fmt: skip
    assert "band" not in variant("a{sv}", Tried(Verdict.UNAVAILABLE, Reason.NO_FACE)).unpack()


@pytest.mark.parametrize("signature", ["aa{sv}", "as", "ao", "ay", "a{sv}"])
def test_nothing_is_a_value_of_its_type(signature: str) -> None:
    empty = b"" if signature == "ay" else {} if signature == "a{sv}" else ()
    made = variant(signature, empty)
    assert made.get_type_string() == signature
    assert made.n_children() == 0


def test_bytes_are_not_copied_one_by_one() -> None:
    picture = bytes(range(256)) * 4096
    assert plain(variant("ay", picture)) == picture
    assert plain(GLib.Variant.new_tuple(variant("s", "name"), variant("ay", picture))) == ("name", picture)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("()", ()),
        ("('a', 3)", ("a", 3)),
        ("(@ay [],)", (b"",)),
        ("(@au [1, 2],)", ([1, 2],)),
        ("('', {'figures': <true>, 'face': <'x'>})", ("", {"figures": True, "face": "x"})),
        ("((true, false, {'polkit.retains': 'true'}),)", ((True, False, {"polkit.retains": "true"}),)),
    ],
)
def test_arguments_come_as_plain_values(text: str, value: object) -> None:
    assert plain(GLib.Variant.parse(None, text)) == value


def test_an_answer_has_as_many_values_as_the_contract_says() -> None:
    assert answer([], [None]) is None
    made = answer(["t", "ay", "a{sv}"], (3, b"jpeg", Analysis(1, 1, View.CLEAR, 0.5)))
    assert made is not None
    assert made.get_type_string() == "(taya{sv})"
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        answer(["s", "s"], ("one",))


@pytest.mark.parametrize("quality", list(Quality))
def test_a_word_travels_as_the_text_that_the_contract_names(quality: Quality) -> None:
    assert variant("s", quality).unpack() == quality.value
