"""The tables, the same on SQLite and PostgreSQL. A change here needs a revision in `migrations/versions`.

SQLAlchemy's Core and not its ORM, which would be loaded at every start, and take its part of every query's time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
)
from sqlalchemy.engine import Dialect

LONGEST_LABEL: Final = 64
"""Characters of a face's label."""

RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts rows up in a column of the very type INTEGER only."""


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC: SQLite keeps no offset, so it goes in and comes out as UTC on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a time with an offset into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the offset back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints are named, so that later revisions can alter them."""

USERS: Final = Table(
    "users",
    METADATA,
    Column("id", RowNumber, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("uid", BigInteger, nullable=False),
)
"""A person who has at least one face."""

FACES: Final = Table(
    "faces",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("label", String(LONGEST_LABEL), nullable=False),
    Column("pack", Text, nullable=False),
    Column("space", Text, nullable=False),
    Column("camera", Text, nullable=False),
    Column("infrared", Text, nullable=False, server_default=""),
    Column("enrolled", UtcTime, nullable=False),
    UniqueConstraint("user_id", "label"),
)
"""One enrolled appearance; the id is 128 random bits in hexadecimal."""

TEMPLATES: Final = Table(
    "templates",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("face_id", ForeignKey("faces.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("face_id", "position"),
)
"""One sealed vector of a face (`sealing`)."""

ATTEMPTS: Final = Table(
    "attempts",
    METADATA,
    Column("id", RowNumber, primary_key=True),
    Column("user_name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("band", String(16)),
    Column("started", UtcTime, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("camera", Text, nullable=False),
    Index(None, "user_name", "id"),
    sqlite_autoincrement=True,
)
"""One line of the history. Names, not user rows: the history outlives an enrolment."""

STANDINGS: Final = Table(
    "standings",
    METADATA,
    Column("user_name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""What is remembered of a user, sealed (`standings`); no row means nothing.

Kept beside the attempts and not counted from them: those are trimmed, so that one user's many attempts could push
another's mismatches, and with them his lock-out, out of the table; and whoever edits the database could take some away.
"""

GENERATIONS: Final = Table(
    "generations",
    METADATA,
    Column("id", RowNumber, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""How often the store has changed, sealed (`ledger`); one row with the number 1, or none."""


def not_begun_with(sealed: Column[bytes], head: bytes) -> ColumnElement[bool]:
    """Return the condition that a sealed text was not sealed with the key whose seals begin so."""
    return func.substr(sealed, 1, len(head)) != head
