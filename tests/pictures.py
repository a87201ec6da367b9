"""Fetches a few portraits of public figures, for a machine that has no other faces to show: `python -m tests.pictures`.

They are test pictures in the source archive of the Python package `face_recognition`: official portraits, three of one
person and one of another. pip brings the archive from wherever it gets packages, and checks its sum.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

ARCHIVE: Final = "face_recognition-1.3.0"
SHA256: Final = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
PICTURES: Final = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
"""Three of one person, taken in different years, and one of another."""


class PicturesMissing(Exception):
    """No portraits could be had; the text says why."""


def fetch(folder: Path) -> None:
    """Put the portraits into a folder, all or none; raises `PicturesMissing`."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        wanted = scratch / "wanted.txt"
        wanted.write_text(f"{ARCHIVE.replace('-', '==')} --hash=sha256:{SHA256}\n")
        fetching = (
            sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps",
            "--no-binary=:all:", "--require-hashes", "--dest", str(scratch), "--requirement", str(wanted),
        )  # fmt: skip
        done = subprocess.run(fetching, capture_output=True, text=True, check=False)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise PicturesMissing(f"{ARCHIVE}.tar.gz cannot be fetched ({why})")
        with tarfile.open(scratch / f"{ARCHIVE}.tar.gz") as archive:
            members = [archive.extractfile(f"{ARCHIVE}/tests/test_images/{name}") for name in PICTURES]
            contents = [member.read() for member in members if member is not None]
        folder.mkdir(parents=True, exist_ok=True)
        for picture, content in zip(PICTURES, contents, strict=True):
            (folder / picture).write_bytes(content)


def main() -> int:
    """Fetch the portraits; 1 where they cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder to put them in")
    folder = parser.parse_args().to
    try:
        fetch(folder)
    except PicturesMissing as missing:
        print(f"There are no portraits to play: {missing}", file=sys.stderr)
        return 1
    print(f"{len(PICTURES)} portraits are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
