"""What can be wrong with the store, or with what is asked of it. Every text is for a person."""

from __future__ import annotations


class StoreError(Exception):
    """Base of all that the store raises on purpose; raised itself where nothing below fits."""


class StoreLocked(StoreError):
    """Another process kept the database locked for longer than the patience."""


class StoreFull(StoreError):
    """The disk is full; nothing of the transaction was kept."""


class StoreDamaged(StoreError):
    """The database is not one, or holds what no version of this program writes."""


class StoreNewer(StoreError):
    """The database was written by a newer version of this program."""


class SealBroken(StoreError):
    """Something sealed that does not open: altered, moved to another row, or sealed with another key."""


class StoreRolledBack(StoreError):
    """An earlier copy of the database, or of rows of it, was put back; or the counter that would tell is lost."""


class KeyRefused(StoreError):
    """A key that must not be used; the text says what is wrong with it and how to mend it."""


class FaceRefused(StoreError):
    """Base of what the store refuses although it is sound: the request is at fault."""


class LabelTaken(FaceRefused):
    """Another face of the user has this label."""


class LabelRefused(FaceRefused):
    """A label that is empty, too long, or holds characters that do not print."""


class FaceUnknown(FaceRefused):
    """No face of the user has this id, beginning of an id, or label."""


class FaceAmbiguous(FaceRefused):
    """More than one face of the user is meant."""


class TooManyFaces(FaceRefused):
    """The user has as many faces as he may."""


class VectorRefused(FaceRefused):
    """Vectors that are none, too many, of unlike dimensions, or not of length 1."""
