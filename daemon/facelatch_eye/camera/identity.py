"""How a camera is known again: where it is plugged in and which ids it has, as the kernel tells in sysfs.

The number of a device file changes with the order of plugging and booting, the card's name is whatever a virtual
driver was told to claim: neither identifies a camera.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSFS: Final = Path("/sys/class/video4linux")

VIRTUAL_DRIVERS: Final = frozenset(
    {
        "v4l2 loopback", "v4l2loopback", "akvcam", "vcam", "droidcam",
        "vivid", "vimc", "visl", "vicodec", "vim2m", "vidtv",
        "vhci_hcd", "usbip-vudc", "dummy_hcd", "g_webcam", "uvcvideo-vhci",
    }
)  # fmt: skip
"""Drivers that show pictures from a program instead of a sensor: loopbacks, the kernel's own for tests, and USB from
another machine or none."""

VIRTUAL_PLACES: Final = re.compile(r"/devices/virtual/|/(vivid|vimc|visl|vicodec|vim2m|vidtv|akvcam)\b|/vhci_|/dummy_")
"""Where such devices hang: vhci is USB/IP and dummy_hcd a gadget on the same machine, both carry a real UVC driver."""

_INTERFACE: Final = re.compile(r":\d+\.\d+$")
_USB_PORTS: Final = re.compile(r"\d+-(?P<ports>[\d.]+)(?P<interface>:\d+\.\d+)?")
_ROOT_HUB: Final = re.compile(r"usb\d+")
_PCI_ROOT: Final = re.compile(r"pci[0-9a-f]{4,}:[0-9a-f]{2}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._:+-]")


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a camera is and who made it. `place` is its path in sysfs, empty where the kernel shows none.

    `device` is where the USB device hangs that it is one camera of, empty where it is of none. `made` says that neither
    a bus nor the firmware knows of it: some driver made it up. `removable` says that anybody could have plugged it in.
    """

    bus: str
    vendor_product: str
    serial: str
    place: str
    device: str = ""
    made: bool = False
    removable: bool = True

    @property
    def id(self) -> str:
        """The stable name: bus path, vendor:product and serial number, where there are any."""
        return "/".join(part for part in (self.bus, self.vendor_product, self.serial) if part)

    def virtual(self, driver: str) -> bool:
        """Whether the pictures come from a program; a device without a place in sysfs cannot prove that they don't."""
        if not self.place or self.made or VIRTUAL_PLACES.search(self.place):
            return True
        return driver.lower() in VIRTUAL_DRIVERS

    def is_beside(self, other: Identity) -> bool:
        """Whether both are of one USB device."""
        mine = (self.device, self.vendor_product, self.serial)
        return bool(self.device) and mine == (other.device, other.vendor_product, other.serial)


def identify(name: str, sysfs: Path = SYSFS) -> Identity:
    """Return who the device `name` ("video0") is, from its entry in sysfs."""
    entry = sysfs / name
    if not entry.exists():
        return Identity(bus=f"unknown-{name}", vendor_product="", serial="", place="")
    place = entry.resolve()
    index = _attribute(entry / "index")
    where = bus_path(place)
    above = [folder for folder in place.parents if "devices" in folder.parts[:-1]]
    usb = next((folder for folder in above if (folder / "idVendor").exists()), None)
    made = not any(_is_hardware(folder) for folder in above)
    return Identity(
        bus=where + (f"-{index}" if index not in ("", "0") else ""),
        vendor_product="" if usb is None else f"{_attribute(usb / 'idVendor')}:{_attribute(usb / 'idProduct')}",
        serial="" if usb is None else _attribute(usb / "serial"),
        place=str(place),
        device="" if usb is None else _INTERFACE.sub("", where),
        made=made,
        removable=made or _is_removable(above),
    )


def _is_hardware(folder: Path) -> bool:
    """Return whether a device is one that a PCI bus or the firmware (ACPI, devicetree) tells of."""
    return bool(_PCI_ROOT.fullmatch(folder.name)) or any(
        (folder / node).exists() for node in ("of_node", "firmware_node")
    )


def _is_removable(above: list[Path]) -> bool:
    """Return whether a device could have been plugged in: unless all on the way to it are fixed, it could.

    The kernel says so of USB devices, by what firmware and hubs tell it, and where they tell it nothing it says
    "unknown". A camera that is fixed to a dock goes with the dock, and so does all behind a Thunderbolt port.
    """
    said = [_attribute(folder / "removable") for folder in above]
    on_usb = [(folder / "idVendor").exists() and not _ROOT_HUB.fullmatch(folder.name) for folder in above]
    return "removable" in said or any(usb and word != "fixed" for usb, word in zip(on_usb, said, strict=True))


def bus_path(place: Path) -> str:
    """Return where a device is plugged in, from its path in sysfs, without numbers that change between boots.

    Of a USB device that is the controller, the ports on the way (without the bus number, which depends on the order in
    which the controllers came up) and the interface: `pci-0000:00:14.0-usb-6.2:1.0`.
    """
    parts = place.parts
    start = parts.index("devices") + 1 if "devices" in parts else 1
    end = len(parts) - 2 if "video4linux" in parts[-2:-1] else len(parts)
    above = [part for part in parts[start:end] if not _ROOT_HUB.fullmatch(part)]
    ports = [match for part in above if (match := _USB_PORTS.fullmatch(part))]
    others = [part for part in above if not _USB_PORTS.fullmatch(part)]
    if ports:
        controller = others[-1] if others else "nowhere"
        kind = "pci" if others and others[0].startswith("pci") else "platform"
        return f"{kind}-{controller}-usb-{ports[-1]['ports']}{ports[-1]['interface'] or ''}"
    if others and others != ["virtual"]:
        return "-".join(_UNSAFE.sub("_", part) for part in others)
    # A loopback hangs nowhere: its number, which whoever loads the driver can choose, is all that tells two apart.
    return f"virtual-{place.name}"


def _attribute(path: Path) -> str:
    """Return a sysfs attribute as one safe word of at most 64 characters: the device chose its serial number."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        # Many devices have no serial number, and then the kernel makes no file for it.
        return ""
    return _UNSAFE.sub("_", text.strip())[:64]
