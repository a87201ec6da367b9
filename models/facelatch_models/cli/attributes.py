"""`facelatch-models attributes`: how often what a pack tells of faces is what people said of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from facelatch_models.attributes import AttributeNetwork
from facelatch_models.cli.measurement import measuring, progressing
from facelatch_models.evaluation.attributes import finding_lines, measure
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.labelled import Labelled, held_out, joined, nothings, read_labelled
from facelatch_models.evaluation.likeness import ALIKE, nearest, vectors_of
from facelatch_models.evaluation.report import circumstances, circumstances_lines
from facelatch_models.face import Embedder
from facelatch_models.networks import load_networks
from facelatch_models.pack import Role
from facelatch_models.search import choose


def attributes(
    data: Annotated[
        list[Path],
        typer.Option("--data", exists=True, dir_okay=False, help="Zip of labelled, aligned faces; may be repeated."),
    ],
    pack: Annotated[str, typer.Option("--pack", help="Name of a pack, or its folder (with a slash in it).")] = "",
    alike: Annotated[
        float,
        typer.Option("--alike", min=0.0, max=1.0, help="Cosine above which two faces are one person's; 0: don't ask."),
    ] = ALIKE,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of one network.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Measure what a pack tells of faces (perceived gender, age band, mask) on the fifth of pictures held out."""
    with measuring(as_json):
        chosen = choose(pack)
        networks = load_networks(chosen, threads)
        part = chosen.manifest.part(Role.ATTRIBUTES)
        if part is None or not isinstance(networks.attributes, AttributeNetwork):
            raise GalleryError(f"{chosen.folder}: has no attributes network that could be measured")
        how = dataclasses.replace(circumstances(chosen, data[0], "own", threads), data=" ".join(map(str, data)))
        archives = [read_labelled(path) for path in data]
        held = joined([known.only(held_out(len(known.ages))) for known in archives])
        strangers = _strangers(archives, networks.embedder, alike) if alike else None
        with progressing("telling what is held out") as progress:
            found = measure(held, strangers, networks.attributes, nothings(held.faces), progress)
    if as_json:
        where = {"circumstances": dataclasses.asdict(how), "network": {"name": part.name, "sha256": part.sha256}}
        print(json.dumps({**where, **dataclasses.asdict(found)}, indent=2))
    else:
        network = f"network   {part.name}, SHA-256 {part.sha256}"
        print("\n".join([*circumstances_lines(how), network, "", *finding_lines(found)]))


def _strangers(archives: Sequence[Labelled], embedder: Embedder, alike: float) -> NDArray[np.bool_]:
    """Return which of the pictures held out are like none of those that may have been learnt from."""
    out = np.concatenate([held_out(len(known.ages)) for known in archives])
    with progressing("looking for people who were learnt from") as progress:
        vectors = vectors_of(joined(archives).faces, embedder, progress)
    return np.asarray(nearest(vectors[out], vectors[~out]) <= alike, np.bool_)
