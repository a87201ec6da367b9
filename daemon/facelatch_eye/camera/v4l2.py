"""Real cameras, through Video4Linux2."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from facelatch_eye.camera import (
    BrokenFrame,
    Camera,
    CameraBusy,
    CameraError,
    CameraLost,
    CameraMissing,
    CameraTimeout,
    Shot,
)
from facelatch_eye.camera.formats import Mode, choose_mode, infrared
from facelatch_eye.camera.identity import SYSFS, Identity, identify
from facelatch_eye.camera.node import Filled, Node, open_node
from facelatch_eye.messages import CameraInfo

log = logging.getLogger(__name__)

STALE: Final = 0.2
"""Seconds after which a frame that waited in the driver's queue is passed over for the next one.

A full queue keeps its oldest frames: behind a reader that paused they would be shown as if they were now.
"""

MOST_WAITING: Final = 32
"""Frames taken at one go: as many as can wait, for a driver may grant more buffers than it was asked for, and has no
more than these (VIDEO_MAX_FRAME). One that was left over would be taken for new the next time."""

DEVICES: Final = Path("/dev")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this machine keeps its cameras; tests bring their own."""

    devices: Path = DEVICES
    sysfs: Path = SYSFS
    open_node: Callable[[Path], Node] = open_node
    clock: Callable[[], float] = time.monotonic


@contextlib.contextmanager
def kernel_errors(path: Path) -> Iterator[None]:
    """Turn what the kernel says inside the block into a `CameraError` with words for a person."""
    try:
        yield
    except OSError as error:
        raise _camera_error(path, error) from error


def _camera_error(path: Path, error: OSError) -> CameraError:
    match error.errno:
        case errno.EBUSY:
            return CameraBusy(f"{path}: is in use by another program")
        case errno.ENOENT | errno.ENOTDIR | errno.ENOTTY | errno.EISDIR:
            return CameraMissing(f"{path}: there is no such camera")
        case errno.ENODEV | errno.ENXIO:
            return CameraLost(f"{path}: was unplugged")
        case errno.EACCES | errno.EPERM:
            return CameraError(f"{path}: no permission to open it (is the eye's user in the group `video`?)")
        case errno.ENOSPC:
            return CameraError(f"{path}: the USB bus has no bandwidth left for it; another camera is on the same hub")
        case _:
            return CameraLost(f"{path}: {error.strerror or error}")


@contextlib.contextmanager
def opened(path: Path, machine: Machine) -> Iterator[Node]:
    """Hold a device node open for the block's length; raises `CameraError`."""
    with kernel_errors(path):
        node = machine.open_node(path)
        try:
            yield node
        finally:
            node.close()


