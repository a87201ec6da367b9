"""The cameras of this machine: vivid, the kernel's test driver, and v4l2loopback, fed by ffmpeg."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

VIVID = Path("/dev/video0")
VIVID_PLANES = Path("/dev/video5")
LOOPBACK = Path("/dev/video20")
ANOTHER_LOOPBACK = Path("/dev/video21")
DISGUISE = "Integrated Camera: Integrated C"
"""What a laptop's camera calls itself, and a loopback can be told to."""

ENCODINGS = {
    "YUYV": ("-pix_fmt", "yuyv422"),
    "UYVY": ("-pix_fmt", "uyvy422"),
    "NV12": ("-pix_fmt", "nv12"),
    "YU12": ("-pix_fmt", "yuv420p"),
    "BGR3": ("-pix_fmt", "bgr24"),
    "RGB3": ("-pix_fmt", "rgb24"),
    "GREY": ("-pix_fmt", "gray"),
    "MJPG": ("-codec:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"),
}
"""By V4L2's letters, how ffmpeg is asked for a format."""

WHOLE_VIVID = 0xE0D3D
"""Every kind of node that vivid has: capture, output, metadata, radio, touch …; only the first is a camera."""


def plug_in() -> None:
    """Load the drivers, with two vivids (the second with several planes, which no webcam has) and two loopbacks."""
    run("modprobe", "v4l2loopback", "video_nr=20,21", "exclusive_caps=0,0", f"card_label={DISGUISE},{DISGUISE}")
    run("modprobe", "vivid", "n_devs=2", f"node_types={WHOLE_VIVID},0x1", "num_inputs=1,1", "input_types=0,0",
        "multiplanar=1,2", "vid_cap_nr=0,5")  # fmt: skip
    control(osd_text_mode=2)


def control(device: Path = VIVID, **values: int) -> None:
    """Set controls of a camera; vivid has buttons for its faults."""
    run("v4l2-ctl", "-d", str(device), "-c", ",".join(f"{name}={value}" for name, value in values.items()))


def run(*command: str) -> str:
    """Run a command and return what it said; raises `CalledProcessError`."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def vivid_is_plugged(plugged: bool) -> None:
    """Plug the first vivid in or out, as far as its driver is concerned."""
    Path("/sys/bus/platform/drivers/vivid", "bind" if plugged else "unbind").write_text("vivid.0")
    while plugged and not VIVID.exists():
        time.sleep(0.1)
    if plugged:
        control(osd_text_mode=2)


@contextlib.contextmanager
def streaming(device: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let another program stream from a camera."""
    command = ["v4l2-ctl", "-d", str(device), "--stream-mmap", "--stream-count=0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            process.stderr.read(1)  # it writes "<" for each frame
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def shown(
    pictures: Path, encoding: str = "YUYV", rate: int = 10, device: Path = LOOPBACK
) -> Iterator[subprocess.Popen[bytes]]:
    """Let ffmpeg show a folder of pictures of 640x480 on a loopback, over and over."""
    command = ["ffmpeg", "-loglevel", "error", "-nostdin", "-re", "-loop", "1", "-framerate", str(rate),
               "-pattern_type", "glob", "-i", f"{pictures}/*.jpg", *ENCODINGS[encoding], "-f", "v4l2",
               str(device)]  # fmt: skip
    _await_format(device, there=False)  # one of before stays as long as somebody has the device open
    with subprocess.Popen(command) as process:
        try:
            _await_format(device, there=True)
            assert process.poll() is None, "ffmpeg has ended"
            yield process
        finally:
            process.kill()


def _await_format(device: Path, *, there: bool) -> None:
    """Wait until a loopback has a format, which its writer gives it, or has none any more."""
    for _ in range(300):
        if there == ("[0]" in run("v4l2-ctl", "-d", str(device), "--list-formats")):
            return
        time.sleep(0.1)
    raise AssertionError("ffmpeg shows nothing" if there else f"{device} is still in use")
