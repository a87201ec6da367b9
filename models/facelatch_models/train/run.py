"""From a recipe and pictures to a network in a file: what the command does."""

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
from facelatch_models.pack import Pack, PackDamaged, Role, open_pack
from facelatch_models.train.card import NETWORK, PART, pack_part, write_card
from facelatch_models.train.data import FaceSet, divided, people_in, read_source
from facelatch_models.train.distil import Distillation
from facelatch_models.train.export import exported, least_cosine
from facelatch_models.train.loop import Loop, Task
from facelatch_models.train.metric import MetricLearning
from facelatch_models.train.order import Order, shown, tell
from facelatch_models.train.pool import for_student
from facelatch_models.train.recipe import Method, Recipe, write_recipe
from facelatch_models.train.teacher import Teacher
from facelatch_models.train.team import Team, run_team

FACES: Final = "faces"
HELD: Final = "held"
PARITY_FACES: Final = 64


def run(order: Order[Recipe], data: Path, workers: int) -> None:
    """Begin a run or go on with it, to its end, and export what came of it; `workers`: 0 for one a core.

    Raises `DataError`, `TrainingFailed`, `ExportError`, `PackError`, `NetworkFailed`; where several workers run,
    `WorkerFailed` with the text of what one of them raised.
    """
    _prepare(order, data)
    run_team(workers or len(os.sched_getaffinity(0)), functools.partial(_work, order))


def _prepare(order: Order[Recipe], data: Path) -> None:
    """Align and divide the faces, once for a run; raises `TrainingFailed` where the folder is another recipe's."""
    written = write_recipe(order.recipe)
    if order.begun(written):
        return
    apart = {name for folder in order.recipe.apart for name in people_in(data / folder)}
    detector = load_networks(open_pack(order.pack), threads=os.cpu_count() or 1).detector
    found = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for source in order.recipe.source:
            progress = shown(bar, f"reading {source.path}")
            found.append(read_source(source, data, detector, progress))
            progress(1, 1)
    sets, held = divided(found, order.recipe.source, apart)
    folder = order.folder / FACES
    folder.mkdir(parents=True, exist_ok=True)
    for index, faces in enumerate(sets):
        faces.save(folder / str(index))
    held.save(folder / HELD)
    order.prepared(written)


def _work(order: Order[Recipe], team: Team) -> None:
    """Do one worker's part; the leader exports what came of it."""
    cv2.setNumThreads(1)
    torch.manual_seed(order.recipe.seed)
    folder = order.folder / FACES
    sets = [FaceSet.load(folder / str(index)) for index in range(len(order.recipe.source))]
    held = FaceSet.load(folder / HELD)
    task = _task(order, sets, held, team)
    loop = Loop(task, order.recipe, order.folder, team, tell)
    loop.run(order.horizon(loop.progress))
    if team.leads:
        _export(order, task, sets, held)


def _task(order: Order[Recipe], sets: list[FaceSet], held: FaceSet, team: Team) -> Task:
    if order.recipe.method is Method.METRIC:
        return MetricLearning(order.recipe, sets, held, team)
    return Distillation(order.recipe, sets, held, _teacher(open_pack(order.pack)), order.folder, team)


def _teacher(pack: Pack) -> Teacher:
    content = pack.read(Role.EMBEDDER)
    if content is None:
        raise PackDamaged(f"{pack.folder}: has no embedder that could teach")
    part = pack.manifest.embedder
    return Teacher(content, str(pack.folder / part.name), part.input)


def _export(order: Order[Recipe], task: Task, sets: list[FaceSet], held: FaceSet) -> None:
    student = task.student.cpu()
    content = exported(student)
    faces = np.stack([for_student(face) for face in held.faces[:PARITY_FACES]])
    note(f"smallest cosine between PyTorch's vectors and ONNX Runtime's: {least_cosine(student, content, faces):.6f}")
    (order.folder / NETWORK).write_bytes(content)
    part = msgspec.to_builtins(pack_part(content, order.recipe))
    (order.folder / PART).write_text(tomlkit.dumps({"file": [part]}))
    write_card(order.folder, order.recipe, student, sets, held, order.command)
