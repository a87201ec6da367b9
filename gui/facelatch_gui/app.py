"""The program `facelatch-settings`.

Nothing of PySide6 is loaded before the options are read: help and wrong use need neither it nor a display, and where it
is missing that can be said.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from facelatch.address import REMEDY, VARIABLE, given_address, socket_paths

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale
    from PySide6.QtWidgets import QApplication

    from facelatch_gui.courier import Courier
    from facelatch_gui.page import Page

DESKTOP_NAME: Final = "org.facelatch.Settings"
"""The desktop file's name, by which a desktop knows whose window this is."""

TRANSLATIONS: Final = Path(__file__).parent / "translations"

CANNOT_WORK: Final = 3
"""The exit code where a part is missing, as the command `facelatch` has it."""

NAMES: Final = ("faces", "enrol", "trial", "inspect", "usage", "history", "camera", "pack", "health")
"""The names of the pages, in the order of `pages`."""


def pages(courier: Courier) -> list[Page]:
    """Return a page of each kind, in the order of the window's list."""
    from facelatch_gui.pages.camera import CameraPage
    from facelatch_gui.pages.enrol import EnrolPage
    from facelatch_gui.pages.faces import FacesPage
    from facelatch_gui.pages.health import HealthPage
    from facelatch_gui.pages.history import HistoryPage
    from facelatch_gui.pages.inspect import InspectPage
    from facelatch_gui.pages.pack import PackPage
    from facelatch_gui.pages.trial import TrialPage
    from facelatch_gui.pages.usage import UsagePage

    return [
        FacesPage(courier), EnrolPage(courier), TrialPage(courier), InspectPage(courier), UsagePage(courier),
        HistoryPage(courier), CameraPage(courier), PackPage(courier), HealthPage(courier),
    ]  # fmt: skip


def translate(application: QApplication, locale: QLocale) -> None:
    """Have the application speak the language of a locale, as far as there are translations; else English."""
    from PySide6.QtCore import QLibraryInfo, QTranslator

    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("facelatch", str(TRANSLATIONS)),
    ):
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            application.installTranslator(translator)


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; `bus` is the address given, or the environment's. Exits 2 for wrong use, 0 after help."""
    parser = argparse.ArgumentParser(prog="facelatch-settings", description="The settings of Facelatch, in a window.")
    parser.add_argument("--page", default=NAMES[0], choices=NAMES, help="the page to begin with")
    parser.add_argument(
        "--bus",
        metavar="ADDRESS",
        help=f"the message bus that the daemon is on, as unix:path=FILE; default: {VARIABLE}, else the system bus",
    )
    parser.add_argument("--debug", action="store_true", help="tell more on standard error")
    parser.add_argument("--version", action="version", version=f"facelatch-settings {metadata.version('facelatch')}")
    options = parser.parse_args(arguments)
    options.bus = given_address(options.bus or "")
    if options.bus and not any(socket_paths(options.bus)):
        parser.error(f"--bus / {VARIABLE}: {options.bus!r} is no address of a bus; {REMEDY}")
    return options


def obstacle() -> str:
    """Return why there can be no window: PySide6, or a library that it needs, is missing; empty where nothing is."""
    try:
        from PySide6 import QtCore, QtGui, QtSvg, QtWidgets  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "PySide6":
            raise
        return "the window needs PySide6: pip install 'facelatch[gui]'"
    except ImportError as error:
        # The loader's own words name the library: "libEGL.so.1: cannot open shared object file: …".
        return f"PySide6 is installed but cannot be loaded: {error}; install what is named there"
    return ""


def show(page: str) -> int:
    """Show the window at a page until it is closed; return the exit code."""
    from PySide6.QtCore import QLocale
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from facelatch_gui.courier import Courier
    from facelatch_gui.window import Window

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop would never let Python see ^C
    application = QApplication(sys.argv[:1])
    application.setApplicationName("facelatch-settings")
    application.setDesktopFileName(DESKTOP_NAME)
    application.setWindowIcon(QIcon.fromTheme(DESKTOP_NAME))
    translate(application, QLocale())
    courier = Courier()
    window = Window(courier, pages(courier))
    application.setApplicationDisplayName(window.windowTitle())
    courier.start()
    window.show()
    window.show_page(page)
    try:
        return application.exec()
    finally:
        courier.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; return the exit code."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING)
    if missing := obstacle():
        sys.stderr.write(f"facelatch-settings: {' '.join(missing.split())}\n")
        return CANNOT_WORK
    # The courier connects there, and so does the examination that the window's last page begins.
    os.environ[VARIABLE] = options.bus
    return show(options.page)
