"""Figures as text, with what they rest on beside them."""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from facelatch_models.evaluation.lids import Shut
from facelatch_models.evaluation.presentation import LIVE, Refusal
from facelatch_models.evaluation.recognition import Recognition
from facelatch_models.pack import Pack, Role
from facelatch_models.statistics import Rate, none_in


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a figure came about; without it nobody can repeat it."""

    pack: str
    space: str
    detector: str
    embedder: str
    liveness: str
    eyes: str
    engine: str
    data: str
    machine: str
    threads: int
    date: str
    command: str


def called() -> str:
    """Return what was called, without where the program lies."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def circumstances(pack: Pack, data: Path, engine: str, threads: int) -> Circumstances:
    """Return how the present run measures."""
    detector, embedder = pack.manifest.part(Role.DETECTOR), pack.manifest.embedder
    liveness, eyes = pack.manifest.part(Role.LIVENESS), pack.manifest.part(Role.EYES)
    return Circumstances(
        pack=f"{pack.manifest.id} {pack.manifest.version}",
        space=pack.manifest.space,
        detector="" if detector is None else f"{detector.name} at {detector.input.width}, score {detector.threshold:g}",
        embedder=embedder.name,
        liveness="" if liveness is None else liveness.name,
        eyes="" if eyes is None else eyes.name,
        engine=engine,
        data=str(data),
        machine=f"{_processor()}, {os.cpu_count()} cores",
        threads=threads,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=called(),
    )


def circumstances_lines(how: Circumstances) -> Iterator[str]:
    """Yield the lines that head a report."""
    yield f"pack      {how.pack} (space {how.space}), run by {how.engine}"
    yield f"detector  {how.detector}"
    yield f"embedder  {how.embedder}, one crop, no flip"
    yield f"liveness  {how.liveness or 'none'}"
    yield f"eyes      {how.eyes or 'none'}"
    yield f"data      {how.data}"
    yield f"machine   {how.machine}, {how.threads} thread(s), {how.date}"
    yield f"command   {how.command}"


def recognition_lines(found: Recognition) -> Iterator[str]:
    """Yield a recognition report."""
    failed = found.failures
    lost = round(failed.value * found.pictures)
    yield f"{found.pictures} pictures of {found.people} people, {found.people_with_pairs} of them with two or more"
    yield f"FTA   {percent(failed, 2)}: {lost} pictures without a vector, counted as non-matches below"
    yield (
        f"pairs {found.genuine:,} genuine (one person has {found.largest_share:.0%} of them), "
        f"{found.impostors:,} impostor; left out: {found.lost:,} with a failed picture, {found.suspect} suspect"
    )
    for point in found.points:
        yield (
            f"FMR {point.rate:.0e}  TAR {percent(point.match, 2)}, mean of people {percent(point.per_person, 2)}, at "
            f"score {point.threshold:.4f}; rests on {point.errors} false matches "
            f"({point.false.low:.1e} to {point.false.high:.1e}"
            + (f"; drawing people {point.by_people.low:.1e} to {point.by_people.high:.1e})" if point.by_people else ")")
        )
    if len(found.points) < 3:
        bound = none_in(found.impostors)
        yield f"too few impostor pairs for a lower FMR: none in {found.impostors:,} would show {bound:.1e}"
    yield f"EER   {found.equal_error:.3%}"
    if found.accuracy is not None and found.accuracy_error is not None:
        yield f"balanced pairs, 10 folds of people: {found.accuracy:.2%} ± {found.accuracy_error:.2%} (standard error)"
    yield "95 % intervals; TAR: drawing people; FMR: taking comparisons for independent (they are not), drawing people"


def refusal_lines(rows: list[list[Refusal]], threshold: float) -> Iterator[str]:
    """Yield a liveness report: a row a threshold, a column a kind; `threshold` is the pack's, marked with an arrow."""
    for row in rows:
        mark = "->" if row[0].threshold == threshold else "  "
        cells = []
        for one in row:
            word = "BPCER" if one.kind == LIVE else f"APCER {one.kind}"
            cells.append(
                f"{word} {percent(one.rate, 2)} {one.errors}/{one.pictures}, "
                f"{one.subjects}/{one.of} people, worst {one.worst:.1%}"
            )
        yield f"{mark} {row[0].threshold:<5g} {' | '.join(cells)}"
    yield "a frame counts as live from the threshold on; intervals: Clopper-Pearson 95 % over frames, which are not"
    yield "independent: frames of one person repeat each other, so that people are what to go by"


def shut_lines(rows: list[Shut], unclear: int, threshold: float) -> Iterator[str]:
    """Yield a report of eyes: a row a group."""
    yield f"eyes count as closed where both are open less than {threshold:g} (height of the opening over its width)"
    for row in rows:
        yield (
            f"{row.group:<11} {percent(row.rate, 2)} {row.closed}/{row.pictures} called closed; openness: one in 200 "
            f"pictures under {row.least:.3f}, median {row.median:.3f}"
        )
    yield f"{unclear} pictures without a face that is clear; intervals: Clopper-Pearson 95 % over pictures"


def percent(rate: Rate, digits: int) -> str:
    """Return a rate in percent with its interval."""
    return f"{rate.value:.{digits}%} [{rate.low * 100:.{digits}f}, {rate.high * 100:.{digits}f}]"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
