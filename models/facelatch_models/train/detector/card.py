"""What is written beside a trained detector: what a person should know of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from facelatch_models.assembly import CARD, LOG
from facelatch_models.train.card import table
from facelatch_models.train.detector.labels import Labelled
from facelatch_models.train.detector.network import Finder
from facelatch_models.train.detector.recipe import DetectorRecipe
from facelatch_models.train.recipe import write_recipe
from facelatch_models.train.student import parameters_of

PART: Final = "starter-detector.toml"

LIMITS: Final = """\
The pictures are press photographs of a research collection: they may be used for research only, and their people are no
fair sample of anybody. How well the network finds a group of people is known only where it was measured on that group.
Profiles, faces turned by more than 25 degrees in the picture, and covered ones were hardly learnt. Points are as good
as the teacher's at best. It says nothing about whether a face is alive."""


def write_card(folder: Path, recipe: DetectorRecipe, finder: Finder, found: Labelled, command: str) -> None:
    """Write the model card from the recipe, the pictures and the run's log."""
    log = [json.loads(line) for line in (folder / LOG).read_text().splitlines()]
    sure = found.faces[:, -1] == 1
    lines = [
        "# Detector",
        "",
        f"{parameters_of(finder) / 1e3:.1f} thousand parameters; a face is a box, five points and a score.",
        "",
        "## Pictures",
        "",
        f"- `{recipe.source}`: {int((~found.held).sum())} pictures learnt from, {int(found.held.sum())} held out to "
        f"watch progress; the teacher is sure of {int(sure.sum())} faces, and not of {int((~sure).sum())}.",
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


def _story(log: Sequence[dict[str, Any]]) -> list[str]:
    """Tell what the log says: how long, and every measurement on the people held out."""
    measured = [line for line in log if "recall" in line]
    names = [name for name in measured[-1] if name.startswith(("recall", "error", "false"))] if measured else []
    return [
        f"From {log[0]['time']} to {log[-1]['time']}, {log[-1]['samples']} samples. On the people held out, errors in "
        "shares of the distance of the eyes, against the mean of three looks of the teacher:",
        "",
        *table(names, [line for line in measured if names[-1] in line]),
    ]
