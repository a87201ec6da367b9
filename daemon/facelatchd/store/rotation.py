"""After a key was put before the others: what is sealed with an older one is sealed anew, all of it or nothing."""

from __future__ import annotations

import logging

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from facelatchd.store.errors import SealBroken
from facelatchd.store.keyring import KeyRing
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import person_of
from facelatchd.store.rows import binding_of
from facelatchd.store.schema import FaceRow, GenerationRow, StandingRow, TemplateRow, UserRow, not_begun_with
from facelatchd.store.sealing import seal, unseal
from facelatchd.store.standings import Standings

log = logging.getLogger(__name__)

_AT_ONCE = 1_000
"""Rows that are held in memory together."""


def older_seals(session: Session, keys: KeyRing) -> int:
    """Return how many rows are not sealed with the newest key."""
    return sum(
        session.execute(select(func.count()).where(not_begun_with(column, keys.head))).scalar_one()
        for column in (TemplateRow.sealed, StandingRow.sealed, GenerationRow.sealed)
    )


def reseal(session: Session, keys: KeyRing, standings: Standings, ledger: Ledger) -> None:
    """Seal everything with the newest key. What does not open stays as it is, for whoever mends it.

    Raises `StoreRolledBack` for a database that must not be made the newest by this.
    """
    ledger.check(session)
    broken = standings.reseal(session)
    rows = (
        select(TemplateRow, FaceRow, UserRow)
        .join(FaceRow, FaceRow.id == TemplateRow.face_id)
        .join(UserRow, UserRow.id == FaceRow.user_id)
        .where(not_begun_with(TemplateRow.sealed, keys.head))
        .order_by(TemplateRow.id)
        .limit(_AT_ONCE)
    )
    last = ""
    while found := session.execute(rows.where(TemplateRow.id > last)).all():
        for template, face, user in found:
            binding = binding_of(person_of(user.name, user.uid), face, template.id)
            try:
                template.sealed = seal(keys, unseal(keys, template.sealed, binding), binding)
            except SealBroken as error:
                log.warning("%s", error)
                broken += 1
        last = found[-1][0].id
        session.flush()
        session.expunge_all()
    ledger.renew(session)
    log.info(
        "everything is sealed with the newest key%s", f", but for {broken} rows that do not open" if broken else ""
    )
