"""Finding faces: what the outputs of the two kinds of detector mean."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.face import Face, Picture
from facelatch_models.pack import PackDamaged, PackFile
from facelatch_models.runtime import Network, planes

Floats = NDArray[np.float32]

STRIDES: Final = (8, 16, 32)
MOST_CANDIDATES: Final = 1000
"""Boxes that go into the suppression, best first: bounds its cost where a picture is made to fire everywhere."""

CLOSELY: Final = 3
"""By how much the input is enlarged to find small faces too. Of forty faces of LFW in a picture of 2000 x 1250 the
detector of `starter` finds half at 320 pixels."""

SMALL: Final = 32.0
"""Pixels of the usual input: of wider or higher faces a closer look tells nothing new, and finds some that are none."""

SURE: Final = 0.8
"""Least confidence of a face that only the closer look finds: it looks at ten times as many places."""

SMALLEST: Final = 4.0
"""Pixels: a box less wide or high, or points less spread than a quarter of it, are no face that could be aligned."""


class _StrideDetector(ABC):
    """What YuNet and SCRFD share: a picture scaled to fit, candidates per stride, suppression of overlaps."""

    overlap: float
    """Intersection over union from which the weaker of two boxes is dropped."""

    def __init__(self, network: Network, part: PackFile) -> None:
        """Take a loaded network; raises `PackDamaged` where its inputs or outputs are not this kind's."""
        self._network = network
        self._threshold = part.threshold
        self._spec = part.input
        side = (part.input.width, part.input.height)
        if not network.accepts(*side) or any(length < 32 or length % 32 for length in side):
            raise PackDamaged(f"{network.where}: cannot be fed {side[0]}x{side[1]} (multiples of 32 are)")
        self._check_outputs()
        # one run on black: the declared shapes of the outputs are often wrong, those that come are not
        outputs = network.run(planes(np.zeros((side[1], side[0], 3), np.uint8), self._spec))
        self._scores(outputs, side)
        self._decoded(outputs, side, np.arange(1))

    def detect(self, picture: Picture) -> list[Face]:
        """Return the faces in a picture, most confident first; boxes may reach over its edge.

        Raises `NetworkFailed`.
        """
        return self._merged([self._found(picture, 1)])

    def search(self, picture: Picture) -> list[Face]:
        """Return the faces in a still picture as `detect` does, small ones of a large one too, in ten times the time.

        What is found at the usual size comes first: a network knows faces that fill its input from there only.
        Raises `NetworkFailed`.
        """
        return self._merged([self._found(picture, reach) for reach in self._reaches(picture)])

    def _reaches(self, picture: Picture) -> tuple[int, ...]:
        """Return by how much the input is enlarged, one look after the other."""
        return (1,)

    def _found(self, picture: Picture, reach: int) -> tuple[Floats, Floats, Floats]:
        """Return scores (n,), boxes and points as `_decoded` does, of sound ones, in pixels of the picture."""
        height, width = picture.shape[:2]
        fitted, scale = self._fitted(picture, reach)
        side = (fitted.shape[1], fitted.shape[0])
        outputs = self._network.run(planes(fitted, self._spec))
        scores = self._scores(outputs, side)
        keep = np.flatnonzero(scores >= (self._threshold if reach == 1 else max(self._threshold, SURE)))
        keep = keep[np.argsort(-scores[keep], kind="stable")][:MOST_CANDIDATES]
        scores, (boxes, points) = scores[keep], self._decoded(outputs, side, keep)
        sound = _sound(boxes, points, (width * scale, height * scale))
        if reach > 1:  # larger ones were to be seen at the usual size
            sound &= (boxes[:, 2:] - boxes[:, :2]).max(axis=1) < SMALL * reach
        return scores[sound], boxes[sound] / np.float32(scale), points[sound] / np.float32(scale)

    def _merged(self, looks: list[tuple[Floats, Floats, Floats]]) -> list[Face]:
        """Return the faces of all looks, each once, most confident first."""
        scores, boxes, points = (np.concatenate(parts) for parts in zip(*looks, strict=True))
        faces = [
            Face(_rectangle(boxes[index]), points[index], float(scores[index]))
            for index in suppressed(boxes, self.overlap)
        ]
        return sorted(faces, key=lambda face: -face.confidence)

    @abstractmethod
    def _check_outputs(self) -> None:
        """Raise `PackDamaged` where the network's outputs are not this kind's."""

    @abstractmethod
    def _fitted(self, picture: Picture, reach: int) -> tuple[Picture, float]:
        """Return the picture as the network takes it, input enlarged by `reach`, and the scale from picture to that."""

    @abstractmethod
    def _scores(self, outputs: dict[str, Floats], side: tuple[int, int]) -> Floats:
        """Return the scores (n,) of all candidates, stride after stride.

        Raises `PackDamaged` where the outputs have not the sizes of this kind.
        """

    @abstractmethod
    def _decoded(
        self, outputs: dict[str, Floats], side: tuple[int, int], which: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        """Return boxes (n, 4: left, top, right, bottom) and points (n, 5, 2) of some candidates, in the input's pixels.

        Of those that are likely only: they are some twenty of two thousand.
        Raises `PackDamaged` where the outputs have not the sizes of this kind.
        """

    def _array(self, outputs: dict[str, Floats], name: str, rows: int, columns: int) -> Floats:
        """Return one output as (rows, columns)."""
        found = outputs[name]
        if found.size != rows * columns or found.shape[-1] != columns:
            raise PackDamaged(f"{self._network.where}: output {name} has shape {found.shape}, not {rows}x{columns}")
        return found.reshape(rows, columns)


class YuNet(_StrideDetector):
    """YuNet of libfacedetection: one box a cell, score = sqrt(class * objectness).

    W. Wu, H. Peng, S. Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 20, 2023.
    The picture is only ever made smaller: its longer side becomes at most the input's width.
    """

    overlap = 0.3

    def _check_outputs(self) -> None:
        wanted = {f"{part}_{stride}" for part, stride in itertools.product(("cls", "obj", "bbox", "kps"), STRIDES)}
        if missing := wanted - set(self._network.outputs):
            raise PackDamaged(f"{self._network.where}: is no YuNet, it lacks {', '.join(sorted(missing))}")

    def _reaches(self, picture: Picture) -> tuple[int, ...]:
        return (1, CLOSELY) if not self._fixed and max(picture.shape[:2]) > self._spec.width else (1,)

    @property
    def _fixed(self) -> bool:
        return self._network.shape[3] is not None

    def _fitted(self, picture: Picture, reach: int) -> tuple[Picture, float]:
        height, width = picture.shape[:2]
        scale = min(1.0, self._spec.width * reach / max(width, height))
        small = _scaled(picture, scale)
        if self._fixed:
            return _padded(small, self._spec.width, self._spec.height), scale
        return _padded(small, _multiple(small.shape[1]), _multiple(small.shape[0])), scale

    def _scores(self, outputs: dict[str, Floats], side: tuple[int, int]) -> Floats:
        likely, there = (self._all(outputs, part, 1, side)[:, 0] for part in ("cls", "obj"))
        return np.asarray(np.sqrt(np.clip(likely, 0, 1) * np.clip(there, 0, 1)))

    def _decoded(
        self, outputs: dict[str, Floats], side: tuple[int, int], which: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        cells, strides = (each[which] for each in _cells(side, 1))
        box, five = (self._all(outputs, part, columns, side)[which] for part, columns in (("bbox", 4), ("kps", 10)))
        centre = (cells + box[:, :2]) * strides
        half = np.exp(np.minimum(box[:, 2:], 10)) * (strides / 2)
        points = (five.reshape(-1, 5, 2) + cells[:, np.newaxis]) * strides[:, np.newaxis]
        return np.hstack((centre - half, centre + half)), points

    def _all(self, outputs: dict[str, Floats], part: str, columns: int, side: tuple[int, int]) -> Floats:
        """Return a part of the answer, (n, columns), of all strides."""
        return np.concatenate(
            [
                self._array(outputs, f"{part}_{stride}", (side[0] // stride) * (side[1] // stride), columns)
                for stride in STRIDES
            ]
        )


class Scrfd(_StrideDetector):
    """SCRFD of InsightFace: two anchors a cell, distances to the box's edges.

    J. Guo et al., "Sample and computation redistribution for efficient face detection", ICLR 2022. The picture is
    scaled to fill the input, up or down, and sits in its upper left corner, as InsightFace's own package does it.
    """

    overlap = 0.4
    _anchors = 2

    def _check_outputs(self) -> None:
        if len(self._network.outputs) != 3 * len(STRIDES):
            raise PackDamaged(
                f"{self._network.where}: is no SCRFD with points, it has {len(self._network.outputs)} outputs, not 9"
            )

    def _fitted(self, picture: Picture, reach: int) -> tuple[Picture, float]:
        height, width = picture.shape[:2]
        scale = min(self._spec.width / width, self._spec.height / height)
        # whole pixels, and the scale of the rows for both axes: the package's rounding, so that boxes are the same
        size = (max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6)))
        return _padded(_resized(picture, size, cv2.INTER_LINEAR), self._spec.width, self._spec.height), size[1] / height

    def _scores(self, outputs: dict[str, Floats], side: tuple[int, int]) -> Floats:
        return self._all(outputs, 0, 1, side)[:, 0]

    def _decoded(
        self, outputs: dict[str, Floats], side: tuple[int, int], which: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        cells, strides = (each[which] for each in _cells(side, self._anchors))
        box, five = (self._all(outputs, group, columns, side)[which] for group, columns in ((1, 4), (2, 10)))
        corner = cells * strides
        boxes = np.hstack((corner - box[:, :2] * strides, corner + box[:, 2:] * strides))
        return boxes, corner[:, np.newaxis] + five.reshape(-1, 5, 2) * strides[:, np.newaxis]

    def _all(self, outputs: dict[str, Floats], group: int, columns: int, side: tuple[int, int]) -> Floats:
        """Return a group of outputs (scores, boxes, points), (n, columns), of all strides."""
        names = self._network.outputs[group * len(STRIDES) : (group + 1) * len(STRIDES)]
        return np.concatenate(
            [
                self._array(outputs, name, (side[0] // stride) * (side[1] // stride) * self._anchors, columns)
                for name, stride in zip(names, STRIDES, strict=True)
            ]
        )


def suppressed(boxes: Floats, overlap: float) -> list[int]:
    """Return the indices of the boxes (n, 4: left, top, right, bottom; best first) that no better one covers."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    kept: list[int] = []
    left = np.arange(len(boxes))
    while left.size:
        best, left = int(left[0]), left[1:]
        kept.append(best)
        common = np.clip(
            np.minimum(boxes[left, 2:], boxes[best, 2:]) - np.maximum(boxes[left, :2], boxes[best, :2]), 0, None
        )
        shared = common.prod(axis=1)
        left = left[~(shared > overlap * (areas[best] + areas[left] - shared))]
    return kept


def _sound(boxes: Floats, points: Floats, size: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which candidates are faces at all: large enough, centre in the picture, points that span an area."""
    lengths = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, 2:] + boxes[:, :2]) / 2
    spans = np.ptp(points, axis=1)
    inside = (centres >= 0) & (centres < np.array(size))
    return np.asarray(((lengths >= SMALLEST) & inside & (spans >= SMALLEST / 4)).all(axis=1), np.bool_)


def _rectangle(edges: Floats) -> tuple[float, float, float, float]:
    left, top, right, bottom = map(float, edges)
    return left, top, right - left, bottom - top


@lru_cache(maxsize=8)
def _cells(side: tuple[int, int], anchors: int) -> tuple[Floats, Floats]:
    """Return column and row, (n, 2), and the stride, (n, 1), of every candidate of an input of this size."""
    places, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[: side[1] // stride, : side[0] // stride]
        cells = np.stack((columns.ravel(), rows.ravel()), axis=1).astype(np.float32)
        places.append(np.repeat(cells, anchors, axis=0))
        strides.append(np.full((len(places[-1]), 1), stride, np.float32))
    return np.concatenate(places), np.concatenate(strides)


def _scaled(picture: Picture, scale: float) -> Picture:
    """Return the picture made smaller; by area where it is by more than a half, or small faces would alias."""
    if scale == 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return _resized(picture, size, cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA)


def _resized(picture: Picture, size: tuple[int, int], interpolation: int) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)


def _padded(picture: Picture, width: int, height: int) -> Picture:
    """Return the picture in the upper left of a black one."""
    below, beside = height - picture.shape[0], width - picture.shape[1]
    if not below and not beside:
        return picture
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT), np.uint8)


def _multiple(length: int) -> int:
    return -(-length // 32) * 32
