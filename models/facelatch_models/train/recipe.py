"""What a training run is: a TOML file that says on which faces, how, and with what numbers."""

from __future__ import annotations

import enum
import math
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import tomlkit

from facelatch_models.train.data import Source

Kind = TypeVar("Kind", bound=msgspec.Struct)

RECIPES: Final = Path(__file__).with_name("recipes")
"""The recipes that come with this package."""


class RecipeError(Exception):
    """A recipe that cannot be followed; the text names the file and what in it is wrong."""


class Method(enum.Enum):
    """How an embedder learns: from a teacher's vectors, or from people's names."""

    DISTIL = "distil"
    METRIC = "metric"


class Distilling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Numbers of `Method.DISTIL`.

    relation, maps: weights of the losses beside the cosine; that of the maps falls to 0 over the run. reuse: how often
    a labelled mixture is learnt from, on average. small: share of the run on pictures of 64 pixels, before those of 80.
    chunk: mixtures that are labelled and kept together. window: chunks that are drawn from at a time.
    """

    relation: float = 10.0
    maps: float = 0.3
    reuse: float = 3.0
    small: float = 0.0
    chunk: int = 2048
    window: int = 16


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Numbers of `Method.METRIC`.

    pictures: of each person in a batch. margin: of the triplets, in cosine. angle: ArcFace's margin, in radians; scale:
    its inverse temperature. triplet: weight of the triplets beside ArcFace.
    """

    pictures: int = 4
    margin: float = 0.2
    angle: float = 0.3
    scale: float = 24.0
    triplet: float = 1.0


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A training run, validated.

    apart: folders PERSON/PICTURE that figures are to be stated on: nobody named there is learnt from in any source.
    batch: samples a step, over all workers. learning_rate: the highest one; 0: look for it first. measure:
    samples between two measurements on people held out. patience: measurements without a better figure after which the
    run ends, and goes back to the best; 0: run to the end, where the rate is 0 and the weights are best.
    """

    method: Method
    source: tuple[Source, ...]
    apart: tuple[str, ...] = ()
    seed: int = 1
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    warm_up: float = 0.02
    measure: int = 50_000
    patience: int = 0
    distil: Distilling = Distilling()
    metric: Metric = Metric()


def read_recipe(path: Path) -> Recipe:
    """Return a recipe; raises `RecipeError`, which says what was expected."""
    return read_as(Recipe, path, _faults)


def read_as(kind: type[Kind], path: Path, faults: Callable[[Kind], Iterator[str]]) -> Kind:
    """Return a recipe of any kind; raises `RecipeError` for what its type or `faults` finds wrong."""
    try:
        recipe = msgspec.convert(tomllib.loads(path.read_text()), kind)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RecipeError(f"{path}: {error}") from error
    for fault in faults(recipe):
        raise RecipeError(f"{path}: {fault}")
    return recipe


def write_recipe(recipe: msgspec.Struct) -> str:
    """Return a recipe as the TOML that it is read from."""
    return tomlkit.dumps(msgspec.to_builtins(recipe))


def _faults(recipe: Recipe) -> Iterator[str]:
    if not recipe.source:
        yield "source: expected at least one"
    for source in recipe.source:
        if not 0 < source.share < math.inf:
            yield f"source {source.path!r}: share: expected a number above 0"
        if source.held < 0 or source.held == 1:
            yield f"source {source.path!r}: held: expected 0 or at least 2"
    if not (2 <= recipe.batch <= 1 << 16):
        yield "batch: expected 2 to 65536"
    if not 0 <= recipe.learning_rate < 1:
        yield "learning_rate: expected 0 (look for it) or a number below 1"
    if not (0 <= recipe.weight_decay < math.inf and 0 < recipe.warm_up < 1 and recipe.measure > 0 <= recipe.patience):
        yield "expected weight_decay and patience of at least 0, warm_up above 0 and below 1, measure above 0"
    yield from _method_faults(recipe)


def _method_faults(recipe: Recipe) -> Iterator[str]:
    distil, metric = recipe.distil, recipe.metric
    if not all(0 <= weight < math.inf for weight in (distil.relation, distil.maps, metric.margin, metric.triplet)):
        yield "relation, maps, margin, triplet: expected numbers of at least 0"
    if not (1 <= distil.reuse < math.inf and 0 <= distil.small <= 1 and distil.chunk >= 1 and distil.window >= 1):
        yield "distil: expected reuse of at least 1, small in [0, 1], chunk and window of at least 1"
    if not (metric.pictures >= 2 and 0 <= metric.angle < math.pi / 2 and 0 < metric.scale < math.inf):
        yield "metric: expected at least 2 pictures, an angle in [0, pi/2), a scale above 0"
