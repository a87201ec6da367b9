from __future__ import annotations

from pathlib import Path

import pytest

from facelatch_eye.camera.identity import bus_path, identify
from tests.unit.facelatch_eye.fake import plug_in

INTERNAL = "pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0"


def test_a_usb_camera_is_known_by_controller_port_interface_and_ids(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "200901010001"))

    identity = identify("video0", tmp_path / "sysfs")

    assert identity.id == "pci-0000:00:14.0-usb-6:1.0/0c45:6a08/200901010001"
    assert not identity.virtual("uvcvideo")


def test_a_camera_keeps_its_id_when_the_bus_is_numbered_anew() -> None:
    before = bus_path(Path("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-6/1-6.2/1-6.2:1.0/video4linux/video0"))
    after = bus_path(Path("/sys/devices/pci0000:00/0000:00:14.0/usb3/3-6/3-6.2/3-6.2:1.0/video4linux/video4"))

    assert before == after == "pci-0000:00:14.0-usb-6.2:1.0"


def test_cameras_at_different_ports_have_different_ids() -> None:
    here = bus_path(Path("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-6/1-6:1.0/video4linux/video0"))
    there = bus_path(Path("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.0/video4linux/video0"))

    assert here != there


def test_a_second_node_of_one_interface_has_an_id_of_its_own(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))
    plug_in(tmp_path, "video1", INTERNAL, None, index="1")

    assert identify("video0", tmp_path / "sysfs").id != identify("video1", tmp_path / "sysfs").id


def test_a_camera_without_serial_number_is_known_by_place_and_ids(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))

    assert identify("video0", tmp_path / "sysfs").id == "pci-0000:00:14.0-usb-6:1.0/0c45:6a08"


def test_a_serial_number_chosen_by_the_device_cannot_forge_the_id(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "1/../0c45:6a08\x1b[31m " + "9" * 100))

    serial = identify("video0", tmp_path / "sysfs").serial

    assert len(serial) == 64
    assert not set(serial) & set("/\x1b[ ")


@pytest.mark.parametrize(
    ("place", "driver"),
    [
        ("virtual", "v4l2 loopback"),
        ("virtual", "uvcvideo"),
        ("platform/vivid.0", "vivid"),
        ("platform/vivid.0", "uvcvideo"),
        ("platform/vhci_hcd.0/usb5/5-1/5-1:1.0", "uvcvideo"),
        ("platform/dummy_hcd.0/usb5/5-1/5-1:1.0", "uvcvideo"),
        (INTERNAL, "akvcam"),
    ],
)
def test_a_camera_that_a_program_feeds_is_virtual_whatever_it_calls_itself(
    tmp_path: Path, place: str, driver: str
) -> None:
    plug_in(tmp_path, "video0", place)

    assert identify("video0", tmp_path / "sysfs").virtual(driver)


def test_a_camera_without_a_place_in_sysfs_counts_as_virtual(tmp_path: Path) -> None:
    assert identify("video0", tmp_path).virtual("uvcvideo")


def test_two_loopbacks_have_different_ids() -> None:
    here = bus_path(Path("/sys/devices/virtual/video4linux/video20"))
    there = bus_path(Path("/sys/devices/virtual/video4linux/video21"))

    assert (here, there) == ("virtual-video20", "virtual-video21")


def test_a_camera_of_the_board_is_known_by_its_place() -> None:
    assert bus_path(Path("/sys/devices/platform/soc/fe801000.csi/video4linux/video0")) == "platform-soc-fe801000.csi"
