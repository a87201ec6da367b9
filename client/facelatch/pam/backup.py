"""What PAM's files were before a change, kept until somebody says that it may stay, and after.

`pending` is a change that nobody has confirmed, `last` the one that was confirmed last, `undone` the one that was put
back last. Each is a folder with the files as they were, the script that puts them back, and notes. A folder gets its
name when all of it is on the disk: a `pending` that is there is whole.
"""

from __future__ import annotations

import contextlib
import enum
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

import msgspec

from facelatch.pam import files, restore
from facelatch.pam.change import Content, Plan

_PREPARING: Final = "preparing"
_RECORD: Final = "change.json"
_WRITTEN: Final = "written.json"

Notes = TypeVar("Notes")


class Shelf(enum.Enum):
    """Where a backup lies, by what became of its change."""

    PENDING = "pending"
    LAST = "last"
    UNDONE = restore.UNDONE


class Damaged(Exception):
    """A backup cannot be kept, or what is kept cannot be read; the text names the file."""


class Busy(Exception):
    """Another process changes PAM's files at this moment."""


class Record(msgspec.Struct, frozen=True):
    """Notes of a change from before it was made: `when` is UTC in ISO 8601."""

    when: str
    services: tuple[str, ...]
    paths: tuple[str, ...]


class Trace(msgspec.Struct, frozen=True):
    """Enough of a file to tell whether it has changed."""

    digest: str
    mode: int
    owner: int
    group: int


class Written(msgspec.Struct, frozen=True):
    """Notes of a change from when all of it was written.

    `boot` is the boot's id and `moment` the microseconds since it (CLOCK_MONOTONIC, logind's too); `until` is when the
    rollback comes, UTC in ISO 8601, empty where none does. `files` are what lay there then, None for nothing.
    """

    boot: str
    moment: int
    until: str
    files: dict[str, Trace | None]


def trace(content: Content | None) -> Trace | None:
    """Return the trace of what a file holds."""
    if content is None:
        return None
    return Trace(hashlib.sha256(content.data).hexdigest(), content.mode, content.owner, content.group)


class Backups:
    """The backups of a machine, or of an image, by its root."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._state = self.root / restore.STATE.relative_to("/")

    def folder(self, shelf: Shelf) -> Path:
        """Return where a backup lies, or would."""
        return self._state / shelf.value

    def holds(self, shelf: Shelf) -> bool:
        """Whether there is such a backup; raises `PermissionError` for others than root."""
        return _is_there(self.folder(shelf) / restore.SCRIPT)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others out for as long as the context lasts; makes the folder. Raises `Busy`, `Damaged`."""
        try:
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = self._state.lstat()
            if not stat.S_ISDIR(known.st_mode) or known.st_uid != os.geteuid():
                raise Damaged(f"{self._state} is not a folder of root's own; remove it")
            self._state.chmod(0o700)
            descriptor = os.open(self._state / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Damaged(f"{self._state}: {error.strerror}; nothing can be kept there") from error
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy("another `facelatch pam` changes PAM's files at this moment; wait for it") from error
            yield
        finally:
            os.close(descriptor)

    def keep(self, plan: Plan, made: tuple[PurePosixPath, ...], when: str) -> None:
        """Back up all that a plan changes, as `pending`, down to the disk; `made` are folders it makes.

        Raises `OSError`, `files.Strange`; nothing is pending then.
        """
        preparing = self._swept()
        preparing.mkdir(mode=0o700)
        for number, change in enumerate(plan.changes):
            if change.before is not None:
                kept = files.attributes(files.place(self.root, change.path))
                files.create(preparing / restore.backup_name(number), change.before, kept)
        text = restore.script(plan.changes, made, when)
        files.create(preparing / restore.SCRIPT, _own(text.encode(), 0o700), {})
        record = Record(when, plan.services, tuple(str(change.path) for change in plan.changes))
        files.create(preparing / _RECORD, _own(msgspec.json.encode(record)), {})
        files.settle(preparing)
        os.rename(preparing, self.folder(Shelf.PENDING))
        files.settle(self._state)

    def note_written(self, boot: str, moment: int, until: str) -> None:
        """Note that the pending change is written, and how the files lie now; raises `OSError`, `files.Strange`."""
        record = self.record(Shelf.PENDING)
        found = {path: trace(files.read(self.root, PurePosixPath(path))) for path in record.paths}
        written = Written(boot, moment, until, found)
        folder = self.folder(Shelf.PENDING)
        new = folder / f"{_WRITTEN}.new"
        files.create(new, _own(msgspec.json.encode(written)), {})
        os.rename(new, folder / _WRITTEN)
        files.settle(folder)

    def forget_pending(self) -> None:
        """Give up a backup of which nothing was written yet; raises `OSError`."""
        os.rename(self.folder(Shelf.PENDING), self._swept())
        files.settle(self._state)
        self._swept()

    def settle_pending(self) -> None:
        """Make the pending change the last one that was confirmed; raises `OSError`."""
        spare = self._swept()
        with contextlib.suppress(FileNotFoundError):
            os.rename(self.folder(Shelf.LAST), spare)
        os.rename(self.folder(Shelf.PENDING), self.folder(Shelf.LAST))
        files.settle(self._state)
        self._swept()

    def _swept(self) -> Path:
        """Return the name for what is not whole yet, or no more, with nothing there."""
        spare = self._state / _PREPARING
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(spare)
        return spare

    def record(self, shelf: Shelf) -> Record:
        """Return the notes of a change; raises `Damaged`."""
        return self._notes(shelf, _RECORD, Record)

    def written(self, shelf: Shelf) -> Written | None:
        """Return the notes of a change that is written to its end, None for one that is not; raises `Damaged`."""
        if not _is_there(self.folder(shelf) / _WRITTEN):
            return None
        return self._notes(shelf, _WRITTEN, Written)

    def _notes(self, shelf: Shelf, name: str, kind: type[Notes]) -> Notes:
        path = self.folder(shelf) / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError) as error:
            text = f"{path}: {error}; put the files back by hand: sh {path.with_name(restore.SCRIPT)}"
            raise Damaged(text) from error

    def restore(self, shelf: Shelf) -> str:
        """Put the files of a backup back and return what was done; raises `restore.RestoreFailed`."""
        return restore.run(self.folder(shelf))

    def changed_since(self, written: Written) -> list[str]:
        """Return the files that are not what a change has made of them; raises `OSError`, `files.Strange`."""
        return [
            path for path, then in written.files.items() if trace(files.read(self.root, PurePosixPath(path))) != then
        ]


def _is_there(path: Path) -> bool:
    """Whether a file is there. (`Path.exists` of Python 3.14 says no where one may not look.)"""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _own(data: bytes, mode: int = 0o600) -> Content:
    return Content(data, mode, os.geteuid(), os.getegid())
