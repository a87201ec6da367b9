"""Cameras of a laptop, made up for tests of which one is trusted."""

from __future__ import annotations

from msgspec.structs import replace

from facelatch_eye.messages import CameraInfo

LAPTOP = CameraInfo(
    id="pci-0000:00:14.0-usb-6:1.0/04f2:b6d9/0001",
    name="Integrated Camera",
    path="/dev/video0",
    driver="uvcvideo",
    bus="pci-0000:00:14.0-usb-6:1.0",
    vendor_product="04f2:b6d9",
    serial="0001",
    companion="pci-0000:00:14.0-usb-6:1.2/04f2:b6d9/0001",
)
EMITTING = replace(LAPTOP, id=LAPTOP.companion, path="/dev/video2", infrared=True, companion="")
ON_ANOTHER_PORT = replace(LAPTOP, id="pci-0000:00:14.0-usb-2:1.0/04f2:b6d9/0001", removable=True)
