from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from facelatch.doctor.limit import within


def test_what_is_in_time_is_returned() -> None:
    assert within(5, lambda: 42) == 42


def test_what_the_work_raises_is_raised_where_it_is_waited_for() -> None:
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_what_hangs_is_left_behind() -> None:
    release = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, release.wait)
    release.set()


def test_the_program_ends_though_something_hangs() -> None:
    code = (
        "import threading\n"
        "from facelatch.doctor.limit import within\n"
        "try:\n    within(0.01, threading.Event().wait)\nexcept TimeoutError:\n    print('left')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "left\n"
