"""What the judge remembers: faces, attempts, accepted passwords."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update

from facelatch.types import Verdict
from facelatchd.store.counter import Counter
from facelatchd.store.database import Database
from facelatchd.store.errors import FaceUnknown, SealBroken, StoreRolledBack, TooManyFaces, VectorRefused
from facelatchd.store.everybody import Everybody
from facelatchd.store.keyring import KeyRing
from facelatchd.store.labels import free_label, meant, read_label
from facelatchd.store.ledger import Ledger
from facelatchd.store.records import (
    GUEST_UID,
    Attempt,
    FaceRecord,
    Guest,
    Moment,
    Standing,
    Template,
    User,
    check_text,
)
from facelatchd.store.rotation import older_seals, reseal
from facelatchd.store.rows import (
    FaceRow,
    add_attempt,
    attempt_of,
    binding_of,
    check_origin,
    count_templates,
    faces_of,
    forget_former_holder,
    of_user,
    record_of,
    texts_of_nobody_else,
    unused,
    user_number,
)
from facelatchd.store.schema import ATTEMPTS, FACES, TEMPLATES, USERS
from facelatchd.store.sealing import check_vectors, seal, unseal
from facelatchd.store.standings import Standings

log = logging.getLogger(__name__)

MOST_FACES: Final = 10
"""Faces of a user: every further one is one more chance for a stranger to match."""

MOST_TEMPLATES: Final = 32
"""Templates of a face."""


class Store:
    """The judge's memory. Synchronous, with one connection: call it from one thread.

    A call from a second thread waits for the first as it would for another process, and raises `StoreLocked` when its
    patience ends.

    A person is a name *and* a uid. Where the name is in the store with another uid, the account was given to somebody
    else: he has no faces and gave no password, and when he enrols, the former holder's faces are removed. The history
    stays, being the machine's, and so do mismatches: they can only deny, until a password. A guest, who has no account,
    never takes a name from an account's holder; nothing is remembered of him but his faces.

    Every method raises `StoreLocked`, `StoreFull`, `StoreDamaged` or plain `StoreError` where the database fails; a
    transaction that raises has changed nothing. Whatever opens templates, tells standings, or changes either raises
    `StoreRolledBack` where an earlier copy of the database was put back.
    """

    def __init__(self, database: Database, keys: KeyRing, ledger: Ledger, index: Path | None = None) -> None:
        self._database = database
        self._keys = keys
        self._ledger = ledger
        self._standings = Standings(keys, ledger)
        self.everybody = Everybody(database, keys, ledger, index)

    @classmethod
    def open(
        cls,
        address: str | Path,
        key: bytes | bytearray,
        *,
        patience: float = 0.5,
        index: Path | None = None,
        counter: Path | None = None,
    ) -> Self:
        """Open the database at a path or URL, make it where it is missing, and bring its schema up to date.

        `key`: 1 to 4 keys of 32 bytes, newest first (`load_key`); a bytearray is zeroed. `patience`: seconds to wait
        for another process's lock. `index`: the file of the index of all templates, where one is kept.
        `counter`: the file that tells when an earlier copy of a SQLite database is put back (`ledger`). What was sealed
        with an older key is sealed with the newest. Raises `KeyRefused`, `StoreNewer` for a database of a newer
        program, and what every method raises.
        """
        keys = KeyRing(key)
        database = Database(address, patience)
        counted = Counter(counter, keys) if counter is not None and database.is_file else None
        store = cls(database, keys, Ledger(keys, counted), index)
        try:
            store._begin()
        except BaseException:
            store.close()
            raise
        return store

    def _begin(self) -> None:
        """Begin to count, and use the newest key everywhere, unless something is wrong, which every method says."""
        try:
            with self._writing() as connection:
                if self._ledger.is_unmarked(connection):
                    # It is new, or it was never counted, or it is old and both marks were taken away.
                    self._standings.void(connection)
                self._ledger.begin(connection)
                older = older_seals(connection, self._keys)
                if older:
                    reseal(connection, self._keys, self._standings, self._ledger)
                else:
                    self._ledger.check(connection)
            self._ledger.tidy()
        except (SealBroken, StoreRolledBack) as error:
            log.critical("%s", error)
            return
        if older:
            self.everybody.forget_index()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Run a transaction that writes, and raise the counter after it."""
        with self._database.writing() as connection:
            yield connection
        self._ledger.settle(connection)

    def older_seals(self) -> int:
        """Return how much is not sealed with the newest key."""
        with self._database.reading() as connection:
            return older_seals(connection, self._keys) + (not self._ledger.is_newest())

    def accept(self) -> None:
        """Take the database as it is for the newest, after `StoreRolledBack`; everybody's password is wanted then."""
        with self._writing() as connection:
            self._standings.void(connection)
            self._ledger.accept(connection)

    def close(self) -> None:
        """Close the connection, and wipe the keys; what was recorded is on disk already."""
        self._database.close()
        self._keys.wipe()

    # --- faces --------------------------------------------------------------------------------------------------------

    def faces(self, user: User) -> list[FaceRecord]:
        """Return the user's faces, oldest first."""
        with self._database.reading() as connection:
            return [record_of(face, count_templates(connection, face)) for face in faces_of(connection, user)]

    def templates(self, user: User, space: str) -> list[Template]:
        """Return the user's opened templates of one vector space, oldest face first.

        Raises `SealBroken` for the first that does not open: leaving it out would let whoever can write to the database
        choose which of the user's faces count. So it does where templates are others than the store wrote.
        """
        mine = select(TEMPLATES.c.id, TEMPLATES.c.sealed, *FACES.c).join(FACES, FACES.c.id == TEMPLATES.c.face_id)
        rows = (
            of_user(mine, user)
            .where(FACES.c.space == space)
            .order_by(FACES.c.enrolled, FACES.c.id, TEMPLATES.c.position)
        )
        with self._database.reading() as connection:
            self._ledger.check(connection)
            self._standings.want_no_others(connection, user)
            opened = [
                Template(face.id, unseal(self._keys, sealed, binding_of(user, face, template)))
                for template, sealed, *columns in connection.execute(rows)
                for face in [FaceRow(*columns)]
            ]
        if len({len(template.vector) for template in opened}) > 1:
            raise SealBroken(f"{user.name}: templates of the space {space} differ in dimension; enrol the faces anew")
        return opened

    def add_face(
        self,
        user: User,
        label: str,
        pack: str,
        space: str,
        camera: str,
        vectors: Sequence[NDArray[np.float32]],
        infrared: str = "",
    ) -> FaceRecord:
        """Seal 1 to `MOST_TEMPLATES` unit vectors of one dimension as a new face of the user, and return it.

        An empty label becomes the first free of "face 1", "face 2", …; an empty `infrared` means that no such camera
        watched. Raises `LabelRefused`, `LabelTaken`,
        `TooManyFaces`, `VectorRefused`, and `FaceRefused` for an origin that the database cannot hold.
        """
        wanted = read_label(label) if label.strip(" ") else ""
        check_vectors(vectors, MOST_TEMPLATES)
        check_origin(pack=pack, space=space, camera=camera, infrared=infrared)
        with self._writing() as connection:
            replaced = forget_former_holder(connection, user)
            others = faces_of(connection, user)
            if len(others) >= MOST_FACES:
                raise TooManyFaces(f"{user.name} has {len(others)} faces, as many as can be; remove one first")
            face = FaceRow(
                id=secrets.token_hex(16),
                user_id=user_number(connection, user),
                label=unused(wanted, others) if wanted else free_label(other.label for other in others),
                pack=pack,
                space=space,
                camera=camera,
                infrared=infrared,
                enrolled=datetime.now(UTC),
            )
            connection.execute(insert(FACES), face._asdict())
            self._add_templates(connection, user, face, vectors, first=0)
            self._note_enrolment(connection, user)
            record = record_of(face, len(vectors))
        self.everybody.changes += 1
        if replaced:
            self._erase()
        return record

    def find_face(self, user: User, which: str) -> FaceRecord:
        """Return the face that is meant; `which` as in renaming."""
        with self._database.reading() as connection:
            face = meant(faces_of(connection, user), which)
            return record_of(face, count_templates(connection, face))

    def improve_face(self, user: User, which: str, space: str, vectors: Sequence[NDArray[np.float32]]) -> FaceRecord:
        """Seal more unit vectors into a face, up to `MOST_TEMPLATES` with those it has; `which` as in renaming.

        Raises `VectorRefused` where they are too many, or of another space than the face's.
        """
        check_vectors(vectors, MOST_TEMPLATES)
        with self._writing() as connection:
            face = meant(faces_of(connection, user), which)
            there = count_templates(connection, face)
            if face.space != space:
                raise VectorRefused(f"face {face.label!r} is of another pack: enrol it anew")
            if there + len(vectors) > MOST_TEMPLATES:
                raise VectorRefused(f"face {face.label!r} has {there} templates, {MOST_TEMPLATES} are the most")
            self._add_templates(connection, user, face, vectors, first=there)
            self._note_enrolment(connection, user)
            self.everybody.changes += 1
            return record_of(face, there + len(vectors))

    def _add_templates(
        self, connection: Connection, user: User, face: FaceRow, vectors: Sequence[NDArray[np.float32]], *, first: int
    ) -> None:
        rows = []
        for position, vector in enumerate(vectors, first):
            number = secrets.token_hex(16)
            sealed = seal(self._keys, vector, binding_of(user, face, number))
            rows.append({"id": number, "face_id": face.id, "position": position, "sealed": sealed})
        connection.execute(insert(TEMPLATES), rows)

    def _note_enrolment(self, connection: Connection, user: User) -> None:
        """Count a change of the user's templates. Of a guest nothing is remembered: his faces open nothing."""
        if isinstance(user, Guest):
            self._ledger.advance(connection)
        else:
            self._standings.enrolled(connection, user)

    def check_label(self, user: User, label: str) -> None:
        """Raise what `add_face` would raise for this label and this user's number of faces; nothing is written."""
        wanted = read_label(label) if label.strip(" ") else ""
        with self._database.reading() as connection:
            others = faces_of(connection, user)
            if len(others) >= MOST_FACES:
                raise TooManyFaces(f"{user.name} has {len(others)} faces, as many as can be; remove one first")
            if wanted:
                unused(wanted, others)

    def rename_face(self, user: User, which: str, label: str) -> FaceRecord:
        """Give the face a new label and return it.

        `which` is an id, a beginning of one (at least 4 characters) that no other face shares, or a label. Raises
        `FaceUnknown`, `FaceAmbiguous`, `LabelRefused`, `LabelTaken`.
        """
        wanted = read_label(label)
        with self._writing() as connection:
            faces = faces_of(connection, user)
            face = meant(faces, which)
            unused(wanted, [other for other in faces if other is not face])
            connection.execute(update(FACES).where(FACES.c.id == face.id).values(label=wanted))
            self.everybody.changes += 1
            return record_of(face._replace(label=wanted), count_templates(connection, face))

    def remove_face(self, user: User, which: str) -> FaceRecord:
        """Remove a face with its templates, from the files as well, and return what it was; `which` as in renaming."""
        with self._writing() as connection:
            faces = faces_of(connection, user)
            face = meant(faces, which)
            record = record_of(face, count_templates(connection, face))
            if len(faces) == 1:
                connection.execute(delete(USERS).where(USERS.c.id == face.user_id))
            else:
                connection.execute(delete(FACES).where(FACES.c.id == face.id))
            if isinstance(user, Guest):
                self._ledger.advance(connection)
            else:
                self._standings.removed(connection, user)
        self._erase()
        return record

    def remove_all(self, user: User) -> list[FaceRecord]:
        """Remove all that is stored of the user, his history included, and return the faces that he had.

        Raises `FaceUnknown` where nothing is stored of him.
        """
        with self._writing() as connection:
            faces = faces_of(connection, user)
            records = [record_of(face, count_templates(connection, face)) for face in faces]
            if faces:
                connection.execute(delete(USERS).where(USERS.c.id == faces[0].user_id))
                self._ledger.advance(connection)
            if not self._forget_history(connection, user) and not faces:
                raise FaceUnknown(f"{user.name} has no face")
            traces = [user.name, *(record.id for record in records), *texts_of_nobody_else(connection, records)]
        self._erase(traces)
        return records

    def _forget_history(self, connection: Connection, user: User) -> bool:
        """Remove attempts and standing unless the name is another's now; return whether there were any."""
        other = connection.scalars(select(USERS.c.id).where(USERS.c.name == user.name, USERS.c.uid != user.uid))
        if isinstance(user, Guest) or other.one_or_none() is not None:
            return False
        there = self._standings.forget(connection, user.name)
        mine = select(ATTEMPTS.c.id).where(ATTEMPTS.c.user_name == user.name).limit(1)
        there = connection.scalars(mine).one_or_none() is not None or there
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.user_name == user.name))
        return there

    def _erase(self, traces: Collection[str] = ()) -> None:
        """Have what was removed gone from all files, and these texts in any case."""
        self.everybody.changes += 1
        self.everybody.forget_index()
        self._database.erase(traces)

    def enrolled_users(self) -> int:
        """Return how many users have a face; guests, who cannot log in, are none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count(USERS.c.id)).where(USERS.c.uid != GUEST_UID)).scalar_one()

    # --- history ------------------------------------------------------------------------------------------------------

    def standing(self, user: User) -> Standing:
        """Return what decides whether a face of the user's may open anything; `Standing()` where nothing is known.

        The password that another holder of the name gave counts as not given; his mismatches stay, for they can only
        deny. Raises `SealBroken` where it was edited.
        """
        with self._database.reading() as connection:
            self._ledger.check(connection)
            return self._standings.read(connection, user.name).of(user)

    def record_attempt(self, attempt: Attempt, now: Moment, *, opens: bool = True) -> None:
        """Write an attempt into the history; a mismatch lengthens the user's run of mismatches, a match ends it.

        `now` is when it ended. `opens`: whether a match opened something; the match of a try ends no run, for a try
        may be made while the password is wanted. Raises `SealBroken` where a match or mismatch cannot be counted, and
        keeps neither.
        """
        with self._writing() as connection:
            add_attempt(connection, attempt)
            if attempt.verdict is Verdict.MISMATCH or (attempt.verdict is Verdict.MATCH and opens):
                self._ledger.check(connection)
                self._standings.attempted(connection, attempt.user, attempt.verdict, now)

    def record_password(self, user: User, now: Moment) -> None:
        """Write down that the user's password was accepted `now`; it ends his run of mismatches."""
        with self._writing() as connection:
            self._standings.password_accepted(connection, user, now)

    def attempts(self, user_name: str, limit: int) -> list[Attempt]:
        """Return at most `limit` (1 or more) of the attempts for a user name, newest first."""
        check_text("a user's name", user_name)
        if limit < 1:
            raise ValueError(f"a limit of {limit}: expected 1 or more")
        newest = select(ATTEMPTS).where(ATTEMPTS.c.user_name == user_name).order_by(ATTEMPTS.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [attempt_of(row) for row in connection.execute(newest)]
