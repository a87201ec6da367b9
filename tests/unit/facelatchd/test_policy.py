"""Gates and lock-out."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch.types import Reason
from facelatchd.policy import FIRST_LOCK, FREE_MISMATCHES, LONGEST_LOCK, Facts, lock_left, shut_gate
from facelatchd.settings import ClassRule

RULE = ClassRule(services=("sudo",))
OPEN = Facts(permitted=True, rule=RULE, remote_host="")


def test_nothing_against_it_opens() -> None:
    assert shut_gate(OPEN) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"permitted": False}, Reason.NOT_PERMITTED),
        ({"remote_host": "example.org"}, Reason.REMOTE),
        ({"rule": None}, Reason.SERVICE_REFUSED),
        ({"rule": msgspec.structs.replace(RULE, allowed=False)}, Reason.SERVICE_REFUSED),
        ({"enrolled": False}, Reason.NOT_ENROLLED),
        ({"mismatches": FREE_MISMATCHES}, Reason.LOCKED_OUT),
    ],
)
def test_each_gate_shuts_by_itself(change: dict[str, object], reason: Reason) -> None:
    assert shut_gate(msgspec.structs.replace(OPEN, **change)) is reason


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
