"""The cameras' objects: one for the camera that logins use, and one for each that was ever seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from facelatch_eye.messages import CameraInfo
from facelatchd.bus.adapter import Bus
from facelatchd.bus.camera import INTERFACE, Camera
from facelatchd.bus.people import People
from facelatchd.house import House

FOLDER: Final = "/org/facelatch/Camera"
DEFAULT: Final = f"{FOLDER}/default"

MOST_OBJECTS: Final = 64
"""Cameras that are remembered; with more, those that are not connected any more are forgotten."""


class Roster:
    """Keeps an object on the bus for each camera. A camera that comes back gets its old object."""

    def __init__(self, house: House, people: People, bus: Bus) -> None:
        self._house = house
        self._people = people
        self._bus = bus
        self._cameras: dict[str, Camera] = {}
        self._withdraw: dict[str, Callable[[], None]] = {}
        self._count = 0
        self._default = self._publish(DEFAULT, None)

    def __iter__(self) -> Iterator[Camera]:
        """All objects, the default camera's first."""
        yield self._default
        yield from self._cameras.values()

    def update(self, connected: Iterable[CameraInfo]) -> tuple[str, ...]:
        """Return the objects' paths of the cameras that are connected, and note which are."""
        here = {camera.id: camera for camera in connected}
        for known, camera in self._cameras.items():
            camera.update(here.get(known))
        for new, info in here.items():
            if new not in self._cameras:
                self._cameras[new] = self._publish(f"{FOLDER}/{self._count}", info)
                self._count += 1
        self._forget()
        return tuple(self._cameras[camera].path_on_bus for camera in here)

    def _publish(self, path: str, info: CameraInfo | None) -> Camera:
        camera = Camera(self._house, self._people, self._bus, path, info)
        self._withdraw[path] = self._bus.publish(path, camera, INTERFACE)
        return camera

    def _forget(self) -> None:
        gone = [known for known, camera in self._cameras.items() if not camera.connected and not camera.claimed]
        for known in gone[: max(0, len(self._cameras) - MOST_OBJECTS)]:
            self._withdraw.pop(self._cameras.pop(known).path_on_bus)()
