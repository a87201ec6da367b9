"""`facelatch pack`: which packs there are, whether they are whole, which is used; building, fetching, taking away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from facelatch_models import build as building
from facelatch_models import install as installing
from facelatch_models import shelf
from facelatch_models.cli.console import Code, answer, fail, note, reported, say
from facelatch_models.download import Progress
from facelatch_models.pack import (
    MEND,
    SYSTEM_PACKS,
    Pack,
    PackDamaged,
    PackError,
    PackMissing,
    chosen_folder,
    find_packs,
    is_pack_name,
    open_pack,
    search_path,
)

app = typer.Typer(no_args_is_help=True, help="Packs of networks: list, verify, build, install, choose, remove.")

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]
Packs = Annotated[Path | None, typer.Option("--packs", metavar="DIR", help="Look for packs here first.")]
Target = Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of packs to put it in.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The pack's name.")]

RESTART = "the daemon takes it at its next start: systemctl restart facelatch-eye facelatchd"


@app.command("list")
def list_packs(packs: Packs = None, as_json: AsJson = False) -> None:
    """List the packs that there are."""
    with reported(as_json):
        used = _in_use(packs)
        rows = [_described(folder, used) for folder in find_packs(search_path(packs))]
    if as_json:
        answer({"packs": rows})
        return
    if used is not None and not any(row["used"] for row in rows):
        note(f"facelatch: {used} is chosen, and there is no pack; choose another with: facelatch pack use NAME")
    for row in rows:
        mark = "*" if row["used"] else " "
        text = row["fault"] or f"{row['version']}  {row['title']}  [{row['licence']}]"
        say(f"{mark} {row['name']:<16} {text}  ({row['folder']})")
    if not rows:
        note(f"facelatch: no pack in {', '.join(map(str, search_path(packs)))}; mend it with: {MEND}")


@app.command()
def verify(
    name: Annotated[str, typer.Argument(metavar="[NAME]")] = "", packs: Packs = None, as_json: AsJson = False
) -> None:
    """Check every file of a pack, or of all packs, against its checksum."""
    with reported(as_json):
        folders = [chosen_folder(name, packs)] if name else list(find_packs(search_path(packs)))
        if not folders:
            chosen_folder("", packs)
        rows = [_verified(folder) for folder in folders]
    damaged = [row for row in rows if row["fault"]]
    if as_json:
        answer({"packs": rows})
    for row in rows if not as_json else ():
        if row["fault"]:
            note(f"facelatch: {row['fault']}")
        else:
            say(f"{row['name']}: {row['files']} files as the manifest says ({row['folder']})")
    if damaged:
        raise typer.Exit(Code.NOTHING)


@app.command()
def build(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The recipe's name.")],
    source: Annotated[Path, typer.Option("--from", metavar="DIR", help="Folder that holds the networks.")],
    target: Target = SYSTEM_PACKS,
    as_json: AsJson = False,
) -> None:
    """Build a pack out of networks that you have."""
    with reported(as_json):
        built = building.build(name, source.expanduser(), target)
    _tell_built(built, as_json)


@app.command()
def use(name: Name, packs: Packs = None, as_json: AsJson = False) -> None:
    """Choose the pack that the daemon uses; it is verified first."""
    with reported(as_json):
        folder = _named(name, packs)
        open_pack(folder).verify()
        link = shelf.use(folder, search_path(packs)[0])
    if as_json:
        answer({"name": name, "link": str(link), "folder": str(folder)})
        return
    say(f"{link} points at {folder}; {RESTART}")


@app.command()
def install(
    what: Annotated[str, typer.Argument(metavar="NAME|FILE|URL", help="A recipe, a folder or archive, an address.")],
    sha256: Annotated[str, typer.Option("--sha256", metavar="H", help="What the archive must have.")] = "",
    target: Target = SYSTEM_PACKS,
    as_json: AsJson = False,
) -> None:
    """Install a pack from a recipe's downloads, from a folder or archive, or from an address."""
    address = "://" in what
    if address and not sha256:
        raise typer.BadParameter("an address needs --sha256: what comes from it is used only if it is that")
    if sha256 and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise typer.BadParameter("--sha256: expected 64 lower-case hexadecimal digits")
    recipe = is_pack_name(what) and (what in building.recipe_names() or not Path(what).exists())
    if recipe and sha256:
        raise typer.BadParameter("--sha256: a recipe's downloads have their own checksums")
    with reported(as_json), _progress(as_json) as progress:
        if recipe:
            built = installing.install_recipe(what, installing.default_cache(), target, progress)
            pack = built.pack
        elif address:
            pack = installing.install_url(what, sha256, installing.default_cache(), target, progress)
        else:
            pack = installing.install_pack(Path(what).expanduser(), target, sha256)
    if recipe:
        _tell_built(built, as_json)
    elif as_json:
        answer(_summary(pack))
    else:
        _tell_pack(pack)


