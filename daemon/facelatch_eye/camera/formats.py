"""Which picture formats of a camera are understood, which one is chosen, and how a frame is decoded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facelatch_eye.camera import BrokenFrame

WIDTH: Final = 640
HEIGHT: Final = 480
"""The size aimed at: at arm's length a face is then 150 to 250 pixels wide, more than the embedder is fed with."""

LOWEST_RATE: Final = 15.0
"""Frames a second below which another size is preferred: a look at a clear face should end within two frames."""

ENOUGH_RATE: Final = 30.0
"""Frames a second above which more is no better: the networks do not keep up, and exposures get shorter and darker."""

GREY_ONLY: Final = frozenset({"GREY", "Y6  ", "Y8  ", "Y10 ", "Y12 ", "Y14 ", "Y16 ", "Y10B", "Y10P", "Y12P", "Y8I "})
"""Formats without colour; a camera that has no other is an infrared one (its name proves nothing)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A way in which a camera can send pictures. rate: frames a second, 0 where the driver does not say.

    stride: bytes from one row to the next, 0 where rows are packed or the format is compressed.
    """

    format: str
    width: int
    height: int
    rate: float
    stride: int = 0


def infrared(formats: Iterable[str]) -> bool:
    """Whether a camera with these formats is an infrared one: it offers grey, and nothing but grey."""
    offered = set(formats)
    return bool(offered) and offered <= GREY_ONLY


def choose_mode(modes: Iterable[Mode]) -> Mode | None:
    """Return the understood mode that is nearest 640x480, of these the fastest; None where none is understood.

    Colour comes before grey, and among equals raw pictures before compressed ones, which cost time and sharpness.
    """
    understood = [mode for mode in modes if mode.format in DECODERS and mode.width > 0 and mode.height > 0]
    return min(understood, key=_distance, default=None)


def _distance(mode: Mode) -> tuple[bool, bool, float, float, int, float]:
    rate = mode.rate or ENOUGH_RATE
    size = abs(math.log(mode.width * mode.height / (WIDTH * HEIGHT)))
    format_rank = list(DECODERS).index(mode.format)
    return mode.format == "GREY", rate < LOWEST_RATE, round(size, 3), -min(rate, ENOUGH_RATE), format_rank, rate


def decode(data: bytes, mode: Mode) -> NDArray[np.uint8]:
    """Return the frame as (height, width, 3) uint8, blue, green, red; raises `BrokenFrame`.

    A frame of another size than the mode's is broken, too: nobody who watches the camera was told of it.
    """
    return DECODERS[mode.format](data, mode)


def _rows(data: bytes, mode: Mode, bytes_per_row: int, rows: int) -> NDArray[np.uint8]:
    """Return the frame's bytes as (rows, bytes_per_row), without the padding that a driver may put behind a row."""
    stride = mode.stride or bytes_per_row
    if stride < bytes_per_row or len(data) < stride * (rows - 1) + bytes_per_row:
        raise BrokenFrame(f"{len(data)} bytes for {mode.width}x{mode.height} {mode.format}")
    padded = data.ljust(stride * rows, b"\0")
    return np.frombuffer(padded, np.uint8, stride * rows).reshape(rows, stride)[:, :bytes_per_row]


def _compressed(data: bytes, mode: Mode) -> NDArray[np.uint8]:
    from facelatch_models.picture import PictureError, announced_size, decode_jpeg

    try:
        width, height = announced_size(data)
        if (width, height) != (mode.width, mode.height):  # before it is decoded: a bomb is much larger than its file
            raise BrokenFrame(f"a picture of {width}x{height} in a stream of {mode.width}x{mode.height}")
        picture = decode_jpeg(data)
    except PictureError as error:
        raise BrokenFrame(str(error)) from error
    if picture.shape[:2] != (height, width):  # EXIF can turn a picture, and no camera does
        raise BrokenFrame(f"a picture of {width}x{height} that is turned")
    return picture


def _packed_yuv(conversion: str) -> Callable[[bytes, Mode], NDArray[np.uint8]]:
    def to_picture(data: bytes, mode: Mode) -> NDArray[np.uint8]:
        rows = _rows(data, mode, mode.width * 2, mode.height)
        return _converted(np.ascontiguousarray(rows).reshape(mode.height, mode.width, 2), conversion)

    return to_picture


def _planar_yuv(conversion: str) -> Callable[[bytes, Mode], NDArray[np.uint8]]:
    def to_picture(data: bytes, mode: Mode) -> NDArray[np.uint8]:
        if mode.stride not in (0, mode.width):
            raise BrokenFrame(f"{mode.format} with rows of {mode.stride} bytes for {mode.width} pixels")
        return _converted(_rows(data, mode, mode.width, mode.height * 3 // 2), conversion)

    return to_picture


def _grey(data: bytes, mode: Mode) -> NDArray[np.uint8]:
    return _converted(np.ascontiguousarray(_rows(data, mode, mode.width, mode.height)), "COLOR_GRAY2BGR")


def _blue_green_red(data: bytes, mode: Mode) -> NDArray[np.uint8]:
    rows = _rows(data, mode, mode.width * 3, mode.height)
    return np.ascontiguousarray(rows).reshape(mode.height, mode.width, 3)


def _red_green_blue(data: bytes, mode: Mode) -> NDArray[np.uint8]:
    return np.ascontiguousarray(_blue_green_red(data, mode)[:, :, ::-1])


def _converted(picture: NDArray[np.uint8], conversion: str) -> NDArray[np.uint8]:
    import cv2

    result: NDArray[np.uint8] = cv2.cvtColor(picture, getattr(cv2, conversion))
    return result


DECODERS: Final[dict[str, Callable[[bytes, Mode], NDArray[np.uint8]]]] = {
    "YUYV": _packed_yuv("COLOR_YUV2BGR_YUYV"),
    "UYVY": _packed_yuv("COLOR_YUV2BGR_UYVY"),
    "NV12": _planar_yuv("COLOR_YUV2BGR_NV12"),
    "YU12": _planar_yuv("COLOR_YUV2BGR_I420"),
    "BGR3": _blue_green_red,
    "RGB3": _red_green_blue,
    "MJPG": _compressed,
    "JPEG": _compressed,
    "GREY": _grey,
}
"""By V4L2's four letters, the preferred first. Webcams have MJPG and YUYV, infrared ones GREY, loopbacks the rest."""
