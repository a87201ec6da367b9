"""A folder that holds packs: how a pack gets in, is chosen, and leaves, at no time half of it."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from facelatch_models.pack import CURRENT, MANIFEST, Pack, open_pack

_EXCHANGE: Final = 2
"""`RENAME_EXCHANGE` of renameat2(2)."""

_HERE: Final = -100
"""`AT_FDCWD`."""


class ShelfError(Exception):
    """A pack could not be put, chosen or taken away; the text says why and what to do."""


class NotPermittedError(ShelfError):
    """The folder cannot be written by this user."""


@contextmanager
def staged(shelf: Path, name: str) -> Iterator[Path]:
    """Yield a new hidden folder on the shelf, to be filled and published; what is left of it then goes away.

    Hidden, because `find_packs` takes no pack whose name starts with a dot; on the shelf, because a rename is atomic
    only within one file system. Raises `NotPermittedError`, `ShelfError`.
    """
    with _named(shelf):
        shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=shelf))
    try:
        yield folder
    finally:
        with _named(shelf):
            if os.path.lexists(folder):
                _discard(folder)


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a new file of a staged pack, readable by all, and wait until the disk has it."""
    with _named(folder), (folder / name).open("xb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def publish(folder: Path, target: Path) -> Pack:
    """Verify a staged pack, then give it its name in one step; a pack of that name is replaced.

    Raises `PackDamaged` where the staged pack is not whole, `ShelfError` where something that is no pack has the name.
    """
    open_pack(folder).verify()
    with _named(target.parent):
        folder.chmod(0o755)  # mkdtemp makes it private, and the eye runs as another user
        _settle(folder)
        if not os.path.lexists(target):
            folder.rename(target)
        elif not (target / MANIFEST).is_file():
            raise ShelfError(f"{target}: is there already and is no pack; move it away or choose another --to")
        else:
            _exchange(folder, target)
        _settle(target.parent)
    return open_pack(target)


def use(pack: Path, shelf: Path) -> Path:
    """Point the shelf's `current` at a pack's folder in one step, and return the link.

    Raises `NotPermittedError`, `ShelfError`.
    """
    link = shelf / CURRENT
    if os.path.lexists(link) and not link.is_symlink():
        raise ShelfError(f"{link}: is not a link; move it away")
    inside = pack.parent.resolve() == shelf.resolve()
    new = shelf / f".{CURRENT}.{secrets.token_hex(8)}"
    with _named(shelf):
        shelf.mkdir(mode=0o755, parents=True, exist_ok=True)
        new.symlink_to(pack.name if inside else pack.absolute())
        try:
            new.replace(link)
        except OSError:
            new.unlink()
            raise
        _settle(shelf)
    return link


def chosen_by(pack: Path, shelf: Path) -> Path | None:
    """Return the shelf's `current` if it points at the pack's folder, else None."""
    link = shelf / CURRENT
    return link if link.is_symlink() and os.path.realpath(link) == os.path.realpath(pack) else None


def forget(link: Path) -> None:
    """Take a `current` away, so that no pack is chosen there. Raises `NotPermittedError`, `ShelfError`."""
    with _named(link.parent):
        link.unlink()
        _settle(link.parent)


def remove(folder: Path) -> None:
    """Take a pack away: it loses its name in one step, then its files. Raises `NotPermittedError`, `ShelfError`."""
    hidden = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    with _named(folder.parent):
        folder.rename(hidden)
        _discard(hidden)
        _settle(folder.parent)


def _exchange(folder: Path, target: Path) -> None:
    """Swap two names in one step, so that at no time there is no pack of that name.

    A file system that cannot (the kernel says so) gets two renames, the first of which is undone if the second fails.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(folder), _HERE, os.fsencode(target), _EXCHANGE) == 0:
        return
    code = ctypes.get_errno()
    if code not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
        raise OSError(code, os.strerror(code), str(target))
    aside = folder.with_name(f"{folder.name}.old")
    target.rename(aside)
    try:
        folder.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(folder)


def _discard(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def _settle(folder: Path) -> None:
    """Wait until the disk has the folder's names."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _named(shelf: Path) -> Iterator[None]:
    """Turn what the system refuses into an error that names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise NotPermittedError(
                f"{shelf}: cannot be written ({error.strerror}); use sudo, or another folder (--to, --packs)"
            ) from error
        raise ShelfError(f"{shelf}: {error.strerror} ({error.filename})") from error
