"""Screenshots of every page, light and dark, at 100 % and 200 %; fails where a text is cut off.

python -m tests.gui.screens [--to build/screens] [--language de] [--only SCENE ...]

The pages are those of the real window; the daemon behind them is the double of the tests, the people are drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QScrollArea

from facelatch.pam.wiring import explain
from facelatch_gui import app
from facelatch_gui.courier import Courier
from facelatch_gui.pages import health, usage
from facelatch_gui.window import Window
from tests.gui.clipping import clipped
from tests.gui.exhibit import Exhibit
from tests.gui.scenes import PAM, Condition, Scene, scenes

TREE: Final = Path(__file__).resolve().parents[2]
SCALES: Final = (1, 2)
SCREEN: Final = (1366, 768)
PATIENCE: Final = 10.0
"""Seconds until a page must show what it is to show."""

DARK: Final = {
    QPalette.ColorRole.Window: "#2d2d30",
    QPalette.ColorRole.WindowText: "#f0f0f0",
    QPalette.ColorRole.Base: "#1f1f22",
    QPalette.ColorRole.AlternateBase: "#28282b",
    QPalette.ColorRole.Text: "#f0f0f0",
    QPalette.ColorRole.PlaceholderText: "#9a9a9e",
    QPalette.ColorRole.Button: "#3c3c40",
    QPalette.ColorRole.ButtonText: "#f0f0f0",
    QPalette.ColorRole.Light: "#5a5a5e",
    QPalette.ColorRole.Midlight: "#48484c",
    QPalette.ColorRole.Mid: "#2a2a2d",
    QPalette.ColorRole.Dark: "#19191b",
    QPalette.ColorRole.Shadow: "#000000",
    QPalette.ColorRole.Highlight: "#3d8fd1",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Link: "#6fb2e8",
    QPalette.ColorRole.ToolTipBase: "#3c3c40",
    QPalette.ColorRole.ToolTipText: "#f0f0f0",
}
"""A dark desktop's palette: without a desktop nobody says what it is."""

DISABLED: Final = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


class NeverShown(Exception):
    """A page did not come to show what it was to show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the screenshots; return 1 where a text is cut off."""
    parser = argparse.ArgumentParser(description="Screenshots of every page.")
    parser.add_argument("--to", type=Path, default=TREE / "build" / "screens", help="the folder to write to")
    parser.add_argument("--language", default="en", help="the window's language, for instance de or zh_CN")
    parser.add_argument("--only", nargs="*", default=(), help="the names of the scenes, or beginnings of them")
    parser.add_argument("--scale", type=int, help="one scale only, in this process")
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(words)
    if options.scale is not None:
        with tempfile.TemporaryDirectory() as scratch:
            if os.environ.get("QT_QPA_PLATFORM") in (None, "offscreen"):
                os.environ["QT_QPA_PLATFORM"] = _platform(Path(scratch), options.scale)
            return _take(options.to, QLocale(options.language), tuple(options.only), options.scale)
    codes = []
    for scale in SCALES:  # Qt takes its scale once, when it starts
        command = [sys.executable, "-m", "tests.gui.screens", f"--scale={scale}", *words]
        environment = os.environ | {"QT_SCALE_FACTOR": str(scale)}
        codes.append(subprocess.run(command, env=environment, check=False).returncode)
    return max(codes)


def _platform(folder: Path, scale: int) -> str:
    """Return the platform that draws into memory, with a screen as laptops have it instead of its own small one."""
    width, height = SCREEN
    screen = {"name": "screen", "x": 0, "y": 0, "width": width * scale, "height": height * scale, "logicalDpi": 96}
    screen |= {"logicalBaseDpi": 96, "dpr": 1}
    path = folder / "screen.json"
    path.write_text(json.dumps({"screens": [screen]}))
    return f"offscreen:configfile={path}"


def _take(folder: Path, locale: QLocale, only: tuple[str, ...], scale: int) -> int:
    application = QApplication(sys.argv[:1])
    QLocale.setDefault(locale)
    app.translate(application, locale)
    language = "" if locale.language() is QLocale.Language.English else f"-{locale.name()}"
    folder.mkdir(parents=True, exist_ok=True)
    faults = 0
    with tempfile.TemporaryDirectory() as scratch, _stacks(Path(scratch)):
        for scheme, palette in (("light", application.style().standardPalette()), ("dark", _dark())):
            application.setPalette(palette)
            for scene in scenes(Path(scratch)):
                if only and not scene.name.startswith(only):
                    continue
                path = folder / f"{scene.name}{language}-{scheme}-{scale}00.png"
                for fault in _shoot(scene, path):
                    faults += 1
                    print(f"{path.name}: {fault}")
    return 1 if faults else 0


def _dark() -> QPalette:
    palette = QPalette()
    for role, shade in DARK.items():
        palette.setColor(role, QColor(shade))
    for role in DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#7d7d81"))
    return palette


@contextmanager
def _stacks(folder: Path) -> Iterator[None]:
    """Let the usage page look at stacks of ours."""
    place = folder / "etc" / "pam.d"
    place.mkdir(parents=True)
    for service, lines in PAM.items():
        (place / service).write_text(lines)
    with patch.object(usage, "explain", partial(explain, root=folder)):
        yield


def _shoot(scene: Scene, path: Path) -> Iterator[str]:
    """Show a scene and keep its picture; where the page is longer than the window, one of the whole page too."""
    daemon = Exhibit()
    scene.prepare(daemon)
    courier = Courier(daemon.connect)
    with patch.object(health, "examine", lambda: scene.report):
        window = Window(courier, app.pages(courier))
        courier.start()
        try:
            window.show()
            window.show_page(scene.page)
            _wait(scene, scene.act(window.page))
            yield from clipped(window)
            window.grab().save(str(path))
            area = next(area for area in window.findChildren(QScrollArea) if area.widget() is window.page)
            if over := area.verticalScrollBar().maximum():
                window.resize(window.width(), window.height() + over)
                _settle()
                window.grab().save(str(path.with_stem(f"{path.stem}-whole")))
        finally:
            window.close()
            courier.stop()
            window.deleteLater()


def _wait(scene: Scene, shown: Condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not shown():
        if time.monotonic() > deadline:
            raise NeverShown(f"{scene.name}: the page never came to show it")
        QApplication.processEvents()
        time.sleep(0.005)
    _settle()


def _settle() -> None:
    """Let what is shown be laid out and painted."""
    for _ in range(20):
        QApplication.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
