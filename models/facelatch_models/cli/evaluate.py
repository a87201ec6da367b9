"""`facelatch-models evaluate` and `calibrate`: what a pack is worth, and what its cosines mean."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from importlib.resources import as_file
from pathlib import Path
from typing import Annotated

import msgspec
import tomlkit
import typer

from facelatch_models.build import parsed_recipe, read_recipe, recipe_folder
from facelatch_models.cli.measurement import measuring, progressing
from facelatch_models.evaluation.bounds import (
    Calibrated,
    Method,
    figures_on,
    measured_calibration,
    place,
    shown_reliability,
    write_calibration,
)
from facelatch_models.evaluation.cohort import COUNT
from facelatch_models.evaluation.comparison import Pairs, compare_all, read_suspects
from facelatch_models.evaluation.gallery import Cache, Gallery, GalleryError, read_gallery, vector_key
from facelatch_models.evaluation.insightface_zoo import zoo_networks
from facelatch_models.evaluation.lids import read_lids, shut, threshold_closing
from facelatch_models.evaluation.plots import plot_reliability, plot_tradeoffs, tradeoff
from facelatch_models.evaluation.presentation import THRESHOLDS, read_presentations, refusals, threshold_refusing
from facelatch_models.evaluation.recognition import Recognition, recognise
from facelatch_models.evaluation.report import (
    circumstances,
    circumstances_lines,
    recognition_lines,
    refusal_lines,
    shut_lines,
)
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import MANIFEST, Pack, Role, read_manifest
from facelatch_models.scale import LARGEST_COHORT, Figure
from facelatch_models.search import choose
from facelatch_models.yardstick import Yardstick


class What(enum.Enum):
    """What is measured."""

    RECOGNITION = "recognition"
    LIVENESS = "liveness"
    EYES = "eyes"


class Engine(enum.Enum):
    """Who runs the networks."""

    OWN = "own"
    INSIGHTFACE = "insightface"


PackOption = Annotated[str, typer.Option("--pack", help="Name of a pack, or its folder (with a slash in it).")]
DataOption = Annotated[
    Path,
    typer.Option("--data", exists=True, file_okay=False, help="Folder of PERSON/PICTURE."),
]
SuspectsOption = Annotated[
    Path | None, typer.Option("--suspects", help="JSON list of pairs of files whose names are probably wrong.")
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="Threads of one network.")]
CacheOption = Annotated[Path | None, typer.Option("--cache", help="Folder to keep vectors in between runs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            exists=True,
            help="Folder of PERSON/PICTURE; liveness: or KIND/PERSON/PICTURE; eyes: or a zip of aligned faces.",
        ),
    ],
    pack: PackOption = "",
    what: Annotated[
        What, typer.Option("--what", help="Recognition (all pairs), liveness, or eyes.")
    ] = What.RECOGNITION,
    suspects: SuspectsOption = None,
    engine: Annotated[Engine, typer.Option("--engine", help="Our code, or the insightface package.")] = Engine.OWN,
    bare: Annotated[bool, typer.Option("--bare", help="Compare by cosine alone, without the pack's cohort.")] = False,
    refuse: Annotated[
        float | None,
        typer.Option(
            "--refuse",
            min=0.0,
            max=0.5,
            help="Say which threshold refuses this share of living people, or calls this share of open eyes closed.",
        ),
    ] = None,
    plots: Annotated[Path | None, typer.Option("--plots", help="Folder for det.svg and reliability.svg.")] = None,
    threads: ThreadsOption = 1,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a pack on pictures: FMR, FNMR, FTA, EER of recognition, APCER and BPCER of liveness, or open eyes."""
    with measuring(as_json):
        pairs = None if suspects is None else read_suspects(suspects)
        chosen = choose(pack)
        networks = zoo_networks(chosen) if engine is Engine.INSIGHTFACE else load_networks(chosen, threads)
        how = circumstances(chosen, data, engine.value, threads)
        if what is What.LIVENESS:
            result, lines = _liveness(chosen, networks, data, refuse)
        elif what is What.EYES:
            result, lines = _eyes(chosen, networks, data, refuse)
        else:
            gallery = embedded(data, networks, chosen, engine, cache)
            yardstick = Yardstick.of(chosen)
            result, lines = _recognition(gallery, pairs, None if bare else yardstick)
            comparisons = compare_all(gallery, pairs or (), yardstick)
            misses, shown = tradeoff(comparisons), shown_reliability(comparisons, yardstick)
            curves = {"tradeoff": misses, "reliability": shown}
            result |= msgspec.to_builtins(curves, enc_hook=lambda array: array.tolist())
            if plots is not None:
                plot_tradeoffs({chosen.manifest.id: misses}, plots / "det.svg")
                plot_reliability({chosen.manifest.id: shown}, plots / "reliability.svg")
    if as_json:
        print(json.dumps({"circumstances": dataclasses.asdict(how), **result}, indent=2))
    else:
        print("\n".join([*circumstances_lines(how), "", *lines]))


def embedded(data: Path, networks: Networks, pack: Pack, engine: Engine, cache: Path | None) -> Gallery:
    """Return the pictures as vectors, from the cache as far as it has them, telling the progress."""
    kept = None if cache is None else Cache(cache, vector_key(pack, engine.value))
    with progressing(f"embedding {data}") as progress:
        gallery = read_gallery(data, networks, kept, progress)
    if kept is not None:
        kept.save()
    return gallery


