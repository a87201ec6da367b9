"""Puts the networks of training runs together to a pack, which then waits for its calibration."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models import shelf
from facelatch_models.build import BuildError
from facelatch_models.pack import (
    LARGEST_FILE,
    LARGEST_MANIFEST,
    MANIFEST,
    Manifest,
    Pack,
    PackFile,
    read_regular,
    verified,
    write_manifest,
)
from facelatch_models.scale import LEVELS, Calibration

CARD: Final = "card.md"
LOG: Final = "log.jsonl"
RECIPE: Final = "recipe.toml"
"""What a training run was told to do: it stays with the run."""

NOTHING_MATCHES: Final = Calibration(
    slope=1.0,
    intercept=-1000.0,
    correlation=1.0,
    bounds=dict.fromkeys(LEVELS, 100.0),
    measured="not calibrated yet: nothing matches",
)
"""What a pack says of its cosines before `facelatch-models calibrate --write` has found out."""


class Label(msgspec.Struct, frozen=True):
    """What an assembled pack is called, and under which terms it may be used."""

    id: str
    version: str
    title: str
    licence: str
    terms: str = ""


class _Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a training run writes beside its network."""

    file: tuple[PackFile, ...]


def assemble(label: Label, runs: Sequence[Path], shelf_folder: Path) -> Pack:
    """Put the networks of training runs on a shelf as one pack, with their cards and logs.

    Each run's folder holds one TOML file with the network's `[[file]]`, the network, `card.md` and `log.jsonl`. A pack
    of that name is replaced.
    Raises `BuildError`, which names the file, `PackDamaged`, `shelf.ShelfError`.
    """
    found = [(run, part) for run in runs for part in _parts(run)]
    manifest = Manifest(
        **msgspec.structs.asdict(label), file=tuple(part for _run, part in found), calibration=NOTHING_MATCHES
    )
    text = write_manifest(manifest)
    with shelf.staged(shelf_folder, label.id) as folder:
        for run, part in found:
            path = run / part.name
            shelf.put(folder, part.name, verified(_read(path, LARGEST_FILE), part, str(path)))
            for name in (CARD, LOG):
                shelf.put(folder, f"{part.role.value}-{name}", _read(run / name, LARGEST_FILE))
        shelf.put(folder, MANIFEST, text.encode())
        return shelf.publish(folder, shelf_folder / label.id)


def _parts(run: Path) -> tuple[PackFile, ...]:
    """Return what a run says of its network; raises `BuildError`."""
    written = sorted(path for path in run.glob("*.toml") if path.name != RECIPE)
    if len(written) != 1:
        names = ", ".join(path.name for path in written) or "none"
        raise BuildError(f"{run}: expected one TOML file that describes the run's network, found {names}")
    try:
        return msgspec.convert(tomllib.loads(_read(written[0], LARGEST_MANIFEST).decode()), _Parts).file
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BuildError(f"{written[0]}: {error}") from error


def _read(path: Path, limit: int) -> bytes:
    try:
        content = read_regular(path, limit + 1)
    except OSError as error:
        raise BuildError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > limit:
        raise BuildError(f"{path}: has more than {limit} bytes")
    return content
