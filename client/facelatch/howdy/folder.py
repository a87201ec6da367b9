"""Where Howdy keeps its settings and what it knows of faces, and reading these files as root.

Howdy 2 keeps both beside its program, some distributions' settings apart; Howdy 3 in `/etc/howdy`, or in
`/usr/local/etc/howdy` where it was built by hand.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONFIG: Final = "config.ini"
MODELS: Final = "models"
ENDING: Final = ".dat"

PLACES: Final = (
    "etc/howdy",
    "usr/local/etc/howdy",
    "lib/security/howdy",
    "usr/lib/security/howdy",
    "lib64/security/howdy",
    "usr/lib64/security/howdy",
)
"""Below the root, those of Howdy 3 first: where both versions are, the older one's are left over."""

LARGEST_CONFIG: Final = 64 * 1024
LARGEST_MODELS: Final = 1024 * 1024
"""Bytes of one person's file: a face takes under 3 KiB."""

MOST_USERS: Final = 1000


class HowdyError(Exception):
    """What Howdy left cannot be used; the text names file and entry, and says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where what Howdy left lies; None for what is not there. `unread` are other places that hold something, too."""

    config: Path | None
    models: Path | None
    unread: tuple[Path, ...] = ()


def find(root: Path = Path("/")) -> Installation:
    """Return what is in Howdy's usual places; raises `HowdyError` where there is nothing, or they cannot be read."""
    folders = list(dict.fromkeys(_resolved(root / place) for place in PLACES))
    configs = [folder / CONFIG for folder in folders if _is_there(folder / CONFIG)]
    models = list(dict.fromkeys(_resolved(folder / MODELS) for folder in folders if _has_models(folder / MODELS)))
    if not configs and not models:
        raise HowdyError(f"no Howdy in {', '.join(f'/{place}' for place in PLACES)}; name its folder with --from DIR")
    return Installation(next(iter(configs), None), next(iter(models), None), (*configs[1:], *models[1:]))


def at(folder: Path) -> Installation:
    """Return what is in the folder that somebody named; raises `HowdyError`."""
    config, models = folder / CONFIG, folder / MODELS
    found = Installation(config if _is_there(config) else None, models if _is_there(models) else None)
    if found.config is None and found.models is None:
        raise HowdyError(f"{folder}: neither {CONFIG} nor {MODELS} in it; name the folder that Howdy keeps them in")
    return found


def _resolved(path: Path) -> Path:
    """Return where a path leads: on most systems /lib is a link to /usr/lib."""
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise HowdyError(f"{path}: cannot be followed ({error})") from error


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def _has_models(path: Path) -> bool:
    if not _is_there(path):
        return False
    try:
        return any(name.endswith(ENDING) for name in os.listdir(path))
    except OSError as error:
        raise _unreadable(path, error) from error


def read_config(path: Path) -> bytes:
    """Return the settings' file; raises `HowdyError`."""
    with _opened(path.parent) as folder:
        return _read(folder, path.name, path, LARGEST_CONFIG)


def read_people(path: Path, wanted: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the file of each person, or of those wanted, by name; raises `HowdyError`."""
    with _opened(path) as folder:
        names = [name.removesuffix(ENDING) for name in sorted(os.listdir(folder)) if name.endswith(ENDING)]
        for name in wanted:
            if name not in names:
                raise HowdyError(
                    f"{path}: nothing of {name!r} in it; there is {', '.join(map(repr, names)) or 'nobody'}"
                )
        names = [name for name in names if name in wanted] if wanted else names
        if len(names) > MOST_USERS:
            raise HowdyError(f"{path}: {len(names)} people, expected at most {MOST_USERS}; name some with --user")
        for name in names:
            if not name or not name.isprintable():
                raise HowdyError(f"{path / (name + ENDING)!r}: expected a user's name; move the file away")
        return {name: _read(folder, name + ENDING, path / (name + ENDING), LARGEST_MODELS) for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a folder that nobody but root, or who runs this, can write."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        _want_closed(path, os.fstat(folder))
        yield folder
    finally:
        os.close(folder)


def _read(folder: int, name: str, path: Path, most: int) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    try:
        with open(os.open(name, flags, dir_fd=folder), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise HowdyError(f"{path}: expected a regular file; move it away")
            _want_closed(path, status)
            content = file.read(most + 1)
    except OSError as error:
        if path.is_symlink():
            raise HowdyError(f"{path}: is a link, which is not followed; put the file itself there") from error
        raise _unreadable(path, error) from error
    if len(content) > most:
        raise HowdyError(f"{path}: is larger than {most // 1024} KiB, which Howdy's are not; move it away")
    return content


def _want_closed(path: Path, status: os.stat_result) -> None:
    """Raise where somebody else could have written what root is about to believe."""
    if status.st_uid not in (0, os.getuid()):
        raise HowdyError(
            f"{path}: belongs to uid {status.st_uid}, who could have changed it; look at it, then chown root"
        )
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and status.st_gid not in (0, os.getgid())):
        mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
        raise HowdyError(f"{path}: others could have changed it ({mode}); look at it, then chmod go-w")


def _unreadable(path: Path, error: OSError) -> HowdyError:
    remedy = "; run it with sudo" if isinstance(error, PermissionError) and os.geteuid() != 0 else ""
    return HowdyError(f"{path}: cannot be read ({error.strerror}){remedy}")
