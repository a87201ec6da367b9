"""What the detector learns, as the loop sees it, and how good it is on people it does not learn from."""

from __future__ import annotations

import copy
import hashlib
from typing import Final

import numpy as np
import torch
from torch import Tensor

from facelatch_models.detect import YuNet
from facelatch_models.evaluation.detection import Sighting, overlap, sighting, summary
from facelatch_models.face import Face, Picture
from facelatch_models.pack import Kind, PackFile, Role
from facelatch_models.runtime import Network
from facelatch_models.train.detector.export import SPEC, exported
from facelatch_models.train.detector.labels import Labelled
from facelatch_models.train.detector.loss import losses
from facelatch_models.train.detector.network import Finder
from facelatch_models.train.detector.recipe import DetectorRecipe
from facelatch_models.train.detector.scenes import Painter
from facelatch_models.train.detector.stock import Stock
from facelatch_models.train.student import processor_is_fast_with_bfloat16
from facelatch_models.train.team import Team

NETWORK: Final = "starter-detector.onnx"
THRESHOLD: Final = 0.6
"""Score from which the pack calls something a face. In scenes of people held out, many of them tiny, it finds
96.5 % with 0.003 false alarms a scene; at 0.5 it is 98.5 % with 0.010. Whole pictures lose nobody at either (the last
two lines of the log beside the committed weights)."""

WATCHED: Final = 300
"""Scenes, and as many plain pictures, of people held out."""

TOUCHED: Final = 0.2
"""Intersection over union with anything that is perhaps a face, from which a detection is no false alarm."""


class Search:
    """A detector that learns; see `loop.Task`."""

    def __init__(self, recipe: DetectorRecipe, labelled: Labelled, team: Team) -> None:
        """Take pictures and their faces; raises ValueError where there is nobody to learn from, or to hold out."""
        self._team = team
        self._batch = max(2, recipe.batch // team.size)
        self._stock = Stock(Painter(labelled, held=False), recipe, team)
        self.student = Finder()
        self.module = self.student.to(team.device).to(memory_format=torch.channels_last)
        self._fast = processor_is_fast_with_bfloat16()
        self._watched = Watched(labelled, recipe.seed) if team.leads else None

    def losses(self, step: int, samples: int, progress: float) -> dict[str, Tensor]:
        """Return the weighted parts of the loss on this worker's share of a batch."""
        pictures, faces = self._stock.batch(self._batch, step * self._batch)
        with torch.autocast(self._team.device.split(":")[0], torch.bfloat16, enabled=self._fast):
            answers = self.module(pictures)
        return losses(answers, faces)

    def figures(self, progress: float) -> dict[str, float]:
        """Return what the network, exported, finds of people held out."""
        return {} if self._watched is None else self._watched.figures(detector_of(self.student))


class Watched:
    """Scenes and plain pictures of people held out."""

    def __init__(self, labelled: Labelled, seed: int) -> None:
        painter = Painter(labelled, held=True)
        self._scenes = [painter.scene(np.random.default_rng((seed, index, 2))) for index in range(WATCHED)]
        self._portraits: list[tuple[Picture, Face]] = []
        for index in painter.pictures[:WATCHED]:
            faces = labelled.faces_of(index)[:, 1:]
            main = faces[int(np.argmax(faces[:, 14] * faces[:, 2]))]
            self._portraits.append((np.asarray(labelled.pictures[index]), face_of(main)))

    def figures(self, detector: YuNet) -> dict[str, float]:
        """Return recall and mean error of the points in scenes and on plain pictures, and false alarms a scene."""
        found: list[Sighting] = []
        alarms = 0
        for scene in self._scenes:
            faces = detector.detect(scene.picture)
            there = [face_of(row) for row in scene.faces if row[14] >= 0]
            found += [sighting(faces, face_of(row)) for row in scene.faces if row[14] == 1]
            alarms += sum(all(overlap(face, one) < TOUCHED for one in there) for face in faces)
        plain = [sighting(detector.detect(picture), face) for picture, face in self._portraits]
        scenes, portraits = (summary("", 0, 0, 0, one) for one in (found, plain))
        figures = {
            "recall in scenes": scenes.recall.value,
            "error in scenes": scenes.mean_error,
            "false alarms a scene": alarms / len(self._scenes),
            "recall": portraits.recall.value,
            "error": portraits.mean_error,
        }
        return {name: value for name, value in figures.items() if value is not None}  # where nothing is found yet


def face_of(row: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Face:
    """Return a row of 15 numbers, as `scenes.Scene` has them, as a face."""
    x, y, width, height = row[:4].tolist()
    return Face((x - width / 2, y - height / 2, width, height), row[4:14].reshape(5, 2), float(row[14]))


def detector_of(finder: Finder) -> YuNet:
    """Return the network as a pack would run it, on one thread."""
    content = exported(copy.deepcopy(finder).cpu())
    return YuNet(Network(content, NETWORK, threads=1), pack_part(content))


def pack_part(content: bytes) -> PackFile:
    """Return the entry of `pack.toml` for an exported detector."""
    return PackFile(
        role=Role.DETECTOR,
        kind=Kind.YUNET,
        name=NETWORK,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        licence="Apache-2.0",
        source="facelatch-models train detector; its outputs are laid out as YuNet's, the network is our own",
        input=SPEC,
        threshold=THRESHOLD,
    )
