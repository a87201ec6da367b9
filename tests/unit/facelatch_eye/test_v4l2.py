from __future__ import annotations

import errno
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import pytest

from facelatch_eye.camera import BrokenFrame, CameraBusy, CameraError, CameraLost, CameraMissing, CameraTimeout
from facelatch_eye.camera.decoding import decode
from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.node import Filled, open_node
from facelatch_eye.camera.v4l2 import STALE, Machine, V4l2Camera
from facelatch_models.face import Picture
from tests.unit.facelatch_eye.fake import FakeClock, FakeNode, fake_machine, filled, yuyv


@dataclass
class AlwaysReady(FakeNode):
    """A driver that says at once that there is a frame, and stamps each half a second late; `empty`: there is none."""

    empty: bool = False

    def wait(self, timeout: float) -> bool:
        self.clock.sleep(0.001)
        return True

    def take(self) -> Filled | None:
        self.clock.sleep(0.001)
        return None if self.empty else filled(self.clock, age=0.5)


@pytest.fixture
def camera(machine: Machine) -> V4l2Camera:
    return V4l2Camera(machine.devices / "video0", machine)


def test_an_opened_camera_says_what_it_is(camera: V4l2Camera) -> None:
    with camera:
        info = camera.info

    assert info.id == "pci-0000:00:14.0-usb-6:1.0/0c45:6a08/7"
    assert (info.name, info.driver, info.formats) == ("A camera", "uvcvideo", ("YUYV",))
    assert not info.virtual
    assert not info.infrared
    assert (camera.width, camera.height, camera.rate) == (640, 480, 30.0)


def test_the_newest_frame_wins(camera: V4l2Camera, node: FakeNode, clock: FakeClock) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40, age=0.1), filled(clock, 80, age=0.06), filled(clock, 120, age=0.03)])
        shot = camera.read(1.0)

    assert shot.picture.mean() == pytest.approx(120, abs=8)
    assert shot.captured == clock.now - 0.03
    assert not node.queue


def test_frames_that_are_passed_over_are_not_decoded(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def counted(data: bytes, mode: Mode) -> Picture:
        decoded.append(data[0])
        return decode(data, mode)

    monkeypatch.setattr("facelatch_eye.camera.decoding.decode", counted)
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, tone) for tone in (40, 80, 120)])
        camera.read(1.0)

    assert decoded == [120]


def test_a_frame_that_waited_too_long_is_passed_over_for_the_next(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40, age=STALE + 0.01)])
        with pytest.raises(CameraTimeout):
            camera.read(0.5)


def test_frames_whose_stamps_lag_are_taken_once_the_queue_was_emptied(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40, age=0.5)])
        with pytest.raises(CameraTimeout):
            camera.read(0.1)
        node.queue = deque([filled(clock, 120, age=0.5)])
        shot = camera.read(0.1)

    assert shot.picture.mean() == pytest.approx(120, abs=8)
    assert shot.captured == clock.now - 0.5


def test_a_camera_that_is_always_ready_with_lagging_stamps_ends_the_reading(tmp_path: Path, clock: FakeClock) -> None:
    node = AlwaysReady(clock)
    camera = V4l2Camera(tmp_path / "dev/video0", fake_machine(tmp_path, {"video0": node}, clock))

    with camera:
        clock.sleep(1)
        shot = camera.read(1.0)

    assert shot.captured == pytest.approx(clock.now - 0.5)


def test_a_camera_that_is_always_ready_and_has_no_frame_is_a_timeout(tmp_path: Path, clock: FakeClock) -> None:
    node = AlwaysReady(clock, empty=True)
    camera = V4l2Camera(tmp_path / "dev/video0", fake_machine(tmp_path, {"video0": node}, clock))
    start = clock.now

    with camera, pytest.raises(CameraTimeout):
        camera.read(0.5)

    assert clock.now - start < 0.6


def test_a_reader_that_paused_gets_no_frame_from_before_its_pause(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40)])
        camera.read(0.1)
        node.queue = deque([filled(clock, 80, age=0.1)])
        clock.sleep(STALE + 0.1)
        with pytest.raises(CameraTimeout):
            camera.read(0.1)


@pytest.mark.parametrize("buffers", [4, 12, 32])
def test_however_many_buffers_a_driver_has_granted_no_frame_from_before_a_pause_is_taken(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, buffers: int
) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40)] * buffers)
        clock.sleep(5)
        with pytest.raises(CameraTimeout):
            camera.read(0.1)


NO_STAMP = [-3600.0, 3600.0, None]


def stamped(clock: FakeClock, tone: int, age: float | None) -> Filled:
    """Return a frame whose time stamp is that of another clock, or none at all."""
    return Filled(yuyv(tone), None if age is None else clock.now - age, True)


@pytest.mark.parametrize("age", NO_STAMP)
def test_a_time_stamp_that_cannot_be_true_is_replaced_by_now(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, age: float | None
) -> None:
    with camera:
        clock.sleep(0.1)
        node.queue = deque([stamped(clock, 40, age)])

        assert camera.read(0.5).captured == clock.now


