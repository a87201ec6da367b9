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
    TooManyFaces,
    VectorRefused,
)
from facelatchd.store.labels import read_label
from facelatchd.store.records import Attempt, FaceRecord, FailureRun, Guest, ListedFace, Person, Template, User
from facelatchd.store.sealing import load_key
from facelatchd.store.store import MOST_FACES, MOST_TEMPLATES, Store

__all__ = [
    "MOST_FACES",
    "MOST_TEMPLATES",
    "Attempt",
    "FaceAmbiguous",
    "FaceRecord",
    "FaceRefused",
    "FaceUnknown",
    "FailureRun",
    "Guest",
    "KeyRefused",
    "LabelRefused",
    "LabelTaken",
    "ListedFace",
    "Person",
    "SealBroken",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreNewer",
    "Template",
    "TooManyFaces",
    "User",
    "VectorRefused",
    "load_key",
    "read_label",
]
