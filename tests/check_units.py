"""`make check`, units: verified by systemd-analyze, with the programs they start standing in for the installed ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.places import TREE

UNITS = TREE / "systemd"
SUFFIXES = (".service", ".socket")
"""Of `facelatch*`: org.facelatch.service beside them is the bus's, not systemd's."""
THRESHOLD = 10
"""Exposure in tenths that `systemd-analyze security` may find at most: 1.0 of 10."""


def main() -> int:
    """Verify and score the units; 0 if all is well."""
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not installed: apt-get install systemd", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        units = [_staged(unit, folder) for unit in sorted(UNITS.glob("facelatch*.*")) if unit.suffix in SUFFIXES]
        verdict = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", *units], check=False).returncode
        sysusers = ["systemd-sysusers", "--dry-run", str(UNITS / "sysusers.conf")]
        verdict |= subprocess.run(sysusers, stdout=subprocess.DEVNULL, check=False).returncode
        for unit in units:
            if unit.suffix == ".service":
                verdict |= _scored(unit)
    print("units: verified" if verdict == 0 else "units: see above")
    return 1 if verdict else 0


def _staged(unit: Path, folder: Path) -> Path:
    """Copy a unit, with a program that is installed in the place of ours, which is not."""
    staged = folder / unit.name
    staged.write_text(unit.read_text().replace("/usr/libexec/facelatch/", f"{sys.executable} "))
    return staged


def _scored(unit: Path) -> int:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={THRESHOLD}", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{unit.name}: {(done.stdout or done.stderr).strip().splitlines()[-1]}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
