"""The connection to SQLite or PostgreSQL: how it is opened, how a transaction runs, and what its errors mean."""

from __future__ import annotations

import logging
import math
import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from facelatchd.store.errors import StoreDamaged, StoreError, StoreFull, StoreLocked
from facelatchd.store.migrations import upgrade

log = logging.getLogger(__name__)

_PIECE: Final = 1024 * 1024
"""Bytes of the file that are searched at a time."""

_PRIMARY: Final = 0xFF
"""SQLite's extended error codes carry the primary one in the lowest byte."""

_SQLITE_FAULTS: Final[dict[int, type[StoreError]]] = {
    sqlite3.SQLITE_BUSY: StoreLocked,
    sqlite3.SQLITE_LOCKED: StoreLocked,
    sqlite3.SQLITE_FULL: StoreFull,
    # the shared memory of the WAL is the first file to grow, and a full disk shows as this
    sqlite3.SQLITE_IOERR_SHMSIZE: StoreFull,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
}
_POSTGRES_FAULTS: Final[dict[str, type[StoreError]]] = {
    "55P03": StoreLocked,  # lock_not_available
    "40P01": StoreLocked,  # deadlock_detected
    "40001": StoreLocked,  # serialization_failure
    "53100": StoreFull,  # disk_full
    "XX001": StoreDamaged,  # data_corrupted
    "XX002": StoreDamaged,  # index_corrupted
}
_MENDING: Final[dict[type[StoreError], str]] = {
    StoreLocked: "another process holds it locked; end that process, or try again",
    StoreFull: "the disk is full; free some space",
    StoreDamaged: "the database is damaged; put a copy back, or move it away and enrol anew",
    StoreError: "the database cannot be used",
}


class Database:
    """One connection, on which transactions run one after the other.

    `reading` sees one state of the database; `writing` takes the right to write at once, so that it waits for others at
    its start (at most `patience` seconds) and never fails half-way because somebody else wrote.
    """

    def __init__(self, address: str | Path, patience: float) -> None:
        """Open the database, make it where it is a file that is not there, and bring it up to date.

        Raises `StoreError` and its kinds.
        """
        url = _read_address(address)
        self.where = url.database or "" if _is_sqlite(url) else url.render_as_string(hide_password=True)
        if _is_sqlite(url):
            _prepare_file(Path(self.where))
        self._descriptor: int | None = None
        self._engine = _open_engine(url, patience)
        self._writer = self._engine.execution_options(writing=True)
        try:
            with self._faults():
                self._check()
                with self._writer.begin() as connection:
                    upgrade(connection, self.where)
        except BaseException:
            self.close()
            raise

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite's, and not a server's."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a transaction that only reads."""
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a transaction that writes; an exception in it undoes all of it."""
        with self._faults(), self._writer.begin() as connection:
            yield connection

    def erase(self, traces: Collection[str] = ()) -> None:
        """Have deleted rows gone from the files too: `secure_delete` zeroes them, but older pages lie in the WAL.

        `traces` are texts that must not be found any more. SQLite leaves none (in 12 random histories of 250 attempts
        each), but what was deleted by a program without `secure_delete` lies about; only where one is found is the
        whole file written anew (VACUUM), which takes 9 ms a megabyte and as much room again. Where a reader or a full
        disk is in the way the deletion holds nevertheless; the next checkpoint erases. A server erases when it sees
        fit.
        """
        if not self.is_file:
            return
        with self._faults():
            raw = self._engine.raw_connection()
            try:
                self._checkpoint(raw.cursor())
                if self._holds([trace.encode() for trace in traces]):
                    raw.cursor().execute("VACUUM")
                    self._checkpoint(raw.cursor())
            except sqlite3.OperationalError as error:
                log.warning("%s: deleted rows remain in the files until the next checkpoint (%s)", self.where, error)
            finally:
                raw.close()

    def _checkpoint(self, cursor: Any) -> None:
        (busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1, 0, 0)
        if busy:
            log.warning("%s: deleted rows remain in the WAL until the next checkpoint (busy)", self.where)

    def _holds(self, traces: Sequence[bytes]) -> bool:
        """Return whether one of the texts is anywhere in the file."""
        if not traces:
            return False
        if self._descriptor is None:
            # Kept open: closing it would drop the locks that SQLite has on the file for this process.
            self._descriptor = os.open(self.where, os.O_RDONLY | os.O_CLOEXEC)
        overlap, offset, before = max(map(len, traces)), 0, b""
        while piece := os.pread(self._descriptor, _PIECE, offset):
            if any(trace in before + piece for trace in traces):
                return True
            offset, before = offset + len(piece), piece[-overlap:]
        return False

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _check(self) -> None:
        """Raise `StoreDamaged` where SQLite finds its file unsound (PostgreSQL looks after its own)."""
        if not self.is_file:
            return
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise StoreDamaged(f"{self.where}: {_MENDING[StoreDamaged]} ({found})")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn the library's errors into ours."""
        try:
            yield
        except SQLAlchemyError as error:
            kind = kind_of(error)
            detail = error.orig if isinstance(error, DBAPIError) else error
            raise kind(f"{self.where}: {_MENDING[kind]} ({str(detail).strip()})") from error
        except ValueError as error:
            # Arguments are checked before a transaction begins, so this is a stored value that we never write.
            raise StoreDamaged(f"{self.where}: {_MENDING[StoreDamaged]} ({error})") from error


