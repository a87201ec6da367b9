"""Files below a root as a change sees them: read whole, compared, and replaced in one step."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path, PurePosixPath
from typing import Final

from facelatch.pam.change import Content

KEPT_ATTRIBUTES: Final = ("security.selinux", "system.posix_acl_access")
"""What a new file inherits from the one that it replaces, beside mode and owner: SELinux context, list of who may."""

_NONE: Final = (errno.ENODATA, errno.ENOTSUP)


class Strange(Exception):
    """Something else than a regular file lies at a path, or it is reached over a link."""


def place(root: Path, path: PurePosixPath) -> Path:
    """Return where a path of the machine lies below a root.

    Raises `Strange` where a link on the way leads elsewhere: out of an image, or to a file other than the plan's.
    """
    base = root.resolve()
    found = base / path.relative_to("/")
    if found.parent.resolve() != found.parent:
        raise Strange(f"{path} is reached over a link, by way of {found.parent.resolve()}")
    return found


def read(root: Path, path: PurePosixPath) -> Content | None:
    """Return what lies at a path, None where nothing does; raises `Strange`, `OSError`."""
    try:
        descriptor = os.open(place(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Strange(f"{path} is a link") from error
        raise
    try:
        known = os.fstat(descriptor)
        if not stat.S_ISREG(known.st_mode):
            raise Strange(f"{path} is no regular file")
        with open(descriptor, "rb", closefd=False) as stream:
            return Content(stream.read(), stat.S_IMODE(known.st_mode), known.st_uid, known.st_gid)
    finally:
        os.close(descriptor)


def attributes(path: Path) -> dict[str, bytes]:
    """Return what of a file's extended attributes is kept; empty for one that is not there."""
    found = {}
    for name in KEPT_ATTRIBUTES:
        try:
            found[name] = os.getxattr(path, name, follow_symlinks=False)
        except FileNotFoundError:
            return {}
        except OSError as error:
            if error.errno not in _NONE:
                raise
    return found


def create(path: Path, content: Content, kept: dict[str, bytes]) -> None:
    """Write a new file with its mode, owner and attributes, down to the disk; raises `OSError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content.data)
        stream.flush()
        os.fchown(descriptor, content.owner, content.group)
        # After the owner, whose change takes away a set-user-id bit.
        os.fchmod(descriptor, content.mode)
        for name, value in kept.items():
            os.setxattr(descriptor, name, value)
        os.fsync(descriptor)


def replace(root: Path, path: PurePosixPath, content: Content | None) -> None:
    """Have a file hold something else from one moment to the next, or have it gone; raises `Strange`, `OSError`."""
    target = place(root, path)
    if content is None:
        target.unlink(missing_ok=True)
    else:
        new = target.with_name(f".facelatch-new.{target.name}")
        new.unlink(missing_ok=True)
        try:
            create(new, content, attributes(target))
            os.rename(new, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                new.unlink()
    settle(target.parent)


def settle(folder: Path) -> None:
    """Have the disk hold what was created, renamed and removed in a folder; raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
