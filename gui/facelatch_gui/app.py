"""The program `facelatch-settings`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from facelatch_gui.courier import Courier
from facelatch_gui.page import Page
from facelatch_gui.pages.camera import CameraPage
from facelatch_gui.pages.enrol import EnrolPage
from facelatch_gui.pages.faces import FacesPage
from facelatch_gui.pages.health import HealthPage
from facelatch_gui.pages.history import HistoryPage
from facelatch_gui.pages.inspect import InspectPage
from facelatch_gui.pages.pack import PackPage
from facelatch_gui.pages.trial import TrialPage
from facelatch_gui.pages.usage import UsagePage
from facelatch_gui.window import Window

DESKTOP_NAME: Final = "org.facelatch.Settings"
"""The desktop file's name, by which a desktop knows whose window this is."""

TRANSLATIONS: Final = Path(__file__).parent / "translations"


KINDS: Final = (
    FacesPage, EnrolPage, TrialPage, InspectPage, UsagePage, HistoryPage, CameraPage, PackPage, HealthPage,
)  # fmt: skip
"""The window's pages, in the order of its list."""


def pages(courier: Courier) -> list[Page]:
    """Return a page of each kind."""
    return [kind(courier) for kind in KINDS]


def translate(application: QApplication, locale: QLocale) -> None:
    """Have the application speak the language of a locale, as far as there are translations; else English."""
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("facelatch", str(TRANSLATIONS)),
    ):
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            application.installTranslator(translator)


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; return the exit code."""
    parser = argparse.ArgumentParser(prog="facelatch-settings", description="The settings of Facelatch, in a window.")
    names = [kind.name for kind in KINDS]
    parser.add_argument("--page", default=FacesPage.name, choices=names, help="the page to begin with")
    parser.add_argument("--debug", action="store_true", help="tell more on standard error")
    options, rest = parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop would never let Python see ^C
    application = QApplication([sys.argv[0], *rest])
    application.setApplicationName("facelatch-settings")
    application.setDesktopFileName(DESKTOP_NAME)
    application.setWindowIcon(QIcon.fromTheme(DESKTOP_NAME))
    translate(application, QLocale())
    courier = Courier()
    window = Window(courier, pages(courier))
    application.setApplicationDisplayName(window.windowTitle())
    courier.start()
    window.show()
    window.show_page(options.page)
    try:
        return application.exec()
    finally:
        courier.stop()