class V4l2Camera:
    """One device node, opened non-blocking with mapped buffers; the newest frame wins."""

    def __init__(self, path: Path, machine: Machine) -> None:
        self.width = self.height = 0
        self.rate = 0.0
        self._path = path
        self._machine = machine
        self._info: CameraInfo | None = None
        self._mode: Mode | None = None
        self._started = 0.0
        self._emptied = 0.0
        self._open: contextlib.ExitStack | None = None
        self._node: Node | None = None

    @property
    def place(self) -> str:
        """The device's path."""
        return str(self._path)

    @property
    def info(self) -> CameraInfo:
        """What the camera is; known once it is open."""
        assert self._info is not None, "the camera is not open"
        return self._info

    @property
    def companion(self) -> V4l2Camera | None:
        """The infrared camera of the same device, which is not open; None where there is none."""
        if not self.info.companion:
            return None
        return V4l2Camera(path_of(self.info.companion, self._machine), self._machine)

    def stands_for(self, wanted: Camera) -> bool:
        """Return whether it is the device at that node: one that was unplugged is not, whatever has its number now."""
        if not isinstance(wanted, V4l2Camera) or wanted._path != self._path:
            return False
        return identify(self._path.name, self._machine.sysfs).id == self.info.id

    def __enter__(self) -> Self:
        """Open the node, choose a mode and start the stream; raises `CameraError`."""
        with contextlib.ExitStack() as stack:
            node = stack.enter_context(opened(self._path, self._machine))
            info = read_info(self._path, node, self._machine)
            self._mode = self._set_mode(node, info)
            stack.callback(self._stop, node)
            self._started = self._machine.clock()
            node.start()
            self._emptied = self._machine.clock()
            # The rest of the device is looked at while the camera exposes its first frame.
            self._info = _with_companion(info, _siblings(self._path, self._machine), self._machine)
            self._node = node
            self._open = stack.pop_all()
        self.width, self.height, self.rate = self._mode.width, self._mode.height, self._mode.rate
        return self

    def _set_mode(self, node: Node, info: CameraInfo) -> Mode:
        wanted = choose_mode(node.modes())
        if not info.formats:
            raise CameraError(f"{self._path}: offers no picture format (a loopback that no program feeds has none)")
        if wanted is None:
            offered = ", ".join(info.formats)
            raise CameraError(f"{self._path}: none of its picture formats is understood (it offers: {offered})")
        mode = node.set_mode(wanted)
        if choose_mode([mode]) is None:
            raise CameraError(f"{self._path}: answered with {mode.format} when asked for {wanted.format}")
        return mode

    def _stop(self, node: Node) -> None:
        try:
            node.stop()
        except OSError as failure:
            # An unplugged camera cannot be stopped; closing the node frees what it held.
            log.info("%s: could not be stopped: %s", self._path, failure)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the stream and close the node."""
        stack, self._open, self._node = self._open, None, None
        if stack is not None:
            stack.close()

    def read(self, timeout: float) -> Shot:
        """Return the newest frame, waiting up to `timeout` seconds for one.

        Raises `CameraTimeout`, `BrokenFrame` and `CameraLost`.
        """
        node, mode = self._node, self._mode
        assert node is not None, "the camera is not open"
        assert mode is not None
        with kernel_errors(self._path):
            filled, captured = self._newest(node, timeout)
        if not filled.whole:
            raise BrokenFrame(f"{self._path}: the driver marked a frame as damaged")
        from facelatch_eye.camera.decoding import decode  # imported late: OpenCV loads while the camera starts

        start = self._machine.clock()
        picture = decode(filled.data, mode)
        return Shot(picture, captured, (self._machine.clock() - start) * 1000)

    def _newest(self, node: Node, timeout: float) -> tuple[Filled, float]:
        """Return the last frame of those that wait, and when it was captured; where it is stale, wait for another.

        A frame has waited since its time stamp, but no longer than since the queue was last emptied: so one of a camera
        whose stamps lag (a long pipeline) is not taken for stale for ever. Of one without a stamp that is all there is
        to know.
        """
        deadline = self._machine.clock() + timeout
        while (left := deadline - self._machine.clock()) > 0:
            if not node.wait(left):
                self._emptied = deadline
                break
            begun = self._machine.clock()
            filled = _last(node)
            emptied, self._emptied = self._emptied, begun
            if filled is None:
                continue
            captured, now = filled.captured, self._machine.clock()
            if captured is not None and not self._started <= captured <= now:  # some USB cameras count their own time
                captured = None
            if now - max(emptied if captured is None else captured, emptied) <= STALE:
                return filled, now if captured is None else captured
        raise CameraTimeout(f"{self._path}: no frame within {timeout:g} s")


def _last(node: Node) -> Filled | None:
    """Return the newest of the frames that wait; bounded, because a fast driver could refill for ever."""
    last = None
    for _ in range(MOST_WAITING):
        filled = node.take()
        if filled is None:
            break
        last = filled
    return last


def read_info(path: Path, node: Node, machine: Machine) -> CameraInfo:
    """Return what an open node is; raises `CameraMissing` where it delivers no pictures, and `OSError`."""
    abilities = node.abilities()
    if not abilities.capture:
        raise CameraMissing(f"{path}: is no camera that delivers pictures")
    identity = identify(path.name, machine.sysfs)
    formats = node.formats()
    return CameraInfo(
        id=identity.id,
        name=_printable(abilities.card),
        path=str(path),
        driver=_printable(abilities.driver),
        bus=identity.bus,
        vendor_product=identity.vendor_product,
        serial=identity.serial,
        formats=formats,
        infrared=infrared(formats),
        virtual=identity.virtual(abilities.driver),
        removable=identity.removable or identity.virtual(abilities.driver),
    )


def _siblings(path: Path, machine: Machine) -> list[CameraInfo]:
    """Return the other cameras of the same USB device."""
    identity = identify(path.name, machine.sysfs)
    paths = [other for other in device_paths(machine) if other != path]
    return _read_all([other for other in paths if identity.is_beside(identify(other.name, machine.sysfs))], machine)


def _with_companion(camera: CameraInfo, others: Iterable[CameraInfo], machine: Machine) -> CameraInfo:
    """Return the camera with the id of the infrared one among the others that is in the same device."""
    if camera.infrared:
        return camera
    identity = _identity(camera, machine)
    beside = (other.id for other in others if other.infrared and identity.is_beside(_identity(other, machine)))
    return msgspec.structs.replace(camera, companion=next(beside, ""))


def _identity(camera: CameraInfo, machine: Machine) -> Identity:
    return identify(Path(camera.path).name, machine.sysfs)


def _printable(text: str) -> str:
    """Return a driver's word without control characters: it ends up on terminals and in logs."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:64]


def device_paths(machine: Machine) -> list[Path]:
    """Return the video nodes, lowest number first."""
    nodes = [path for path in machine.devices.glob("video*") if re.fullmatch(r"video\d+", path.name)]
    return sorted(nodes, key=lambda path: int(path.name.removeprefix("video")))


def list_cameras(machine: Machine) -> list[CameraInfo]:
    """Return the cameras, in the order in which they are preferred: real ones, then colour, then by number.

    A node that cannot be read is left out; the log says why.
    """
    cameras = _read_all(device_paths(machine), machine)
    told = [_with_companion(camera, cameras, machine) for camera in cameras]
    return sorted(told, key=lambda camera: (camera.virtual, camera.infrared))


def _read_all(paths: Iterable[Path], machine: Machine) -> list[CameraInfo]:
    """Return what can be read of the nodes; of one that cannot, the log says why."""
    cameras: list[CameraInfo] = []
    for path in paths:
        try:
            with opened(path, machine) as node:
                cameras.append(read_info(path, node, machine))
        except CameraError as error:
            log.debug("not listed: %s", error)
    return cameras


def path_of(address: str, machine: Machine) -> Path:
    """Return the device node for a `CameraInfo.id`, a device path, or "" (the first camera that is not virtual).

    Raises `CameraMissing`.
    """
    if address.startswith("/"):
        path = Path(address)
        if path not in device_paths(machine):
            raise CameraMissing(f"{address[:80]!r}: is no video device of this machine")
        return path
    if not address:
        real = [camera for camera in list_cameras(machine) if not camera.virtual]
        if not real:
            raise CameraMissing("no camera is plugged in (virtual ones are used only where they are named)")
        return Path(real[0].path)
    for path in device_paths(machine):
        if identify(path.name, machine.sysfs).id == address:
            return path
    raise CameraMissing(f"camera {address[:200]!r} is not plugged in")
