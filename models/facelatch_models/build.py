"""Builds a pack out of networks that somebody has on disk, as a recipe says.

Networks are copied or converted, never run: building is done as root, and whether a network works is for the eye to
find out in its sandbox.
"""

from __future__ import annotations

import enum
import hashlib
import importlib.util
import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models import shelf
from facelatch_models.convert import Conversion, ConvertError, convert
from facelatch_models.pack import (
    LARGEST_FILE,
    MANIFEST,
    InputSpec,
    Kind,
    Manifest,
    Pack,
    PackFile,
    Role,
    is_pack_name,
    read_regular,
    write_manifest,
)
from facelatch_models.scale import Calibration, Figure
from facelatch_models.search import search_path

MOST_ENTRIES: Final = 20_000
"""Files and folders that are looked at below a source: enough for any collection of networks, not for a home folder."""


class BuildError(Exception):
    """A pack that cannot be built; the text names what is missing or wrong and what would do."""


class UnknownRecipeError(BuildError):
    """No recipe of that name."""


class Unlisted(enum.Enum):
    """What becomes of a file that has an accepted name and none of the checksums known for it."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class Provenance(enum.Enum):
    """Whether a file is, byte for byte, one that the recipe knows."""

    KNOWN = "known"
    UNKNOWN = "not a known file"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a recipe's tables: unknown keys are refused."""


