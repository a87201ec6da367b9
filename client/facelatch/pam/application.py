"""Makes a planned change to PAM's files: all of it or nothing, and only with a way back.

Whatever kills it on its way, `pending/restore` puts every file back; before that is on the disk, and the rollback is
armed, no file is touched.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam import files
from facelatch.pam.backup import Backups, Shelf
from facelatch.pam.change import Content, Plan
from facelatch.pam.restore import RestoreFailed
from facelatch.pam.rollback import NoRollback, Rollback

COMMAND_PATIENCE: Final = 60.0
"""Seconds for a system's own tool that takes a profile up."""

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class NotApplied(Exception):
    """Nothing was changed; the text says why and what to do."""


class Undone(Exception):
    """Something went wrong midway, and all was put back; the text says what went wrong."""


class LeftHalfDone(Exception):
    """Something went wrong midway, and so did putting it back; the text says what, and what to do."""


def apply(plan: Plan, root: Path, rollback: Rollback | None, seconds: int) -> None:
    """Make a change; with a rollback it is pending for so many seconds, without one it stays at once.

    Raises `NotApplied`, `Undone`, `LeftHalfDone`, and `Busy` and `Damaged` of `facelatch.pam.backup`.
    """
    backups = Backups(root)
    with backups.locked():
        want_none_pending(backups)
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        _prepare(plan, backups, rollback, seconds)
        try:
            _write(plan, backups, until if rollback else None)
        except BaseException as error:
            # Also for Ctrl-C: the files must not stay as they happen to be.
            _put_back(plan, backups, rollback, error)
            if isinstance(error, Exception):
                raise Undone(f"{error}; every file is as it was") from error
            raise
        if rollback is None:
            backups.settle_pending()


def want_none_pending(backups: Backups) -> None:
    """Raise `NotApplied` where an earlier change is not confirmed yet."""
    if backups.holds(Shelf.PENDING):
        raise NotApplied(
            "an earlier change is not confirmed yet; in a new session: facelatch pam confirm, or undo it: "
            "facelatch pam revert"
        )


def _prepare(plan: Plan, backups: Backups, rollback: Rollback | None, seconds: int) -> None:
    """Look at all files, keep them, and arm the rollback; raises `NotApplied` with nothing pending."""
    if not plan.changes and not plan.commands:
        raise NotApplied("there is nothing to change")
    try:
        if moved := list(differing(plan, backups.root)):
            raise NotApplied(f"{'; '.join(moved)}: look at a new plan: facelatch pam plan")
        made = tuple(_missing_folders(plan, backups.root))
        backups.keep(plan, made, datetime.now(UTC).isoformat(timespec="seconds"))
    except (OSError, UnicodeError, files.Strange) as error:
        raise NotApplied(f"the files cannot be kept: {error}; nothing was changed") from error
    if rollback is None:
        return
    try:
        rollback.arm(seconds)
    except BaseException as error:
        # Also for Ctrl-C: what is pending without a timer would be put back with some later start of the machine.
        _disarm(rollback)
        if backups.holds(Shelf.PENDING):
            backups.forget_pending()
        if not isinstance(error, NoRollback):
            raise
        raise NotApplied(
            f"no rollback can be armed: {error}; nothing was changed. With a root shell kept open elsewhere: "
            "--without-rollback"
        ) from error


def differing(plan: Plan, root: Path) -> Iterator[str]:
    """Say what is no longer as the plan has seen it; raises `OSError`."""
    for change in plan.changes:
        try:
            found = files.read(root, change.path)
        except files.Strange as error:
            yield str(error)
            continue
        if found == change.before:
            continue
        if found is None:
            yield f"{change.path} is no longer there"
        elif change.before is None:
            yield f"{change.path} is there by now"
        else:
            what = "its mode or owner" if found.data == change.before.data else "what it holds"
            yield f"{change.path} is no longer as the plan saw it ({what} has changed)"


def _missing_folders(plan: Plan, root: Path) -> Iterator[PurePosixPath]:
    """Yield the folders that have to be made, the outermost first."""
    seen = set()
    for change in plan.changes:
        for folder in reversed(change.path.parents):
            if change.after is not None and folder not in seen and not (root / folder.relative_to("/")).exists():
                seen.add(folder)
                yield folder


def _write(plan: Plan, backups: Backups, until: datetime | None) -> None:
    root = backups.root
    for folder in _missing_folders(plan, root):
        place = root / folder.relative_to("/")
        place.mkdir()
        # Whatever root's umask is: everybody reads PAM's files.
        place.chmod(0o755)
        files.settle(place.parent)
    for change in plan.changes:
        # A person may have stopped this process until the rollback came: nothing is written after it.
        if not backups.holds(Shelf.PENDING):
            raise TimeoutError("the rollback came in between")
        if change.after != change.before:
            files.replace(root, change.path, change.after)
    _check(plan, root)
    for command in plan.commands:
        _run(command)
    if plan.commands:
        _check(plan, root, but_for_comments=True)
    moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    backups.note_written(BOOT.read_text().strip(), moment, until.isoformat(timespec="seconds") if until else "")


def _run(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{' '.join(command)}: not done after {COMMAND_PATIENCE:.0f} s") from error
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split()) or f"it ended with {done.returncode}"
        raise OSError(f"{' '.join(command)}: {said}")


def _check(plan: Plan, root: Path, *, but_for_comments: bool = False) -> None:
    """Read the files back; raises `OSError`. What a plan only keeps for a command's sake is that command's to write."""
    for change in plan.changes:
        if change.after == change.before:
            continue
        found, wanted = files.read(root, change.path), change.after
        if but_for_comments:
            found, wanted = _uncommented(found), _uncommented(wanted)
        if found != wanted:
            raise OSError(f"{change.path} does not hold what was planned")


def _uncommented(content: Content | None) -> Content | None:
    """Return a content without its comments: a system's own tool may say in them when it was run."""
    if content is None:
        return None
    lines = content.data.splitlines()
    return replace(content, data=b"\n".join(line for line in lines if line.strip() and not line.startswith(b"#")))


def _put_back(plan: Plan, backups: Backups, rollback: Rollback | None, error: BaseException) -> None:
    """Undo what was written so far; raises `LeftHalfDone`."""
    shelf = Shelf.PENDING if backups.holds(Shelf.PENDING) else Shelf.UNDONE
    untouched = shelf is Shelf.PENDING and _is_untouched(plan, backups.root)
    try:
        backups.restore(shelf)
    except RestoreFailed as failure:
        if not untouched:
            raise LeftHalfDone(f"{error or type(error).__name__}; and then: {failure}") from error
        # A disk that is full, or only read, took neither: there is nothing to put back, now or later.
        backups.forget_pending()
    if rollback is not None:
        _disarm(rollback)


def _is_untouched(plan: Plan, root: Path) -> bool:
    """Whether every file is still as the plan saw it."""
    try:
        return not any(differing(plan, root))
    except OSError:
        return False


def _disarm(rollback: Rollback) -> None:
    """Stop the timer; where that fails it finds nothing pending, and does nothing."""
    try:
        rollback.disarm()
    except NoRollback:
        return
