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
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

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
    add_attempt,
    attempt_of,
    binding_of,
    check_origin,
    count_templates,
    faces_of,
    forget_former_holder,
    record_of,
    texts_of_nobody_else,
    unused,
    user_number,
)
from facelatchd.store.schema import AttemptRow, FaceRow, TemplateRow, UserRow
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
            with self._writing() as session:
                if self._ledger.is_unmarked(session):
                    # It is new, or it was never counted, or it is old and both marks were taken away.
                    self._standings.void(session)
                self._ledger.begin(session)
                older = older_seals(session, self._keys)
                if older:
                    reseal(session, self._keys, self._standings, self._ledger)
                else:
                    self._ledger.check(session)
            self._ledger.tidy()
        except (SealBroken, StoreRolledBack) as error:
            log.critical("%s", error)
            return
        if older:
            self.everybody.forget_index()

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Run a transaction that writes, and raise the counter after it."""
        with self._database.writing() as session:
            yield session
        self._ledger.settle(session)

    def older_seals(self) -> int:
        """Return how much is not sealed with the newest key."""
        with self._database.reading() as session:
            return older_seals(session, self._keys) + (not self._ledger.is_newest())

    def accept(self) -> None:
        """Take the database as it is for the newest, after `StoreRolledBack`; everybody's password is wanted then."""
        with self._writing() as session:
            self._standings.void(session)
            self._ledger.accept(session)

    def close(self) -> None:
        """Close the connection, and wipe the keys; what was recorded is on disk already."""
        self._database.close()
        self._keys.wipe()

    # --- faces --------------------------------------------------------------------------------------------------------

    def faces(self, user: User) -> list[FaceRecord]:
        """Return the user's faces, oldest first."""
        with self._database.reading() as session:
            return [record_of(face, count_templates(session, face)) for face in faces_of(session, user)]

    def templates(self, user: User, space: str) -> list[Template]:
        """Return the user's opened templates of one vector space, oldest face first.

        Raises `SealBroken` for the first that does not open: leaving it out would let whoever can write to the database
        choose which of the user's faces count. So it does where templates are others than the store wrote.
        """
        rows = (
            select(FaceRow, TemplateRow)
            .join(TemplateRow, TemplateRow.face_id == FaceRow.id)
            .join(UserRow, UserRow.id == FaceRow.user_id)
            .where(UserRow.name == user.name, UserRow.uid == user.uid, FaceRow.space == space)
            .order_by(FaceRow.enrolled, FaceRow.id, TemplateRow.position)
        )
        with self._database.reading() as session:
            self._ledger.check(session)
            self._standings.want_no_others(session, user)
            opened = [
                Template(face.id, unseal(self._keys, template.sealed, binding_of(user, face, template.id)))
                for face, template in session.execute(rows)
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
        with self._writing() as session:
            replaced = forget_former_holder(session, user)
            others = faces_of(session, user)
            if len(others) >= MOST_FACES:
                raise TooManyFaces(f"{user.name} has {len(others)} faces, as many as can be; remove one first")
            face = FaceRow(
                id=secrets.token_hex(16),
                user_id=user_number(session, user),
                label=unused(wanted, others) if wanted else free_label(other.label for other in others),
                pack=pack,
                space=space,
                camera=camera,
                infrared=infrared,
                enrolled=datetime.now(UTC),
            )
            session.add(face)
            session.flush()
            self._add_templates(session, user, face, vectors, first=0)
            self._note_enrolment(session, user)
            record = record_of(face, len(vectors))
        self.everybody.changes += 1
        if replaced:
            self._erase()
        return record

    def find_face(self, user: User, which: str) -> FaceRecord:
        """Return the face that is meant; `which` as in renaming."""
        with self._database.reading() as session:
            face = meant(faces_of(session, user), which)
            return record_of(face, count_templates(session, face))

    def improve_face(self, user: User, which: str, space: str, vectors: Sequence[NDArray[np.float32]]) -> FaceRecord:
        """Seal more unit vectors into a face, up to `MOST_TEMPLATES` with those it has; `which` as in renaming.

        Raises `VectorRefused` where they are too many, or of another space than the face's.
        """
        check_vectors(vectors, MOST_TEMPLATES)
        with self._writing() as session:
            face = meant(faces_of(session, user), which)
            there = count_templates(session, face)
            if face.space != space:
                raise VectorRefused(f"face {face.label!r} is of another pack: enrol it anew")
            if there + len(vectors) > MOST_TEMPLATES:
                raise VectorRefused(f"face {face.label!r} has {there} templates, {MOST_TEMPLATES} are the most")
            self._add_templates(session, user, face, vectors, first=there)
            self._note_enrolment(session, user)
            self.everybody.changes += 1
            return record_of(face, there + len(vectors))

    def _add_templates(
        self, session: Session, user: User, face: FaceRow, vectors: Sequence[NDArray[np.float32]], *, first: int
    ) -> None:
        for position, vector in enumerate(vectors, first):
            number = secrets.token_hex(16)
            sealed = seal(self._keys, vector, binding_of(user, face, number))
            session.add(TemplateRow(id=number, face_id=face.id, position=position, sealed=sealed))
        session.flush()

    def _note_enrolment(self, session: Session, user: User) -> None:
        """Count a change of the user's templates. Of a guest nothing is remembered: his faces open nothing."""
        if isinstance(user, Guest):
            self._ledger.advance(session)
        else:
            self._standings.enrolled(session, user)

    def check_label(self, user: User, label: str) -> None:
        """Raise what `add_face` would raise for this label and this user's number of faces; nothing is written."""
        wanted = read_label(label) if label.strip(" ") else ""
        with self._database.reading() as session:
            others = faces_of(session, user)
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
        with self._writing() as session:
            faces = faces_of(session, user)
            face = meant(faces, which)
            face.label = unused(wanted, [other for other in faces if other is not face])
            self.everybody.changes += 1
            return record_of(face, count_templates(session, face))

    def remove_face(self, user: User, which: str) -> FaceRecord:
        """Remove a face with its templates, from the files as well, and return what it was; `which` as in renaming."""
        with self._writing() as session:
            faces = faces_of(session, user)
            face = meant(faces, which)
            record = record_of(face, count_templates(session, face))
            if len(faces) == 1:
                session.execute(delete(UserRow).where(UserRow.id == face.user_id))
            else:
                session.execute(delete(FaceRow).where(FaceRow.id == face.id))
            if isinstance(user, Guest):
                self._ledger.advance(session)
            else:
                self._standings.removed(session, user)
        self._erase()
        return record

    def remove_all(self, user: User) -> list[FaceRecord]:
        """Remove all that is stored of the user, his history included, and return the faces that he had.

        Raises `FaceUnknown` where nothing is stored of him.
        """
        with self._writing() as session:
            faces = faces_of(session, user)
            records = [record_of(face, count_templates(session, face)) for face in faces]
            if faces:
                session.execute(delete(UserRow).where(UserRow.id == faces[0].user_id))
                self._ledger.advance(session)
            if not self._forget_history(session, user) and not faces:
                raise FaceUnknown(f"{user.name} has no face")
            traces = [user.name, *(record.id for record in records), *texts_of_nobody_else(session, records)]
        self._erase(traces)
        return records

    def _forget_history(self, session: Session, user: User) -> bool:
        """Remove attempts and standing unless the name is another's now; return whether there were any."""
        other = session.scalars(select(UserRow.id).where(UserRow.name == user.name, UserRow.uid != user.uid))
        if isinstance(user, Guest) or other.one_or_none() is not None:
            return False
        there = self._standings.forget(session, user.name)
        mine = select(AttemptRow.id).where(AttemptRow.user_name == user.name).limit(1)
        there = session.scalars(mine).one_or_none() is not None or there
        session.execute(delete(AttemptRow).where(AttemptRow.user_name == user.name))
        return there

    def _erase(self, traces: Collection[str] = ()) -> None:
        """Have what was removed gone from all files, and these texts in any case."""
        self.everybody.changes += 1
        self.everybody.forget_index()
        self._database.erase(traces)

    def enrolled_users(self) -> int:
        """Return how many users have a face; guests, who cannot log in, are none."""
        with self._database.reading() as session:
            return session.execute(select(func.count(UserRow.id)).where(UserRow.uid != GUEST_UID)).scalar_one()

    # --- history ------------------------------------------------------------------------------------------------------

    def standing(self, user: User) -> Standing:
        """Return what decides whether a face of the user's may open anything; `Standing()` where nothing is known.

        The password that another holder of the name gave counts as not given; his mismatches stay, for they can only
        deny. Raises `SealBroken` where it was edited.
        """
        with self._database.reading() as session:
            self._ledger.check(session)
            return self._standings.read(session, user.name).of(user)

    def record_attempt(self, attempt: Attempt, now: Moment, *, opens: bool = True) -> None:
        """Write an attempt into the history; a mismatch lengthens the user's run of mismatches, a match ends it.

        `now` is when it ended. `opens`: whether a match opened something; the match of a try ends no run, for a try
        may be made while the password is wanted. Raises `SealBroken` where a match or mismatch cannot be counted, and
        keeps neither.
        """
        with self._writing() as session:
            add_attempt(session, attempt)
            if attempt.verdict is Verdict.MISMATCH or (attempt.verdict is Verdict.MATCH and opens):
                self._ledger.check(session)
                self._standings.attempted(session, attempt.user, attempt.verdict, now)

    def record_password(self, user: User, now: Moment) -> None:
        """Write down that the user's password was accepted `now`; it ends his run of mismatches."""
        with self._writing() as session:
            self._standings.password_accepted(session, user, now)

    def attempts(self, user_name: str, limit: int) -> list[Attempt]:
        """Return at most `limit` (1 or more) of the attempts for a user name, newest first."""
        check_text("a user's name", user_name)
        if limit < 1:
            raise ValueError(f"a limit of {limit}: expected 1 or more")
        newest = select(AttemptRow).where(AttemptRow.user_name == user_name).order_by(AttemptRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [attempt_of(row) for row in session.scalars(newest)]
