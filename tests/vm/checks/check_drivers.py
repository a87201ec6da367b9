"""The eye's camera code against real drivers, without the eye's process around it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import cv2
import machine
import numpy as np
import pytest
from linuxpy.video import device as v4l2
from machine import ANOTHER_LOOPBACK, DISGUISE, ENCODINGS, LOOPBACK, VIVID, VIVID_PLANES

from facelatch.holder import holder_of
from facelatch_eye.camera import BrokenFrame, CameraBusy, CameraError, CameraLost, CameraMissing, CameraTimeout
from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.node import KernelNode
from facelatch_eye.camera.v4l2 import Machine, V4l2Camera, list_cameras, path_of

SOON = 10.0
"""Seconds for a frame, in emulation."""


def only(letters: str) -> Callable[[Path], KernelNode]:
    """Return a way to open a camera that has one format."""

    class Choosy(KernelNode):
        def modes(self) -> list[Mode]:
            return [mode for mode in super().modes() if mode.format == letters]

    return Choosy


def read_what_waits(camera: V4l2Camera) -> None:
    """Read more frames than there are buffers: some may have been filled before the camera was lost."""
    for _ in range(20):
        camera.read(SOON)


def test_only_nodes_that_deliver_pictures_are_cameras() -> None:
    assert len(list(Path("/dev").glob("video*"))) > 3
    assert VIVID_PLANES.exists()

    assert {camera.path for camera in list_cameras(Machine())} == {str(VIVID), str(LOOPBACK), str(ANOTHER_LOOPBACK)}


def test_every_camera_that_a_program_feeds_is_virtual_whatever_it_calls_itself() -> None:
    cameras = list_cameras(Machine())

    assert all(camera.virtual for camera in cameras)
    assert {camera.driver for camera in cameras} == {"vivid", "v4l2 loopback"}
    assert {camera.name for camera in cameras} == {"vivid", DISGUISE}


def test_each_camera_is_found_by_its_id() -> None:
    cameras = list_cameras(Machine())

    assert [str(path_of(camera.id, Machine())) for camera in cameras] == [camera.path for camera in cameras]


def test_no_virtual_camera_is_preferred() -> None:
    with pytest.raises(CameraMissing, match="virtual"):
        path_of("", Machine())


def test_the_size_aimed_at_is_chosen_and_granted() -> None:
    with V4l2Camera(VIVID, Machine()) as camera:
        assert (camera.width, camera.height, camera.rate) == (640, 480, 25.0)


@pytest.mark.parametrize("letters", ["YUYV", "UYVY", "NV12", "YU12", "BGR3", "RGB3", "GREY"])
def test_vivids_picture_is_the_same_in_each_format(letters: str) -> None:
    # The driver weighs colours differently for its grey, so that one has to do with a ramp of grey.
    machine.control(test_pattern=20 if letters == "GREY" else 0)
    with V4l2Camera(VIVID, Machine(open_node=only(letters))) as camera:
        picture = camera.read(SOON).picture
    with V4l2Camera(VIVID, Machine(open_node=only("YUYV"))) as camera:
        wanted = camera.read(SOON).picture
    machine.control(test_pattern=0)

    assert np.abs(picture.astype(int) - wanted).mean() < 3


@pytest.mark.parametrize("letters", ENCODINGS)
def test_a_face_that_ffmpeg_shows_arrives_as_it_was(letters: str, alice: list[Path], tmp_path: Path) -> None:
    (tmp_path / "0.jpg").symlink_to(alice[0])
    wanted = cv2.imread(str(alice[0]), cv2.IMREAD_GRAYSCALE if letters == "GREY" else cv2.IMREAD_COLOR)
    wanted = wanted if wanted.ndim == 3 else cv2.cvtColor(wanted, cv2.COLOR_GRAY2BGR)
    with machine.shown(tmp_path, letters), V4l2Camera(LOOPBACK, Machine()) as camera:
        assert camera.info.formats == (letters,)
        assert camera.info.infrared == (letters == "GREY")
        picture = camera.read(SOON).picture

    assert picture.shape == wanted.shape
    assert np.abs(picture.astype(int) - wanted).mean() < 6


@pytest.mark.parametrize("source", [0, 1])
def test_frames_are_stamped_when_they_were_taken(source: int) -> None:
    machine.control(timestamp_source=source)
    try:
        with V4l2Camera(VIVID, Machine()) as camera:
            opened = time.monotonic()
            stamps = [camera.read(SOON).captured for _ in range(6)]
    finally:
        machine.control(timestamp_source=0)

    assert stamps == sorted(set(stamps))
    assert opened - 0.5 < stamps[0]
    assert stamps[-1] <= time.monotonic()


def test_a_slow_reader_gets_a_fresh_frame_from_vivid() -> None:
    with V4l2Camera(VIVID, Machine()) as camera:
        camera.read(SOON)
        for _ in range(3):
            time.sleep(1.0)
            asked = time.monotonic()
            assert camera.read(SOON).captured > asked - 0.25


class Painter:
    """Shows frames on the loopback, each of a shade of grey that is its number."""

    def __enter__(self) -> Self:
        self._device = v4l2.Device(LOOPBACK)
        self._device.open()
        self._device.set_format(v4l2.BufferType.VIDEO_OUTPUT, 640, 480, "GREY")
        return self

    def __exit__(self, *_error: object) -> None:
        self._device.close()

    def show(self, *numbers: int) -> None:
        for number in numbers:
            os.write(self._device.fileno(), bytes([number]) * (640 * 480))
            time.sleep(0.05)


def test_a_slow_reader_sees_what_a_loopback_shows_now() -> None:
    with Painter() as painter:
        painter.show(1)
        with V4l2Camera(LOOPBACK, Machine()) as camera:
            for last in (20, 40, 60):
                painter.show(*range(last - 9, last + 1))

                assert camera.read(SOON).picture.mean() == last


def test_what_a_loopback_showed_before_is_not_taken_for_now() -> None:
    with Painter() as painter:
        painter.show(90, 91, 92)
        with V4l2Camera(LOOPBACK, Machine()) as camera:
            with pytest.raises(CameraTimeout):
                camera.read(0.5)
            painter.show(7)

            assert camera.read(SOON).picture.mean() == 7


def test_a_camera_that_another_program_holds_is_busy_and_the_command_can_name_it() -> None:
    with machine.streaming(VIVID) as other:
        with pytest.raises(CameraBusy, match=f"{VIVID}: is in use by another program"):
            V4l2Camera(VIVID, Machine()).__enter__()

        assert holder_of(VIVID) == f"v4l2-ctl (process {other.pid})"


def test_a_camera_that_could_not_be_opened_is_not_kept() -> None:
    with V4l2Camera(VIVID, Machine()) as camera, pytest.raises(CameraBusy):
        V4l2Camera(VIVID, Machine()).__enter__()
    assert camera.info.path == str(VIVID)

    with V4l2Camera(VIVID, Machine()) as again:
        again.read(SOON)
    run_alone = machine.run("v4l2-ctl", "-d", str(VIVID), "--stream-mmap", "--stream-count=1")
    assert "fail" not in run_alone.lower()


def test_a_camera_pulled_out_between_two_frames_is_lost() -> None:
    with V4l2Camera(VIVID, Machine()) as camera:
        camera.read(SOON)
        machine.vivid_is_plugged(False)
        with pytest.raises(CameraLost, match="unplugged"):
            read_what_waits(camera)
    machine.vivid_is_plugged(True)
    with V4l2Camera(VIVID, Machine()) as again:
        again.read(SOON)


def test_a_stream_that_the_driver_gives_up_is_lost() -> None:
    with V4l2Camera(VIVID, Machine()) as camera:
        camera.read(SOON)
        machine.control(inject_fatal_streaming_error=1)
        with pytest.raises(CameraLost):
            read_what_waits(camera)


@pytest.mark.parametrize("fault", ["inject_vidioc_reqbufs_error", "inject_vidioc_streamon_error"])
def test_a_camera_that_refuses_to_start_says_so_and_is_closed(fault: str) -> None:
    machine.control(**{fault: 1})
    with pytest.raises(CameraError):
        V4l2Camera(VIVID, Machine()).__enter__()

    with V4l2Camera(VIVID, Machine()) as camera:
        camera.read(SOON)


def test_a_frame_that_the_driver_calls_damaged_is_skipped() -> None:
    with V4l2Camera(VIVID, Machine()) as camera:
        camera.read(SOON)
        machine.control(inject_v4l2_buf_flag_error=1)
        broken = 0
        for _ in range(30):
            try:
                camera.read(SOON)
            except BrokenFrame:
                broken += 1

    assert broken <= 1


def test_frames_that_never_come_are_no_hang() -> None:
    machine.control(percentage_of_dropped_buffers=100)
    try:
        with V4l2Camera(VIVID, Machine()) as camera, pytest.raises(CameraTimeout):
            camera.read(1.0)
    finally:
        machine.control(percentage_of_dropped_buffers=0)


def test_a_loopback_that_nobody_feeds_says_so() -> None:
    with pytest.raises(CameraError, match="no program feeds"):
        V4l2Camera(ANOTHER_LOOPBACK, Machine()).__enter__()
