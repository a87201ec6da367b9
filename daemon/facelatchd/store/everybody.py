"""All who are enrolled, for whoever looks for one among them: a list in pieces, and the vectors of some faces.

Each method is a short job whatever the store holds, so that a login never waits long behind one (`gallery`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Executable, func, select

from facelatchd.store.database import Database
from facelatchd.store.errors import SealBroken, StoreError
from facelatchd.store.keyring import KeyRing, Purpose
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import ListedFace, Person, person_of
from facelatchd.store.schema import FACES, TEMPLATES, USERS
from facelatchd.store.sealedfile import SealedFile
from facelatchd.store.sealing import Binding, unseal

log = logging.getLogger(__name__)

Record = TypeVar("Record")

MOST_LISTED: Final = 1_000
"""Faces or people that one call lists."""


class Everybody:
    """The faces of all, whoever they belong to. Errors as for every method of the store."""

    def __init__(self, database: Database, keys: KeyRing, ledger: Ledger, index: Path | None) -> None:
        self._database = database
        self._keys = keys
        self._ledger = ledger
        self.index = SealedFile(index, keys, Purpose.INDEX) if index is not None else None
        """Where an index of the templates may be kept. The store removes it with every face that it removes."""
        self.changes = 0
        """How often the store has changed anybody's faces: their number and times, with a clock set back, may not show
        it."""

    def people(self, space: str, after: str = "") -> list[Person]:
        """Return those enrolled whose names come after one, in the order of their names, at most `MOST_LISTED`.

        `space` is the one in which a face counts as usable.
        """
        # Counted for each row, not by groups: those would be made of everybody for every piece of the list.
        faces = select(func.count(FACES.c.id)).where(FACES.c.user_id == USERS.c.id)
        usable = faces.where(FACES.c.space == space)
        rows = (
            select(USERS.c.name, USERS.c.uid, faces.scalar_subquery(), usable.scalar_subquery())
            .where(USERS.c.name > after)
            .order_by(USERS.c.name)
            .limit(MOST_LISTED)
        )
        return self._read(rows, lambda name, uid, faces, comparable: Person(person_of(name, uid), faces, comparable))

    def faces(self, space: str, after: str = "") -> list[ListedFace]:
        """Return the faces of a space whose ids come after one, in the order of their ids, at most `MOST_LISTED`."""
        templates = select(func.count(TEMPLATES.c.id)).where(TEMPLATES.c.face_id == FACES.c.id)
        rows = (
            select(FACES.c.id, FACES.c.label, USERS.c.name, USERS.c.uid, templates.scalar_subquery())
            .join(USERS, USERS.c.id == FACES.c.user_id)
            .where(FACES.c.space == space, FACES.c.id > after)
            .order_by(FACES.c.id)
            .limit(MOST_LISTED)
        )
        return self._read(
            rows, lambda face, label, name, uid, count: ListedFace(face, label, person_of(name, uid), count)
        )

    def state(self) -> tuple[object, ...]:
        """Return what is another after every change of anybody's faces, far sooner than a list of very many.

        What another judge of the same database alters in a face without adding or removing one does not show.
        """
        with self._database.reading() as connection:
            faces, newest = connection.execute(
                select(func.count(), func.max(FACES.c.enrolled)).select_from(FACES)
            ).one()
        return self.changes, faces, newest

    def vectors(self, faces: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the opened templates of faces by their ids, shape (templates, dimension), float32, in their order.

        A face that is gone is left out. Raises `SealBroken` for the first template that does not open, and
        `StoreRolledBack`.
        """
        with self._database.reading() as connection:
            self._ledger.check(connection)
        rows = (
            select(
                *(USERS.c.name, USERS.c.uid, FACES.c.id, FACES.c.pack, FACES.c.space, FACES.c.camera, FACES.c.infrared),
                *(TEMPLATES.c.id, TEMPLATES.c.sealed),
            )
            .join(FACES, FACES.c.user_id == USERS.c.id)
            .join(TEMPLATES, TEMPLATES.c.face_id == FACES.c.id)
            .where(FACES.c.id.in_(faces))
            .order_by(FACES.c.id, TEMPLATES.c.position)
        )
        opened: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
        bound = self._read(
            rows,
            lambda name, uid, face, pack, space, camera, infrared, template, sealed: (
                Binding(person_of(name, uid), face, template, pack, space, camera, infrared),
                sealed,
            ),
        )
        for binding, sealed in bound:
            opened[binding.face].append(unseal(self._keys, sealed, binding))
        for face, vectors in opened.items():
            if len({len(vector) for vector in vectors}) > 1:
                raise SealBroken(f"face {face}: its templates differ in dimension; remove it and enrol it anew")
        return {face: np.stack(vectors) for face, vectors in opened.items()}

    def forget_index(self) -> None:
        """Remove the index's file: it may hold a face that was removed. It is made anew when it is wanted."""
        try:
            if self.index is not None:
                self.index.remove()
        except StoreError as error:
            log.warning("%s: what was removed stays in it until somebody is identified again", error)

    def _read(self, rows: Executable, record: Callable[..., Record]) -> list[Record]:
        """Return what rows stand for; what none of ours stands for, the database reports as damaged."""
        with self._database.reading() as connection:
            return [record(*row) for row in connection.execute(rows)]
