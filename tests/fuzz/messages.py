"""Messages between judge and eye, made from the contract's own types, and what others may make of them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st

from facelatch_eye.messages import (
    HEADER,
    Analyse,
    Answer,
    CameraInfo,
    Describe,
    Description,
    Frame,
    Observation,
    Opened,
    PackInfo,
    Problem,
    Request,
    SeenAttribute,
    SeenFace,
    Stop,
    Watch,
    pack_message,
)

Made = TypeVar("Made", bound=msgspec.Struct)

INTEGERS = st.integers(-(2**63), 2**64 - 1)
"""Those that MessagePack has."""


def _made(kind: type[Made]) -> st.SearchStrategy[Made]:
    """Every field of the struct, those with a default too."""
    of_its_own: dict[Any, st.SearchStrategy[Any]] = {int: INTEGERS, int | None: st.none() | INTEGERS}
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return st.builds(
        kind, **{name: of_its_own[of] if of in of_its_own else st.from_type(of) for name, of in types.items()}
    )


for _part in (CameraInfo, PackInfo, Problem, SeenAttribute, SeenFace):
    st.register_type_strategy(_part, _made(_part))

REQUESTS: st.SearchStrategy[Request] = st.one_of(_made(Describe), _made(Watch), _made(Analyse), _made(Stop))
ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    _made(Description), _made(Opened), _made(Observation), _made(Frame), _made(Problem)
)

VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats() | st.binary() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
"""Whatever MessagePack can say."""


def body(message: Request | Answer) -> bytes:
    """A message as it travels, without its length."""
    return pack_message(message)[HEADER.size :]


@st.composite
def _altered(draw: st.DrawFn, messages: st.SearchStrategy[Any]) -> bytes:
    """A message in which one value is another, one is missing, or one is too many."""
    whole: Any = msgspec.msgpack.decode(body(draw(messages)))
    place, part = whole, draw(st.sampled_from(sorted(whole)))
    while draw(st.booleans()) and isinstance(place[part], dict | list) and place[part]:
        place = place[part]
        part = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if draw(st.integers(0, 4)) == 0:
        del place[part]
    elif isinstance(place, dict) and draw(st.integers(0, 4)) == 0:
        place[draw(st.text(max_size=8))] = draw(VALUES)
    else:
        place[part] = draw(VALUES)
    return msgspec.msgpack.encode(whole)


@st.composite
def _damaged(draw: st.DrawFn, messages: st.SearchStrategy[Any]) -> bytes:
    """A message of which bytes are others, missing, or too many."""
    whole = bytearray(body(draw(messages)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(whole)))
        whole[start : start + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(whole)


def _nested(depth: int, within: bytes) -> bytes:
    return within + b"\x91" * depth + b"\xc0"


def bodies(messages: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Bodies of such messages, bodies that nearly are, and others."""
    nested = st.builds(_nested, st.integers(0, 5000), st.sampled_from([b"", b"\x82\xa1x", b"\x82\xa2is\xa5watch\xa1x"]))
    other = st.one_of(VALUES.map(msgspec.msgpack.encode), st.binary(max_size=64), nested)
    return st.one_of(messages.map(body), _altered(messages), _damaged(messages), other)
