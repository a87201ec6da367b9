"""Attempts are remembered, and do not grow without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from facelatch.types import Reason, Verdict
from facelatchd.store import Store, StoreDamaged, rows

from .conftest import NOW, attempt


def test_attempts_come_back_newest_first(store: Store) -> None:
    recorded = [attempt(reason, second=second) for second, reason in enumerate([Reason.NO_FACE, Reason.MATCHED])]
    for one in recorded:
        store.record_attempt(one, NOW)
    assert store.attempts("alice", 10) == recorded[::-1]
    assert store.attempts("alice", 1) == recorded[1:]


def test_every_reason_fits_into_the_history(store: Store) -> None:
    recorded = [attempt(reason) for reason in Reason]
    for one in recorded:
        store.record_attempt(one, NOW)
    assert store.attempts("alice", 100) == recorded[::-1]


def test_a_user_sees_his_own_attempts_only(store: Store) -> None:
    store.record_attempt(attempt(Reason.MATCHED, "alice"), NOW)
    assert store.attempts("bob", 10) == []
    assert store.attempts("alic_", 10) == []


def test_order_is_that_of_recording_even_when_the_clock_is_set_back(store: Store) -> None:
    for second in (9, 3):
        store.record_attempt(attempt(Reason.NO_FACE, second=second), NOW)
    assert [one.started.second for one in store.attempts("alice", 2)] == [3, 9]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        store.attempts("alice", limit)


def test_each_user_keeps_his_newest_attempts_whatever_others_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    for second, user in enumerate(["alice", "alice", "bob", "alice", "bob"]):
        store.record_attempt(attempt(Reason.NO_FACE, user, second), NOW)
    kept = [(one.user, one.started.second) for user in ("alice", "bob") for one in store.attempts(user, 10)]
    assert kept == [("alice", 3), ("alice", 1), ("bob", 4), ("bob", 2)]


def test_a_thousand_attempts_of_a_user_are_kept() -> None:
    assert rows.MOST_ROWS == 1_000


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": Verdict.MATCH},
        {"started": datetime(2026, 1, 1)},
        {"started": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
        {"user": "nul\0"},
        {"service": "\udcff"},
    ],
    ids=["contradiction", "no offset", "not UTC", "NUL", "surrogate"],
)
def test_an_attempt_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"verdict|UTC|character"):
        msgspec.structs.replace(attempt(Reason.ANOTHER_FACE), **change)


@pytest.mark.parametrize("change", ["verdict = 'perhaps'", "verdict = 'match'", "reason = ''", "band = 'warm'"])
def test_an_attempt_that_no_version_wrote_is_damage(store: Store, tamper: Callable[[str], None], change: str) -> None:
    store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW)
    tamper(f"UPDATE attempts SET {change}")
    with pytest.raises(StoreDamaged, match="damaged"):
        store.attempts("alice", 1)
