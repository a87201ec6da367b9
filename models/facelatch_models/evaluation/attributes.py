"""How often what is told of a face is what people said of it, for whom, and how sure the network should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_models.attributes import AttributeNetwork
from facelatch_models.evaluation.gallery import GalleryError
from facelatch_models.evaluation.labelled import ADULT, GROUPS, UNKNOWN, VOCABULARY, Labelled
from facelatch_models.evaluation.likeness import FACE
from facelatch_models.evaluation.report import percent
from facelatch_models.pack import Attribute
from facelatch_models.statistics import Rate, calibration_error, clopper_pearson

STRANGERS: Final = "adults who are like nobody learnt from"
ADULTS: Final = "adults"

CAUTION: Final = (
    "the truth is what annotators, or a program they checked, saw in a picture: how somebody is perceived, not who",
    "or what somebody is; the groups are the words of UTKFace's authors, which say little of skin tone and nothing of",
    "descent; some of the errors are those of the labels",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was told, in one thing, of the faces whose truth is known: rows of `known` and the answers, all (n,)."""

    name: str
    truth: NDArray[np.int64]
    likeliest: NDArray[np.int64]
    probability: NDArray[np.float64]
    sure: NDArray[np.bool_]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which likeliest labels are the true ones, told or not."""
        return np.asarray(self.likeliest == self.truth, np.bool_)


@dataclass(frozen=True, slots=True)
class Portion:
    """The figures of some faces. right: of all, the likeliest label taken even where unsure; told: of the sure ones."""

    title: str
    pictures: int
    right: Rate
    unsure: Rate
    told: Rate


@dataclass(frozen=True, slots=True)
class Finding:
    """The figures of one thing that is told.

    calibration_error: expected distance, over ten bins, of the likeliest label's probability from the share that is
    right, the unsure ones included; the same for strangers, None where nobody was looked for. nothing: share of
    pictures of no face of which it is unsure.
    """

    name: str
    labels: tuple[str, ...]
    sure: float
    portions: tuple[Portion, ...]
    calibration_error: float
    strangers_calibration_error: float | None
    nothing: Rate


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was measured; milliseconds: median for one face, alignment included."""

    findings: tuple[Finding, ...]
    milliseconds: float


def measure(
    known: Labelled,
    strangers: NDArray[np.bool_] | None,
    network: AttributeNetwork,
    nothing: NDArray[np.uint8],
    progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """Measure on faces, and on pictures of `nothing`, (m, SIDE, SIDE, 3); `strangers`: who is like nobody learnt from.

    What none of the faces is labelled with is left out. Raises `GalleryError` where that is everything, or the network
    tells other things than are known here; `NetworkFailed`.
    """
    if odd := {one.name for one in network.attributes if VOCABULARY.get(one.name) != one.labels}:
        raise GalleryError(f"nothing is known of what the pack calls {', '.join(sorted(odd))}, or of its labels")
    found: list[list[NDArray[np.float64]]] = []
    times = []
    for face in (*known.faces, *nothing):
        begun = time.perf_counter()
        found.append(network.probabilities(face, FACE))
        times.append(time.perf_counter() - begun)
        if progress:
            progress(len(found), len(known.faces) + len(nothing))
    findings = [
        _finding(known, strangers, attribute, np.array([one[place] for one in found]))
        for place, attribute in enumerate(network.attributes)
        if (known.truth(attribute.name) != UNKNOWN).any()
    ]
    if not findings:
        raise GalleryError("none of the pictures held out is labelled with anything that the pack tells")
    return Findings(tuple(findings), 1000 * float(np.median(times)))


def _finding(
    known: Labelled, strangers: NDArray[np.bool_] | None, attribute: Attribute, probabilities: NDArray[np.float64]
) -> Finding:
    """Return the figures of one thing; probabilities: (faces and then nothings, labels)."""
    count, highest = len(known.faces), probabilities.max(axis=1)
    sure = highest >= attribute.sure
    truth = known.truth(attribute.name)
    answers = Answers(attribute.name, truth, probabilities.argmax(axis=1)[:count], highest[:count], sure[:count])
    seen = truth != UNKNOWN
    return Finding(
        attribute.name,
        attribute.labels,
        attribute.sure,
        tuple(_portions(known, strangers, answers)),
        calibration_error(answers.probability[seen], answers.right[seen]),
        None if strangers is None else calibration_error(*_of(answers, seen & strangers)),
        clopper_pearson(int((~sure[count:]).sum()), len(highest) - count),
    )


def finding_lines(found: Findings) -> Iterator[str]:
    """Yield the report."""
    for one in found.findings:
        yield f"--- {one.name}: {', '.join(one.labels)}; told from a probability of {one.sure:.2f} on"
        yield f"{'':44} {'pictures':>8}  {'right, unsure or not':24} {'unsure':24} right where told"
        for portion in one.portions:
            yield (
                f"{portion.title:44} {portion.pictures:8}  {percent(portion.right, 1):24} "
                f"{percent(portion.unsure, 1):24} {percent(portion.told, 1)}"
            )
        errors = f"expected calibration error {one.calibration_error:.1%}"
        if one.strangers_calibration_error is not None:
            errors += f", of people who are like nobody learnt from {one.strangers_calibration_error:.1%}"
        yield f"{errors}; unsure of {percent(one.nothing, 1)} of the pictures that show no face"
        yield ""
    yield f"{found.milliseconds:.2f} ms a face on one thread, alignment included (median)"
    yield "intervals: Clopper-Pearson 95 % over pictures, some of which are of one person"
    yield from CAUTION


def _portions(known: Labelled, strangers: NDArray[np.bool_] | None, answers: Answers) -> Iterator[Portion]:
    """Yield the figures of all, adults, strangers, each label, each answer, and each age band and group that there is.

    Where an answer is seldom given, its own figure says how far to believe it: the labels' do not.
    """
    seen, aged = answers.truth != UNKNOWN, known.ages != UNKNOWN
    adults = aged & (known.ages >= ADULT)
    chosen = {"all": seen, ADULTS: seen & adults}
    if strangers is not None:
        chosen[STRANGERS] = seen & adults & strangers
    for index, word in enumerate(VOCABULARY[answers.name]):
        chosen[f"labelled {word}"] = answers.truth == index
        chosen[f"taken for {word}"] = seen & (answers.likeliest == index)
    if answers.name != "age":
        bands = known.truth("age")
        chosen |= {f"aged {word}": seen & (bands == index) for index, word in enumerate(VOCABULARY["age"])}
    chosen |= {f"adults labelled {word}": seen & adults & (known.groups == index) for index, word in enumerate(GROUPS)}
    for title, rows in chosen.items():
        if rows.any():
            yield _portion(title, answers, rows)


def _portion(title: str, answers: Answers, rows: NDArray[np.bool_]) -> Portion:
    count, told = int(rows.sum()), rows & answers.sure
    return Portion(
        title,
        count,
        clopper_pearson(int(answers.right[rows].sum()), count),
        clopper_pearson(count - int(told.sum()), count),
        clopper_pearson(int(answers.right[told].sum()), int(told.sum())),
    )


def _of(answers: Answers, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return answers.probability[rows], answers.right[rows]
