"""How the C library keeps memory that is free, and what of it goes back to the kernel. Other libraries than glibc have
no such words (mallopt(3), malloc_trim(3)), and are left alone.
"""

from __future__ import annotations

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8
"""From <malloc.h>; Python has no name for it."""


def keep_together() -> None:
    """Have all threads share one heap, before there are any: each conversation's own would keep what it has freed."""
    if hasattr(_library(), "mallopt"):
        _library().mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Give back what is free: loading the networks, or a large picture, leaves a lot behind."""
    if hasattr(_library(), "malloc_trim"):
        _library().malloc_trim(0)


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
