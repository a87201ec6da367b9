"""How many frames a second the window shows, and for how long its event loop ever stands still.

    python -m tests.gui.stall [--seconds 10] [--scale 1] [--double]

A real judge and a real eye look at webcam frames, 640x480, 30 a second, on a private bus (`FACELATCH_SHARED`, the pack
in build/packs); with --double, a double of the daemon hands out drawn pictures instead. Measured are the preview of the
camera's page and an enrolment.

A timer that should fire every 2 ms tells how late it was, and the kernel for how much of that the
thread was ready and waited for a core: on a busy machine it may be late without any fault of its own. Exit code 1 says
that the loop stood still for longer than 50 ms by the window's own doing, or that there were under 15 frames a second.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from facelatch.bus import Daemon
from facelatch_gui import app
from facelatch_gui.courier import Courier
from facelatch_gui.pages.camera import CameraPage
from facelatch_gui.pages.enrol import EnrolPage
from facelatch_gui.widgets.live import LiveView
from facelatch_gui.widgets.ring import Ring
from facelatch_gui.window import Window
from tests.clips import webcam_cast
from tests.conftest import shared_folder
from tests.gui.double import DoubleDaemon
from tests.gui.samples import encoded, picture
from tests.house import House, living_in
from tests.places import TREE

PROBE: Final = 2
"""Milliseconds between two looks at the clock."""

LONGEST: Final = 50.0
"""Milliseconds that the loop may stand still."""

FEWEST: Final = 15.0
"""Frames a second that are wanted."""

PACK: Final = TREE / "build" / "packs" / "open"
"""Built by `make packs`."""

WARM_UP: Final = 2.0
"""Seconds before it is measured: what is built once (fonts, symbols) is no stall of the preview."""

Connect = Callable[[], Awaitable[Daemon]]
Begin = Callable[[Window], None]


class Gap(NamedTuple):
    """Milliseconds between two looks at the clock: how late the second was, and what the thread did meanwhile."""

    late: float
    busy: float
    """Computed."""
    queued: float
    """Was ready to go on, and waited for a core."""

    @property
    def stood(self) -> float:
        """For how long the loop stood still by the window's own doing: computing, or waiting for more than a core.

        It may have waited for another thread of ours that waited for a core: on a busy machine this says too much.
        """
        return max(0.0, self.late - self.queued)


class Measured(NamedTuple):
    """What came of one measurement."""

    gaps: list[Gap]
    frames: int
    computed: float
    """Share of a core that the window's thread took."""


class QuickHouse(House):
    """A house whose file camera is as quick as a webcam."""

    def __post_init__(self) -> None:
        self.camera = f"file:{self.folder}/clip?rate=30&loop=1"
        super().__post_init__()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure each")
    parser.add_argument("--scale", default="1", help="the screen's scale")
    parser.add_argument("--double", action="store_true", help="no real daemon, but its double")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = options.scale
    application = QApplication([])
    with _double() if options.double else _real() as (connect, source):
        print(f"machine  {_machine()}")
        print(f"source   {source}; window {application.platformName()}, scale {options.scale}")
        print(f"method   a timer of {PROBE} ms in the window's loop, {options.seconds:g} s each after {WARM_UP:g} s")
        good = True
        for name, begin in (("preview", _preview), ("enrolment", _enrolment)):
            measured = _measure(application, connect, begin, options.seconds)
            good &= _report(name, measured, options.seconds)
    return 0 if good else 1


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}"


def _report(name: str, measured: Measured, seconds: float) -> bool:
    """Print what was measured, and return whether it is good enough."""
    late = sorted(gap.late for gap in measured.gaps)
    worst = max(measured.gaps)
    stood = max(gap.stood for gap in measured.gaps)
    rate = measured.frames / seconds
    print(f"{name:9} {measured.frames} frames, {rate:.1f} a second")
    print(
        f"  loop    late by {statistics.median(late):.1f} ms (median), {late[int(0.99 * len(late))]:.1f} (99 %), "
        f"{worst.late:.1f} (worst of {len(late)} looks; {worst.queued:.1f} ms of that it waited for a core)"
    )
    busiest = max(gap.busy for gap in measured.gaps)
    print(f"  window  stood still by its own doing for {stood:.1f} ms at most")
    print(f"  thread  computed {busiest:.1f} ms at a stretch at most, {100 * measured.computed:.0f} % of a core")
    return stood <= LONGEST and rate >= FEWEST


