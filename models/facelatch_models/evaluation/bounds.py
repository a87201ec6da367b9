"""A pack's `[calibration]` and `[[figure]]`: from pictures of some people, checked on pictures of others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import tomlkit
from numpy.typing import NDArray

from facelatch_models.calibration import bound_for, fit_line, intraclass_correlation
from facelatch_models.evaluation.cohort import draw_cohort, entry
from facelatch_models.evaluation.comparison import Comparisons, Pairs, compare_all
from facelatch_models.evaluation.gallery import Gallery, held_out
from facelatch_models.evaluation.look import FRAMES, look_scores
from facelatch_models.evaluation.recognition import RATES, operating_point, point_at
from facelatch_models.networks import Networks
from facelatch_models.reliability import Reliability, odds_to_show, reliability
from facelatch_models.scale import LEVELS, MISSED, PASSED, Calibration, Cohort, Figure
from facelatch_models.statistics import Rate, clopper_pearson
from facelatch_models.yardstick import Yardstick

CALIBRATION_ERROR: Final = "Expected calibration error of the probability shown, at even odds"

_RANKED: Final = "FNMR at FMR "

_CALIBRATED: Final = (PASSED, MISSED, CALIBRATION_ERROR, _RANKED)
"""How the names of the figures begin that hold for one calibration and its cohort only."""

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Method:
    """How a pack is calibrated.

    one_in: the line is fitted on one person in so many, those whom training too would leave aside; the cohort is drawn
    from the likes of the others. cohort: its vectors, 0 for none. suspects: pairs that are left out. remark: what else
    is to be known of the networks that were measured.
    """

    one_in: int = 2
    cohort: int = 0
    suspects: Pairs = frozenset()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration, and the vectors of its cohort where it has one."""

    calibration: Calibration
    cohort: NDArray[np.float16] | None = None

    @property
    def yardstick(self) -> Yardstick:
        """The yardstick as a pack with this calibration has it."""
        return Yardstick(self.calibration, None if self.cohort is None else self.cohort.astype(np.float32))


def measured_calibration(
    gallery: Gallery, networks: Networks, method: Method, progress: Callable[[int, int], None] | None = None
) -> Calibrated:
    """Return line, bounds, correlation and what to show, from people that the embedder was not trained on.

    The correlation is the larger of impostors' and genuine looks': somebody who resembles the user does so in every
    frame. Raises `CalibrationError`, `GalleryError`, `NetworkFailed`.
    """
    apart = held_out(gallery, method.one_in)
    fitted = gallery.part(apart)
    cohort = draw_cohort(gallery.part(~apart), method.cohort) if method.cohort else None
    bare = Calibrated(_unfitted(None if cohort is None else entry(cohort)), cohort)
    comparisons = compare_all(fitted, method.suspects, bare.yardstick)
    line = fit_line(comparisons.genuine, comparisons.owner, comparisons.impostors)
    bounds = {level: bound_for(line, comparisons.impostors, rate) for level, rate in LEVELS.items()}
    impostor_looks, genuine_looks = look_scores(fitted, networks, bare.yardstick, progress=progress)
    theory = [level for level, bound in bounds.items() if not bound.shown]
    calibration = msgspec.structs.replace(
        bare.calibration,
        slope=round(line.slope, _DIGITS),
        intercept=round(line.intercept, _DIGITS),
        correlation=round(max(map(intraclass_correlation, (impostor_looks, genuine_looks))), _DIGITS),
        bounds={level: round(bound.evidence, _DIGITS) for level, bound in bounds.items()},
        measured=(
            f"{place(gallery.folder)}, one in {method.one_in} of the people: {len(np.unique(fitted.people))} people, "
            f"{len(fitted.files)} pictures, {len(comparisons.genuine)} genuine and {len(comparisons.impostors)} "
            f"impostor comparisons, {comparisons.suspect} suspect ones left out; correlation from looks of {FRAMES} "
            "shaken frames"
            + (", cohort drawn from the likes of the other people" if method.cohort else "")
            + (f"; too few impostors to show the bound of {', '.join(theory)}" if theory else "")
            + (f"; {method.remark}" if method.remark else "")
        ),
    )
    points = odds_to_show(*_evidence(comparisons, Calibrated(calibration, cohort).yardstick))
    return Calibrated(msgspec.structs.replace(calibration, shown=points), cohort)


def _unfitted(cohort: Cohort | None) -> Calibration:
    """Return a calibration whose ratio is the score."""
    bounds = dict.fromkeys(LEVELS, 1.0)
    return Calibration(slope=1.0, intercept=0.0, correlation=1.0, bounds=bounds, cohort=cohort, measured="")


