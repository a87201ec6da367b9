"""OpenCV's own pipeline: FaceDetectorYN (YuNet) and FaceRecognizerSF."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from facelatch_models.face import Picture
from tests.bench.speed.peers import Offer, Place

DETECTOR: Final = "face_detection_yunet_2023mar.onnx"
RECOGNISER: Final = "w600k_mbf_deq.onnx"

NUMBERS: Final = 14
"""In a row of the detector's answer: box and five points; the score follows."""


class OpenCV:
    """The pipeline, with frames scaled to `width` x `height` for the detector."""

    def __init__(self, detector: Path, recogniser: Path, width: int, height: int) -> None:
        self._side = (width, height)
        self._detector: Any = cv2.FaceDetectorYN.create(str(detector), "", self._side)
        self._recogniser: Any = cv2.FaceRecognizerSF.create(str(recogniser), "")

    def find(self, picture: Picture) -> Any | None:
        """Return the most confident face's row, in pixels of the frame."""
        height, width = picture.shape[:2]
        fits = (width, height) == self._side
        _, rows = self._detector.detect(picture if fits else cv2.resize(picture, self._side))
        if rows is None:
            return None
        row = rows[rows[:, NUMBERS].argmax()].copy()
        row[:NUMBERS] *= np.tile(np.array((width / self._side[0], height / self._side[1]), np.float32), NUMBERS // 2)
        return row

    def embed(self, picture: Picture, face: Any) -> Any:
        """Return 512 numbers."""
        return self._recogniser.feature(self._recogniser.alignCrop(picture, face))


def _offer(width: int, height: int) -> Offer:
    def load(place: Place) -> OpenCV:
        return OpenCV(place.model(DETECTOR), place.model(RECOGNISER), width, height)

    note = "YuNet, and in FaceRecognizerSF a MobileFaceNet (w600k_mbf) for want of SFace, which is one, too"
    return Offer(f"OpenCV, {width}x{height}", load, note)


OFFERS: Final = (_offer(640, 480), _offer(320, 240))
