"""Whole runs of a detector of a few steps, from labelled pictures to a file; skipped without PyTorch."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import typer  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from facelatch_models.assembly import CARD, LOG, Label, assemble  # noqa: E402
from facelatch_models.pack import PackFile, Role  # noqa: E402
from facelatch_models.train.data import DataError  # noqa: E402
from facelatch_models.train.detector import search  # noqa: E402
from facelatch_models.train.detector.card import PART  # noqa: E402
from facelatch_models.train.detector.command import detector  # noqa: E402
from facelatch_models.train.detector.labels import Labelled  # noqa: E402
from facelatch_models.train.detector.recipe import RECIPE, DetectorRecipe, read_recipe  # noqa: E402
from facelatch_models.train.detector.run import LABELLED, run  # noqa: E402
from facelatch_models.train.detector.scenes import Painter  # noqa: E402
from facelatch_models.train.detector.search import NETWORK, detector_of  # noqa: E402
from facelatch_models.train.detector.stock import Stock  # noqa: E402
from facelatch_models.train.loop import TrainingFailed  # noqa: E402
from facelatch_models.train.order import Order  # noqa: E402
from facelatch_models.train.recipe import RecipeError, write_recipe  # noqa: E402
from facelatch_models.train.team import Team  # noqa: E402
from tests.unit.facelatch_models.test_assembly import run_of  # noqa: E402
from tests.unit.facelatch_models.train.test_detector_scenes import labelled_dots  # noqa: E402

SMALL = DetectorRecipe(source="data", batch=2, kept=8, measure=8, held=2)


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order[DetectorRecipe]:
    """A run whose pictures have been labelled already."""
    monkeypatch.setattr(search, "WATCHED", 4)
    labelled_dots().save(tmp_path / LABELLED)
    (tmp_path / "recipe.toml").write_text(write_recipe(SMALL))
    return Order(SMALL, tmp_path / "pack", tmp_path, 8, 0.0, "facelatch-models train detector")


def log_of(order: Order[DetectorRecipe]) -> list[dict[str, float]]:
    return [json.loads(line) for line in (order.folder / LOG).read_text().splitlines()]


def test_a_run_leaves_a_network_its_entry_and_its_card(order: Order[DetectorRecipe]) -> None:
    run(order, order.folder, workers=1)
    content = (order.folder / NETWORK).read_bytes()
    (entry,) = tomllib.loads((order.folder / PART).read_text())["file"]
    part = msgspec.convert(entry, PackFile)
    assert (part.name, part.bytes) == (NETWORK, len(content))
    card = (order.folder / CARD).read_text()
    assert "2 pictures learnt from, 2 held out" in card
    assert "facelatch-models train detector" in card
    assert log_of(order)[-1]["samples"] == 8


def test_a_run_becomes_a_part_of_a_pack(order: Order[DetectorRecipe], tmp_path: Path) -> None:
    run(order, order.folder, workers=1)
    embedder = run_of(tmp_path, Role.EMBEDDER)
    pack = assemble(Label("ours", "1", "A sample", "none"), [order.folder, embedder], tmp_path / "shelf")
    assert (pack.folder / "detector-card.md").read_text() == (order.folder / CARD).read_text()
    pack.verify()


def test_a_run_goes_on_where_it_ended(order: Order[DetectorRecipe]) -> None:
    run(order, order.folder, workers=1)
    run(replace(order, samples=12), order.folder, workers=1)
    assert [line["samples"] for line in log_of(order)] == [8, 8, 12]


def test_a_folder_of_another_recipe_is_left_alone(order: Order[DetectorRecipe]) -> None:
    other = replace(order, recipe=msgspec.structs.replace(SMALL, seed=2))
    with pytest.raises(TrainingFailed, match="another recipe"):
        run(other, order.folder, workers=1)


def test_a_run_with_nobody_to_watch_says_so(order: Order[DetectorRecipe]) -> None:
    found = labelled_dots()
    Labelled(found.pictures, found.faces, np.zeros(4, np.bool_)).save(order.folder / LABELLED)
    with pytest.raises(DataError, match="more pictures are needed"):
        run(order, order.folder, workers=1)


def test_what_is_watched_is_what_the_exported_network_finds() -> None:
    watched = search.Watched(labelled_dots(), seed=1)
    figures = watched.figures(detector_of(search.Finder()))
    assert figures == {"recall in scenes": 0, "false alarms a scene": 0, "recall": 0}


def test_a_batch_follows_from_where_the_run_is() -> None:
    painter = Painter(labelled_dots(), held=False)
    stock, again = Stock(painter, SMALL, Team()), Stock(painter, SMALL, Team())
    for samples in (0, 40):
        first = stock.batch(2, samples)
    assert all((one == other).all() for one, other in zip(first, again.batch(2, 40), strict=True))
    assert (stock.batch(2, 42)[0] != first[0]).any()


def test_the_recipe_of_the_package_can_be_followed() -> None:
    recipe = read_recipe(RECIPE)
    assert recipe.source == "lfw/train"
    assert recipe == msgspec.convert(tomllib.loads(write_recipe(recipe)), DetectorRecipe)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("held = 1", "held"),
        ("batch = 1", "batch"),
        ("kept = 8", "kept"),
        ("learning_rate = 1.0", "learning_rate"),
        ("warm_up = 0.0", "warm_up"),
        ("reuse = 0.5", "reuse"),
        ("unknown = 1", "unknown"),
        ("reuse = ", "recipe"),
    ],
)
def test_a_recipe_that_cannot_be_followed_says_why(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(f'source = "data"\n{line}\n')
    with pytest.raises(RecipeError, match=told):
        read_recipe(path)


def test_the_command_wants_one_length(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(detector)
    result = CliRunner().invoke(app, ["--data", str(tmp_path), "--to", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "--samples or --hours" in result.output.replace("\n", " ")
