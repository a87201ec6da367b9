"""A store on each database, and hands in it that are not the store's."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.engine import URL, Engine

from facelatch.types import Band, Reason
from facelatchd.store import Attempt, Moment, Store, User
from facelatchd.store.keyring import KeyRing

KEY = bytes(range(32))
KEYS = KeyRing(KEY)
ALICE = User("alice", 1000)
BOB = User("bob", 1001)
PATIENCE = 0.05


def unit(seed: int, dimension: int = 128) -> NDArray[np.float32]:
    """A unit vector that only this seed gives."""
    vector = np.random.default_rng(seed).normal(size=dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def attempt(reason: Reason, user: str = "alice", second: int = 0) -> Attempt:
    """An attempt that ended so."""
    band = None if reason is Reason.NO_FACE else Band.FAR
    started = datetime(2026, 1, 2, 3, 4, second, 567890, tzinfo=UTC)
    return Attempt(user, "sudo", reason.verdict, reason, band, started, 0.75, 3, "usb-1:1.0")


def moment(second: float = 0) -> Moment:
    """A point in time, as many seconds after another."""
    return Moment(
        "boot", 100 + second, 90 + second, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(seconds=second)
    )


NOW = moment()


def raw_engine(address: str) -> Engine:
    """A connection to the same database that is not the store's."""
    return create_engine(address if "://" in address else f"sqlite:///{address}", poolclass=NullPool)


@contextmanager
def locked(address: str) -> Iterator[None]:
    """Hold the database as another process would."""
    with raw_engine(address).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
        else:
            connection.exec_driver_sql("LOCK TABLE users, templates, attempts IN EXCLUSIVE MODE")
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A PostgreSQL database to make schemas in: the one named, else a private cluster; skips where there is neither."""
    pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg: pip install 'facelatch[postgres]'")
    named = os.environ.get("FACELATCH_TEST_POSTGRES")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("no PostgreSQL: set FACELATCH_TEST_POSTGRES to a URL, or install Debian's postgresql")
    with private_cluster(programs[-1].parent) as url:
        yield url


@contextmanager
def private_cluster(programs: Path) -> Iterator[URL]:
    """A PostgreSQL server of our own behind a socket in a temporary folder; it refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="facelatch-postgres-"))
    account = pwd.getpwuid(os.geteuid())
    as_account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = next(entry for entry in pwd.getpwall() if entry.pw_name in ("postgres", "nobody"))
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        # Its output goes into a file: a server that inherits a pipe keeps it open, and we would wait for its end.
        with (folder / "log").open("ab") as log:
            done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, timeout=60, check=False, **as_account)
        if done.returncode:
            raise RuntimeError(f"{command}: {(folder / 'log').read_text()}")

    try:
        run("initdb", "-A", "trust", "-U", "facelatch", "-E", "UTF8", "--no-locale", "-N")
        run("pg_ctl", "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")
        try:
            query = {"host": str(folder), "user": "facelatch"}
            yield URL.create("postgresql+psycopg", database="postgres", query=query)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty database is, on each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "facelatch.db")
        return
    url: URL = request.getfixturevalue("postgres")
    schema = f"facelatch_{secrets.token_hex(8)}"
    admin = create_engine(url, poolclass=NullPool)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    finally:
        with admin.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """A store that is empty, on each kind of database."""
    opened = Store.open(address, KEY, patience=PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def tamper(address: str, store: Store) -> Callable[[str], None]:
    """Changes the store's rows behind its back."""

    def change(statement: str) -> None:
        with raw_engine(address).begin() as connection:
            done = connection.execute(text(statement))
            assert done.rowcount, f"changed nothing: {statement}"

    return change
