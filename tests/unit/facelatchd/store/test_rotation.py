"""After a new key everything is sealed with it, whatever crashes in between; then the old key may go."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select, text

from facelatch.types import Reason
from facelatchd.store import Guest, Standing, Store, StoreError, StoreRolledBack
from facelatchd.store.keyring import KeyRing
from facelatchd.store.schema import TEMPLATES
from facelatchd.store.sealing import Binding, seal

from .conftest import ALICE, BOB, KEY, NOW, PATIENCE, attempt, raw_engine, unit

NEW = KEY[::-1]
NEWER = bytes(range(100, 132))


class Rotated:
    """A store with faces of three people, and what it must hold whatever happens to its keys."""

    def __init__(self, address: str, counter: Path | None) -> None:
        self.address, self._counter = address, counter
        store = self.open(KEY)
        for user in (ALICE, BOB, Guest("dora")):
            store.add_face(user, "", "pack", "space", "camera", [unit(1), unit(2)], infrared="infrared camera")
        store.record_password(ALICE, NOW)
        store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW)
        store.close()

    def open(self, keys: bytes) -> Store:
        return Store.open(self.address, keys, patience=PATIENCE, counter=self._counter)

    def holds_all(self, keys: bytes) -> bool:
        """Whether everything opens with these keys."""
        store = self.open(keys)
        try:
            for user in (ALICE, BOB, Guest("dora")):
                vectors = [template.vector for template in store.templates(user, "space")]
                assert np.array_equal(vectors, [unit(1), unit(2)])
            assert store.standing(ALICE) == Standing(1, NOW, NOW)
        except StoreError:
            return False
        finally:
            store.close()
        return True

    def older(self, keys: bytes) -> int:
        store = self.open(keys)
        try:
            return store.older_seals()
        finally:
            store.close()


@pytest.fixture
def rotated(address: str, tmp_path: Path) -> Rotated:
    return Rotated(address, tmp_path / "counter")


def test_a_new_key_before_the_old_one_seals_everything_and_the_old_one_may_go(rotated: Rotated) -> None:
    assert rotated.holds_all(NEW + KEY)
    assert rotated.older(NEW + KEY) == 0
    assert rotated.holds_all(NEW)
    assert not rotated.holds_all(KEY)
    assert rotated.holds_all(NEW)


def test_two_rotations_on_end_need_no_finish_in_between(rotated: Rotated) -> None:
    assert rotated.holds_all(NEW + KEY)
    assert rotated.holds_all(NEWER + NEW + KEY)
    assert rotated.holds_all(NEWER)


def test_a_store_that_was_not_opened_since_is_still_sealed_with_the_old_key(rotated: Rotated, address: str) -> None:
    store = rotated.open(KEY)
    try:
        assert store.older_seals() == 0
    finally:
        store.close()
    assert rotated.holds_all(KEY + NEW), "a key that is not the newest changes nothing"
    with raw_engine(address).connect() as connection:
        heads = {bytes(sealed)[:5] for sealed in connection.scalars(select(TEMPLATES.c.sealed))}
    assert heads == {KeyRing(KEY).head}


class Crash(Exception):
    """Stands for a power cut."""


STEPS = ["first template", "last template", "standings", "generation", "commit", "counter"]


@contextmanager
def cut_off_at(step: str) -> Iterator[None]:
    """Cut resealing off at one of its steps."""
    calls = itertools.count()

    def cut(*arguments: object) -> None:
        raise Crash

    def cut_later(keys: KeyRing, vector: NDArray[np.float32], binding: Binding) -> bytes:
        if next(calls) == 5:
            raise Crash
        return seal(keys, vector, binding)

    what: dict[str, tuple[str, object]] = {
        "first template": ("facelatchd.store.rotation.seal", cut),
        "last template": ("facelatchd.store.rotation.seal", cut_later),
        "standings": ("facelatchd.store.standings.Standings.reseal", cut),
        "generation": ("facelatchd.store.ledger.Ledger.renew", cut),
        "commit": ("facelatchd.store.ledger.Ledger.settle", cut),
        "counter": ("facelatchd.store.counter.Counter.overwrite", cut),
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(*what[step])
        yield


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_loses_nothing(rotated: Rotated, step: str) -> None:
    with cut_off_at(step), pytest.raises(Crash):
        rotated.open(NEW + KEY)
    assert rotated.holds_all(NEW + KEY)
    assert rotated.older(NEW + KEY) == 0
    assert rotated.holds_all(NEW)


def test_what_does_not_open_stays_as_it_is_and_keeps_the_old_key_from_going(rotated: Rotated, address: str) -> None:
    with raw_engine(address).begin() as connection:
        assert connection.execute(text("UPDATE faces SET camera = 'edited' WHERE user_id = 2")).rowcount == 1
    assert rotated.older(NEW + KEY) == 2
    store = rotated.open(NEW + KEY)
    try:
        assert len(store.templates(ALICE, "space")) == 2
        store.remove_all(BOB)
        assert store.older_seals() == 0
    finally:
        store.close()


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_new_key_makes_no_old_copy_the_newest(rotated: Rotated, address: str) -> None:
    copy = Path(address).read_bytes()
    store = rotated.open(KEY)
    store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW)
    store.close()
    Path(address).write_bytes(copy)
    for keys in (NEW + KEY, KEY):
        store = rotated.open(keys)
        with pytest.raises(StoreRolledBack):
            store.standing(ALICE)
        store.close()


def test_an_index_sealed_with_the_old_key_is_removed(rotated: Rotated, tmp_path: Path) -> None:
    index = tmp_path / "faces.index"
    index.write_bytes(b"an index")
    Store.open(rotated.address, KEY, index=index).close()
    assert index.exists()
    Store.open(rotated.address, NEW + KEY, index=index).close()
    assert not index.exists()
