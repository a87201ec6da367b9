"""What the judge remembers: faces, attempts, accepted passwords."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from facelatch.types import Band, Reason, Verdict
from facelatchd.store.database import Database
from facelatchd.store.errors import (
    FaceRefused,
    FaceUnknown,
    KeyRefused,
    LabelTaken,
    SealBroken,
    TooManyFaces,
    VectorRefused,
)
from facelatchd.store.everybody import Everybody
from facelatchd.store.labels import free_label, meant, read_label
from facelatchd.store.records import (
    GUEST_UID,
    Attempt,
    FaceRecord,
    FailureRun,
    Guest,
    Template,
    User,
    check_text,
    check_time,
)
from facelatchd.store.schema import (
    AttemptRow,
    FaceRow,
    FailureRunRow,
    StrongAuthenticationRow,
    TemplateRow,
    UserRow,
)
from facelatchd.store.sealing import KEY_BYTES, Binding, seal, unseal, vector_fault

MOST_FACES: Final = 10
"""Faces of a user: every further one is one more chance for a stranger to match."""

MOST_TEMPLATES: Final = 32
"""Templates of a face."""

MOST_ROWS: Final = 1_000
"""Attempts, and strong authentications, kept of each user; the oldest go first."""


class Store:
    """The judge's memory. Synchronous, with one connection: call it from one thread.

    A call from a second thread waits for the first as it would for another process, and raises `StoreLocked` when its
    patience ends.

    A person is a name *and* a uid. Where the name is in the store with another uid, the account was given to somebody
    else: he has no faces, and when he enrols, the former holder's faces and strong authentications are removed. The
    history stays, being the machine's, and so does a run of failures: it can only deny, until a password. A guest, who
    has no account, never takes a name from an account's holder.

    Every method raises `StoreLocked`, `StoreFull`, `StoreDamaged` or plain `StoreError` where the database fails; a
    transaction that raises has changed nothing.
    """

    def __init__(self, database: Database, key: bytes, index: Path | None = None) -> None:
        self._database = database
        self._key = key
        self.everybody = Everybody(database, key, index)

    @classmethod
    def open(cls, address: str | Path, key: bytes, *, patience: float = 0.5, index: Path | None = None) -> Self:
        """Open the database at a path or URL, make it where it is missing, and bring its schema up to date.

        `key`: 32 bytes (`load_key`). `patience`: seconds to wait for another process's lock. `index`: the file of the
        index of all templates, where one is kept. Raises `KeyRefused`, `StoreNewer` for a database of a newer program,
        and what every method raises.
        """
        if len(key) != KEY_BYTES:
            raise KeyRefused(f"a key of {len(key)} bytes: expected {KEY_BYTES}")
        return cls(Database(address, patience), key, index)

    def close(self) -> None:
        """Close the connection; what was recorded is on disk already."""
        self._database.close()

    # --- faces --------------------------------------------------------------------------------------------------------

    def faces(self, user: User) -> list[FaceRecord]:
        """Return the user's faces, oldest first."""
        with self._database.reading() as session:
            return [_record(face, _count_templates(session, face)) for face in _faces_of(session, user)]

    def templates(self, user: User, space: str) -> list[Template]:
        """Return the user's opened templates of one vector space, oldest face first.

        Raises `SealBroken` for the first that does not open: leaving it out would let whoever can write to the database
        choose which of the user's faces count.
        """
        rows = (
            select(FaceRow, TemplateRow)
            .join(TemplateRow, TemplateRow.face_id == FaceRow.id)
            .join(UserRow, UserRow.id == FaceRow.user_id)
            .where(UserRow.name == user.name, UserRow.uid == user.uid, FaceRow.space == space)
            .order_by(FaceRow.enrolled, FaceRow.id, TemplateRow.position)
        )
        with self._database.reading() as session:
            opened = [
                Template(face.id, unseal(self._key, template.sealed, _binding(user, face, template.id)))
                for face, template in session.execute(rows)
            ]
        if len({len(template.vector) for template in opened}) > 1:
            raise SealBroken(f"{user.name}: templates of the space {space} differ in dimension; enrol the faces anew")
        return opened

    def add_face(
        self, user: User, label: str, pack: str, space: str, camera: str, vectors: Sequence[NDArray[np.float32]]
    ) -> FaceRecord:
        """Seal 1 to `MOST_TEMPLATES` unit vectors of one dimension as a new face of the user, and return it.

        An empty label becomes the first free of "face 1", "face 2", …. Raises `LabelRefused`, `LabelTaken`,
        `TooManyFaces`, `VectorRefused`, and `FaceRefused` for an origin that the database cannot hold.
        """
        wanted = read_label(label) if label.strip(" ") else ""
        _check_vectors(vectors)
        _check_origin(pack=pack, space=space, camera=camera)
        with self._database.writing() as session:
            replaced = _forget_former_holder(session, user)
            others = _faces_of(session, user)
            if len(others) >= MOST_FACES:
                raise TooManyFaces(f"{user.name} has {len(others)} faces, as many as can be; remove one first")
            face = FaceRow(
                id=secrets.token_hex(16),
                user_id=_user_number(session, user),
                label=_unused(wanted, others) if wanted else free_label(other.label for other in others),
                pack=pack,
                space=space,
                camera=camera,
                enrolled=datetime.now(UTC),
            )
            session.add(face)
            session.flush()
            self._add_templates(session, user, face, vectors, first=0)
            record = _record(face, len(vectors))
        self.everybody.changes += 1
        if replaced:
            self._erase()
        return record

    def find_face(self, user: User, which: str) -> FaceRecord:
        """Return the face that is meant; `which` as in renaming."""
        with self._database.reading() as session:
            face = meant(_faces_of(session, user), which)
            return _record(face, _count_templates(session, face))

    def improve_face(self, user: User, which: str, space: str, vectors: Sequence[NDArray[np.float32]]) -> FaceRecord:
        """Seal more unit vectors into a face, up to `MOST_TEMPLATES` with those it has; `which` as in renaming.

        Raises `VectorRefused` where they are too many, or of another space than the face's.
        """
        _check_vectors(vectors)
        with self._database.writing() as session:
            face = meant(_faces_of(session, user), which)
            there = _count_templates(session, face)
            if face.space != space:
                raise VectorRefused(f"face {face.label!r} is of another pack: enrol it anew")
            if there + len(vectors) > MOST_TEMPLATES:
                raise VectorRefused(f"face {face.label!r} has {there} templates, {MOST_TEMPLATES} are the most")
            self._add_templates(session, user, face, vectors, first=there)
            self.everybody.changes += 1
            return _record(face, there + len(vectors))

    def _add_templates(
        self, session: Session, user: User, face: FaceRow, vectors: Sequence[NDArray[np.float32]], *, first: int
    ) -> None:
        for position, vector in enumerate(vectors, first):
            number = secrets.token_hex(16)
            sealed = seal(self._key, vector, _binding(user, face, number))
            session.add(TemplateRow(id=number, face_id=face.id, position=position, sealed=sealed))

    def check_label(self, user: User, label: str) -> None:
        """Raise what `add_face` would raise for this label and this user's number of faces; nothing is written."""
        wanted = read_label(label) if label.strip(" ") else ""
        with self._database.reading() as session:
            others = _faces_of(session, user)
            if len(others) >= MOST_FACES:
                raise TooManyFaces(f"{user.name} has {len(others)} faces, as many as can be; remove one first")
            if wanted:
                _unused(wanted, others)

    def rename_face(self, user: User, which: str, label: str) -> FaceRecord:
        """Give the face a new label and return it.

        `which` is an id, a beginning of one (at least 4 characters) that no other face shares, or a label. Raises
        `FaceUnknown`, `FaceAmbiguous`, `LabelRefused`, `LabelTaken`.
        """
        wanted = read_label(label)
        with self._database.writing() as session:
            faces = _faces_of(session, user)
            face = meant(faces, which)
            face.label = _unused(wanted, [other for other in faces if other is not face])
            self.everybody.changes += 1
            return _record(face, _count_templates(session, face))

    def remove_face(self, user: User, which: str) -> FaceRecord:
        """Remove a face with its templates, from the files as well, and return what it was; `which` as in renaming."""
        with self._database.writing() as session:
            faces = _faces_of(session, user)
            face = meant(faces, which)
            record = _record(face, _count_templates(session, face))
            if len(faces) == 1:
                session.execute(delete(UserRow).where(UserRow.id == face.user_id))
            else:
                session.execute(delete(FaceRow).where(FaceRow.id == face.id))
        self._erase()
        return record

    def remove_all(self, user: User) -> list[FaceRecord]:
        """Remove all of the user's faces and return what they were; `FaceUnknown` where there are none."""
        with self._database.writing() as session:
            faces = _faces_of(session, user)
            if not faces:
                raise FaceUnknown(f"{user.name} has no face")
            records = [_record(face, _count_templates(session, face)) for face in faces]
            session.execute(delete(UserRow).where(UserRow.id == faces[0].user_id))
        self._erase()
        return records

    def _erase(self) -> None:
        """Have what was removed gone from all files."""
        self.everybody.changes += 1
        self.everybody.forget_index()
        self._database.erase()

    def enrolled_users(self) -> int:
        """Return how many users have a face; guests, who cannot log in, are none."""
        with self._database.reading() as session:
            return session.execute(select(func.count(UserRow.id)).where(UserRow.uid != GUEST_UID)).scalar_one()

    # --- history ------------------------------------------------------------------------------------------------------

    def record_attempt(self, attempt: Attempt) -> None:
        """Write an attempt into the history; a mismatch lengthens the user's run of failures, a match ends it."""
        with self._database.writing() as session:
            session.add(
                AttemptRow(
                    user_name=attempt.user,
                    service=attempt.service,
                    verdict=attempt.verdict.value,
                    reason=attempt.reason.value,
                    band=attempt.band.value if attempt.band else None,
                    started=attempt.started,
                    seconds=attempt.seconds,
                    frames=attempt.frames,
                    camera=attempt.camera,
                )
            )
            session.flush()
            _trim(session, AttemptRow, attempt.user)
            if attempt.verdict is Verdict.MISMATCH:
                _lengthen_run(session, attempt.user, attempt.started)
            elif attempt.verdict is Verdict.MATCH:
                _end_run(session, attempt.user)

    def attempts(self, user_name: str, limit: int) -> list[Attempt]:
        """Return at most `limit` (1 or more) of the attempts for a user name, newest first."""
        check_text("a user's name", user_name)
        if limit < 1:
            raise ValueError(f"a limit of {limit}: expected 1 or more")
        newest = select(AttemptRow).where(AttemptRow.user_name == user_name).order_by(AttemptRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_attempt(row) for row in session.scalars(newest)]

    def failure_run(self, user_name: str) -> FailureRun:
        """Return the mismatches, in the order they were recorded, since the last match or strong authentication.

        Attempts that ended as unavailable neither count nor end the run.
        """
        check_text("a user's name", user_name)
        with self._database.reading() as session:
            row = session.get(FailureRunRow, user_name)
            return FailureRun(row.count, row.last) if row else FailureRun(0, None)

    def record_strong_authentication(self, user_name: str, service: str, when: datetime) -> None:
        """Write down that the user's password was accepted at `when` (UTC); it ends his run of failures."""
        check_text("a user's name", user_name)
        check_text("a service", service)
        check_time("a strong authentication", when)
        with self._database.writing() as session:
            session.add(StrongAuthenticationRow(user_name=user_name, service=service, happened=when))
            session.flush()
            _trim(session, StrongAuthenticationRow, user_name)
            _end_run(session, user_name)


