"""The judge's memory: SQLite first, the same on PostgreSQL; templates are sealed at rest."""

from __future__ import annotations

from facelatchd.store.errors import (
    FaceAmbiguous,
    FaceRefused,
    FaceUnknown,
    KeyRefused,
    LabelRefused,
    LabelTaken,
    SealBroken,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreNewer,
    StoreRolledBack,
    TooManyFaces,
    VectorRefused,
)
from facelatchd.store.labels import read_label
from facelatchd.store.records import Attempt, FaceRecord, Guest, ListedFace, Moment, Person, Standing, Template, User
from facelatchd.store.rows import MOST_ROWS
from facelatchd.store.store import MOST_FACES, MOST_TEMPLATES, Store

__all__ = [
    "MOST_FACES",
    "MOST_ROWS",
    "MOST_TEMPLATES",
    "Attempt",
    "FaceAmbiguous",
    "FaceRecord",
    "FaceRefused",
    "FaceUnknown",
    "Guest",
    "KeyRefused",
    "LabelRefused",
    "LabelTaken",
    "ListedFace",
    "Moment",
    "Person",
    "SealBroken",
    "Standing",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreNewer",
    "StoreRolledBack",
    "Template",
    "TooManyFaces",
    "User",
    "VectorRefused",
    "read_label",
]
