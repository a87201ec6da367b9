"""The cameras there are, by address."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from facelatch_eye.camera import Camera, CameraMissing
from facelatch_eye.camera.files import SCHEME, AddressError, FileCamera, parse_address
from facelatch_eye.camera.v4l2 import Machine, V4l2Camera, list_cameras, path_of
from facelatch_eye.messages import CameraInfo

LONGEST_TOLD: Final = 120
"""Letters of an address in a message that no camera is there."""


class Roster:
    """Finds cameras. File cameras are found only where `files` allows them."""

    def __init__(self, machine: Machine | None = None, files: bool = False) -> None:
        self._machine = machine or Machine()
        self._files = files

    def cameras(self) -> tuple[CameraInfo, ...]:
        """Return the cameras of this machine, the preferred first."""
        return tuple(list_cameras(self._machine))

    def find(self, addresses: Sequence[str]) -> Camera:
        """Return the first of these cameras that is connected; it is not open.

        An address is a `CameraInfo.id`, a device path, the address of a file camera, or "" for the preferred camera,
        which no address at all means, too. Raises `CameraMissing`, which names what was wanted and what is there.
        """
        missing: list[CameraMissing] = []
        for address in addresses or ("",):
            try:
                return self._find(address)
            except CameraMissing as error:
                missing.append(error)
        if len(missing) == 1:
            raise missing[0]
        wanted = ", ".join(address[:LONGEST_TOLD] or "any real one" for address in addresses)
        there = ", ".join(f"{camera.id} at {camera.path}" for camera in self.cameras()) or "none"
        raise CameraMissing(f"none of the cameras wanted is connected (wanted: {wanted}; connected: {there})")

    def _find(self, address: str) -> Camera:
        """Return the camera at an address; raises `CameraMissing`."""
        if not address.startswith(SCHEME):
            return V4l2Camera(path_of(address, self._machine), self._machine)
        if not self._files:
            raise CameraMissing(f"{address[:80]!r}: file cameras are off (facelatch-eye --allow-file-cameras)")
        try:
            parsed = parse_address(address)
        except AddressError as error:
            raise CameraMissing(f"{address[:80]!r}: {error}") from error
        if not os.path.exists(parsed.path):  # a path that is too long is no fault, it is not there
            raise CameraMissing(f"{parsed.path}: there is no such file or folder")
        return FileCamera(parsed)
