"""Any database becomes one of today, or is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import inspect, text

from facelatch.types import Reason
from facelatchd.store import Standing, Store, StoreDamaged, StoreNewer, migrations
from facelatchd.store.migrations import steps
from facelatchd.store.schema import METADATA

from .conftest import ALICE, KEY, NOW, PATIENCE, attempt, raw_engine

TABLES = {"users", "faces", "templates", "attempts", "standings", "generations", "alembic_version"}


def test_migrations_and_schema_agree(store: Store, address: str) -> None:
    with raw_engine(address).connect() as connection:
        assert set(inspect(connection).get_table_names()) == TABLES
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_newest_revision_is_named_where_it_is_asked_for_at_every_start() -> None:
    assert ScriptDirectory(str(steps.FOLDER)).get_heads() == [migrations.NEWEST]


def test_constraints_are_named_as_the_schema_names_them(store: Store, address: str) -> None:
    """Alembic's comparison takes constraints of the same columns for the same, whatever their names."""
    with raw_engine(address).connect() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            uniques = {constraint["name"] for constraint in found.get_unique_constraints(table.name)}
            foreign = {constraint["name"]: constraint["options"] for constraint in found.get_foreign_keys(table.name)}
            assert {str(one.name) for one in table.constraints} == {f"pk_{table.name}", *uniques, *foreign}
            assert all(options == {"ondelete": "CASCADE"} for options in foreign.values())


def test_opening_again_changes_nothing(store: Store, address: str) -> None:
    store.record_attempt(attempt(Reason.MATCHED), NOW)
    store.close()
    for _ in range(2):
        again = Store.open(address, KEY, patience=PATIENCE)
        assert len(again.attempts("alice", 10)) == 1
        again.close()


def test_a_database_of_today_takes_no_steps(store: Store, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(steps, "climb", lambda connection, where: taken.append(where))
    Store.open(address, KEY, patience=PATIENCE).close()
    assert taken == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "INSERT INTO alembic_version (version_num) VALUES ('0001')",
        "DELETE FROM alembic_version",
    ],
)
def test_whatever_is_not_just_the_newest_revision_is_left_to_alembic(
    store: Store, address: str, tamper: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    tamper(change)
    taken: list[str] = []
    monkeypatch.setattr(steps, "climb", lambda connection, where: taken.append(where))
    Store.open(address, KEY, patience=PATIENCE).close()
    assert len(taken) == 1


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
    shutil.copytree(steps.FOLDER, folder)
    revision = folder / "versions" / "schema_0001.py"
    revision.write_text(revision.read_text().replace("    _make_history()\n", "    raise RuntimeError('cut off')\n"))
    with monkeypatch.context() as patched:
        patched.setattr(steps, "FOLDER", folder)
        with pytest.raises(RuntimeError, match="cut off"):
            Store.open(address, KEY, patience=PATIENCE)
    with raw_engine(address).connect() as connection:
        assert inspect(connection).get_table_names() == []
    Store.open(address, KEY, patience=PATIENCE).close()


def test_a_database_of_the_first_revision_keeps_its_faces_and_wants_every_password_once(address: str) -> None:
    face, template, header = "f" * 32, "7" * 32, b"\1\0\2"
    fields = [b"facelatch template", header, b"alice", b"1000", face.encode(), template.encode(), b"pack", b"space"]
    associated = b"".join(len(field).to_bytes(4, "big") + field for field in [*fields, b"camera"])
    plain = np.array([1, 0], "<f4").tobytes()
    sealed = header + bytes(12) + AESGCM(KEY).encrypt(bytes(12), plain, associated)
    now = {"now": "2026-01-02 03:04:05"}
    with raw_engine(address).begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(steps.FOLDER).replace("%", "%%"))
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO users (id, name, uid) VALUES (1, 'alice', 1000)",
            "INSERT INTO faces (id, user_id, label, pack, space, camera, enrolled) "
            f"VALUES ('{face}', 1, 'mine', 'pack', 'space', 'camera', :now)",
            "INSERT INTO failure_runs (user_name, count, last) VALUES ('alice', 4, :now)",
            "INSERT INTO strong_authentications (user_name, service, happened) VALUES ('alice', 'sudo', :now)",
        ):
            connection.execute(text(statement), now if ":now" in statement else {})
        row = {"id": template, "face": face, "sealed": sealed}
        connection.execute(text("INSERT INTO templates VALUES (:id, :face, 0, :sealed)"), row)
    for _ in range(2):
        store = Store.open(address, KEY, patience=PATIENCE)
        assert [one.vector.tolist() for one in store.templates(ALICE, "space")] == [[1.0, 0.0]]
        assert [(one.label, one.infrared) for one in store.faces(ALICE)] == [("mine", "")]
        assert (store.standing(ALICE), store.older_seals()) == (Standing(), 0)
        store.close()
