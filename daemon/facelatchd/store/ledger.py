"""How often the store has changed, so that an earlier copy of it, put back, is told from it.

The database holds its generation, sealed; a `Counter` apart from it holds the same number. Each change that somebody
might like undone raises the first within its transaction, and then the second: a crash in between leaves a database
newer than the counter, never an older one, and the most that could be put back unseen then is that one change.

The generation also holds the sum over all rows of standings, and these hold which templates a user has: single rows of
an earlier copy are noticed as well. The sum is that of keyed hashes modulo 2^256, which changes with one row at a time
(Clarke, Devadas, van Dijk, Gassend, Suh, "Incremental multiset hash functions", 2003).

Whoever puts back the database and the counter together is not noticed: that would take a counter inside the TPM.
On a virtual disk a mismatch is written in 9.6 ms with it and in 5.0 without, an accepted password in 6.8 and 4.1, and a
look at a standing takes 0.27 ms and 0.18 (medians of 100).

There is one judge to a counter. On PostgreSQL, where there may be several, there is none; its backups are its own.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import secrets
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select, update

from facelatchd.store.counter import Counter
from facelatchd.store.errors import SealBroken, StoreError, StoreRolledBack
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.schema import GENERATIONS, STANDINGS, USERS

log = logging.getLogger(__name__)

_ROW: Final = 1
_BOUND: Final = ("row",)
_RAISED: Final = "generation"
"""The option under which a connection keeps the number that its transaction has raised the generation to."""

_MEND: Final = (
    "find out who did it, then accept it as it is: facelatch-key accept (everybody's password is wanted then)"
)


class Generation(msgspec.Struct, frozen=True):
    """A row's content: the number, the sum over the standings, and the key of that sum's hashes, 32 bytes."""

    number: int
    total: str
    key: bytes


class Ledger:
    """The generation, within the store's transactions. Without a counter there is none, and every check passes."""

    def __init__(self, keys: KeyRing, counter: Counter | None) -> None:
        self._keys = keys
        self._counter = counter
        self._known = -1
        """The newest generation that was seen and found sound; -1 where none was."""

    def begin(self, connection: Connection) -> None:
        """Begin to count, in a database and beside a counter that both are new.

        A new database beside an old counter is no threat either, for there is no face in it.
        """
        if self._counter is None or _sealed_in(connection) is not None:
            return
        number = self._counter.read()
        if number is None:
            self._counter.overwrite(0)
        elif number > 0 and not _is_empty(connection):
            return
        elif number > 0:
            log.warning("the database is new, but faces were enrolled here before; all begin anew")
        self._write(connection, _fresh(connection, (number or 0) + 1))

    def is_unmarked(self, connection: Connection) -> bool:
        """Return whether neither the database nor anything beside it says how often it has changed."""
        counter = self._counter
        return counter is not None and _sealed_in(connection) is None and counter.read() is None

    def check(self, connection: Connection) -> Generation | None:
        """Return the generation, None without a counter.

        Raises `StoreRolledBack` where the database is not the one that was written last, `SealBroken` where it cannot
        be told.
        """
        if self._counter is None:
            return None
        found = self._read(connection)
        if found is None:
            raise StoreRolledBack(f"a copy of the database from before it was counted was put back; {_MEND}")
        if self._known < 0:
            self._verify(connection, found, self._counter)
        elif found.number < self._known:
            self._known = -1
            raise StoreRolledBack(f"an earlier copy of the database was put back; {_MEND}")
        return found

    def advance(
        self, connection: Connection, name: str = "", before: bytes | None = None, after: bytes | None = None
    ) -> None:
        """Count a change, after a check; `before` and `after` are what a row of standings held and holds, if any."""
        found = self.check(connection)
        if found is None:
            return
        total = int(found.total, 16)
        total -= _hash(found.key, name, before) if before is not None else 0
        total += _hash(found.key, name, after) if after is not None else 0
        self._write(connection, Generation(found.number + 1, _in_hexadecimal(total), found.key))

    def renew(self, connection: Connection) -> None:
        """Count anew what all rows of standings hold, after a check: they were sealed anew."""
        if found := self.check(connection):
            self._write(connection, _fresh(connection, found.number + 1))

    def accept(self, connection: Connection) -> None:
        """Take the database as it is for the newest, whatever the counter says, or was made of it."""
        if self._counter is None:
            return
        found, counted = None, None
        with contextlib.suppress(SealBroken):
            found = self._read(connection)
        with contextlib.suppress(SealBroken):
            counted = self._counter.read()
        self._write(connection, _fresh(connection, max(self._known, found.number if found else 0, counted or 0) + 1))

    def settle(self, connection: Connection) -> None:
        """Raise the counter after a transaction that raised the generation is on disk."""
        number = connection.get_execution_options().get(_RAISED)
        if number is None or self._counter is None:
            return
        self._known = number
        try:
            self._counter.raise_to(number)
        except StoreError as error:
            # What was written is written. The next change raises it for this one, too.
            log.error("%s; until it can be, an earlier copy of the database may be put back unnoticed", error)

    def tidy(self) -> None:
        """Catch up with what a crash or a new key has left to do in the counter, after a check that passed."""
        if self._counter is None:
            return
        self._counter.raise_to(self._known)
        if not self._counter.is_newest():
            self._counter.overwrite(self._known)

    def is_newest(self) -> bool:
        """Return whether nothing in the counter is sealed with an older key than the newest."""
        return self._counter is None or self._counter.is_newest()

    def _verify(self, connection: Connection, found: Generation, counter: Counter) -> None:
        number = counter.read()
        if number is None:
            raise StoreRolledBack(f"the counter that tells an earlier copy of the database is lost; {_MEND}")
        if found.number < number:
            raise StoreRolledBack(f"an earlier copy of the database was put back; {_MEND}")
        if found.total != _total(connection, found.key):
            raise StoreRolledBack(f"what is remembered of users was taken out of the database, or put back; {_MEND}")
        self._known = found.number

    def _read(self, connection: Connection) -> Generation | None:
        sealed = _sealed_in(connection)
        if sealed is None:
            return None
        try:
            return _DECODER.decode(self._keys.unseal(Purpose.GENERATION, sealed, _BOUND))
        except SealBroken as error:
            raise SealBroken(f"the database's generation {error}; put the key back, or {_MEND}") from error

    def _write(self, connection: Connection, generation: Generation) -> None:
        sealed = self._keys.seal(Purpose.GENERATION, msgspec.msgpack.encode(generation), _BOUND)
        if not connection.execute(update(GENERATIONS).where(GENERATIONS.c.id == _ROW).values(sealed=sealed)).rowcount:
            connection.execute(insert(GENERATIONS).values(id=_ROW, sealed=sealed))
        connection.execution_options(**{_RAISED: generation.number})


_DECODER: Final = msgspec.msgpack.Decoder(Generation)


def _sealed_in(connection: Connection) -> bytes | None:
    return connection.scalars(select(GENERATIONS.c.sealed).where(GENERATIONS.c.id == _ROW)).one_or_none()


def _fresh(connection: Connection, number: int) -> Generation:
    key = secrets.token_bytes(32)
    return Generation(number, _total(connection, key), key)


def _total(connection: Connection, key: bytes) -> str:
    rows = connection.execute(select(STANDINGS.c.user_name, STANDINGS.c.sealed))
    return _in_hexadecimal(sum(_hash(key, name, sealed) for name, sealed in rows))


def _hash(key: bytes, name: str, sealed: bytes) -> int:
    return int.from_bytes(hmac.digest(key, name.encode() + b"\0" + sealed, "sha256"))


def _in_hexadecimal(total: int) -> str:
    return f"{total % 2**256:064x}"


def _is_empty(connection: Connection) -> bool:
    tables = (USERS.c.id, STANDINGS.c.user_name)
    return all(connection.scalars(select(column).limit(1)).first() is None for column in tables)