def _check_vectors(vectors: Sequence[NDArray[np.float32]]) -> None:
    if not 1 <= len(vectors) <= MOST_TEMPLATES:
        raise VectorRefused(f"{len(vectors)} vectors for one face: expected 1 to {MOST_TEMPLATES}")
    for vector in vectors:
        if fault := vector_fault(vector):
            raise VectorRefused(fault)
    if len({len(vector) for vector in vectors}) > 1:
        raise VectorRefused("the vectors of one face differ in dimension")


def _check_origin(**texts: str) -> None:
    for what, text in texts.items():
        try:
            check_text(f"a face's {what}", text)
        except ValueError as error:
            raise FaceRefused(str(error)) from error


def _faces_of(session: Session, user: User) -> Sequence[FaceRow]:
    return session.scalars(
        select(FaceRow)
        .join(UserRow, UserRow.id == FaceRow.user_id)
        .where(UserRow.name == user.name, UserRow.uid == user.uid)
        .order_by(FaceRow.enrolled, FaceRow.id)
    ).all()


def _count_templates(session: Session, face: FaceRow) -> int:
    return session.execute(select(func.count(TemplateRow.id)).where(TemplateRow.face_id == face.id)).scalar_one()


def _record(face: FaceRow, templates: int) -> FaceRecord:
    return FaceRecord(face.id, face.label, face.enrolled, face.pack, face.space, face.camera, templates)


