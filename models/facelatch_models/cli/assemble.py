"""`facelatch-models assemble`: a pack out of training runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facelatch_models.assembly import Label, assemble
from facelatch_models.cli.console import reported, say
from facelatch_models.pack import is_pack_name


def assemble_pack(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the pack is called.")],
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", exists=True, file_okay=False, help="Folders of training runs.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of packs to put it in.")],
    title: Annotated[str, typer.Option("--title", help="One line about it.")],
    licence: Annotated[str, typer.Option("--licence", help="Under which its networks may be used.")],
    terms: Annotated[str, typer.Option("--terms", help="What else its users must know.")] = "",
    version: Annotated[str, typer.Option("--version", help="The pack's version.")] = "1",
) -> None:
    """Put the networks of training runs together to a pack. Until it is calibrated, nothing matches."""
    if not is_pack_name(name):
        raise typer.BadParameter("expected a letter, then letters, digits and underscores", param_hint="NAME")
    with reported(as_json=False):
        pack = assemble(Label(name, version, title, licence, terms), runs, to)
    say(f"{pack.folder}: {len(pack.manifest.file)} networks; next: facelatch-models calibrate --pack {to}/{name}")
