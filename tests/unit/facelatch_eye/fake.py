"""A camera node without a camera, and networks without networks."""

from __future__ import annotations

import errno
import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.node import Abilities, Filled
from facelatch_eye.camera.v4l2 import Machine
from facelatch_models.face import Face, Picture, Told, Vector
from facelatch_models.networks import Networks
from facelatch_models.runtime import NetworkFailed

YUYV = Mode("YUYV", 640, 480, 30.0)

INTERNAL = "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0"
"""Where a laptop's own camera hangs."""


def kernel_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class FakeClock:
    """Time that passes only when somebody sleeps or waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class FakeNode:
    """A device node that does as it is told. `queue` holds what `take` gives; an error in it is raised by `wait`."""

    clock: FakeClock
    offers: list[Mode] = field(default_factory=lambda: [YUYV])
    driver: str = "uvcvideo"
    card: str = "A camera"
    capture: bool = True
    granted: Mode | None = None
    fails: dict[str, int] = field(default_factory=dict)
    queue: deque[Filled | int] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fails:
            raise kernel_error(self.fails[name])

    def abilities(self) -> Abilities:
        self._called("abilities")
        return Abilities(self.driver, self.card, "usb-0000:00:14.0-6", self.capture)

    def formats(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(mode.format for mode in self.offers))

    def modes(self) -> list[Mode]:
        return self.offers

    def set_mode(self, mode: Mode) -> Mode:
        self._called("set_mode")
        return self.granted or mode

    def start(self) -> None:
        self._called("start")

    def wait(self, timeout: float) -> bool:
        if self.queue and isinstance(self.queue[0], int):
            raise kernel_error(self.queue[0])
        if not self.queue:
            self.clock.sleep(timeout)
        return bool(self.queue)

    def take(self) -> Filled | None:
        if not self.queue or isinstance(self.queue[0], int):
            return None
        filled = self.queue.popleft()
        assert isinstance(filled, Filled)
        return filled

    def stop(self) -> None:
        self._called("stop")

    def close(self) -> None:
        self._called("close")


def fake_machine(folder: Path, nodes: dict[str, FakeNode | int], clock: FakeClock) -> Machine:
    """Return a machine whose /dev and sysfs lie in `folder`; opening a node that is a number fails with that number."""
    (folder / "dev").mkdir(exist_ok=True)
    (folder / "sysfs").mkdir(exist_ok=True)
    for name in nodes:
        (folder / "dev" / name).touch()

    def open_node(path: Path) -> FakeNode:
        node = nodes[path.name]
        if isinstance(node, int):
            raise kernel_error(node)
        node.calls.append("open")
        return node

    return Machine(folder / "dev", folder / "sysfs", open_node, clock)


def plug_in(folder: Path, name: str, place: str, ids: tuple[str, str, str] | None = None, index: str = "0") -> None:
    """Make a device's entries in sysfs: `place` is its path below the folder, ids are vendor, product and serial."""
    node = folder / "sys/devices" / place / "video4linux" / name
    node.mkdir(parents=True)
    (node / "index").write_text(index + "\n")
    if ids is not None:
        for file, content in zip(("idVendor", "idProduct", "serial"), ids, strict=True):
            if content:
                (node.parents[2] / file).write_text(content + "\n")
    (folder / "sysfs").mkdir(exist_ok=True)
    (folder / "sysfs" / name).symlink_to(node)


def say(folder: Path, place: str, **attributes: str) -> None:
    """Have the kernel say something of a device below `plug_in`'s folder."""
    device = folder / "sys/devices" / place
    device.mkdir(parents=True, exist_ok=True)
    for name, word in attributes.items():
        (device / name).write_text(word + "\n")


def yuyv(tone: int, width: int = 640, height: int = 480) -> bytes:
    """Return a grey frame of one tone."""
    return bytes((tone, 128)) * (width * height)


def filled(clock: FakeClock, tone: int = 128, age: float = 0.0, whole: bool = True) -> Filled:
    return Filled(yuyv(tone), clock.now - age, whole)


NO_SUCH_DEVICE = errno.ENODEV


# --- networks ---


def face_at(x: float, y: float, width: float, yaw: float = 0.0) -> Face:
    """Return a face as a detector would: a box, and five points of a head turned by `yaw` (-1 to 1: how far)."""
    height = width * 1.3
    relative = np.array([[0.32, 0.4], [0.68, 0.4], [0.5 + yaw / 2, 0.6], [0.36, 0.78], [0.64, 0.78]], np.float32)
    return Face((x, y, width, height), relative * np.float32((width, height)) + np.float32((x, y)), 0.9)


def noisy(width: int = 640, height: int = 480, tone: int = 120) -> NDArray[np.uint8]:
    """Return a picture that is sharp everywhere."""
    generator = np.random.default_rng(7)
    return np.clip(generator.normal(tone, 40, (height, width, 3)), 0, 255).astype(np.uint8)


def blurry() -> NDArray[np.uint8]:
    """Return a picture of shadows without an edge."""
    across = 120 + 80 * np.sin(np.linspace(0, 12, 640))
    return np.repeat(np.tile(across, (480, 1))[:, :, np.newaxis], 3, axis=2).astype(np.uint8)


@dataclass
class FakeDetector:
    faces: list[Face]
    fails: bool = False

    def detect(self, picture: Picture) -> list[Face]:
        if self.fails:
            raise NetworkFailed("detector.onnx: cannot be run (broken)")
        return self.faces

    def search(self, picture: Picture) -> list[Face]:
        return self.detect(picture)


@dataclass
class FakeEmbedder:
    """Answers with a unit vector; counts the faces."""

    dimension: int = 4
    seen: list[Face] = field(default_factory=list)

    def embed(self, picture: Picture, face: Face) -> Vector:
        self.seen.append(face)
        return np.array([0.6, 0.8, 0.0, 0.0], np.float32)


@dataclass
class FakeLiveness:
    seen: list[Face] = field(default_factory=list)

    def live(self, picture: Picture, face: Face) -> float:
        self.seen.append(face)
        return 0.75


class FakeAttributes:
    """Is never sure."""

    def tell(self, picture: Picture, face: Face) -> tuple[Told, ...]:
        return (Told("glasses", "unsure", 0.5),)


def fake_networks(*faces: Face, liveness: bool = True) -> Networks:
    return Networks(FakeDetector(list(faces)), FakeEmbedder(), FakeLiveness() if liveness else None)
