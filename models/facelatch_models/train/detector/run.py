"""From a recipe and pictures to a detector in a file: what the command does."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
import tomlkit
import torch
from rich.console import Console
from rich.progress import Progress

from facelatch_models.cli.console import note
from facelatch_models.networks import load_networks
from facelatch_models.pack import open_pack
from facelatch_models.train.data import DataError
from facelatch_models.train.detector.card import PART, write_card
from facelatch_models.train.detector.export import exported, largest_difference
from facelatch_models.train.detector.labels import Labelled, labelled
from facelatch_models.train.detector.recipe import DetectorRecipe
from facelatch_models.train.detector.scenes import Painter
from facelatch_models.train.detector.search import NETWORK, Search, pack_part
from facelatch_models.train.loop import Loop
from facelatch_models.train.order import Order, shown, tell
from facelatch_models.train.recipe import write_recipe
from facelatch_models.train.team import Team, run_team

LABELLED: Final = "labelled"
PARITY_SCENES: Final = 16


def run(order: Order[DetectorRecipe], data: Path, workers: int) -> None:
    """Begin a run or go on with it, to its end, and export what came of it; `workers`: 0 for one a core.

    Raises `DataError`, `TrainingFailed`, `ExportError`, `PackError`, `NetworkFailed`; where several workers run,
    `WorkerFailed` with the text of what one of them raised.
    """
    _prepare(order, data)
    run_team(workers or len(os.sched_getaffinity(0)), functools.partial(_work, order))


def _prepare(order: Order[DetectorRecipe], data: Path) -> None:
    """Label the pictures, once for a run; raises `TrainingFailed` where the folder is another recipe's."""
    written = write_recipe(order.recipe)
    if order.begun(written):
        return
    detector = load_networks(open_pack(order.pack), threads=1).detector
    with Progress(console=Console(stderr=True), transient=True) as bar:
        progress = shown(bar, f"labelling {order.recipe.source}")
        found = labelled(data / order.recipe.source, detector, order.recipe.held, progress)
    found.save(order.folder / LABELLED)
    order.prepared(written)


def _work(order: Order[DetectorRecipe], team: Team) -> None:
    """Do one worker's part; the leader exports what came of it."""
    cv2.setNumThreads(1)
    torch.manual_seed(order.recipe.seed)
    found = Labelled.load(order.folder / LABELLED)
    try:
        search = Search(order.recipe, found, team)
    except ValueError as error:
        raise DataError(f"{order.recipe.source}: {error}; more pictures are needed") from error
    loop = Loop(search, order.recipe, order.folder, team, tell)
    loop.run(order.horizon(loop.progress))
    if team.leads:
        _export(order, search, found)


def _export(order: Order[DetectorRecipe], search: Search, found: Labelled) -> None:
    finder = search.student.cpu()
    content = exported(finder)
    painter = Painter(found, held=True)
    scenes = [painter.scene(np.random.default_rng((order.recipe.seed, index, 3))) for index in range(PARITY_SCENES)]
    difference = largest_difference(finder, content, [scene.picture for scene in scenes])
    note(f"largest difference between PyTorch's answers and ONNX Runtime's: {difference:.5f}")
    (order.folder / NETWORK).write_bytes(content)
    (order.folder / PART).write_text(tomlkit.dumps({"file": [msgspec.to_builtins(pack_part(content))]}))
    write_card(order.folder, order.recipe, finder, found, order.command)
