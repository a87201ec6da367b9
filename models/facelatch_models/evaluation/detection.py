"""How well a detector finds the faces that another one finds, how near its points are, and what it takes for a face."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import most_central, picture_files
from facelatch_models.face import Detector, Face, Picture
from facelatch_models.picture import PictureError, decode
from facelatch_models.statistics import Rate, clopper_pearson

SAME: Final = 0.5
"""Intersection over union from which two boxes are of one face."""

Shares = NDArray[np.float64]

FRAME: Final = (320, 240)
"""Width and height of the frames that are timed."""

FRAMES: Final = 200
MIRRORED: Final = (1, 0, 2, 4, 3)
"""The five points of a mirrored face, in their order."""

NARROWEST: Final = 48
"""Pixels: strips beside the faces that are narrower are not looked at."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What became of one face of the reference; distances: of the five points, (5,), in shares of its eyes' distance.

    size: root of its box's area, in pixels. errors: from the reference's points, None where the face was not found.
    """

    size: float
    errors: Shares | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the points of a face can be relied on: what changes where the picture is mirrored; as in `Sighting`.

    own, reference: distance of a detector's points in the picture from those in its mirror image. settled: the
    detector's errors against the mean of the reference's two looks, which is nearer to the truth than either.
    """

    own: Shares
    reference: Shares
    settled: Shares


@dataclass(frozen=True, slots=True)
class Finding:
    """What was measured on a folder.

    pictures: those read; without: those in which the reference sees nobody, which count for nothing; unreadable: files
    that are no pictures. Errors are of the faces found, in shares of the distance of the eyes. point_errors: mean for
    each of the five points; mean_error: over points and faces; error_95: the 95th percentile of the faces' means.
    own_doubt, reference_doubt, settled_error: means of `Doubt`. None: there was nothing to take it of. smallest,
    largest: of the reference's faces, in pixels.
    """

    data: str
    pictures: int
    without: int
    unreadable: int
    faces: int
    found: int
    recall: Rate
    mean_error: float | None
    point_errors: tuple[float, ...]
    error_95: float | None
    own_doubt: float | None
    reference_doubt: float | None
    settled_error: float | None
    smallest: float
    largest: float


@dataclass(frozen=True, slots=True)
class Alarms:
    """False detections: scenes without a face, in how many of them something was found, and how often in all."""

    scenes: str
    count: int
    alarmed: int
    rate: Rate
    detections: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds of a core for a frame of `FRAME`, reading the answers included: median and 95th percentile."""

    median: float
    high: float


def sighting(faces: Sequence[Face], reference: Face) -> Sighting:
    """Return what of a reference's face a detector found."""
    _, _, width, height = reference.box
    found = same_face(faces, reference)
    return Sighting(float(np.sqrt(width * height)), None if found is None else distances(found, reference.points))


def same_face(faces: Sequence[Face], reference: Face) -> Face | None:
    """Return the face that overlaps another's most, if by `SAME` at least."""
    nearest = max(faces, key=lambda face: overlap(face, reference), default=None)
    return nearest if nearest is not None and overlap(nearest, reference) >= SAME else None


def distances(face: Face, points: NDArray[np.floating]) -> Shares:
    """Return how far a face's points are from others, in shares of the distance of the others' eyes."""
    others = np.asarray(points, np.float64)
    eyes = max(float(np.hypot(*(others[0] - others[1]))), 1e-6)
    return np.asarray(np.linalg.norm(face.points - others, axis=1) / eyes, np.float64)


def turned_back(face: Face, width: int) -> Face:
    """Return a face of the mirrored picture where it is in the picture.

    Coordinates count from the picture's edge: YuNet's points of mirrored pictures agree best so (with pixels' centres
    at whole numbers they are off by one on average).
    """
    x, y, across, down = face.box
    points = face.points[list(MIRRORED)]
    points[:, 0] = width - points[:, 0]
    return Face((width - x - across, y, across, down), points, face.confidence)


def overlap(one: Face, other: Face) -> float:
    """Return the intersection over union of two faces' boxes."""
    (x, y, width, height), (left, top, across, down) = one.box, other.box
    common = max(0.0, min(x + width, left + across) - max(x, left)) * max(
        0.0, min(y + height, top + down) - max(y, top)
    )
    return common / (width * height + across * down - common)


