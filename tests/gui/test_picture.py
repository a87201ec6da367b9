"""Picture files: what is opened, what is refused, and how one is saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from facelatch.limits import LARGEST_PICTURE
from facelatch_gui import picture
from facelatch_gui.picture import PictureProblem, open_picture, save_picture
from facelatch_gui.widgets.overlay import annotated
from tests.gui.exhibit import ONE_PERSON, drawing

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def image(qapp: QApplication) -> QImage:
    """A small red picture."""
    image = QImage(32, 24, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    return image


def test_a_picture_is_opened_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.jpg"
    path.write_bytes(drawing(ONE_PERSON))
    opened = open_picture(path)
    assert opened.name == "one.jpg"
    assert opened.content == path.read_bytes()
    assert (opened.image.width(), opened.image.height()) == (ONE_PERSON.width, ONE_PERSON.height)


def test_what_a_picture_is_goes_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "really-a-jpeg.png"
    path.write_bytes(drawing(ONE_PERSON))
    assert not open_picture(path).image.isNull()


def test_a_picture_is_turned_as_its_camera_was_held(tmp_path: Path) -> None:
    jpeg = drawing(ONE_PERSON)
    orientation = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + orientation + b"\0\0\0\0"
    path = tmp_path / "upright.jpg"
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:])
    opened = open_picture(path)
    assert (opened.image.width(), opened.image.height()) == (ONE_PERSON.height, ONE_PERSON.width)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(100), "is not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "is not a picture that can be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is damaged"),
    ],
)
def test_a_file_that_is_no_picture_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "strange.png"
    path.write_bytes(content)
    with pytest.raises(PictureProblem, match=rf"“strange\.png” {words}"):
        open_picture(path)


def written(path: Path, mode: str, kind: str, **options: Any) -> Path:
    """Write a grey ramp as another library does: Qt writes neither CMYK nor palettes."""
    ramp = np.tile(np.linspace(0, 255, 64), (48, 1))
    if mode == "I;16":
        Image.fromarray((ramp * 257).astype(np.uint16)).save(path, kind, **options)
    else:
        Image.fromarray(ramp.astype(np.uint8)).convert("RGB").convert(mode).save(path, kind, **options)
    return path


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("I;16", "PNG"),
        ("RGBA", "WEBP"), ("RGB", "BMP"),
    ],
)  # fmt: skip
def test_a_picture_of_any_kind_is_opened_and_can_be_marked(tmp_path: Path, mode: str, kind: str) -> None:
    opened = open_picture(written(tmp_path / "odd", mode, kind))
    marked = annotated(opened.image, msgspec.structs.replace(ONE_PERSON, width=64, height=48, faces=()))
    assert (marked.width(), marked.height()) == (64, 48)
    assert marked.pixelColor(60, 24).lightness() > 180 > 60 > marked.pixelColor(4, 24).lightness()


def test_a_picture_of_one_pixel_is_opened(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    opened = open_picture(tmp_path / "dot.png")
    assert opened.image.pixelColor(0, 0).red() == 255


def test_a_frame_of_the_camera_is_a_picture_like_any_other() -> None:
    taken = picture.of_camera("camera", drawing(ONE_PERSON))
    assert (taken.name, taken.content) == ("camera", drawing(ONE_PERSON))
    assert (taken.image.width(), taken.image.height()) == (ONE_PERSON.width, ONE_PERSON.height)


def test_a_cut_off_picture_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(drawing(ONE_PERSON)[:300])
    with pytest.raises(PictureProblem, match="is damaged"):
        open_picture(path)


def test_a_huge_file_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(LARGEST_PICTURE * 1000)
    with pytest.raises(PictureProblem, match="is larger than 16 MiB"):
        open_picture(path)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, image: QImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 32 * 24 - 1)
    path = tmp_path / "many.png"
    assert image.save(str(path))
    with pytest.raises(PictureProblem, match="million pixels"):
        open_picture(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureProblem, match="is a folder"):
        open_picture(tmp_path)


def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PictureProblem, match="is not a file"):
        open_picture(tmp_path / "pipe.jpg")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(PictureProblem, match=r"“gone\.jpg” cannot be read: it is not there\."):
        open_picture(tmp_path / "gone.jpg")


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "webp", "PNG"])
def test_a_picture_is_saved_in_the_format_of_its_ending(tmp_path: Path, image: QImage, ending: str) -> None:
    path = tmp_path / f"saved.{ending}"
    save_picture(image, path, replace=False)
    assert open_picture(path).image.size() == image.size()


def test_an_ending_that_says_nothing_is_refused(tmp_path: Path, image: QImage) -> None:
    with pytest.raises(PictureProblem, match=r"end in \.png or \.jpg"):
        save_picture(image, tmp_path / "saved.txt", replace=False)
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_replaced_only_where_that_is_asked_for(tmp_path: Path, image: QImage) -> None:
    path = tmp_path / "there.png"
    path.write_bytes(b"dear")
    with pytest.raises(FileExistsError):
        save_picture(image, path, replace=False)
    assert path.read_bytes() == b"dear"
    save_picture(image, path, replace=True)
    assert open_picture(path).image.size() == image.size()
    assert [child.name for child in tmp_path.iterdir()] == ["there.png"]


@pytest.mark.parametrize("replace", [True, False])
def test_a_place_that_cannot_be_written_to_says_so(tmp_path: Path, image: QImage, replace: bool) -> None:
    with pytest.raises(PictureProblem, match=r"“saved\.png” cannot be saved"):
        save_picture(image, tmp_path / "nowhere" / "saved.png", replace=replace)
