from __future__ import annotations

import errno
import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import pytest

from facelatch_eye.camera import (
    BrokenFrame,
    CameraBusy,
    CameraError,
    CameraLost,
    CameraMissing,
    CameraTimeout,
)
from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.holder import holder
from facelatch_eye.camera.node import Filled, open_node
from facelatch_eye.camera.roster import Roster
from facelatch_eye.camera.v4l2 import STALE, Machine, V4l2Camera, list_cameras, path_of
from tests.unit.facelatch_eye.fake import FakeClock, FakeNode, fake_machine, filled, plug_in

INTERNAL = "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0"


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
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def node(clock: FakeClock) -> FakeNode:
    return FakeNode(clock)


@pytest.fixture
def machine(tmp_path: Path, clock: FakeClock, node: FakeNode) -> Machine:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "7"))
    return fake_machine(tmp_path, {"video0": node}, clock)


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


@pytest.mark.parametrize("age", [-3600.0, 3600.0])
def test_a_time_stamp_that_cannot_be_true_is_replaced_by_now(
    camera: V4l2Camera, node: FakeNode, clock: FakeClock, age: float
) -> None:
    with camera:
        clock.sleep(1)
        node.queue = deque([filled(clock, 40, age=age)])

        assert camera.read(0.5).captured == clock.now


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
def test_a_busy_camera_names_who_holds_it_and_is_closed_again(camera: V4l2Camera, node: FakeNode, step: str) -> None:
    node.fails[step] = errno.EBUSY

    with pytest.raises(CameraBusy, match=r"in use by guvcview \(process 4711\)"):
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
        (errno.EBUSY, CameraBusy, "guvcview"),
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


# --- the list ---


@pytest.fixture
def full_house(tmp_path: Path, clock: FakeClock) -> Machine:
    """A loopback, a laptop's infrared camera, its metadata node, its colour camera, a broken one, and no camera."""
    plug_in(tmp_path, "video0", "virtual")
    plug_in(tmp_path, "video1", "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.2", ("0c45", "6a08", ""))
    plug_in(tmp_path, "video2", INTERNAL, ("0c45", "6a08", ""), index="1")
    plug_in(tmp_path, "video10", INTERNAL, None)
    nodes: dict[str, FakeNode | int] = {
        "video0": FakeNode(clock, driver="v4l2 loopback", card="Integrated Camera"),
        "video1": FakeNode(clock, offers=[Mode("GREY", 640, 360, 15.0)], card="Integrated IR Camera"),
        "video2": FakeNode(clock, capture=False),
        "video10": FakeNode(clock, card="Integrated\x1b[31m Camera"),
        "video11": errno.EIO,
    }
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video-of-mine").touch()
    return fake_machine(tmp_path, nodes, clock)


def test_the_list_has_cameras_only_real_ones_first_and_colour_before_infrared(full_house: Machine) -> None:
    cameras = list_cameras(full_house)

    assert [Path(camera.path).name for camera in cameras] == ["video10", "video1", "video0"]
    assert [camera.infrared for camera in cameras] == [False, True, False]
    assert [camera.virtual for camera in cameras] == [False, False, True]


def test_a_camera_named_after_an_infrared_one_is_infrared_by_its_formats_only(tmp_path: Path, clock: FakeClock) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))
    machine = fake_machine(tmp_path, {"video0": FakeNode(clock, card="IR Camera")}, clock)

    assert not list_cameras(machine)[0].infrared


def test_a_name_chosen_by_the_device_has_no_control_characters(full_house: Machine) -> None:
    assert list_cameras(full_house)[0].name == "Integrated?[31m Camera"


def test_no_name_means_the_preferred_camera(full_house: Machine) -> None:
    assert path_of("", full_house).name == "video10"


def test_a_virtual_camera_is_never_chosen_by_itself(tmp_path: Path, clock: FakeClock) -> None:
    plug_in(tmp_path, "video0", "virtual")
    machine = fake_machine(tmp_path, {"video0": FakeNode(clock, driver="v4l2 loopback")}, clock)

    with pytest.raises(CameraMissing, match="virtual"):
        path_of("", machine)


def test_a_camera_is_found_by_its_id_and_by_its_device(full_house: Machine) -> None:
    assert path_of("pci-0000:00:14.0-usb-6:1.2/0c45:6a08", full_house).name == "video1"
    assert path_of(str(full_house.devices / "video1"), full_house).name == "video1"


@pytest.mark.parametrize("address", ["/etc/passwd", "/dev/mem", "pci-0000:00:14.0-usb-9:1.0/dead:beef", "\x1b[31m"])
def test_what_is_no_camera_of_this_machine_is_not_found(full_house: Machine, address: str) -> None:
    with pytest.raises(CameraMissing):
        path_of(address, full_house)


def test_a_camera_that_moved_to_another_port_is_not_the_same(full_house: Machine) -> None:
    with pytest.raises(CameraMissing, match="not plugged in"):
        path_of("pci-0000:00:14.0-usb-7:1.2/0c45:6a08", full_house)


# --- who holds a camera ---


