"""`facelatch pack`: which packs there are, whether they are whole, which is used; building, fetching, taking away."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from facelatch_models import build as building
from facelatch_models import install as installing
from facelatch_models import shelf
from facelatch_models.cli.console import Code, answer, fail, note, reported, say, show_pairs
from facelatch_models.download import Progress
from facelatch_models.pack import MEND, Pack, PackDamaged, PackError, PackMissing, is_pack_name, open_pack
from facelatch_models.scale import supported
from facelatch_models.search import SYSTEM_PACKS, chosen_folder, find_packs, search_path

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Packs of networks: list, verify, build, install, choose, remove.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object.")]
Packs = Annotated[Path | None, typer.Option("--packs", metavar="DIR", help="Look for packs here first.")]
Target = Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of packs to put it in.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The pack's name.")]
RECIPES = f"The recipe's name: {', '.join(building.recipe_names())}."

RESTART = "the daemon takes it at its next start: systemctl restart facelatch-eye facelatchd"


@app.command("list")
def list_packs(packs: Packs = None, as_json: AsJson = False) -> None:
    """List the packs that there are.

    Files are looked at for their size only. Exits 3 where the chosen pack cannot be used.
    """
    with reported(as_json):
        used = _in_use(packs)
        folders = list(find_packs(search_path(packs)))
        if used is not None and used not in map(_real, folders):
            folders.append(used)
        rows = [_described(folder, used) for folder in folders]
    fault = next((row["fault"] for row in rows if row["used"]), None)
    if as_json:
        answer({"packs": rows})
    else:
        _show_packs(rows)
        if not rows:
            note(f"facelatch: no pack in {', '.join(map(str, search_path(packs)))}; mend it with: {MEND}")
        if fault:
            note("facelatch: the chosen pack cannot be used; install it again, or: facelatch pack use NAME")
    if fault:
        raise typer.Exit(Code.UNABLE)


@app.command()
def verify(
    name: Annotated[
        str, typer.Argument(metavar="NAME", show_default=False, help="The pack's name; none: every pack.")
    ] = "",
    packs: Packs = None,
    as_json: AsJson = False,
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
    name: Annotated[str, typer.Argument(metavar="NAME", help=RECIPES)],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Folder that holds the networks, unless they are installed."),
    ] = None,
    target: Target = SYSTEM_PACKS,
    as_json: AsJson = False,
) -> None:
    """Build a pack out of networks that you have."""
    folder = None if source is None else _folder(source)
    with reported(as_json):
        if folder is None and building.read_recipe(name).needs_folder:
            raise typer.BadParameter(f"{name} is made of files that you have; name their folder", param_hint="--from")
        built = building.build(name, folder, target)
    _tell_built(built, target, as_json)


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
    seen = _real(link.parent) in _places(None)
    say(
        f"{link} points at {folder}; {RESTART if seen else f'the daemon needs FACELATCH_PACKS={link.parent} to see it'}"
    )


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
    recipe = is_pack_name(what) and (what in building.recipe_names() or not os.path.exists(what))
    if recipe and sha256:
        raise typer.BadParameter("--sha256: a recipe's downloads have their own checksums")
    with reported(as_json), _progress(as_json) as progress:
        if recipe:
            built = installing.install_recipe(what, installing.default_cache(), target, progress)
            pack = built.pack
        elif address:
            pack = installing.install_url(what, sha256, installing.default_cache(), target, progress)
        else:
            pack = installing.install_pack(Path(os.path.expanduser(what)), target, sha256)
    if recipe:
        _tell_built(built, target, as_json)
    elif as_json:
        answer(_summary(pack))
    else:
        _tell_pack(pack, target)


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
        links = [link for place in _places(packs) if (link := shelf.chosen_by(folder, place))]
        if not force and (links or _real(folder) == _in_use(packs)):
            text = f"{name} is in use; choose another with facelatch pack use, or --force"
            fail(as_json, Code.NOTHING, "in-use", text)
        for link in links:
            shelf.forget(link)
        shelf.remove(folder)
        used = _in_use(packs) if links else None
    if as_json:
        answer({"name": name, "folder": str(folder), "links": list(map(str, links))})
        return
    say(f"removed {folder}")
    for link in links:
        say(f"removed {link}, which pointed at it; in use now: {used or 'no pack'}")


def _folder(path: Path) -> Path:
    """Return a folder with its `~` expanded; wrong use where it is none, or may not be looked at."""
    path = Path(os.path.expanduser(path))
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--from") from error
    if not stat.S_ISDIR(mode):
        raise typer.BadParameter(f"{path}: is not a folder", param_hint="--from")
    return path


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))  # Path.resolve raises RuntimeError for a link to itself


def _places(packs: Path | None) -> list[Path]:
    """Return the real folders of the search path, each once: an option may name one of the others."""
    return list(dict.fromkeys(map(_real, search_path(packs))))


def _named(name: str, packs: Path | None, only_there: bool = False) -> Path:
    """Return a pack's folder; a name only, because a folder of somebody's own is to be installed before it is used."""
    if not is_pack_name(name):
        raise PackMissing(f"{name!r} is no pack's name; a folder or a file is to be installed first")
    folders = [packs] if packs is not None and only_there else search_path(packs)
    found = _found(name, folders)
    if found is None:
        places = ", ".join(map(str, folders))
        raise PackMissing(f"no pack named {name!r} in {places}; facelatch pack list shows those there are")
    return found


def _found(name: str, folders: list[Path]) -> Path | None:
    return next((folder for folder in find_packs(folders) if folder.name == name), None)


def _in_use(packs: Path | None) -> Path | None:
    """Return the real folder of the pack in use, None where there is none; it may be damaged."""
    try:
        return _real(chosen_folder("", packs))
    except PackMissing:
        return None


def _described(folder: Path, used: Path | None) -> dict[str, Any]:
    row: dict[str, Any] = {"name": folder.name, "folder": str(folder), "used": _real(folder) == used, "fault": None}
    try:
        pack = open_pack(folder)
        manifest = pack.manifest
        row |= {
            "id": manifest.id,
            "version": manifest.version,
            "title": manifest.title,
            "licence": manifest.licence,
            "terms": manifest.terms,
            "files": len(manifest.file),
            "figures": len(manifest.figure),
            "levels": supported(manifest.figure),
        }
        pack.measure()
    except PackError as error:
        row["fault"] = str(error)
    return row


def _show_packs(rows: list[dict[str, Any]]) -> None:
    for position, row in enumerate(rows):
        if position:
            say("")
        show_pairs(list(_pairs(row)))


def _pairs(row: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what is told of a pack, as names, values and styles; of one without a valid manifest it is not much."""
    title = f"{row['name']}, version {row['version']}" if "version" in row else row["name"]
    yield "Pack", f"{title} (chosen)" if row["used"] else title, "bold"
    for name in ("title", "licence", "terms"):
        if row.get(name):
            yield name.capitalize(), row[name], ""
    yield "Folder", row["folder"], ""
    if row["fault"]:
        yield "State", f"damaged: {row['fault']}", "red"
    else:
        figures = "1 measured figure" if row["figures"] == 1 else f"{row['figures'] or 'no'} measured figures"
        yield "State", f"{row['files']} files, size checked; {figures}", ""
        yield "Levels", ", ".join(row["levels"]) or "none was shown to hold", ""


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


