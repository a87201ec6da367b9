from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelatch_eye.camera import BrokenFrame, CameraEnded, CameraError, CameraMissing, CameraTimeout
from facelatch_eye.camera.files import AddressError, FileAddress, FileCamera, parse_address
from tests.unit.facelatch_eye.fake import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures of the tones 0, 10 and 20."""
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((48, 64, 3), number * 10, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def camera_of(path: Path, clock: FakeClock, rate: float | None = 10.0, loop: bool = True) -> FileCamera:
    return FileCamera(FileAddress(path, rate, loop), clock, clock.sleep)


# --- addresses ---


def test_an_address_has_path_rate_and_loop() -> None:
    assert parse_address("file:/tmp/clip?rate=7.5&loop=0") == FileAddress(Path("/tmp/clip"), 7.5, False)


def test_an_address_can_have_an_infrared_camera_beside_it() -> None:
    parsed = parse_address("file:/tmp/clip?infrared=/tmp/a%26b&alternate=1")
    assert (parsed.infrared, parsed.alternate) == (Path("/tmp/a&b"), True)


def test_an_address_without_options_loops_at_the_files_own_rate() -> None:
    assert parse_address("file:/tmp/clip") == FileAddress(Path("/tmp/clip"), None, True)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50))
def test_every_path_can_be_written_as_an_address(name: str) -> None:
    path = Path("/") / name.lstrip("/")

    assert parse_address(f"file:{quote(str(path))}").path == path


@given(st.text(max_size=60) | st.text(max_size=30).map("file:/clip?{}".format) | st.text().map("file:/{}".format))
def test_any_text_is_an_address_or_an_address_error(address: str) -> None:
    try:
        parsed = parse_address(address)
    except AddressError:
        return
    assert parsed.path.is_absolute()
    assert parsed.rate is None or 0.1 <= parsed.rate <= 120


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/tmp/clip", "expected file:/path"),
        ("file:clip", "expected file:/path"),
        ("file:/clip?rate=0", "rate=0: expected frames a second, 0.1 to 120"),
        ("file:/clip?rate=nan", "rate=nan"),
        ("file:/clip?rate=inf", "rate=inf"),
        ("file:/clip?rate=121", "rate=121"),
        ("file:/clip?rate=", "rate="),
        ("file:/clip?loop=yes", "loop=yes: expected 0 or 1"),
        ("file:/clip?rate=5&rate=5", "each once"),
        ("file:/clip?speed=5", "speed=5"),
        ("file:/clip?alternate=2", "alternate=2: expected 0 or 1"),
        ("file:/clip?infrared=clip", "begins with /"),
        ("file:/clip?infrared=/%00", "zero byte"),
        ("file:/clip?", None),
        ("file:/clip%00", "zero byte"),
        ("file:/clip%ff", "UTF-8"),
        ("file:/" + "a" * 5000, "4096"),
    ],
)
def test_a_wrong_address_says_what_was_expected(address: str, text: str | None) -> None:
    if text is None:
        assert parse_address(address).path == Path("/clip")
        return
    with pytest.raises(AddressError, match=text):
        parse_address(address)


# --- folders ---


def test_pictures_come_in_the_order_of_their_names_and_start_again(folder: Path, clock: FakeClock) -> None:
    with camera_of(folder, clock) as camera:
        tones = [camera.read(1.0).picture[0, 0, 0] for _ in range(5)]

    assert tones == [0, 10, 20, 0, 10]


def test_a_frame_is_captured_at_its_time(folder: Path, clock: FakeClock) -> None:
    start = clock.now
    with camera_of(folder, clock) as camera:
        times = [camera.read(1.0).captured - start for _ in range(3)]

    assert times == pytest.approx([0.0, 0.1, 0.2])
    assert clock.now - start == pytest.approx(0.2)


def test_a_late_reader_gets_the_newest_frame(folder: Path, clock: FakeClock) -> None:
    with camera_of(folder, clock) as camera:
        camera.read(1.0)
        clock.sleep(0.25)
        shot = camera.read(1.0)

    assert shot.picture[0, 0, 0] == 20


def test_a_frame_that_is_not_due_in_time_is_a_timeout_and_comes_later(folder: Path, clock: FakeClock) -> None:
    with camera_of(folder, clock, rate=1.0) as camera:
        camera.read(0.1)
        with pytest.raises(CameraTimeout):
            camera.read(0.1)
        clock.sleep(0.9)
        assert camera.read(0.1).picture[0, 0, 0] == 10


def test_a_camera_that_plays_once_ends_behind_its_last_frame(folder: Path, clock: FakeClock) -> None:
    with camera_of(folder, clock, loop=False) as camera:
        tones = [camera.read(1.0).picture[0, 0, 0] for _ in range(3)]
        for _ in range(2):
            with pytest.raises(CameraEnded, match="to its end"):
                camera.read(1.0)

    assert tones == [0, 10, 20]


def test_a_very_late_reader_still_sees_the_last_frame_of_a_camera_that_plays_once(
    folder: Path, clock: FakeClock
) -> None:
    with camera_of(folder, clock, loop=False) as camera:
        clock.sleep(60)
        assert camera.read(1.0).picture[0, 0, 0] == 20


def test_a_damaged_picture_is_one_broken_frame(folder: Path, clock: FakeClock) -> None:
    (folder / "1.png").write_bytes(b"garbage")

    with camera_of(folder, clock) as camera:
        camera.read(1.0)
        with pytest.raises(BrokenFrame, match=r"1\.png"):
            camera.read(1.0)
        assert camera.read(1.0).picture[0, 0, 0] == 20


def test_a_folder_whose_first_picture_is_damaged_cannot_be_opened(folder: Path, clock: FakeClock) -> None:
    (folder / "0.png").write_bytes(b"garbage")

    with pytest.raises(CameraError, match=r"0\.png"):
        camera_of(folder, clock).__enter__()


def test_a_missing_folder_and_an_empty_one_say_so(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(CameraMissing, match="no such file"):
        camera_of(tmp_path / "nowhere", clock).__enter__()
    with pytest.raises(CameraMissing, match="no picture in it"):
        camera_of(tmp_path, clock).__enter__()


def test_a_file_camera_is_virtual_and_named_by_its_path(folder: Path, clock: FakeClock) -> None:
    info = camera_of(folder, clock).info

    assert info.virtual
    assert info.id == f"file:{folder}"


def test_a_name_that_is_no_text_is_shown_without_what_would_ruin_a_terminal(tmp_path: Path, clock: FakeClock) -> None:
    info = camera_of(tmp_path / "\x1b[2J\udcff", clock).info

    assert info.id == f"file:{tmp_path}/?[2J?"


# --- the infrared camera beside it ---


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """One picture of strong colours."""
    (tmp_path / "colours").mkdir()
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:] = (240, 120, 60)
    cv2.imwrite(str(tmp_path / "colours" / "0.png"), picture)
    return tmp_path / "colours"


def test_a_file_camera_without_an_infrared_one_has_no_companion(folder: Path, clock: FakeClock) -> None:
    camera = camera_of(folder, clock)
    assert camera.companion is None
    assert camera.info.companion == ""
    assert not camera.info.infrared


def test_the_infrared_camera_shows_grey_and_every_second_frame_dark(
    folder: Path, colours: Path, clock: FakeClock
) -> None:
    camera = FileCamera(FileAddress(folder, 10.0, infrared=colours, alternate=True), clock, clock.sleep)
    beside = camera.companion
    assert beside is not None
    assert beside.info.infrared
    assert beside.info.id == camera.info.companion == f"file:{colours}"
    assert beside.place != camera.place

    with beside:
        lit, dark, again = (beside.read(1.0).picture for _ in range(3))

    assert (lit == lit[:, :, :1]).all(), "no colour is left"
    assert lit.mean() > 10 * dark.mean()
    assert (again == lit).all()


def test_an_emitter_that_does_not_pulse_lights_every_frame(folder: Path, colours: Path, clock: FakeClock) -> None:
    beside = FileCamera(FileAddress(folder, 10.0, infrared=colours), clock, clock.sleep).companion
    assert beside is not None
    with beside:
        first, second = (beside.read(1.0).picture for _ in range(2))
    assert (first == second).all()


# --- videos ---


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Five frames of the tones 0, 50, 100, 150 and 200 at 8 a second."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 8.0, (64, 48))
    assert writer.isOpened()
    for number in range(5):
        writer.write(np.full((48, 64, 3), number * 50, np.uint8))
    writer.release()
    return path


def test_a_video_plays_at_its_own_rate_and_starts_again(video: Path, clock: FakeClock) -> None:
    with camera_of(video, clock, rate=None) as camera:
        tones = [int(camera.read(1.0).picture.mean()) for _ in range(7)]

    assert camera.rate == pytest.approx(8.0)
    assert tones == pytest.approx([0, 50, 100, 150, 200, 0, 50], abs=4)


def test_a_video_that_plays_once_ends(video: Path, clock: FakeClock) -> None:
    with camera_of(video, clock, loop=False) as camera:
        tones = [int(camera.read(1.0).picture.mean()) for _ in range(5)]
        with pytest.raises(CameraEnded):
            camera.read(1.0)

    assert tones == pytest.approx([0, 50, 100, 150, 200], abs=4)


def test_a_late_reader_of_a_video_that_plays_once_sees_its_last_frame(video: Path, clock: FakeClock) -> None:
    with camera_of(video, clock, loop=False) as camera:
        clock.sleep(60)
        assert camera.read(1.0).picture.mean() == pytest.approx(200, abs=4)


def test_a_file_that_is_no_video_says_so(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "clip.avi").write_bytes(b"garbage" * 100)

    with pytest.raises(CameraMissing, match="neither a folder"):
        camera_of(tmp_path / "clip.avi", clock).__enter__()
