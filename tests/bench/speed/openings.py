"""When files of a folder are opened, by whomever: the moment at which a file camera takes its frame."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
import time
from pathlib import Path
from typing import Final

IN_OPEN: Final = 0x20
EVENT: Final = struct.Struct("iIII")
"""Of inotify: watch, kind, cookie, length of the name behind it."""

LAST: Final = ".last"
"""A file that we open ourselves to end the watching."""


class Openings:
    """Watches a folder during a block. `seen` are the openings, as time.perf_counter says, and the files' names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = threading.Thread(target=self._watch)
        self.seen: list[tuple[float, str]] = []

    def __enter__(self) -> Openings:
        """Begin; raises OSError where the kernel watches no more folders."""
        libc = ctypes.CDLL(None, use_errno=True)
        self._watched = libc.inotify_init1(os.O_CLOEXEC)
        if self._watched < 0 or libc.inotify_add_watch(self._watched, os.fsencode(self._folder), IN_OPEN) < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(self._folder))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        (self._folder / LAST).touch()
        self._thread.join()
        os.close(self._watched)

    def before(self, moment: float, name: str) -> float | None:
        """Return when a file was opened last before a moment, None where it was not."""
        return next((opened for opened, file in reversed(self.seen) if file == name and opened < moment), None)

    def _watch(self) -> None:
        while True:
            events, now = os.read(self._watched, 65536), time.perf_counter()
            while events:
                length = EVENT.unpack_from(events)[3]
                name = events[EVENT.size : EVENT.size + length].rstrip(b"\0").decode()
                if name == LAST:
                    return
                self.seen.append((now, name))
                events = events[EVENT.size + length :]
