"""`insightface.FaceAnalysis`, the pipeline of faceauth, glance and many others, with packs of two sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from facelatch_models.face import Picture
from tests.bench.speed.peers import Offer, PeerMissing, Place

SMALL: Final = "buffalo_sc"
SMALL_NETWORKS: Final = ("scrfd_500m_bnkps.onnx", "w600k_mbf_deq.onnx")
LARGE: Final = "buffalo_l"

POINTS: Final = np.array([[288, 210], [352, 210], [320, 250], [294, 285], [346, 285]], np.float32)
"""Where the large pack's stand-in takes a face to be, as it finds none: at a webcam, in the middle."""


class FaceAnalysis:
    """The pipeline: SCRFD at `side` x `side`, alignment by its five points, a recognition network."""

    def __init__(self, folder: Path, side: int, threads: int, always: Any = None) -> None:
        """Load the networks in a folder; `always` is the face that is gone on with, whatever is found."""
        import onnxruntime
        from insightface.app import FaceAnalysis as Analysis

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        analysis = Analysis(str(folder), providers=["CPUExecutionProvider"], sess_options=options)
        analysis.prepare(ctx_id=-1, det_size=(side, side))
        self._detector: Any = analysis.models["detection"]
        self._network: Any = analysis.models["recognition"]
        self._always = always

    def find(self, picture: Picture) -> Any | None:
        """Return the face that is in front, as `FaceAnalysis.get` does."""
        from insightface.app.common import Face

        boxes, points = self._detector.detect(picture, max_num=1)
        if self._always is not None:
            return Face(kps=self._always)
        return Face(bbox=boxes[0, :4], kps=points[0], det_score=boxes[0, 4]) if len(boxes) else None

    def embed(self, picture: Picture, face: Any) -> Any:
        """Return 512 numbers."""
        return self._network.get(picture, face)


def _load_small(place: Place, side: int) -> FaceAnalysis:
    _require_insightface()
    networks = [place.model(name) for name in SMALL_NETWORKS]
    folder = place.scratch / SMALL
    if not folder.is_dir():
        folder.mkdir()
        for network in networks:
            (folder / network.name).symlink_to(network.resolve())
    return FaceAnalysis(folder, side, place.threads)


def _load_large(place: Place, side: int) -> FaceAnalysis:
    _require_insightface()
    folder = place.scratch / LARGE
    if not folder.is_dir():
        from tests.bench.speed.peers.shapes import draw_iresnet50, draw_scrfd10g

        folder.mkdir()
        draw_scrfd10g(folder / "det_10g.onnx")
        draw_iresnet50(folder / "w600k_r50.onnx")
    return FaceAnalysis(folder, side, place.threads, always=POINTS)


def _require_insightface() -> None:
    try:
        import insightface.app  # noqa: F401
    except ImportError as error:
        raise PeerMissing(f"{error}: pip install --no-deps insightface") from error


def _offer(pack: str, side: int) -> Offer:
    if pack == SMALL:
        note = "detection and recognition networks of buffalo_sc (SCRFD-500M, MobileFaceNet)"
        return Offer(f"insightface {SMALL}, {side}", lambda place: _load_small(place, side), note)
    note = (
        "a stand-in with random weights: the shapes of buffalo_l's SCRFD-10G and IResNet-50; a lower bound, "
        "FaceAnalysis runs three more networks of that pack unless told not to"
    )
    return Offer(f"insightface {LARGE} size, {side}", lambda place: _load_large(place, side), note)


OFFERS: Final = tuple(_offer(pack, side) for pack in (SMALL, LARGE) for side in (640, 320))
"""640 is what FaceAnalysis is prepared with by default, 320 what is commonly chosen for speed."""
