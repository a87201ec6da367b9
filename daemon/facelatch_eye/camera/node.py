"""An opened V4L2 device node: the seam between the camera's logic and the kernel, and its one real side (linuxpy)."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import select
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from facelatch_eye.camera.formats import HEIGHT, WIDTH, Mode

BUFFERS: Final = 4
"""Frames that the driver may fill while the networks are at work; it may grant fewer (v4l2loopback: 2)."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a node says of itself. capture: whether it delivers pictures (a camera's metadata node does not)."""

    driver: str
    card: str
    bus: str
    capture: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """One filled buffer. data: its bytes, which hold until the next one is taken.

    captured: monotonic seconds, None where the driver does not say in that clock. whole: False where the driver says
    that the picture is damaged.
    """

    data: bytes | memoryview
    captured: float | None
    whole: bool


class Node(Protocol):
    """An open device node. Every method may raise `OSError` with the kernel's number; none waits, `wait` apart."""

    def abilities(self) -> Abilities:
        """Return what the node says of itself."""

    def formats(self) -> tuple[str, ...]:
        """Return the four-letter names of the picture formats offered."""

    def modes(self) -> list[Mode]:
        """Return the ways in which it can send pictures."""

    def set_mode(self, mode: Mode) -> Mode:
        """Ask for a mode and return what the driver made of it."""

    def start(self) -> None:
        """Map the buffers and start the stream; frames that wait already are thrown away."""

    def wait(self, timeout: float) -> bool:
        """Wait until a frame can be taken; False after `timeout` seconds."""

    def take(self) -> Filled | None:
        """Take the oldest filled buffer and give it back to the driver; None where none is filled."""

    def stop(self) -> None:
        """Stop the stream and free the buffers, as far as there are any."""

    def close(self) -> None:
        """Close the node."""


