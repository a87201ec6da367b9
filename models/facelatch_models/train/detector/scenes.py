"""Scenes to learn from: labelled pictures put into other places, at any size, angle and light.

What a scene shows follows from its random generator alone, so that a run can be repeated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.backdrops import backdrop
from facelatch_models.evaluation.detection import MIRRORED
from facelatch_models.face import Picture
from facelatch_models.train.detector.labels import SIDE, Labelled
from facelatch_models.train.detector.weather import weathered

SCENE: Final = 256
"""Pixels of a scene's side: what a frame of 640 x 480 is high for the detector, the black rows below it included."""

MOST_FACES: Final = 8
SIZES: Final = (15.0, 215.0)
"""Smallest and largest face, as the root of its box's area; 40 pixels in 640 x 480 are 20 here."""

TURN: Final = 25.0
"""Degrees: how far a face may be turned in the picture; three of four are by less than a third of it."""

VISIBLE: Final = 0.75
"""Share of a face's box that must be in the scene for it to be learnt; of what is less, nothing is said."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture, (SCENE, SCENE, 3), and its faces, (MOST_FACES, 15): box (centre x, y, width, height), ten coordinates.

    The last number: 1 a face, 0 perhaps one, -1 an empty row. Coordinates count from the picture's edges.
    """

    picture: Picture
    faces: Floats


class Painter:
    """Paints scenes from the pictures that are learnt from, or, for watching, from those held out.

    pictures: their indices; only such with a face of which the teacher is sure.
    """

    def __init__(self, labelled: Labelled, *, held: bool) -> None:
        self._labelled = labelled
        chosen = np.flatnonzero(labelled.held == held)
        sure = {int(face[0]) for face in labelled.faces if face[-1] == 1}
        self.pictures = [index for index in chosen.tolist() if index in sure]
        if not self.pictures:
            raise ValueError("no picture with a face that is sure")

    def scene(self, random: np.random.Generator) -> Scene:
        """Return a new scene: in a tenth of them nobody, in a third one whole picture that fills most of it."""
        kind = random.random()
        canvas = self._place(random)
        faces: list[Floats] = []
        if kind < 0.35:
            self._put(random, canvas, faces, whole=True)
        elif kind < 0.9:
            for _ in range(int(random.choice((1, 2, 3, 4, 5), p=(0.35, 0.25, 0.2, 0.1, 0.1)))):
                self._put(random, canvas, faces, whole=not faces and random.random() < 0.3)
        bottom = SCENE
        if random.random() < 0.3:
            bottom = int(random.choice((250, 240)))
        picture = weathered(canvas, random)
        picture[bottom:] = 0
        if random.random() < 0.1:
            picture[:, 250:] = 0
        table = np.full((MOST_FACES, 15), -1, np.float32)
        if faces:
            seen = _seen(np.stack(faces), bottom)
            table[: len(seen)] = seen
        return Scene(picture, table)

    def _place(self, random: np.random.Generator) -> Picture:
        """Return a backdrop: half of them made up, the others a corner of a picture with no face in it."""
        if random.random() < 0.5:
            return backdrop(random, SCENE, SCENE)
        index = int(random.choice(self.pictures))
        faces = self._labelled.faces_of(index)
        size = int(random.integers(48, 110))
        for _ in range(8):
            x, y = (int(value) for value in random.integers(0, SIDE - size, 2))
            apart = np.abs(faces[:, 1:3] - (x + size / 2, y + size / 2)) > (faces[:, 3:5] * 1.2 + size) / 2
            if apart.any(axis=1).all():
                part = self._labelled.pictures[index, y : y + size, x : x + size]
                return np.asarray(cv2.resize(part, (SCENE, SCENE), interpolation=cv2.INTER_CUBIC), np.uint8)
        return backdrop(random, SCENE, SCENE)

    def _put(self, random: np.random.Generator, canvas: Picture, faces: list[Floats], *, whole: bool) -> None:
        """Put a picture, or the head out of it, into a scene, with all its faces."""
        index = int(random.choice(self.pictures))
        found = self._labelled.faces_of(index)[:, 1:]
        main = found[int(np.argmax(np.where(found[:, 14] == 1, found[:, 2], 0)))]
        matrix = self._motion(random, main, faces, whole=whole)
        if matrix is None or len(faces) + len(found) > MOST_FACES:
            return
        picture = np.asarray(self._labelled.pictures[index])
        sizes = (SCENE, SCENE)
        shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])  # OpenCV counts from the middle of the first pixel
        pixels = (shift @ np.vstack((matrix, (0, 0, 1))) @ np.linalg.inv(shift))[:2]
        shrunk = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        if shrunk < 0.6:  # or small faces would alias
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 / shrunk), np.uint8)
        moved = cv2.warpAffine(picture, pixels, sizes, flags=cv2.INTER_LINEAR)
        mask = cv2.warpAffine(_mask(random, main, whole=whole), pixels, sizes, flags=cv2.INTER_LINEAR)[..., np.newaxis]
        hidden = _moved(found, matrix)
        if not whole:  # a bystander that the mask cuts off is perhaps still to be seen
            away = np.abs(found[:, :2] - main[:2]).max(axis=1) > 0.3 * main[3]
            hidden[away, 14] = 0
        canvas[:] = (moved * mask + canvas * (1 - mask)).astype(np.uint8)
        faces.extend(hidden)

    def _motion(
        self, random: np.random.Generator, main: Floats, faces: list[Floats], *, whole: bool
    ) -> NDArray[np.float64] | None:
        """Return where a picture goes, (2, 3): its main face of a random size, not over another; None: no room."""
        own = math.sqrt(main[2] * main[3])
        for _ in range(6):
            if whole and not faces:
                size = own * random.uniform(0.45, 1.7)
            else:
                low, high = np.log(SIZES[0]), np.log(SIZES[1] / (1 + len(faces)))
                size = math.exp(random.uniform(low, high))
            size = float(np.clip(size, *SIZES))
            scale = size / own
            angle = math.radians(np.clip(random.normal(0, TURN / 2.5), -TURN, TURN))
            mirror = -1 if random.random() < 0.5 else 1
            aspect = random.uniform(0.93, 1.07)
            linear = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            linear = linear @ np.diag((mirror * aspect, 1 / aspect))
            margin = 0.4 * size
            centre = random.uniform(margin, SCENE - margin, 2)
            clear = all(np.abs(centre - face[:2]).max() > size + 0.55 * math.sqrt(face[2] * face[3]) for face in faces)
            if clear:
                return np.column_stack((linear, centre - linear @ main[:2]))
        return None


