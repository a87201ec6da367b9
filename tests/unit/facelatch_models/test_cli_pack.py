"""`facelatch pack`: what it answers, with which code, in words and in JSON."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facelatch_models import build as build_module
from facelatch_models import pack as pack_module
from facelatch_models import shelf
from facelatch_models.cli.pack import app
from facelatch_models.pack import open_pack
from tests.unit.facelatch_models.samples import manifest, write_pack
from tests.unit.facelatch_models.test_build import DETECTOR, EMBEDDER, recipe
from tests.unit.facelatch_models.test_install import zipped


@pytest.fixture(autouse=True)
def only_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No pack of the machine that runs the tests is seen or touched."""
    monkeypatch.delenv("FACELATCH_PACKS", raising=False)
    monkeypatch.setattr(pack_module, "SYSTEM_PACKS", tmp_path / "system")
    monkeypatch.setattr(pack_module, "tree_packs", lambda: tmp_path / "tree")
    monkeypatch.setattr(build_module, "recipe_names", lambda: ["made", "open"])
    true_read = build_module.read_recipe
    monkeypatch.setattr(build_module, "read_recipe", lambda name: recipe() if name == "made" else true_read(name))


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    write_pack(folder, manifest("alpha"))
    write_pack(folder, manifest("beta", terms="for beta only"))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "det.onnx").write_bytes(DETECTOR)
    (folder / "emb.onnx").write_bytes(EMBEDDER)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answered(*arguments: object, code: int = 0) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def test_the_list_marks_the_pack_in_use_and_says_what_is_damaged(packs: Path) -> None:
    (packs / "alpha" / "pack.toml").write_text("id = 1")
    shelf.use(packs / "beta", packs)
    rows = answered("list", "--packs", packs)["packs"]
    assert [(row["name"], row["used"]) for row in rows] == [("alpha", False), ("beta", True)]
    assert "damaged" in rows[0]["fault"]
    assert (rows[1]["fault"], rows[1]["terms"]) == (None, "for beta only")
    lines = run("list", "--packs", packs).stdout.splitlines()
    assert lines[0].startswith("  alpha ")
    assert "damaged: " in lines[0]
    assert lines[1].startswith("* beta ")


def test_an_empty_list_is_no_error_and_says_what_to_do(tmp_path: Path) -> None:
    assert answered("list", "--packs", tmp_path) == {"packs": []}
    assert "facelatch pack build open" in run("list", "--packs", tmp_path).stderr


def test_the_list_says_where_the_choice_points_nowhere(packs: Path) -> None:
    shelf.use(packs / "beta", packs)
    shutil.rmtree(packs / "beta")
    result = run("list", "--packs", packs)
    assert (result.exit_code, "facelatch pack use NAME" in result.stderr) == (0, True)