@pytest.mark.parametrize("age", NO_STAMP)
def test_a_frame_of_unknown_age_from_a_camera_that_nobody_read_is_passed_over_for_the_next(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, age: float | None
) -> None:
    class Next(FakeNode):
        """Sends one more frame once its queue is empty."""

        def wait(self, timeout: float) -> bool:
            if not self.queue:
                self.clock.sleep(0.03)
                self.queue.append(stamped(clock, 120, age))
            return True

    node.__class__ = Next
    with camera:
        node.queue = deque([stamped(clock, 40, age)])
        clock.sleep(5.0)
        shot = camera.read(0.5)

    assert shot.picture.mean() == pytest.approx(120, abs=8)


def test_a_camera_that_sends_nothing_is_a_timeout_and_no_hang(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    start = clock.now

    with camera, pytest.raises(CameraTimeout, match=r"no frame within 0\.25 s"):
        camera.read(0.25)

    assert clock.now - start == pytest.approx(0.25)


def test_a_driver_that_refills_faster_than_it_is_drained_ends_the_draining(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    node.queue = deque(filled(clock, tone) for tone in range(100))

    with camera:
        camera.read(1.0)

    assert node.queue


def test_a_frame_that_the_driver_marks_as_damaged_is_broken(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    node.queue = deque([filled(clock, whole=False)])

    with camera, pytest.raises(BrokenFrame, match="damaged"):
        camera.read(1.0)


def test_a_frame_that_is_too_short_is_broken(camera: V4l2Camera, node: FakeNode, clock: FakeClock) -> None:
    node.queue = deque([Filled(b"\0" * 100, clock.now, True)])

    with camera, pytest.raises(BrokenFrame, match="100 bytes"):
        camera.read(1.0)


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EIO])
def test_a_camera_that_is_unplugged_while_it_runs_is_lost(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, number: int
) -> None:
    node.queue = deque([number])

    with camera, pytest.raises(CameraLost, match="video0"):
        camera.read(1.0)


@pytest.mark.parametrize("step", ["set_mode", "start"])
def test_a_camera_that_another_program_holds_is_busy_and_closed_again(
    camera: V4l2Camera, node: FakeNode, step: str
) -> None:
    node.fails[step] = errno.EBUSY

    with pytest.raises(CameraBusy, match="video0: is in use by another program"):
        camera.__enter__()

    assert node.calls[-1] == "close"


def test_a_camera_whose_start_failed_is_stopped_so_that_its_buffers_are_freed(
    camera: V4l2Camera, node: FakeNode
) -> None:
    node.fails["start"] = errno.ENOSPC

    with pytest.raises(CameraError, match="bandwidth"):
        camera.__enter__()

    assert node.calls[-2:] == ["stop", "close"]


def test_a_camera_is_stopped_and_closed_at_the_end(camera: V4l2Camera, node: FakeNode) -> None:
    with camera:
        assert "start" in node.calls

    assert node.calls[-2:] == ["stop", "close"]


def test_a_camera_that_cannot_be_stopped_is_closed_all_the_same(camera: V4l2Camera, node: FakeNode) -> None:
    node.fails["stop"] = errno.ENODEV

    with camera:
        pass

    assert node.calls[-1] == "close"


def test_a_camera_without_an_understood_format_says_what_it_offers(camera: V4l2Camera, node: FakeNode) -> None:
    node.offers = [Mode("H264", 640, 480, 30.0)]

    with pytest.raises(CameraError, match="H264"):
        camera.__enter__()

    assert node.calls[-1] == "close"


def test_a_loopback_that_no_program_feeds_says_so(camera: V4l2Camera, node: FakeNode) -> None:
    node.offers = []

    with pytest.raises(CameraError, match="no program feeds"):
        camera.__enter__()

    assert node.calls[-1] == "close"


def test_a_driver_that_answers_with_a_format_we_do_not_understand_is_refused(
    camera: V4l2Camera, node: FakeNode
) -> None:
    node.granted = Mode("H264", 640, 480, 30.0)

    with pytest.raises(CameraError, match="H264 when asked for YUYV"):
        camera.__enter__()


def test_frames_are_read_in_the_mode_that_the_driver_granted(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock
) -> None:
    node.granted = Mode("YUYV", 320, 240, 15.0)
    node.queue = deque([filled(clock)])

    with camera:
        shot = camera.read(1.0)

    assert shot.picture.shape == (240, 320, 3)
    assert camera.rate == 15.0


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.ENOENT, CameraMissing, "no such camera"),
        (errno.ENOTTY, CameraMissing, "no such camera"),
        (errno.ENODEV, CameraLost, "unplugged"),
        (errno.EACCES, CameraError, "group `video`"),
        (errno.EBUSY, CameraBusy, "another program"),
        (errno.EINVAL, CameraLost, os.strerror(errno.EINVAL)),
    ],
)
def test_what_the_kernel_says_at_opening_becomes_words(
    tmp_path: Path, clock: FakeClock, number: int, kind: type[CameraError], text: str
) -> None:
    machine = fake_machine(tmp_path, {"video0": number}, clock)

    with pytest.raises(kind, match=text):
        V4l2Camera(machine.devices / "video0", machine).__enter__()


def test_a_file_that_is_no_camera_is_refused_by_the_real_node(tmp_path: Path) -> None:
    machine = Machine(devices=Path("/dev"))

    with pytest.raises(CameraError, match="/dev/null"):
        V4l2Camera(Path("/dev/null"), machine).__enter__()


def test_a_missing_device_is_refused_by_the_real_node(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_node(tmp_path / "video0")
