"""How a camera's frame becomes a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from facelatch_eye.camera import BrokenFrame
from facelatch_eye.camera.formats import Mode
from facelatch_models.face import Picture
from facelatch_models.picture import PictureError, announced_size, decode_jpeg

Data = bytes | memoryview
"""What a camera sent. It may be overwritten by the next frame: pictures share nothing with it."""


def decode(data: Data, mode: Mode) -> Picture:
    """Return the frame as (height, width, 3) uint8, blue, green, red; raises `BrokenFrame`.

    A frame of another size than the mode's is broken, too: nobody who watches the camera was told of it.
    """
    return DECODERS[mode.format](data, mode)


def _rows(data: Data, mode: Mode, bytes_per_row: int, rows: int) -> Picture:
    """Return the frame's bytes, as (rows, bytes_per_row), without the padding that a driver may put behind a row."""
    stride = mode.stride or bytes_per_row
    if stride < bytes_per_row or len(data) < stride * (rows - 1) + bytes_per_row:
        raise BrokenFrame(f"{len(data)} bytes for {mode.width}x{mode.height} {mode.format}")
    padded = data if len(data) >= stride * rows else bytes(data).ljust(stride * rows, b"\0")
    return np.frombuffer(padded, np.uint8, stride * rows).reshape(rows, stride)[:, :bytes_per_row]


def _compressed(data: Data, mode: Mode) -> Picture:
    content = bytes(data)
    try:
        width, height = announced_size(content)
        if (width, height) != (mode.width, mode.height):  # before it is decoded: a bomb is much larger than its file
            raise BrokenFrame(f"a picture of {width}x{height} in a stream of {mode.width}x{mode.height}")
        picture = decode_jpeg(content)
    except PictureError as error:
        raise BrokenFrame(str(error)) from error
    if picture.shape[:2] != (height, width):  # EXIF can turn a picture, and no camera does
        raise BrokenFrame(f"a picture of {width}x{height} that is turned")
    return picture


def _packed_yuv(conversion: int) -> Callable[[Data, Mode], Picture]:
    def to_picture(data: Data, mode: Mode) -> Picture:
        rows = _rows(data, mode, mode.width * 2, mode.height)
        return _converted(np.ascontiguousarray(rows).reshape(mode.height, mode.width, 2), conversion)

    return to_picture


def _planar_yuv(conversion: int) -> Callable[[Data, Mode], Picture]:
    def to_picture(data: Data, mode: Mode) -> Picture:
        if mode.stride not in (0, mode.width):
            raise BrokenFrame(f"{mode.format} with rows of {mode.stride} bytes for {mode.width} pixels")
        return _converted(_rows(data, mode, mode.width, mode.height * 3 // 2), conversion)

    return to_picture


def _grey(data: Data, mode: Mode) -> Picture:
    return _converted(np.ascontiguousarray(_rows(data, mode, mode.width, mode.height)), cv2.COLOR_GRAY2BGR)


def _blue_green_red(data: Data, mode: Mode) -> Picture:
    rows = _rows(data, mode, mode.width * 3, mode.height)
    return np.array(rows).reshape(mode.height, mode.width, 3)


def _red_green_blue(data: Data, mode: Mode) -> Picture:
    return np.ascontiguousarray(_blue_green_red(data, mode)[:, :, ::-1])


def _converted(picture: Picture, conversion: int) -> Picture:
    try:
        return np.asarray(cv2.cvtColor(picture, conversion), np.uint8)
    except cv2.error as error:
        raise BrokenFrame(str(error)) from error


DECODERS: Final[dict[str, Callable[[Data, Mode], Picture]]] = {
    "YUYV": _packed_yuv(cv2.COLOR_YUV2BGR_YUYV),
    "UYVY": _packed_yuv(cv2.COLOR_YUV2BGR_UYVY),
    "NV12": _planar_yuv(cv2.COLOR_YUV2BGR_NV12),
    "YU12": _planar_yuv(cv2.COLOR_YUV2BGR_I420),
    "BGR3": _blue_green_red,
    "RGB3": _red_green_blue,
    "MJPG": _compressed,
    "JPEG": _compressed,
    "GREY": _grey,
}
