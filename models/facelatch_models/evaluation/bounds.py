"""A pack's `[calibration]` and `[[figure]]`: from pictures of some people, checked on pictures of others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
import tomlkit

from facelatch_models.calibration import LEVELS, bound_for, fit_line, intraclass_correlation
from facelatch_models.evaluation.comparison import Pairs, compare_all
from facelatch_models.evaluation.gallery import Gallery
from facelatch_models.evaluation.look import FRAMES, look_cosines
from facelatch_models.evaluation.recognition import point_at
from facelatch_models.networks import Networks
from facelatch_models.pack import MANIFEST, Calibration, Figure, Pack, read_manifest
from facelatch_models.statistics import Rate, clopper_pearson

_DIGITS: Final = 4


def measured_calibration(
    gallery: Gallery,
    networks: Networks,
    suspects: Iterable[tuple[str, str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Return line, bounds and correlation from a gallery of people that the embedder was not trained on.

    The correlation is the larger of impostors' and genuine looks': somebody who resembles the user does so in every
    frame. Raises `CalibrationError`, `GalleryError`, `NetworkFailed`.
    """
    comparisons = compare_all(gallery, suspects)
    line = fit_line(comparisons.genuine, comparisons.owner, comparisons.impostors)
    bounds = {level: bound_for(line, comparisons.impostors, rate) for level, rate in LEVELS.items()}
    impostor_looks, genuine_looks = look_cosines(gallery, networks, progress=progress)
    theory = [level for level, bound in bounds.items() if not bound.shown]
    return Calibration(
        slope=round(line.slope, _DIGITS),
        intercept=round(line.intercept, _DIGITS),
        correlation=round(max(map(intraclass_correlation, (impostor_looks, genuine_looks))), _DIGITS),
        bounds={level: round(bound.evidence, _DIGITS) for level, bound in bounds.items()},
        measured=(
            f"{_place(gallery)}: {len(set(gallery.people.tolist()))} people, {len(gallery.files)} pictures, "
            f"{len(comparisons.genuine)} genuine and {len(comparisons.impostors)} impostor comparisons, "
            f"{comparisons.suspect} suspect ones left out; correlation from looks of {FRAMES} shaken frames"
            + (f"; too few impostors to show the bound of {', '.join(theory)}" if theory else "")
        ),
    )


def figures_at_bounds(calibration: Calibration, gallery: Gallery, suspects: Pairs, command: str) -> list[Figure]:
    """Return FMR and FNMR of one comparison at each bound, and FTA, on other people than were fitted on.

    FNMR counts failures to acquire as non-matches, its interval draws people; those of FMR and FTA are
    Clopper-Pearson's.
    """
    comparisons = compare_all(gallery, suspects)
    where = (
        f"{_place(gallery)}, {len(comparisons.impostors)} impostor and {len(comparisons.genuine)} genuine comparisons"
    )
    failed = clopper_pearson(int((~gallery.acquired).sum()), len(gallery.files))
    figures = [_figure("FTA", failed, f"{_place(gallery)}, {len(gallery.files)} pictures", command)]
    for level, bound in calibration.bounds.items():
        cosine = (bound - calibration.intercept) / calibration.slope
        point = point_at(comparisons, cosine, LEVELS[level])
        missed = Rate(1 - point.match.value, 1 - point.match.high, 1 - point.match.low)
        figures += [
            _figure(f"FMR {level}", point.false, where, command),
            _figure(f"FNMR {level}", missed, where, command),
        ]
    return figures


def write_calibration(pack: Pack, calibration: Calibration, figures: Sequence[Figure]) -> None:
    """Put calibration and figures into the pack's `pack.toml`, in place of those of the same names.

    The new text is validated before it replaces the old one, at once and whole. Raises `PackDamaged`, OSError.
    """
    path = pack.folder / MANIFEST
    document = tomlkit.parse(path.read_text())
    document["calibration"] = tomlkit.item(msgspec.to_builtins(calibration))
    names = {figure.name for figure in figures}
    kept = [old for old in document.get("figure", []) if old["name"] not in names]
    new = [
        {key: value for key, value in msgspec.to_builtins(figure).items() if value is not None} for figure in figures
    ]
    if kept or new:
        document["figure"] = tomlkit.item([*kept, *new])
    text = tomlkit.dumps(document).encode()
    read_manifest(text, str(path))
    fresh = path.with_name(f".{MANIFEST}.new")
    fresh.write_bytes(text)
    fresh.chmod(path.stat().st_mode & 0o7777)
    os.replace(fresh, path)


def _figure(name: str, rate: Rate, data: str, command: str) -> Figure:
    value, low, high = (float(f"{number:.3g}") for number in (rate.value, rate.low, rate.high))
    return Figure(name=name, value=value, low=low, high=high, data=data, command=command)


def _place(gallery: Gallery) -> str:
    """Return the last two parts of the folder: what the data is called, not where this machine keeps it."""
    return "/".join(gallery.folder.resolve().parts[-2:])
