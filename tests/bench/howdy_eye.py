"""What Howdy makes of a camera's frame: dlib's HOG detector, its five points, its ResNet."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import cv2
import dlib  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Picture


class HowdyEye:
    """Howdy's networks, as it uses them."""

    def __init__(self) -> None:
        """Load them; raises ModuleNotFoundError where the package `face_recognition_models` is not installed."""
        models = files("face_recognition_models") / "models"
        self._detector: Any = dlib.get_frontal_face_detector()
        self._points: Any = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        self._network: Any = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
        self._equaliser = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))

    def faces(self, picture: Picture, doubled: int = 1) -> list[Any]:
        """Return dlib's rectangles in an equalised grey picture, doubled in size so often (once, as Howdy does it)."""
        return list(self._detector(self._equaliser.apply(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)), doubled))

    def encode(self, frame: Picture, rectangle: Any) -> NDArray[np.float64]:
        """Return the 128 numbers of a face, which are not of unit length."""
        return np.array(self._network.compute_face_descriptor(frame, self._points(frame, rectangle), 1))