class KernelNode:
    """A device node through linuxpy, opened non-blocking: a hung camera shows as silence, not as a call for ever."""

    def __init__(self, path: Path) -> None:
        """Open the node; raises `OSError`."""
        from linuxpy.video import device

        self._linuxpy: Any = device
        self._device = device.Device(path, blocking=False)
        self._device.open()
        self._poll = select.poll()
        self._poll.register(self._device.fileno(), select.POLLIN)
        self._maps: list[mmap.mmap] = []
        self._taken = bytearray()
        """The last frame taken. Copied, because the driver gets its buffer back at once; to the same place each time,
        because the kernel takes longer to find room for a frame than the copy does."""

    @property
    def _capture(self) -> Any:
        return self._linuxpy.BufferType.VIDEO_CAPTURE

    @property
    def _mapped(self) -> Any:
        return self._linuxpy.Memory.MMAP

    def abilities(self) -> Abilities:
        """Return what the node says of itself."""
        info = self._device.info
        wanted = self._linuxpy.Capability.VIDEO_CAPTURE | self._linuxpy.Capability.STREAMING
        return Abilities(
            driver=info.raw_capabilities.driver.decode(errors="replace"),
            card=info.raw_capabilities.card.decode(errors="replace"),
            bus=info.raw_capabilities.bus_info.decode(errors="replace"),
            capture=wanted in info.device_capabilities,
        )

    def formats(self) -> tuple[str, ...]:
        """Return the four-letter names of the picture formats offered."""
        return tuple(dict.fromkeys(_letters(offer.pixel_format) for offer in self._offers()))

    def modes(self) -> list[Mode]:
        """Return the ways in which it can send pictures."""
        return [mode for offer in self._offers() for mode in self._modes_of(offer.pixel_format)]

    def _offers(self) -> list[Any]:
        return list(self._device.info.buffer_formats(self._capture))

    def _modes_of(self, pixel_format: Any) -> Iterator[Mode]:
        for size in self._device.info.format_frame_sizes(pixel_format):
            width, height = self._dimensions(size)
            yield Mode(_letters(pixel_format), width, height, self._rate(pixel_format, width, height))

    def _dimensions(self, size: Any) -> tuple[int, int]:
        """Return a discrete size as it is, of a range of sizes the one nearest 640x480."""
        info = size.info
        if size.type == self._linuxpy.FrameSizeType.DISCRETE:
            return info.width, info.height
        width = _nearest(WIDTH, info.min_width, info.max_width, info.step_width)
        return width, _nearest(HEIGHT, info.min_height, info.max_height, info.step_height)

    def _rate(self, pixel_format: Any, width: int, height: int) -> float:
        """Return the highest rate at a size; 0 where the driver does not say or says nonsense."""
        try:
            offers = self._device.info.fps_intervals(pixel_format, width, height)
        except ZeroDivisionError:
            return 0.0
        # linuxpy names the bounds after the interval, so that "min" is the faster one of a range.
        return max((float(rate) for offer in offers for rate in (offer.min_fps, offer.max_fps)), default=0.0)

    def set_mode(self, mode: Mode) -> Mode:
        """Ask for a mode and return what the driver made of it."""
        self._device.set_format(self._capture, mode.width, mode.height, mode.format)
        if mode.rate:
            # Drivers without a settable rate answer EINVAL or ENOTTY; the camera then has the one it has.
            with contextlib.suppress(OSError):
                self._device.set_fps(self._capture, mode.rate)
        got = self._linuxpy.get_raw_format(self._device, self._capture).fmt.pix
        return Mode(_letters(got.pixelformat), got.width, got.height, self._granted_rate(mode.rate), got.bytesperline)

    def _granted_rate(self, wanted: float) -> float:
        try:
            return float(self._device.get_fps(self._capture))
        except (OSError, ZeroDivisionError):
            return wanted

    def start(self) -> None:
        """Map the buffers and start the stream; frames that wait already are thrown away."""
        granted = self._linuxpy.request_buffers(self._device, self._capture, self._mapped, BUFFERS).count
        for index in range(granted):
            buffer = self._linuxpy.query_buffer(self._device, self._capture, self._mapped, index)
            self._maps.append(self._linuxpy.mmap_from_buffer(self._device, buffer))
            self._linuxpy.enqueue_buffer(self._device, self._capture, self._mapped, 0, index)
        self._taken = bytearray(max((len(map_) for map_ in self._maps), default=0))
        self._device.stream_on(self._capture)
        # v4l2loopback 0.12.7 begins with frames of before, however old, and stamps them as if they were new.
        for _ in self._maps:
            self.take()

    def wait(self, timeout: float) -> bool:
        """Wait until a frame can be taken; False after `timeout` seconds.

        A hang-up is an unplugged camera, an error a stream that stopped: both would be announced again at once and for
        ever, so they are raised here.
        """
        for _descriptor, events in self._poll.poll(max(timeout, 0) * 1000):
            if events & select.POLLIN:
                return True
            if events & select.POLLHUP:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return False

    def take(self) -> Filled | None:
        """Take the oldest filled buffer and give it back to the driver; None where none is filled."""
        try:
            buffer = self._linuxpy.dequeue_buffer(self._device, self._capture, self._mapped)
        except BlockingIOError:
            return None
        flags = self._linuxpy.BufferFlag(buffer.flags)
        length = min(buffer.bytesused, len(self._taken))
        self._taken[:length] = memoryview(self._maps[buffer.index])[:length]
        filled = Filled(
            data=memoryview(self._taken)[:length],
            captured=self._captured(buffer, flags),
            whole=self._linuxpy.BufferFlag.ERROR not in flags and buffer.bytesused > 0,
        )
        self._linuxpy.enqueue_buffer(self._device, self._capture, self._mapped, 0, buffer.index)
        return filled

    def _captured(self, buffer: Any, flags: Any) -> float | None:
        """Return the driver's time stamp where it is of the monotonic clock."""
        kind = flags & self._linuxpy.BufferFlag.TIMESTAMP_MASK
        if kind == self._linuxpy.BufferFlag.TIMESTAMP_MONOTONIC:
            return float(buffer.timestamp.secs + buffer.timestamp.usecs / 1e6)
        return None

    def stop(self) -> None:
        """Stop the stream and free the buffers, as far as there are any."""
        if not self._maps:
            return
        try:
            self._device.stream_off(self._capture)
        finally:
            for map_ in self._maps:
                map_.close()
            self._maps.clear()
        self._linuxpy.free_buffers(self._device, self._capture, self._mapped)

    def close(self) -> None:
        """Close the node."""
        self._device.close()


def open_node(path: Path) -> Node:
    """Open a device node; raises `OSError`."""
    return KernelNode(path)


def _letters(pixel_format: int) -> str:
    """Return a format's four-character code as text: 0x56595559 is "YUYV"."""
    return "".join(chr((pixel_format >> shift) & 0x7F) for shift in (0, 8, 16, 24))


def _nearest(wanted: int, least: int, most: int, step: int) -> int:
    """Return the value nearest `wanted` in a range with steps."""
    steps = round((min(max(wanted, least), most) - least) / (step or 1))
    return min(least + steps * (step or 1), most)
