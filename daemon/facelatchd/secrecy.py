"""What is in the judge's memory stays there: keys, and for a look the user's templates."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PR_SET_DUMPABLE: Final = 4


def shut_memory() -> None:
    """Have no core dump written of this process, and none but root read its memory; raises `OSError`.

    It holds for what the process starts by fork, and ends with exec: then `LimitCORE=` of the unit holds.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"the memory cannot be shut: {os.strerror(number)}")


def wipe(vectors: Iterable[NDArray[np.float32]]) -> None:
    """Zero opened templates that nobody looks at any more. Copies made of them, by NumPy or by us, are not reached."""
    for vector in vectors:
        vector.flags.writeable = True
        vector.fill(0)