def _evidence(
    comparisons: Comparisons, yardstick: Yardstick
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return evidence of genuine pairs, what each weighs so that people weigh alike, and evidence of impostors."""
    compared = np.isfinite(comparisons.genuine)
    owner = comparisons.owner[compared]
    genuine = yardstick.of_scores(comparisons.genuine[compared])
    return genuine, 1 / np.bincount(owner)[owner], yardstick.of_scores(comparisons.impostors)


def shown_reliability(comparisons: Comparisons, yardstick: Yardstick, prior: float = 0.5) -> Reliability:
    """Return whether the probabilities that the pack would show hold on these people."""
    genuine, weights, impostors = _evidence(comparisons, yardstick)
    shown = [yardstick.probabilities(evidence, prior) for evidence in (genuine, impostors)]
    return reliability(shown[0], weights, shown[1], prior)


def figures_on(yardstick: Yardstick, gallery: Gallery, method: Method, command: str) -> list[Figure]:
    """Return what is to be told of a pack, on other people than were fitted on.

    FNMR counts failures to acquire as non-matches, its interval draws people; those of FMR and FTA are
    Clopper-Pearson's.
    """
    comparisons = compare_all(gallery, method.suspects, yardstick)
    where = place(gallery.folder) + (f", {method.remark}" if method.remark else "")
    counts = f"{where}, {len(comparisons.impostors)} impostor and {len(comparisons.genuine)} genuine comparisons"
    failed = clopper_pearson(int((~gallery.acquired).sum()), len(gallery.files))
    error = shown_reliability(comparisons, yardstick).error
    return [
        _figure("FTA", failed, f"{where}, {len(gallery.files)} pictures", command),
        *_operating_figures(comparisons, counts, command),
        *_level_figures(comparisons, yardstick.calibration, counts, command),
        Figure(name=CALIBRATION_ERROR, value=float(f"{error:.3g}"), data=counts, command=command),
    ]


def _operating_figures(comparisons: Comparisons, counts: str, command: str) -> Iterator[Figure]:
    for rate in RATES:
        if (point := operating_point(comparisons, rate)) is not None:
            mantissa, exponent = f"{rate:.0e}".split("e-0")
            yield _figure(f"{_RANKED}{mantissa}e-{exponent}", _missed(point.match), counts, command)


def _level_figures(comparisons: Comparisons, calibration: Calibration, counts: str, command: str) -> Iterator[Figure]:
    for level, bound in calibration.bounds.items():
        point = point_at(comparisons, (bound - calibration.intercept) / calibration.slope, LEVELS[level])
        yield _figure(PASSED + level, point.false, counts, command)
        yield _figure(MISSED + level, _missed(point.per_person), f"{counts}; people weigh alike", command)


def _missed(match: Rate) -> Rate:
    return Rate(1 - match.value, 1 - match.high, 1 - match.low)


def write_calibration(
    path: Path, found: Calibrated, figures: Sequence[Figure], check: Callable[[bytes], object]
) -> None:
    """Put calibration and figures into a pack's `pack.toml` or into its recipe, and the cohort beside it.

    Figures of the same names are replaced, and where the calibration is another, those that rest on the former one go:
    what was measured at a bound that is no more supports no level. The others are kept. `check` is to raise where the
    new text would not be read back: it is asked before the text replaces the old one, at once and whole. The cohort's
    file is named after its checksum, so that at no time there is a text beside another's cohort. Raises as `check`
    does, OSError.
    """
    document = tomlkit.parse(path.read_text())
    before = document.unwrap().get("calibration", {})
    former = before.get("cohort", {}).get("name")
    document["calibration"] = tomlkit.item(msgspec.to_builtins(found.calibration))
    gone = () if document.unwrap()["calibration"] == before else _CALIBRATED
    names = {figure.name for figure in figures}
    kept = [old for old in document.get("figure", []) if old["name"] not in names and not old["name"].startswith(gone)]
    new = [
        {key: value for key, value in msgspec.to_builtins(figure).items() if value is not None} for figure in figures
    ]
    if kept or new:
        document["figure"] = tomlkit.item([*new, *kept])
    text = tomlkit.dumps(document).encode()
    check(text)
    mode = path.stat().st_mode & 0o7777
    name = None if found.calibration.cohort is None else found.calibration.cohort.name
    if found.cohort is not None and name is not None:
        _replace(path.with_name(name), found.cohort.tobytes(), mode)
    _replace(path, text, mode)
    if former is not None and former != name:
        path.with_name(former).unlink(missing_ok=True)


def _replace(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    fresh.chmod(mode)
    os.replace(fresh, path)


def _figure(name: str, rate: Rate, data: str, command: str) -> Figure:
    value, low, high = (float(f"{number:.3g}") for number in (rate.value, rate.low, rate.high))
    return Figure(name=name, value=value, low=low, high=high, data=data, command=command)


def place(path: Path) -> str:
    """Return the last two parts of a path: what data is called, not where this machine keeps it."""
    return "/".join(path.resolve().parts[-2:])
