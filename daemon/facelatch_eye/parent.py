"""The life of whoever started us, which a child may be told to share."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""From <linux/prctl.h>; Python has no name for it."""


class ParentGone(Exception):
    """The parent ended before its end could be noticed, or the kernel does not tell of it."""


def end_with_parent() -> None:
    """Have the kernel send us SIGTERM when the thread that started us ends (prctl(2)); raises `ParentGone`.

    The kernel forgets a parent that ended before this call: we then have another, of another session.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise ParentGone(f"the parent's end cannot be noticed ({os.strerror(ctypes.get_errno())})")
    try:
        adopted = os.getsid(os.getppid()) != os.getsid(0)
    except ProcessLookupError:
        adopted = True
    if adopted:
        raise ParentGone("the process that started this one has ended already")
