"""How well a liveness network tells living people from prints: APCER and BPCER of ISO/IEC 30107-3.

A threshold is set by the BPCER that is wanted, on living people alone: tomorrow's attacks are not there to be measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.evaluation.gallery import most_central, picture_files
from facelatch_models.face import Detector, Liveness
from facelatch_models.picture import PictureError, decode
from facelatch_models.statistics import Rate, clopper_pearson

LIVE: Final = "live"

THRESHOLDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Presentations:
    """The probability of life of every picture of one kind (`live`, or a species of attack).

    people: name of the person, (n,). scores: (n,) in [0, 1], "not a number" where no face was found.
    """

    kind: str
    people: tuple[str, ...]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What one threshold does to pictures of one kind.

    For an attack, `rate` is its APCER: the share taken for live. For live people it is the BPCER: the share refused; a
    picture without a face counts as refused, an attack without a face as detected. `subjects`: people with at least one
    such error; `of`: people. `worst`: the highest rate of one person.
    """

    kind: str
    threshold: float
    errors: int
    pictures: int
    rate: Rate
    subjects: int
    of: int
    worst: float


def read_presentations(
    folder: Path, detector: Detector, liveness: Liveness, progress: Callable[[int, int], None] | None = None
) -> list[Presentations]:
    """Score `KIND/PERSON/PICTURE` below a folder, `live` first; raises `GalleryError`, `NetworkFailed`.

    Where there is no folder `live`, everything is taken for `PERSON/PICTURE` of living people.
    """
    if (folder / LIVE).is_dir():
        kinds = sorted((path.name for path in folder.iterdir() if path.is_dir()), key=lambda name: (name != LIVE, name))
        places = {kind: folder / kind for kind in kinds}
    else:
        places = {LIVE: folder}
    files = {kind: picture_files(place) for kind, place in places.items()}
    total, done = sum(map(len, files.values())), 0
    result = []
    for kind, place in places.items():
        scores = []
        for file in files[kind]:
            scores.append(_score((place / file).read_bytes(), detector, liveness))
            done += 1
            if progress:
                progress(done, total)
        result.append(Presentations(kind, tuple(Path(file).parts[0] for file in files[kind]), np.array(scores)))
    return result


def refusals(presentations: Presentations, threshold: float) -> Refusal:
    """Return the errors at a threshold; a picture counts as live where its score is at least that."""
    taken = presentations.scores >= threshold  # "not a number" is never taken for live
    wrong = ~taken if presentations.kind == LIVE else taken
    by_person = {
        name: wrong[[person == name for person in presentations.people]] for name in sorted(set(presentations.people))
    }
    errors = int(wrong.sum())
    return Refusal(
        presentations.kind,
        threshold,
        errors,
        len(wrong),
        clopper_pearson(errors, len(wrong)),
        sum(bool(one.any()) for one in by_person.values()),
        len(by_person),
        max(float(one.mean()) for one in by_person.values()),
    )


def threshold_refusing(live: Presentations, share: float) -> float | None:
    """Return the largest threshold that refuses at most this share, in [0, 1), of living people's pictures.

    None where even the smallest refuses more, because in so many there is no face.
    """
    scores = np.sort(np.nan_to_num(live.scores, nan=-1.0))
    found = float(scores[int(share * len(scores) * (1 + 1e-12))])
    return found if found > 0 else None


def _score(content: bytes, detector: Detector, liveness: Liveness) -> float:
    try:
        picture = decode(content)
    except PictureError:
        return float("nan")
    face = most_central(detector.detect(picture), picture)
    return float("nan") if face is None else liveness.live(picture, face)
