"""Recipes, as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelatch_models.train.detector.recipe import RECIPE as DETECTOR
from facelatch_models.train.detector.recipe import read_recipe as read_detector_recipe
from facelatch_models.train.recipe import RECIPES, Method, RecipeError, read_recipe, write_recipe

EMBEDDERS = [path for path in RECIPES.glob("*.toml") if path != DETECTOR]

WHOLE = """
method = "distil"
[[source]]
path = "faces"
share = 1.0
held = 5
"""


def test_the_recipes_that_come_along_can_be_read() -> None:
    methods = {path.stem: read_recipe(path).method for path in EMBEDDERS}
    assert methods == {"starter": Method.DISTIL, "metric": Method.METRIC, "attributes": Method.DISTIL}
    assert read_detector_recipe(DETECTOR).source == "lfw/train"


def test_no_recipe_learns_from_pictures_that_figures_are_stated_on() -> None:
    for path in EMBEDDERS:
        recipe = read_recipe(path)
        for source in recipe.source:
            assert "dev" not in source.path
            assert "nuaa" not in source.path
        named = [source.path for source in recipe.source if source.named or source.path.startswith("lfw/")]
        assert "lfw/dev" in recipe.apart or not named


def test_a_recipe_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(WHOLE)
    recipe = read_recipe(tmp_path / "one.toml")
    (tmp_path / "two.toml").write_text(write_recipe(recipe))
    assert read_recipe(tmp_path / "two.toml") == recipe


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("distil", "guess"), "method"),
        (('method = "distil"', 'method = "distil"\nbatches = 3'), "batches"),
        (('method = "distil"', 'method = "distil"\nbatch = 1'), "batch"),
        (('method = "distil"', 'method = "distil"\nlearning_rate = nan'), "learning_rate"),
        (('method = "distil"', 'method = "distil"\nwarm_up = 0.0'), "warm_up"),
        (('method = "distil"', 'method = "distil"\nmeasure = 0'), "measure"),
        (("share = 1.0", "share = 0.0"), "share"),
        (("share = 1.0", "share = nan"), "share"),
        (("held = 5", "held = 1"), "held"),
        (("held = 5", "held = 5\n[distil]\nreuse = 0.5"), "reuse"),
        (("held = 5", "held = 5\n[distil]\nrelation = -1.0"), "relation"),
        (("held = 5", "held = 5\n[metric]\npictures = 1"), "pictures"),
        (("[[source]]", "[[source"), "line"),
    ],
)
def test_a_wrong_recipe_is_refused_by_the_name_of_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    (tmp_path / "wrong.toml").write_text(WHOLE.replace(*change))
    with pytest.raises(RecipeError, match=rf"wrong\.toml: .*{expected}"):
        read_recipe(tmp_path / "wrong.toml")


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.toml"):
        read_recipe(tmp_path / "none.toml")
