"""Where the judge's keys come from: the systemd credential where there is one, else a file of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import Final

from facelatchd.replacement import keep_entry
from facelatchd.store.errors import KeyRefused
from facelatchd.store.keyring import KEY_BYTES, MOST_KEYS

CREDENTIAL: Final = "facelatch.key"
"""Name of the systemd credential that holds the keys."""


def load_key(path: Path, *, create: bool = False) -> bytearray:
    """Return the keys that seal the store, 32 bytes each, newest first: the credential's, else those of the file.

    With `create` a file that is not there is made (O_EXCL, 0600) from the system's random numbers. A credential that
    is there but unfit is never passed over for the file. Raises `KeyRefused`, which says how to mend it.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder:
        credential = Path(folder) / CREDENTIAL
        if os.path.lexists(credential):
            # No look at owner and mode: systemd lends the file by an access list, which shows as a group's right.
            return _read_key(credential, ours=False, mend="make it anew with facelatch-key")
    if create:
        create_key(path)
    return read_key(path)


def counter_path(state_dir: Path) -> Path:
    """Return where the counter is that tells an earlier copy of the store: in a folder beside the state's, if there is.

    It is that of the unit, `/var/lib/facelatch-counter` for `/var/lib/facelatch`: a copy of the one that is put back
    leaves the other.
    """
    beside = state_dir.with_name(f"{state_dir.name}-counter")
    return beside / "generation" if beside.is_dir() else state_dir / "counter"


def read_key(path: Path) -> bytearray:
    """Return the keys in a file that must be this process's own; raises `KeyRefused`."""
    return _read_key(path, ours=True, mend="put the right key back; or, to lose all faces, remove it and enrol anew")


def _read_key(path: Path, *, ours: bool, mend: str) -> bytearray:
    """Return the keys in a file; `ours` says that its owner and mode are looked at too."""
    try:
        # O_NONBLOCK: opening a pipe that somebody put there must not hang the judge
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise KeyRefused(f"{path}: there is no key file; put it back, or start the daemon to make a new one") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyRefused(f"{path}: is a symbolic link; put the key file itself there") from error
        raise KeyRefused(f"{path}: cannot be read ({error.strerror}); {mend}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyRefused(f"{path}: is not a regular file; {mend}")
        if ours and status.st_uid != os.geteuid():
            raise KeyRefused(f"{path}: belongs to uid {status.st_uid}; mend it with: chown {os.geteuid()} {path}")
        if ours and status.st_mode & 0o077:
            raise KeyRefused(f"{path}: others may read or write it; mend it with: chmod 600 {path}")
        content = bytearray(os.read(descriptor, MOST_KEYS * KEY_BYTES + 1))
    finally:
        os.close(descriptor)
    count, left = divmod(len(content), KEY_BYTES)
    if left or not 1 <= count <= MOST_KEYS:
        size = f"more than {MOST_KEYS * KEY_BYTES}" if count >= MOST_KEYS else str(len(content))
        raise KeyRefused(
            f"{path}: has {size} bytes, a key has {KEY_BYTES}, of which 1 to {MOST_KEYS} are there; {mend}"
        )
    return content


def create_key(path: Path) -> None:
    """Make the key file; one that is there is left alone."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise KeyRefused(f"{path}: cannot be made ({error.strerror})") from error
    try:
        with open(descriptor, "wb", buffering=0) as file:
            file.write(os.urandom(KEY_BYTES))
            os.fsync(descriptor)
        keep_entry(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KeyRefused(f"{path}: cannot be written ({error.strerror})") from error
