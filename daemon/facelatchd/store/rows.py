"""The rows of faces and attempts: how they are found, and which record each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from facelatch.types import Band, Reason, Verdict
from facelatchd.store.errors import FaceRefused, LabelTaken
from facelatchd.store.records import Attempt, FaceRecord, Guest, User, check_text
from facelatchd.store.schema import ATTEMPTS, FACES, TEMPLATES, USERS
from facelatchd.store.sealing import Binding

MOST_ROWS: Final = 1_000
"""Attempts kept of each user; the oldest go first."""


class FaceRow(NamedTuple):
    """A row of `FACES`, its columns in their order."""

    id: str
    user_id: int
    label: str
    pack: str
    space: str
    camera: str
    infrared: str
    enrolled: datetime


def of_user(rows: Select[Any], user: User) -> Select[Any]:
    """Return those of the rows, which are of faces, that are a person's: of this name and of this uid."""
    return rows.join(USERS, USERS.c.id == FACES.c.user_id).where(USERS.c.name == user.name, USERS.c.uid == user.uid)


def faces_of(connection: Connection, user: User) -> list[FaceRow]:
    """Return the faces of a person, oldest first."""
    rows = of_user(select(FACES), user).order_by(FACES.c.enrolled, FACES.c.id)
    return [FaceRow(*row) for row in connection.execute(rows)]


def count_templates(connection: Connection, face: FaceRow) -> int:
    """Return how many templates a face has."""
    mine = select(func.count()).select_from(TEMPLATES).where(TEMPLATES.c.face_id == face.id)
    return connection.execute(mine).scalar_one()


def record_of(face: FaceRow, templates: int) -> FaceRecord:
    """Return a row as a record."""
    return FaceRecord(face.id, face.label, face.enrolled, face.pack, face.space, face.camera, templates, face.infrared)


def binding_of(user: User, face: FaceRow, template: str) -> Binding:
    """Return what a template of a face is bound to."""
    return Binding(user, face.id, template, face.pack, face.space, face.camera, face.infrared)


def check_origin(**texts: str) -> None:
    """Raise `FaceRefused` for an origin of a face that the database cannot hold."""
    for what, text in texts.items():
        try:
            check_text(f"a face's {what}", text)
        except ValueError as error:
            raise FaceRefused(str(error)) from error


def unused(label: str, others: Sequence[FaceRow]) -> str:
    """Return a label; raises `LabelTaken` where one of the others has it."""
    if any(other.label == label for other in others):
        raise LabelTaken(f"another face is called {label!r}; choose another label, or remove that face")
    return label


def forget_former_holder(connection: Connection, user: User) -> bool:
    """Remove what belongs to another person of the same name; return whether there was one.

    Raises `FaceRefused` for a guest: his are not the faces that may take another's place.
    """
    others = select(USERS.c.id).where(USERS.c.name == user.name, USERS.c.uid != user.uid)
    former = connection.scalars(others).one_or_none()
    if former is None:
        return False
    if isinstance(user, Guest):
        raise FaceRefused(f"the faces of an account {user.name} are enrolled; remove these first, or take another name")
    connection.execute(delete(USERS).where(USERS.c.id == former))
    return True


def user_number(connection: Connection, user: User) -> int:
    """Return the number of the user's row, which is made where it is missing."""
    mine = select(USERS.c.id).where(USERS.c.name == user.name)
    number: int | None = connection.scalars(mine).one_or_none()
    if number is None:
        connection.execute(insert(USERS).values(name=user.name, uid=user.uid))
        number = connection.scalars(mine).one()
    return number


def texts_of_nobody_else(connection: Connection, removed: Sequence[FaceRecord]) -> list[str]:
    """Return the labels and cameras of removed faces that no other row names."""
    labels = {face.label for face in removed}
    cameras = {camera for face in removed for camera in (face.camera, face.infrared)} - {""}
    labels -= set(connection.scalars(select(FACES.c.label).where(FACES.c.label.in_(labels))))
    for column in (FACES.c.camera, FACES.c.infrared, ATTEMPTS.c.camera):
        cameras -= set(connection.scalars(select(column).where(column.in_(cameras)).distinct()))
    return sorted(labels | cameras)


def add_attempt(connection: Connection, attempt: Attempt) -> None:
    """Add an attempt and delete the user's oldest: each has his own share, so that nobody can push out another's."""
    connection.execute(
        insert(ATTEMPTS).values(
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
    mine = select(ATTEMPTS.c.id).where(ATTEMPTS.c.user_name == attempt.user).order_by(ATTEMPTS.c.id.desc())
    newest_to_go = connection.scalars(mine.offset(MOST_ROWS).limit(1)).one_or_none()
    if newest_to_go is not None:
        old = delete(ATTEMPTS).where(ATTEMPTS.c.user_name == attempt.user, ATTEMPTS.c.id <= newest_to_go)
        connection.execute(old)


def attempt_of(row: Row[Any]) -> Attempt:
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
