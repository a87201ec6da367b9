"""Users, faces, templates, attempts, strong authentications, failure runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables."""
    _make_faces()
    _make_history()


def _make_faces() -> None:
    op.create_table(
        "users",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "faces",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", _ROW_NUMBER, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("enrolled", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_faces"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_faces_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "label", name="uq_faces_user_id_label"),
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("face_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_templates"),
        sa.ForeignKeyConstraint(["face_id"], ["faces.id"], name="fk_templates_face_id", ondelete="CASCADE"),
        sa.UniqueConstraint("face_id", "position", name="uq_templates_face_id_position"),
    )


def _make_history() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("band", sa.String(16), nullable=True),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempts_user_name_id", "attempts", ["user_name", "id"])
    op.create_table(
        "strong_authentications",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("happened", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_strong_authentications"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_strong_authentications_user_name_id", "strong_authentications", ["user_name", "id"])
    op.create_table(
        "failure_runs",
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_failure_runs"),
    )
