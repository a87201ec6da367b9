"""Training runs become a pack."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import tomlkit

from facelatch_models.assembly import NOTHING_MATCHES, Label, assemble
from facelatch_models.build import BuildError
from facelatch_models.pack import PackDamaged, Role, open_pack
from facelatch_models.scale import LEVELS
from tests.unit.facelatch_models.samples import NETWORKS, part

LABEL = Label(id="ours", version="3", title="A sample", licence="none", terms="for tests")


def run_of(folder: Path, role: Role) -> Path:
    """A training run's folder, with one network that is made up."""
    run = folder / role.value
    run.mkdir()
    entry = part(role)
    (run / entry.name).write_bytes(NETWORKS[role][2])
    (run / "network.toml").write_text(tomlkit.dumps({"file": [msgspec.to_builtins(entry)]}))
    (run / "recipe.toml").write_text("seed = 1")
    (run / "card.md").write_text(f"# {role.value}")
    (run / "log.jsonl").write_text("{}")
    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [run_of(tmp_path, role) for role in (Role.DETECTOR, Role.EMBEDDER)]


def test_runs_become_a_whole_pack_with_cards_and_logs(runs: list[Path], tmp_path: Path) -> None:
    pack = assemble(LABEL, runs, tmp_path / "shelf")
    pack.verify()
    assert (pack.manifest.id, pack.manifest.version, pack.manifest.terms) == ("ours", "3", "for tests")
    assert sorted(path.name for path in pack.folder.iterdir()) == [
        "detector-card.md", "detector-log.jsonl", "detector.onnx",
        "embedder-card.md", "embedder-log.jsonl", "embedder.onnx", "pack.toml",
    ]  # fmt: skip


def test_before_it_is_calibrated_not_even_the_same_picture_matches(runs: list[Path], tmp_path: Path) -> None:
    calibration = assemble(LABEL, runs, tmp_path / "shelf").manifest.calibration
    assert calibration == NOTHING_MATCHES
    assert all(calibration.slope + calibration.intercept < calibration.bounds[level] for level in LEVELS)


def test_a_network_that_is_not_what_its_run_says_is_refused(runs: list[Path], tmp_path: Path) -> None:
    (runs[1] / "embedder.onnx").write_bytes(b"another")
    with pytest.raises(PackDamaged, match=r"embedder\.onnx"):
        assemble(LABEL, runs, tmp_path / "shelf")
    assert not (tmp_path / "shelf" / "ours").exists()


@pytest.mark.parametrize("missing", ["network.toml", "card.md", "log.jsonl", "detector.onnx"])
def test_a_run_that_lacks_something_is_named_and_changes_nothing(
    runs: list[Path], tmp_path: Path, missing: str
) -> None:
    before = assemble(LABEL, runs, tmp_path / "shelf")
    (runs[0] / missing).unlink()
    with pytest.raises(BuildError, match=str(runs[0])):
        assemble(LABEL, runs, tmp_path / "shelf")
    assert open_pack(before.folder).manifest == before.manifest


def test_a_description_with_an_unknown_key_says_where(runs: list[Path], tmp_path: Path) -> None:
    (runs[0] / "network.toml").write_text("[[file]]\ncolour = 1")
    with pytest.raises(BuildError, match=r"network\.toml.*colour|network\.toml.*missing"):
        assemble(LABEL, runs, tmp_path / "shelf")