def _binding(user: User, face: FaceRow, template: str) -> Binding:
    return Binding(user, face.id, template, face.pack, face.space, face.camera)


def _unused(label: str, others: Sequence[FaceRow]) -> str:
    if any(other.label == label for other in others):
        raise LabelTaken(f"another face is called {label!r}; choose another label, or remove that face")
    return label


def _forget_former_holder(session: Session, user: User) -> bool:
    """Remove what belongs to another person of the same name; return whether there was one.

    Raises `FaceRefused` for a guest: his are not the faces that may take another's place.
    """
    former = session.scalars(select(UserRow).where(UserRow.name == user.name, UserRow.uid != user.uid)).one_or_none()
    if former is None:
        return False
    if isinstance(user, Guest):
        raise FaceRefused(f"the faces of an account {user.name} are enrolled; remove these first, or take another name")
    session.execute(delete(UserRow).where(UserRow.id == former.id))
    session.execute(delete(StrongAuthenticationRow).where(StrongAuthenticationRow.user_name == user.name))
    return True


def _user_number(session: Session, user: User) -> int:
    """Return the number of the user's row, which is made where it is missing."""
    row = session.scalars(select(UserRow).where(UserRow.name == user.name)).one_or_none()
    if row is None:
        row = UserRow(name=user.name, uid=user.uid)
        session.add(row)
        session.flush()
    return row.id


