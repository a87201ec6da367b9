"""Who holds a device that is busy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def holder(device: Path, proc: Path = PROC) -> str:
    """Name the first other process that has the device open: "guvcview (process 4711)".

    Without the right to look into it (other users' processes, `ProtectProc=`), the answer is "another program".
    """
    wanted = os.path.realpath(device)
    for process in sorted((entry for entry in proc.glob("[0-9]*") if entry.name != str(os.getpid())), key=_number):
        if _holds(process, wanted):
            return f"{_name(process)} (process {process.name})"
    return "another program"


def _number(process: Path) -> int:
    return int(process.name)


def _holds(process: Path, wanted: str) -> bool:
    try:
        return any(os.path.realpath(link) == wanted for link in (process / "fd").iterdir())
    except OSError:
        # Gone in between, or not ours to look into.
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return "a program that has just ended"
