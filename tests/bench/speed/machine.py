"""What a run was measured on, and who else was busy there meanwhile."""

from __future__ import annotations

import os
import platform
import re
import resource
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models.pack import Pack
from tests.places import TREE

PACKAGES: Final = (
    "onnxruntime", "opencv-python-headless", "numpy", "msgspec", "sqlalchemy",
    "dlib-bin", "dlib", "face_recognition", "insightface",
)  # fmt: skip
"""What the figures depend on; of peers whatever is installed."""

CALM: Final = 0.15
"""The share of the machine that others may take while figures are still worth quoting."""


class Machine(msgspec.Struct, frozen=True):
    """Hardware, kernel and versions; a package that is not installed is null."""

    processor: str
    cores: int
    governor: str | None
    memory_gib: float
    kernel: str
    python: str
    packages: dict[str, str | None]


class PackUsed(msgspec.Struct, frozen=True):
    """The pack that was measured, with the SHA-256 of each of its files."""

    id: str
    version: str
    files: dict[str, str]


class Bustle(msgspec.Struct, frozen=True):
    """How busy the machine was: load averages of a minute, and how many cores others than this run took, on average."""

    load_begin: float
    load_end: float
    others: float
    cores: int

    @property
    def disturbance(self) -> str:
        """What speaks against quoting the figures, empty where nothing does."""
        if self.load_begin > self.cores / 2:
            return f"the load average was {self.load_begin:.1f} on {self.cores} cores when it began"
        if self.others > CALM * self.cores:
            return f"others took {self.others:.1f} of {self.cores} cores meanwhile"
        return ""


class Bystander:
    """Watches who else is busy from its making until `bustle` is asked for."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0]
        self._began = time.monotonic()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def bustle(self) -> Bustle:
        """Return how busy it was until now; children that were not waited for count as others."""
        passed = max(time.monotonic() - self._began, 1e-3)
        others = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return Bustle(self._load, os.getloadavg()[0], max(0.0, others / passed), cores())


def _busy_seconds() -> float:
    """Return the processor seconds that were spent on anything, a hypervisor's other guests included."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = fields
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def this_machine() -> Machine:
    """Describe the machine; it has no name in it."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return Machine(
        processor=found[1] if found else platform.machine(),
        cores=cores(),
        governor=governor.read_text().strip() if governor.is_file() else None,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        kernel=platform.release(),
        python=platform.python_version(),
        packages={name: _version(name) for name in PACKAGES},
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def pack_used(pack: Pack) -> PackUsed:
    """Name a pack."""
    return PackUsed(pack.manifest.id, pack.manifest.version, {file.name: file.sha256 for file in pack.manifest.file})


def commit() -> str:
    """Return what of the tree was measured, "dirty" where it is not as committed; "unknown" outside a repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(TREE), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"
