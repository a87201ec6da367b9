"""What bad pictures do to the evidence: the same probes blurred, small, dark, turned, squeezed.

A bad picture may cost matches; if it made strangers match, evidence would have to be weighed by quality. Frames that
the eye would not judge (dark, far, blurred, turned) are left out, as they are at a login.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.comparison import Pairs
from facelatch_models.evaluation.gallery import Gallery, most_central
from facelatch_models.face import Face, Picture
from facelatch_models.networks import Networks
from facelatch_models.picture import decode
from facelatch_models.pose import pose_of
from facelatch_models.quality import quality_of
from facelatch_models.yardstick import Yardstick

PEOPLE: Final = 200
SEED: Final = 5
EDGE: Final = 6.9
"""Evidence, in nats, at which false matches are counted: low enough that there are some."""

Change = Callable[[Picture, float, np.random.Generator], Picture]


@dataclass(frozen=True)
class Degraded:
    """What became of the probes of one kind; rates are of comparisons with clear probes, people weigh alike."""

    kind: str
    probes: int
    clear: int
    false: float
    missed: float
    median: float


def _blurred(share: float) -> Change:
    return lambda picture, eyes, _: np.asarray(cv2.GaussianBlur(picture, (0, 0), share * eyes), np.uint8)


def _small(share: float) -> Change:
    def change(picture: Picture, _eyes: float, _random: np.random.Generator) -> Picture:
        height, width = picture.shape[:2]
        small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        frame = np.full_like(picture, 90)
        top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
        frame[top : top + small.shape[0], left : left + small.shape[1]] = small
        return frame

    return change


def _dark(share: float) -> Change:
    return lambda picture, _, random: np.clip(picture * share + random.normal(0, 2, picture.shape), 0, 255).astype(
        np.uint8
    )


def _turned(degrees: float) -> Change:
    def change(picture: Picture, _eyes: float, _random: np.random.Generator) -> Picture:
        height, width = picture.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return change


def _squeezed(quality: int) -> Change:
    return lambda picture, _eyes, _random: decode(
        cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()
    )


CHANGES: Final[dict[str, Change]] = {
    "as it is": lambda picture, _eyes, _random: picture,
    "blur of 0.03 eye distances": _blurred(0.03),
    "blur of 0.05": _blurred(0.05),
    "blur of 0.07": _blurred(0.07),
    "half the size": _small(0.5),
    "0.4 of the size": _small(0.4),
    "0.4 of the light": _dark(0.4),
    "0.2 of the light": _dark(0.2),
    "turned by 20 degrees": _turned(20),
    "JPEG of quality 15": _squeezed(15),
    "JPEG of quality 6": _squeezed(6),
}


def degraded(
    gallery: Gallery, networks: Networks, yardstick: Yardstick, suspects: Pairs, level: float
) -> list[Degraded]:
    """Return what each change does to probes of at most `PEOPLE` people, one a person; `level`: a bound, in nats."""
    held = yardstick.hold(np.nan_to_num(gallery.vectors))
    rows = _rows(gallery)
    apart = _apart(gallery, suspects)
    result = []
    for kind, change in CHANGES.items():
        random = np.random.default_rng(SEED)
        false, missed, medians, compared = 0, [], [], 0
        clear = list(_clear(gallery, rows, change, networks, random))
        for row, vector in clear:
            ratios = yardstick.ratios(vector, held)
            same = (gallery.people == gallery.people[row]) & gallery.acquired
            others = ~same & gallery.acquired & ~apart[row]
            same[row] = False
            false += int((ratios[others] > EDGE).sum())
            compared += int(others.sum())
            missed.append(float((ratios[same] <= level).mean()))
            medians.append(float(np.median(ratios[same])))
        result.append(
            Degraded(kind, len(rows), len(clear), false / compared, float(np.mean(missed)), float(np.median(medians)))
        )
    return result


def _rows(gallery: Gallery) -> NDArray[np.int64]:
    """Return one picture of each of some people with two or more."""
    counts = np.bincount(gallery.people, weights=gallery.acquired)
    rows = np.flatnonzero(gallery.acquired & (counts[gallery.people] >= 2))
    firsts = rows[np.unique(gallery.people[rows], return_index=True)[1]]
    return np.asarray(np.random.default_rng(SEED).permutation(firsts)[:PEOPLE], np.int64)


def _apart(gallery: Gallery, suspects: Pairs) -> dict[int, NDArray[np.bool_]]:
    """Return, for each row, whom it is not compared with, because names are probably wrong."""
    row_of = {file: row for row, file in enumerate(gallery.files)}
    apart = {row: np.zeros(len(gallery.files), np.bool_) for row in range(len(gallery.files))}
    for first, second in suspects:
        if first in row_of and second in row_of:
            apart[row_of[first]][row_of[second]] = apart[row_of[second]][row_of[first]] = True
    return apart


def _clear(
    gallery: Gallery, rows: NDArray[np.int64], change: Change, networks: Networks, random: np.random.Generator
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield the probes that the eye would judge, as vectors."""
    for row in rows.tolist():
        picture = decode((gallery.folder / gallery.files[row]).read_bytes())
        found = most_central(networks.detector.detect(picture), picture)
        if found is None:
            continue
        changed = change(picture, float(np.hypot(*(found.points[0] - found.points[1]))), random)
        face = most_central(networks.detector.detect(changed), changed)
        if face is not None and _is_clear(changed, face):
            yield row, networks.embedder.embed(changed, face)


def _is_clear(picture: Picture, face: Face) -> bool:
    quality, pose = quality_of(picture, face), pose_of(face.points)
    return not (quality.dark or quality.far or quality.blurred or pose.turned)
