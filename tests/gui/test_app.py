"""The program's options, and what it says where it cannot show a window."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facelatch_gui import app
from facelatch_gui.courier import Courier

COMMAND = (sys.executable, "-c", "import sys; from facelatch_gui.app import main; sys.exit(main())")


def settings(*arguments: str, stand_in: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program without a display; `stand_in` is a folder whose modules come before those installed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "DISPLAY", "WAYLAND"))}
    kept |= environment | ({"PYTHONPATH": str(stand_in)} if stand_in else {})
    return subprocess.run((*COMMAND, *arguments), env=kept, capture_output=True, text=True, timeout=60, check=False)


def stand_in(folder: Path, source: str) -> Path:
    """Put a package in PySide6's place."""
    (folder / "PySide6").mkdir()
    (folder / "PySide6/__init__.py").write_text(source)
    return folder


MISSING = "raise ModuleNotFoundError(\"No module named 'PySide6'\", name='PySide6')"


def test_the_names_of_the_pages_are_those_of_the_window(qapp: object) -> None:
    assert tuple(page.name for page in app.pages(Courier())) == app.NAMES


def test_help_and_version_need_neither_display_nor_pyside(tmp_path: Path) -> None:
    without = stand_in(tmp_path, MISSING)
    shown = settings("--help", stand_in=without)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "--bus ADDRESS" in shown.stdout
    version = f"facelatch-settings {importlib.metadata.version('facelatch')}\n"
    assert settings("--version", stand_in=without).stdout == version


def test_without_pyside_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    ended = settings(stand_in=stand_in(tmp_path, MISSING))
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == "facelatch-settings: the window needs PySide6: pip install 'facelatch[gui]'\n"


def test_a_library_that_pyside_lacks_is_named(tmp_path: Path) -> None:
    lacking = "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')"
    ended = settings(stand_in=stand_in(tmp_path, lacking))
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert "PySide6 is installed but cannot be loaded: libEGL.so.1: cannot open" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--nonsense",), "unrecognized arguments: --nonsense"),
        (("anna",), "unrecognized arguments: anna"),
        (("--page", "nowhere"), "invalid choice: 'nowhere'"),
        (("--bus", "nonsense"), "'nonsense' is no address of a bus; give it as unix:path=FILE"),
    ],
)
def test_wrong_use_exits_2_and_says_what_was_wrong(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_bus_is_the_options_else_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, str]] = []

    def show(page: str) -> int:
        shown.append((page, os.environ["FACELATCH_BUS"]))
        return 0

    monkeypatch.setattr(app, "show", show)
    monkeypatch.setenv("FACELATCH_BUS", "unix:path=/environment")
    assert app.main(["--bus", "unix:path=/option", "--page", "health"]) == 0
    monkeypatch.setenv("FACELATCH_BUS", "unix:path=/environment")
    assert app.main([]) == 0
    assert shown == [("health", "unix:path=/option"), ("faces", "unix:path=/environment")]
