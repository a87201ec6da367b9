"""What goes wrong beneath the store comes up as one of its errors, and breaks nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from facelatch.types import Reason
from facelatchd.store import Store, StoreDamaged, StoreError, StoreFull, StoreLocked, User
from facelatchd.store.database import kind_of

from .conftest import ALICE, BOB, KEY, NOW, PATIENCE, attempt, locked, raw_engine, unit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facelatch.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[Store]:
    opened = Store.open(path, KEY, patience=PATIENCE)
    yield opened
    opened.close()


# --- locked -----------------------------------------------------------------------------------------------------------


def test_a_locked_database_is_reported_and_works_again_afterwards(store: Store, address: str) -> None:
    with locked(address):
        with pytest.raises(StoreLocked, match="another process holds it locked"):
            store.record_attempt(attempt(Reason.MATCHED), NOW)
        with pytest.raises(StoreLocked):
            store.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
    store.record_attempt(attempt(Reason.MATCHED), NOW)
    assert len(store.attempts("alice", 10)) == 1


def test_reading_goes_on_while_another_process_writes(store: Store, address: str) -> None:
    store.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
    with locked(address):
        assert len(store.templates(ALICE, "space")) == 1


def test_a_locked_database_does_not_open(file_store: Store, path: Path) -> None:
    with locked(str(path)), pytest.raises(StoreLocked):
        Store.open(path, KEY, patience=PATIENCE)


def test_a_reader_in_the_way_does_not_keep_a_face_from_being_removed(
    file_store: Store, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file_store.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
    reader = sqlite3.connect(path, isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM faces").fetchall()
        file_store.remove_face(ALICE, "face 1")
    finally:
        reader.close()
    assert file_store.faces(ALICE) == []
    assert "until the next checkpoint" in caplog.text


@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_a_server_that_dropped_the_connection_is_connected_anew(store: Store, address: str) -> None:
    with store._database.reading() as connection:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with raw_engine(address).connect() as other:
        assert other.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)").scalar_one()
    assert store.faces(ALICE) == []


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("55P03", StoreLocked),
        ("40P01", StoreLocked),
        ("53100", StoreFull),
        ("XX001", StoreDamaged),
        ("42P01", StoreError),
    ],
)
def test_an_error_of_postgresql_is_named_by_its_state(state: str, kind: type[StoreError]) -> None:
    errors = pytest.importorskip("psycopg.errors", reason="PostgreSQL needs psycopg: pip install 'facelatch[postgres]'")
    assert kind_of(OperationalError("SELECT", None, errors.lookup(state)())) is kind


def test_a_second_thread_waits_for_the_first_and_then_gives_up(store: Store) -> None:
    with store._database.reading(), ThreadPoolExecutor(1) as other, pytest.raises(StoreLocked):
        other.submit(store.faces, ALICE).result()


# --- full -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB; skips where none can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "facelatch-test", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Take what room there is, less some bytes."""
    filler = folder / "filler"
    space = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - leave)
    return filler


@pytest.mark.root
def test_a_full_disk_is_reported_and_the_database_stays_intact(small_disk: Path) -> None:
    path = small_disk / "facelatch.db"
    store = Store.open(path, KEY, patience=PATIENCE)
    try:
        kept = store.add_face(ALICE, "kept", "pack", "space", "camera", [unit(1)])
        store.record_attempt(attempt(Reason.ANOTHER_FACE), NOW)
        filler = fill(small_disk, leave=8192)
        with pytest.raises(StoreFull, match="free some space"):
            store.add_face(BOB, "", "pack", "space", "camera", [unit(seed, 512) for seed in range(32)])
        assert store.faces(BOB) == []
        assert store.faces(ALICE) == [kept]
        assert len(store.templates(ALICE, "space")) == 1
        filler.unlink()
        store.add_face(BOB, "", "pack", "space", "camera", [unit(seed, 512) for seed in range(32)])
    finally:
        store.close()
    again = Store.open(path, KEY, patience=PATIENCE)
    try:
        assert again.faces(ALICE) == [kept]
        assert len(again.templates(BOB, "space")) == 32
        assert again.standing(ALICE).mismatches == 1
    finally:
        again.close()


@pytest.mark.root
def test_a_face_can_be_removed_from_a_full_disk_or_the_refusal_is_clear(small_disk: Path) -> None:
    path = small_disk / "facelatch.db"
    store = Store.open(path, KEY, patience=PATIENCE)
    try:
        store.add_face(ALICE, "", "pack", "space", "camera", [unit(1)])
        fill(small_disk)
        with pytest.raises(StoreFull):
            store.remove_all(ALICE)
        assert len(store.faces(ALICE)) == 1
    finally:
        store.close()


@pytest.mark.root
def test_opening_on_a_full_disk_says_that_it_is_full(small_disk: Path) -> None:
    path = small_disk / "facelatch.db"
    Store.open(path, KEY, patience=PATIENCE).close()
    filler = fill(small_disk)
    with pytest.raises(StoreFull):
        Store.open(path, KEY, patience=PATIENCE)
    filler.unlink()
    Store.open(path, KEY, patience=PATIENCE).close()


