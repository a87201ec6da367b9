"""InsightFace's own package as detector and embedder: the yardstick for ours, on its packs.

Never part of the eye: importing it takes 0.4 s and 45 MB, and it opens files by itself. It reads the pack's files after
they have been verified.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from facelatch_models.face import Face, Picture, Vector
from facelatch_models.networks import Networks
from facelatch_models.pack import Kind, Pack, PackFile, Role

INSTALL = (
    "pip install --no-deps insightface && pip install onnx requests scikit-image scipy tqdm   "
    "(with its dependencies it would put another OpenCV over the headless one)"
)


class ZooMissing(Exception):
    """The insightface package is not installed; the text says how to install it."""


class ZooUnfit(Exception):
    """The pack is not one that the insightface package can run."""


class ZooDetector:
    """InsightFace's SCRFD."""

    def __init__(self, model: Any, part: PackFile) -> None:
        model.prepare(-1, input_size=(part.input.width, part.input.height), det_thresh=part.threshold)
        self._model = model

    def search(self, picture: Picture) -> list[Face]:
        """Return what `detect` does."""
        return self.detect(picture)

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture, most confident first."""
        boxes, points = self._model.detect(picture)
        return [
            Face((float(left), float(top), float(right - left), float(bottom - top)), five, float(score))
            for (left, top, right, bottom, score), five in zip(boxes, points, strict=True)
        ]


class ZooEmbedder:
    """InsightFace's ArcFace, with its own alignment."""

    def __init__(self, model: Any, part: PackFile) -> None:
        model.prepare(-1)
        self._model = model
        self.dimension = part.dimension

    def embed(self, picture: Picture, face: Face) -> Vector:
        """Return the unit vector, (dimension,) float32, of a face."""
        from insightface.app.common import Face as ZooFace

        vector = self._model.get(picture, ZooFace(kps=face.points)).astype(np.float64)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def zoo_networks(pack: Pack) -> Networks:
    """Return an InsightFace pack's networks as its own package runs them; it has no liveness network.

    Raises `ZooMissing` where the package is not installed, `ZooUnfit` where the pack's networks are not InsightFace's,
    `PackDamaged`.
    """
    detector, embedder = pack.manifest.part(Role.DETECTOR), pack.manifest.embedder
    if detector is None or detector.kind is not Kind.SCRFD:
        raise ZooUnfit(f"{pack.folder}: the insightface package runs SCRFD detectors only")
    pack.verify()
    return Networks(
        ZooDetector(_model(pack, detector, "SCRFD"), detector),
        ZooEmbedder(_model(pack, embedder, "ArcFaceONNX"), embedder),
        None,
    )


def _model(pack: Pack, part: PackFile, wanted: str) -> Any:
    """Return what the package's model zoo makes of a file; it tells by the shapes what a network is for."""
    try:
        from insightface.model_zoo import get_model
    except ImportError as error:
        raise ZooMissing(f"the insightface package is not there ({error}); {INSTALL}") from error
    model = get_model(str(pack.folder / part.name), providers=["CPUExecutionProvider"])
    if type(model).__name__ != wanted:
        raise ZooUnfit(f"{pack.folder / part.name}: the insightface package takes it for {type(model).__name__}")
    return model
