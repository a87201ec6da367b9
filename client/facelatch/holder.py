"""Who has a camera open. Asked here, not in the daemon or the eye: their sandboxes show them no other processes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
DEV: Final = Path("/dev")

BYSTANDERS: Final = frozenset({"facelatch-eye", "pipewire", "wireplumber", "systemd-logind", "pipewire-media-"})
"""Programs that have cameras open without taking pictures: the eye itself, and those that only list them."""


def holder_of(device: Path, proc: Path = PROC) -> str:
    """Name a program that has a device open, beside those that only list cameras; empty where none can be seen.

    Whoever is not root sees his own processes only.
    """
    return _holder((device,), proc)[0]


def camera_holder(dev: Path = DEV, proc: Path = PROC) -> str:
    """Name a program with the camera that it has open, whichever that is; empty where none can be seen."""
    holder, device = _holder(sorted(dev.glob("video*")), proc)
    return f"{holder} has {device} open" if holder else ""


def _holder(devices: Iterable[Path], proc: Path) -> tuple[str, str]:
    """Return the first program, by process id, that has one of the devices open, and which; two empty texts for none.

    The links are read, not followed: that would take a third of a second for the processes of a desktop.
    """
    wanted = {os.path.realpath(device): device for device in devices}
    for process in sorted(proc.glob("[0-9]*"), key=lambda folder: int(folder.name)):
        try:
            name = (process / "comm").read_text(errors="replace").strip()
            held = next((link for entry in (process / "fd").iterdir() if (link := os.readlink(entry)) in wanted), "")
        except OSError:
            # Gone in between, or not ours to look into.
            continue
        if held and name not in BYSTANDERS:
            return f"{name} (process {process.name})", str(wanted[held])
    return "", ""