@contextlib.contextmanager
def _real() -> Iterator[tuple[Connect, str]]:
    if not (PACK / "pack.toml").is_file():
        sys.exit(f"{PACK} is not there: make packs (needs FACELATCH_SHARED)")
    with tempfile.TemporaryDirectory(prefix="facelatch-") as folder:
        house = QuickHouse(Path(folder) / "house", PACK)
        cast = webcam_cast(shared_folder() / "data")
        house.play(cast.enrolment)
        with living_in(house):
            assert house.bus is not None
            address = house.bus.address
            yield lambda: Daemon.connect(address), "real judge and eye, webcam frames 640x480 at 30 a second"


@contextlib.contextmanager
def _double() -> Iterator[tuple[Connect, str]]:
    daemon = DoubleDaemon()
    daemon.pace = 1 / 30
    daemon.pictures = [_grainy(picture(number)) for number in range(8)]
    daemon.hold.is_open = False
    yield daemon.connect, f"a double, drawn frames 640x480, {len(daemon.pictures[0]) / 1024:.0f} KiB, at 30 a second"


def _grainy(jpeg: bytes) -> bytes:
    """Add what a sensor adds: a drawn picture is a fifth of a camera's in bytes, and decodes faster."""
    image = QImage.fromData(jpeg).convertToFormat(QImage.Format.Format_RGB32)
    noise = QImage(os.urandom(image.sizeInBytes()), image.width(), image.height(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setOpacity(0.08)
    painter.drawImage(0, 0, noise)
    painter.end()
    return encoded(image)


def _preview(window: Window) -> None:
    window.show_page(CameraPage.name)


def _enrolment(window: Window) -> None:
    window.show_page(EnrolPage.name)
    assert isinstance(window.page, EnrolPage)
    window.page.start()


def _measure(application: QApplication, connect: Connect, begin: Begin, seconds: float) -> Measured:
    """Return how the event loop fared, and the frames that were shown."""
    courier = Courier(connect)
    window = Window(courier, app.pages(courier))
    courier.start()
    window.show()
    begin(window)
    gaps: list[Gap] = []
    first = last = (0.0, 0.0, 0.0)
    frames = 0

    def probe() -> None:
        nonlocal last
        now = _clocks()
        passed, busy, queued = (1000 * (after - before) for after, before in zip(now, last, strict=True))
        gaps.append(Gap(max(0.0, passed - PROBE), busy, queued))
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(probe)

    def start() -> None:
        nonlocal first, last, frames
        first = last = _clocks()
        frames = 0
        timer.start(PROBE)

    def count() -> None:
        nonlocal frames
        frames += 1

    QTimer.singleShot(int(1000 * WARM_UP), start)
    QTimer.singleShot(int(1000 * (WARM_UP + seconds)), application.quit)
    with _counting(LiveView, count), _counting(Ring, count):
        application.exec()
    timer.stop()
    window.close()
    courier.stop()
    return Measured(gaps, frames, (last[1] - first[1]) / (last[0] - first[0]))


def _clocks() -> tuple[float, float, float]:
    """Return seconds that have passed, that this thread has computed, and that it has waited for a core (schedstat)."""
    queued = int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    return time.perf_counter(), time.thread_time(), queued


@contextlib.contextmanager
def _counting(view: type[LiveView] | type[Ring], count: Callable[[], None]) -> Iterator[None]:
    """Count the pictures that views of a kind are given to show."""
    show = view.show_image

    def show_and_count(*arguments: Any) -> None:
        count()
        show(*arguments)

    with patch.object(view, "show_image", show_and_count):
        yield


if __name__ == "__main__":
    sys.exit(main())
