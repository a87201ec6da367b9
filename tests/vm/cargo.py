"""What the machine is brought: packages, a pack, pictures, and hands to use them with."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKAGES = ("facelatch", "libpam-facelatch", "facelatch-gui")
UPGRADED = ("facelatch", "libpam-facelatch")
EARLIER = "0~earlier"
"""The version of the packages that are upgraded from, which are the same but for it."""


def package(folder: Path, name: str) -> Path:
    """Return the one package of that name in a folder; raises `FileNotFoundError` where there is not just one."""
    found = list(folder.glob(f"{name}_*.deb"))
    if len(found) != 1:
        raise FileNotFoundError(f"{folder}: holds {len(found)} packages {name}, not one; make deb")
    return found[0]


def load(folder: Path, debs: Path, pack: Path, people: Mapping[str, Sequence[Path]]) -> None:
    """Fill the folder that the machine sees as /run/brought; raises `FileNotFoundError` where a package is missing."""
    folder.mkdir()
    here = Path(__file__).parent
    for name in ("guest", "checks"):
        shutil.copytree(here / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(pack, folder / "pack" / "open")
    for name in ("debs", "previous"):
        (folder / name).mkdir()
    for name in PACKAGES:
        shutil.copy(package(debs, name), folder / "debs")
    for name in UPGRADED:
        _repack(package(debs, name), folder / "previous")
    for person, pictures in people.items():
        (folder / "pictures" / person).mkdir(parents=True)
        for picture in pictures:
            shutil.copy(picture, folder / "pictures" / person)


def _repack(deb: Path, target: Path) -> None:
    """Make of a package the same one of an earlier version, uncompressed, since to compress it takes minutes."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(with_version(control.read_text(), EARLIER))
        command: list[str | Path] = ["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def with_version(control: str, version: str) -> str:
    """Return a package's control file with another version, in what it says of its sisters, too."""
    found = re.search(r"^Version: (\S+)$", control, re.MULTILINE)
    if found is None:
        raise ValueError("the control file has no line Version:")
    return control.replace(found[0], f"Version: {version}").replace(f"(= {found[1]})", f"(= {version})")
