"""The schema's revisions, and bringing a database up to the newest of them.

To add one: change `schema.py`, put a file into `versions/` whose `down_revision` is the newest so far, name it in
`NEWEST`, and run the tests, which compare the three. Alembic is loaded only where there
is something to do (`steps`): it would be a good part of every start.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

NEWEST: Final = "0002"
"""The revision that this program works with."""

_ADVISORY_LOCK: Final = 0x_FACE_1A7C
"""Any number that nothing else in the database locks by: one of several judges upgrades, the others wait."""


def upgrade(connection: Connection, where: str) -> None:
    """Bring the schema up to date within the connection's transaction.

    Raises `StoreNewer` for a revision that this program does not know, `StoreDamaged` for a table of revisions that
    makes no sense. `where` names the database in both.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    if _is_newest(connection):
        return
    from facelatchd.store.migrations.steps import climb

    climb(connection, where)


def _is_newest(connection: Connection) -> bool:
    """Return whether the table of revisions, where there is one, names the newest and nothing else."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return False
    return connection.scalars(text("SELECT version_num FROM alembic_version")).all() == [NEWEST]
