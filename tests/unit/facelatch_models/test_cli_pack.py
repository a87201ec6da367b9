"""`facelatch pack`: what it answers, with which code, in words and in JSON."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from facelatch_models import build as build_module
from facelatch_models import search as search_module
from facelatch_models import shelf
from facelatch_models.cli.console import show_pairs
from facelatch_models.cli.pack import _each_percent, app
from facelatch_models.pack import open_pack
from tests.unit.facelatch_models.samples import NETWORKS, manifest, write_pack
from tests.unit.facelatch_models.test_build import DETECTOR, EMBEDDER, artefact, recipe
from tests.unit.facelatch_models.test_install import zipped


@pytest.fixture(autouse=True)
def only_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No pack of the machine that runs the tests is seen or touched."""
    monkeypatch.delenv("FACELATCH_PACKS", raising=False)
    monkeypatch.setattr(search_module, "SYSTEM_PACKS", tmp_path / "system")
    monkeypatch.setattr(search_module, "tree_packs", lambda: tmp_path / "tree")
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
    assert str(packs / "alpha" / "pack.toml") in rows[0]["fault"]
    assert (rows[1]["fault"], rows[1]["terms"]) == (None, "for beta only")
    assert run("list", "--packs", packs).stdout.split("\n") == [
        "Pack    alpha",
        f"Folder  {packs}/alpha",
        f"State   damaged: {rows[0]['fault']}",
        "",
        "Pack     beta, version 1 (chosen)",
        "Title    A sample",
        "Licence  none",
        "Terms    for beta only",
        f"Folder   {packs}/beta",
        f"State    {len(NETWORKS)} files, size checked; no measured figures",
        "Levels   none was shown to hold",
        "",
    ]


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"short")])
def test_a_listed_pack_with_a_missing_or_shorter_file_is_damaged(packs: Path, change: Callable[[Path], object]) -> None:
    shelf.use(packs / "beta", packs)
    change(packs / "alpha" / "liveness.onnx")
    assert "liveness.onnx" in answered("list", "--packs", packs)["packs"][0]["fault"]
    assert "damaged: " in run("list", "--packs", packs).stdout
    shelf.use(packs / "alpha", packs)
    assert answered("list", "--packs", packs, code=3)["packs"][0]["used"]
    result = run("list", "--packs", packs)
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)
    assert "facelatch pack use NAME" in result.stderr


def test_a_list_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_pairs([("Title", "long words " * 9, ""), ("Folder", "/" + "x" * 60, "")])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(len, lines)) <= 40
    assert "".join(lines).count("x") == 60


def test_an_empty_list_is_no_error_and_says_what_to_do(tmp_path: Path) -> None:
    assert answered("list", "--packs", tmp_path) == {"packs": []}
    assert "facelatch pack build open" in run("list", "--packs", tmp_path).stderr


def test_the_list_says_where_the_choice_points_nowhere(packs: Path) -> None:
    shelf.use(packs / "beta", packs)
    shutil.rmtree(packs / "beta")
    result = run("list", "--packs", packs)
    assert (result.exit_code, "facelatch pack use NAME" in result.stderr) == (3, True)
    assert "Pack    beta (chosen)\n" in result.stdout


def test_a_pack_that_is_chosen_from_elsewhere_is_listed(packs: Path, tmp_path: Path) -> None:
    shelf.use(write_pack(tmp_path / "elsewhere", manifest("gamma")), packs)
    rows = answered("list", "--packs", packs)["packs"]
    assert [(row["name"], row["used"]) for row in rows] == [("alpha", False), ("beta", False), ("gamma", True)]


