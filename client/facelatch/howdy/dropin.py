"""Howdy's options as a drop-in of our settings: written where nothing is, and taken away where it is refused."""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import tomlkit

from facelatch.howdy.folder import HowdyError
from facelatch.howdy.mapping import Entry, Fate, Value

SETTINGS: Final = Path("/etc/facelatch")
FILE: Final = "facelatch.toml"
DROP_INS: Final = "conf.d"
NAME: Final = "10-howdy.toml"
"""Early among the drop-ins, so that whatever the administrator adds later lies on top."""

_HEAD: Final = "# What `facelatch import-howdy` took over of Howdy's options. Yours to change, or to remove.\n\n"


def settled(entries: Iterable[Entry], folder: Path) -> tuple[Entry, ...]:
    """Return the entries, less the settings that the administrator's files have already; raises `HowdyError`."""
    said = dict(_said(folder))
    return tuple(_less(entry, said) for entry in entries)


def _less(entry: Entry, said: dict[str, Path]) -> Entry:
    left = {key: value for key, value in entry.settings.items() if key not in said}
    if len(left) == len(entry.settings):
        return entry
    files = ", ".join(sorted({str(said[key]) for key in entry.settings if key in said}))
    if left:
        return msgspec.structs.replace(entry, settings=left, text=f"{entry.text}; what {files} says stays as it is")
    return msgspec.structs.replace(entry, fate=Fate.ALREADY_SET, settings={}, text=f"{files} says something of it")


def _said(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every setting of the files that are there, with its file."""
    own = folder / DROP_INS / NAME
    for path in (folder / FILE, *sorted((folder / DROP_INS).glob("*.toml"))):
        if path == own or path.name.startswith("."):
            continue
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            raise HowdyError(f"{path}: cannot be read ({error}); mend it first") from error
        for key in _keys(document):
            yield key, path


def _keys(document: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in document.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _keys(value, f"{key}.")
        else:
            yield key


def text_of(entries: Iterable[Entry]) -> str:
    """Return the drop-in, empty where nothing is to be set."""
    settings = {key: value for entry in entries for key, value in entry.settings.items()}
    return _HEAD + tomlkit.dumps(_nested(settings)) if settings else ""


def _nested(settings: dict[str, Value]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in settings.items():
        *above, name = key.split(".")
        table = document
        for part in above:
            table = table.setdefault(part, {})
        table[name] = value
    return document


@contextlib.contextmanager
def written(text: str, folder: Path) -> Iterator[Path]:
    """Write the drop-in for as long as nothing is raised: whatever is raised in the context takes it away again.

    Raises `HowdyError` where another one is there, which stays, or where it cannot be written; the same one is left
    there in any case.
    """
    path = folder / DROP_INS / NAME
    if _is_there_already(path, text):
        yield path
        return
    try:
        for above in (folder, path.parent):
            _make(above)
        # Hidden until it is whole: the daemon reads no file that begins with a dot.
        fresh = path.with_name(f".{NAME}.new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text.encode())
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        finally:
            fresh.unlink()
    except OSError as error:
        raise HowdyError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """Make a folder where there is none, for the daemon's account to read whatever root's umask is."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o755)


def _is_there_already(path: Path, text: str) -> bool:
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        if path.is_symlink():
            raise HowdyError(f"{path}: is a link to what is not there; remove it") from None
        return False
    except OSError as error:
        raise HowdyError(f"{path}: cannot be read ({error.strerror})") from error
    if there != text.encode():
        raise HowdyError(f"{path}: is there already and says something else; remove it to import anew")
    return True
