"""What decides whether a face may open anything is remembered, and cannot be edited unseen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select

from facelatch.types import Reason, Verdict
from facelatchd.store import FaceUnknown, Guest, Moment, SealBroken, Standing, Store, User, rows
from facelatchd.store.schema import FACES, TEMPLATES

from .conftest import ALICE, BOB, KEY, NOW, PATIENCE, attempt, moment, raw_engine, unit

HEIR = User("alice", 2000)
PASSWORD, FACE = "password", "face"
events = some.lists(
    some.sampled_from(
        [Reason.MATCHED, Reason.ANOTHER_FACE, Reason.NOT_LIVE, Reason.NO_FACE, Reason.LOCKED_OUT, PASSWORD, FACE]
    ),
    max_size=12,
)
fresh_names = (f"user {number}" for number in itertools.count())


def enrol(store: Store, user: User = ALICE, seed: int = 1) -> str:
    return store.add_face(user, "", "pack", "space", "camera", [unit(seed)]).id


def mismatch(store: Store, name: str = "alice") -> None:
    store.record_attempt(attempt(Reason.ANOTHER_FACE, name), NOW)


def test_of_whom_nothing_is_known_no_password_is_on_record(store: Store) -> None:
    assert store.standing(ALICE) == Standing(0, None, None, changed=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events)
def test_a_standing_is_what_happened_since_the_last_match_or_password(store: Store, happened: list[object]) -> None:
    user = User(next(fresh_names), 7)
    store.add_face(user, "mine", "pack", "space", "camera", [unit(1)])
    expected = Standing(changed=True)
    for second, event in enumerate(happened):
        now = moment(second)
        if event is PASSWORD:
            store.record_password(user, now)
            expected = Standing(password=now)
        elif event is FACE:
            store.improve_face(user, "mine", "space", [unit(second)])
            expected = msgspec.structs.replace(expected, changed=True)
        elif isinstance(event, Reason):
            store.record_attempt(attempt(event, user.name, second), now)
            if event.verdict is Verdict.MATCH:
                expected = msgspec.structs.replace(expected, mismatches=0, mismatched=None)
            elif event.verdict is Verdict.MISMATCH:
                expected = msgspec.structs.replace(expected, mismatches=expected.mismatches + 1, mismatched=now)
    assert store.standing(user) == expected


def test_another_users_match_or_password_forgives_nothing(store: Store) -> None:
    mismatch(store)
    store.record_attempt(attempt(Reason.MATCHED, "bob"), NOW)
    store.record_password(BOB, NOW)
    assert store.standing(ALICE) == Standing(1, NOW)


def test_a_standing_outlives_a_restart(store: Store, address: str) -> None:
    store.record_password(ALICE, moment(-1.0625))
    mismatch(store)
    store.close()
    again = Store.open(address, KEY, patience=PATIENCE)
    try:
        assert again.standing(ALICE) == Standing(1, NOW, moment(-1.0625))
    finally:
        again.close()


def test_a_standing_outlives_the_attempts_that_it_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 3)
    mismatch(store)
    for _ in range(5):
        store.record_attempt(attempt(Reason.NO_FACE), NOW)
    assert Reason.ANOTHER_FACE not in [one.reason for one in store.attempts("alice", 10)]
    assert store.standing(ALICE).mismatches == 1


def test_an_attempt_and_what_it_counts_for_are_kept_together_or_not_at_all(
    store: Store, tamper: Callable[[str], None]
) -> None:
    mismatch(store)
    tamper("UPDATE standings SET user_name = 'bob'")
    with pytest.raises(SealBroken):
        mismatch(store, "bob")
    assert store.attempts("bob", 10) == []


@pytest.mark.parametrize("removed", ["one", "last"])
def test_neither_enrolling_nor_removing_a_face_forgives_a_mismatch(store: Store, removed: str) -> None:
    mismatch(store)
    first = enrol(store)
    if removed == "one":
        enrol(store)
    store.remove_face(ALICE, first)
    assert store.standing(ALICE) == Standing(1, NOW, changed=True)


def test_removing_a_face_asks_for_no_password(store: Store) -> None:
    first = enrol(store)
    enrol(store)
    store.record_password(ALICE, NOW)
    store.remove_face(ALICE, first)
    assert store.standing(ALICE) == Standing(password=NOW)


def test_a_password_of_the_former_holder_of_a_name_is_not_the_heirs_but_mismatches_are(store: Store) -> None:
    enrol(store)
    store.record_password(ALICE, NOW)
    mismatch(store)
    assert store.standing(ALICE).password == NOW
    for _ in range(2):
        assert store.standing(HEIR).password is None
        assert store.standing(HEIR).mismatches == 1
        enrol(store, HEIR)
    assert store.standing(ALICE).password is None


def test_an_heirs_password_is_not_the_former_holders(store: Store) -> None:
    store.record_password(ALICE, NOW)
    store.record_password(HEIR, NOW)
    assert store.standing(HEIR).password == NOW
    assert store.standing(ALICE).password is None


def test_of_a_guest_nothing_is_remembered_and_he_changes_nobodys_standing(store: Store) -> None:
    store.record_password(ALICE, NOW)
    enrol(store, Guest("alice"))
    store.improve_face(Guest("alice"), "face 1", "space", [unit(2)])
    store.remove_face(Guest("alice"), "face 1")
    assert store.standing(ALICE) == Standing(password=NOW)


def test_with_all_faces_everything_goes(store: Store) -> None:
    enrol(store)
    store.record_password(ALICE, NOW)
    mismatch(store)
    mismatch(store, "bob")
    assert len(store.remove_all(ALICE)) == 1
    assert (store.standing(ALICE), store.attempts("alice", 10)) == (Standing(), [])
    assert (store.standing(BOB).mismatches, len(store.attempts("bob", 10))) == (1, 1)


def test_who_has_no_face_can_have_his_history_removed(store: Store) -> None:
    mismatch(store)
    assert store.remove_all(ALICE) == []
    assert (store.standing(ALICE), store.attempts("alice", 10)) == (Standing(), [])
    with pytest.raises(FaceUnknown):
        store.remove_all(ALICE)


@pytest.mark.parametrize("other", [HEIR, Guest("alice")])
def test_nobody_else_of_the_name_removes_an_accounts_history(store: Store, other: User) -> None:
    enrol(store)
    mismatch(store)
    with pytest.raises(FaceUnknown):
        store.remove_all(other)
    assert (store.standing(ALICE).mismatches, len(store.attempts("alice", 10))) == (1, 1)


# --- edited rows ------------------------------------------------------------------------------------------------------


def test_an_edited_standing_does_not_open(store: Store, tamper: Callable[[str], None]) -> None:
    mismatch(store)
    mismatch(store, "bob")
    tamper(
        "UPDATE standings SET sealed = (SELECT o.sealed FROM standings AS o WHERE o.user_name <> standings.user_name)"
    )
    with pytest.raises(SealBroken, match="remembered of alice does not open"):
        store.standing(ALICE)
    with pytest.raises(SealBroken):
        store.templates(ALICE, "space")
    with pytest.raises(SealBroken):
        store.record_attempt(attempt(Reason.MATCHED), NOW)
    with pytest.raises(SealBroken):
        store.record_password(ALICE, NOW)


def test_a_standing_moved_to_another_user_does_not_open(store: Store, tamper: Callable[[str], None]) -> None:
    store.record_password(ALICE, NOW)
    tamper("UPDATE standings SET user_name = 'bob'")
    with pytest.raises(SealBroken):
        store.standing(BOB)


def test_removing_everything_mends_a_standing_that_does_not_open(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store)
    enrol(store, BOB)
    tamper(
        "UPDATE standings SET sealed = (SELECT o.sealed FROM standings AS o WHERE o.user_name <> standings.user_name)"
    )
    store.remove_all(ALICE)
    enrol(store)
    assert store.standing(ALICE) == Standing(changed=True)


def test_without_its_row_the_password_is_wanted(store: Store, tamper: Callable[[str], None]) -> None:
    enrol(store)
    store.record_password(ALICE, NOW)
    tamper("DELETE FROM standings")
    assert store.standing(ALICE).password is None


def test_a_face_that_was_removed_does_not_come_back_with_its_rows(store: Store, address: str) -> None:
    strangers = enrol(store, seed=9)
    mine = enrol(store)
    tables = (FACES, TEMPLATES)
    with raw_engine(address).begin() as connection:
        kept = [[dict(row) for row in connection.execute(select(table)).mappings()] for table in tables]
    store.remove_face(ALICE, strangers)
    assert [template.face_id for template in store.templates(ALICE, "space")] == [mine]
    with raw_engine(address).begin() as connection:
        for table, some_rows in zip(tables, kept, strict=True):
            connection.execute(delete(table))
            connection.execute(insert(table), some_rows)
    with pytest.raises(SealBroken, match="templates were put into the database"):
        store.templates(ALICE, "space")
    store.record_password(ALICE, NOW)
    with pytest.raises(SealBroken, match="templates were put into the database"):
        store.templates(ALICE, "space")


@pytest.mark.parametrize("when", [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))])
def test_a_moment_needs_a_time_in_utc(when: datetime) -> None:
    with pytest.raises(ValueError, match="UTC"):
        Moment("boot", 1, 1, when)
