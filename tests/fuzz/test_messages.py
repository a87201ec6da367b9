"""What arrives between judge and eye is a message or a `MessageError`, and whatever decodes can be looked through."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from facelatch_eye.messages import (
    HEADER,
    LARGEST_ANSWER,
    Answer,
    Description,
    MessageError,
    Observation,
    Opened,
    Request,
    announced_length,
    read_answer,
    read_request,
)
from facelatchd.scrutiny import description_fault, fault, opened_fault
from tests.fuzz.messages import ANSWERS, REQUESTS, bodies, body

DIMENSION = 16

Sent = TypeVar("Sent", Request, Answer)

slow_to_make = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def understood(read: Callable[[bytes], Sent], raw: bytes) -> Sent | None:
    """Read a body; None where it is no message. What is one is the same message when it has travelled on."""
    try:
        message = read(raw)
    except MessageError:
        return None
    travelled = body(message)
    assert body(read(travelled)) == travelled, "compared as bytes, since NaN is not what it is"
    return message


@slow_to_make
@given(raw=bodies(REQUESTS))
@example(raw=b"\x82\xa1x" + b"\x91" * 2000)
def test_whatever_the_eye_is_asked_is_a_request_or_a_message_error(raw: bytes) -> None:
    understood(read_request, raw)


@slow_to_make
@given(raw=bodies(ANSWERS))
@example(raw=b"\x82\xa1x" + b"\x91" * 2000)
def test_whatever_the_eye_answers_is_a_message_error_or_can_be_looked_through(raw: bytes) -> None:
    answer = understood(read_answer, raw)
    if isinstance(answer, Observation):
        assert isinstance(fault(answer), str)
        assert isinstance(fault(answer, DIMENSION), str)
    if isinstance(answer, Opened):
        assert isinstance(opened_fault(answer, companion=True), str)
        assert isinstance(opened_fault(answer, companion=False), str)
    if isinstance(answer, Description):
        assert isinstance(description_fault(answer), str)


@given(header=st.binary(min_size=HEADER.size, max_size=HEADER.size))
def test_a_length_is_within_bounds_or_a_message_error(header: bytes) -> None:
    with contextlib.suppress(MessageError):
        assert 0 < announced_length(header, LARGEST_ANSWER) <= LARGEST_ANSWER
