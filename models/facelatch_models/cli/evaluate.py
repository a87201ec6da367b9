"""`facelatch-models evaluate` and `calibrate`: what a pack is worth, and what its cosines mean."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import tomlkit
import typer
from rich.console import Console
from rich.progress import Progress

from facelatch_models.calibration import CalibrationError
from facelatch_models.cli.console import Code, fail, reported
from facelatch_models.evaluation.bounds import figures_at_bounds, measured_calibration, write_calibration
from facelatch_models.evaluation.comparison import compare_all, read_suspects
from facelatch_models.evaluation.gallery import Cache, Gallery, GalleryError, read_gallery, vector_key
from facelatch_models.evaluation.insightface_zoo import ZooMissing, ZooUnfit, zoo_networks
from facelatch_models.evaluation.presentation import THRESHOLDS, read_presentations, refusals
from facelatch_models.evaluation.recognition import Recognition, recognise
from facelatch_models.evaluation.report import (
    circumstances,
    circumstances_lines,
    recognition_lines,
    refusal_lines,
)
from facelatch_models.networks import Networks, load_networks
from facelatch_models.pack import Figure, Pack, Role
from facelatch_models.runtime import NetworkFailed
from facelatch_models.search import choose


class What(enum.Enum):
    """What is measured."""

    RECOGNITION = "recognition"
    LIVENESS = "liveness"


class Engine(enum.Enum):
    """Who runs the networks."""

    OWN = "own"
    INSIGHTFACE = "insightface"


PackOption = Annotated[str, typer.Option("--pack", help="Name of a pack, or its folder (with a slash in it).")]
DataOption = Annotated[
    Path,
    typer.Option("--data", exists=True, file_okay=False, help="PERSON/PICTURE; liveness: KIND/PERSON/PICTURE."),
]
SuspectsOption = Annotated[
    Path | None, typer.Option("--suspects", help="JSON list of pairs of files whose names are probably wrong.")
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="Threads of one network.")]
CacheOption = Annotated[Path | None, typer.Option("--cache", help="Folder to keep vectors in between runs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def evaluate(
    data: DataOption,
    pack: PackOption = "",
    what: Annotated[What, typer.Option("--what", help="Recognition (all pairs) or liveness.")] = What.RECOGNITION,
    suspects: SuspectsOption = None,
    engine: Annotated[Engine, typer.Option("--engine", help="Our code, or the insightface package.")] = Engine.OWN,
    threads: ThreadsOption = 1,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a pack on pictures: FMR, FNMR, FTA, EER of recognition, or APCER and BPCER of liveness."""
    with _faults(as_json):
        chosen = choose(pack)
        networks = zoo_networks(chosen) if engine is Engine.INSIGHTFACE else load_networks(chosen, threads)
        how = circumstances(chosen, data, engine.value, threads)
        if what is What.LIVENESS:
            result, lines = _liveness(chosen, networks, data)
        else:
            gallery = embedded(data, networks, chosen, engine, cache)
            result, lines = _recognition(gallery, suspects)
    if as_json:
        print(json.dumps({"circumstances": dataclasses.asdict(how), **result}, indent=2))
    else:
        print("\n".join([*circumstances_lines(how), "", *lines]))


def embedded(data: Path, networks: Networks, pack: Pack, engine: Engine, cache: Path | None) -> Gallery:
    """Return the pictures as vectors, from the cache as far as it has them, telling the progress."""
    kept = None if cache is None else Cache(cache, vector_key(pack, engine.value))
    with _progress(f"embedding {data}") as progress:
        gallery = read_gallery(data, networks, kept, progress)
    if kept is not None:
        kept.save()
    return gallery


def _recognition(gallery: Gallery, suspects: Path | None) -> tuple[dict[str, object], list[str]]:
    """Return the figures with all pairs, and without the suspect ones where they are given."""
    found: dict[str, Recognition] = {"all pairs": recognise(gallery, compare_all(gallery))}
    if suspects is not None:
        found["without suspect pairs"] = recognise(gallery, compare_all(gallery, read_suspects(suspects)))
    lines = []
    for title, one in found.items():
        lines += [f"--- {title}", *recognition_lines(one), ""]
    return {"recognition": {title: dataclasses.asdict(one) for title, one in found.items()}}, lines


def _liveness(pack: Pack, networks: Networks, data: Path) -> tuple[dict[str, object], list[str]]:
    part = pack.manifest.part(Role.LIVENESS)
    if part is None or networks.liveness is None:
        raise GalleryError(f"{pack.folder}: has no liveness network that could be measured")
    with _progress(f"judging {data}") as progress:
        kinds = read_presentations(data, networks.detector, networks.liveness, progress)
    rows = [[refusals(kind, bar) for kind in kinds] for bar in sorted({*THRESHOLDS, part.threshold})]
    result = {"threshold": part.threshold, "liveness": [[dataclasses.asdict(one) for one in row] for row in rows]}
    return result, list(refusal_lines(rows, part.threshold))


def calibrate(
    data: DataOption,
    pack: PackOption = "",
    check: Annotated[
        Path | None,
        typer.Option("--check", exists=True, file_okay=False, help="Pictures of other people, to state figures on."),
    ] = None,
    suspects: SuspectsOption = None,
    threads: ThreadsOption = 1,
    cache: CacheOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write the result into pack.toml.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a pack's calibration on people that its embedder was not trained on, and check it on others."""
    if check is not None and check.resolve() == data.resolve():
        raise typer.BadParameter("figures are to be stated on other people than were fitted on", param_hint="--check")
    with _faults(as_json):
        chosen = choose(pack)
        networks = load_networks(chosen, threads)
        how = circumstances(chosen, data, Engine.OWN.value, threads)
        pairs = read_suspects(suspects) if suspects else frozenset()
        gallery = embedded(data, networks, chosen, Engine.OWN, cache)
        with _progress("shaking looks") as progress:
            found = measured_calibration(gallery, networks, pairs, progress)
        figures: list[Figure] = []
        if check is not None:
            other = embedded(check, networks, chosen, Engine.OWN, cache)
            figures = figures_at_bounds(found, other, pairs, how.command)
        if write:
            write_calibration(chosen, found, figures)
    result = {"calibration": msgspec.to_builtins(found), "figure": msgspec.to_builtins(figures)}
    if as_json:
        print(json.dumps({"circumstances": dataclasses.asdict(how), **result}, indent=2))
    else:
        print("\n".join([*circumstances_lines(how), "", tomlkit.dumps(result)]))


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while the block runs; the block calls what it gets."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def _faults(as_json: bool) -> Iterator[None]:
    """Turn the errors that a user can mend into one line (or one JSON object) and an exit code."""
    with reported(as_json):
        try:
            yield
        except (NetworkFailed, GalleryError, CalibrationError, ZooMissing, ZooUnfit, OSError) as error:
            fail(as_json, Code.NOTHING, "failed", error)
