"""Whole runs of a few steps, from pictures to a file; skipped where PyTorch is not installed."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

from facelatch_models.assembly import LOG  # noqa: E402
from facelatch_models.pack import PackFile  # noqa: E402
from facelatch_models.runtime import Network, planes  # noqa: E402
from facelatch_models.train import command, run  # noqa: E402
from facelatch_models.train.data import DataError, Source  # noqa: E402
from facelatch_models.train.distil import Distillation  # noqa: E402
from facelatch_models.train.loop import CHECKPOINT, Line, Loop, TrainingFailed  # noqa: E402
from facelatch_models.train.metric import MetricLearning  # noqa: E402
from facelatch_models.train.mixtures import Mixer  # noqa: E402
from facelatch_models.train.pool import PARTS, Pool  # noqa: E402
from facelatch_models.train.recipe import Distilling, Method, Metric, Recipe  # noqa: E402
from facelatch_models.train.schedule import Samples  # noqa: E402
from facelatch_models.train.student import DIMENSION, SPEC, Student  # noqa: E402
from facelatch_models.train.team import Team, WorkerFailed, run_team  # noqa: E402
from tests.unit.facelatch_models.train.made_up import made_up_faces, made_up_teacher, write_archive  # noqa: E402

SMALL = Distilling(chunk=PARTS, window=2, small=0.5)
HELD = made_up_faces(24, 2, seed=8)
DISTIL = Recipe(
    method=Method.DISTIL, source=(Source(path="faces.zip", share=1, held=4, named=True),), batch=8, distil=SMALL
)
METRIC = msgspec.structs.replace(DISTIL, method=Method.METRIC, batch=16)


@dataclass
class Three:
    """A task of one number, which is to become 3; measures what it is told to, then how near the number is."""

    figures_to_come: list[float] = field(default_factory=list)
    broken_at: int = -1

    def __post_init__(self) -> None:
        self.student = Student()
        self.value = torch.nn.Parameter(torch.zeros(1, 1))
        self.module = torch.nn.ParameterList([self.value])
        self.seen: list[tuple[int, int, float]] = []

    def losses(self, step: int, samples: int, progress: float):
        self.seen.append((step, samples, progress))
        loss = ((self.value - 3) ** 2).sum()
        return {"square": loss * (math.nan if step == self.broken_at else 1)}

    def figures(self, progress: float) -> dict[str, float]:
        return {"TAR": self.figures_to_come.pop(0) if self.figures_to_come else float(-abs(self.value - 3))}


PLAIN = Recipe(method=Method.METRIC, source=(), batch=10, learning_rate=0.1, measure=1000, weight_decay=0.0)


def loop_in(folder: Path, task: Three, recipe: Recipe = PLAIN) -> tuple[Loop, list[Line]]:
    told: list[Line] = []
    return Loop(task, recipe, folder, Team(), told.append), told


def test_a_run_learns_what_it_is_to_learn_and_tells_it_in_the_log(tmp_path: Path) -> None:
    task = Three()
    loop, told = loop_in(tmp_path, task)
    assert loop.run(Samples(1500))["TAR"] > -0.1
    assert len(task.seen) == 150
    assert [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()] == told
    assert [line["samples"] for line in told] == [1000, 1500]


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = Three()
    (tmp_path / "whole").mkdir()
    loop_in(tmp_path / "whole", whole)[0].run(Samples(1000))
    first, second = Three(broken_at=60), Three()
    loop, _ = loop_in(tmp_path, first)
    with pytest.raises(TrainingFailed, match="after 600 samples the loss is no number"):
        loop.run(Samples(1000))
    loop._save()  # as the clock does every two minutes
    loop_in(tmp_path, second)[0].run(Samples(1000))
    assert second.seen[0] == (60, 600, 0.6)
    assert float(second.value) == pytest.approx(float(whole.value), abs=1e-6)


def test_a_finished_run_learns_no_more(tmp_path: Path) -> None:
    loop_in(tmp_path, Three())[0].run(Samples(500))
    again = Three()
    loop_in(tmp_path, again)[0].run(Samples(500))
    assert again.seen == []


def test_impatience_ends_a_run_and_goes_back_to_the_best(tmp_path: Path) -> None:
    recipe = msgspec.structs.replace(PLAIN, patience=2, measure=100)
    task = Three(figures_to_come=[0.1, 0.5, 0.4, 0.3, 0.2, 0.5])
    loop, told = loop_in(tmp_path, task, recipe)
    loop.run(Samples(10_000))
    assert len(task.seen) == 40
    assert told[-1]["best"] is True


def test_a_rate_that_is_not_given_is_looked_for_without_a_trace(tmp_path: Path) -> None:
    task = Three()
    loop, told = loop_in(tmp_path, task, msgspec.structs.replace(PLAIN, learning_rate=0.0))
    rate = loop._look_for_rate()
    assert 1e-4 < rate <= 0.1
    assert float(task.value) == 0
    assert told[0]["found_learning_rate"] == rate


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(TrainingFailed, match=r"checkpoint\.pt: cannot be read"):
        loop_in(tmp_path, Three())


def test_a_checkpoint_of_something_else_is_not_gone_on_from(tmp_path: Path) -> None:
    torch.save({"module": {"other": torch.zeros(3)}}, tmp_path / CHECKPOINT)
    with pytest.raises(TrainingFailed, match="another recipe"):
        loop_in(tmp_path, Three())


def test_mixtures_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    mixer, teacher = Mixer([made_up_faces(4, 1).faces], [1]), made_up_teacher()
    alone = Pool(tmp_path / "alone", mixer, teacher, 1, PARTS)
    alone.open_window(0, 2, Team())
    both = tmp_path / "both"
    for rank in (0, 1):  # one after the other: the second finds what the first has made
        pool = Pool(both, mixer, teacher, 1, PARTS)
        wanted = [(index, part) for index in (0, 1) for part in range(rank, PARTS, 2)]
        for index, part in wanted:
            pool._make(index, part)
    pool.open_window(0, 2, Team())
    one, other = (made.draw(12, np.random.default_rng(1)) for made in (alone, pool))
    assert (one.faces == other.faces).all()
    assert (one.vectors == other.vectors).all()


def test_mixtures_that_were_left_behind_are_removed(tmp_path: Path) -> None:
    pool = Pool(tmp_path, Mixer([made_up_faces(4, 1).faces], [1]), made_up_teacher(), 1, PARTS)
    pool.open_window(0, 2, Team())
    pool.open_window(1, 3, Team())
    assert len(list(tmp_path.iterdir())) == 2 * PARTS


def test_a_few_steps_with_a_teacher_come_nearer_to_it(tmp_path: Path) -> None:
    faces = made_up_faces(12, 2)
    torch.manual_seed(1)
    task = Distillation(DISTIL, [faces], HELD, made_up_teacher(), tmp_path, Team())
    recipe = msgspec.structs.replace(DISTIL, learning_rate=3e-3)
    before = float(sum(task.losses(0, 0, 0.0).values()))
    Loop(task, recipe, tmp_path, Team(), lambda line: None).run(Samples(12 * 8))
    assert float(sum(task.losses(0, 0, 0.0).values())) < before


def test_names_alone_teach_too_and_too_few_people_are_refused(tmp_path: Path) -> None:
    torch.manual_seed(1)
    recipe = msgspec.structs.replace(METRIC, metric=Metric(pictures=2))
    task = MetricLearning(recipe, [made_up_faces(10, 3)], HELD, Team())
    before = float(sum(task.losses(0, 0, 0.0).values()))
    Loop(task, recipe, tmp_path, Team(), lambda line: None).run(Samples(12 * 16))
    assert float(sum(task.losses(0, 0, 0.0).values())) < before
    with pytest.raises(DataError, match="3 people have two pictures or more; a batch of 16 wants 8"):
        MetricLearning(recipe, [made_up_faces(3, 3)], HELD, Team())


def test_two_workers_make_the_same_weights_of_each_others_gradients(tmp_path: Path) -> None:
    run_team(2, _Worker(tmp_path))
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    assert torch.equal(first, second)
    assert float(first) == pytest.approx(3, abs=0.2)


def test_what_ends_one_worker_ends_the_run_and_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed, match="the loss is no number"):
        run_team(2, _Worker(tmp_path, broken_at=5))


@dataclass(frozen=True)
class _Worker:
    folder: Path
    broken_at: int = -1

    def __call__(self, team: Team) -> None:
        task = Three(broken_at=self.broken_at)
        Loop(task, PLAIN, self.folder, team, lambda line: None).run(Samples(1500))
        torch.save(task.value.detach(), self.folder / f"{team.rank}.pt")


def test_a_run_from_the_command_line_leaves_a_network_its_entry_and_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = made_up_faces(100, 2)
    write_archive(tmp_path / "faces.zip", faces.faces, faces.people)
    (tmp_path / "recipe.toml").write_text(
        'method = "metric"\nbatch = 8\n[metric]\npictures = 2\n'
        '[[source]]\npath = "faces.zip"\nshare = 1.0\nheld = 2\nnamed = true\n'
    )
    monkeypatch.setattr(command, "choose", lambda name: _NoPack(tmp_path))
    monkeypatch.setattr(run, "open_pack", lambda folder: None)
    monkeypatch.setattr(run, "load_networks", lambda pack, threads: _NoNetworks())
    out = tmp_path / "out"
    arguments = ["embedder", "--data", str(tmp_path), "--to", str(out), "--recipe", str(tmp_path / "recipe.toml")]
    arguments += ["--samples", "32", "--workers", "1"]
    told = CliRunner().invoke(command.app, arguments)
    assert told.exit_code == 0, told.output
    part = msgspec.convert(tomllib.loads((out / "embedder.toml").read_text())["file"][0], PackFile)
    content = (out / "embedder.onnx").read_bytes()
    assert (part.bytes, part.dimension, part.input) == (len(content), DIMENSION, SPEC)
    vector = Network(content, "embedder.onnx", 1).run(planes(np.zeros((80, 80, 3), np.uint8), part.input))["output"]
    assert vector.shape == (1, DIMENSION)
    card = (out / "card.md").read_text()
    for wanted in ("faces.zip", "held out", "32 samples", "TAR at FMR", "research only"):
        assert wanted in card
    (tmp_path / "recipe.toml").write_text((tmp_path / "recipe.toml").read_text().replace("batch = 8", "batch = 12"))
    again = CliRunner().invoke(command.app, arguments)
    assert again.exit_code == 1
    assert "another recipe is followed in this folder" in again.output


@pytest.mark.parametrize("lengths", [[], ["--samples", "10", "--hours", "1"]])
def test_a_run_must_be_told_how_long_one_way(tmp_path: Path, lengths: list[str]) -> None:
    told = CliRunner().invoke(command.app, ["embedder", "--data", str(tmp_path), "--to", str(tmp_path), *lengths])
    assert told.exit_code == 2


@dataclass
class _NoPack:
    folder: Path


class _NoNetworks:
    detector = None
