"""What is remembered of a user beside his faces, sealed: neither mismatches nor passwords can be edited unseen.

One row a user name. Beside the standing it holds the uid it was written for, and which templates the user has: those
that were taken out of the database once do not count when somebody puts them back.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from facelatch.types import Verdict
from facelatchd.store.errors import SealBroken
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import Moment, Standing, User
from facelatchd.store.rows import of_user
from facelatchd.store.schema import FACES, STANDINGS, TEMPLATES, not_begun_with

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

    def read(self, connection: Connection, name: str) -> Entry:
        """Return what is remembered of a name; an empty entry where there is nothing."""
        sealed = _sealed_of(connection, name)
        return self._opened(name, sealed) if sealed is not None else Entry()

    def attempted(self, connection: Connection, name: str, verdict: Verdict, now: Moment) -> None:
        """Count an attempt."""
        self._hold(connection, name)
        entry = self.read(connection, name)
        standing = after_attempt(entry.standing, verdict, now)
        if standing != entry.standing:
            self._write(connection, name, msgspec.structs.replace(entry, standing=standing))

    def password_accepted(self, connection: Connection, user: User, now: Moment) -> None:
        """Forgive everything. Which templates the user has is looked up only where it was unknown."""
        self._hold(connection, user.name)
        entry = self.read(connection, user.name)
        templates = entry.templates if entry.uid == user.uid else templates_of(connection, user)
        self._write(connection, user.name, Entry(Standing(password=now), user.uid, templates))

    def enrolled(self, connection: Connection, user: User) -> None:
        """Note that a face was added or improved, after it was."""
        self._hold(connection, user.name)
        standing = msgspec.structs.replace(self.read(connection, user.name).of(user), changed=True)
        self._write(connection, user.name, Entry(standing, user.uid, templates_of(connection, user)))

    def removed(self, connection: Connection, user: User) -> None:
        """Note that a face was removed, after it was."""
        self._hold(connection, user.name)
        standing = self.read(connection, user.name).of(user)
        self._write(connection, user.name, Entry(standing, user.uid, templates_of(connection, user)))

    def forget(self, connection: Connection, name: str) -> bool:
        """Remove a row, be it broken or not; return whether there was one."""
        self._hold(connection, name)
        sealed = _sealed_of(connection, name)
        if sealed is None:
            return False
        self._ledger.advance(connection, name, before=sealed)
        connection.execute(delete(STANDINGS).where(STANDINGS.c.user_name == name))
        return True

    def void(self, connection: Connection) -> None:
        """Have the password wanted from everybody, and take whatever templates there are for the user's.

        Mismatches stay; what does not open is removed.
        """
        for name, sealed in connection.execute(select(STANDINGS.c.user_name, STANDINGS.c.sealed)).all():
            try:
                standing = self._opened(name, sealed).standing
            except SealBroken as error:
                log.warning("%s", error)
                connection.execute(delete(STANDINGS).where(STANDINGS.c.user_name == name))
            else:
                anew = self._sealed(name, Entry(msgspec.structs.replace(standing, password=None)))
                _replace(connection, name, anew)

    def reseal(self, connection: Connection) -> int:
        """Seal with the newest key what was sealed with another, and return how many rows do not open."""
        broken = 0
        older = select(STANDINGS.c.user_name, STANDINGS.c.sealed)
        older = older.where(not_begun_with(STANDINGS.c.sealed, self._keys.head))
        for name, sealed in connection.execute(older).all():
            try:
                anew = self._sealed(name, self._opened(name, sealed))
            except SealBroken as error:
                log.warning("%s", error)
                broken += 1
            else:
                _replace(connection, name, anew)
        return broken

    def want_no_others(self, connection: Connection, user: User) -> None:
        """Raise `SealBroken` where the user's templates are not those that the store wrote."""
        entry = self.read(connection, user.name)
        if entry.uid == user.uid and entry.templates != templates_of(connection, user):
            raise SealBroken(f"{user.name}: templates were put into the database, or taken out of it; {_MEND}")

    def _hold(self, connection: Connection, name: str) -> None:
        """Have others wait who would change the same row. On SQLite they do already (`Database.writing`)."""
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))

    def _opened(self, name: str, sealed: bytes) -> Entry:
        try:
            return _DECODER.decode(self._keys.unseal(Purpose.STANDING, sealed, (name,)))
        except SealBroken as error:
            raise SealBroken(f"what is remembered of {name} {error}; {_MEND}") from error

    def _write(self, connection: Connection, name: str, entry: Entry) -> None:
        """Put a row in the place of what is there, and count the change."""
        sealed = self._sealed(name, entry)
        self._ledger.advance(connection, name, before=_sealed_of(connection, name), after=sealed)
        if not _replace(connection, name, sealed):
            connection.execute(insert(STANDINGS).values(user_name=name, sealed=sealed))

    def _sealed(self, name: str, entry: Entry) -> bytes:
        return self._keys.seal(Purpose.STANDING, msgspec.json.encode(entry), (name,))


def _sealed_of(connection: Connection, name: str) -> bytes | None:
    return connection.scalars(select(STANDINGS.c.sealed).where(STANDINGS.c.user_name == name)).one_or_none()


def _replace(connection: Connection, name: str, sealed: bytes) -> bool:
    """Put another text into a row; return whether there is one."""
    return bool(
        connection.execute(update(STANDINGS).where(STANDINGS.c.user_name == name).values(sealed=sealed)).rowcount
    )


def templates_of(connection: Connection, user: User) -> str:
    """Return what no other set of templates gives: a digest of their ids, which are random and never used again."""
    ids = connection.scalars(of_user(select(TEMPLATES.c.id).join(FACES, FACES.c.id == TEMPLATES.c.face_id), user))
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
