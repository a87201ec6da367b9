"""After a key was put before the others: what is sealed with an older one is sealed anew, all of it or nothing."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, bindparam, func, select, update

from facelatchd.store.errors import SealBroken
from facelatchd.store.keyring import KeyRing
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import person_of
from facelatchd.store.rows import FaceRow, binding_of
from facelatchd.store.schema import FACES, GENERATIONS, STANDINGS, TEMPLATES, USERS, not_begun_with
from facelatchd.store.sealing import seal, unseal
from facelatchd.store.standings import Standings

log = logging.getLogger(__name__)

_AT_ONCE = 1_000
"""Rows that are held in memory together."""


def older_seals(connection: Connection, keys: KeyRing) -> int:
    """Return how many rows are not sealed with the newest key."""
    return sum(
        connection.execute(select(func.count()).where(not_begun_with(column, keys.head))).scalar_one()
        for column in (TEMPLATES.c.sealed, STANDINGS.c.sealed, GENERATIONS.c.sealed)
    )


def reseal(connection: Connection, keys: KeyRing, standings: Standings, ledger: Ledger) -> None:
    """Seal everything with the newest key. What does not open stays as it is, for whoever mends it.

    Raises `StoreRolledBack` for a database that must not be made the newest by this.
    """
    ledger.check(connection)
    broken = standings.reseal(connection)
    rows = (
        select(TEMPLATES.c.id, TEMPLATES.c.sealed, USERS.c.name, USERS.c.uid, *FACES.c)
        .join(FACES, FACES.c.id == TEMPLATES.c.face_id)
        .join(USERS, USERS.c.id == FACES.c.user_id)
        .where(not_begun_with(TEMPLATES.c.sealed, keys.head))
        .order_by(TEMPLATES.c.id)
        .limit(_AT_ONCE)
    )
    written = update(TEMPLATES).where(TEMPLATES.c.id == bindparam("template")).values(sealed=bindparam("anew"))
    last = ""
    while found := connection.execute(rows.where(TEMPLATES.c.id > last)).all():
        anew = []
        for template, sealed, name, uid, *face in found:
            binding = binding_of(person_of(name, uid), FaceRow(*face), template)
            try:
                anew.append({"template": template, "anew": seal(keys, unseal(keys, sealed, binding), binding)})
            except SealBroken as error:
                log.warning("%s", error)
                broken += 1
        if anew:
            connection.execute(written, anew)
        last = found[-1][0]
    ledger.renew(connection)
    log.info(
        "everything is sealed with the newest key%s", f", but for {broken} rows that do not open" if broken else ""
    )