def _tell_built(built: building.Built, target: Path, as_json: bool) -> None:
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
    _tell_pack(built.pack, target)


def _tell_pack(pack: Pack, target: Path) -> None:
    manifest = pack.manifest
    say(f"{manifest.id} {manifest.version} is in {pack.folder}; licence: {manifest.licence}")
    if manifest.terms:
        say(f"TERMS: {manifest.terms}")
    try:
        used, found = _in_use(None), _found(manifest.id, search_path())
    except PackError as error:
        note(f"facelatch: {error}")
        return
    if used == pack.folder:
        say(f"it is the one in use; {RESTART}")
    elif found is not None and _real(found) == pack.folder:
        say(f"choose it with: facelatch pack use {manifest.id}")
    else:
        say(f"choose it with: facelatch pack use {manifest.id} --packs {shlex.quote(str(target))}")


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """Yield what downloads report to: JSON lines, or bars on standard error, where that is a terminal."""
    if as_json:
        yield _each_percent()
        return
    from rich import progress as bars
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.DownloadColumn(),
        bars.TransferSpeedColumn(),
    )
    with bars.Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        tasks: dict[str, bars.TaskID] = {}

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = shown.add_task(name, total=total)
            shown.update(tasks[name], completed=done, total=total)

        yield report


def _each_percent() -> Progress:
    """Return what writes a line for each percent of a download, or each mebibyte where its length is not known."""
    last: tuple[str, int] | None = None

    def report(name: str, done: int, total: int | None) -> None:
        nonlocal last
        step = (name, done * 100 // total if total else done >> 20)
        if step != last:
            last = step
            answer({"download": name, "done": done, "total": total})

    return report
