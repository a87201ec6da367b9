"""How open eyes are in pictures of people, group by group: whom a threshold would call closed-eyed.

Hardly anybody closes the eyes for a photographer, so that nearly all who are called so are wronged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import GalleryError, most_central, picture_files
from facelatch_models.evaluation.labelled import GROUPS, UNKNOWN, VOCABULARY, read_labelled
from facelatch_models.face import Detector, Eyes, Face
from facelatch_models.picture import PictureError, decode
from facelatch_models.pose import pose_of
from facelatch_models.quality import quality_of
from facelatch_models.statistics import Rate, clopper_pearson
from facelatch_models.train.mixtures import LAYOUT, SIDE

EVERYBODY: Final = "all"

LEAST: Final = 200
"""Pictures that a group must have for a share of one in two hundred to mean anything."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Lids:
    """The openness of the wider eye in each picture that was looked at, (n,), and who is in which group, (n,) each.

    unclear: how many pictures show no face, or one that the eye would not have looked at.
    """

    openness: NDArray[np.float64]
    groups: dict[str, NDArray[np.bool_]]
    unclear: int


@dataclass(frozen=True, slots=True)
class Shut:
    """What a threshold does to a group: in how many of its pictures both eyes count as closed.

    `least`, `median`: the openness that one picture in two hundred, and every second, does not reach.
    """

    group: str
    pictures: int
    closed: int
    rate: Rate
    least: float
    median: float


def read_lids(data: Path, detector: Detector, eyes: Eyes, progress: Progress) -> Lids:
    """Look at the pictures of a folder `PERSON/PICTURE`, or of a zip of aligned faces, which may name groups and ages.

    Raises `GalleryError`, `NetworkFailed`.
    """
    return _folder(data, detector, eyes, progress) if data.is_dir() else _archive(data, eyes, progress)


def shut(lids: Lids, threshold: float) -> list[Shut]:
    """Return what a threshold does to everybody and to each group of at least `LEAST` pictures."""
    return [_shut(name, lids.openness[of], threshold) for name, of in _measurable(lids)]


def threshold_closing(lids: Lids, share: float) -> float:
    """Return the largest threshold, cut to three digits, under which at most this share of every group lies."""
    least = min(
        np.sort(lids.openness[of])[int(share * np.count_nonzero(of) * (1 + 1e-12))] for _, of in _measurable(lids)
    )
    return float(np.floor(least * 1000) / 1000)


def _measurable(lids: Lids) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for name, of in lids.groups.items():
        if name == EVERYBODY or np.count_nonzero(of) >= LEAST:
            yield name, of


def _shut(name: str, openness: NDArray[np.float64], threshold: float) -> Shut:
    closed = int((openness < threshold).sum())
    least, median = np.quantile(openness, (1 / LEAST, 0.5))
    rate = clopper_pearson(closed, len(openness))
    return Shut(name, len(openness), closed, rate, float(least), float(median))


def _folder(data: Path, detector: Detector, eyes: Eyes, progress: Progress) -> Lids:
    files = picture_files(data)
    found: list[float] = []
    for done, file in enumerate(files, start=1):
        openness = _wider((data / file).read_bytes(), detector, eyes)
        found += [] if openness is None else [openness]
        progress(done, len(files))
    if not found:
        raise GalleryError(f"{data}: in none of the pictures is a face that the eye would look at")
    return Lids(np.array(found), {EVERYBODY: np.ones(len(found), np.bool_)}, len(files) - len(found))


def _archive(data: Path, eyes: Eyes, progress: Progress) -> Lids:
    labelled = read_labelled(data)
    points = (np.array(LAYOUT) * SIDE).astype(np.float32)
    face = Face((0.0, 0.0, float(SIDE), float(SIDE)), points, 1.0)
    found: list[float] = []
    for picture in labelled.faces:
        found.append(max(eyes.openness(picture, face)))
        progress(len(found), len(labelled.faces))
    groups = {EVERYBODY: np.ones(len(found), np.bool_)}
    for words, truth in ((GROUPS, labelled.groups), (VOCABULARY["age"], labelled.truth("age"))):
        groups |= {word: truth == index for index, word in enumerate(words) if (truth != UNKNOWN).any()}
    return Lids(np.array(found), groups, 0)


def _wider(content: bytes, detector: Detector, eyes: Eyes) -> float | None:
    """Return the openness of the wider eye of the face a picture is of; None where the eye would not look at it."""
    try:
        picture = decode(content)
    except PictureError:
        return None
    face = most_central(detector.detect(picture), picture)
    if face is None or pose_of(face.points).turned:
        return None
    quality = quality_of(picture, face)
    if quality.dark or quality.far or quality.blurred:
        return None
    return max(eyes.openness(picture, face))
