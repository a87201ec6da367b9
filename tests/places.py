"""Where things are: this tree, the built door, libraries of the system."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TREE: Final = Path(__file__).resolve().parents[1]
DOOR: Final = TREE / "build" / "pam" / "pam_facelatch.so"


def find_library(pattern: str, package: str) -> Path:
    """Return the first file of that pattern in the system's library folders; the error names the package to install."""
    for folder in (Path("/usr/lib"), Path("/usr/lib64")):
        for found in (*folder.glob(f"*/{pattern}"), *folder.glob(pattern)):
            return found
    raise FileNotFoundError(f"{pattern} is not installed: apt-get install {package}")