def test_packs_of_the_environment_are_listed(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_PACKS", str(packs))
    assert [row["name"] for row in answered("list")["packs"]] == ["alpha", "beta"]


def test_verifying_looks_at_every_pack_or_at_the_one_named(packs: Path) -> None:
    assert [row["files"] for row in answered("verify", "--packs", packs)["packs"]] == [3, 3]
    (packs / "beta" / "liveness.onnx").write_bytes(b"x")
    rows = answered("verify", "--packs", packs, code=1)["packs"]
    assert rows[0]["fault"] is None
    assert "liveness.onnx: has 1 bytes" in rows[1]["fault"]
    assert answered("verify", "alpha", "--packs", packs)["packs"][0]["name"] == "alpha"
    result = run("verify", "beta", "--packs", packs)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1


def test_verifying_without_a_pack_is_exit_code_3(tmp_path: Path) -> None:
    assert answered("verify", "--packs", tmp_path, code=3)["error"] == "no-pack"
    assert answered("verify", "gamma", "--packs", tmp_path, code=3)["error"] == "no-pack"


def test_building_says_what_was_used_and_under_which_terms(source: Path, tmp_path: Path) -> None:
    result = run("build", "made", "--from", source, "--to", tmp_path / "to")
    assert result.exit_code == 0
    assert "TERMS: for tests only" in result.stdout
    assert f"{source}/det.onnx  known, SHA-256 " in result.stdout
    assert "liveness: no network for it" in result.stderr
    answer = answered("build", "made", "--from", source, "--to", tmp_path / "to")
    assert (answer["name"], answer["left_out"]) == ("made", ["liveness"])
    assert answer["used"][0]["provenance"] == "known"
    open_pack(Path(answer["folder"])).verify()


def test_building_from_too_little_is_one_line_that_names_the_files(tmp_path: Path) -> None:
    result = run("build", "made", "--from", tmp_path, "--to", tmp_path / "to")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "best.onnx, or det.onnx/detector.onnx" in result.stderr
    assert not (tmp_path / "to").exists()
    assert answered("build", "nonsense", "--from", tmp_path, code=1)["text"].startswith("no recipe is named")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_folder_that_cannot_be_written_is_exit_code_4(
    source: Path, packs: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    result = run("build", "made", "--from", source)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "sudo" in result.stderr
    assert "--to" in result.stderr
    assert answered("use", "alpha", "--packs", packs, code=4)["error"] == "not-permitted"


def test_using_turns_the_link_and_says_how_the_daemon_learns_of_it(packs: Path) -> None:
    result = run("use", "beta", "--packs", packs)
    assert result.exit_code == 0
    assert "systemctl restart facelatch-eye facelatchd" in result.stdout
    assert (packs / "current").resolve() == packs / "beta"


def test_a_damaged_pack_is_not_used(packs: Path) -> None:
    shelf.use(packs / "alpha", packs)
    (packs / "beta" / "embedder.onnx").write_bytes(b"x")
    assert answered("use", "beta", "--packs", packs, code=1)["error"] == "pack-damaged"
    assert (packs / "current").resolve() == packs / "alpha"


@pytest.mark.parametrize("name", ["gamma", "current", "..", "/tmp", "./alpha"])
def test_only_the_name_of_a_pack_that_is_there_can_be_used_or_removed(packs: Path, name: str) -> None:
    shelf.use(packs / "alpha", packs)
    assert answered("use", name, "--packs", packs, code=3)["error"] == "no-pack"
    assert answered("remove", name, "--packs", packs, code=3)["error"] == "no-pack"
    assert sorted(os.listdir(packs)) == ["alpha", "beta", "current"]


def test_the_pack_in_use_is_removed_only_by_force(packs: Path) -> None:
    shelf.use(packs / "beta", packs)
    assert answered("remove", "beta", "--packs", packs, code=1)["error"] == "in-use"
    assert answered("remove", "alpha", "--packs", packs)["folder"] == str(packs / "alpha")
    assert answered("remove", "beta", "--packs", packs, "--force")["name"] == "beta"
    assert os.listdir(packs) == ["current"]


def test_removing_from_a_folder_touches_no_other(packs: Path, tmp_path: Path) -> None:
    write_pack(tmp_path / "system", manifest("gamma"))
    assert answered("remove", "gamma", "--packs", packs, code=3)["error"] == "no-pack"
    assert (tmp_path / "system" / "gamma" / "pack.toml").exists()


def test_a_damaged_pack_can_be_removed(packs: Path) -> None:
    shelf.use(packs / "alpha", packs)
    (packs / "beta" / "pack.toml").write_text("nonsense")
    assert run("remove", "beta", "--packs", packs).exit_code == 0
    assert sorted(os.listdir(packs)) == ["alpha", "current"]


def test_an_archive_and_a_folder_are_installed(packs: Path, tmp_path: Path) -> None:
    archive = zipped(packs / "beta", tmp_path / "beta.zip")
    assert answered("install", archive, "--to", tmp_path / "to")["terms"] == "for beta only"
    assert "TERMS: for beta only" in run("install", archive, "--to", tmp_path / "to").stdout
    assert answered("install", packs / "alpha", "--to", tmp_path / "to")["name"] == "alpha"
    wrong = answered("install", archive, "--sha256", "0" * 64, "--to", tmp_path / "to", code=1)
    assert wrong["error"] == "failed"
    assert sorted(os.listdir(tmp_path / "to")) == ["alpha", "beta"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("install", "https://example.org/pack.zip"),
        ("install", "https://example.org/pack.zip", "--sha256", "short"),
        ("install", "open", "--sha256", "0" * 64),
        ("install",),
        ("build", "made"),
        ("use",),
        ("nonsense",),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_address_that_is_not_https_is_refused(tmp_path: Path) -> None:
    answer = answered("install", "http://example.org/x.zip", "--sha256", "0" * 64, "--to", tmp_path, code=1)
    assert "starts with https://" in answer["text"]


def test_what_a_pack_says_cannot_move_the_cursor(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (packs / "beta" / "pack.toml").write_text('id = "beta"\n"\\u001b[2J" = 1\n')
    result = run("list", "--packs", packs)
    assert "damaged" in result.stdout
    assert "\x1b" not in result.stdout


def test_an_interruption_is_exit_code_130(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shelf, "use", interrupt)
    assert answered("use", "beta", "--packs", packs, code=130)["error"] == "interrupted"


def test_the_commands_start_without_numpy_and_its_like() -> None:
    code = (
        "import sys, facelatch_models.cli.pack\n"
        "print([name for name in ('numpy', 'cv2', 'onnxruntime', 'onnx', 'rich.progress') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