@app.command()
def remove(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Even the pack in use.")] = False,
    packs: Packs = None,
    as_json: AsJson = False,
) -> None:
    """Take a pack away."""
    with reported(as_json):
        folder = _named(name, packs, only_there=True)
        if not force and folder.resolve() == _in_use(packs):
            fail(
                as_json, Code.NOTHING, "in-use", f"{name} is in use; choose another with facelatch pack use, or --force"
            )
        shelf.remove(folder)
    if as_json:
        answer({"name": name, "folder": str(folder)})
        return
    say(f"removed {folder}")


def _named(name: str, packs: Path | None, only_there: bool = False) -> Path:
    """Return a pack's folder; a name only, because a folder of somebody's own is to be installed before it is used."""
    if not is_pack_name(name):
        raise PackMissing(f"{name!r} is no pack's name; a folder or a file is to be installed first")
    folders = [packs] if packs is not None and only_there else search_path(packs)
    found = next((folder for folder in find_packs(folders) if folder.name == name), None)
    if found is None:
        places = ", ".join(map(str, folders))
        raise PackMissing(f"no pack named {name!r} in {places}; facelatch pack list shows those there are")
    return found


def _in_use(packs: Path | None) -> Path | None:
    """Return the real folder of the pack in use, None where there is none; it may be damaged."""
    try:
        return chosen_folder("", packs).resolve()
    except PackMissing:
        return None


def _described(folder: Path, used: Path | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": folder.name, "folder": str(folder), "used": folder.resolve() == used, "fault": None}
    try:
        manifest = open_pack(folder).manifest
    except PackError as error:
        return row | {"fault": f"damaged: {error}"}
    return row | {
        "id": manifest.id,
        "version": manifest.version,
        "title": manifest.title,
        "licence": manifest.licence,
        "terms": manifest.terms,
    }


def _verified(folder: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"name": folder.name, "folder": str(folder), "files": 0, "fault": None}
    try:
        pack = open_pack(folder)
        pack.verify()
    except PackDamaged as error:
        return row | {"fault": str(error)}
    return row | {"files": len(pack.manifest.file)}


def _summary(pack: Pack) -> dict[str, Any]:
    manifest = pack.manifest
    files = [{"role": part.role.value, "name": part.name, "sha256": part.sha256} for part in manifest.file]
    return {
        "name": manifest.id,
        "version": manifest.version,
        "folder": str(pack.folder),
        "licence": manifest.licence,
        "terms": manifest.terms,
        "files": files,
    }


def _tell_built(built: building.Built, as_json: bool) -> None:
    if as_json:
        answer(
            _summary(built.pack)
            | {
                "used": msgspec.to_builtins(built.used, enc_hook=str),
                "left_out": [role.value for role in built.left_out],
            }
        )
        return
    for used in built.used:
        for path, sum_ in zip(used.files, used.sha256, strict=True):
            say(f"{used.role.value:<9} {used.name}  from {path}  {used.provenance.value}, SHA-256 {sum_}")
        if used.provenance is building.Provenance.UNKNOWN:
            note(f"{used.role.value}: not a known file; that the pack's calibration fits it is not certain")
    for role in built.left_out:
        note(f"{role.value}: no network for it; the pack goes without")
    _tell_pack(built.pack)


def _tell_pack(pack: Pack) -> None:
    manifest = pack.manifest
    say(f"{manifest.id} {manifest.version} is in {pack.folder}; licence: {manifest.licence}")
    if manifest.terms:
        say(f"TERMS: {manifest.terms}")
    say(f"choose it with: facelatch pack use {manifest.id}")


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """Yield what downloads report to: bars on standard error, where that is a terminal."""
    from rich import progress as bars
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TransferSpeedColumn(),
    )
    with bars.Progress(*columns, console=console, disable=as_json or not console.is_terminal) as shown:
        tasks: dict[str, bars.TaskID] = {}

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=total)
            shown.update(tasks[name], completed=done, total=total)

        yield report
