"""What is written beside a trained network: how a pack names it, and what a person should know of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from facelatch_models.assembly import CARD, LOG
from facelatch_models.pack import Kind, PackFile, Role
from facelatch_models.train.data import FaceSet
from facelatch_models.train.recipe import Method, Recipe, write_recipe
from facelatch_models.train.student import DIMENSION, SPEC, Student, parameters_of

NETWORK: Final = "embedder.onnx"
PART: Final = "embedder.toml"

LIMITS: Final = """\
The pictures are those of research collections and press photographs: some of them may be used for research only, and
their people are not a fair sample of anybody. How well the network serves a group of people is known only where it was
measured on that group. It was not made to tell twins apart, and says nothing about whether a face is alive."""


def pack_part(content: bytes, recipe: Recipe) -> PackFile:
    """Return the entry of `pack.toml` for an exported embedder."""
    learnt = "as a student of another embedder" if recipe.method is Method.DISTIL else "from people's names"
    return PackFile(
        role=Role.EMBEDDER,
        kind=Kind.VECTOR,
        name=NETWORK,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        licence="Apache-2.0",
        source=f"facelatch-models train embedder, {learnt}",
        input=SPEC,
        dimension=DIMENSION,
    )


def write_card(
    folder: Path, recipe: Recipe, student: Student, sets: Sequence[FaceSet], held: FaceSet, command: str
) -> None:
    """Write the model card from the recipe, the pictures and the run's log."""
    log = [json.loads(line) for line in (folder / LOG).read_text().splitlines()]
    lines = [
        "# Embedder",
        "",
        f"{parameters_of(student) / 1e6:.2f} million parameters, pictures of {SPEC.width} x {SPEC.height} "
        f"({SPEC.order}, mean {SPEC.mean[0]}, scale 1/{1 / SPEC.scale[0]:g}), vectors of {DIMENSION} numbers.",
        "",
        "## Pictures",
        "",
        *(
            f"- `{source.path}`: {len(faces.faces)} pictures{_of_people(faces)}, drawn {source.share:.0%} of the time"
            for source, faces in zip(recipe.source, sets, strict=True)
        ),
        f"- held out, never learnt from: {len(held.faces)} pictures{_of_people(held)}",
        "",
        "## Run",
        "",
        f"    {command}",
        "",
        *_story(log),
        "",
        "## Limits",
        "",
        LIMITS,
        "",
        "## Recipe",
        "",
        *(f"    {line}".rstrip() for line in write_recipe(recipe).splitlines()),
    ]
    (folder / CARD).write_text("\n".join(lines) + "\n")


def _of_people(faces: FaceSet) -> str:
    people = len(set(faces.people.tolist()) - {""})
    return f" of {people} people" if people else ""


def _story(log: Sequence[dict[str, Any]]) -> list[str]:
    """Tell what the log says: how long, how fast, and every measurement on the people held out."""
    measured = [line for line in log if any(name.startswith("TAR") for name in line)]
    if not measured:
        return ["Nothing was measured."]
    names = [name for name in measured[-1] if name.startswith(("TAR", "cosine"))]
    return [
        f"From {log[0]['time']} to {log[-1]['time']}, {log[-1]['samples']} samples. On the people held out:",
        "",
        *table(names, [line for line in measured if all(name in line for name in names)]),
    ]


def table(names: Sequence[str], lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield measurements of a log as a table, a row for each line."""
    yield f"| samples | {' | '.join(names)} |"
    yield f"|---{'|---' * len(names)}|"
    for line in lines:
        yield f"| {line['samples']} | {' | '.join(f'{line[name]:.4f}' for name in names)} |"
