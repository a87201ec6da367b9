"""Decoding pictures that others made, with hard limits that hold before anything is allocated."""

from __future__ import annotations

import struct
from typing import Final

import cv2
import numpy as np

from facelatch_models.face import Picture

MOST_PIXELS: Final = 40_000_000
"""A 40-megapixel camera's picture; decoded it takes 120 MB, which the eye's memory limit leaves room for."""

_FORMATS: Final = "JPEG, PNG, WebP or BMP"

_JPEG_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG's frame header (start of frame); the three others of that range are tables."""

_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers with no length behind them."""


class PictureError(ValueError):
    """A picture that cannot be used; the text says why, for a person."""


def decode(content: bytes) -> Picture:
    """Return an encoded picture as (height, width, 3) uint8 in blue, green, red, turned as its EXIF data says.

    Grey and 16-bit pictures become 8-bit colour, transparency is dropped. Only JPEG, PNG, WebP and BMP are taken: every
    further decoder is one more that hostile input can reach.
    Raises `PictureError` for anything else, for one that is empty, cut off or damaged, and (before any memory is taken
    for it) for one of more than `MOST_PIXELS`.
    """
    width, height = announced_size(content)
    if width < 1 or height < 1:
        raise PictureError(f"the picture says it is {width}x{height} pixels large, which is none")
    if width * height > MOST_PIXELS:
        raise PictureError(
            f"the picture is {width}x{height} pixels large, at most {MOST_PIXELS // 1_000_000} million pixels are taken"
        )
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"the picture is damaged ({error.err or 'it cannot be decoded'})") from error
    if picture is None:
        raise PictureError("the picture is damaged: it cannot be decoded")
    if picture.shape[:2] not in ((height, width), (width, height)):
        raise PictureError(f"the picture is damaged: it says {width}x{height} and holds another size")
    return np.asarray(picture, np.uint8)


def announced_size(content: bytes) -> tuple[int, int]:
    """Return width and height as the header has them, without decoding; raises `PictureError`.

    Also raises it where the end of the file is missing: decoders fill the rest of a cut-off picture with grey.
    """
    if not content:
        raise PictureError("the picture is empty")
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(content)
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return _webp(content)
        if content.startswith(b"BM"):
            return _bmp(content)
    except struct.error as error:
        raise PictureError("the picture is cut off") from error
    raise PictureError(f"this is no picture in a format that is taken ({_FORMATS})")


def _jpeg(content: bytes) -> tuple[int, int]:
    """Walk a JPEG's segments (ITU-T T.81, annex B) to its frame header and on to the first scan; then seek the end."""
    size: tuple[int, int] | None = None
    at = 2
    while True:
        lead, marker = struct.unpack_from(">BB", content, at)
        if lead != 0xFF:
            raise PictureError("the picture is damaged: no marker where a JPEG has one")
        if marker == 0xFF:
            at += 1
            continue
        if marker in _JPEG_BARE:
            at += 2
            continue
        if marker == 0xD9:
            raise PictureError("the picture is damaged: a JPEG that ends before it begins")
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _JPEG_SIZES:
            if size is not None:
                raise PictureError("the picture is damaged: a JPEG of two frames")
            height, width = struct.unpack_from(">HH", content, at + 5)
            size = (width, height)
        if marker == 0xDA:
            break
        at += 2 + length
    if size is None:
        raise PictureError("the picture is damaged: a JPEG without a size")
    if content.find(b"\xff\xd9", at) < 0:
        raise PictureError("the picture is cut off")
    return size


def _png(content: bytes) -> tuple[int, int]:
    """Walk a PNG's chunks (ISO/IEC 15948, section 5) to its end."""
    length, kind, width, height = struct.unpack_from(">I4sII", content, 8)
    if kind != b"IHDR":
        raise PictureError("the picture is damaged: a PNG without a header")
    at = 8
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
    if at > len(content):
        raise PictureError("the picture is cut off")
    return width, height


def _webp(content: bytes) -> tuple[int, int]:
    """Read the size from a WebP's first chunk (RFC 9649): lossy, lossless or extended."""
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 > len(content):
        raise PictureError("the picture is cut off")
    kind = content[12:16]
    if kind == b"VP8X":
        low = struct.unpack_from("<HBHB", content, 24)
        return 1 + low[0] + (low[1] << 16), 1 + low[2] + (low[3] << 16)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise PictureError("the picture is damaged: a WebP of an unknown kind")


def _bmp(content: bytes) -> tuple[int, int]:
    """Read the size from a bitmap's header; its height is negative where the rows run from the top."""
    (length,) = struct.unpack_from("<I", content, 2)
    (header,) = struct.unpack_from("<I", content, 14)
    if length > len(content):
        raise PictureError("the picture is cut off")
    if header == 12:
        width, height = struct.unpack_from("<HH", content, 18)
        return width, height
    width, height = struct.unpack_from("<ii", content, 18)
    return width, abs(height)
