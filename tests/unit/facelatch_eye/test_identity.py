from __future__ import annotations

from pathlib import Path

import pytest

from facelatch_eye.camera.identity import bus_path, identify
from tests.unit.facelatch_eye.fake import plug_in, say

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
        ("platform/vimc.0", "uvcvideo"),
        ("platform/harmless.0", "uvcvideo"),
        ("platform/harmless.0/usb5/5-1/5-1:1.0", "uvcvideo"),
        ("faux/harmless", "uvcvideo"),
        (INTERNAL, "akvcam"),
        (INTERNAL, "V4L2 Loopback"),
        (INTERNAL, "visl"),
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


# --- what could have been plugged in ---

BOARD = "platform/soc/fe801000.csi"
UPON = "pci0000:00/0000:00:14.0/usb1/1-6"


def test_a_camera_of_the_board_is_real_and_built_in(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", BOARD)
    say(tmp_path, BOARD, of_node="")

    identity = identify("video0", tmp_path / "sysfs")

    assert not identity.virtual("unicam")
    assert not identity.removable


def test_a_camera_on_the_pci_bus_is_real_and_built_in(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", "pci0000:00/0000:00:05.0")

    identity = identify("video0", tmp_path / "sysfs")

    assert not identity.virtual("isys")
    assert not identity.removable


@pytest.mark.parametrize(
    ("said", "removable"), [("fixed", False), ("removable", True), ("unknown", True), ("", True), ("nonsense", True)]
)
def test_a_usb_camera_could_be_anybody_s_unless_the_kernel_knows_that_it_is_fixed(
    tmp_path: Path, said: str, removable: bool
) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))
    say(tmp_path, "pci0000:00/0000:00:14.0/usb1", idVendor="1d6b", removable="unknown")
    if said:
        say(tmp_path, UPON, removable=said)

    assert identify("video0", tmp_path / "sysfs").removable is removable


@pytest.mark.parametrize(("hub", "removable"), [("fixed", False), ("removable", True), ("unknown", True)])
def test_a_camera_that_is_fixed_to_a_dock_goes_with_the_dock(tmp_path: Path, hub: str, removable: bool) -> None:
    plug_in(tmp_path, "video0", f"{UPON}/1-6.2/1-6.2:1.0", ("0c45", "6a08", ""))
    say(tmp_path, UPON, idVendor="17ef", removable=hub)
    say(tmp_path, f"{UPON}/1-6.2", removable="fixed")

    assert identify("video0", tmp_path / "sysfs").removable is removable


def test_all_behind_a_thunderbolt_port_could_have_been_plugged_in(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", ""))
    say(tmp_path, UPON, removable="fixed")
    say(tmp_path, "pci0000:00/0000:00:14.0", removable="removable")

    assert identify("video0", tmp_path / "sysfs").removable


def test_what_hangs_nowhere_counts_as_plugged_in(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", "virtual")

    assert identify("video0", tmp_path / "sysfs").removable
    assert identify("video9", tmp_path / "sysfs").removable


def test_two_cameras_are_of_one_device_only_with_its_place_ids_and_serial_number(tmp_path: Path) -> None:
    plug_in(tmp_path, "video0", INTERNAL, ("0c45", "6a08", "7"))
    plug_in(tmp_path, "video1", f"{UPON}/1-6:1.2")
    plug_in(tmp_path, "video2", "pci0000:00/0000:00:14.0/usb1/1-7/1-7:1.2", ("0c45", "6a08", "7"))
    plug_in(tmp_path, "video3", "virtual")
    plug_in(tmp_path, "video4", f"{UPON}/1-6.1/1-6.1:1.2", ("0c45", "6a08", "7"))
    mine, beside, *others = [identify(f"video{number}", tmp_path / "sysfs") for number in range(5)]

    assert mine.is_beside(beside)
    assert not any(mine.is_beside(other) for other in others)
    assert not others[1].is_beside(others[1]), "loopbacks are of no device"


def test_a_camera_of_the_board_is_known_by_its_place() -> None:
    assert bus_path(Path("/sys/devices/platform/soc/fe801000.csi/video4linux/video0")) == "platform-soc-fe801000.csi"