# --- damaged ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def closed(path: Path) -> Path:
    """The file of a store with a face and some attempts, closed."""
    store = Store.open(path, KEY, patience=PATIENCE)
    store.add_face(ALICE, "", "pack", "space", "camera", [unit(seed) for seed in range(16)])
    for second in range(20):
        store.record_attempt(attempt(Reason.NO_FACE, second=second), NOW)
    store.close()
    return path


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"not a database\n" * 500)
    with pytest.raises(StoreDamaged, match=r"facelatch\.db: the database is damaged; put a copy back"):
        Store.open(path, KEY, patience=PATIENCE)
    assert path.read_bytes() == b"not a database\n" * 500


@pytest.mark.parametrize("page", range(1, 12))
def test_a_page_of_garbage_is_noticed_when_opening(closed: Path, page: int) -> None:
    with closed.open("r+b") as file:
        file.seek(4096 * page)
        file.write(b"\xa5" * 4096)
    with pytest.raises(StoreDamaged):
        Store.open(closed, KEY, patience=PATIENCE)


def test_a_database_cut_off_is_damaged(closed: Path) -> None:
    os.truncate(closed, closed.stat().st_size // 2)
    with pytest.raises(StoreDamaged):
        Store.open(closed, KEY, patience=PATIENCE)


def test_a_time_that_is_none_is_damage(closed: Path) -> None:
    with sqlite3.connect(closed) as connection:
        connection.execute("UPDATE attempts SET started = 'yesterday'")
    connection.close()
    store = Store.open(closed, KEY, patience=PATIENCE)
    try:
        with pytest.raises(StoreDamaged, match="yesterday"):
            store.attempts("alice", 1)
    finally:
        store.close()


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_files_are_for_their_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store.open(path, KEY, patience=PATIENCE)
        try:
            store.record_attempt(attempt(Reason.MATCHED), NOW)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        finally:
            store.close()
    finally:
        os.umask(before)
    assert modes == {"facelatch.db": 0o600, "facelatch.db-wal": 0o600, "facelatch.db-shm": 0o600}


def test_a_database_that_others_could_read_is_closed_to_them(closed: Path) -> None:
    closed.chmod(0o644)
    Store.open(closed, KEY, patience=PATIENCE).close()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o600


@pytest.mark.parametrize("removal", ["one", "all", "heir"])
def test_deleted_templates_leave_no_bytes_in_the_files(file_store: Store, path: Path, removal: str) -> None:
    kept = file_store.add_face(BOB, "kept", "pack", "space", "camera", [unit(9)])
    file_store.add_face(ALICE, "unmistakable label", "pack", "space", "camera", [unit(s, 512) for s in range(32)])
    with sqlite3.connect(path) as reader:
        sealed = [blob for (blob,) in reader.execute("SELECT sealed FROM templates WHERE length(sealed) > 2000")]
    reader.close()
    traces = [b"unmistakable label", *(blob[at : at + 24] for blob in sealed for at in range(0, 2000, 100))]
    assert len(traces) == 1 + 32 * 20
    assert all(trace in _bytes_beside(path) for trace in traces[:50]), "the test would find nothing anyway"
    if removal == "one":
        file_store.remove_face(ALICE, "unmistakable label")
    elif removal == "all":
        file_store.remove_all(ALICE)
    else:
        file_store.add_face(User("alice", 2000), "", "pack", "space", "camera", [unit(5)])
    left = _bytes_beside(path)
    assert [trace for trace in traces if trace in left] == []
    assert file_store.faces(BOB) == [kept]


def _bytes_beside(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_the_safeguards_of_the_connection_are_on(file_store: Store) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 50}
    with file_store._database.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    assert found == wanted


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_url_of_sqlite_opens_the_same_file(closed: Path) -> None:
    store = Store.open(f"sqlite:///{closed}", KEY, patience=PATIENCE)
    try:
        assert len(store.faces(ALICE)) == 1
    finally:
        store.close()


@pytest.mark.parametrize("address", ["mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_another_kind_of_database_is_refused(address: str) -> None:
    with pytest.raises(StoreError, match="expected postgresql://HOST/NAME, sqlite:///PATH, or a path"):
        Store.open(address, KEY)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"missing/facelatch\.db: cannot be made \(No such file or directory\)"):
        Store.open(tmp_path / "missing" / "facelatch.db", KEY)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path)):
        Store.open(tmp_path, KEY)


def test_an_unreachable_server_is_reported_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg: pip install 'facelatch[postgres]'")
    with pytest.raises(StoreError) as raised:
        Store.open("postgresql://facelatch:geheim@127.0.0.1:1/none", KEY)
    assert "127.0.0.1" in str(raised.value)
    assert "geheim" not in str(raised.value)
