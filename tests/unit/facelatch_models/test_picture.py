"""Decoding what others send."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from facelatch_models.picture import (
    LONGEST_SIDE,
    MOST_PIXELS,
    MOST_SCANS,
    MOST_SEGMENTS,
    PictureError,
    announced_size,
    decode,
    decode_jpeg,
)

SUFFIXES = (".jpg", ".png", ".webp", ".bmp")


def smooth(height: int = 60, width: int = 80) -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3))


def encoded(picture: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bmp_header(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, height) + bytes(40)


def jpeg_header(width: int, height: int) -> bytes:
    return encoded(smooth(), ".jpg").replace(struct.pack(">HH", 60, 80), struct.pack(">HH", height, width), 1)


def webp_header(width: int, height: int) -> bytes:
    body = b"WEBPVP8L" + struct.pack("<IBI", 5, 0x2F, (width - 1) | (height - 1) << 14)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_comes_out_as_it_went_in(suffix: str) -> None:
    picture = smooth()
    found = decode(encoded(picture, suffix))
    assert (found.shape, found.dtype) == ((60, 80, 3), np.uint8)
    assert np.abs(found.astype(int) - picture).mean() < (0.01 if suffix in (".png", ".bmp") else 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_cut_off_anywhere_is_refused(suffix: str) -> None:
    content = encoded(smooth(16, 16), suffix)
    for end in range(0, len(content) - 1, max(1, len(content) // 60)):
        with pytest.raises(PictureError):
            decode(content[:end])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_end_is_seen_without_decoding(suffix: str) -> None:
    content = encoded(smooth(), suffix)
    assert announced_size(content) == (80, 60)
    for end in (len(content) - 1, len(content) * 2 // 3):
        with pytest.raises(PictureError, match="cut off"):
            announced_size(content[:end])


@pytest.mark.parametrize("header", [png_header, jpeg_header, bmp_header, webp_header])
def test_a_picture_too_large_is_refused_by_its_header_and_the_size_named(header) -> None:  # type: ignore[no-untyped-def]
    content = header(16000, 15000)
    tracemalloc.start()
    with pytest.raises(PictureError, match="16000x15000"):
        decode(content)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_png_of_twenty_thousand_by_twenty_thousand_is_refused_with_its_size() -> None:
    with pytest.raises(PictureError, match="20000x20000 pixels large, at most 40 million"):
        decode(png_header(20000, 20000))


def test_a_picture_of_just_the_most_pixels_is_taken() -> None:
    width = 8000
    content = encoded(np.zeros((MOST_PIXELS // width, width, 3), np.uint8), ".png")
    assert decode(content).shape == (5000, 8000, 3)


def progressive(scans: int, between: bytes = b"") -> bytes:
    """Return a JPEG of so many scans: the last one, which refines, again and again."""
    plain = cv2.imencode(".jpg", smooth(), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    return (
        plain[:-2]
        + (between + plain[plain.rindex(b"\xff\xda") : -2]) * (scans - plain.count(b"\xff\xda"))
        + b"\xff\xd9"
    )


def test_a_jpeg_of_a_few_scans_is_taken_and_one_of_many_is_refused_before_it_is_decoded() -> None:
    assert progressive(MOST_SCANS).count(b"\xff\xda") == MOST_SCANS
    assert decode(progressive(MOST_SCANS)).shape == (60, 80, 3)
    with pytest.raises(PictureError, match=f"more than {MOST_SCANS} scans"):
        announced_size(progressive(MOST_SCANS + 1))


def test_what_looks_like_scans_within_a_comment_or_behind_the_end_is_none() -> None:
    plain = encoded(smooth(), ".jpg")
    comment = b"\xff\xfe" + struct.pack(">H", 2002) + b"\xff\xda" * 1000
    film = b"\xff\xda" * 1000
    np.testing.assert_array_equal(decode(plain[:2] + comment + plain[2:] + film), decode(plain))


@pytest.mark.parametrize("between", [b"\xff\xd0", b"\xff\x00", b"\xff\xff", b"\xff\x01", b"\xff\xe0\x00\x04\xff\xd9"])
def test_scans_are_counted_whatever_stands_between_them(between: bytes) -> None:
    with pytest.raises(PictureError, match="scans"):
        announced_size(progressive(MOST_SCANS + 1, between))


@pytest.mark.parametrize("empty", [b"\xff\xe0\x00\x02", b"\xff\x01"])
def test_a_jpeg_of_nothing_but_segments_is_not_walked_to_its_end(empty: bytes) -> None:
    plain = encoded(smooth(), ".jpg")
    assert announced_size(plain[:2] + empty * 100 + plain[2:]) == (80, 60)
    with pytest.raises(PictureError, match=f"more than {MOST_SEGMENTS} segments"):
        announced_size(plain[:2] + empty * MOST_SEGMENTS + plain[2:])


def test_bytes_that_fill_the_room_before_a_marker_are_passed_over() -> None:
    plain = encoded(smooth(), ".jpg")
    assert decode(plain[:2] + b"\xff" * 1000 + plain[2:]).shape == (60, 80, 3)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp"])
def test_where_a_jpeg_is_wanted_no_other_picture_is_taken(suffix: str) -> None:
    with pytest.raises(PictureError, match="no JPEG"):
        decode_jpeg(encoded(smooth(), suffix))


def test_where_a_jpeg_is_wanted_one_is_taken() -> None:
    plain = encoded(smooth(), ".jpg")
    np.testing.assert_array_equal(decode_jpeg(plain), decode(plain))


def test_a_jpeg_that_would_reach_the_decoder_of_avif_is_refused() -> None:
    plain = encoded(smooth(), ".jpg")
    length = int.from_bytes(b"ft", "big")
    disguised = plain[:2] + b"\xff\xe1ft" + b"ypavif".ljust(length - 2, b"\0") + plain[2:]
    with pytest.raises(PictureError, match="AVIF"):
        decode(disguised)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"hello", "no picture"),
        (b"GIF89a" + bytes(50), "a GIF; taken are: JPEG"),
        (b"II*\0" + bytes(50), "a TIFF"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "a HEIC or AVIF"),
        (b"\0\0\0\x1cftypavif" + bytes(50), "a HEIC or AVIF"),
        (b"\xff\x0a" + bytes(50), "a JPEG XL"),
        (b"%PDF-1.7" + bytes(50), "a PDF"),
        (b"<?xml version='1.0'?><svg/>", "an SVG"),
        (b"\xff\xd8\xff", "cut off"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (png_header(0, 9), "none"),
    ],
)
def test_what_is_no_picture_is_refused_and_told_why(content: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=says):
        decode(content)


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, lambda p: p),
        (2, lambda p: p[:, ::-1]),
        (3, lambda p: p[::-1, ::-1]),
        (4, lambda p: p[::-1]),
        (5, lambda p: p.transpose(1, 0, 2)),
        (6, lambda p: np.rot90(p, -1)),
        (7, lambda p: np.rot90(p, 2).transpose(1, 0, 2)),
        (8, lambda p: np.rot90(p)),
    ],
)
def test_the_orientation_of_a_photograph_is_honoured(orientation: int, turned) -> None:  # type: ignore[no-untyped-def]
    plain = encoded(smooth(), ".jpg")
    np.testing.assert_array_equal(decode(with_orientation(plain, orientation)), turned(decode(plain)))


@pytest.mark.parametrize("size", [(LONGEST_SIDE + 1, 4), (4, LONGEST_SIDE + 1)])
def test_a_picture_too_long_to_cut_faces_from_is_refused_with_its_size(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match=f"no side may have more than {LONGEST_SIDE}"):
        decode(png_header(*size))


def test_a_picture_of_the_longest_side_is_taken() -> None:
    assert decode(encoded(np.zeros((4, LONGEST_SIDE, 3), np.uint8), ".png")).shape == (4, LONGEST_SIDE, 3)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as another library writes it: ours writes neither CMYK nor palettes nor animations."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_jpeg_of_printing_inks_looks_as_it_is_printed() -> None:
    plain = Image.fromarray(np.ascontiguousarray(smooth()[..., ::-1]))
    found = decode(saved(plain.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(found.astype(int) - smooth()).mean() < 5


@pytest.mark.parametrize("mode", ["P", "1", "L", "LA", "I;16"])
def test_a_png_of_any_kind_becomes_colour(mode: str) -> None:
    ramp = np.tile(np.linspace(0, 255, 80).astype(np.uint8), (60, 1))
    picture = Image.fromarray(ramp.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(ramp).convert(mode)
    found = decode(saved(picture, "PNG"))
    assert (found.shape, found.dtype) == ((60, 80, 3), np.uint8)
    assert found[:, 60:].mean() > 150 > 100 > found[:, :20].mean()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "JPEG"])
def test_a_picture_of_one_pixel_is_a_picture(kind: str) -> None:
    assert decode(saved(Image.new("RGB", (1, 1), (200, 100, 50)), kind)).shape == (1, 1, 3)


def test_a_webp_that_moves_is_refused_and_one_that_does_not_is_taken() -> None:
    frames = [Image.fromarray(smooth()), Image.fromarray(smooth()[::-1].copy())]
    with pytest.raises(PictureError, match="animated WebP"):
        decode(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    assert decode(saved(frames[0].convert("RGBA"), "WEBP")).shape == (60, 80, 3)


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_that_ends_with_the_name_of_its_first_chunk_is_cut_off(kind: bytes) -> None:
    content = b"RIFF" + struct.pack("<I", 8) + b"WEBP" + kind
    for end in range(12, len(content) + 1):
        with pytest.raises(PictureError, match="cut off"):
            decode(content[:end])


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.astype(np.uint16) * 257,
        lambda p: np.dstack((p, np.full(p.shape[:2], 128, np.uint8))),
    ],
    ids=["sixteen bits", "transparency"],
)
def test_depth_and_transparency_are_taken_off(change) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_array_equal(decode(encoded(change(smooth()), ".png")), smooth())


def test_a_grey_picture_becomes_three_equal_channels() -> None:
    grey = smooth()[..., 0]
    np.testing.assert_array_equal(decode(encoded(grey, ".png")), np.repeat(grey[..., np.newaxis], 3, axis=2))


@settings(max_examples=300)
@given(st.sampled_from(SUFFIXES), st.data())
def test_damage_anywhere_gives_a_picture_or_a_picture_error(suffix: str, data: st.DataObject) -> None:
    content = bytearray(encoded(smooth(12, 12), suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = decode(bytes(content))
    except PictureError:
        return
    assert picture.ndim == 3
    assert picture.shape[0] * picture.shape[1] <= MOST_PIXELS


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF0000WEBP", b"BM"]))
def test_reading_a_header_of_any_bytes_ends_in_a_size_or_a_picture_error(rest: bytes, start: bytes) -> None:
    try:
        width, height = announced_size(start + rest)
    except PictureError:
        return
    assert (width, height) == (int(width), int(height))