class Source(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file to be found: the names it may have, and the SHA-256 sums known for it.

    Where it is not in the folder that the user names, it is looked for in the installed Python package `package`, or in
    the packs called `pack` of the search path, whichever the recipe says.
    """

    names: tuple[str, ...]
    sha256: tuple[str, ...]
    package: str = ""
    pack: str = ""

    @property
    def has_place(self) -> bool:
        """Whether it may be found although the user names no folder."""
        return bool(self.package or self.pack)


class Artefact(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One way to fill a role: files, what is done to them, and whose they are. `name` is the network's in the pack."""

    files: tuple[Source, ...]
    name: str
    licence: str
    source: str
    convert: Conversion = Conversion.NONE
    unlisted: Unlisted = Unlisted.REFUSE
    threshold: float | None = None


class Part(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One role and the artefacts that may fill it, best first."""

    role: Role
    kind: Kind
    input: InputSpec
    threshold: float = 0.5
    dimension: int = 0
    optional: bool = False
    artefact: tuple[Artefact, ...]


class Recipe(_Table, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a pack is made of. Calibration and figures belong to the embedder and the detector named first."""

    id: str
    version: str
    title: str
    licence: str
    terms: str = ""
    part: tuple[Part, ...]
    calibration: Calibration
    figure: tuple[Figure, ...] = ()

    @property
    def needs_folder(self) -> bool:
        """Whether there is a role that only files of the user's can fill."""
        return not all(
            part.optional or any(all(file.has_place for file in way.files) for way in part.artefact)
            for part in self.part
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A source file as it was read; `content` is what was hashed."""

    path: Path
    content: bytes
    sha256: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Used:
    """Which files became the network of a role."""

    role: Role
    name: str
    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Built:
    """A pack that was built and verified; `left_out` are the optional roles for which there was no file."""

    pack: Pack
    used: tuple[Used, ...]
    left_out: tuple[Role, ...]


def recipe_folder() -> Traversable:
    """Return where the recipes lie, and their cohorts."""
    return resources.files(__package__).joinpath("recipes")


def recipe_names() -> list[str]:
    """Return the names of the recipes that come with the program."""
    files = (entry.name for entry in recipe_folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml") and name != "sources.toml")


def read_recipe(name: str) -> Recipe:
    """Return a recipe; raises `UnknownRecipeError`, which names those that there are."""
    if name not in recipe_names():
        raise UnknownRecipeError(f"no recipe is named {name!r}; there are {', '.join(recipe_names())}")
    return parsed_recipe(recipe_folder().joinpath(f"{name}.toml").read_bytes())


def parsed_recipe(text: bytes) -> Recipe:
    """Return a recipe from its text; raises as `tomllib` and `msgspec` do."""
    recipe = msgspec.convert(tomllib.loads(text.decode()), Recipe)
    for source in (file for part in recipe.part for way in part.artefact for file in way.files):
        if source.package and not source.package.isidentifier():  # of `a.b`, to find `b`, Python would run `a`
            raise msgspec.ValidationError(f"package = {source.package!r}: expected a package's own name, without dots")
        if source.pack and not is_pack_name(source.pack):
            raise msgspec.ValidationError(f"pack = {source.pack!r}: expected a pack's name")
    return recipe


def build(recipe_name: str, source: Path | None, target: Path) -> Built:
    """Build the recipe's pack from the files below `source` and put it on the shelf `target`.

    Without `source`, from what is installed already, as far as the recipe says where (`Recipe.needs_folder`).
    Nothing is written before every part has been found and converted; a pack of that name is replaced only when the new
    one has been verified.
    Raises `BuildError`, which names every missing file, `convert.ConvertError`, `shelf.ShelfError`.
    """
    recipe = read_recipe(recipe_name)
    chosen = _gather(recipe, source)
    networks = {part.role: _converted(artefact, files) for part, artefact, files in chosen}
    manifest = _manifest(recipe, chosen, networks)
    text = write_manifest(manifest)
    with shelf.staged(target, recipe.id) as folder:
        for part in manifest.file:
            shelf.put(folder, part.name, networks[part.role])
        if (cohort := recipe.calibration.cohort) is not None:
            shelf.put(folder, cohort.name, recipe_folder().joinpath(cohort.name).read_bytes())
        shelf.put(folder, MANIFEST, text.encode())
        pack = shelf.publish(folder, target / recipe.id)
    used = tuple(_used(part.role, artefact, files) for part, artefact, files in chosen)
    found = {one.role for one in used}
    return Built(pack, used, tuple(part.role for part in recipe.part if part.role not in found))


_Chosen = tuple[Part, Artefact, tuple[Found, ...]]


def _gather(recipe: Recipe, source: Path | None) -> list[_Chosen]:
    """Return, for each part, its first artefact that is there; raises `BuildError` for all that are not."""
    search = _Search(source)
    chosen: list[_Chosen] = []
    missing: list[str] = []
    for part in recipe.part:
        for artefact in part.artefact:
            files = [_found(wanted, search.files(wanted), artefact.unlisted) for wanted in artefact.files]
            there = tuple(file for file in files if file is not None)
            if len(there) == len(files):
                chosen.append((part, artefact, there))
                break
        else:
            if not part.optional:
                missing.append(f"{part.role.value}: {', or '.join(map(_names, part.artefact))}")
    if missing:
        where = "" if source is None else f"{source}: "
        raise BuildError(f"{where}there is nothing for {'; '.join(missing)}")
    return chosen


def _names(artefact: Artefact) -> str:
    return " with ".join(map(_described, artefact.files))


def _described(wanted: Source) -> str:
    names = "/".join(wanted.names)
    if wanted.package:
        return f"{names} (comes with: pip install {wanted.package})"
    return f"{names} (of the pack {wanted.pack})" if wanted.pack else names


class _Search:
    """The folders that files are looked for in; each is looked through once."""

    def __init__(self, source: Path | None) -> None:
        self._given = [] if source is None else [source]
        self._known = {folder: _index(folder) for folder in self._given}

    def files(self, wanted: Source) -> list[Path]:
        """Return what has one of the accepted names: the user's own first, then by the order of the names."""
        found: list[Path] = []
        for folder in (*self._given, *_installed(wanted)):
            if folder not in self._known:
                self._known[folder] = _index(folder)
            found += [path for name in wanted.names for path in self._known[folder].get(name, ())]
        return found


def _installed(wanted: Source) -> Iterator[Path]:
    """Yield the folders, if any, where a file lies that nobody named a folder for.

    A package is found without being imported: what it would do then is not for root to find out.
    """
    if wanted.package and (spec := importlib.util.find_spec(wanted.package)):
        yield from map(Path, spec.submodule_search_locations or ())
    if wanted.pack:
        yield from (folder / wanted.pack for folder in search_path() if os.path.isdir(folder / wanted.pack))


def _index(source: Path) -> dict[str, list[Path]]:
    """Return the files below a folder by name, nearest first; links are not followed into folders."""
    if not source.is_dir():
        raise BuildError(f"{source}: is not a folder")
    found: dict[str, list[Path]] = {}
    seen = 0
    for folder, inner, files in os.walk(source, onerror=_refuse):
        seen += len(inner) + len(files)
        if seen > MOST_ENTRIES:
            raise BuildError(f"{source}: holds more than {MOST_ENTRIES} entries; name the folder that has the networks")
        for name in files:
            found.setdefault(name, []).append(Path(folder, name))
    return {name: sorted(paths, key=lambda path: (len(path.parts), path)) for name, paths in found.items()}


def _refuse(error: OSError) -> None:
    raise BuildError(f"{error.filename}: cannot be looked into ({error.strerror})") from error


def _found(wanted: Source, paths: Sequence[Path], unlisted: Unlisted) -> Found | None:
    """Return the file that a source means out of those of its name, None where there are none.

    A file of known checksum goes first. Raises `BuildError` where there are only others and these are refused, or
    differ among each other, so that it is chance which one would be taken.
    """
    candidates = [_read(path, wanted) for path in paths]
    known = [candidate for candidate in candidates if candidate.provenance is Provenance.KNOWN]
    if known or not candidates:
        return known[0] if known else None
    if unlisted is Unlisted.REFUSE:
        expected = " or ".join(wanted.sha256)
        raise BuildError(f"{candidates[0].path}: SHA-256 is {candidates[0].sha256}, expected {expected}")
    if len({candidate.sha256 for candidate in candidates}) > 1:
        named = ", ".join(str(candidate.path) for candidate in candidates)
        raise BuildError(f"{named}: are different files, none of them known; name a folder that has one of them only")
    return candidates[0]


def _read(path: Path, wanted: Source) -> Found:
    try:
        content = read_regular(path, LARGEST_FILE + 1)
    except OSError as error:
        raise BuildError(f"{path}: cannot be read ({error.strerror})") from error
    if not 0 < len(content) <= LARGEST_FILE:
        raise BuildError(f"{path}: is empty or has more than {LARGEST_FILE} bytes")
    found = hashlib.sha256(content).hexdigest()
    return Found(path, content, found, Provenance.KNOWN if found in wanted.sha256 else Provenance.UNKNOWN)


def _converted(artefact: Artefact, files: Sequence[Found]) -> bytes:
    try:
        return convert(artefact.convert, [file.content for file in files])
    except ConvertError as error:
        raise ConvertError(f"{files[0].path}: {error}") from error


def _manifest(recipe: Recipe, chosen: Sequence[_Chosen], networks: dict[Role, bytes]) -> Manifest:
    return Manifest(
        id=recipe.id,
        version=recipe.version,
        title=recipe.title,
        licence=recipe.licence,
        terms=recipe.terms,
        file=tuple(_pack_files(chosen, networks)),
        calibration=recipe.calibration,
        figure=recipe.figure,
    )


def _pack_files(chosen: Sequence[_Chosen], networks: dict[Role, bytes]) -> Iterator[PackFile]:
    for part, artefact, files in chosen:
        content = networks[part.role]
        origin = ", ".join(f"{file.path.name} {file.provenance.value} {file.sha256[:16]}" for file in files)
        yield PackFile(
            role=part.role,
            kind=part.kind,
            name=artefact.name,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            licence=artefact.licence,
            source=f"{artefact.source} ({origin})",
            input=part.input,
            dimension=part.dimension,
            threshold=part.threshold if artefact.threshold is None else artefact.threshold,
        )


def _used(role: Role, artefact: Artefact, files: Sequence[Found]) -> Used:
    known = all(file.provenance is Provenance.KNOWN for file in files)
    return Used(
        role,
        artefact.name,
        tuple(file.path for file in files),
        tuple(file.sha256 for file in files),
        Provenance.KNOWN if known else Provenance.UNKNOWN,
    )
