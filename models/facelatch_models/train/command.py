"""`facelatch-models train`: from pictures to a network that a pack can hold.

PyTorch is imported when a command runs, so that the other commands need none.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from facelatch_models.cli.console import Code, fail, reported, say
from facelatch_models.evaluation.report import called
from facelatch_models.runtime import NetworkFailed
from facelatch_models.search import choose
from facelatch_models.train.attributes import command as attributes
from facelatch_models.train.data import DataError
from facelatch_models.train.detector import command as detector
from facelatch_models.train.recipe import RECIPES, RecipeError, read_recipe

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train networks of our own (needs PyTorch).")


@app.callback()
def train() -> None:
    """Train networks of our own (needs PyTorch)."""
    if importlib.util.find_spec("torch") is None:
        fail(False, Code.UNABLE, "no-torch", "training needs PyTorch: pip install 'facelatch[train]'")


@app.command("embedder")
def embedder(
    data: Annotated[
        Path, typer.Option("--data", exists=True, file_okay=False, help="Folder that the recipe's paths are below.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of this run; what is begun there goes on.")],
    recipe: Annotated[
        Path, typer.Option("--recipe", exists=True, dir_okay=False, help="What to do, as TOML.")
    ] = RECIPES / "starter.toml",
    pack: Annotated[str, typer.Option("--pack", help="Whose detector finds faces and whose embedder teaches.")] = "",
    samples: Annotated[int, typer.Option("--samples", min=0, help="Length of the run in pictures.")] = 0,
    hours: Annotated[float, typer.Option("--hours", min=0.0, help="Length of what is left of it in hours.")] = 0.0,
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes; 0: one for each core.")] = 0,
) -> None:
    """Train an embedder, export it, prove that the file is the network, and write its card.

    A run that was cut off goes on from its last checkpoint (every two minutes) with the same command.
    """
    from facelatch_models.assembly import CARD
    from facelatch_models.train.card import NETWORK, PART
    from facelatch_models.train.export import ExportError
    from facelatch_models.train.loop import TrainingFailed
    from facelatch_models.train.order import Order
    from facelatch_models.train.run import run
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


app.command("detector")(detector.detector)
app.command("attributes")(attributes.attributes)
