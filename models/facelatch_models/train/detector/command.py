"""`facelatch-models train detector`: from pictures to a detector that a pack can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from facelatch_models.cli.console import Code, fail, reported, say
from facelatch_models.evaluation.report import called
from facelatch_models.runtime import NetworkFailed
from facelatch_models.search import choose
from facelatch_models.train.data import DataError
from facelatch_models.train.detector.recipe import RECIPE, read_recipe
from facelatch_models.train.recipe import RecipeError


def detector(
    data: Annotated[
        Path, typer.Option("--data", exists=True, file_okay=False, help="Folder that the recipe's path is below.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of this run; what is begun there goes on.")],
    recipe: Annotated[
        Path, typer.Option("--recipe", exists=True, dir_okay=False, help="What to do, as TOML.")
    ] = RECIPE,
    pack: Annotated[str, typer.Option("--pack", help="Whose detector teaches.")] = "",
    samples: Annotated[int, typer.Option("--samples", min=0, help="Length of the run in scenes.")] = 0,
    hours: Annotated[float, typer.Option("--hours", min=0.0, help="Length of what is left of it in hours.")] = 0.0,
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: one for each core.")] = 0,
) -> None:
    """Train a detector, export it, prove that the file is the network, and write its card.

    A run that was cut off goes on from its last checkpoint (every two minutes) with the same command.
    """
    from facelatch_models.assembly import CARD
    from facelatch_models.train.detector.card import PART
    from facelatch_models.train.detector.run import run
    from facelatch_models.train.detector.search import NETWORK
    from facelatch_models.train.export import ExportError
    from facelatch_models.train.loop import TrainingFailed
    from facelatch_models.train.order import Order
    from facelatch_models.train.team import WorkerFailed

    if (samples > 0) == (hours > 0):
        raise typer.BadParameter("expected either --samples or --hours", param_hint="--samples")
    with reported(as_json=False):
        try:
            chosen = choose(pack).folder
            run(Order(read_recipe(recipe), chosen, to, samples, hours * 3600, called()), data, workers)
        except (DataError, RecipeError, TrainingFailed, WorkerFailed, ExportError, NetworkFailed, OSError) as error:
            fail(False, Code.NOTHING, "failed", error)
    say(f"{to / NETWORK}; its entry for pack.toml is {to / PART}, what to know of it {to / CARD}")
