"""The tables, the same on SQLite and PostgreSQL. A change here needs a revision in `migrations/versions`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

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


class Base(DeclarativeBase):
    """Base of the tables; constraints are named, so that later revisions can alter them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UserRow(Base):
    """A person who has at least one face."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    uid: Mapped[int] = mapped_column(BigInteger)


class FaceRow(Base):
    """One enrolled appearance; the id is 128 random bits in hexadecimal."""

    __tablename__ = "faces"
    __table_args__ = (UniqueConstraint("user_id", "label"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(LONGEST_LABEL))
    pack: Mapped[str] = mapped_column(Text)
    space: Mapped[str] = mapped_column(Text)
    camera: Mapped[str] = mapped_column(Text)
    infrared: Mapped[str] = mapped_column(Text, server_default="")
    enrolled: Mapped[datetime] = mapped_column(UtcTime)


class TemplateRow(Base):
    """One sealed vector of a face (`sealing`)."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("face_id", "position"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    face_id: Mapped[str] = mapped_column(ForeignKey("faces.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes]


class AttemptRow(Base):
    """One line of the history. Names, not user rows: the history outlives an enrolment."""

    __tablename__ = "attempts"
    __table_args__ = (Index(None, "user_name", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text)
    service: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    band: Mapped[str | None] = mapped_column(String(16))
    started: Mapped[datetime] = mapped_column(UtcTime)
    seconds: Mapped[float] = mapped_column(Double)
    frames: Mapped[int] = mapped_column(Integer)
    camera: Mapped[str] = mapped_column(Text)


class StandingRow(Base):
    """What is remembered of a user, sealed (`standings`); no row means nothing.

    Kept beside the attempts and not counted from them: those are trimmed, so that one user's many attempts could push
    another's mismatches, and with them his lock-out, out of the table; and whoever edits the database could take some
    away.
    """

    __tablename__ = "standings"

    user_name: Mapped[str] = mapped_column(Text, primary_key=True)
    sealed: Mapped[bytes]


class GenerationRow(Base):
    """How often the store has changed, sealed (`ledger`); one row with the number 1, or none."""

    __tablename__ = "generations"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    sealed: Mapped[bytes]


def not_begun_with(sealed: InstrumentedAttribute[bytes], head: bytes) -> ColumnElement[bool]:
    """Return the condition that a sealed text was not sealed with the key whose seals begin so."""
    return func.substr(sealed, 1, len(head)) != head
