"""From a recipe and labelled pictures to a network in a file: what the command does."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import cv2
import msgspec
import numpy as np
import tomlkit
import torch
from rich.console import Console
from rich.progress import Progress

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
from facelatch_models.train.loop import Loop
from facelatch_models.train.order import Order, shown, tell
from facelatch_models.train.recipe import Recipe, write_recipe
from facelatch_models.train.team import Team, run_team

LEARN: Final = "learn.npz"
CALIBRATE: Final = "calibrate.npz"
HELD: Final = "held.npz"
PARITY_FACES: Final = 64

STRANGER: Final = 0.65
"""Calibration takes only pictures less like any that is learnt from than this cosine: UTKFace has most people more than
once, and a network is surer, and more often right, of those it knows. 0.6 would leave 11 children."""


def run(order: Order[Recipe], data: Path) -> None:
    """Begin a run or go on with it, to its end, on one core or a GPU; calibrate, export and measure what came of it.

    Raises `DataError`, `TrainingFailed`, `ExportError`, `GalleryError`, `PackError`, `NetworkFailed`.
    """
    _prepare(order, data)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    run_team(1, functools.partial(_work, order))


def _prepare(order: Order[Recipe], data: Path) -> None:
    """Divide and embed the faces, once for a run; raises `TrainingFailed` where the folder is another recipe's."""
    written = write_recipe(order.recipe)
    if order.begun(written):
        return
    embedder = load_networks(open_pack(order.pack), threads=1).embedder
    with Progress(console=Console(stderr=True), transient=True) as bar:
        shares = read_shares(order.recipe.source, data, embedder, shown(bar, "embedding faces"))
    order.folder.mkdir(parents=True, exist_ok=True)
    for name, share in ((LEARN, shares.learn), (CALIBRATE, shares.calibrate), (HELD, shares.held)):
        share.save(order.folder / name)
    order.prepared(written)


def _work(order: Order[Recipe], team: Team) -> None:
    torch.manual_seed(order.recipe.seed)
    learn, calibrate, held = (Share.load(order.folder / name) for name in (LEARN, CALIBRATE, HELD))
    strangers = calibrate.only(nearest(calibrate.vectors, learn.vectors) <= STRANGER)
    task = Perception(order.recipe, learn, strangers, team)
    loop = Loop(task, order.recipe, order.folder, team, tell)
    loop.run(order.horizon(loop.progress))
    faces = fed(torch.from_numpy(np.stack([*map(plain, strangers.known.faces)])))
    attributes = attributes_of(task.logits(faces), strangers.known)
    _export(order, task.student.cpu(), attributes, (learn, calibrate, strangers, held))


def _export(
    order: Order[Recipe],
    network: Beholder,
    attributes: tuple[Attribute, ...],
    shares: tuple[Share, Share, Share, Share],
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
            shown(bar, "measuring"),
        )
    write_card(order.folder, order.recipe, (learn, strangers, held), part, found, order.command)


def _loaded(content: bytes, part: PackFile) -> AttributeNetwork:
    return AttributeNetwork(Network(content, NETWORK, threads=1), part)
