from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from facelatch_eye import memory
from facelatch_eye.memory import give_back, keep_together

glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim")


def anonymous() -> int:
    """Return the bytes of memory that are this process's alone."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Anonymous:"))


@glibc
def test_what_was_freed_below_what_is_still_used_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = library.memset.restype = ctypes.c_void_p
    blocks = [ctypes.c_void_p(library.malloc(64_000)) for _ in range(1000)]
    for block in blocks:
        library.memset(block, 1, 64_000)
    for block in blocks[:-1]:
        library.free(block)
    before = anonymous()

    give_back()

    assert before - anonymous() > 32_000_000
    library.free(blocks[-1])


HEAPS = """
import ctypes, sys, threading
from facelatch_eye.memory import keep_together
if sys.argv[1] == "together":
    keep_together()
library = ctypes.CDLL(None)
library.malloc.restype = library.fdopen.restype = ctypes.c_void_p
barrier = threading.Barrier(4)
def use():
    barrier.wait()
    library.malloc(1000)
    barrier.wait()
threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(library.fdopen(1, b"w"))
library.malloc_info(0, out)
library.fflush(out)
"""


def heaps(how: str) -> int:
    """Return how many heaps a process has whose threads have used memory."""
    done = subprocess.run([sys.executable, "-c", HEAPS, how], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.count("<heap nr=")


@glibc
def test_threads_share_one_heap_where_they_are_told_to() -> None:
    assert heaps("together") == 1
    assert heaps("apart") > 1


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Musl:
        """Has neither word; whatever else is asked of it fails."""

    monkeypatch.setattr(memory, "_library", Musl)

    give_back()
    keep_together()
