"""The infrared camera of the device that is watched, read beside it.

In a thread of its own: its emitter lights every other frame, and whoever reads only now and then may for ever meet the
same half of them.
"""

from __future__ import annotations

import itertools
import logging
import threading
from types import TracebackType
from typing import Final, Self

import cv2

from facelatch_eye.camera import BrokenFrame, Camera, CameraError, CameraTimeout
from facelatch_eye.emitter import Emitter

log = logging.getLogger(__name__)

STEP: Final = 0.1
"""Seconds of one wait for a frame; it bounds how long the end of a look waits for this one."""


class Companion:
    """Reads an open infrared camera between `__enter__` and `__exit__`; `emitter` has its last frames.

    A camera that fails meanwhile is silent from then on, and the log says why: the other one's look goes on.
    """

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.emitter = Emitter()
        self.works = False
        """Whether it has sent anything, and not failed: one that was handed over may do neither."""
        self._counter = itertools.count()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="companion")

    def __enter__(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Read no more; the camera can be closed."""
        self._left.set()
        self._thread.join()

    def count(self) -> int:
        """Return the number of the next observation; the two cameras' are counted apart."""
        return next(self._counter)

    def _run(self) -> None:
        try:
            while not self._left.is_set():
                self._read()
        except (CameraError, cv2.error, MemoryError) as error:
            self.works = False
            log.warning("the infrared camera has failed: %s", error)

    def _read(self) -> None:
        try:
            self.emitter.add(self.camera.read(STEP))
            self.works = True
        except CameraTimeout:
            pass
        except BrokenFrame as error:
            log.debug("skipped: %s", error)
