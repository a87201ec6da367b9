"""From a recipe and labelled pictures to a network in a file: what the command does."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
import tomlkit
import torch
from rich.console import Console
from rich.progress import Progress, TaskID

from facelatch_models.attributes import AttributeNetwork
from facelatch_models.cli.console import note
from facelatch_models.evaluation.attributes import measure
from facelatch_models.evaluation.labelled import nothings
from facelatch_models.evaluation.likeness import ALIKE, nearest
from facelatch_models.networks import load_networks
from facelatch_models.pack import Attribute, PackFile, open_pack
from facelatch_models.runtime import Network
from facelatch_models.train.attributes.calibration import attributes_of
from facelatch_models.train.attributes.card import NETWORK, PART, pack_part, write_card
from facelatch_models.train.attributes.data import Share, read_shares
from facelatch_models.train.attributes.export import exported, largest_difference
from facelatch_models.train.attributes.network import Beholder, fed
from facelatch_models.train.attributes.task import Perception, plain
from facelatch_models.train.loop import Line, Loop, TrainingFailed
from facelatch_models.train.recipe import Recipe, write_recipe
from facelatch_models.train.schedule import Clock, Samples
from facelatch_models.train.team import Team, run_team

RECIPE: Final = "recipe.toml"
LEARN: Final = "learn.npz"
CALIBRATE: Final = "calibrate.npz"
HELD: Final = "held.npz"
PARITY_FACES: Final = 64

STRANGER: Final = 0.65
"""Calibration takes only pictures less like any that is learnt from than this cosine: UTKFace has most people more than
once, and a network is surer, and more often right, of those it knows. 0.6 would leave 11 children."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the run is told. `samples` or `seconds` is 0; the other says how long the run is."""

    recipe: Recipe
    pack: Path
    folder: Path
    samples: int
    seconds: float
    command: str


def run(order: Order, data: Path) -> None:
    """Begin a run or go on with it, to its end, on one core or a GPU; calibrate, export and measure what came of it.

    Raises `DataError`, `TrainingFailed`, `ExportError`, `GalleryError`, `PackError`, `NetworkFailed`.
    """
    _prepare(order, data)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    run_team(1, functools.partial(_work, order))


def _prepare(order: Order, data: Path) -> None:
    """Divide and embed the faces, once for a run; raises `TrainingFailed` where the folder is another recipe's."""
    written = write_recipe(order.recipe)
    recipe = order.folder / RECIPE
    if recipe.exists():
        if recipe.read_text() != written:
            raise TrainingFailed(f"{recipe}: another recipe is followed in this folder; train into another one")
        return
    embedder = load_networks(open_pack(order.pack), threads=1).embedder
    with Progress(console=Console(stderr=True), transient=True) as bar:
        shares = read_shares(
            order.recipe.source, data, embedder, functools.partial(_advance, bar, bar.add_task("embedding faces"))
        )
    order.folder.mkdir(parents=True, exist_ok=True)
    for name, share in ((LEARN, shares.learn), (CALIBRATE, shares.calibrate), (HELD, shares.held)):
        share.save(order.folder / name)
    recipe.write_text(written)


def _advance(bar: Progress, task: TaskID, done: int, of: int) -> None:
    bar.update(task, completed=done, total=of)


def _work(order: Order, team: Team) -> None:
    torch.manual_seed(order.recipe.seed)
    learn, calibrate, held = (Share.load(order.folder / name) for name in (LEARN, CALIBRATE, HELD))
    strangers = calibrate.only(nearest(calibrate.vectors, learn.vectors) <= STRANGER)
    task = Perception(order.recipe, learn, strangers, team)
    loop = Loop(task, order.recipe, order.folder, team, _tell)
    loop.run(Samples(order.samples) if order.samples else Clock(order.seconds, loop.progress))
    faces = fed(torch.from_numpy(np.stack([*map(plain, strangers.known.faces)])))
    attributes = attributes_of(task.logits(faces), strangers.known)
    _export(order, task.student.cpu(), attributes, (learn, calibrate, strangers, held))


def _export(
    order: Order, network: Beholder, attributes: tuple[Attribute, ...], shares: tuple[Share, Share, Share, Share]
) -> None:
    """Write network, entry and card; the figures are those of the file that was written."""
    learn, calibrate, strangers, held = shares
    content = exported(network)
    difference = largest_difference(network, content, np.stack([*map(plain, held.known.faces[:PARITY_FACES])]))
    note(f"largest difference between PyTorch's logits and ONNX Runtime's: {difference:.4f}")
    part = pack_part(content, attributes)
    (order.folder / NETWORK).write_bytes(content)
    (order.folder / PART).write_text(tomlkit.dumps({"file": [msgspec.to_builtins(part)]}))
    alike = nearest(held.vectors, np.concatenate((learn.vectors, calibrate.vectors)))
    with Progress(console=Console(stderr=True), transient=True) as bar:
        found = measure(
            held.known,
            alike <= ALIKE,
            _loaded(content, part),
            nothings(held.known.faces),
            functools.partial(_advance, bar, bar.add_task("measuring")),
        )
    write_card(order.folder, order.recipe, (learn, strangers, held), part, found, order.command)


def _loaded(content: bytes, part: PackFile) -> AttributeNetwork:
    return AttributeNetwork(Network(content, NETWORK, threads=1), part)


def _tell(line: Line) -> None:
    """Show a line of the log, shortly."""
    numbers = (f"{name} {value:.4g}" for name, value in line.items() if isinstance(value, float))
    note(f"{line['time']} {line['samples']} samples: {', '.join(numbers)}")