def kind_of(error: SQLAlchemyError) -> type[StoreError]:
    """Return which of our errors the library's error is."""
    if isinstance(error, PoolTimeout):
        return StoreLocked
    if not isinstance(error, DBAPIError):
        return StoreError
    if isinstance(error.orig, sqlite3.Error):
        code: int = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return _SQLITE_FAULTS.get(code) or _SQLITE_FAULTS.get(code & _PRIMARY, StoreError)
    return _POSTGRES_FAULTS.get(getattr(error.orig, "sqlstate", None) or "", StoreError)


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _read_address(address: str | Path) -> URL:
    """Return a path or URL as a URL; `StoreError` where it is neither SQLite's nor PostgreSQL's."""
    if isinstance(address, Path) or "://" not in address:
        return URL.create("sqlite", database=str(address))
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError("the database's address is not a URL; expected postgresql://HOST/NAME, or a path") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if not _is_sqlite(url) or url.database in (None, "", ":memory:"):
        shown = url.render_as_string(hide_password=True)
        raise StoreError(f"{shown}: expected postgresql://HOST/NAME, sqlite:///PATH, or a path")
    return url


def _prepare_file(path: Path) -> None:
    """Make the file, or make sure of its mode: SQLite gives -wal and -shm the mode of the database itself."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        # By name: closing a descriptor of the file would drop the locks that this process has on it.
        try:
            os.chmod(path, 0o600)
        except OSError as error:
            raise StoreError(f"{path}: cannot be kept from others ({error.strerror})") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror})") from error


def _open_engine(url: URL, patience: float) -> Engine:
    sqlite = _is_sqlite(url)
    # libpq takes whole seconds, and fewer than 2 as 2
    arguments: dict[str, Any] = {"timeout": patience} if sqlite else {"connect_timeout": max(2, math.ceil(patience))}
    try:
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_timeout=patience,
            pool_pre_ping=not sqlite,
            hide_parameters=True,
            connect_args=arguments,
        )
    except ImportError as error:  # it is not there, or its libpq is not
        raise StoreError(f"PostgreSQL needs psycopg ({error}): pip install 'facelatch[postgres]'") from error

    def prepare(connection: Any, record: object) -> None:
        (_prepare_sqlite if sqlite else _prepare_postgres)(connection, patience)

    event.listen(engine, "connect", prepare)
    if sqlite:
        event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, patience: float) -> None:
    connection.isolation_level = None  # transactions begin in `_begin`, not where the driver sees fit
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"the file system cannot keep a WAL (journal mode {mode}); put the database on a local disk")
    for pragma in (
        "synchronous = FULL",  # an attempt that counted towards the lock-out must outlive a pulled plug
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        f"busy_timeout = {round(patience * 1000)}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgres(connection: Any, patience: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {max(1, round(patience * 1000))}")
    connection.commit()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
