"""The schema's revisions, and bringing a database up to the newest of them.

To add one: change `schema.py`, put a file into `versions/` whose `down_revision` is the newest so far, and run the
tests, which compare the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from facelatchd.store.errors import StoreDamaged, StoreNewer

FOLDER: Final = Path(__file__).resolve().parent
_ADVISORY_LOCK: Final = 0x_FACE_1A7C
"""Any number that nothing else in the database locks by: one of several judges upgrades, the others wait."""


def upgrade(connection: Connection, where: str) -> None:
    """Bring the schema up to date within the connection's transaction.

    Raises `StoreNewer` for a revision that this program does not know, `StoreDamaged` for a table of revisions that
    makes no sense. `where` names the database in both.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    script = ScriptDirectory(str(FOLDER))
    try:
        revision = MigrationContext.configure(connection).get_current_revision()
    except CommandError as error:
        raise StoreDamaged(f"{where}: the database's revision is unclear ({error}); put a copy back") from error
    head = script.get_current_head()
    if revision == head:
        return
    if revision is not None and revision not in {known.revision for known in script.walk_revisions()}:
        raise StoreNewer(
            f"{where}: has the schema {revision}, this program knows up to {head}; "
            "install the version of facelatch that wrote it, or a newer one"
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
