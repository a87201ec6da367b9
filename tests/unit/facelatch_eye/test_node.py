"""The real node, with linuxpy, against a kernel made of Python: a file takes the device's place."""

from __future__ import annotations

import errno
import mmap
import os
import select
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from linuxpy.video import raw

from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.node import BUFFERS, KernelNode, open_node
from facelatch_eye.camera.v4l2 import Machine, V4l2Camera

WIDTH, HEIGHT = 64, 48
FRAME = WIDTH * HEIGHT * 2
SLOT = -(-FRAME // mmap.PAGESIZE) * mmap.PAGESIZE
IOC = raw.IOC


class Kernel:
    """Answers a camera's ioctls. `granted` is how many buffers it gives; `fails` are requests it refuses.

    `leftover` is a frame of before the start, with which v4l2loopback fills every buffer.
    """

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(SLOT * BUFFERS))
        self.path = path
        self.granted = BUFFERS
        self.leftover: int | None = None
        self.fails: dict[int, int] = {}
        self.queued: deque[int] = deque()
        self.filled: deque[tuple[int, int]] = deque()
        self.streaming = False
        self.clock = raw.BufferFlag.TIMESTAMP_MONOTONIC
        self.stepwise = False
        self.format = raw.PixelFormat.YUYV

    def fill(self, tone: int, flags: int = 0) -> None:
        """Put a frame into the next queued buffer, as the driver does when the camera sent one."""
        index = self.queued.popleft()
        with self.path.open("r+b") as file:
            file.seek(index * SLOT)
            file.write(bytes((tone, 128)) * (FRAME // 2))
        self.filled.append((index, flags))

    def ioctl(self, _descriptor: Any, request: Any, argument: Any = None) -> int:
        if request in self.fails:
            raise OSError(self.fails[request], os.strerror(self.fails[request]))
        getattr(self, f"_{IOC(request).name.lower()}")(argument)
        return 0

    def _querycap(self, out: Any) -> None:
        out.driver, out.card, out.bus_info = b"uvcvideo", b"Caf\xe9 cam", b"usb-1"
        out.capabilities = out.device_caps = raw.Capability.VIDEO_CAPTURE | raw.Capability.STREAMING

    def _enum_fmt(self, out: Any) -> None:
        if out.index > 0:
            raise OSError(errno.EINVAL, "no more")
        out.pixelformat, out.description = self.format, b"YUYV 4:2:2"

    def _enum_framesizes(self, out: Any) -> None:
        if out.index > 0:
            raise OSError(errno.EINVAL, "no more")
        if self.stepwise:
            out.type = raw.Frmsizetypes.STEPWISE
            out.m1.stepwise.min_width, out.m1.stepwise.max_width, out.m1.stepwise.step_width = 48, 8192, 16
            out.m1.stepwise.min_height, out.m1.stepwise.max_height, out.m1.stepwise.step_height = 32, 8192, 16
        else:
            out.type = raw.Frmsizetypes.DISCRETE
            out.m1.discrete.width, out.m1.discrete.height = WIDTH, HEIGHT

    def _enum_frameintervals(self, out: Any) -> None:
        if out.index > 1:
            raise OSError(errno.EINVAL, "no more")
        out.type = raw.Frmivaltypes.DISCRETE
        out.discrete.numerator, out.discrete.denominator = 1, (15, 30)[out.index]

    def _s_fmt(self, inout: Any) -> None:
        inout.fmt.pix.width, inout.fmt.pix.height = WIDTH, HEIGHT
        self._g_fmt(inout)

    def _g_fmt(self, out: Any) -> None:
        pix = out.fmt.pix
        pix.width, pix.height, pix.pixelformat, pix.bytesperline = WIDTH, HEIGHT, raw.PixelFormat.YUYV, WIDTH * 2

    def _s_parm(self, inout: Any) -> None:
        assert inout.parm.capture.timeperframe.denominator == 30

    def _g_parm(self, out: Any) -> None:
        out.parm.capture.timeperframe.numerator, out.parm.capture.timeperframe.denominator = 1, 25

    def _reqbufs(self, inout: Any) -> None:
        if self.streaming:
            raise OSError(errno.EBUSY, "streaming")
        inout.count = min(inout.count, self.granted)
        self.queued.clear()

    def _querybuf(self, inout: Any) -> None:
        if inout.index >= self.granted:
            raise OSError(errno.EINVAL, "no such buffer")
        inout.length, inout.m.offset = SLOT, inout.index * SLOT

    def _qbuf(self, buffer: Any) -> None:
        self.queued.append(buffer.index)

    def _dqbuf(self, out: Any) -> None:
        if not self.filled:
            raise BlockingIOError(errno.EAGAIN, "nothing yet")
        out.index, flags = self.filled.popleft()
        out.flags, out.bytesused = flags | self.clock, FRAME
        nanoseconds = time.monotonic_ns() if self.clock == raw.BufferFlag.TIMESTAMP_MONOTONIC else 0
        out.timestamp.secs, out.timestamp.usecs = nanoseconds // 10**9, nanoseconds % 10**9 // 1000

    def _streamon(self, _type: Any) -> None:
        self.streaming = True
        while self.leftover is not None and self.queued:
            self.fill(self.leftover)

    def _streamoff(self, _type: Any) -> None:
        self.streaming = False


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(tmp_path / "video0")
    monkeypatch.setattr("linuxpy.ioctl.fcntl.ioctl", kernel.ioctl)
    return kernel


@pytest.fixture
def node(kernel: Kernel) -> Iterator[KernelNode]:
    node = open_node(kernel.path)
    assert isinstance(node, KernelNode)
    yield node
    node.stop()
    node.close()


def test_a_node_says_what_it_is_even_where_its_name_is_no_text(node: KernelNode) -> None:
    abilities = node.abilities()

    assert (abilities.driver, abilities.card, abilities.capture) == ("uvcvideo", "Caf\ufffd cam", True)


def test_a_node_is_opened_non_blocking(node: KernelNode) -> None:
    assert not os.get_blocking(node._device.fileno())


def test_formats_and_modes_are_listed_with_the_fastest_rate(node: KernelNode) -> None:
    assert node.formats() == ("YUYV",)
    assert node.modes() == [Mode("YUYV", WIDTH, HEIGHT, 30.0)]


def test_of_a_range_of_sizes_the_one_nearest_vga_is_listed(kernel: Kernel, node: KernelNode) -> None:
    kernel.stepwise = True

    assert node.modes() == [Mode("YUYV", 640, 480, 30.0)]


def test_a_driver_without_rates_has_rate_unknown(kernel: Kernel, node: KernelNode) -> None:
    kernel.fails[IOC.ENUM_FRAMEINTERVALS] = errno.ENOTTY

    assert node.modes() == [Mode("YUYV", WIDTH, HEIGHT, 0.0)]


def test_the_mode_is_what_the_driver_made_of_it(node: KernelNode) -> None:
    assert node.set_mode(Mode("YUYV", 640, 480, 30.0)) == Mode("YUYV", WIDTH, HEIGHT, 25.0, WIDTH * 2)


def test_a_driver_whose_rate_cannot_be_set_is_no_error(kernel: Kernel, node: KernelNode) -> None:
    kernel.fails = {IOC.S_PARM: errno.ENOTTY, IOC.G_PARM: errno.ENOTTY}

    assert node.set_mode(Mode("YUYV", 640, 480, 30.0)).rate == 30.0


def test_frames_are_taken_oldest_first_and_their_buffers_given_back(kernel: Kernel, node: KernelNode) -> None:
    node.set_mode(Mode("YUYV", WIDTH, HEIGHT, 30.0))
    node.start()
    assert kernel.streaming
    kernel.fill(10)
    kernel.fill(20)

    first = node.take()

    assert first is not None
    assert (first.data[0], len(first.data)) == (10, FRAME)
    second = node.take()
    assert second is not None
    assert second.data[0] == 20
    assert node.take() is None
    assert first.captured is not None
    assert 0 <= time.monotonic() - first.captured < 60
    assert sorted(kernel.queued) == list(range(BUFFERS))


def test_a_driver_that_grants_fewer_buffers_is_used_with_these(kernel: Kernel, node: KernelNode) -> None:
    kernel.granted = 2

    node.start()

    assert list(kernel.queued) == [0, 1]


def test_what_a_loopback_showed_before_the_start_is_not_shown_as_new(kernel: Kernel, node: KernelNode) -> None:
    kernel.leftover = 200
    node.start()
    assert node.take() is None
    kernel.fill(10)

    frame = node.take()

    assert frame is not None
    assert frame.data[0] == 10


def test_a_time_stamp_of_another_clock_is_not_believed(kernel: Kernel, node: KernelNode) -> None:
    kernel.clock = raw.BufferFlag.TIMESTAMP_COPY
    node.start()
    kernel.fill(10)

    frame = node.take()

    assert frame is not None
    assert frame.captured is None


def test_a_frame_marked_as_damaged_is_not_whole(kernel: Kernel, node: KernelNode) -> None:
    node.start()
    kernel.fill(10, raw.BufferFlag.ERROR)

    frame = node.take()

    assert frame is not None
    assert not frame.whole


class FakePoll:
    """Announces always the same."""

    def __init__(self, *events: int) -> None:
        self._events = [(3, event) for event in events]

    def poll(self, milliseconds: float) -> list[tuple[int, int]]:
        return self._events


@pytest.mark.parametrize(
    ("events", "number"),
    [(select.POLLERR | select.POLLHUP | select.POLLPRI, errno.ENODEV), (select.POLLERR, errno.EIO)],
)
def test_an_unplugged_camera_or_a_stream_that_stopped_is_an_error_and_no_endless_announcement(
    node: KernelNode, monkeypatch: pytest.MonkeyPatch, events: int, number: int
) -> None:
    monkeypatch.setattr(node, "_poll", FakePoll(events))

    with pytest.raises(OSError, match=os.strerror(number)):
        node.wait(0.1)


def test_a_wait_says_whether_there_is_a_frame(node: KernelNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "_poll", FakePoll(select.POLLIN))
    assert node.wait(0.1)
    monkeypatch.setattr(node, "_poll", FakePoll())
    assert not node.wait(0.1)


def test_a_stopped_node_frees_its_buffers_and_can_start_again(kernel: Kernel, node: KernelNode) -> None:
    for _ in range(2):
        node.start()
        assert len(kernel.queued) == BUFFERS
        node.stop()
        assert not kernel.streaming
        assert not kernel.queued


def test_a_camera_reads_frames_through_the_real_node(kernel: Kernel, tmp_path: Path) -> None:
    with V4l2Camera(kernel.path, Machine(devices=tmp_path, sysfs=tmp_path)) as camera:
        kernel.fill(60)
        kernel.fill(90)
        shot = camera.read(1.0)

    assert (camera.width, camera.height, camera.rate) == (WIDTH, HEIGHT, 25.0)
    assert camera.info.name == "Caf\ufffd cam"
    assert shot.picture.mean() == pytest.approx((90 - 16) * 255 / 219, abs=2)
