"""`facelatch-models train attributes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facelatch_models.cli.console import Code, fail, reported, say
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.report import called
from facelatch_models.runtime import NetworkFailed
from facelatch_models.search import choose
from facelatch_models.train.data import DataError
from facelatch_models.train.recipe import RECIPES, RecipeError, read_recipe


def attributes(
    data: Annotated[
        Path, typer.Option("--data", exists=True, file_okay=False, help="Folder that the recipe's paths are below.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of this run; what is begun there goes on.")],
    recipe: Annotated[
        Path, typer.Option("--recipe", exists=True, dir_okay=False, help="What to do, as TOML.")
    ] = RECIPES / "attributes.toml",
    pack: Annotated[str, typer.Option("--pack", help="Whose embedder teaches, and says who is like whom.")] = "",
    samples: Annotated[int, typer.Option("--samples", min=0, help="Length of the run in pictures.")] = 0,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.0, help="Length of what is left of it in minutes.")
    ] = 0.0,
) -> None:
    """Train the network that tells perceived gender, age band and mask; calibrate, export and measure it.

    A run that was cut off goes on from its last checkpoint (every two minutes) with the same command.
    """
    from facelatch_models.assembly import CARD
    from facelatch_models.train.attributes.card import NETWORK, PART
    from facelatch_models.train.attributes.run import run
    from facelatch_models.train.export import ExportError
    from facelatch_models.train.loop import TrainingFailed
    from facelatch_models.train.order import Order

    if (samples > 0) == (minutes > 0):
        raise typer.BadParameter("expected either --samples or --minutes", param_hint="--samples")
    with reported(as_json=False):
        try:
            chosen = choose(pack).folder
            run(Order(read_recipe(recipe), chosen, to, samples, minutes * 60, called()), data)
        except (DataError, RecipeError, TrainingFailed, ExportError, GalleryError, NetworkFailed, OSError) as error:
            fail(False, Code.NOTHING, "failed", error)
    say(f"{to / NETWORK}; its entry for pack.toml is {to / PART}, what to know of it {to / CARD}")
