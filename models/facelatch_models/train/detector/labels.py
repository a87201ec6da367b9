"""Pictures with what a detector that teaches says of the faces in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.detection import SAME, overlap, turned_back
from facelatch_models.evaluation.gallery import GalleryError, is_held_out, picture_files
from facelatch_models.face import Detector, Face, Picture
from facelatch_models.picture import PictureError, decode
from facelatch_models.train.data import DataError

SIDE: Final = 250
"""Pixels of a side; other pictures are brought to this size."""

LARGER: Final = 1.5
"""The teacher also looks at it enlarged: points are not to hang on one size (YuNet at 320 makes it 1.28 times)."""

SURE: Final = 0.75
"""Mean confidence of the teacher's three looks from which a face is learnt; what is less sure is left open."""

FACE_NUMBERS: Final = 16
"""Of a face: picture, box (centre x, y, width, height), ten coordinates of points, 1 where it is sure and else 0."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Pictures, (n, SIDE, SIDE, 3); their faces, (m, FACE_NUMBERS), in the same order; which are held out, (n,).

    Of pictures that are held out nothing is learnt.
    """

    pictures: NDArray[np.uint8]
    faces: Floats
    held: NDArray[np.bool_]

    @classmethod
    def load(cls, folder: Path) -> Labelled:
        """Return what `save` wrote, without reading the pictures: workers share one copy of them."""
        pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        return cls(pictures, np.load(folder / "faces.npy"), np.load(folder / "held.npy"))

    def save(self, folder: Path) -> None:
        """Write the pictures and their faces."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "pictures.npy", self.pictures)
        np.save(folder / "faces.npy", self.faces)
        np.save(folder / "held.npy", self.held)

    def faces_of(self, picture: int) -> Floats:
        """Return the faces of a picture, (k, FACE_NUMBERS)."""
        first, end = np.searchsorted(self.faces[:, 0], (picture, picture + 1))
        return self.faces[first:end]


def labelled(folder: Path, detector: Detector, held: int, progress: Callable[[int, int], None]) -> Labelled:
    """Read and label PERSON/PICTURE below a folder (0.03 s a picture); one person in `held` is held out.

    Raises `DataError` where there are no pictures, `NetworkFailed`.
    """
    try:
        files = picture_files(folder)
    except GalleryError as error:
        raise DataError(str(error)) from error
    pictures: list[Picture] = []
    faces: list[Floats] = []
    out: list[bool] = []
    for done, file in enumerate(files, start=1):
        progress(done, len(files))
        try:
            picture = decode((folder / file).read_bytes())
        except PictureError:
            continue  # not one that could be learnt from; the evaluation names what cannot be read
        square = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        found = looked_at(square, detector)
        faces.append(np.hstack((np.full((len(found), 1), len(pictures), np.float32), found)))
        pictures.append(square)
        out.append(is_held_out(Path(file).parts[0], held))
    if not faces or not sum(map(len, faces)):
        raise DataError(f"{folder}: no face was found in any of {len(files)} pictures")
    return Labelled(np.stack(pictures), np.concatenate(faces), np.array(out))


def looked_at(picture: Picture, detector: Detector) -> Floats:
    """Return a picture's faces, (k, FACE_NUMBERS - 1), as the mean of three looks: as it is, mirrored, enlarged.

    One look's points differ from the next one's; a network should not spend itself on learning by how much.
    A face that not every look shows keeps the mean of those that do, and counts as less sure.
    """
    large = cv2.resize(picture, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC)
    mirror = np.ascontiguousarray(picture[:, ::-1])
    looks = [
        detector.detect(picture),
        [turned_back(face, picture.shape[1]) for face in detector.detect(mirror)],
        [_shrunk(face) for face in detector.detect(np.asarray(large, np.uint8))],
    ]
    groups: list[list[Face]] = []
    for face in itertools.chain(*looks):
        group = next((group for group in groups if overlap(group[0], face) >= SAME), None)
        if group is None:
            groups.append([face])
        else:
            group.append(face)
    rows = [_mean(group, sum(face.confidence for face in group) / len(looks) >= SURE) for group in groups]
    return np.array(rows, np.float32).reshape(-1, FACE_NUMBERS - 1)


def _shrunk(face: Face) -> Face:
    """Return a face of the enlarged picture where it is in the picture."""
    x, y, width, height = face.box
    box = (x / LARGER, y / LARGER, width / LARGER, height / LARGER)
    return Face(box, face.points / np.float32(LARGER), face.confidence)


def _mean(faces: Sequence[Face], sure: bool) -> list[float]:
    """Return the numbers of a face that is seen in several looks, all but its picture's."""
    x, y, width, height = np.mean([face.box for face in faces], axis=0).tolist()
    points = np.mean([face.points.ravel() for face in faces], axis=0).tolist()
    return [x + width / 2, y + height / 2, width, height, *points, float(sure)]
