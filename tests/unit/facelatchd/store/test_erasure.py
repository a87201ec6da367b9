"""Whoever has everything of his removed is in none of the files any more."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import msgspec
import pytest

from facelatch.types import Reason
from facelatchd.store import Store, User

from .conftest import BOB, KEY, NOW, PATIENCE, attempt, unit

GONE = User("unmistakable name", 1000)
TRACES = [b"unmistakable name", b"unmistakable label", b"unmistakable camera", b"unmistakable infrared"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where all files of a store are, its counter and its index included."""
    return tmp_path


def opened(folder: Path) -> Store:
    return Store.open(
        folder / "facelatch.db", KEY, patience=PATIENCE, index=folder / "faces.index", counter=folder / "counter"
    )


def enrol(store: Store) -> None:
    vectors = [unit(seed) for seed in range(8)]
    for label in ("unmistakable label", "unmistakable label too"):
        store.add_face(GONE, label, "pack", "space", "unmistakable camera", vectors, "unmistakable infrared")


def live(store: Store, randomly: random.Random, attempts: int) -> None:
    """Fill the files with this and that, of several users in turn."""
    for _ in range(attempts):
        reason = randomly.choice([Reason.ANOTHER_FACE, Reason.MATCHED, Reason.NO_FACE])
        name, camera = randomly.choice([(GONE.name, "unmistakable camera"), ("bob", "camera"), ("carol", "camera")])
        store.record_attempt(msgspec.structs.replace(attempt(reason, name), camera=camera), NOW)


def found(folder: Path) -> list[bytes]:
    content = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    return [trace for trace in TRACES if trace in content]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_of_who_removed_everything_is_in_any_file(folder: Path, seed: int) -> None:
    randomly = random.Random(seed)
    store = opened(folder)
    store.add_face(BOB, "bobs", "pack", "space", "camera", [unit(9)])
    enrol(store)
    store.record_password(GONE, NOW)
    live(store, randomly, 40)
    (folder / "faces.index").write_bytes(b"an index of unmistakable name")
    assert found(folder) == TRACES, "the test would find nothing anyway"
    store.remove_all(GONE)
    assert found(folder) == []
    assert len(store.templates(BOB, "space")) == 1
    store.close()
    assert found(folder) == []


def test_what_another_program_deleted_carelessly_goes_too(folder: Path) -> None:
    store = opened(folder)
    enrol(store)
    store.add_face(BOB, "bobs", "pack", "space", "camera", [unit(9)])
    for _ in range(3):
        store.record_attempt(attempt(Reason.NO_FACE, GONE.name), NOW)
    careless = sqlite3.connect(folder / "facelatch.db", isolation_level=None)
    careless.execute("PRAGMA secure_delete = OFF")
    careless.execute("CREATE TABLE copied AS SELECT a.*, a.user_name || 'x' FROM attempts a, attempts b, attempts c")
    careless.execute("DROP TABLE copied")
    careless.close()
    store.remove_face(GONE, "unmistakable label")
    store.remove_face(GONE, "unmistakable label too")
    assert found(folder) == [b"unmistakable name"]
    store.remove_all(GONE)
    assert found(folder) == []
    assert len(store.templates(BOB, "space")) == 1


def test_a_file_that_holds_no_trace_is_not_written_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []
    store = opened(folder)
    enrol(store)
    raw = store._database._engine.raw_connection()
    raw.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
    raw.close()
    store.remove_all(GONE)
    assert "VACUUM" not in statements
    assert "PRAGMA wal_checkpoint(TRUNCATE)" in statements


def test_a_reader_in_the_way_is_named_and_the_next_removal_erases(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(folder)
    enrol(store)
    reader = sqlite3.connect(folder / "facelatch.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM faces").fetchall()
    store.remove_all(GONE)
    assert store.faces(GONE) == []
    assert "until the next checkpoint" in caplog.text
    reader.close()
    store.close()
    assert found(folder) == []


def test_of_the_former_holder_of_a_name_only_the_names_history_is_left(folder: Path) -> None:
    store = opened(folder)
    enrol(store)
    store.record_attempt(attempt(Reason.MATCHED, GONE.name), NOW)
    store.add_face(User(GONE.name, 2000), "heirs", "pack", "space", "camera", [unit(3)])
    store.close()
    assert found(folder) == [b"unmistakable name"]
