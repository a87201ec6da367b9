"""The best pack that can be had here, for demo and tests: `open`, else the better measured of `starter` and `classic`.

`python -m tests.packs --to build/packs` builds what is wanted for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from facelatch_models.build import build, read_recipe
from facelatch_models.pack import MANIFEST, Pack, open_pack
from facelatch_models.scale import Figure
from facelatch_models.search import tree_packs
from tests.places import TREE

FIRST: Final = "open"
OURS: Final = "starter"
CLASSIC: Final = "classic"
MEASURE: Final = "FNMR at FMR 1e-3"
"""The figure that packs are compared by."""


def best_pack(built: Path) -> Pack | None:
    """Return the best of the packs that were built and of the tree's own, None where there is none.

    Raises `PackDamaged`: a damaged pack is mended, not passed over.
    """
    folders = [place / name for place in (tree_packs(), built) for name in (FIRST, OURS, CLASSIC)]
    packs = {folder.name: open_pack(folder) for folder in folders if (folder / MANIFEST).is_file()}
    return packs.get(FIRST) or min(packs.values(), key=lambda pack: misses(pack.manifest.figure), default=None)


def why_best(pack: Pack) -> str:
    """Say why a pack is the best there is."""
    rank = "the best there is" if pack.manifest.id == FIRST else "the better measured of those that need no download"
    return f"{rank} (TAR at FMR 1e-3: {1 - misses(pack.manifest.figure):.1%})"


def misses(figures: Iterable[Figure]) -> float:
    """Return the share of genuine comparisons that a pack misses; all, where it was not measured."""
    return next((figure.value for figure in figures if figure.name == MEASURE), 1.0)


def prepare(shared: Path, built: Path) -> None:
    """Build `open` where its networks are at hand; else `classic`, if it was measured to be better than ours."""
    if (shared / "models").is_dir():
        there = built / FIRST
        if not (there / MANIFEST).is_file() or open_pack(there).manifest.version != read_recipe(FIRST).version:
            build(FIRST, shared / "models", built)
        return
    ours = misses(open_pack(tree_packs() / OURS).manifest.figure)
    if misses(read_recipe(CLASSIC).figure) < ours and not (built / CLASSIC / MANIFEST).is_file():
        _run("-m", "pip", "install", "-qq", "--disable-pip-version-check", "--editable", f"{TREE}[{CLASSIC}]")
        _run("-c", "from facelatch.cli import main; main()", "pack", "build", CLASSIC, "--to", str(built))


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True)


def main() -> None:
    """Build what is wanted."""
    parser = argparse.ArgumentParser(prog="python -m tests.packs", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder to build packs in")
    prepare(Path(os.environ.get("FACELATCH_SHARED") or TREE.parent / "shared"), parser.parse_args().to)


if __name__ == "__main__":
    main()
