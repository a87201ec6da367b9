"""Takes a change of PAM's files back: one that nobody has confirmed yet, else the last that was."""

from __future__ import annotations

from facelatch.pam import files
from facelatch.pam.backup import Backups, Damaged, Shelf
from facelatch.pam.restore import RestoreFailed
from facelatch.pam.rollback import NoRollback, Rollback


class NotReverted(Exception):
    """The files are not put back; the text says why and what to do."""


def revertible(backups: Backups) -> Shelf:
    """Return which change would be taken back; raises `NotReverted`, `Damaged`."""
    if backups.holds(Shelf.PENDING):
        return Shelf.PENDING
    if not backups.holds(Shelf.LAST):
        raise NotReverted("there is no change to take back")
    written = backups.written(Shelf.LAST)
    if written is None:
        raise Damaged(f"{backups.folder(Shelf.LAST)} does not say how the files were left")
    try:
        changed = backups.changed_since(written)
    except (OSError, files.Strange) as error:
        changed = [str(error)]
    if changed:
        raise NotReverted(
            f"changed since by others, whose change would be lost: {', '.join(changed)}; to take out the lines of the "
            "face alone: facelatch pam plan --remove, then: facelatch pam apply --remove"
        )
    return Shelf.LAST


def revert(backups: Backups, shelf: Shelf, rollback: Rollback | None) -> str:
    """Put the files of a change back and return what was done; raises `NotReverted`, `Busy`, `Damaged`.

    An armed rollback does it, which runs once at a time whoever starts it; else, and where that fails, the script.
    """
    with backups.locked():
        said = ""
        if rollback is not None and shelf is Shelf.PENDING:
            try:
                rollback.fire()
            except NoRollback as error:
                said = f"{error}\n"
        if backups.holds(shelf):
            try:
                said += backups.restore(shelf)
            except RestoreFailed as error:
                raise NotReverted(f"{said}{error}") from error
        if rollback is not None:
            try:
                rollback.disarm()
            except NoRollback as error:
                said += f"\n{error}"
        return said.strip()