def test_the_holder_is_named_from_proc(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.touch()
    descriptors = tmp_path / "proc/4711/fd"
    descriptors.mkdir(parents=True)
    (descriptors / "5").symlink_to(device)
    (tmp_path / "proc/4711/comm").write_text("guvcview\n")

    assert holder(device, tmp_path / "proc") == "guvcview (process 4711)"


def test_a_holder_that_cannot_be_seen_is_another_program(tmp_path: Path) -> None:
    (tmp_path / "proc/4711").mkdir(parents=True)

    assert holder(tmp_path / "video0", tmp_path / "proc") == "another program"


# --- lending ---


def test_a_camera_is_lent_to_one_at_a_time(machine: Machine) -> None:
    roster = Roster(machine, patience=0.1)

    camera = roster.find(())
    with roster.lend(camera, lambda: None), pytest.raises(CameraBusy), roster.lend(roster.find(()), lambda: None):
        pass


def test_a_camera_that_was_given_back_is_lent_again(machine: Machine) -> None:
    roster = Roster(machine, patience=0.1)

    for _ in range(2):
        camera = roster.find(())
        with roster.lend(camera, lambda: None), camera:
            assert camera.info.name == "A camera"


def test_a_camera_is_the_same_by_whatever_name_it_is_lent(machine: Machine) -> None:
    roster = Roster(machine, patience=0.1)

    other = roster.find(("pci-0000:00:14.0-usb-6:1.0/0c45:6a08/7",))
    with roster.lend(roster.find(()), lambda: None), pytest.raises(CameraBusy), roster.lend(other, lambda: None):
        pass


def test_whoever_waits_for_a_camera_can_be_called_off(machine: Machine) -> None:
    class CalledOff(Exception):
        pass

    def beat() -> None:
        raise CalledOff

    roster = Roster(machine, patience=5.0)

    camera = roster.find(())
    with roster.lend(camera, lambda: None), pytest.raises(CalledOff), roster.lend(camera, beat):
        pass


def test_file_cameras_are_off_unless_allowed(tmp_path: Path, machine: Machine) -> None:
    with pytest.raises(CameraMissing, match="--allow-file-cameras"):
        Roster(machine).find((f"file:{tmp_path}",))


# --- one of several ---

HERE = "pci-0000:00:14.0-usb-6:1.0/0c45:6a08/7"
GONE = "pci-0000:00:14.0-usb-3.1:1.0/046d:085e"


def test_the_first_of_the_cameras_wanted_that_is_connected_is_found(machine: Machine, tmp_path: Path) -> None:
    roster = Roster(machine, files=True)
    path = str(machine.devices / "video0")

    assert roster.find((GONE, HERE, str(tmp_path))).place == path
    assert roster.find((GONE, path)).place == path
    assert roster.find((GONE, f"file:{tmp_path}/none", "")).place == path
    assert roster.find((f"file:{tmp_path}?rate=5", HERE)).place == f"file:{tmp_path}"


def test_where_none_is_connected_it_is_said_which_were_wanted_and_which_are_there(machine: Machine) -> None:
    with pytest.raises(CameraMissing, match=r"wanted: .*3\.1:1\.0/046d:085e, /dev/video9; connected: .*usb-6:1\.0"):
        Roster(machine).find((GONE, "/dev/video9"))


def test_the_same_camera_at_another_port_is_not_the_one_wanted(tmp_path: Path, clock: FakeClock) -> None:
    """Somebody plugs in a camera with the ids and the serial number of ours, which any device can claim."""
    plug_in(tmp_path, "video0", "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0", ("0c45", "6a08", "7"))
    roster = Roster(fake_machine(tmp_path, {"video0": FakeNode(clock)}, clock))

    with pytest.raises(CameraMissing, match="not plugged in"):
        roster.find((HERE,))


def test_a_loopback_that_took_the_number_of_a_camera_is_not_that_camera(tmp_path: Path, clock: FakeClock) -> None:
    plug_in(tmp_path, "video0", "virtual")
    node = FakeNode(clock, driver="uvcvideo", card="A camera")
    roster = Roster(fake_machine(tmp_path, {"video0": node}, clock))

    with pytest.raises(CameraMissing):
        roster.find((HERE,))
    with pytest.raises(CameraMissing):
        roster.find(())


# --- the infrared camera of the same device ---


def test_a_camera_names_the_infrared_one_of_its_device_when_it_is_listed_and_when_it_is_open(
    full_house: Machine,
) -> None:
    colour, infrared = list_cameras(full_house)[:2]
    assert infrared.infrared
    assert (colour.companion, infrared.companion) == (infrared.id, "")

    camera = V4l2Camera(full_house.devices / "video10", full_house)
    with camera:
        assert camera.info == colour
        assert camera.companion is not None
        assert camera.companion.place == str(full_house.devices / "video1")


@pytest.mark.parametrize(
    ("place", "ids"),
    [
        ("pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.2", ("0c45", "6a08", "7")),
        ("pci0000:00/0000:00:14.0/usb1/1-6.1/1-6.1:1.2", ("0c45", "6a08", "7")),
        ("pci0000:00/0000:00:0d.0/usb1/1-6/1-6:1.2", ("0c45", "6a08", "7")),
        ("virtual", None),
    ],
    ids=["another port", "behind it", "another controller", "no device at all"],
)
def test_an_infrared_camera_elsewhere_is_no_companion(
    tmp_path: Path, clock: FakeClock, place: str, ids: tuple[str, str, str] | None
) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "7"))
    plug_in(tmp_path, "video1", place, ids)
    nodes: dict[str, FakeNode | int] = {
        "video0": FakeNode(clock),
        "video1": FakeNode(clock, offers=[Mode("GREY", 640, 360, 15.0)]),
    }
    machine = fake_machine(tmp_path, nodes, clock)

    assert [camera.companion for camera in list_cameras(machine)] == ["", ""]
    with V4l2Camera(machine.devices / "video0", machine) as camera:
        assert camera.info.companion == ""
        assert camera.companion is None


def test_a_second_colour_camera_of_the_device_is_no_companion(tmp_path: Path, clock: FakeClock) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "7"))
    plug_in(tmp_path, "video1", "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.2")
    machine = fake_machine(tmp_path, {"video0": FakeNode(clock), "video1": FakeNode(clock, card="IR Camera")}, clock)

    assert [camera.companion for camera in list_cameras(machine)] == ["", ""]
