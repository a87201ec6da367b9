"""Whether PAM finds a module on a machine or in an image."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OURS: Final = "pam_facelatch.so"

FOLDERS: Final = (
    "usr/lib/security",
    "usr/lib64/security",
    "usr/lib/*/security",
    "lib/security",
    "lib/*/security",
)
"""Where distributions keep PAM's modules."""


def is_there(module: str, root: Path = Path("/")) -> bool:
    """Whether PAM finds a module; a place with `$ISA` in it, which libpam fills in, counts as found."""
    if module.startswith("/"):
        return "$ISA" in module or (root / module.lstrip("/")).exists()
    return any((place / module).exists() for folder in FOLDERS for place in root.glob(folder))
