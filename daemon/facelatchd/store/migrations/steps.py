"""Taking a database from its revision to the newest, with Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from facelatchd.store.errors import StoreDamaged, StoreNewer

FOLDER: Final = Path(__file__).resolve().parent


def climb(connection: Connection, where: str) -> None:
    """Take all steps that are left within the connection's transaction; raises as `upgrade` does."""
    script = ScriptDirectory(str(FOLDER))
    try:
        revision = MigrationContext.configure(connection).get_current_revision()
    except CommandError as error:
        raise StoreDamaged(f"{where}: the database's revision is unclear ({error}); put a copy back") from error
    if revision is not None and revision not in {known.revision for known in script.walk_revisions()}:
        raise StoreNewer(
            f"{where}: has the schema {revision}, this program knows up to {script.get_current_head()}; "
            "install the version of facelatch that wrote it, or a newer one"
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    command.upgrade(config, "head")
