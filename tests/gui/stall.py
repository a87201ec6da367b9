"""How many frames a second the preview shows, and for how long the window's event loop ever stands still.

python -m tests.gui.stall [--seconds 10] [--width 640] [--height 480] [--scale 1]

A double of the daemon hands out JPEGs as fast as they are asked for, or at --rate; a timer that should fire every 2 ms
tells how late it was.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from facelatch_gui import app
from facelatch_gui.courier import Courier
from facelatch_gui.pages.enrol import EnrolPage
from facelatch_gui.pages.trial import TrialPage
from facelatch_gui.widgets.live import LiveFeed, LiveView
from facelatch_gui.window import Window
from tests.gui.double import DoubleDaemon
from tests.gui.samples import encoded, picture

PROBE = 2
"""Milliseconds between two looks at the clock."""


class Gap(NamedTuple):
    """Milliseconds between two looks at the clock: how late the second was, and how long the loop's thread computed.

    On a machine that has other things to do it may be late without having computed.
    """

    late: float
    busy: float


Begin = Callable[[Window, Courier], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure each")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--scale", default="1", help="the screen's scale")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second of the camera; 0: as fast as can be")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = options.scale
    application = QApplication([])
    daemon = DoubleDaemon()
    daemon.pace = 1 / options.rate if options.rate else 0.0
    daemon.pictures = [_grainy(picture(number, options.width, options.height)) for number in range(8)]
    size = f"{options.width}x{options.height}, {len(daemon.pictures[0]) / 1024:.0f} KiB, scale {options.scale}"
    for name, begin in (("preview", _preview), ("enrolment", _enrolment), ("try", _trial)):
        gaps, rate = _measure(application, daemon, begin, options.seconds)
        late = sorted(gap.late for gap in gaps)
        print(
            f"{name:10} {size}: {rate:5.1f} frames/s; the loop was late by {statistics.median(late):.1f} ms (median), "
            f"{late[int(0.99 * len(late))]:.1f} ms (99 %), {late[-1]:.1f} ms (at most); "
            f"of its own doing, {max(gap.busy for gap in gaps):.1f} ms (at most)"
        )


def _grainy(jpeg: bytes) -> bytes:
    """Add what a sensor adds: a drawn picture is a fifth of a camera's in bytes, and decodes faster."""
    image = QImage.fromData(jpeg).convertToFormat(QImage.Format.Format_RGB32)
    noise = QImage(os.urandom(image.sizeInBytes()), image.width(), image.height(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setOpacity(0.08)
    painter.drawImage(0, 0, noise)
    painter.end()
    return encoded(image)


def _preview(window: Window, courier: Courier) -> LiveFeed:
    view = LiveView()
    view.setWindowFlag(Qt.WindowType.Window)
    view.resize(window.size())
    view.show()
    feed = LiveFeed(courier, view)
    feed.start()
    return feed


def _enrolment(window: Window, _courier: Courier) -> None:
    window.show_page(EnrolPage.name)
    assert isinstance(window.page, EnrolPage)
    window.page.start()


def _trial(window: Window, _courier: Courier) -> None:
    window.show_page(TrialPage.name)
    assert isinstance(window.page, TrialPage)
    window.page.start()


def _measure(application: QApplication, daemon: DoubleDaemon, begin: Begin, seconds: float) -> tuple[list[Gap], float]:
    """Return how the event loop fared, and the frames fetched a second."""
    daemon.hold.is_open = False
    courier = Courier(daemon.connect)
    window = Window(courier, app.pages(courier))
    courier.start()
    window.show()
    kept = begin(window, courier)
    gaps: list[Gap] = []
    last = (0.0, 0.0)

    def probe() -> None:
        nonlocal last
        now = (time.perf_counter(), time.thread_time())
        gaps.append(Gap(max(0.0, 1000 * (now[0] - last[0]) - PROBE), 1000 * (now[1] - last[1])))
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(probe)

    def start() -> None:
        nonlocal last
        last = (time.perf_counter(), time.thread_time())
        daemon.frames_fetched = 0
        timer.start(PROBE)

    QTimer.singleShot(1500, start)  # what is built once (fonts, symbols) is no stall of the preview
    QTimer.singleShot(int(1500 + 1000 * seconds), application.quit)
    application.exec()
    rate = daemon.frames_fetched / seconds
    timer.stop()
    del kept
    window.close()
    courier.stop()
    return gaps, rate


if __name__ == "__main__":
    main()
