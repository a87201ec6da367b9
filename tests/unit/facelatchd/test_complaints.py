"""Whoever comes with nonsense very often does not fill the log with it."""

from __future__ import annotations

import logging

import pytest

from facelatchd.complaints import MINUTE, MOST, Complaints


class Hour:
    """A clock that a test sets, and complaints that go by it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.complaints = Complaints(logging.getLogger("door"), lambda: self.now)


@pytest.fixture
def hour() -> Hour:
    return Hour()


def test_the_first_complaints_are_written(hour: Hour, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MOST):
        hour.complaints.add("uid %d", number)
    assert caplog.messages == [f"uid {number}" for number in range(MOST)]


def test_those_beyond_are_counted_and_told_of_a_minute_later(hour: Hour, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(MOST + 7):
        hour.complaints.add("nonsense")
    assert len(caplog.messages) == MOST
    hour.now = MINUTE
    hour.complaints.add("and again")
    assert caplog.messages[MOST:] == ["7 more such complaints in a minute", "and again"]


def test_a_flood_that_lasts_is_held_to_the_same_in_each_minute(hour: Hour, caplog: pytest.LogCaptureFixture) -> None:
    for second in range(3 * int(MINUTE)):
        hour.now = float(second)
        for _ in range(10):
            hour.complaints.add("nonsense")
    assert caplog.messages.count("nonsense") == 3 * MOST
