"""The types that pass between detector, aligner, embedder and liveness, and the seams where they can be swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""An image, shape (height, width, 3), dtype uint8, channels blue, green, red."""

Vector = NDArray[np.float32]
"""An embedding, shape (dimension,), dtype float32, Euclidean length 1."""


Openness = tuple[float, float]
"""How far open the person's right and left eye are: the height of the opening over its width."""


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face in pixels of the picture it was found in.

    box: (x, y, width, height). points: shape (5, 2), float32: the person's right eye, left eye, nose, right and left
    mouth corner. confidence: in [0, 1].
    """

    box: tuple[float, float, float, float]
    points: NDArray[np.float32]
    confidence: float


@dataclass(frozen=True, slots=True)
class Told:
    """One thing told of a face: its name ("age"), a label ("young" or "unsure"), the likeliest label's probability."""

    name: str
    label: str
    probability: float


class Detector(Protocol):
    """Finds faces."""

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture, most confident first."""

    def search(self, picture: Picture) -> list[Face]:
        """Return the faces in a still picture, small ones too, most confident first; it may take its time."""


class Embedder(Protocol):
    """Turns a face into a vector; the cosine of two vectors says how alike the faces are."""

    dimension: int

    def embed(self, picture: Picture, face: Face) -> Vector:
        """Return the unit vector of a face."""


class Liveness(Protocol):
    """Tells a live face from a picture of one."""

    def live(self, picture: Picture, face: Face) -> float:
        """Return the probability, in [0, 1], that the face is a living person's."""


class Eyes(Protocol):
    """Tells how far open the eyes of a face are."""

    threshold: float
    """The openness under which an eye counts as closed."""

    def openness(self, picture: Picture, face: Face) -> Openness:
        """Return how far open each eye is."""


class Attributes(Protocol):
    """Tells how a face looks to people who have labelled pictures; never used for a decision."""

    def tell(self, picture: Picture, face: Face) -> tuple[Told, ...]:
        """Return what the face is perceived as, always the same things in the same order."""
