"""Where packs are looked for, and which one is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from facelatch_models.pack import CURRENT, MANIFEST, MEND, Pack, PackDamaged, PackMissing, is_pack_name, open_pack

SYSTEM_PACKS: Final = Path("/etc/facelatch/packs")


def search_path(option: Path | None = None) -> list[Path]:
    """Return the folders that may hold packs, first come first: option, `FACELATCH_PACKS`, the system's, the tree's."""
    named = [Path(part) for part in os.environ.get("FACELATCH_PACKS", "").split(os.pathsep) if part]
    fixed = [SYSTEM_PACKS, Path("/usr/share/facelatch/packs"), tree_packs()]
    return ([option] if option else []) + named + fixed


def tree_packs() -> Path:
    """Return `models/packs` of the source tree (which is not there in an installed copy)."""
    return Path(__file__).resolve().parents[1] / "packs"


def find_packs(folders: list[Path]) -> Iterator[Path]:
    """Yield every pack's folder on a search path, each name once, the first found.

    Raises `PackDamaged` for a folder of the search path that may not be looked into: what it holds would otherwise be
    passed over for a later one's.
    """
    seen: set[str] = set()
    for folder in folders:
        for path in _entries(folder):
            if path.name not in seen and is_pack_name(path.name) and _is_there(path / MANIFEST):
                seen.add(path.name)
                yield path


def choose(name: str = "", option: Path | None = None) -> Pack:
    """Return the pack to use: the one named (an id or a folder), else the one in `current`, else the first found.

    Raises `PackMissing` with the command that mends it, `PackDamaged` where the chosen one is not valid: a damaged
    pack is never passed over for another, nor is a `current` that points nowhere.
    """
    return open_pack(chosen_folder(name, option))


def chosen_folder(name: str = "", option: Path | None = None) -> Path:
    """Return the folder of the pack that `choose` would open, whether it is valid or not; raises as `choose` does."""
    if "/" in name:
        return Path(name)
    folders = search_path(option)
    if name and not is_pack_name(name):
        raise PackMissing(f"no pack can be named {name!r}: expected a letter, then letters, digits and underscores")
    chosen = next((folder / (name or CURRENT) for folder in folders if _is_there(folder / (name or CURRENT))), None)
    if chosen is None and not name:
        chosen = next(find_packs(folders), None)
    if chosen is None:
        wanted = f"no pack named {name!r}" if name else "no pack"
        raise PackMissing(f"{wanted} in {', '.join(map(str, folders))}; mend it with: {MEND}")
    return chosen


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PackDamaged(f"{folder}: cannot be looked into ({error.strerror})") from error


def _is_there(path: Path) -> bool:
    """Return whether something, be it a link to nowhere, has this name; `PackDamaged` where that cannot be told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise PackDamaged(f"{path}: cannot be looked at ({error.strerror})") from error
    return True
