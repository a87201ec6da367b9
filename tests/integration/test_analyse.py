"""`facelatch analyse` with everything real: the command, the bus, the judge, the eye, the networks, the pictures."""

from __future__ import annotations

import io
import itertools
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from facelatch_models.components import Component
from tests.house import House

pytestmark = pytest.mark.real

Made = Callable[[np.ndarray], bytes]


@pytest.fixture(scope="module")
def portraits(shared: Path) -> list[Path]:
    """Frames of one person after the other, each person's again and again."""
    people = [sorted(folder.glob("*.jpg")) for folder in sorted((shared / "data/nuaa/live").iterdir())]
    return [person[turn * 5 % len(person)] for turn, person in itertools.product(range(6), people)]


@pytest.fixture(scope="module")
def portrait(portraits: list[Path]) -> np.ndarray:
    """One person, near and clear."""
    return np.asarray(cv2.imread(str(portraits[0])))


def run(house: House, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    """Run the command and return its exit code and what it told."""
    done = subprocess.run(
        [Path(sys.executable).parent / "facelatch", *house.at_the_bus, "analyse", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def saved(picture: np.ndarray, kind: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture[..., ::-1])).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def turned(picture: np.ndarray, orientation: int) -> bytes:
    """Return a photograph of a camera that was held so: the picture comes out upright, as its EXIF data says."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = {2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}.get(orientation, (0, 0))
    held = picture.transpose(1, 0, 2) if orientation >= 5 else picture
    held = held[:: -1 if back[1] else 1, :: -1 if back[0] else 1]
    return saved(held, "JPEG", quality=95, exif=exif)


def crowd(portraits: list[Path], columns: int, rows: int, side: int = 120) -> np.ndarray:
    """Return a picture of many people, as on a school photograph."""
    canvas = np.zeros((rows * side, columns * side, 3), np.uint8)
    for number, path in enumerate(itertools.islice(itertools.cycle(portraits), columns * rows)):
        row, column = divmod(number, columns)
        head = np.asarray(cv2.imread(str(path)))[40:400, 140:500]
        canvas[row * side : (row + 1) * side, column * side : (column + 1) * side] = cv2.resize(head, (side, side))
    return canvas


ODD: dict[str, Made] = {
    "cmyk.jpg": lambda picture: saved(picture, "JPEG", "CMYK", quality=95),
    "grey.jpg": lambda picture: saved(picture, "JPEG", "L", quality=95),
    "progressive.jpg": lambda picture: saved(picture, "JPEG", quality=95, progressive=True),
    "palette.png": lambda picture: saved(picture, "PNG", "P"),
    "alpha.png": lambda picture: cv2.imencode(".png", np.dstack((picture, picture[..., 0])))[1].tobytes(),
    "sixteen.png": lambda picture: cv2.imencode(".png", picture.astype(np.uint16) * 257)[1].tobytes(),
    "lossless.webp": lambda picture: saved(picture, "WEBP", lossless=True),
    "plain.bmp": lambda picture: saved(picture, "BMP"),
    "called-otherwise.png": lambda picture: saved(picture, "JPEG", quality=95),
    **{f"turned-{way}.jpg": lambda picture, way=way: turned(picture, way) for way in range(1, 9)},  # type: ignore[misc]
}


def test_a_face_is_found_in_a_picture_of_every_kind_where_it_is_and_marked_there(
    house: House, portrait: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for name, made in ODD.items():
        (tmp_path / "in" / name).write_bytes(made(portrait))
    code, told = run(house, tmp_path / "in", "--annotate", tmp_path / "out")
    assert code == 0
    assert {Path(one["name"]).name for one in told} == set(ODD)
    boxes = np.array([one["analysis"]["faces"][0]["box"] for one in told])
    assert all(len(one["analysis"]["faces"]) == 1 for one in told)
    assert np.ptp(boxes, axis=0).max() < 0.15 * boxes[:, 2].mean()
    for one in told:
        face = one["analysis"]["faces"][0]
        assert set(face["quality"]) == {component.value for component in Component}
        assert isinstance(face["live"], bool)
        assert (face["attributes"], face["identified"]) == ([], None)
        marked = cv2.imread(one["annotated"])
        assert marked.shape == portrait.shape
        if "turned" in one["name"]:
            assert np.abs(marked.astype(int) - portrait).mean() < 6, one["name"]


def announced(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


BAD: dict[str, tuple[Made, str]] = {
    "truncated.jpg": (lambda picture: saved(picture, "JPEG")[:-2000], "cut off"),
    "half.png": (lambda picture: saved(picture, "PNG")[:20_000], "cut off"),
    "text.jpg": (lambda picture: b"dear diary\n" * 50, "no picture in a format that is taken"),
    "noise.jpg": (lambda picture: b"\xff\xd8\xff" + bytes(range(256)) * 20, "damaged"),
    "bomb.png": (lambda picture: announced(60_000, 60_000), "60000x60000 pixels large"),
    "long.png": (lambda picture: announced(40_000, 10), "no side may have more than"),
    "moving.webp": (lambda picture: moving(picture, "WEBP"), "animated WebP"),
    "moving.bmp": (lambda picture: moving(picture, "GIF"), "this is a GIF"),
    "empty.jpg": (lambda picture: b"", "empty"),
}


def moving(picture: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    frames = [Image.fromarray(one) for one in (picture, picture[::-1].copy())]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def test_in_a_folder_of_all_that_is_wrong_each_is_told_of_and_the_good_ones_are_looked_at(
    house: House, portrait: np.ndarray, tmp_path: Path
) -> None:
    for name, (made, _words) in BAD.items():
        (tmp_path / name).write_bytes(made(portrait))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "one-pixel.png").write_bytes(saved(portrait[:1, :1], "PNG"))
    (tmp_path / "wall.jpg").write_bytes(saved(np.full_like(portrait, 140), "JPEG"))
    (tmp_path / "zoe.jpg").write_bytes(saved(portrait, "JPEG"))
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "inner").mkdir()
    code, told = run(house, tmp_path)
    by_name = {Path(one["name"]).name: one for one in told}
    assert code == 1
    assert set(by_name) == {*BAD, "inner", "notes.txt", "one-pixel.png", "wall.jpg", "zoe.jpg", "pipe.jpg"}
    for name, (_made, words) in BAD.items():
        assert by_name[name]["is"] == "refused-picture"
        assert words in by_name[name]["text"], by_name[name]
    assert (by_name["inner"]["is"], by_name["notes.txt"]["is"]) == ("skipped", "skipped")
    assert by_name["pipe.jpg"]["text"] == "this is no regular file; name a picture"
    counts = {name: len(by_name[name]["analysis"]["faces"]) for name in ("one-pixel.png", "wall.jpg", "zoe.jpg")}
    assert counts == {"one-pixel.png": 0, "wall.jpg": 0, "zoe.jpg": 1}
    assert "Traceback" not in house.log


@pytest.mark.parametrize(("columns", "rows", "left_out"), [(8, 5, 0), (10, 8, 16)])
def test_of_a_crowd_everybody_is_told_of_or_counted(
    house: House, portraits: list[Path], tmp_path: Path, columns: int, rows: int, left_out: int
) -> None:
    photo = tmp_path / "class.jpg"
    photo.write_bytes(saved(crowd(portraits, columns, rows), "JPEG", quality=95))
    code, (told,) = run(house, photo, "--identify")
    assert code == 0
    analysis = told["analysis"]
    assert len(analysis["faces"]) == columns * rows - left_out
    assert analysis["more"] == left_out
    assert analysis["view"] == "several-faces"
    assert all(face["identified"] is not None for face in analysis["faces"])


def test_whoever_is_enrolled_is_named_and_a_stranger_is_not(house: House, portraits: list[Path]) -> None:
    code, (alice, stranger) = run(house, portraits[0], portraits[4], "--identify")
    assert code == 0
    assert alice["analysis"]["faces"][0]["identified"]["user"] == "alice"
    assert stranger["analysis"]["faces"][0]["identified"]["user"] == ""


def test_what_the_camera_sees_is_looked_at_and_the_camera_let_go_of(house: House) -> None:
    for _ in range(2):
        code, (told,) = run(house)
        assert (code, told["name"]) == (0, "camera")
        assert told["analysis"]["faces"]


def test_a_pack_without_a_network_for_looks_tells_none(house: House, portraits: list[Path]) -> None:
    code, (told,) = run(house, portraits[0], "--attributes")
    assert (code, told["analysis"]["faces"][0]["attributes"]) == (0, [])
