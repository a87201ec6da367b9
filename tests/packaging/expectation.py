"""The files that packages shall hold: packaging/files, a pattern a line; `folder/**` is all that is below it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from tests.places import TREE

PRIVATE: Final = "usr/lib/facelatch/python/"
OURS: Final = ("facelatch/", "facelatch-", "facelatch_eye/", "facelatch_gui/", "facelatch_models/", "facelatchd/")
PACKAGES: Final = ("facelatch", "facelatch-gui", "libpam-facelatch")


def expected(package: str) -> list[str]:
    """Return the patterns of a package."""
    return (TREE / "packaging" / "files" / f"{package}.txt").read_text().split()


def without_others(patterns: list[str]) -> list[str]:
    """Return the patterns less those of third-party Python packages and of what Debian adds to every package."""
    return [
        pattern
        for pattern in patterns
        if (not pattern.startswith(PRIVATE) or pattern.removeprefix(PRIVATE).startswith(OURS))
        and not pattern.startswith("usr/share/lintian")
        and not pattern.endswith(("/copyright", "/changelog"))
    ]


def differences(patterns: list[str], files: list[str]) -> list[str]:
    """Return what was not expected, and what is missing; Debian compresses some files, which makes no difference."""
    names = [file.removesuffix(".gz") for file in files]
    unexpected = [f"unexpected: {name}" for name in names if not any(_matches(name, pattern) for pattern in patterns)]
    return unexpected + [
        f"missing: {pattern}" for pattern in patterns if not any(_matches(name, pattern) for name in names)
    ]


def _matches(name: str, pattern: str) -> bool:
    folder = pattern.removesuffix("**")
    if folder == pattern:
        return fnmatchcase(name, pattern)
    depth = folder.count("/")
    return fnmatchcase("/".join(name.split("/")[:depth]) + "/", folder)


def files_below(folder: Path) -> list[str]:
    """Return the paths of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