def _mask(random: np.random.Generator, main: Floats, *, whole: bool) -> Floats:
    """Return what of a picture is put into a scene, (SIDE, SIDE) in [0, 1], soft at its edge."""
    if whole:
        mask = np.ones((SIDE, SIDE), np.float32)
        if random.random() < 0.5:
            return mask
        edge = int(random.integers(2, 12))
        mask[:edge] = mask[-edge:] = mask[:, :edge] = mask[:, -edge:] = 0
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), edge / 2), np.float32)
    mask = np.zeros((SIDE, SIDE), np.float32)
    x, y, width, height = main[:4].tolist()
    grown = random.uniform(1.25, 1.9)
    below = random.uniform(0, 0.3) * height
    axes = (int(width / 2 * grown), int(height / 2 * grown + below / 2))
    centre = (int(x), int(y - 0.05 * height + below / 2))
    if random.random() < 0.3:
        corner = (centre[0] - axes[0], centre[1] - axes[1])
        cv2.rectangle(mask, corner, (centre[0] + axes[0], centre[1] + axes[1]), 1.0, -1)
    else:
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), random.uniform(0.8, 6)), np.float32)


def _moved(faces: Floats, matrix: NDArray[np.float64]) -> Floats:
    """Return faces after a motion; a box becomes that of the turned ellipse which filled it."""
    linear, shift = matrix[:, :2], matrix[:, 2]
    moved = faces.copy()
    moved[:, :2] = faces[:, :2] @ linear.T + shift
    moved[:, 2:4] = np.sqrt(faces[:, 2:4] ** 2 @ (linear**2).T)
    points = faces[:, 4:14].reshape(-1, 5, 2) @ linear.T + shift
    if np.linalg.det(linear) < 0:
        points = points[:, list(MIRRORED)]
    moved[:, 4:14] = points.reshape(-1, 10)
    return moved


def _seen(faces: Floats, bottom: int) -> Floats:
    """Return the faces of which anything is in the scene; those that are mostly outside, or tiny, are perhaps faces."""
    low, high = faces[:, :2] - faces[:, 2:4] / 2, faces[:, :2] + faces[:, 2:4] / 2
    inside = np.clip(np.minimum(high, (SCENE, bottom)) - np.maximum(low, 0), 0, None)
    share = inside.prod(axis=1) / faces[:, 2:4].prod(axis=1)
    small = np.sqrt(faces[:, 2:4].prod(axis=1)) < SIZES[0] * 0.9
    faces[(share < VISIBLE) | small, 14] = 0
    return np.asarray(faces[share > 0.1], np.float32)
