from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_eye.camera import BrokenFrame
from facelatch_eye.camera.decoding import DECODERS, decode
from facelatch_eye.camera.formats import UNDERSTOOD, Mode, choose_mode, infrared
from tests.unit.facelatch_eye.fake import noisy, yuyv


def test_the_mode_nearest_vga_is_chosen() -> None:
    small, vga, large = (Mode("YUYV", *size, 30.0) for size in ((320, 240), (640, 480), (1920, 1080)))

    assert choose_mode([large, small, vga]) == vga


def test_a_fast_compressed_mode_beats_a_slow_raw_one() -> None:
    raw, compressed = Mode("YUYV", 640, 480, 10.0), Mode("MJPG", 640, 480, 30.0)

    assert choose_mode([raw, compressed]) == compressed


def test_among_equals_raw_pictures_come_first() -> None:
    raw, compressed = Mode("YUYV", 640, 480, 30.0), Mode("MJPG", 640, 480, 30.0)

    assert choose_mode([compressed, raw]) == raw


def test_more_than_thirty_frames_a_second_are_no_reason_to_choose_a_mode() -> None:
    raw, compressed = Mode("YUYV", 640, 480, 30.0), Mode("MJPG", 640, 480, 90.0)

    assert choose_mode([compressed, raw]) == raw


def test_colour_comes_before_a_nearer_size_in_grey() -> None:
    grey, colour = Mode("GREY", 640, 480, 30.0), Mode("YUYV", 1280, 720, 30.0)

    assert choose_mode([grey, colour]) == colour


def test_a_driver_that_does_not_say_its_rate_is_not_taken_for_slow() -> None:
    unknown, slow = Mode("YUYV", 640, 480, 0.0), Mode("YUYV", 640, 480, 5.0)

    assert choose_mode([slow, unknown]) == unknown


def test_a_camera_whose_formats_are_all_unknown_has_no_mode() -> None:
    assert choose_mode([Mode("H264", 640, 480, 30.0), Mode("YUYV", 0, 0, 30.0)]) is None


@pytest.mark.parametrize(
    ("formats", "expected"),
    [(["GREY"], True), (["GREY", "Y16 "], True), (["GREY", "YUYV"], False), (["MJPG"], False), ([], False)],
)
def test_a_camera_is_infrared_exactly_if_it_offers_nothing_but_grey(formats: list[str], expected: bool) -> None:
    assert infrared(formats) is expected


def encoded(name: str, picture: np.ndarray) -> bytes:
    match name:
        case "MJPG" | "JPEG":
            return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        case "GREY":
            return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).tobytes()
        case "BGR3":
            return picture.tobytes()
        case "RGB3":
            return picture[:, :, ::-1].tobytes()
        case "YU12":
            return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes()
        case "NV12":
            planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).reshape(-1)
            luma, chroma = planes[: 64 * 48], planes[64 * 48 :].reshape(2, -1)
            return luma.tobytes() + chroma.T.tobytes()
        case "YUYV":
            return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_YUYV).tobytes()
        case "UYVY":
            return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_UYVY).tobytes()
    raise AssertionError(f"no test for {name}")


def test_what_is_said_to_be_understood_is_what_can_be_decoded() -> None:
    assert tuple(DECODERS) == UNDERSTOOD


@pytest.mark.parametrize("name", DECODERS)
def test_the_next_frame_in_the_same_place_changes_no_picture_of_before(name: str) -> None:
    data = bytearray(encoded(name, noisy(64, 48)))
    picture = decode(memoryview(data), Mode(name, 64, 48, 30.0))
    before = picture.copy()
    data[:] = bytes(len(data))

    assert np.array_equal(picture, before)


@pytest.mark.parametrize("name", DECODERS)
def test_every_format_is_decoded_to_the_picture_that_was_sent(name: str) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32], picture[:, 32:] = (200, 80, 40), (30, 90, 220)
    expected = (
        picture if name != "GREY" else cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    )

    decoded = decode(encoded(name, picture), Mode(name, 64, 48, 30.0))

    assert decoded.shape == (48, 64, 3)
    assert decoded.dtype == np.uint8
    assert np.abs(decoded[:, 4:28].astype(int) - expected[:, 4:28]).max() <= 6
    assert np.abs(decoded[:, 36:60].astype(int) - expected[:, 36:60]).max() <= 6


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp"])
@pytest.mark.parametrize("name", ["MJPG", "JPEG"])
def test_a_camera_s_compressed_frame_is_a_jpeg_or_broken(name: str, suffix: str) -> None:
    with pytest.raises(BrokenFrame, match="no JPEG"):
        decode(cv2.imencode(suffix, noisy(64, 48))[1].tobytes(), Mode(name, 64, 48, 30.0))


@pytest.mark.parametrize("size", [(128, 96), (64, 96), (32, 24), (48, 64)])
def test_a_compressed_frame_of_another_size_than_the_stream_is_broken_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encoded("MJPG", noisy(*size))
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))

    with pytest.raises(BrokenFrame, match=f"{size[0]}x{size[1]} in a stream of 64x48"):
        decode(content, Mode("MJPG", 64, 48, 30.0))


def test_a_compressed_frame_that_has_itself_turned_is_broken() -> None:
    jpeg = encoded("MJPG", noisy(64, 48))
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    turned = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]

    with pytest.raises(BrokenFrame, match="turned"):
        decode(turned, Mode("MJPG", 64, 48, 30.0))


def test_padding_behind_the_rows_is_cut_off() -> None:
    picture = noisy(64, 48)
    padded = np.concatenate((picture.reshape(48, -1), np.full((48, 16), 255, np.uint8)), axis=1)

    decoded = decode(padded.tobytes(), Mode("BGR3", 64, 48, 30.0, stride=64 * 3 + 16))

    assert np.array_equal(decoded, picture)


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.binary(max_size=64 * 48))
def test_a_frame_of_too_few_or_random_bytes_is_a_broken_frame(name: str, data: bytes) -> None:
    if name == "GREY" and len(data) == 64 * 48:
        data = data[1:]

    with pytest.raises(BrokenFrame):
        decode(data, Mode(name, 64, 48, 30.0))


def test_a_stride_shorter_than_a_row_is_a_broken_frame() -> None:
    with pytest.raises(BrokenFrame):
        decode(yuyv(0, 64, 48), Mode("YUYV", 64, 48, 30.0, stride=64))
