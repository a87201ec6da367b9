"""`make check`, units: systemd-analyze verifies and scores them, with other programs standing in for those they start.

Every line of a [Service] stands under the comment that says why it is there.
"""

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
OF_ROOTS = {"facelatch-key.service": 15, "facelatch-pam-rollback.service": 40}
"""What must be root for a moment, at the start of the machine, before there is anything to be taken in by.

The rollback does without a mount namespace: where none can be set up, nobody could log in.
"""


def main() -> int:
    """Verify and score the units; 0 if all is well."""
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not installed: apt-get install systemd", file=sys.stderr)
        return 1
    sources = [unit for unit in sorted(UNITS.glob("facelatch*.*")) if unit.suffix in SUFFIXES]
    unreasoned = [f"{unit.name}: {line}" for unit in sources for line in lines_without_reason(unit.read_text())]
    for complaint in unreasoned:
        print(f"{complaint}: no comment above its group says why")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        units = [_staged(unit, folder) for unit in sources]
        verdict = int(bool(unreasoned))
        verdict |= subprocess.run(
            ["systemd-analyze", "verify", "--recursive-errors=no", *units], check=False
        ).returncode
        sysusers = ["systemd-sysusers", "--dry-run", str(UNITS / "sysusers.conf")]
        verdict |= subprocess.run(sysusers, stdout=subprocess.DEVNULL, check=False).returncode
        for unit in units:
            if unit.suffix == ".service":
                verdict |= _scored(unit)
    print("units: verified" if verdict == 0 else "units: see above")
    return 1 if verdict else 0


def lines_without_reason(text: str) -> list[str]:
    """Return the directives of [Service] that no comment stands above, in their group: lines without a gap."""
    found = []
    section = ""
    reasoned = False
    for line in text.splitlines():
        if line.startswith("["):
            section, reasoned = line, False
        elif not line.strip():
            reasoned = False
        elif line.startswith("#"):
            reasoned = True
        elif section == "[Service]" and not reasoned:
            found.append(line)
    return found


def _staged(unit: Path, folder: Path) -> Path:
    """Copy a unit, with a program that is installed in the place of ours, which is not."""
    staged = folder / unit.name
    staged.write_text(unit.read_text().replace("/usr/libexec/facelatch/", f"{sys.executable} "))
    return staged


def _scored(unit: Path) -> int:
    threshold = OF_ROOTS.get(unit.name, THRESHOLD)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={threshold}", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{unit.name}: {(done.stdout or done.stderr).strip().splitlines()[-1]}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
