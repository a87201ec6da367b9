"""The installed programs: they find what they need, and nothing that others put in their way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.conftest import Run
from tests.packaging.expectation import PRIVATE
from tests.places import TREE

POISON = 'raise SystemExit("poisoned")\n'

LOOK = """
import sys
sys.path.insert(0, "/{private}")
import cv2
from facelatch_eye.main import load_sight
from facelatch_models.pack import Role
from facelatch_models.networks import load_networks
from facelatch_models.search import choose
print(type(load_sight("starter", None, 1)).__name__)
networks = load_networks(choose("starter"), 1)
faces = networks.detector.detect(cv2.imread("{picture}"))
print("faces", len(faces))
"""

MODULES = """
import importlib, pkgutil, sys
sys.path.insert(0, "/{private}")
for room in ("facelatch", "facelatchd", "facelatch_eye", "facelatch_models", "facelatch_gui"):
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        # What trains networks wants PyTorch, and migrations are run by Alembic.
        if not module.name.startswith(("facelatch_models.train.", "facelatchd.store.migrations.")):
            importlib.import_module(module.name)
"""

WINDOW = """
import sys
sys.path.insert(0, "/{private}")
from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from facelatch_gui import app
from facelatch_gui.app import NAMES
from facelatch_gui.window import Window

def draw():
    window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window))
    for name in NAMES:
        window.show_page(name)
        picture = window.grab().toImage()
        picture = picture.scaledToWidth(120)
        colours = set(picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height()))
        print(name, len(colours) > 2)
    icon = QIcon("/usr/share/icons/hicolor/scalable/apps/org.facelatch.Settings.svg")
    print("icon", not icon.pixmap(64, 64).isNull())

def draw_once():
    try:
        draw()
    finally:  # what a slot raises only gets printed, and the window would stay open for ever
        QApplication.quit()

original = QApplication.exec
def exec_once(application):
    QTimer.singleShot(0, draw_once)
    return original()
QApplication.exec = exec_once
sys.exit(app.main([]))
"""


@pytest.mark.parametrize("program", ["facelatch", "facelatch-models", "facelatch-settings", "facelatch-key"])
def test_a_program_tells_of_itself(installed: Run, program: str) -> None:
    done = installed(program, "--help")
    assert done.returncode == 0, done.stderr
    assert "facelatch" in done.stdout.lower()


def test_the_packs_that_come_with_it_are_found(installed: Run) -> None:
    done = installed("facelatch", "pack", "list")
    assert done.returncode == 0, done.stderr
    assert "starter" in done.stdout


def test_every_module_of_ours_finds_what_it_imports(installed: Run) -> None:
    done = installed("python3", "-IS", "-c", MODULES.format(private=PRIVATE))
    assert done.returncode == 0, done.stderr


def test_the_pack_that_is_recommended_can_be_built(installed: Run, shared_models: Path, tmp_path: Path) -> None:
    done = installed("facelatch", "pack", "build", "open", "--from", shared_models, "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "open" / "pack.toml").exists()


@pytest.fixture
def poisoned(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A broken numpy, typer and message codec wherever Python may be made to look."""
    versions = [f"python3.{minor}" for minor in range(11, 16)]
    places = [tmp_path / "path", *(tmp_path / f"home/.local/lib/{version}/site-packages" for version in versions)]
    places += [tmp_path / f"usr/local/lib/{version}/dist-packages" for version in versions]
    for place in places:
        place.mkdir(parents=True)
        for module in ("numpy", "typer", "msgspec", "cv2", "jeepney", "sitecustomize", "usercustomize"):
            (place / f"{module}.py").write_text(POISON)
        (place / "poison.pth").write_text("import sys; sys.exit('poisoned')\n")
    return tmp_path, {"PYTHONPATH": str(tmp_path / "path"), "HOME": str(tmp_path / "home")}


@pytest.mark.parametrize("program", ["facelatch", "/usr/sbin/facelatch-key", "/usr/libexec/facelatch/facelatchd"])
def test_what_others_put_in_pythons_way_does_not_reach_a_command(
    installed: Run, poisoned: tuple[Path, dict[str, str]], program: str
) -> None:
    above, environment = poisoned
    done = installed(program, "--help", above=above, **environment)
    assert (done.returncode, "poisoned" in done.stdout + done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("way", ["PYTHONPATH", "HOME", ""])
def test_each_of_those_ways_would_reach_a_command_that_takes_no_care(
    installed: Run, poisoned: tuple[Path, dict[str, str]], way: str
) -> None:
    above, environment = poisoned
    one = {way: environment[way]} if way else {}
    done = installed("python3", "-c", "import numpy", above=None if way else above, **one)
    assert "poisoned" in done.stdout + done.stderr


def test_the_installed_eye_has_its_networks_and_finds_a_face(installed: Run) -> None:
    picture = next(iter(sorted((TREE / "build" / "pictures").glob("*.jpg"))), None)
    if picture is None:
        pytest.skip("no portraits: make faces")
    done = installed("python3", "-IS", "-c", LOOK.format(private=PRIVATE, picture=picture))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] == "Sight"
    assert "faces 1" in done.stdout


def test_the_installed_window_draws_every_page(installed: Run, tmp_path: Path) -> None:
    done = installed(
        "python3", "-IS", "-c", WINDOW.format(private=PRIVATE), QT_QPA_PLATFORM="offscreen", HOME=str(tmp_path),
        FACELATCH_BUS=f"unix:path={tmp_path}/nobody", XDG_RUNTIME_DIR=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    drawn = dict(line.split() for line in done.stdout.splitlines())
    assert len(drawn) > 6, done.stderr
    assert set(drawn.values()) == {"True"}
