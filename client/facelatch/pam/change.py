"""A change to PAM's files: what was there and what shall be there. Planning makes it, applying takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Content:
    """What a regular file holds, and how it lies there; `owner` and `group` are ids."""

    data: bytes
    mode: int = 0o644
    owner: int = 0
    group: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after; None where it is not there. `path` is the machine's own, never below an image's root.

    A link is followed: `path` is the file that is written.
    """

    path: PurePosixPath
    before: Content | None
    after: Content | None
    listed: bool = True
    """Whether a person wants to read the difference; a tool's own notes need not be shown."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one `apply` does, in order; without changes there is nothing to do.

    `services` are those whose lines change, in their own files or in what these take in. `commands` are run after the
    files are written, for a system whose own tool has to take a profile up.
    """

    changes: tuple[Change, ...]
    services: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = field(default=())
    """Lines for a person, of what is left to do by hand or has to be known."""
