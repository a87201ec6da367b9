"""Any database becomes one of today, or is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from facelatch.types import Reason
from facelatchd.store import Store, StoreDamaged, StoreNewer
from facelatchd.store import migrations as migrations_module
from facelatchd.store.schema import Base

from .conftest import KEY, PATIENCE, attempt, raw_engine

TABLES = {"users", "faces", "templates", "attempts", "strong_authentications", "failure_runs", "alembic_version"}


def test_migrations_and_schema_agree(store: Store, address: str) -> None:
    with raw_engine(address).connect() as connection:
        assert set(inspect(connection).get_table_names()) == TABLES
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_constraints_are_named_as_the_schema_names_them(store: Store, address: str) -> None:
    """Alembic's comparison takes constraints of the same columns for the same, whatever their names."""
    with raw_engine(address).connect() as connection:
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            uniques = {constraint["name"] for constraint in found.get_unique_constraints(table.name)}
            foreign = {constraint["name"]: constraint["options"] for constraint in found.get_foreign_keys(table.name)}
            assert {str(one.name) for one in table.constraints} == {f"pk_{table.name}", *uniques, *foreign}
            assert all(options == {"ondelete": "CASCADE"} for options in foreign.values())


def test_opening_again_changes_nothing(store: Store, address: str) -> None:
    store.record_attempt(attempt(Reason.MATCHED))
    store.close()
    for _ in range(2):
        again = Store.open(address, KEY, patience=PATIENCE)
        assert len(again.attempts("alice", 10)) == 1
        again.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(
    store: Store, address: str, tamper: Callable[[str], None]
) -> None:
    tamper("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreNewer, match=r"has the schema 9999, this program knows up to \d{4}"):
        Store.open(address, KEY, patience=PATIENCE)
    with raw_engine(address).connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_a_database_of_two_revisions_is_damaged(store: Store, address: str, tamper: Callable[[str], None]) -> None:
    tamper("INSERT INTO alembic_version (version_num) VALUES ('9999')")
    with pytest.raises(StoreDamaged, match="revision is unclear"):
        Store.open(address, KEY, patience=PATIENCE)


def test_a_revision_that_fails_leaves_the_database_as_it_was(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100 %(odd)s" / "migrations"
    shutil.copytree(migrations_module.FOLDER, folder)
    revision = folder / "versions" / "schema_0001.py"
    revision.write_text(revision.read_text().replace("    _make_history()\n", "    raise RuntimeError('cut off')\n"))
    with monkeypatch.context() as patched:
        patched.setattr(migrations_module, "FOLDER", folder)
        with pytest.raises(RuntimeError, match="cut off"):
            Store.open(address, KEY, patience=PATIENCE)
    with raw_engine(address).connect() as connection:
        assert inspect(connection).get_table_names() == []
    Store.open(address, KEY, patience=PATIENCE).close()
