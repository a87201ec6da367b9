"""Gates and lock-out."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Reason
from facelatchd.policy import FIRST_LOCK, FREE_MISMATCHES, LONGEST_LOCK, gate_of_record, gate_of_request, lock_left
from facelatchd.settings import ClassRule

RULE = ClassRule(services=("sudo",))


def test_a_good_request_and_a_good_record_open() -> None:
    assert gate_of_request(permitted=True, rule=RULE, remote_host="") is None
    assert gate_of_record(enrolled=True, mismatches=0, since=0.0) is None


@pytest.mark.parametrize(
    ("permitted", "rule", "remote_host", "reason"),
    [
        (False, RULE, "", Reason.NOT_PERMITTED),
        (True, RULE, "example.org", Reason.REMOTE),
        (True, None, "", Reason.SERVICE_REFUSED),
        (True, msgspec.structs.replace(RULE, allowed=False), "localhost", Reason.SERVICE_REFUSED),
    ],
)
def test_each_gate_of_a_request_shuts_by_itself(
    permitted: bool, rule: ClassRule | None, remote_host: str, reason: Reason
) -> None:
    assert gate_of_request(permitted=permitted, rule=rule, remote_host=remote_host) is reason


@pytest.mark.parametrize(
    ("enrolled", "mismatches", "reason"), [(False, 0, Reason.NOT_ENROLLED), (True, FREE_MISMATCHES, Reason.LOCKED_OUT)]
)
def test_each_gate_of_a_record_shuts_by_itself(enrolled: bool, mismatches: int, reason: Reason) -> None:
    assert gate_of_record(enrolled=enrolled, mismatches=mismatches, since=0.0) is reason


def test_fewer_mismatches_lock_nothing() -> None:
    assert lock_left(FREE_MISMATCHES - 1, 0.0) == 0.0


def test_each_further_mismatch_doubles_the_lock() -> None:
    locks = [lock_left(FREE_MISMATCHES + more, 0.0) for more in range(4)]
    assert locks == [FIRST_LOCK, 2 * FIRST_LOCK, 4 * FIRST_LOCK, 8 * FIRST_LOCK]


@given(st.integers(0, 10_000), st.floats(-1e9, 1e9))
def test_a_lock_is_never_longer_than_the_longest_nor_negative(mismatches: int, since: float) -> None:
    assert 0.0 <= lock_left(mismatches, since) <= LONGEST_LOCK


@given(st.integers(FREE_MISMATCHES, 40), st.floats(-1e6, 0))
def test_a_clock_moved_back_does_not_shorten_a_lock(mismatches: int, since: float) -> None:
    assert lock_left(mismatches, since) == lock_left(mismatches, 0.0)
