"""An earlier copy of the database, or of rows of it, is noticed; nothing opens before somebody has accepted it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from facelatch.types import Reason
from facelatchd.store import FaceRefused, Guest, SealBroken, Standing, Store, StoreError, StoreRolledBack
from facelatchd.store.counter import Counter

from .conftest import ALICE, BOB, KEY, KEYS, NOW, PATIENCE, attempt, unit


class Place:
    """A folder with a database and, apart from it, a counter."""

    def __init__(self, folder: Path) -> None:
        self.database, self.counter = folder / "store" / "facelatch.db", folder / "counter" / "counter"
        for file in (self.database, self.counter):
            file.parent.mkdir()
        self._copies = folder / "copies"
        self.store = self.open()

    def open(self, key: bytes = KEY) -> Store:
        return Store.open(self.database, key, patience=PATIENCE, counter=self.counter)

    def reopen(self, key: bytes = KEY) -> Store:
        self.store.close()
        self.store = self.open(key)
        return self.store

    def copy(self) -> None:
        """Keep a copy of the database, as a thief of the disk would."""
        self.store.close()
        shutil.rmtree(self._copies, ignore_errors=True)
        shutil.copytree(self.database.parent, self._copies)
        self.store = self.open()

    def put_back(self) -> Store:
        """Put the copy back in place of the database, and start anew."""
        self.store.close()
        shutil.rmtree(self.database.parent)
        shutil.copytree(self._copies, self.database.parent)
        self.store = self.open()
        return self.store

    def raw(self, *statements: str, copy: bool = False) -> None:
        with sqlite3.connect(self.database) as connection:
            if copy:
                connection.execute("ATTACH ? AS old", [str(self._copies / self.database.name)])
            for statement in statements:
                assert connection.execute(statement).rowcount, f"changed nothing: {statement}"
            connection.commit()
        connection.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    enrol(place)
    place.store.record_password(ALICE, NOW)
    return place


def enrol(place: Place, seed: int = 1) -> str:
    return place.store.add_face(ALICE, "", "pack", "space", "camera", [unit(seed)]).id


def mismatch(place: Place) -> None:
    place.store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW)


def refuses(store: Store) -> bool:
    """Whether nothing that opens, or changes what opens, can be done; `StoreRolledBack` is all that may be said."""
    face = store.faces(ALICE)[0].id
    calls: list[Callable[[], object]] = [
        lambda: store.standing(ALICE),
        lambda: store.templates(ALICE, "space"),
        lambda: store.everybody.vectors([face]),
        lambda: store.record_password(ALICE, NOW),
        lambda: store.record_attempt(attempt(Reason.MATCHED), NOW),
        lambda: store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW),
        lambda: store.add_face(ALICE, "", "pack", "space", "camera", [unit(5)]),
        lambda: store.add_face(Guest("dora"), "", "pack", "space", "camera", [unit(5)]),
        lambda: store.improve_face(ALICE, face, "space", [unit(5)]),
        lambda: store.remove_face(ALICE, face),
        lambda: store.remove_all(ALICE),
    ]
    refused = []
    for call in calls:
        try:
            call()
        except StoreRolledBack as error:
            refused += [call] if "facelatch-key accept" in str(error) else []
    assert len(refused) in (0, len(calls)), "some do and some do not"
    return bool(refused)


def test_a_store_that_nobody_touched_opens_again_and_again(place: Place) -> None:
    for _ in range(3):
        mismatch(place)
        place.reopen()
        assert len(place.store.templates(ALICE, "space")) == 1
    assert place.store.standing(ALICE) == Standing(3, NOW, NOW)
    assert place.counter.stat().st_mode & 0o777 == 0o600


CHANGES: dict[str, Callable[[Place], object]] = {
    "mismatch": mismatch,
    "password": lambda place: place.store.record_password(ALICE, NOW),
    "face added": lambda place: enrol(place, 2),
    "face improved": lambda place: place.store.improve_face(ALICE, "face 1", "space", [unit(2)]),
    "face removed": lambda place: place.store.remove_face(ALICE, "face 1"),
    "everything removed": lambda place: place.store.remove_all(ALICE),
    "guest added": lambda place: place.store.add_face(Guest("dora"), "", "pack", "space", "camera", [unit(5)]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_old_database_put_back_is_refused(place: Place, change: Callable[[Place], object]) -> None:
    place.copy()
    change(place)
    assert refuses(place.put_back())
    assert refuses(place.reopen())


def test_the_same_copy_put_back_before_anything_changed_is_no_earlier_one(place: Place) -> None:
    place.copy()
    place.store.record_attempt(attempt(Reason.NO_FACE), NOW)  # counts for nothing
    assert not refuses(place.put_back())


def test_what_is_refused_still_shows_who_is_enrolled_and_takes_down_that_it_refuses(place: Place) -> None:
    place.copy()
    mismatch(place)
    store = place.put_back()
    store.record_attempt(attempt(Reason.STORE_ROLLED_BACK), NOW)
    assert [one.reason for one in store.attempts("alice", 5)] == [Reason.STORE_ROLLED_BACK]
    assert len(store.faces(ALICE)) == 1


def test_an_old_database_put_back_while_the_judge_runs_is_refused(place: Place) -> None:
    place.raw("CREATE TABLE kept AS SELECT * FROM generations", "CREATE TABLE kept2 AS SELECT * FROM standings")
    mismatch(place)
    assert not refuses_standing(place.store)
    place.raw("DELETE FROM generations", "INSERT INTO generations SELECT * FROM kept", "DELETE FROM standings",
              "INSERT INTO standings SELECT * FROM kept2")  # fmt: skip
    assert refuses_standing(place.store)
    assert refuses_standing(place.store)


def refuses_standing(store: Store) -> bool:
    try:
        store.standing(ALICE)
    except StoreRolledBack:
        return True
    return False


def test_an_old_row_of_what_is_remembered_put_back_is_refused_though_the_generation_is_the_newest(place: Place) -> None:
    place.copy()
    mismatch(place)
    place.store.close()
    place.raw("DELETE FROM standings", "INSERT INTO standings SELECT * FROM old.standings", copy=True)
    assert refuses(place.reopen())


def test_a_row_of_what_is_remembered_that_was_taken_away_is_missed(place: Place) -> None:
    place.store.record_password(BOB, NOW)
    place.store.close()
    place.raw("DELETE FROM standings WHERE user_name = 'bob'")
    assert refuses(place.reopen())


def test_a_removed_face_put_back_with_the_newest_generation_does_not_open(place: Place) -> None:
    enrol(place, 9)
    place.copy()
    place.store.remove_face(ALICE, "face 2")
    place.store.close()
    place.raw("INSERT OR IGNORE INTO faces SELECT * FROM old.faces",
              "INSERT OR IGNORE INTO templates SELECT * FROM old.templates", copy=True)  # fmt: skip
    with pytest.raises(SealBroken, match="templates were put into the database"):
        place.reopen().templates(ALICE, "space")


@pytest.mark.parametrize("statement", ["DELETE FROM generations", "UPDATE generations SET sealed = zeroblob(80)"])
def test_without_its_generation_a_database_is_refused(place: Place, statement: str) -> None:
    place.store.close()
    place.raw(statement)
    place.reopen()
    with pytest.raises((StoreRolledBack, SealBroken), match="facelatch-key accept"):
        place.store.standing(ALICE)


# --- the counter ------------------------------------------------------------------------------------------------------


def test_a_counter_that_was_deleted_is_missed(place: Place) -> None:
    place.store.close()
    place.counter.unlink()
    assert refuses(place.reopen())


@pytest.mark.parametrize("content", [b"x" * 8192, b"x"], ids=["garbage", "cut off"])
def test_a_counter_that_was_edited_does_not_open(place: Place, content: bytes) -> None:
    place.store.close()
    place.counter.write_bytes(content)
    place.reopen()
    with pytest.raises(SealBroken, match="counter: does not open"):
        place.store.standing(ALICE)


def test_a_counter_sealed_with_somebody_elses_key_does_not_open(place: Place) -> None:
    place.store.close()
    place.counter.unlink()
    other = place.counter.with_name("other.db")
    Store.open(other, KEY[::-1], counter=place.counter).close()
    place.reopen()
    with pytest.raises(SealBroken, match="another key"):
        place.store.standing(ALICE)


def test_with_somebody_elses_key_nothing_opens_and_nothing_is_lost(place: Place) -> None:
    place.reopen(KEY[::-1])
    with pytest.raises(SealBroken, match="put the key back"):
        place.store.standing(ALICE)
    with pytest.raises(SealBroken):
        place.store.record_password(ALICE, NOW)
    assert not refuses(place.reopen())


@pytest.mark.parametrize("place_of_write", [0, 1])
def test_a_write_of_the_counter_that_was_cut_off_costs_nothing(place: Place, place_of_write: int) -> None:
    mismatch(place)
    place.store.close()
    with place.counter.open("r+b") as file:
        file.seek(4096 * place_of_write + 20)
        file.write(b"torn")
    assert not refuses(place.reopen())


def test_a_crash_between_the_database_and_the_counter_is_no_earlier_copy(place: Place) -> None:
    place.copy()
    before = place.counter.read_bytes()
    mismatch(place)
    place.store.close()
    place.counter.write_bytes(before)
    assert place.reopen().standing(ALICE).mismatches == 1
    assert refuses(place.put_back()), "the counter was not raised when the store was opened"


def test_a_crash_at_the_very_first_start_is_no_earlier_copy(tmp_path: Path) -> None:
    """The counter is made before the generation: so it is there, at 0, and the database knows of none yet."""
    (tmp_path / "store").mkdir()
    (tmp_path / "counter").mkdir()
    old = Store.open(tmp_path / "store" / "facelatch.db", KEY)  # with a face from before there were counters
    old.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
    old.close()
    Counter(tmp_path / "counter" / "counter", KEYS).overwrite(0)
    (tmp_path / "store").rename(tmp_path / "aside")
    (tmp_path / "counter").rename(tmp_path / "counted")
    place = Place(tmp_path)
    place.store.close()
    shutil.copy(tmp_path / "aside" / "facelatch.db", place.database)
    shutil.copy(tmp_path / "counted" / "counter", place.counter)
    place.store = place.open()
    assert not refuses(place.store)


def test_a_database_from_before_it_was_counted_is_taken_over_once(tmp_path: Path) -> None:
    database, counter = tmp_path / "facelatch.db", tmp_path / "counter"
    old = Store.open(database, KEY)
    old.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
    old.close()
    copy = database.read_bytes()
    for _ in range(2):
        store = Store.open(database, KEY, counter=counter)
        assert len(store.templates(ALICE, "space")) == 1
        store.close()
    database.write_bytes(copy)
    assert refuses(Store.open(database, KEY, counter=counter))


def test_an_old_copy_without_either_mark_opens_nothing_before_the_password(place: Place) -> None:
    """It cannot be told from a database that was never counted; so the password comes first in both."""
    mismatch(place)
    place.copy()
    place.store.remove_face(ALICE, place.store.faces(ALICE)[0].id)
    place.put_back().close()
    place.raw("DELETE FROM generations")
    place.counter.unlink()
    place.store = place.open()
    standing = place.store.standing(ALICE)
    assert standing.password is None
    assert standing.mismatches == 1


def test_a_new_database_beside_an_old_counter_begins_anew(place: Place) -> None:
    mismatch(place)
    place.store.close()
    shutil.rmtree(place.database.parent)
    place.database.parent.mkdir()
    store = place.reopen()
    assert store.faces(ALICE) == []
    assert store.standing(ALICE) == Standing()
    enrol(place)
    place.copy()
    mismatch(place)
    assert refuses(place.put_back())


def test_a_counter_that_cannot_be_written_loses_no_change_and_catches_up(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(counter: Counter, number: int) -> None:
        raise StoreError("counter: cannot be written (No space left on device)")

    place.copy()
    with monkeypatch.context() as patched:
        patched.setattr(Counter, "raise_to", full)
        mismatch(place)
    assert "may be put back unnoticed" in caplog.text
    mismatch(place)
    assert place.store.standing(ALICE).mismatches == 2
    assert refuses(place.put_back())


def test_a_transaction_that_fails_raises_no_counter(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise StoreError("made to fail")

    with monkeypatch.context() as patched:
        patched.setattr("facelatchd.store.store.record_of", fail)
        with pytest.raises(StoreError, match="made to fail"):
            enrol(place, 3)
    place.store.rename_face(ALICE, "face 1", "mine")
    assert not refuses(place.reopen())


# --- accepting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["old database", "no counter", "broken counter", "no generation", "edited row"])
def test_what_is_accepted_opens_again_once_the_password_is_given(place: Place, harm: str) -> None:
    mismatch(place)
    place.copy()
    mismatch(place)
    if harm == "old database":
        place.put_back()
    place.store.close()
    if harm == "no counter":
        place.counter.unlink()
    elif harm == "broken counter":
        place.counter.write_bytes(b"x" * 8192)
    elif harm == "no generation":
        place.raw("DELETE FROM generations")
    elif harm == "edited row":
        place.raw("UPDATE standings SET sealed = zeroblob(80)")
    place.reopen().accept()
    for _ in range(2):
        assert not refuses_standing(place.store)
        assert place.store.standing(ALICE).password is None
        assert len(place.store.templates(ALICE, "space")) == 1
        assert place.store.standing(ALICE).mismatches == {"old database": 1, "edited row": 0}.get(harm, 2)
        place.reopen()
    place.store.record_password(ALICE, NOW)
    assert place.store.standing(ALICE) == Standing(password=NOW)
    assert refuses(place.put_back()), "the copy of before would be taken again"


def test_a_judge_that_runs_sees_what_another_process_accepted(place: Place) -> None:
    place.copy()
    mismatch(place)
    judge = place.put_back()
    assert refuses_standing(judge)
    other = place.open()
    other.accept()
    other.close()
    assert judge.standing(ALICE).password is None


def test_a_folder_for_the_counter_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing/counter: cannot be written \(No such file or directory\)"):
        Store.open(tmp_path / "facelatch.db", KEY, counter=tmp_path / "missing" / "counter")


def test_no_link_is_followed_to_a_counter(place: Place) -> None:
    place.store.close()
    real = place.counter.rename(place.counter.with_name("real"))
    place.counter.symlink_to(real)
    with pytest.raises(StoreError, match="cannot be read"):
        place.reopen()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.sampled_from(sorted(CHANGES)), max_size=6), some.integers(0, 6))
def test_whatever_happened_the_newest_copy_is_taken_and_any_earlier_one_is_not(
    tmp_path_factory: pytest.TempPathFactory, happened: list[str], copied: int
) -> None:
    place = Place(tmp_path_factory.mktemp("place"))
    enrol(place)
    for number, change in enumerate(happened):
        if number == copied:
            place.copy()
        with contextlib.suppress(FaceRefused):
            CHANGES[change](place)
    place.reopen()
    assert not refuses_standing(place.store)
    if copied < len(happened):
        changed = generation(place.store)
        assert refuses_standing(place.put_back()) == (generation(place.store) < changed)
    place.store.close()


def generation(store: Store) -> int:
    with store._database.reading() as session:
        found = store._ledger._read(session)
    assert found is not None
    return found.number
