"""Howdy's lines in PAM's files, by which they are known."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from facelatch.pam.stack import Entry

_MODULES: Final = frozenset({"pam_howdy", "libpam_howdy"})
"""Howdy 3's; the second is what an early Debian package of it had."""

_SCRIPT: Final = ("howdy", "pam.py")
"""Howdy 2's, for `pam_python`: in a folder of its own, wherever that lies."""


def is_howdys(entry: Entry) -> bool:
    """Tell whether a line is Howdy's; `pam_python` has other scripts, too."""
    if entry.name in _MODULES:
        return True
    return entry.name.startswith("pam_python") and PurePosixPath(next(iter(entry.options), "")).parts[-2:] == _SCRIPT
