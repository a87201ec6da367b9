"""`facelatch enroll --from-pictures` with everything real: a folder as people have them, good, bad and mixed."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.house import House

pytestmark = pytest.mark.real

SESSION = "0006"
ANOTHER = "0008"
"""Two subjects of NUAA, neither of whom is alice."""


@pytest.fixture(scope="module")
def people(shared: Path) -> Path:
    return shared / "data/nuaa/live"


def some(people: Path, subject: str, count: int) -> list[Path]:
    """So many pictures of somebody, spread over all that there are."""
    pictures = sorted((people / subject).glob("*.jpg"))
    return pictures[:: len(pictures) // count][:count]


def put(folder: Path, prefix: str, pictures: list[Path]) -> list[str]:
    """Copy pictures into a folder under names of a prefix and a number."""
    for number, picture in enumerate(pictures):
        shutil.copy(picture, folder / f"{prefix}{number}.jpg")
    return [f"{prefix}{number}.jpg" for number in range(len(pictures))]


def enrol(house: House, folder: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Enrol from a folder, and return the exit code and what was told."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "facelatch", *house.at_the_bus,
            "enroll", "--user", "alice", "--from-pictures", str(folder), "--json", *options,
        ],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def verdicts(told: list[dict[str, Any]]) -> dict[str, tuple[bool, str | None]]:
    """Whether each picture is kept, and the hint."""
    return {one["name"]: (one["taken"], one["hint"]) for one in told if one.get("is") == "enroll-step"}


def saved(picture: np.ndarray, kind: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture[..., ::-1])).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def test_strangers_in_a_folder_are_left_out_though_they_come_first(house: House, people: Path, tmp_path: Path) -> None:
    own = put(tmp_path, "own", some(people, SESSION, 9))
    strangers = put(tmp_path, "a-stranger", some(people, ANOTHER, 3))
    code, told = enrol(house, tmp_path, "--label", "strangers first")
    assert code == 0
    said = verdicts(told)
    assert [said[name] for name in strangers] == [(False, "another-face")] * 3
    kept = [name for name in own if said[name][0]]
    assert len(kept) >= 5
    assert {said[name][1] for name in own if name not in kept} <= {"alike", "enough"}
    assert told[-2]["left_out"]["another-face"] == strangers
    assert (told[-1]["is"], told[-1]["face"]["templates"]) == ("enrolled", len(kept))


def test_a_folder_of_two_people_enrols_neither_until_it_is_said_who(house: House, people: Path, tmp_path: Path) -> None:
    own = put(tmp_path, "own", some(people, SESSION, 4))
    others = put(tmp_path, "other", some(people, ANOTHER, 4))
    before = house.command("list", "--user", "alice")
    code, told = enrol(house, tmp_path)
    assert (code, told[-1]["error"]) == (1, "several-faces")
    assert {hint for _taken, hint in verdicts(told).values()} <= {"undecided", "alike"}
    assert house.command("list", "--user", "alice") == before
    code, told = enrol(house, tmp_path, "--like", others[1], "--dry-run")
    assert (code, told[-1]["is"]) == (0, "picture-summary")
    assert told[-1]["left_out"]["another-face"] == own
    assert house.command("list", "--user", "alice") == before


def test_whatever_lies_in_a_folder_is_named_and_the_good_pictures_are_enrolled(
    house: House, people: Path, tmp_path: Path
) -> None:
    good = put(tmp_path, "good", some(people, SESSION, 5))
    portrait = np.asarray(cv2.imread(str(some(people, SESSION, 6)[3])))
    crowd = np.tile(cv2.resize(np.asarray(cv2.imread(str(some(people, ANOTHER, 2)[1]))), (240, 180)), (8, 5, 1))
    turned = Image.Exif()
    turned[0x0112] = 6
    bad: dict[str, tuple[bytes, str]] = {
        "notes.jpg": (b"these are no picture\n", "bad-picture"),
        "empty.png": (b"", "bad-picture"),
        "cut.jpg": (tmp_path.joinpath(good[0]).read_bytes()[:4000], "bad-picture"),
        "dot.png": (saved(portrait[:1, :1], "PNG"), "no-face"),
        "dark.png": (saved(portrait // 12, "PNG"), "more-light"),
        "white.png": (saved(np.clip(portrait.astype(int) * 3, 0, 255).astype(np.uint8), "PNG"), "less-light"),
        "blurred.png": (saved(cv2.GaussianBlur(portrait, (0, 0), 12), "PNG"), "hold-still"),
        "small.png": (saved(cv2.resize(portrait, (64, 48), interpolation=cv2.INTER_AREA), "PNG"), "closer"),
        "crowd.png": (saved(crowd, "PNG"), "another-face"),
    }
    odd = {
        "cmyk.jpg": saved(portrait, "JPEG", "CMYK"),
        "alpha.png": saved(portrait, "PNG", "RGBA"),
        "grey.webp": saved(portrait, "WEBP", "L"),
        "turned.jpg": saved(np.ascontiguousarray(np.rot90(portrait)), "JPEG", exif=turned.tobytes()),
        "deep.png": cv2.imencode(".png", portrait.astype(np.uint16) * 257)[1].tobytes(),
    }
    for name, content in ({name: content for name, (content, _hint) in bad.items()} | odd).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "text.txt").write_text("a note")
    os.mkfifo(tmp_path / "pipe.jpg")
    code, told = enrol(house, tmp_path, "--label", "odd folder")
    assert code == 0
    said = verdicts(told)
    assert told[0] == {"is": "skipped", "name": "text.txt"}
    assert said["pipe.jpg"] == (False, "bad-picture")
    wrong = {name: said[name] for name, (_content, hint) in bad.items() if said[name] != (False, hint)}
    assert wrong == {}
    assert all(said[name][0] or said[name][1] in ("alike", "enough") for name in (*good, *odd)), said
    assert told[-1]["is"] == "enrolled"
    assert set(said) == set(bad) | set(odd) | set(good) | {"pipe.jpg"}


def test_the_same_folder_under_other_names_enrols_the_same(house: House, people: Path, tmp_path: Path) -> None:
    pictures = [*some(people, SESSION, 6), *some(people, ANOTHER, 2)]
    kept = []
    for turn in (0, 5):
        folder = tmp_path / str(turn)
        folder.mkdir()
        names = put(folder, "", [*pictures[turn:], *pictures[:turn]])
        _code, told = enrol(house, folder, "--dry-run")
        said = verdicts(told)
        kept.append({pictures[(index + turn) % 8].name for index, name in enumerate(names) if said[name][0]})
    assert kept[0] == kept[1]
    assert kept[0]


def test_a_face_in_a_picture_of_several_is_found_and_it_is_said(house: House, people: Path, tmp_path: Path) -> None:
    put(tmp_path, "own", some(people, SESSION, 4))
    pair = [cv2.imread(str(some(people, subject, 7)[3])) for subject in (ANOTHER, SESSION)]
    cv2.imwrite(str(tmp_path / "pair.png"), np.hstack(pair))
    code, told = enrol(house, tmp_path, "--dry-run")
    assert code == 0
    pair_told = next(one for one in told if one.get("name") == "pair.png")
    assert (pair_told["hint"], pair_told["taken"], pair_told["text"]) == ("one-face", True, "One of the 2 faces in it.")
