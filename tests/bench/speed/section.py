"""One section in a process of its own: what it leaves behind, threads of networks or a crash, is no other's."""

from __future__ import annotations

import importlib
import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from facelatch_eye.parent import end_with_parent
from tests.bench.speed.record import Measure
from tests.bench.speed.report import SectionRun
from tests.bench.speed.setting import Setting

SECTIONS: Final = ("eye", "unlock", "door", "starting", "memory", "enrolment", "identification", "preview")
"""Modules of this package with a function `measures`, Setting to Measures; those it has yielded stay if it fails."""

PACKAGE: Final = "tests.bench.speed"

PATIENCE: Final = 600.0
"""Seconds after which a section counts as stuck."""

CLEARING: Final = 20.0
"""Seconds that a section gets to end what it has started."""

LEAVING: Final = 2.0
"""Seconds that one that is done gets to leave by itself; Python complains of who is told to go while he does."""


def run_section(
    name: str,
    setting: Setting,
    on_measure: Callable[[Measure], None],
    package: str = PACKAGE,
    patience: float = PATIENCE,
) -> SectionRun:
    """Run a section and hand over each measure as it comes; whatever ends it is told, and no exception."""
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    hearing, telling = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(f"{package}.{name}", setting, telling))
    process.start()
    telling.close()
    problem = f"it was not done after {patience:g} s"
    try:
        while hearing.poll(max(0.0, began + patience - time.monotonic())):
            told: Measure | str = hearing.recv()
            if isinstance(told, str):
                problem = told
                process.join(LEAVING)
                break
            on_measure(told)
    except EOFError:
        process.join()
        problem = f"its process ended with {_ending(process.exitcode)}"
    finally:
        process.terminate()  # one that is done has left, or has nothing left to do
        process.join(CLEARING)
        process.kill()
        process.join()
    return SectionRun(name, time.monotonic() - began, problem)


def leave_when_told() -> None:
    """Have SIGTERM end this process as ^C does: what was started is ended, and scratch folders are removed."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _ending(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else str(code)


def _measure(module: str, setting: Setting, telling: Connection) -> None:
    """Send every measure, then a text: what went wrong, or nothing."""
    end_with_parent()
    leave_when_told()
    try:
        for measure in importlib.import_module(module).measures(setting):
            telling.send(measure)
    except Exception as error:  # noqa: BLE001 - it is told, and the other sections go on
        traceback.print_exc(file=sys.stderr)
        telling.send(f"{type(error).__name__}: {error}")
    else:
        telling.send("")
