"""Standings in place of strong authentications and failure runs, generations, and a face's infrared camera.

What the two old tables hold is not carried over: standings are sealed, and a migration has no key. Nobody's password is
on record then, so it is wanted once before a face opens anything, which is more than a run of failures denied.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the new tables and the column, drop the old tables."""
    op.drop_table("failure_runs")
    op.drop_index("ix_strong_authentications_user_name_id", table_name="strong_authentications")
    op.drop_table("strong_authentications")
    op.create_table(
        "standings",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_standings"),
    )
    op.create_table(
        "generations",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
    )
    op.add_column("faces", sa.Column("infrared", sa.Text(), nullable=False, server_default=""))
