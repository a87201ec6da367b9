"""What the attributes network is shown and asked, and a whole run of a few steps; skipped without PyTorch."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import typer

torch = pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

from facelatch_models.attributes import AttributeNetwork  # noqa: E402
from facelatch_models.evaluation.labelled import UNKNOWN, VOCABULARY, Labelled, joined  # noqa: E402
from facelatch_models.pack import PackFile  # noqa: E402
from facelatch_models.runtime import Network  # noqa: E402
from facelatch_models.train.attributes import calibration, command, run  # noqa: E402
from facelatch_models.train.attributes.augmentation import faceless, masked, shown  # noqa: E402
from facelatch_models.train.attributes.data import CALIBRATED, Share, read_shares  # noqa: E402
from facelatch_models.train.attributes.network import COLUMNS, LABELS, SIDE  # noqa: E402
from facelatch_models.train.attributes.task import Perception, bands_of, chances, label_losses, wanted  # noqa: E402
from facelatch_models.train.data import DataError, Source  # noqa: E402
from facelatch_models.train.loop import Loop  # noqa: E402
from facelatch_models.train.recipe import RECIPES, Method, Recipe, read_recipe  # noqa: E402
from facelatch_models.train.schedule import Samples  # noqa: E402
from facelatch_models.train.team import Team  # noqa: E402
from tests.unit.facelatch_models.train.made_up import made_up_faces, write_archive  # noqa: E402

FACE = made_up_faces(1, 1).faces[0]
RECIPE = Recipe(method=Method.DISTIL, source=(Source(path="people.zip", share=1),), batch=16, learning_rate=0.01)


def random_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def people(count: int) -> Share:
    """Return faces whose upper half says the gender, and whose lower half the age band; vectors are random."""
    random = random_of(5)
    genders, ages = random.integers(0, 2, count), random.choice([6, 25, 50, 75], count)
    faces = np.zeros((count, 96, 96, 3))
    faces[:, :50] += np.where(genders == 1, 200, 40)[:, None, None, None]
    faces[:, 50:] += (np.digitize(ages, [13, 40, 60]) * 60 + 20)[:, None, None, None]
    faces = np.clip(faces + random.normal(0, 8, faces.shape), 0, 255).astype(np.uint8)
    vectors = random.normal(0, 1, (count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = Labelled(faces, ages, genders, np.zeros(count, np.int64), np.ones(count, np.int64))
    return Share(known, vectors, np.zeros(count, np.int64))


@pytest.mark.parametrize("make", [shown, faceless])
def test_what_is_shown_has_the_networks_size_and_follows_from_the_seed(make: Callable[..., np.ndarray]) -> None:
    for seed in range(40):
        one = make(FACE, random_of(seed))
        assert one.shape == (SIDE, SIDE, 3)
        assert one.dtype == np.uint8
        assert (one == make(FACE, random_of(seed))).all()


def test_a_face_stays_where_it_is_on_average() -> None:
    spot = np.zeros((96, 96, 3), np.uint8)
    spot[44:53, 44:53] = 255
    rows, columns = np.mgrid[:SIDE, :SIDE]
    places = []
    for seed in range(60):
        light = shown(spot, random_of(seed)).astype(float).sum(axis=2)
        light[light < 0.5 * light.max()] = 0
        places.append(((rows * light).sum() / light.sum(), (columns * light).sum() / light.sum()))
    assert np.median(places, axis=0) == pytest.approx((SIDE / 2, SIDE / 2), abs=2)


def test_a_mask_covers_mouth_and_chin_and_leaves_the_eyes() -> None:
    for seed in range(30):
        covered = masked(FACE, random_of(seed))
        changed = (covered != FACE).any(axis=2)
        assert changed[72:96, 38:58].mean() > 0.95
        assert not changed[:46].any()


def test_a_year_near_the_end_of_a_band_belongs_to_both() -> None:
    found = bands_of(np.array([5, 26, 39, 40, 90]))
    assert found.sum(axis=1) == pytest.approx(1)
    assert found[[0, 1, 4], [0, 1, 3]] == pytest.approx(1, abs=0.01)
    assert 0.5 < found[2, 1] < 0.65
    assert 0.5 < found[3, 2] < 0.65


def test_what_is_not_known_of_a_face_is_not_asked() -> None:
    known = people(6).known
    known.genders[0], known.ages[1], known.masks[2] = UNKNOWN, UNKNOWN, UNKNOWN
    right, asked = wanted(known)
    logits, changed = torch.randn(6, LABELS), None
    changed = logits.clone()
    changed[0, COLUMNS["gender"]], changed[1, COLUMNS["age"]], changed[2, COLUMNS["mask"]] = 9.0, -9.0, 9.0
    losses = [label_losses(one, torch.from_numpy(right), torch.from_numpy(asked)) for one in (logits, changed)]
    assert {name: float(value) for name, value in losses[0].items()} == pytest.approx(
        {name: float(value) for name, value in losses[1].items()}
    )
    assert list(losses[0]) == list(VOCABULARY)


def test_sources_are_drawn_by_their_weight_and_rare_ages_oftener_than_they_come() -> None:
    share = people(100)
    share.source[:20] = 1
    share.known.ages[:] = 25
    share.known.ages[95:] = 70
    found = chances(share, (3.0, 1.0))
    assert found[:20].sum() == pytest.approx(0.25)
    assert found[95] > 3 * found[30]
    assert found.sum() == pytest.approx(1)


def test_a_few_steps_teach_what_the_faces_show(tmp_path: Path) -> None:
    torch.manual_seed(1)
    task = Perception(RECIPE, people(200), people(60), Team())
    figures = Loop(task, RECIPE, tmp_path, Team(), lambda line: None).run(Samples(40 * 16))
    assert next(iter(figures)) == "gender of adults"
    assert figures["gender of adults"] > 0.9
    assert figures["age"] > 0.5


class Embedder:
    """Everybody looks like nobody else."""

    dimension = 16

    def embed(self, picture: np.ndarray, face: object) -> np.ndarray:
        vector = random_of(int(picture.sum())).normal(0, 1, 16).astype(np.float32)
        return vector / np.linalg.norm(vector)


class Networks:
    embedder = Embedder()


def write_people(folder: Path, count: int) -> None:
    known = people(count).known
    rows = [f"{age}\t{1 - gender}\t0" for age, gender in zip(known.ages, known.genders, strict=True)]
    write_archive(folder / "people.zip", known.faces, rows)
    random = random_of(3)
    covered = [masked(face, random) if index % 2 else face for index, face in enumerate(known.faces[:60])]
    write_archive(folder / "masks.zip", covered, ["mask" if index % 2 else "plain" for index in range(len(covered))])


def test_no_picture_is_in_two_parts_and_every_fifth_in_none_that_is_learnt_from(tmp_path: Path) -> None:
    write_people(tmp_path, 100)
    told: list[tuple[int, int]] = []
    sources = (Source(path="people.zip", share=1), Source(path="masks.zip", share=1))
    shares = read_shares(sources, tmp_path, Embedder(), lambda *numbers: told.append(numbers))
    parts = (shares.learn, shares.calibrate, shares.held)
    assert [len(part.source) for part in parts] == [80 - 80 // CALIBRATED + 48 - 48 // CALIBRATED, 13 + 8, 20 + 12]
    sums = joined([part.known for part in parts]).faces.reshape(160, -1).sum(axis=1)
    assert len(np.unique(sums)) > 120  # 30 of the 160 are in both archives
    assert told[-1] == (160, 160)
    share = shares.held
    share.save(tmp_path / "share.npz")
    again = Share.load(tmp_path / "share.npz")
    assert (again.vectors == share.vectors).all()
    assert (again.known.ages == share.known.ages).all()


def test_archives_that_cannot_be_read_or_are_too_small_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.zip"):
        read_shares((Source(path="none.zip", share=1),), tmp_path, Embedder())
    write_people(tmp_path, 4)
    with pytest.raises(DataError, match="too few pictures"):
        read_shares((Source(path="people.zip", share=1),), tmp_path, Embedder())


def test_the_recipe_in_the_tree_keeps_every_fifth_picture_apart() -> None:
    recipe = read_recipe(RECIPES / "attributes.toml")
    assert {source.held for source in recipe.source} == {5}
    assert recipe.learning_rate == 0  # looked for


def test_a_run_from_the_command_line_leaves_a_network_its_entry_and_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_people(tmp_path, 120)
    (tmp_path / "recipe.toml").write_text(
        'method = "distil"\nbatch = 16\nlearning_rate = 0.01\n'
        '[[source]]\npath = "people.zip"\nshare = 0.7\n[[source]]\npath = "masks.zip"\nshare = 0.3\n'
    )
    monkeypatch.setattr(calibration, "LEAST", 5)
    monkeypatch.setattr(command, "choose", lambda name: type("Chosen", (), {"folder": tmp_path}))
    monkeypatch.setattr(run, "open_pack", lambda folder: None)
    monkeypatch.setattr(run, "load_networks", lambda pack, threads: Networks())
    monkeypatch.setattr(run, "STRANGER", 1.0)
    out = tmp_path / "out"
    app = typer.Typer()
    app.command()(command.attributes)
    arguments = ["--data", str(tmp_path), "--to", str(out), "--recipe", str(tmp_path / "recipe.toml")]
    told = CliRunner().invoke(app, [*arguments, "--samples", "320"])
    assert told.exit_code == 0, told.output
    content = (out / "starter-attributes.onnx").read_bytes()
    part = msgspec.convert(tomllib.loads((out / "starter-attributes.toml").read_text())["file"][0], PackFile)
    assert part.bytes == len(content)
    network = AttributeNetwork(Network(content, part.name, 1), part)
    assert [one.name for one in network.attributes] == list(VOCABULARY)
    card = (out / "card.md").read_text()
    for wanted_text in ("people.zip", "held out", "320 samples", "adults", "not what somebody is", "research only"):
        assert wanted_text in card
    (tmp_path / "recipe.toml").write_text((tmp_path / "recipe.toml").read_text().replace("0.01", "0.02"))
    again = CliRunner().invoke(app, [*arguments, "--samples", "320"])
    assert again.exit_code == 1
    assert "another recipe is followed in this folder" in again.output


@pytest.mark.parametrize("lengths", [[], ["--samples", "10", "--minutes", "1"]])
def test_a_run_must_be_told_how_long_one_way(tmp_path: Path, lengths: list[str]) -> None:
    app = typer.Typer()
    app.command()(command.attributes)
    told = CliRunner().invoke(app, ["--data", str(tmp_path), "--to", str(tmp_path), *lengths])
    assert told.exit_code == 2
