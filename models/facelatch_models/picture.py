"""Decoding pictures that others made, with hard limits that hold before anything is allocated."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from facelatch_models.face import Picture

MOST_PIXELS: Final = 40_000_000
"""A 40-megapixel camera's picture; decoded it takes 120 MB, which the eye's memory limit leaves room for."""

LONGEST_SIDE: Final = 32_000
"""Pixels: OpenCV 4 cuts no face out of a picture that is longer than 32,766."""

MOST_SCANS: Final = 64
"""A progressive JPEG has about ten. One more costs an attacker 60 bytes and the decoder a walk over all pixels: of 36
million pixels, 510 scans took 6.8 s, 64 take 0.9 s."""

MOST_SEGMENTS: Final = 4096
"""A large photograph has a few hundred; a file of nothing but empty segments has one for every four bytes."""

_FORMATS: Final = "JPEG, PNG, WebP or BMP"

_OTHERS: Final = (
    (re.compile(rb"GIF8"), "a GIF"),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "a TIFF, or a camera's raw picture"),
    (re.compile(rb"....ftyp(heic|heix|hevc|mif1|msf1|avif|avis)", re.DOTALL), "a HEIC or AVIF"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "a JPEG XL"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000"),
    (re.compile(rb"%PDF-"), "a PDF"),
    (re.compile(rb"\s*<(svg|\?xml|!doctype)", re.IGNORECASE), "an SVG or another page of text"),
)
"""What people take for a picture like any other: said by its name, since a file's name often says another."""

_JPEG_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG's frame header (start of frame); the three others of that range are tables."""

_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers with no length behind them."""

_WEBP_MOVES: Final = 0x02

_JPEG_START: Final = b"\xff\xd8\xff"
_JPEG_SCAN: Final = 0xDA
_JPEG_END: Final = 0xD9

_JPEG_MARKER: Final = re.compile(rb"\xff+[^\x00\xff]")
"""A marker with the bytes that may fill the room before it."""

_JPEG_SCANNED: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""The first marker behind a scan: within one, FF is followed by 00 or is a restart."""


class PictureError(ValueError):
    """A picture that cannot be used; the text says why, for a person."""


def decode(content: bytes) -> Picture:
    """Return an encoded picture as (height, width, 3) uint8 in blue, green, red, turned as its EXIF data says.

    Grey, CMYK, palette and 16-bit pictures become 8-bit colour, transparency is dropped. Only JPEG, PNG, WebP and BMP
    are taken: every further decoder is one more that hostile input can reach.
    Raises `PictureError` for anything else, for one that is empty, cut off, damaged or moves, and (before any memory is
    taken for it) for one of more than `MOST_PIXELS` or longer than `LONGEST_SIDE`, or a JPEG of more than `MOST_SCANS`
    scans.
    """
    width, height = announced_size(content)
    if width < 1 or height < 1:
        raise PictureError(f"the picture says it is {width}x{height} pixels large, which is none")
    if width * height > MOST_PIXELS:
        raise PictureError(
            f"the picture is {width}x{height} pixels large, at most {MOST_PIXELS // 1_000_000} million pixels are taken"
        )
    if max(width, height) > LONGEST_SIDE:
        raise PictureError(f"the picture is {width}x{height} pixels large, no side may have more than {LONGEST_SIDE}")
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"the picture is damaged ({error.err or 'it cannot be decoded'})") from error
    if picture is None:
        raise PictureError("the picture is damaged: it cannot be decoded")
    if picture.shape[:2] not in ((height, width), (width, height)):
        raise PictureError(f"the picture is damaged: it says {width}x{height} and holds another size")
    return np.asarray(picture, np.uint8)


def decode_jpeg(content: bytes) -> Picture:
    """Return a JPEG as `decode` does; for what a camera sends, which has no business with the other decoders.

    Raises `PictureError`, for every other format too.
    """
    if not content.startswith(_JPEG_START):
        raise PictureError("this is no JPEG")
    return decode(content)


def announced_size(content: bytes) -> tuple[int, int]:
    """Return width and height as the header has them, without decoding; raises `PictureError`.

    Also raises it where the end of the file is missing: decoders fill the rest of a cut-off picture with grey.
    """
    if not content:
        raise PictureError("the picture is empty")
    try:
        if content.startswith(_JPEG_START):
            return _jpeg(content)
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(content)
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return _webp(content)
        if content.startswith(b"BM"):
            return _bmp(content)
    except struct.error as error:
        raise PictureError("the picture is cut off") from error
    known = next((name for pattern, name in _OTHERS if pattern.match(content)), "no picture in a format that is taken")
    raise PictureError(f"this is {known}; taken are: {_FORMATS}")


def _jpeg(content: bytes) -> tuple[int, int]:
    """Read the size from a JPEG's frame header, having walked to its end and counted its scans."""
    if content[4:8] == b"ftyp":
        # OpenCV asks its AVIF decoder first, which takes any file with this word here for its own.
        raise PictureError("the picture is damaged: a JPEG that says it is an AVIF")
    size: tuple[int, int] | None = None
    scans = 0
    for marker, at in _jpeg_segments(content):
        if marker in _JPEG_SIZES:
            if size is not None:
                raise PictureError("the picture is damaged: a JPEG of two frames")
            height, width = struct.unpack_from(">HH", content, at + 3)
            size = (width, height)
        if marker == _JPEG_SCAN:
            scans += 1
        if scans > MOST_SCANS:
            raise PictureError(f"the picture has more than {MOST_SCANS} scans; save it as an ordinary JPEG")
    if size is None:
        raise PictureError("the picture is damaged: a JPEG without a size")
    if not scans:
        raise PictureError("the picture is damaged: a JPEG that ends before it begins")
    return size


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Walk a JPEG (ITU-T T.81, annex B) to its end: every marker that has a segment, and where this begins.

    What follows the end (phones put a film there) is not looked at, and neither do decoders.
    """
    at = 2
    for _ in range(MOST_SEGMENTS):
        found = _JPEG_MARKER.match(content, at)
        if found is None:
            cut = at + 2 > len(content)
            raise PictureError(
                "the picture is cut off" if cut else "the picture is damaged: no marker where a JPEG has one"
            )
        at = found.end()
        marker = content[at - 1]
        if marker == _JPEG_END:
            return
        if marker in _JPEG_BARE:
            continue
        yield marker, at
        (length,) = struct.unpack_from(">H", content, at)
        at += length
        if marker == _JPEG_SCAN:
            found = _JPEG_SCANNED.search(content, at)
            if found is None:
                raise PictureError("the picture is cut off")
            at = found.start()
    raise PictureError(f"the picture is damaged: a JPEG of more than {MOST_SEGMENTS} segments")


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
    kind, flags = struct.unpack_from("<4s4xB", content, 12)
    if kind == b"VP8X" and flags & _WEBP_MOVES:
        raise PictureError(
            "this is an animated WebP, and which of its pictures is meant cannot be told; save one of them"
        )
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
