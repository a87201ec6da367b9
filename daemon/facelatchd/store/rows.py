"""The rows of faces and attempts: how they are found, and which record each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from facelatch.types import Band, Reason, Verdict
from facelatchd.store.errors import FaceRefused, LabelTaken
from facelatchd.store.records import Attempt, FaceRecord, Guest, User, check_text
from facelatchd.store.schema import AttemptRow, FaceRow, TemplateRow, UserRow
from facelatchd.store.sealing import Binding

MOST_ROWS: Final = 1_000
"""Attempts kept of each user; the oldest go first."""


def faces_of(session: Session, user: User) -> Sequence[FaceRow]:
    """Return the faces of a person, oldest first."""
    return session.scalars(
        select(FaceRow)
        .join(UserRow, UserRow.id == FaceRow.user_id)
        .where(UserRow.name == user.name, UserRow.uid == user.uid)
        .order_by(FaceRow.enrolled, FaceRow.id)
    ).all()


def count_templates(session: Session, face: FaceRow) -> int:
    """Return how many templates a face has."""
    return session.execute(select(func.count(TemplateRow.id)).where(TemplateRow.face_id == face.id)).scalar_one()


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


def forget_former_holder(session: Session, user: User) -> bool:
    """Remove what belongs to another person of the same name; return whether there was one.

    Raises `FaceRefused` for a guest: his are not the faces that may take another's place.
    """
    former = session.scalars(select(UserRow).where(UserRow.name == user.name, UserRow.uid != user.uid)).one_or_none()
    if former is None:
        return False
    if isinstance(user, Guest):
        raise FaceRefused(f"the faces of an account {user.name} are enrolled; remove these first, or take another name")
    session.execute(delete(UserRow).where(UserRow.id == former.id))
    return True


def user_number(session: Session, user: User) -> int:
    """Return the number of the user's row, which is made where it is missing."""
    row = session.scalars(select(UserRow).where(UserRow.name == user.name)).one_or_none()
    if row is None:
        row = UserRow(name=user.name, uid=user.uid)
        session.add(row)
        session.flush()
    return row.id


def texts_of_nobody_else(session: Session, removed: Sequence[FaceRecord]) -> list[str]:
    """Return the labels and cameras of removed faces that no other row names."""
    labels = {face.label for face in removed}
    cameras = {camera for face in removed for camera in (face.camera, face.infrared)} - {""}
    labels -= set(session.scalars(select(FaceRow.label).where(FaceRow.label.in_(labels))))
    for column in (FaceRow.camera, FaceRow.infrared, AttemptRow.camera):
        cameras -= set(session.scalars(select(column).where(column.in_(cameras)).distinct()))
    return sorted(labels | cameras)


def add_attempt(session: Session, attempt: Attempt) -> None:
    """Add an attempt and delete the user's oldest: each has his own share, so that nobody can push out another's."""
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
    mine = select(AttemptRow.id).where(AttemptRow.user_name == attempt.user).order_by(AttemptRow.id.desc())
    newest_to_go = session.scalars(mine.offset(MOST_ROWS).limit(1)).one_or_none()
    if newest_to_go is not None:
        session.execute(delete(AttemptRow).where(AttemptRow.user_name == attempt.user, AttemptRow.id <= newest_to_go))


def attempt_of(row: AttemptRow) -> Attempt:
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