def _trim(session: Session, table: type[AttemptRow] | type[StrongAuthenticationRow], user_name: str) -> None:
    """Delete all rows of a user but the newest: each has his own share, so that nobody can push out another's."""
    mine = select(table.id).where(table.user_name == user_name).order_by(table.id.desc())
    newest_to_go = session.scalars(mine.offset(MOST_ROWS).limit(1)).one_or_none()
    if newest_to_go is not None:
        session.execute(delete(table).where(table.user_name == user_name, table.id <= newest_to_go))


def _lengthen_run(session: Session, user_name: str, when: datetime) -> None:
    lengthened = session.execute(
        update(FailureRunRow)
        .where(FailureRunRow.user_name == user_name)
        .values(count=FailureRunRow.count + 1, last=when)
        .returning(FailureRunRow.count)
    ).one_or_none()
    if lengthened is None:
        session.add(FailureRunRow(user_name=user_name, count=1, last=when))


def _end_run(session: Session, user_name: str) -> None:
    session.execute(delete(FailureRunRow).where(FailureRunRow.user_name == user_name))


def _attempt(row: AttemptRow) -> Attempt:
    """Return a row as a record; `ValueError` where it holds what we never write, which the database reports."""
    return Attempt(
        user=row.user_name,
        service=row.service,
        verdict=Verdict(row.verdict),
        reason=Reason(row.reason),
        band=Band(row.band) if row.band is not None else None,
        started=row.started,
        seconds=row.seconds,
        frames=row.frames,
        camera=row.camera,
    )
