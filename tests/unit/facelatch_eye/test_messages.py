from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_eye.messages import (
    HEADER,
    LARGEST_REQUEST,
    Analyse,
    CameraInfo,
    Describe,
    Description,
    Message,
    MessageError,
    Observation,
    Opened,
    PackInfo,
    Problem,
    ProblemKind,
    SeenAttribute,
    SeenFace,
    Stop,
    Task,
    View,
    Warm,
    Watch,
    announced_length,
    pack_message,
    read_answer,
    read_request,
)

numbers = st.floats(allow_nan=False)
requests = st.one_of(
    st.builds(Describe),
    st.builds(Stop),
    st.builds(
        Watch,
        cameras=st.lists(st.text(), max_size=3).map(tuple),
        companion=st.booleans(),
        tasks=st.lists(st.sampled_from(Task)).map(tuple),
        seconds=numbers,
        preview=st.booleans(),
    ),
    st.builds(Warm, cameras=st.lists(st.text(), max_size=3).map(tuple), companion=st.booleans(), seconds=numbers),
    st.builds(Analyse, picture=st.binary(), tasks=st.lists(st.sampled_from(Task)).map(tuple)),
)
faces = st.builds(
    SeenFace,
    box=st.tuples(numbers, numbers, numbers, numbers),
    landmarks=st.lists(st.tuples(numbers, numbers), max_size=5).map(tuple),
    confidence=numbers,
    yaw=numbers,
    pitch=numbers,
    roll=numbers,
    sharpness=numbers,
    light=numbers,
    embedding=st.none() | st.binary(),
    live=st.none() | numbers,
    quality=st.dictionaries(st.text(), numbers, max_size=3),
    attributes=st.lists(st.builds(SeenAttribute, st.text(), st.text(), numbers), max_size=2).map(tuple),
    eyes=st.none() | st.tuples(numbers, numbers),
)
observations = st.builds(
    Observation,
    sequence=st.integers(0, 2**31),
    captured=numbers,
    width=st.integers(1, 10**5),
    height=st.integers(1, 10**5),
    view=st.sampled_from(View),
    light=numbers,
    faces=st.lists(faces, max_size=3).map(tuple),
    best=st.none() | st.integers(0, 2),
    more=st.integers(0, 2**31),
    took=st.dictionaries(st.text(), numbers, max_size=3),
    infrared=st.booleans(),
    lit=st.none() | numbers,
)


cameras = st.builds(
    CameraInfo,
    id=st.text(),
    name=st.text(),
    path=st.text(),
    driver=st.text(),
    bus=st.text(),
    vendor_product=st.text(),
    serial=st.text(),
    formats=st.lists(st.text(), max_size=3).map(tuple),
    infrared=st.booleans(),
    virtual=st.booleans(),
    removable=st.booleans(),
    companion=st.text(),
)
packs = st.builds(PackInfo, id=st.text(), version=st.text(), space=st.text(), dimension=st.integers(0, 2**31))
openings = st.builds(
    Opened,
    camera=cameras,
    pack=packs,
    width=st.integers(-(2**31), 2**31),
    height=st.integers(-(2**31), 2**31),
    rate=numbers,
    infrared=st.none() | cameras,
)
problems = st.builds(Problem, kind=st.sampled_from(ProblemKind), text=st.text())
descriptions = st.builds(
    Description, cameras=st.lists(cameras, max_size=3).map(tuple), pack=st.none() | packs, problem=st.none() | problems
)


@given(requests)
def test_every_request_arrives_as_it_was_sent(request_: Watch) -> None:
    sent = pack_message(request_)

    assert announced_length(sent[: HEADER.size], LARGEST_REQUEST) == len(sent) - HEADER.size
    assert read_request(sent[HEADER.size :]) == request_


@given(observations | problems | openings | descriptions)
def test_every_answer_arrives_as_it_was_sent(answer: Observation) -> None:
    assert read_answer(pack_message(answer)[HEADER.size :]) == answer


@given(st.binary(max_size=200))
def test_random_bytes_are_a_message_or_a_message_error(body: bytes) -> None:
    for read in (read_request, read_answer):
        with contextlib.suppress(MessageError):
            assert isinstance(read(body), Message)


@given(requests, st.data())
def test_a_request_with_a_changed_byte_is_a_request_or_a_message_error(request_: Watch, data: st.DataObject) -> None:
    body = bytearray(pack_message(request_)[HEADER.size :])
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    with contextlib.suppress(MessageError):
        assert isinstance(read_request(bytes(body)), Message)


@pytest.mark.parametrize("length", [0, LARGEST_REQUEST + 1, 2**32 - 1])
def test_an_empty_or_oversized_length_is_refused(length: int) -> None:
    with pytest.raises(MessageError, match=str(length)):
        announced_length(HEADER.pack(length), LARGEST_REQUEST)


def test_an_answer_is_no_request() -> None:
    with pytest.raises(MessageError):
        read_request(pack_message(Problem(ProblemKind.NO_PACK, "no pack"))[HEADER.size :])


def test_a_field_that_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(MessageError, match="shutter"):
        read_request(msgspec.msgpack.encode({"is": "watch", "shutter": 1}))
