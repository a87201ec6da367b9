"""The cameras there are, by address, and who of the eye's callers holds which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from facelatch_eye.camera import Camera, CameraBusy, CameraMissing
from facelatch_eye.camera.files import SCHEME, AddressError, FileCamera, parse_address
from facelatch_eye.camera.v4l2 import Machine, V4l2Camera, list_cameras, path_of
from facelatch_eye.messages import CameraInfo

PATIENCE: Final = 3.0
"""Seconds that a second caller waits for the first to let go of a camera, who has just hung up and is closing it.

The first does so when its frame is judged: 0.1 s later on a desktop; on an emulated machine it was up to 2.3 s.
"""


class Roster:
    """Finds cameras. File cameras are found only where `files` allows them."""

    def __init__(self, machine: Machine | None = None, files: bool = False, patience: float = PATIENCE) -> None:
        self._machine = machine or Machine()
        self._files = files
        self._patience = patience
        self._held: set[str] = set()
        self._freed = threading.Condition()

    def cameras(self) -> tuple[CameraInfo, ...]:
        """Return the cameras of this machine, the preferred first."""
        return tuple(list_cameras(self._machine))

    @contextmanager
    def lend(self, address: str, beat: Callable[[], None]) -> Iterator[Camera]:
        """Find a camera and keep others away from it for the block's length; the block opens it.

        `address` is a `CameraInfo.id`, a device path, the address of a file camera, or "" for the preferred camera.
        `beat` is called while waiting and may raise. Raises `CameraError`.
        """
        place, camera = self._find(address)
        self._hold(place, beat)
        try:
            yield camera
        finally:
            with self._freed:
                self._held.discard(place)
                self._freed.notify_all()

    def _find(self, address: str) -> tuple[str, Camera]:
        """Return the place that can be held only once, and the camera there."""
        if not address.startswith(SCHEME):
            path = path_of(address, self._machine)
            return str(path), V4l2Camera(path, self._machine)
        if not self._files:
            raise CameraMissing(f"{address[:80]!r}: file cameras are off (facelatch-eye --allow-file-cameras)")
        try:
            parsed = parse_address(address)
        except AddressError as error:
            raise CameraMissing(f"{address[:80]!r}: {error}") from error
        return f"{SCHEME}{parsed.path}", FileCamera(parsed)

    def _hold(self, place: str, beat: Callable[[], None]) -> None:
        """Wait until nobody holds the place, and hold it; the caller gives a sign of life meanwhile."""
        step = 0.1
        with self._freed:
            for _ in range(round(self._patience / step)):
                if self._freed.wait_for(lambda: place not in self._held, step):
                    break
                beat()
            if place in self._held:
                raise CameraBusy(f"{place}: another look at it has not ended")
            self._held.add(place)
