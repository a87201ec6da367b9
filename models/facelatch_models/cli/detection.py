"""`facelatch-models detection`: how well a pack's detector finds faces, measured against another pack's."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
import typer

from facelatch_models.cli.console import say
from facelatch_models.cli.measurement import measuring, progressing
from facelatch_models.evaluation.backdrops import backdrop
from facelatch_models.evaluation.detection import (
    FRAME,
    Alarms,
    Finding,
    Pace,
    beside_the_faces,
    false_alarms,
    look_for_faces,
    paces,
)
from facelatch_models.evaluation.gallery import picture_files
from facelatch_models.evaluation.report import Circumstances, circumstances, percent
from facelatch_models.face import Detector, Picture
from facelatch_models.networks import load_networks
from facelatch_models.pack import Pack, Role
from facelatch_models.picture import decode
from facelatch_models.search import choose

MADE_UP: Final = 500
"""Made-up scenes in which nobody is."""

WATCHFUL: Final = 0.2
"""Threshold at which the reference says what may be a face, so that nobody is in what is taken for empty."""

POINTS: Final = ("right eye", "left eye", "nose", "right mouth", "left mouth")


def detection(
    data: Annotated[
        list[Path],
        typer.Option("--data", exists=True, file_okay=False, help="PERSON/PICTURE; may be given repeatedly."),
    ],
    pack: Annotated[str, typer.Option("--pack", help="Name of a pack, or its folder (with a slash in it).")] = "",
    reference: Annotated[
        str, typer.Option("--reference", help="The pack whose detector is held to be right.")
    ] = "open",
    scale: Annotated[
        float, typer.Option("--scale", min=0.05, max=4.0, help="Show the detector pictures so much smaller or larger.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Measure a detector: what it finds of what another one finds, its points, false detections, time. On one thread.

    The interval of a rate takes pictures for independent, which those of one person are not.
    """
    with measuring(as_json):
        result = _measured(choose(pack), choose(reference), data, scale)
    if as_json:
        print(json.dumps(dataclasses.asdict(result), indent=2))
    else:
        for line in _lines(result):
            say(line)


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """All that the command measures."""

    circumstances: Circumstances
    reference: str
    findings: tuple[Finding, ...]
    alarms: tuple[Alarms, ...]
    reference_alarms: tuple[Alarms, ...]
    pace: Pace
    reference_pace: Pace


def _measured(pack: Pack, other: Pack, data: list[Path], scale: float) -> Measured:
    detector, reference = (load_networks(one, threads=1).detector for one in (pack, other))
    findings = []
    for folder in data:
        with progressing(f"looking for faces in {folder}") as progress:
            findings.append(look_for_faces(folder, detector, reference, progress, scale))
    empty = {"made-up scenes of 640x480": _made_up}
    for folder in data:
        empty[f"left and right of the faces in {folder}"] = _beside(folder, other)
    alarms = [[false_alarms(title, one, scenes()) for title, scenes in empty.items()] for one in (detector, reference)]
    picture = decode((data[0] / picture_files(data[0])[0]).read_bytes())
    own_pace, other_pace = paces((detector, reference), picture)
    return Measured(
        circumstances=circumstances(pack, data[0], "own", threads=1),
        reference=f"{other.manifest.id} {other.manifest.version}",
        findings=tuple(findings),
        alarms=tuple(alarms[0]),
        reference_alarms=tuple(alarms[1]),
        pace=own_pace,
        reference_pace=other_pace,
    )


def _made_up() -> Iterator[Picture]:
    random = np.random.default_rng(2024)
    return (backdrop(random, 640, 480) for _ in range(MADE_UP))


def _beside(folder: Path, pack: Pack) -> Callable[[], Iterator[Picture]]:
    return lambda: beside_the_faces(folder, _watchful(pack))


def _watchful(pack: Pack) -> Detector:
    """Return a pack's detector with a threshold at which it overlooks next to nothing."""
    files = tuple(
        msgspec.structs.replace(part, threshold=WATCHFUL) if part.role is Role.DETECTOR else part
        for part in pack.manifest.file
    )
    return load_networks(Pack(pack.folder, msgspec.structs.replace(pack.manifest, file=files)), threads=1).detector


def _lines(found: Measured) -> Iterator[str]:
    how = found.circumstances
    yield f"detector   {how.detector} of {how.pack}, against that of {found.reference}"
    yield f"machine    {how.machine}; 1 thread; {how.date}"
    yield f"command    {how.command}"
    for one in found.findings:
        yield ""
        yield f"--- {one.data}: {one.pictures} pictures, {one.without} without a face for the reference"
        sizes = f"{one.smallest:.0f} to {one.largest:.0f} pixels"
        yield f"found      {one.found} of {one.faces} of {sizes}: {percent(one.recall, 2)}"
        if one.mean_error is not None and one.error_95 is not None:
            yield f"points     {one.mean_error:.2%} of the eyes' distance off, 95 % of faces below {one.error_95:.2%}"
            each = zip(POINTS, one.point_errors, strict=True)
            yield f"           {', '.join(f'{name} {error:.2%}' for name, error in each)}"
        if one.own_doubt is not None and one.reference_doubt is not None and one.settled_error is not None:
            yield f"settled    {one.settled_error:.2%} off the mean of what the reference sees in picture and mirror"
            yield f"mirrored   points move by {one.own_doubt:.2%}, the reference's by {one.reference_doubt:.2%}"
    yield ""
    for own, other in zip(found.alarms, found.reference_alarms, strict=True):
        share = percent(own.rate, 2)
        yield f"alarms     {own.scenes}: in {own.alarmed} of {own.count}, {share}; reference: {other.alarmed}"
    yield f"time       {FRAME[0]}x{FRAME[1]}: {_times(found.pace)}; reference: {_times(found.reference_pace)}"


def _times(pace: Pace) -> str:
    return f"median {pace.median:.2f} ms, 95th percentile {pace.high:.2f} ms"
