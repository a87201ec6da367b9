"""What `--json` writes that is no structure of the bus: lists with a name."""

from __future__ import annotations

import enum

import msgspec

from facelatch.types import Analysis, AttemptSummary, CameraSummary, FaceSummary, Identified, PersonSummary


class FaceList(msgspec.Struct, frozen=True):
    """A user's faces, or those of them that were renamed or removed."""

    user: str
    faces: tuple[FaceSummary, ...]


class CameraList(msgspec.Struct, frozen=True):
    """The cameras that the daemon can use."""

    cameras: tuple[CameraSummary, ...]


class AttemptList(msgspec.Struct, frozen=True):
    """A user's attempts, newest first."""

    attempts: tuple[AttemptSummary, ...]


class PersonList(msgspec.Struct, frozen=True):
    """All who have a face, or who of them was removed."""

    people: tuple[PersonSummary, ...]


class ExportedFile(msgspec.Struct, frozen=True):
    """Where what is stored about somebody was written, and what was left out of it."""

    file: str
    withheld: str


class IdentifiedFace(msgspec.Struct, frozen=True):
    """One face in a picture, and who it is; `box` is x, y, width, height in pixels."""

    box: tuple[float, float, float, float]
    identified: Identified


class IdentifiedPicture(msgspec.Struct, frozen=True):
    """The faces in a picture, from left to right."""

    name: str
    faces: tuple[IdentifiedFace, ...]


class Outcome(enum.Enum):
    """What became of a person's folder at an import."""

    ENROLLED = "enrolled"
    IMPROVED = "improved"
    SKIPPED = "skipped"
    FAILED = "failed"


class LeftOut(msgspec.Struct, frozen=True):
    """A picture that was not kept, and why."""

    name: str
    text: str


class ImportedPerson(msgspec.Struct, frozen=True):
    """What became of a person's folder; `text` says why where nothing did. `guest` is one without an account."""

    name: str
    outcome: Outcome
    guest: bool | None = None
    kept: int = 0
    left_out: tuple[LeftOut, ...] = ()
    text: str = ""


class ImportDone(msgspec.Struct, frozen=True):
    """How many folders came to what."""

    enrolled: int
    improved: int
    skipped: int
    failed: int


class PictureSummary(msgspec.Struct, frozen=True):
    """What became of all pictures of an enrolment: how many there were, how many are kept, and the names of the others.

    `left_out` has them by why: a `facelatch.types.Hint`.
    """

    pictures: int
    kept: int
    left_out: dict[str, tuple[str, ...]]


class Skipped(msgspec.Struct, frozen=True):
    """A file of a folder that is no picture we can send by its name."""

    name: str


class AnalysedPicture(msgspec.Struct, frozen=True):
    """What one picture shows; `annotated` is the file of its marked copy, where one was wanted."""

    name: str
    analysis: Analysis
    annotated: str | None = None


class RefusedPicture(msgspec.Struct, frozen=True):
    """One of several pictures that could not be looked at; `error` is as for a command that fails."""

    name: str
    error: str
    text: str
