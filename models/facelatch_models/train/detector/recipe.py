"""What a run is: a TOML file that says what scenes are made of, and with what numbers is learnt from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from facelatch_models.train.recipe import RECIPES, read_as

RECIPE: Final = RECIPES / "detector.toml"
"""The recipe that comes with this package."""


class DetectorRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A training run, validated; numbers that are not explained here are those of `train.recipe.Recipe`.

    source: folder PERSON/PICTURE. held: one person in so many is held out. reuse: how often a scene is learnt from, on
    average; kept: scenes that are drawn from at a time, for each worker (0.2 MB each).
    """

    source: str
    held: int = 20
    seed: int = 1
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up: float = 0.02
    measure: int = 30_000
    patience: int = 0
    reuse: float = 4.0
    kept: int = 4096


def read_recipe(path: Path) -> DetectorRecipe:
    """Return a recipe; raises `RecipeError`, which says what was expected."""
    return read_as(DetectorRecipe, path, _faults)


def _faults(recipe: DetectorRecipe) -> Iterator[str]:
    if recipe.held < 2:
        yield "held: expected at least 2"
    if not (2 <= recipe.batch <= 1 << 12 and recipe.batch <= recipe.kept <= 1 << 16):
        yield "batch, kept: expected 2 <= batch <= 4096, batch <= kept <= 65536"
    if not 0 <= recipe.learning_rate < 1:
        yield "learning_rate: expected 0 (look for it) or a number below 1"
    if not (0 <= recipe.weight_decay < math.inf and 0 < recipe.warm_up < 1 and recipe.measure > 0 <= recipe.patience):
        yield "expected weight_decay and patience of at least 0, warm_up above 0 and below 1, measure above 0"
    if not 1 <= recipe.reuse < math.inf:
        yield "reuse: expected at least 1"
