"""What time it is, by clocks that setting the time does not move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from facelatchd.store import Moment

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def now() -> Moment:
    """Return the present moment. Raises `OSError` where the kernel does not tell its boot id."""
    return Moment(
        boot=BOOT_ID.read_text().strip(),
        boottime=time.clock_gettime(time.CLOCK_BOOTTIME),
        monotonic=time.clock_gettime(time.CLOCK_MONOTONIC),
        wall=datetime.now(UTC),
    )