def look_for_faces(
    folder: Path,
    detector: Detector,
    reference: Detector,
    progress: Callable[[int, int], None] | None = None,
    scale: float = 1.0,
) -> Finding:
    """Compare the detector with the reference on the main face of every picture PERSON/PICTURE.

    The reference says on the whole picture where that is; the detector is shown the picture at `scale`, above 0.
    Raises `GalleryError` where there are no pictures, `NetworkFailed`.
    """
    files = picture_files(folder)
    sightings: list[Sighting] = []
    doubts: list[Doubt] = []
    without = unreadable = 0
    for done, file in enumerate(files, start=1):
        if progress:
            progress(done, len(files))
        try:
            picture = decode((folder / file).read_bytes())
        except PictureError:
            unreadable += 1
            continue
        main = most_central(reference.detect(picture), picture)
        if main is None:
            without += 1
            continue
        if scale != 1:
            picture, main = _scaled(picture, main, scale)
        faces = detector.detect(picture)
        sightings.append(sighting(faces, main))
        doubt = _doubt(picture, detector, reference, same_face(faces, main), main)
        if doubt is not None:
            doubts.append(doubt)
    return summary(str(folder), len(files) - unreadable, without, unreadable, sightings, doubts)


def _scaled(picture: Picture, face: Face, scale: float) -> tuple[Picture, Face]:
    made = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    x, y, width, height = face.box
    box = (x * scale, y * scale, width * scale, height * scale)
    return made, Face(box, face.points * np.float32(scale), face.confidence)


def _doubt(picture: Picture, detector: Detector, reference: Detector, found: Face | None, main: Face) -> Doubt | None:
    """Return what the mirror image changes, None where a detector does not see the face in it."""
    mirror = np.ascontiguousarray(picture[:, ::-1])
    width = picture.shape[1]
    own = same_face([turned_back(face, width) for face in detector.detect(mirror)], main)
    other = same_face([turned_back(face, width) for face in reference.detect(mirror)], main)
    if found is None or own is None or other is None:
        return None
    settled = (main.points + other.points) / 2
    return Doubt(distances(own, found.points), distances(other, main.points), distances(found, settled))


def summary(
    data: str,
    pictures: int,
    without: int,
    unreadable: int,
    sightings: Sequence[Sighting],
    doubts: Sequence[Doubt] = (),
) -> Finding:
    """Return the figures of sightings; None where there is nothing to take them of."""
    errors = np.array([one.errors for one in sightings if one.errors is not None]).reshape(-1, 5)
    sizes = [one.size for one in sightings] or [0.0]
    return Finding(
        data=data,
        pictures=pictures,
        without=without,
        unreadable=unreadable,
        faces=len(sightings),
        found=len(errors),
        recall=clopper_pearson(len(errors), len(sightings)),
        mean_error=_mean(errors),
        point_errors=tuple(errors.mean(axis=0).tolist()) if len(errors) else (),
        error_95=float(np.quantile(errors.mean(axis=1), 0.95)) if len(errors) else None,
        own_doubt=_mean([one.own for one in doubts]),
        reference_doubt=_mean([one.reference for one in doubts]),
        settled_error=_mean([one.settled for one in doubts]),
        smallest=min(sizes),
        largest=max(sizes),
    )


def _mean(values: Sequence[Shares] | Shares) -> float | None:
    return float(np.mean(values)) if len(values) else None


def false_alarms(title: str, detector: Detector, scenes: Iterable[Picture]) -> Alarms:
    """Count what a detector finds in scenes without a face; raises `NetworkFailed`."""
    counts = [len(detector.detect(scene)) for scene in scenes]
    alarmed = sum(count > 0 for count in counts)
    return Alarms(title, len(counts), alarmed, clopper_pearson(alarmed, len(counts)), sum(counts))


def beside_the_faces(folder: Path, watchful: Detector) -> Iterator[Picture]:
    """Yield of every picture PERSON/PICTURE what lies left and right of all faces, at its own resolution.

    `watchful` is a detector with a low threshold: what may be a face for it is kept out, with a margin of half of it.
    Raises as `look_for_faces` does.
    """
    for file in picture_files(folder):
        try:
            picture = decode((folder / file).read_bytes())
        except PictureError:
            continue  # told by `look_for_faces`
        faces = watchful.detect(picture)
        if not faces:
            continue  # somebody may be there whom it does not see
        left = min(face.box[0] - face.box[2] / 2 for face in faces)
        right = max(face.box[0] + face.box[2] * 1.5 for face in faces)
        if left >= NARROWEST:
            yield np.ascontiguousarray(picture[:, : int(left)])
        if picture.shape[1] - right >= NARROWEST:
            yield np.ascontiguousarray(picture[:, int(right) :])


def paces(detectors: Sequence[Detector], picture: Picture, frames: int = FRAMES) -> list[Pace]:
    """Return how fast detectors are on a picture brought to `FRAME`; frame by frame in turn.

    The time of the thread, not of the clock: what else the machine does counts little. Their networks are to run on one
    thread, this one.
    """
    frame = np.asarray(cv2.resize(picture, FRAME, interpolation=cv2.INTER_AREA), np.uint8)
    taken: list[list[float]] = [[] for _ in detectors]
    for _ in range(frames):
        for detector, times in zip(detectors, taken, strict=True):
            begun = time.thread_time()
            detector.detect(frame)
            times.append((time.thread_time() - begun) * 1000)
    return [Pace(float(np.median(times)), float(np.quantile(times, 0.95))) for times in taken]