def _recognition(
    gallery: Gallery, suspects: Pairs | None, yardstick: Yardstick | None
) -> tuple[dict[str, object], list[str]]:
    """Return the figures with all pairs, and without the suspect ones where they are given."""
    found: dict[str, Recognition] = {"all pairs": recognise(gallery, compare_all(gallery, (), yardstick), yardstick)}
    if suspects is not None:
        comparisons = compare_all(gallery, suspects, yardstick)
        found["without suspect pairs"] = recognise(gallery, comparisons, yardstick)
    lines = []
    for title, one in found.items():
        lines += [f"--- {title}", *recognition_lines(one), ""]
    return {"recognition": {title: dataclasses.asdict(one) for title, one in found.items()}}, lines


def _liveness(pack: Pack, networks: Networks, data: Path, refuse: float | None) -> tuple[dict[str, object], list[str]]:
    part = pack.manifest.part(Role.LIVENESS)
    if part is None or networks.liveness is None:
        raise GalleryError(f"{pack.folder}: has no liveness network that could be measured")
    with progressing(f"judging {data}") as progress:
        kinds = read_presentations(data, networks.detector, networks.liveness, progress)
    rows = [[refusals(kind, bar) for kind in kinds] for bar in sorted({*THRESHOLDS, part.threshold})]
    result: dict[str, object] = {
        "threshold": part.threshold,
        "liveness": [[dataclasses.asdict(one) for one in row] for row in rows],
    }
    lines = list(refusal_lines(rows, part.threshold))
    if refuse is not None:
        result["refusing"] = wanted = threshold_refusing(kinds[0], refuse)
        says = "none: in more of them is no face" if wanted is None else f"{math.floor(1000 * wanted) / 1000:.3f}"
        lines.append(f"the largest threshold with a BPCER of at most {refuse:.1%}: {says}")
    return result, lines


def _eyes(pack: Pack, networks: Networks, data: Path, refuse: float | None) -> tuple[dict[str, object], list[str]]:
    if networks.eyes is None:
        raise GalleryError(f"{pack.folder}: has no network of the eyes that could be measured")
    threshold = networks.eyes.threshold
    with progressing(f"looking at {data}") as progress:
        lids = read_lids(data, networks.detector, networks.eyes, progress)
    rows = shut(lids, threshold)
    result: dict[str, object] = {"threshold": threshold, "eyes": [dataclasses.asdict(row) for row in rows]}
    lines = list(shut_lines(rows, lids.unclear, threshold))
    if refuse is not None:
        result["closing"] = wanted = threshold_closing(lids, refuse)
        lines.append(f"the largest threshold that calls at most {refuse:.1%} of every group closed: {wanted:.3f}")
    return result, lines


def calibrate(
    data: DataOption,
    pack: PackOption = "",
    check: Annotated[
        Path | None,
        typer.Option("--check", exists=True, file_okay=False, help="Pictures of other people, to state figures on."),
    ] = None,
    suspects: SuspectsOption = None,
    held: Annotated[
        int, typer.Option("--held", min=1, help="Fit on one person in so many: those whom training left aside.")
    ] = 2,
    cohort: Annotated[
        int, typer.Option("--cohort", min=0, max=LARGEST_COHORT, help="Vectors of the cohort, drawn; 0 for none.")
    ] = COUNT,
    threads: ThreadsOption = 1,
    cache: CacheOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write the result into pack.toml.")] = False,
    remark: Annotated[str, typer.Option("--remark", help="What else is to be known of what is measured.")] = "",
    recipe: Annotated[bool, typer.Option("--recipe", help="Write it into the recipe of the pack's name, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a pack's calibration on people that its embedder was not trained on, and check it on others."""
    if check is not None and check.resolve() == data.resolve():
        raise typer.BadParameter("figures are to be stated on other people than were fitted on", param_hint="--check")
    with measuring(as_json):
        method = Method(held, cohort, read_suspects(suspects) if suspects else frozenset(), remark)
        chosen = choose(pack)
        networks = load_networks(chosen, threads)
        how = circumstances(chosen, data, Engine.OWN.value, threads)
        gallery = embedded(data, networks, chosen, Engine.OWN, cache)
        with progressing("shaking looks") as progress:
            found = measured_calibration(gallery, networks, method, progress)
        figures: list[Figure] = []
        if check is not None:
            other = embedded(check, networks, chosen, Engine.OWN, cache)
            command = _command(chosen, data, check, suspects, method)
            figures = figures_on(found.yardstick, other, method, command)
        if write:
            path = chosen.folder / MANIFEST
            write_calibration(path, found, figures, lambda text: read_manifest(text, str(path)))
        if recipe:
            _write_recipe(chosen, found, figures)
    result = {"calibration": msgspec.to_builtins(found.calibration), "figure": msgspec.to_builtins(figures)}
    if as_json:
        print(json.dumps({"circumstances": dataclasses.asdict(how), **result}, indent=2))
    else:
        print("\n".join([*circumstances_lines(how), "", tomlkit.dumps(result)]))


def _command(pack: Pack, data: Path, check: Path, suspects: Path | None, method: Method) -> str:
    """Return the command as anybody may give it: with names of data, not with where this machine keeps them."""
    left_out = f" --suspects {place(suspects)}" if suspects else ""
    return (
        f"facelatch-models calibrate --pack {pack.manifest.id} --data {place(data)} --check {place(check)}{left_out} "
        f"--held {method.one_in} --cohort {method.cohort}"
    )


def _write_recipe(pack: Pack, found: Calibrated, figures: list[Figure]) -> None:
    """Write into the recipe of the pack's name; raises `UnknownRecipeError` where there is none."""
    read_recipe(pack.manifest.id)
    with as_file(recipe_folder()) as folder:
        write_calibration(folder / f"{pack.manifest.id}.toml", found, figures, lambda text: parsed_recipe(text))
