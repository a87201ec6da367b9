"""Which cameras there are, which one is meant, and who may have it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from facelatch_eye.camera import CameraMissing
from facelatch_eye.camera.formats import Mode
from facelatch_eye.camera.roster import Roster
from facelatch_eye.camera.v4l2 import Machine, V4l2Camera, list_cameras, path_of
from tests.unit.facelatch_eye.fake import INTERNAL, FakeClock, FakeNode, fake_machine, plug_in

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
