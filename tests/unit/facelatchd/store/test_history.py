"""Attempts are remembered, runs of failures are counted, and neither grows without end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from facelatch.types import Reason, Verdict
from facelatchd.store import FailureRun, Store, StoreDamaged, User
from facelatchd.store import store as store_module

from .conftest import KEY, PATIENCE, attempt, unit

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
PASSWORD = "password"
events = some.lists(
    some.sampled_from(
        [Reason.MATCHED, Reason.ANOTHER_FACE, Reason.NOT_LIVE, Reason.NO_FACE, Reason.LOCKED_OUT, PASSWORD]
    ),
    max_size=12,
)
fresh_names = (f"user {number}" for number in itertools.count())


def test_attempts_come_back_newest_first(store: Store) -> None:
    recorded = [attempt(reason, second=second) for second, reason in enumerate([Reason.NO_FACE, Reason.MATCHED])]
    for one in recorded:
        store.record_attempt(one)
    assert store.attempts("alice", 10) == recorded[::-1]
    assert store.attempts("alice", 1) == recorded[1:]


def test_every_reason_fits_into_the_history(store: Store) -> None:
    recorded = [attempt(reason) for reason in Reason]
    for one in recorded:
        store.record_attempt(one)
    assert store.attempts("alice", 100) == recorded[::-1]


def test_a_user_sees_his_own_attempts_only(store: Store) -> None:
    store.record_attempt(attempt(Reason.MATCHED, "alice"))
    assert store.attempts("bob", 10) == []
    assert store.attempts("alic_", 10) == []


def test_order_is_that_of_recording_even_when_the_clock_is_set_back(store: Store) -> None:
    for second in (9, 3):
        store.record_attempt(attempt(Reason.NO_FACE, second=second))
    assert [one.started.second for one in store.attempts("alice", 2)] == [3, 9]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        store.attempts("alice", limit)


def test_each_user_keeps_his_newest_attempts_whatever_others_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_ROWS", 2)
    for second, user in enumerate(["alice", "alice", "bob", "alice", "bob"]):
        store.record_attempt(attempt(Reason.NO_FACE, user, second))
    kept = [(one.user, one.started.second) for user in ("alice", "bob") for one in store.attempts(user, 10)]
    assert kept == [("alice", 3), ("alice", 1), ("bob", 4), ("bob", 2)]


def test_a_thousand_attempts_of_a_user_are_kept() -> None:
    assert store_module.MOST_ROWS == 1_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events)
def test_a_failure_run_is_the_mismatches_since_the_last_match_or_password(
    store: Store, happened: list[Reason | str]
) -> None:
    user = next(fresh_names)
    expected = FailureRun(0, None)
    for second, event in enumerate(happened):
        if isinstance(event, str):
            store.record_strong_authentication(user, "sudo", NOW)
            expected = FailureRun(0, None)
            continue
        one = attempt(event, user, second)
        store.record_attempt(one)
        if one.verdict is Verdict.MATCH:
            expected = FailureRun(0, None)
        elif one.verdict is Verdict.MISMATCH:
            expected = FailureRun(expected.count + 1, one.started)
    assert store.failure_run(user) == expected


def test_another_users_match_or_password_does_not_end_a_run(store: Store) -> None:
    store.record_attempt(attempt(Reason.ANOTHER_FACE, "alice"))
    store.record_attempt(attempt(Reason.MATCHED, "bob"))
    store.record_strong_authentication("bob", "sudo", NOW)
    assert store.failure_run("alice").count == 1


def test_a_run_outlives_a_restart(store: Store, address: str) -> None:
    store.record_attempt(attempt(Reason.NOT_LIVE))
    store.close()
    again = Store.open(address, KEY, patience=PATIENCE)
    try:
        assert again.failure_run("alice") == FailureRun(1, attempt(Reason.NOT_LIVE).started)
    finally:
        again.close()


def test_a_run_outlives_the_attempts_that_it_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_ROWS", 3)
    store.record_attempt(attempt(Reason.ANOTHER_FACE))
    for _ in range(5):
        store.record_attempt(attempt(Reason.NO_FACE))
    assert Reason.ANOTHER_FACE not in [one.reason for one in store.attempts("alice", 10)]
    assert store.failure_run("alice").count == 1


def test_a_password_from_the_future_does_not_hide_later_mismatches(store: Store) -> None:
    store.record_strong_authentication("alice", "sudo", NOW + timedelta(days=10_000))
    store.record_attempt(attempt(Reason.ANOTHER_FACE))
    assert store.failure_run("alice").count == 1


def test_neither_enrolling_nor_removing_faces_ends_a_run(store: Store) -> None:
    store.record_attempt(attempt(Reason.ANOTHER_FACE))
    for uid in (1000, 2000):
        store.add_face(User("alice", uid), "", "pack", "space", "camera", [unit(1)])
    store.remove_all(User("alice", 2000))
    assert store.failure_run("alice").count == 1


def test_passwords_of_the_former_holder_of_a_name_are_forgotten(store: Store, tamper: Callable[[str], None]) -> None:
    store.add_face(User("alice", 1000), "", "pack", "space", "camera", [unit(1)])
    store.record_strong_authentication("alice", "sudo", NOW)
    store.record_strong_authentication("bob", "sudo", NOW)
    tamper("UPDATE strong_authentications SET service = 'seen' WHERE user_name = 'alice'")
    store.add_face(User("alice", 2000), "", "pack", "space", "camera", [unit(1)])
    with pytest.raises(AssertionError, match="changed nothing"):
        tamper("UPDATE strong_authentications SET service = 'seen' WHERE user_name = 'alice'")
    tamper("UPDATE strong_authentications SET service = 'seen' WHERE user_name = 'bob'")


def test_strong_authentications_are_bounded_too(
    store: Store, tamper: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_ROWS", 2)
    for service in ("one", "two", "three"):
        store.record_strong_authentication("alice", service, NOW)
    tamper("UPDATE strong_authentications SET user_name = 'seen' WHERE service = 'two'")
    with pytest.raises(AssertionError, match="changed nothing"):
        tamper("UPDATE strong_authentications SET user_name = 'seen' WHERE service = 'one'")


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


def test_a_password_needs_a_time_in_utc(store: Store) -> None:
    with pytest.raises(ValueError, match="UTC"):
        store.record_strong_authentication("alice", "sudo", datetime(2026, 1, 1))


@pytest.mark.parametrize("change", ["verdict = 'perhaps'", "verdict = 'match'", "reason = ''", "band = 'warm'"])
def test_an_attempt_that_no_version_wrote_is_damage(store: Store, tamper: Callable[[str], None], change: str) -> None:
    store.record_attempt(attempt(Reason.ANOTHER_FACE))
    tamper(f"UPDATE attempts SET {change}")
    with pytest.raises(StoreDamaged, match="damaged"):
        store.attempts("alice", 1)
