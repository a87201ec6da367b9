"""What is remembered of a user beside his faces, sealed: neither mismatches nor passwords can be edited unseen.

One row a user name. Beside the standing it holds the uid it was written for, and which templates the user has: those
that were taken out of the database once do not count when somebody puts them back.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from facelatch.types import Verdict
from facelatchd.store.errors import SealBroken
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import Moment, Standing, User
from facelatchd.store.schema import FaceRow, StandingRow, TemplateRow, UserRow, not_begun_with

log = logging.getLogger(__name__)

_MEND: Final = "put a copy of the database back, or remove all faces of the user and enrol them anew"


class Entry(msgspec.Struct, frozen=True):
    """A row's content. `uid` is None until a face is enrolled or a password accepted; then `templates` is unknown."""

    standing: Standing = Standing()
    uid: int | None = None
    templates: str = ""

    def of(self, user: User) -> Standing:
        """Return the standing of a person: the password that another holder of the name gave is none of his."""
        return self.standing if self.uid == user.uid else msgspec.structs.replace(self.standing, password=None)


_DECODER: Final = msgspec.json.Decoder(Entry)


def after_attempt(standing: Standing, verdict: Verdict, now: Moment) -> Standing:
    """Return a standing after an attempt: a mismatch counts, a match ends the count, nothing else does either."""
    if verdict is Verdict.MISMATCH:
        return msgspec.structs.replace(standing, mismatches=standing.mismatches + 1, mismatched=now)
    if verdict is Verdict.MATCH:
        return msgspec.structs.replace(standing, mismatches=0, mismatched=None)
    return standing


class Standings:
    """The rows, each within somebody's transaction. `SealBroken` is raised for a row that does not open."""

    def __init__(self, keys: KeyRing, ledger: Ledger) -> None:
        self._keys = keys
        self._ledger = ledger

    def read(self, session: Session, name: str) -> Entry:
        """Return what is remembered of a name; an empty entry where there is nothing."""
        row = session.get(StandingRow, name)
        return self._opened(row) if row else Entry()

    def attempted(self, session: Session, name: str, verdict: Verdict, now: Moment) -> None:
        """Count an attempt."""
        self._hold(session, name)
        entry = self.read(session, name)
        standing = after_attempt(entry.standing, verdict, now)
        if standing != entry.standing:
            self._write(session, name, msgspec.structs.replace(entry, standing=standing))

    def password_accepted(self, session: Session, user: User, now: Moment) -> None:
        """Forgive everything. Which templates the user has is looked up only where it was unknown."""
        self._hold(session, user.name)
        entry = self.read(session, user.name)
        templates = entry.templates if entry.uid == user.uid else templates_of(session, user)
        self._write(session, user.name, Entry(Standing(password=now), user.uid, templates))

    def enrolled(self, session: Session, user: User) -> None:
        """Note that a face was added or improved, after it was."""
        self._hold(session, user.name)
        standing = msgspec.structs.replace(self.read(session, user.name).of(user), changed=True)
        self._write(session, user.name, Entry(standing, user.uid, templates_of(session, user)))

    def removed(self, session: Session, user: User) -> None:
        """Note that a face was removed, after it was."""
        self._hold(session, user.name)
        standing = self.read(session, user.name).of(user)
        self._write(session, user.name, Entry(standing, user.uid, templates_of(session, user)))

    def forget(self, session: Session, name: str) -> bool:
        """Remove a row, be it broken or not; return whether there was one."""
        self._hold(session, name)
        row = session.get(StandingRow, name)
        if row is None:
            return False
        self._ledger.advance(session, name, before=row.sealed)
        session.delete(row)
        session.flush()
        return True

    def void(self, session: Session) -> None:
        """Have the password wanted from everybody, and take whatever templates there are for the user's.

        Mismatches stay; what does not open is removed.
        """
        for row in session.scalars(select(StandingRow)):
            try:
                standing = self._opened(row).standing
            except SealBroken as error:
                log.warning("%s", error)
                session.delete(row)
            else:
                row.sealed = self._sealed(row.user_name, Entry(msgspec.structs.replace(standing, password=None)))
        session.flush()

    def reseal(self, session: Session) -> int:
        """Seal with the newest key what was sealed with another, and return how many rows do not open."""
        broken = 0
        for row in session.scalars(select(StandingRow).where(not_begun_with(StandingRow.sealed, self._keys.head))):
            try:
                row.sealed = self._sealed(row.user_name, self._opened(row))
            except SealBroken as error:
                log.warning("%s", error)
                broken += 1
        session.flush()
        return broken

    def want_no_others(self, session: Session, user: User) -> None:
        """Raise `SealBroken` where the user's templates are not those that the store wrote."""
        entry = self.read(session, user.name)
        if entry.uid == user.uid and entry.templates != templates_of(session, user):
            raise SealBroken(f"{user.name}: templates were put into the database, or taken out of it; {_MEND}")

    def _hold(self, session: Session, name: str) -> None:
        """Have others wait who would change the same row. On SQLite they do already (`Database.writing`)."""
        if session.get_bind().dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))

    def _opened(self, row: StandingRow) -> Entry:
        try:
            return _DECODER.decode(self._keys.unseal(Purpose.STANDING, row.sealed, (row.user_name,)))
        except SealBroken as error:
            raise SealBroken(f"what is remembered of {row.user_name} {error}; {_MEND}") from error

    def _write(self, session: Session, name: str, entry: Entry) -> None:
        sealed = self._sealed(name, entry)
        row = session.get(StandingRow, name)
        self._ledger.advance(session, name, before=row.sealed if row else None, after=sealed)
        if row is None:
            session.add(StandingRow(user_name=name, sealed=sealed))
        else:
            row.sealed = sealed
        session.flush()

    def _sealed(self, name: str, entry: Entry) -> bytes:
        return self._keys.seal(Purpose.STANDING, msgspec.json.encode(entry), (name,))


def templates_of(session: Session, user: User) -> str:
    """Return what no other set of templates gives: a digest of their ids, which are random and never used again."""
    ids = session.scalars(
        select(TemplateRow.id)
        .join(FaceRow, FaceRow.id == TemplateRow.face_id)
        .join(UserRow, UserRow.id == FaceRow.user_id)
        .where(UserRow.name == user.name, UserRow.uid == user.uid)
    )
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
