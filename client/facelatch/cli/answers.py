"""What `--json` writes that is no structure of the bus: lists with a name."""

from __future__ import annotations

import msgspec

from facelatch.types import AttemptSummary, CameraSummary, FaceSummary


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


class Skipped(msgspec.Struct, frozen=True):
    """A file of a folder that is no picture we can send by its name."""

    name: str