def test_packs_of_the_environment_are_listed(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELATCH_PACKS", str(packs))
    assert [row["name"] for row in answered("list")["packs"]] == ["alpha", "beta"]


def test_verifying_looks_at_every_pack_or_at_the_one_named(packs: Path) -> None:
    assert [row["files"] for row in answered("verify", "--packs", packs)["packs"]] == [len(NETWORKS)] * 2
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


def test_a_recipe_of_installed_files_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recipe()
    parts = tuple(
        replace(part, artefact=(artefact(name, content, pack="beginner"),))
        for part, name, content in zip(made.part, ("det.onnx", "emb.onnx"), (DETECTOR, EMBEDDER), strict=False)
    )
    monkeypatch.setattr(build_module, "read_recipe", lambda name: replace(made, part=parts))
    failed = answered("build", "made", "--to", tmp_path / "to", code=1)
    assert "detector: det.onnx (of the pack beginner)" in failed["text"]
    beginner = tmp_path / "system" / "beginner"
    beginner.mkdir(parents=True)
    (beginner / "det.onnx").write_bytes(DETECTOR)
    (beginner / "emb.onnx").write_bytes(EMBEDDER)
    answer = answered("build", "made", "--to", tmp_path / "to")
    assert answer["used"][1]["files"] == [str(beginner / "emb.onnx")]
    assert (
        f"embedder  emb.onnx  from {beginner}/emb.onnx  known" in run("build", "made", "--to", tmp_path / "to").stdout
    )


@pytest.mark.parametrize(
    "arguments", [("build", "nonsense"), ("build", "nonsense", "--from", "."), ("install", "nonsense")]
)
def test_a_recipe_that_there_is_not_is_exit_code_3(arguments: tuple[str, ...]) -> None:
    answer = answered(*arguments, code=3)
    assert (answer["error"], "no recipe is named 'nonsense'" in answer["text"]) == ("no-pack", True)


def test_building_from_what_is_no_folder_is_wrong_use(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("build", "made", "--from", source / "det.onnx").exit_code == 2
    assert run("build", "made", "--from", source / "none").exit_code == 2

    def refuse(self: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    result = run("build", "made", "--from", source)
    assert (result.exit_code, "Permission denied" in result.stderr) == (2, True)


def test_a_pack_that_was_put_in_says_the_command_that_chooses_it(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "set aside"
    lines = run("install", packs / "beta", "--to", aside).stdout.splitlines()
    told = "choose it with: facelatch pack use beta --packs "
    assert lines[-1].startswith(told)
    assert shlex.split(lines[-1].removeprefix(told)) == [str(aside)]
    used = run("use", "beta", "--packs", aside)
    assert (used.exit_code, f"FACELATCH_PACKS={aside}" in used.stdout) == (0, True)
    monkeypatch.setenv("FACELATCH_PACKS", str(packs))
    assert run("install", packs / "beta", "--to", packs).stdout.endswith("choose it with: facelatch pack use beta\n")
    assert "choose" not in run("install", packs / "alpha", "--to", packs).stdout
    assert run("use", "beta").exit_code == 0
    assert "choose" not in run("install", packs / "beta", "--to", packs).stdout


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


def test_using_turns_the_link_and_says_how_the_daemon_learns_of_it(
    packs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELATCH_PACKS", str(packs))
    result = run("use", "beta")
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
    assert answered("remove", "beta", "--packs", packs, "--force")["links"] == [str(packs / "current")]
    assert os.listdir(packs) == []


def test_no_link_on_the_search_path_is_left_to_a_pack_that_was_removed(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELATCH_PACKS", str(packs))  # twice on the path, and handled once
    shelf.use(packs / "beta", tmp_path / "system")
    shelf.use(packs / "alpha", packs)
    assert answered("remove", "beta", "--packs", packs, code=1)["error"] == "in-use"
    result = run("remove", "beta", "--packs", packs, "--force")
    assert result.stdout == (
        f"removed {packs}/beta\nremoved {tmp_path}/system/current, which pointed at it; in use now: {packs}/alpha\n"
    )
    assert os.listdir(tmp_path / "system") == []
    assert (packs / "current").resolve() == packs / "alpha"


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


@pytest.mark.parametrize("name", ["open", "classic", "buffalo_l", "buffalo_s", "buffalo_sc"])
def test_the_help_of_build_names_the_recipes(name: str) -> None:
    assert name in run("build", "--help").stdout


def test_the_group_offers_no_completion_of_its_own() -> None:
    assert "completion" not in run("--help").stdout


def models(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from facelatch_models.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_facelatch_models_has_the_short_option_for_help() -> None:
    assert (models("-h").returncode, models("pack", "list", "-h").returncode) == (0, 0)


def test_wrong_use_of_facelatch_models_is_one_line_and_exit_code_2() -> None:
    done = models("evaluate")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("facelatch-models: ")
    assert "--data" in done.stderr
    assert "see: facelatch-models evaluate --help" in done.stderr
    done = models("evaluate", "--data", "/nonexistent", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"], done.stderr) == (2, "bad-request", "")
    done = models()
    assert (done.returncode, "Usage: facelatch-models" in done.stdout + done.stderr) == (2, True)


def test_a_recipe_of_files_of_one_s_own_wants_their_folder_and_says_so() -> None:
    done = models("pack", "build", "open")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--from: open is made of files that you have; name their folder" in done.stderr


def test_the_exit_code_of_a_command_is_that_of_facelatch_models() -> None:
    assert models("pack", "verify", "nonexistent").returncode == 3


def test_the_commands_start_without_numpy_and_its_like() -> None:
    code = (
        "import sys, facelatch_models.cli.pack\n"
        "print([name for name in ('numpy', 'cv2', 'onnxruntime', 'onnx', 'rich.progress') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_download_tells_programs_each_percent_once(capsys: pytest.CaptureFixture[str]) -> None:
    report = _each_percent()
    for done in range(2001):
        report("net.onnx", done, 2000)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["done"] * 100 // 2000 for line in lines] == list(range(101))
    assert lines[-1] == {"download": "net.onnx", "done": 2000, "total": 2000}


def test_a_download_of_unknown_length_tells_programs_each_mebibyte(capsys: pytest.CaptureFixture[str]) -> None:
    report = _each_percent()
    for done in range(0, 3 << 20, 1 << 16):
        report("net.onnx", done, None)
    assert [json.loads(line)["done"] >> 20 for line in capsys.readouterr().out.splitlines()] == [0, 1, 2]
