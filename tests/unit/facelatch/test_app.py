"""The command's frame: help, version, wrong use, and commands that other packages bring."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from facelatch.cli import plugins
from tests.unit.facelatch import answers
from tests.unit.facelatch.conftest import Run
from tests.unit.facelatch.fake import FakeDaemon

GOOD = """
import typer
app = typer.Typer(no_args_is_help=True)

@app.command()
def build(count: int = 1) -> None:
    \"\"\"Build one.\"\"\"
    print("built", count)

@app.command()
def fail() -> None:
    \"\"\"Fail with a code.\"\"\"
    raise typer.Exit(4)
"""

Plug = Callable[[str, str], None]


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plug]:
    """Offer a module, given as source, as the command of a name."""
    entries: dict[str, EntryPoint] = {}
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(plugins, "entries", lambda: entries)

    def offer(name: str, source: str) -> None:
        (tmp_path / f"plugin_{name}.py").write_text(source)
        entries[name] = EntryPoint(name, f"plugin_{name}:app", plugins.GROUP)

    yield offer
    for name in entries:
        sys.modules.pop(f"plugin_{name}", None)


BROKEN = {
    "missing": "import a_module_that_is_not_there",
    "raises": "raise OSError('no library')",
    "leaves": "raise SystemExit(0)",
    "syntax": "def",
    "nothing": "",
    "other": "app = 3",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_plugin_breaks_nothing_but_itself(run: Run, daemon: FakeDaemon, plug: Plug, source: str) -> None:
    plug("broken", source)
    plug("good", GOOD)
    daemon.answering(ListEnrolledFaces=answers.FACES)
    assert run("list").exit_code == 0
    assert run("good", "build", "--count", "3").stdout == "built 3\n"
    shown = run("--help")
    assert shown.exit_code == 0
    assert "cannot be loaded from plugin_broken:app" in shown.stdout
    called = run("broken", "build", "--whatever")
    assert called.exit_code == 1
    assert called.stderr.startswith("facelatch: the command broken cannot be loaded from plugin_broken:app: ")
    assert called.stderr.count("\n") == 1
    assert json.loads(run("broken", "--json").stdout)["error"] == "broken-plugin"


def test_a_plugin_is_loaded_only_when_called_or_for_help(run: Run, daemon: FakeDaemon, plug: Plug) -> None:
    plug("good", GOOD)
    daemon.answering(ListEnrolledFaces=answers.FACES)
    run("list")
    assert "plugin_good" not in sys.modules
    run("--help")
    assert "plugin_good" in sys.modules


def test_a_plugin_does_not_take_the_place_of_our_commands(run: Run, daemon: FakeDaemon, plug: Plug) -> None:
    plug("list", GOOD)
    daemon.answering(ListEnrolledFaces=answers.FACES)
    assert "with glasses" in run("list").stdout
    assert run("--help").stdout.count(" list ") == 1


def test_the_exit_code_and_the_wrong_use_of_a_plugin_are_ours(run: Run, plug: Plug) -> None:
    plug("good", GOOD)
    assert run("good", "fail").exit_code == 4
    wrong = run("good", "build", "--count", "many")
    assert wrong.exit_code == 2
    assert wrong.stderr.count("\n") == 1
    assert "facelatch good build --help" in wrong.stderr
    bare = run("good")
    assert bare.exit_code == 2
    assert "Build one." in bare.output


def test_of_two_plugins_with_one_name_the_first_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [EntryPoint("pack", f"{origin}:app", plugins.GROUP) for origin in ("first", "second")]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found)
    plugins.entries.cache_clear()
    try:
        assert plugins.entries()["pack"].value == "first:app"
    finally:
        plugins.entries.cache_clear()


@pytest.mark.parametrize(
    "arguments",
    [
        ("lst",),
        ("list", "--nonsense"),
        ("list", "anna"),
        ("rename", "ab"),
        ("rename", "ab", "cd", "ef"),
        ("list", "--user"),
        ("history", "-n", "x"),
        ("--bus",),
    ],
)
def test_wrong_use_is_one_line_and_exits_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("facelatch: ")
    assert result.stderr.count("\n") == 1
    assert "--help" in result.stderr


def test_wrong_use_with_json_is_an_error_object(run: Run) -> None:
    result = run("list", "--json", "--nonsense")
    assert (result.exit_code, result.stderr) == (2, "")
    error = json.loads(result.stdout)
    assert error["error"] == "bad-request"
    assert "--nonsense" in error["text"]


def test_alone_it_shows_the_help_and_exits_2(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "enroll" in result.stdout


def test_the_help_names_every_exit_code_and_the_sudo_shorthand(run: Run) -> None:
    shown = run("--help").stdout
    for line in (
        "0  done",
        "1  came to nothing",
        "2  wrong use",
        "3  no daemon",
        "4  not permitted",
        "130  interrupted",
    ):
        assert line in shown
    assert "sudo" in run("list", "--help").stdout


def test_version_is_the_packages(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"facelatch {importlib.metadata.version('facelatch')}\n")
